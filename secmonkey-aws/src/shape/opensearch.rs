//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_opensearch::types;

structures! {
    types::AdvancedSecurityOptions {
        "AnonymousAuthDisableDate": anonymous_auth_disable_date,
        "AnonymousAuthEnabled": anonymous_auth_enabled,
        "Enabled": enabled,
        "IAMFederationOptions": iam_federation_options,
        "InternalUserDatabaseEnabled": internal_user_database_enabled,
        "JWTOptions": jwt_options,
        "SAMLOptions": saml_options,
    }
    types::AimlOptionsOutput {
        "NaturalLanguageQueryGenerationOptions": natural_language_query_generation_options,
        "S3VectorsEngine": s3_vectors_engine,
        "ServerlessVectorAcceleration": serverless_vector_acceleration,
    }
    types::AutoTuneOptionsOutput {
        "ErrorMessage": error_message,
        "State": state,
        "UseOffPeakWindow": use_off_peak_window,
    }
    types::AutomatedSnapshotPauseOptions {
        "Enabled": enabled,
        "EndTime": end_time,
        "StartTime": start_time,
        "State": state,
    }
    types::ChangeProgressDetails {
        "ChangeId": change_id,
        "ConfigChangeStatus": config_change_status,
        "InitiatedBy": initiated_by,
        "LastUpdatedTime": last_updated_time,
        "Message": message,
        "StartTime": start_time,
    }
    types::ClusterConfig {
        "ColdStorageOptions": cold_storage_options,
        "DedicatedMasterCount": dedicated_master_count,
        "DedicatedMasterEnabled": dedicated_master_enabled,
        "DedicatedMasterType": dedicated_master_type,
        "InstanceCount": instance_count,
        "InstanceType": instance_type,
        "MultiAZWithStandbyEnabled": multi_az_with_standby_enabled,
        "NodeOptions": node_options,
        "WarmCount": warm_count,
        "WarmEnabled": warm_enabled,
        "WarmType": warm_type,
        "ZoneAwarenessConfig": zone_awareness_config,
        "ZoneAwarenessEnabled": zone_awareness_enabled,
    }
    types::CognitoOptions {
        "Enabled": enabled,
        "IdentityPoolId": identity_pool_id,
        "RoleArn": role_arn,
        "UserPoolId": user_pool_id,
    }
    types::ColdStorageOptions {
        "Enabled": enabled,
    }
    types::DeploymentStrategyOptions {
        "DeploymentStrategy": deployment_strategy,
    }
    types::DomainEndpointOptions {
        "CustomEndpoint": custom_endpoint,
        "CustomEndpointCertificateArn": custom_endpoint_certificate_arn,
        "CustomEndpointEnabled": custom_endpoint_enabled,
        "EnforceHTTPS": enforce_https,
        "TLSSecurityPolicy": tls_security_policy,
    }
    types::DomainStatus {
        "AIMLOptions": aiml_options,
        "ARN": arn,
        "AccessPolicies": access_policies,
        "AdvancedOptions": advanced_options,
        "AdvancedSecurityOptions": advanced_security_options,
        "AutoTuneOptions": auto_tune_options,
        "AutomatedSnapshotPauseOptions": automated_snapshot_pause_options,
        "ChangeProgressDetails": change_progress_details,
        "ClusterConfig": cluster_config,
        "CognitoOptions": cognito_options,
        "Created": created,
        "Deleted": deleted,
        "DeploymentStrategyOptions": deployment_strategy_options,
        "DomainEndpointOptions": domain_endpoint_options,
        "DomainEndpointV2HostedZoneId": domain_endpoint_v2_hosted_zone_id,
        "DomainId": domain_id,
        "DomainName": domain_name,
        "DomainProcessingStatus": domain_processing_status,
        "EBSOptions": ebs_options,
        "EncryptionAtRestOptions": encryption_at_rest_options,
        "Endpoint": endpoint,
        "EndpointV2": endpoint_v2,
        "Endpoints": endpoints,
        "EngineMode": engine_mode,
        "EngineVersion": engine_version,
        "IPAddressType": ip_address_type,
        "IdentityCenterOptions": identity_center_options,
        "LogPublishingOptions": log_publishing_options,
        "ModifyingProperties": modifying_properties,
        "NodeToNodeEncryptionOptions": node_to_node_encryption_options,
        "OffPeakWindowOptions": off_peak_window_options,
        "Processing": processing,
        "ServiceSoftwareOptions": service_software_options,
        "SnapshotOptions": snapshot_options,
        "SoftwareUpdateOptions": software_update_options,
        "UpgradeProcessing": upgrade_processing,
        "UseCase": use_case,
        "VPCOptions": vpc_options,
    }
    types::EbsOptions {
        "EBSEnabled": ebs_enabled,
        "Iops": iops,
        "Throughput": throughput,
        "VolumeSize": volume_size,
        "VolumeType": volume_type,
    }
    types::EncryptionAtRestOptions {
        "Enabled": enabled,
        "EncryptionMode": encryption_mode,
        "KmsKeyId": kms_key_id,
    }
    types::IamFederationOptionsOutput {
        "Enabled": enabled,
        "RolesKey": roles_key,
        "SubjectKey": subject_key,
    }
    types::IdentityCenterOptions {
        "EnabledAPIAccess": enabled_api_access,
        "IdentityCenterApplicationARN": identity_center_application_arn,
        "IdentityCenterInstanceARN": identity_center_instance_arn,
        "IdentityCenterInstanceRegion": identity_center_instance_region,
        "IdentityStoreId": identity_store_id,
        "RolesKey": roles_key,
        "SubjectKey": subject_key,
    }
    types::JwtOptionsOutput {
        "Enabled": enabled,
        "JwksUrl": jwks_url,
        "PublicKey": public_key,
        "RolesKey": roles_key,
        "SubjectKey": subject_key,
    }
    types::LogPublishingOption {
        "CloudWatchLogsLogGroupArn": cloud_watch_logs_log_group_arn,
        "Enabled": enabled,
    }
    types::ModifyingProperties {
        "ActiveValue": active_value,
        "Name": name,
        "PendingValue": pending_value,
        "ValueType": value_type,
    }
    types::NaturalLanguageQueryGenerationOptionsOutput {
        "CurrentState": current_state,
        "DesiredState": desired_state,
    }
    types::NodeConfig {
        "Count": count,
        "Enabled": enabled,
        "Type": r#type,
    }
    types::NodeOption {
        "NodeConfig": node_config,
        "NodeType": node_type,
    }
    types::NodeToNodeEncryptionOptions {
        "Enabled": enabled,
    }
    types::OffPeakWindow {
        "WindowStartTime": window_start_time,
    }
    types::OffPeakWindowOptions {
        "Enabled": enabled,
        "OffPeakWindow": off_peak_window,
    }
    types::S3VectorsEngine {
        "Enabled": enabled,
    }
    types::SamlIdp {
        "EntityId": entity_id,
        "MetadataContent": metadata_content,
    }
    types::SamlOptionsOutput {
        "Enabled": enabled,
        "Idp": idp,
        "RolesKey": roles_key,
        "SessionTimeoutMinutes": session_timeout_minutes,
        "SubjectKey": subject_key,
    }
    types::ServerlessVectorAcceleration {
        "Enabled": enabled,
    }
    types::ServiceSoftwareOptions {
        "AutomatedUpdateDate": automated_update_date,
        "Cancellable": cancellable,
        "CurrentVersion": current_version,
        "Description": description,
        "NewVersion": new_version,
        "OptionalDeployment": optional_deployment,
        "UpdateAvailable": update_available,
        "UpdateStatus": update_status,
    }
    types::SnapshotOptions {
        "AutomatedSnapshotStartHour": automated_snapshot_start_hour,
    }
    types::SoftwareUpdateOptions {
        "AutoSoftwareUpdateEnabled": auto_software_update_enabled,
        "UseLatestServiceSoftwareForBlueGreen": use_latest_service_software_for_blue_green,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
    types::VpcDerivedInfo {
        "AvailabilityZones": availability_zones,
        "EgressEnabled": egress_enabled,
        "SecurityGroupIds": security_group_ids,
        "SubnetIds": subnet_ids,
        "VPCId": vpc_id,
    }
    types::WindowStartTime {
        "Hours": hours,
        "Minutes": minutes,
    }
    types::ZoneAwarenessConfig {
        "AvailabilityZoneCount": availability_zone_count,
    }
}

enumerations! {
    types::AutoTuneState,
    types::ConfigChangeStatus,
    types::DeploymentStatus,
    types::DeploymentStrategy,
    types::DomainProcessingStatusType,
    types::DomainUseCase,
    types::EncryptionMode,
    types::EngineMode,
    types::InitiatedBy,
    types::IpAddressType,
    types::LogType,
    types::NaturalLanguageQueryGenerationCurrentState,
    types::NaturalLanguageQueryGenerationDesiredState,
    types::NodeOptionsNodeType,
    types::OpenSearchPartitionInstanceType,
    types::OpenSearchWarmPartitionInstanceType,
    types::PauseState,
    types::PropertyValueType,
    types::RolesKeyIdCOption,
    types::SubjectKeyIdCOption,
    types::TlsSecurityPolicy,
    types::VolumeType,
}
