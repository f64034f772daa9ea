//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_directconnect::types;

structures! {
    types::Connection {
        "awsDevice": aws_device,
        "awsDeviceV2": aws_device_v2,
        "awsLogicalDeviceId": aws_logical_device_id,
        "bandwidth": bandwidth,
        "billingMode": billing_mode,
        "connectionId": connection_id,
        "connectionName": connection_name,
        "connectionState": connection_state,
        "encryptionMode": encryption_mode,
        "hasLogicalRedundancy": has_logical_redundancy,
        "jumboFrameCapable": jumbo_frame_capable,
        "lagId": lag_id,
        "loaIssueTime": loa_issue_time,
        "location": location,
        "macSecCapable": mac_sec_capable,
        "macSecKeys": mac_sec_keys,
        "ownerAccount": owner_account,
        "partnerInterconnectMacSecCapable": partner_interconnect_mac_sec_capable,
        "partnerName": partner_name,
        "portEncryptionStatus": port_encryption_status,
        "prefixPoolSizeIpv4": prefix_pool_size_ipv4,
        "prefixPoolSizeIpv6": prefix_pool_size_ipv6,
        "prefixPoolUnallocatedCountIpv4": prefix_pool_unallocated_count_ipv4,
        "prefixPoolUnallocatedCountIpv6": prefix_pool_unallocated_count_ipv6,
        "providerName": provider_name,
        "rateLimiterStatus": rate_limiter_status,
        "region": region,
        "tags": tags,
        "vlan": vlan,
    }
    types::MacSecKey {
        "ckn": ckn,
        "secretARN": secret_arn,
        "startOn": start_on,
        "state": state,
    }
    types::RateLimiterStatus {
        "inUse": in_use,
        "maxAllowed": max_allowed,
        "remaining": remaining,
        "totalBandwidth": total_bandwidth,
    }
    types::Tag {
        "key": key,
        "value": value,
    }
}

enumerations! {
    types::BillingMode,
    types::ConnectionState,
    types::HasLogicalRedundancy,
}
