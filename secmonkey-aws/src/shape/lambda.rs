//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_lambda::{operation, types};

structures! {
    operation::get_function_configuration::GetFunctionConfigurationOutput {
        "Architectures": architectures,
        "CapacityProviderConfig": capacity_provider_config,
        "CodeSha256": code_sha256,
        "CodeSize": code_size,
        "ConfigSha256": config_sha256,
        "DeadLetterConfig": dead_letter_config,
        "Description": description,
        "DurableConfig": durable_config,
        "Environment": environment,
        "EphemeralStorage": ephemeral_storage,
        "FileSystemConfigs": file_system_configs,
        "FunctionArn": function_arn,
        "FunctionName": function_name,
        "Handler": handler,
        "ImageConfigResponse": image_config_response,
        "KMSKeyArn": kms_key_arn,
        "LastModified": last_modified,
        "LastUpdateStatus": last_update_status,
        "LastUpdateStatusReason": last_update_status_reason,
        "LastUpdateStatusReasonCode": last_update_status_reason_code,
        "Layers": layers,
        "LoggingConfig": logging_config,
        "MasterArn": master_arn,
        "MemorySize": memory_size,
        "PackageType": package_type,
        "RevisionId": revision_id,
        "Role": role,
        "Runtime": runtime,
        "RuntimeVersionConfig": runtime_version_config,
        "SigningJobArn": signing_job_arn,
        "SigningProfileVersionArn": signing_profile_version_arn,
        "SnapStart": snap_start,
        "State": state,
        "StateReason": state_reason,
        "StateReasonCode": state_reason_code,
        "TenancyConfig": tenancy_config,
        "Timeout": timeout,
        "TracingConfig": tracing_config,
        "Version": version,
        "VpcConfig": vpc_config,
    }
    types::AliasConfiguration {
        "AliasArn": alias_arn,
        "Description": description,
        "FunctionVersion": function_version,
        "Name": name,
        "RevisionId": revision_id,
        "RoutingConfig": routing_config,
    }
    types::AliasRoutingConfiguration {
        "AdditionalVersionWeights": additional_version_weights,
    }
    types::AmazonManagedKafkaEventSourceConfig {
        "ConsumerGroupId": consumer_group_id,
        "SchemaRegistryConfig": schema_registry_config,
    }
    types::CapacityProviderConfig {
        "LambdaManagedInstancesCapacityProviderConfig": lambda_managed_instances_capacity_provider_config,
    }
    types::Cors {
        "AllowCredentials": allow_credentials,
        "AllowHeaders": allow_headers,
        "AllowMethods": allow_methods,
        "AllowOrigins": allow_origins,
        "ExposeHeaders": expose_headers,
        "MaxAge": max_age,
    }
    types::DeadLetterConfig {
        "TargetArn": target_arn,
    }
    types::DestinationConfig {
        "OnFailure": on_failure,
        "OnSuccess": on_success,
    }
    types::DocumentDbEventSourceConfig {
        "CollectionName": collection_name,
        "DatabaseName": database_name,
        "FullDocument": full_document,
    }
    types::DurableConfig {
        "ExecutionTimeout": execution_timeout,
        "KMSKeyArn": kms_key_arn,
        "RetentionPeriodInDays": retention_period_in_days,
    }
    types::EnvironmentError {
        "ErrorCode": error_code,
        "Message": message,
    }
    types::EnvironmentResponse {
        "Error": error,
        "Variables": variables,
    }
    types::EphemeralStorage {
        "Size": size,
    }
    types::EventSourceMappingConfiguration {
        "AmazonManagedKafkaEventSourceConfig": amazon_managed_kafka_event_source_config,
        "BatchSize": batch_size,
        "BisectBatchOnFunctionError": bisect_batch_on_function_error,
        "DestinationConfig": destination_config,
        "DocumentDBEventSourceConfig": document_db_event_source_config,
        "EventSourceArn": event_source_arn,
        "EventSourceMappingArn": event_source_mapping_arn,
        "FilterCriteria": filter_criteria,
        "FilterCriteriaError": filter_criteria_error,
        "FunctionArn": function_arn,
        "FunctionResponseTypes": function_response_types,
        "KMSKeyArn": kms_key_arn,
        "LastModified": last_modified,
        "LastProcessingResult": last_processing_result,
        "LoggingConfig": logging_config,
        "MaximumBatchingWindowInSeconds": maximum_batching_window_in_seconds,
        "MaximumRecordAgeInSeconds": maximum_record_age_in_seconds,
        "MaximumRetryAttempts": maximum_retry_attempts,
        "MetricsConfig": metrics_config,
        "ParallelizationFactor": parallelization_factor,
        "ProvisionedPollerConfig": provisioned_poller_config,
        "Queues": queues,
        "ScalingConfig": scaling_config,
        "SelfManagedEventSource": self_managed_event_source,
        "SelfManagedKafkaEventSourceConfig": self_managed_kafka_event_source_config,
        "SourceAccessConfigurations": source_access_configurations,
        "StartingPosition": starting_position,
        "StartingPositionTimestamp": starting_position_timestamp,
        "State": state,
        "StateTransitionReason": state_transition_reason,
        "Topics": topics,
        "TumblingWindowInSeconds": tumbling_window_in_seconds,
        "UUID": uuid,
    }
    types::EventSourceMappingLoggingConfig {
        "SystemLogLevel": system_log_level,
    }
    types::EventSourceMappingMetricsConfig {
        "Metrics": metrics,
    }
    types::FileSystemConfig {
        "Arn": arn,
        "LocalMountPath": local_mount_path,
        "S3FilesConfig": s3_files_config,
    }
    types::Filter {
        "Pattern": pattern,
    }
    types::FilterCriteria {
        "Filters": filters,
    }
    types::FilterCriteriaError {
        "ErrorCode": error_code,
        "Message": message,
    }
    types::FunctionConfiguration {
        "Architectures": architectures,
        "CapacityProviderConfig": capacity_provider_config,
        "CodeSha256": code_sha256,
        "CodeSize": code_size,
        "ConfigSha256": config_sha256,
        "DeadLetterConfig": dead_letter_config,
        "Description": description,
        "DurableConfig": durable_config,
        "Environment": environment,
        "EphemeralStorage": ephemeral_storage,
        "FileSystemConfigs": file_system_configs,
        "FunctionArn": function_arn,
        "FunctionName": function_name,
        "Handler": handler,
        "ImageConfigResponse": image_config_response,
        "KMSKeyArn": kms_key_arn,
        "LastModified": last_modified,
        "LastUpdateStatus": last_update_status,
        "LastUpdateStatusReason": last_update_status_reason,
        "LastUpdateStatusReasonCode": last_update_status_reason_code,
        "Layers": layers,
        "LoggingConfig": logging_config,
        "MasterArn": master_arn,
        "MemorySize": memory_size,
        "PackageType": package_type,
        "RevisionId": revision_id,
        "Role": role,
        "Runtime": runtime,
        "RuntimeVersionConfig": runtime_version_config,
        "SigningJobArn": signing_job_arn,
        "SigningProfileVersionArn": signing_profile_version_arn,
        "SnapStart": snap_start,
        "State": state,
        "StateReason": state_reason,
        "StateReasonCode": state_reason_code,
        "TenancyConfig": tenancy_config,
        "Timeout": timeout,
        "TracingConfig": tracing_config,
        "Version": version,
        "VpcConfig": vpc_config,
    }
    types::FunctionUrlConfig {
        "AuthType": auth_type,
        "Cors": cors,
        "CreationTime": creation_time,
        "FunctionArn": function_arn,
        "FunctionUrl": function_url,
        "InvokeMode": invoke_mode,
        "LastModifiedTime": last_modified_time,
    }
    types::ImageConfig {
        "Command": command,
        "EntryPoint": entry_point,
        "WorkingDirectory": working_directory,
    }
    types::ImageConfigError {
        "ErrorCode": error_code,
        "Message": message,
    }
    types::ImageConfigResponse {
        "Error": error,
        "ImageConfig": image_config,
    }
    types::KafkaSchemaRegistryAccessConfig {
        "Type": r#type,
        "URI": uri,
    }
    types::KafkaSchemaRegistryConfig {
        "AccessConfigs": access_configs,
        "EventRecordFormat": event_record_format,
        "SchemaRegistryURI": schema_registry_uri,
        "SchemaValidationConfigs": schema_validation_configs,
    }
    types::KafkaSchemaValidationConfig {
        "Attribute": attribute,
    }
    types::LambdaManagedInstancesCapacityProviderConfig {
        "CapacityProviderArn": capacity_provider_arn,
        "ExecutionEnvironmentMemoryGiBPerVCpu": execution_environment_memory_gib_per_v_cpu,
        "PerExecutionEnvironmentMaxConcurrency": per_execution_environment_max_concurrency,
    }
    types::Layer {
        "Arn": arn,
        "CodeSize": code_size,
        "SigningJobArn": signing_job_arn,
        "SigningProfileVersionArn": signing_profile_version_arn,
    }
    types::LoggingConfig {
        "ApplicationLogLevel": application_log_level,
        "LogFormat": log_format,
        "LogGroup": log_group,
        "SystemLogLevel": system_log_level,
    }
    types::OnFailure {
        "Destination": destination,
    }
    types::OnSuccess {
        "Destination": destination,
    }
    types::ProvisionedPollerConfig {
        "MaximumPollers": maximum_pollers,
        "MinimumPollers": minimum_pollers,
        "PollerGroupName": poller_group_name,
    }
    types::RuntimeVersionConfig {
        "Error": error,
        "RuntimeVersionArn": runtime_version_arn,
    }
    types::RuntimeVersionError {
        "ErrorCode": error_code,
        "Message": message,
    }
    types::S3FilesConfig {
        "DirectS3Read": direct_s3_read,
    }
    types::ScalingConfig {
        "MaximumConcurrency": maximum_concurrency,
    }
    types::SelfManagedEventSource {
        "Endpoints": endpoints,
    }
    types::SelfManagedKafkaEventSourceConfig {
        "ConsumerGroupId": consumer_group_id,
        "ConsumptionMode": consumption_mode,
        "SchemaRegistryConfig": schema_registry_config,
    }
    types::SnapStartResponse {
        "ApplyOn": apply_on,
        "OptimizationStatus": optimization_status,
    }
    types::SourceAccessConfiguration {
        "Type": r#type,
        "URI": uri,
    }
    types::TenancyConfig {
        "TenantIsolationMode": tenant_isolation_mode,
    }
    types::TracingConfigResponse {
        "Mode": mode,
    }
    types::VpcConfigResponse {
        "Ipv6AllowedForDualStack": ipv6_allowed_for_dual_stack,
        "SecurityGroupIds": security_group_ids,
        "SubnetIds": subnet_ids,
        "VpcId": vpc_id,
    }
}

enumerations! {
    types::ApplicationLogLevel,
    types::Architecture,
    types::DirectS3Read,
    types::EndPointType,
    types::EventSourceMappingMetric,
    types::EventSourceMappingSystemLogLevel,
    types::EventSourcePosition,
    types::FullDocument,
    types::FunctionResponseType,
    types::FunctionUrlAuthType,
    types::InvokeMode,
    types::KafkaEventSourceMappingConsumptionMode,
    types::KafkaSchemaRegistryAuthType,
    types::KafkaSchemaValidationAttribute,
    types::LastUpdateStatus,
    types::LastUpdateStatusReasonCode,
    types::LogFormat,
    types::PackageType,
    types::Runtime,
    types::SchemaRegistryEventRecordFormat,
    types::SnapStartApplyOn,
    types::SnapStartOptimizationStatus,
    types::SourceAccessType,
    types::State,
    types::StateReasonCode,
    types::SystemLogLevel,
    types::TenantIsolationMode,
    types::TracingMode,
}
