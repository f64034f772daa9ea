//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_ec2::types;

super::structures! {
    types::AttachmentEnaSrdSpecification {
        "EnaSrdEnabled": ena_srd_enabled,
        "EnaSrdUdpSpecification": ena_srd_udp_specification,
    }
    types::AttachmentEnaSrdUdpSpecification {
        "EnaSrdUdpEnabled": ena_srd_udp_enabled,
    }
    types::ConnectionTrackingConfiguration {
        "TcpEstablishedTimeout": tcp_established_timeout,
        "UdpStreamTimeout": udp_stream_timeout,
        "UdpTimeout": udp_timeout,
    }
    types::GroupIdentifier {
        "GroupId": group_id,
        "GroupName": group_name,
    }
    types::IpPermission {
        "FromPort": from_port,
        "IpProtocol": ip_protocol,
        "IpRanges": ip_ranges,
        "Ipv6Ranges": ipv6_ranges,
        "PrefixListIds": prefix_list_ids,
        "ToPort": to_port,
        "UserIdGroupPairs": user_id_group_pairs,
    }
    types::IpRange {
        "CidrIp": cidr_ip,
        "Description": description,
    }
    types::Ipv4PrefixSpecification {
        "Ipv4Prefix": ipv4_prefix,
    }
    types::Ipv6PrefixSpecification {
        "Ipv6Prefix": ipv6_prefix,
    }
    types::Ipv6Range {
        "CidrIpv6": cidr_ipv6,
        "Description": description,
    }
    types::NetworkInterface {
        "AssociatedSubnets": associated_subnets,
        "Association": association,
        "Attachment": attachment,
        "AvailabilityZone": availability_zone,
        "AvailabilityZoneId": availability_zone_id,
        "ConnectionTrackingConfiguration": connection_tracking_configuration,
        "DenyAllIgwTraffic": deny_all_igw_traffic,
        "Description": description,
        "Groups": groups,
        "InterfaceType": interface_type,
        "Ipv4Prefixes": ipv4_prefixes,
        "Ipv6Address": ipv6_address,
        "Ipv6Addresses": ipv6_addresses,
        "Ipv6Native": ipv6_native,
        "Ipv6Prefixes": ipv6_prefixes,
        "MacAddress": mac_address,
        "NetworkInterfaceId": network_interface_id,
        "Operator": operator,
        "OutpostArn": outpost_arn,
        "OwnerId": owner_id,
        "PrivateDnsName": private_dns_name,
        "PrivateIpAddress": private_ip_address,
        "PrivateIpAddresses": private_ip_addresses,
        "PublicDnsName": public_dns_name,
        "PublicIpDnsNameOptions": public_ip_dns_name_options,
        "RequesterId": requester_id,
        "RequesterManaged": requester_managed,
        "SourceDestCheck": source_dest_check,
        "Status": status,
        "SubnetId": subnet_id,
        "TagSet": tag_set,
        "VpcId": vpc_id,
    }
    types::NetworkInterfaceAssociation {
        "AllocationId": allocation_id,
        "AssociationId": association_id,
        "CarrierIp": carrier_ip,
        "CustomerOwnedIp": customer_owned_ip,
        "IpOwnerId": ip_owner_id,
        "PublicDnsName": public_dns_name,
        "PublicIp": public_ip,
    }
    types::NetworkInterfaceAttachment {
        "AttachTime": attach_time,
        "AttachmentId": attachment_id,
        "DeleteOnTermination": delete_on_termination,
        "DeviceIndex": device_index,
        "EnaQueueCount": ena_queue_count,
        "EnaSrdSpecification": ena_srd_specification,
        "InstanceId": instance_id,
        "InstanceOwnerId": instance_owner_id,
        "NetworkCardIndex": network_card_index,
        "Status": status,
    }
    types::NetworkInterfaceIpv6Address {
        "Ipv6Address": ipv6_address,
        "IsPrimaryIpv6": is_primary_ipv6,
        "PublicIpv6DnsName": public_ipv6_dns_name,
    }
    types::NetworkInterfacePrivateIpAddress {
        "Association": association,
        "Primary": primary,
        "PrivateDnsName": private_dns_name,
        "PrivateIpAddress": private_ip_address,
    }
    types::OperatorResponse {
        "HiddenByDefault": hidden_by_default,
        "Managed": managed,
        "Principal": principal,
    }
    types::PrefixListId {
        "Description": description,
        "PrefixListId": prefix_list_id,
    }
    types::PublicIpDnsNameOptions {
        "DnsHostnameType": dns_hostname_type,
        "PublicDualStackDnsName": public_dual_stack_dns_name,
        "PublicIpv4DnsName": public_ipv4_dns_name,
        "PublicIpv6DnsName": public_ipv6_dns_name,
    }
    types::Region {
        "Endpoint": endpoint,
        "Geography": geography,
        "OptInStatus": opt_in_status,
        "RegionName": region_name,
    }
    types::RegionGeography {
        "Name": name,
    }
    types::SecurityGroup {
        "Description": description,
        "GroupId": group_id,
        "GroupName": group_name,
        "IpPermissions": ip_permissions,
        "IpPermissionsEgress": ip_permissions_egress,
        "OwnerId": owner_id,
        "SecurityGroupArn": security_group_arn,
        "Tags": tags,
        "VpcId": vpc_id,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
    types::UserIdGroupPair {
        "Description": description,
        "GroupId": group_id,
        "GroupName": group_name,
        "PeeringStatus": peering_status,
        "UserId": user_id,
        "VpcId": vpc_id,
        "VpcPeeringConnectionId": vpc_peering_connection_id,
    }
}

super::enumerations! {
    types::AttachmentStatus,
    types::NetworkInterfaceStatus,
    types::NetworkInterfaceType,
}

pub(super) const SENSITIVE: &[(&str, &[&str])] =
    &[("NetworkInterface", &[]), ("Region", &[]), ("SecurityGroup", &[])];
