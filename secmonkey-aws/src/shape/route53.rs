//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_route53::types;

structures! {
    types::AliasTarget {
        "DNSName": dns_name,
        "EvaluateTargetHealth": evaluate_target_health,
        "HostedZoneId": hosted_zone_id,
    }
    types::CidrRoutingConfig {
        "CollectionId": collection_id,
        "LocationName": location_name,
    }
    types::Coordinates {
        "Latitude": latitude,
        "Longitude": longitude,
    }
    types::DelegationSet {
        "CallerReference": caller_reference,
        "Id": id,
        "NameServers": name_servers,
    }
    types::DnssecStatus {
        "ServeSignature": serve_signature,
        "StatusMessage": status_message,
    }
    types::GeoLocation {
        "ContinentCode": continent_code,
        "CountryCode": country_code,
        "SubdivisionCode": subdivision_code,
    }
    types::GeoProximityLocation {
        "AWSRegion": aws_region,
        "Bias": bias,
        "Coordinates": coordinates,
        "LocalZoneGroup": local_zone_group,
    }
    types::HostedZone {
        "CallerReference": caller_reference,
        "Config": config,
        "Features": features,
        "Id": id,
        "LinkedService": linked_service,
        "Name": name,
        "ResourceRecordSetCount": resource_record_set_count,
    }
    types::HostedZoneConfig {
        "Comment": comment,
        "PrivateZone": private_zone,
    }
    types::HostedZoneFailureReasons {
        "AcceleratedRecovery": accelerated_recovery,
    }
    types::HostedZoneFeatures {
        "AcceleratedRecoveryStatus": accelerated_recovery_status,
        "FailureReasons": failure_reasons,
    }
    types::KeySigningKey {
        "CreatedDate": created_date,
        "DNSKEYRecord": dnskey_record,
        "DSRecord": ds_record,
        "DigestAlgorithmMnemonic": digest_algorithm_mnemonic,
        "DigestAlgorithmType": digest_algorithm_type,
        "DigestValue": digest_value,
        "Flag": flag,
        "KeyTag": key_tag,
        "KmsArn": kms_arn,
        "LastModifiedDate": last_modified_date,
        "Name": name,
        "PublicKey": public_key,
        "SigningAlgorithmMnemonic": signing_algorithm_mnemonic,
        "SigningAlgorithmType": signing_algorithm_type,
        "Status": status,
        "StatusMessage": status_message,
    }
    types::LinkedService {
        "Description": description,
        "ServicePrincipal": service_principal,
    }
    types::QueryLoggingConfig {
        "CloudWatchLogsLogGroupArn": cloud_watch_logs_log_group_arn,
        "HostedZoneId": hosted_zone_id,
        "Id": id,
    }
    types::ResourceRecord {
        "Value": value,
    }
    types::ResourceRecordSet {
        "AliasTarget": alias_target,
        "CidrRoutingConfig": cidr_routing_config,
        "Failover": failover,
        "GeoLocation": geo_location,
        "GeoProximityLocation": geo_proximity_location,
        "HealthCheckId": health_check_id,
        "MultiValueAnswer": multi_value_answer,
        "Name": name,
        "Region": region,
        "ResourceRecords": resource_records,
        "SetIdentifier": set_identifier,
        "TTL": ttl,
        "TrafficPolicyInstanceId": traffic_policy_instance_id,
        "Type": r#type,
        "Weight": weight,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
    types::Vpc {
        "VPCId": vpc_id,
        "VPCRegion": vpc_region,
    }
}

enumerations! {
    types::AcceleratedRecoveryStatus,
    types::ResourceRecordSetFailover,
    types::ResourceRecordSetRegion,
    types::RrType,
    types::VpcRegion,
}
