//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_redshift::{operation, types};

structures! {
    operation::describe_logging_status::DescribeLoggingStatusOutput {
        "BucketName": bucket_name,
        "LastFailureMessage": last_failure_message,
        "LastFailureTime": last_failure_time,
        "LastSuccessfulDeliveryTime": last_successful_delivery_time,
        "LogDestinationType": log_destination_type,
        "LogExports": log_exports,
        "LoggingEnabled": logging_enabled,
        "S3KeyPrefix": s3_key_prefix,
        "S3Tables": s3_tables,
    }
    types::AquaConfiguration {
        "AquaConfigurationStatus": aqua_configuration_status,
        "AquaStatus": aqua_status,
    }
    types::Cluster {
        "AllowVersionUpgrade": allow_version_upgrade,
        "AquaConfiguration": aqua_configuration,
        "AutomatedSnapshotRetentionPeriod": automated_snapshot_retention_period,
        "AvailabilityZone": availability_zone,
        "AvailabilityZoneRelocationStatus": availability_zone_relocation_status,
        "CatalogArn": catalog_arn,
        "ClusterAvailabilityStatus": cluster_availability_status,
        "ClusterCreateTime": cluster_create_time,
        "ClusterIdentifier": cluster_identifier,
        "ClusterNamespaceArn": cluster_namespace_arn,
        "ClusterNodes": cluster_nodes,
        "ClusterParameterGroups": cluster_parameter_groups,
        "ClusterPublicKey": cluster_public_key,
        "ClusterRevisionNumber": cluster_revision_number,
        "ClusterSecurityGroups": cluster_security_groups,
        "ClusterSnapshotCopyStatus": cluster_snapshot_copy_status,
        "ClusterStatus": cluster_status,
        "ClusterSubnetGroupName": cluster_subnet_group_name,
        "ClusterVersion": cluster_version,
        "CustomDomainCertificateArn": custom_domain_certificate_arn,
        "CustomDomainCertificateExpiryDate": custom_domain_certificate_expiry_date,
        "CustomDomainName": custom_domain_name,
        "DBName": db_name,
        "DataTransferProgress": data_transfer_progress,
        "DefaultIamRoleArn": default_iam_role_arn,
        "DeferredMaintenanceWindows": deferred_maintenance_windows,
        "ElasticIpStatus": elastic_ip_status,
        "ElasticResizeNumberOfNodeOptions": elastic_resize_number_of_node_options,
        "Encrypted": encrypted,
        "Endpoint": endpoint,
        "EnhancedVpcRouting": enhanced_vpc_routing,
        "ExpectedNextSnapshotScheduleTime": expected_next_snapshot_schedule_time,
        "ExpectedNextSnapshotScheduleTimeStatus": expected_next_snapshot_schedule_time_status,
        "ExtraComputeForAutomaticOptimization": extra_compute_for_automatic_optimization,
        "HsmStatus": hsm_status,
        "IamRoles": iam_roles,
        "IpAddressType": ip_address_type,
        "KmsKeyId": kms_key_id,
        "LakehouseRegistrationStatus": lakehouse_registration_status,
        "LoggingPublishStatus": logging_publish_status,
        "MaintenanceTrackName": maintenance_track_name,
        "ManualSnapshotRetentionPeriod": manual_snapshot_retention_period,
        "MasterPasswordSecretArn": master_password_secret_arn,
        "MasterPasswordSecretKmsKeyId": master_password_secret_kms_key_id,
        "MasterUsername": master_username,
        "ModifyStatus": modify_status,
        "MultiAZ": multi_az,
        "MultiAZSecondary": multi_az_secondary,
        "NextMaintenanceWindowStartTime": next_maintenance_window_start_time,
        "NodeType": node_type,
        "NumberOfNodes": number_of_nodes,
        "PendingActions": pending_actions,
        "PendingModifiedValues": pending_modified_values,
        "PreferredMaintenanceWindow": preferred_maintenance_window,
        "PubliclyAccessible": publicly_accessible,
        "ReservedNodeExchangeStatus": reserved_node_exchange_status,
        "ResizeInfo": resize_info,
        "RestoreStatus": restore_status,
        "SnapshotScheduleIdentifier": snapshot_schedule_identifier,
        "SnapshotScheduleState": snapshot_schedule_state,
        "Tags": tags,
        "TotalStorageCapacityInMegaBytes": total_storage_capacity_in_mega_bytes,
        "VpcId": vpc_id,
        "VpcSecurityGroups": vpc_security_groups,
    }
    types::ClusterIamRole {
        "ApplyStatus": apply_status,
        "IamRoleArn": iam_role_arn,
    }
    types::ClusterNode {
        "NodeRole": node_role,
        "PrivateIPAddress": private_ip_address,
        "PublicIPAddress": public_ip_address,
    }
    types::ClusterParameterGroupStatus {
        "ClusterParameterStatusList": cluster_parameter_status_list,
        "ParameterApplyStatus": parameter_apply_status,
        "ParameterGroupName": parameter_group_name,
    }
    types::ClusterParameterStatus {
        "ParameterApplyErrorDescription": parameter_apply_error_description,
        "ParameterApplyStatus": parameter_apply_status,
        "ParameterName": parameter_name,
    }
    types::ClusterSecurityGroupMembership {
        "ClusterSecurityGroupName": cluster_security_group_name,
        "Status": status,
    }
    types::ClusterSnapshotCopyStatus {
        "DestinationRegion": destination_region,
        "ManualSnapshotRetentionPeriod": manual_snapshot_retention_period,
        "RetentionPeriod": retention_period,
        "SnapshotCopyGrantName": snapshot_copy_grant_name,
    }
    types::DataTransferProgress {
        "CurrentRateInMegaBytesPerSecond": current_rate_in_mega_bytes_per_second,
        "DataTransferredInMegaBytes": data_transferred_in_mega_bytes,
        "ElapsedTimeInSeconds": elapsed_time_in_seconds,
        "EstimatedTimeToCompletionInSeconds": estimated_time_to_completion_in_seconds,
        "Status": status,
        "TotalDataInMegaBytes": total_data_in_mega_bytes,
    }
    types::DeferredMaintenanceWindow {
        "DeferMaintenanceEndTime": defer_maintenance_end_time,
        "DeferMaintenanceIdentifier": defer_maintenance_identifier,
        "DeferMaintenanceStartTime": defer_maintenance_start_time,
    }
    types::ElasticIpStatus {
        "ElasticIp": elastic_ip,
        "Status": status,
    }
    types::Endpoint {
        "Address": address,
        "Port": port,
        "VpcEndpoints": vpc_endpoints,
    }
    types::HsmStatus {
        "HsmClientCertificateIdentifier": hsm_client_certificate_identifier,
        "HsmConfigurationIdentifier": hsm_configuration_identifier,
        "Status": status,
    }
    types::LoggingPublishStatus {
        "S3Tables": s3_tables,
    }
    types::NetworkInterface {
        "AvailabilityZone": availability_zone,
        "Ipv6Address": ipv6_address,
        "NetworkInterfaceId": network_interface_id,
        "PrivateIpAddress": private_ip_address,
        "SubnetId": subnet_id,
    }
    types::PendingModifiedValues {
        "AutomatedSnapshotRetentionPeriod": automated_snapshot_retention_period,
        "ClusterIdentifier": cluster_identifier,
        "ClusterType": cluster_type,
        "ClusterVersion": cluster_version,
        "EncryptionType": encryption_type,
        "EnhancedVpcRouting": enhanced_vpc_routing,
        "MaintenanceTrackName": maintenance_track_name,
        "MasterUserPassword": master_user_password,
        "NodeType": node_type,
        "NumberOfNodes": number_of_nodes,
        "PubliclyAccessible": publicly_accessible,
    }
    types::ReservedNodeExchangeStatus {
        "RequestTime": request_time,
        "ReservedNodeExchangeRequestId": reserved_node_exchange_request_id,
        "SourceReservedNodeCount": source_reserved_node_count,
        "SourceReservedNodeId": source_reserved_node_id,
        "SourceReservedNodeType": source_reserved_node_type,
        "Status": status,
        "TargetReservedNodeCount": target_reserved_node_count,
        "TargetReservedNodeOfferingId": target_reserved_node_offering_id,
        "TargetReservedNodeType": target_reserved_node_type,
    }
    types::ResizeInfo {
        "AllowCancelResize": allow_cancel_resize,
        "ResizeType": resize_type,
    }
    types::RestoreStatus {
        "CurrentRestoreRateInMegaBytesPerSecond": current_restore_rate_in_mega_bytes_per_second,
        "ElapsedTimeInSeconds": elapsed_time_in_seconds,
        "EstimatedTimeToCompletionInSeconds": estimated_time_to_completion_in_seconds,
        "ProgressInMegaBytes": progress_in_mega_bytes,
        "SnapshotSizeInMegaBytes": snapshot_size_in_mega_bytes,
        "Status": status,
    }
    types::S3TablePublishStatus {
        "EnabledAll": enabled_all,
        "LastIngestionTimes": last_ingestion_times,
        "S3TableGranularity": s3_table_granularity,
        "S3TableNamespace": s3_table_namespace,
        "S3Tables": s3_tables,
    }
    types::SecondaryClusterInfo {
        "AvailabilityZone": availability_zone,
        "ClusterNodes": cluster_nodes,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
    types::VpcEndpoint {
        "NetworkInterfaces": network_interfaces,
        "VpcEndpointId": vpc_endpoint_id,
        "VpcId": vpc_id,
    }
    types::VpcSecurityGroupMembership {
        "Status": status,
        "VpcSecurityGroupId": vpc_security_group_id,
    }
}

enumerations! {
    types::AquaConfigurationStatus,
    types::AquaStatus,
    types::LogDestinationType,
    types::ReservedNodeExchangeStatusType,
    types::ScheduleState,
}
