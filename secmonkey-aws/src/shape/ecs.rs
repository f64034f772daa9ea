//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_ecs::types;

structures! {
    types::AdvancedConfiguration {
        "alternateTargetGroupArn": alternate_target_group_arn,
        "productionListenerRule": production_listener_rule,
        "roleArn": role_arn,
        "testListenerRule": test_listener_rule,
    }
    types::Attachment {
        "details": details,
        "id": id,
        "status": status,
        "type": r#type,
    }
    types::AwsVpcConfiguration {
        "assignPublicIp": assign_public_ip,
        "securityGroups": security_groups,
        "subnets": subnets,
    }
    types::CanaryConfiguration {
        "canaryBakeTimeInMinutes": canary_bake_time_in_minutes,
        "canaryPercent": canary_percent,
    }
    types::CapacityProviderStrategyItem {
        "base": base,
        "capacityProvider": capacity_provider,
        "weight": weight,
    }
    types::Cluster {
        "activeServicesCount": active_services_count,
        "attachments": attachments,
        "attachmentsStatus": attachments_status,
        "capacityProviders": capacity_providers,
        "clusterArn": cluster_arn,
        "clusterName": cluster_name,
        "configuration": configuration,
        "defaultCapacityProviderStrategy": default_capacity_provider_strategy,
        "pendingTasksCount": pending_tasks_count,
        "registeredContainerInstancesCount": registered_container_instances_count,
        "runningTasksCount": running_tasks_count,
        "serviceConnectDefaults": service_connect_defaults,
        "settings": settings,
        "statistics": statistics,
        "status": status,
        "tags": tags,
    }
    types::ClusterConfiguration {
        "executeCommandConfiguration": execute_command_configuration,
        "managedStorageConfiguration": managed_storage_configuration,
    }
    types::ClusterServiceConnectDefaults {
        "namespace": namespace,
    }
    types::ClusterSetting {
        "name": name,
        "value": value,
    }
    types::Deployment {
        "capacityProviderStrategy": capacity_provider_strategy,
        "createdAt": created_at,
        "desiredCount": desired_count,
        "failedTasks": failed_tasks,
        "fargateEphemeralStorage": fargate_ephemeral_storage,
        "id": id,
        "launchType": launch_type,
        "networkConfiguration": network_configuration,
        "pendingCount": pending_count,
        "platformFamily": platform_family,
        "platformVersion": platform_version,
        "rolloutState": rollout_state,
        "rolloutStateReason": rollout_state_reason,
        "runningCount": running_count,
        "serviceConnectConfiguration": service_connect_configuration,
        "serviceConnectResources": service_connect_resources,
        "status": status,
        "taskDefinition": task_definition,
        "updatedAt": updated_at,
        "volumeConfigurations": volume_configurations,
        "vpcLatticeConfigurations": vpc_lattice_configurations,
    }
    types::DeploymentAlarms {
        "alarmNames": alarm_names,
        "enable": enable,
        "rollback": rollback,
    }
    types::DeploymentCircuitBreaker {
        "enable": enable,
        "resetOnHealthyTask": reset_on_healthy_task,
        "rollback": rollback,
        "thresholdConfiguration": threshold_configuration,
    }
    types::DeploymentConfiguration {
        "alarms": alarms,
        "bakeTimeInMinutes": bake_time_in_minutes,
        "canaryConfiguration": canary_configuration,
        "deploymentCircuitBreaker": deployment_circuit_breaker,
        "earlySuccessCriteria": early_success_criteria,
        "lifecycleHooks": lifecycle_hooks,
        "linearConfiguration": linear_configuration,
        "maximumPercent": maximum_percent,
        "minimumHealthyPercent": minimum_healthy_percent,
        "strategy": strategy,
    }
    types::DeploymentController {
        "type": r#type,
    }
    types::DeploymentEarlySuccessCriteria {
        "enable": enable,
        "healthyPercent": healthy_percent,
        "sourceServiceRevisionCleanup": source_service_revision_cleanup,
    }
    types::DeploymentEphemeralStorage {
        "kmsKeyId": kms_key_id,
    }
    types::DeploymentLifecycleHook {
        "hookDetails": hook_details,
        "hookTargetArn": hook_target_arn,
        "lifecycleStages": lifecycle_stages,
        "roleArn": role_arn,
        "targetType": target_type,
        "timeoutConfiguration": timeout_configuration,
    }
    types::DeploymentLifecycleHookTimeoutConfiguration {
        "action": action,
        "timeoutInMinutes": timeout_in_minutes,
    }
    types::EbsTagSpecification {
        "propagateTags": propagate_tags,
        "resourceType": resource_type,
        "tags": tags,
    }
    types::ExecuteCommandConfiguration {
        "kmsKeyId": kms_key_id,
        "logConfiguration": log_configuration,
        "logging": logging,
    }
    types::ExecuteCommandLogConfiguration {
        "cloudWatchEncryptionEnabled": cloud_watch_encryption_enabled,
        "cloudWatchLogGroupName": cloud_watch_log_group_name,
        "s3BucketName": s3_bucket_name,
        "s3EncryptionEnabled": s3_encryption_enabled,
        "s3KeyPrefix": s3_key_prefix,
    }
    types::KeyValuePair {
        "name": name,
        "value": value,
    }
    types::LinearConfiguration {
        "stepBakeTimeInMinutes": step_bake_time_in_minutes,
        "stepPercent": step_percent,
    }
    types::LoadBalancer {
        "advancedConfiguration": advanced_configuration,
        "containerName": container_name,
        "containerPort": container_port,
        "loadBalancerName": load_balancer_name,
        "targetGroupArn": target_group_arn,
    }
    types::LogConfiguration {
        "logDriver": log_driver,
        "options": options,
        "secretOptions": secret_options,
    }
    types::ManagedStorageConfiguration {
        "fargateEphemeralStorageKmsKeyId": fargate_ephemeral_storage_kms_key_id,
        "kmsKeyId": kms_key_id,
    }
    types::NetworkConfiguration {
        "awsvpcConfiguration": awsvpc_configuration,
    }
    types::PlacementConstraint {
        "expression": expression,
        "type": r#type,
    }
    types::PlacementStrategy {
        "field": field,
        "type": r#type,
    }
    types::Scale {
        "unit": unit,
        "value": value,
    }
    types::Secret {
        "name": name,
        "valueFrom": value_from,
    }
    types::Service {
        "availabilityZoneRebalancing": availability_zone_rebalancing,
        "capacityProviderStrategy": capacity_provider_strategy,
        "clusterArn": cluster_arn,
        "createdAt": created_at,
        "createdBy": created_by,
        "currentServiceDeployment": current_service_deployment,
        "currentServiceRevisions": current_service_revisions,
        "deploymentConfiguration": deployment_configuration,
        "deploymentController": deployment_controller,
        "deployments": deployments,
        "desiredCount": desired_count,
        "enableECSManagedTags": enable_ecs_managed_tags,
        "enableExecuteCommand": enable_execute_command,
        "events": events,
        "healthCheckGracePeriodSeconds": health_check_grace_period_seconds,
        "launchType": launch_type,
        "loadBalancers": load_balancers,
        "networkConfiguration": network_configuration,
        "pendingCount": pending_count,
        "placementConstraints": placement_constraints,
        "placementStrategy": placement_strategy,
        "platformFamily": platform_family,
        "platformVersion": platform_version,
        "propagateTags": propagate_tags,
        "resourceManagementType": resource_management_type,
        "roleArn": role_arn,
        "runningCount": running_count,
        "schedulingStrategy": scheduling_strategy,
        "serviceArn": service_arn,
        "serviceName": service_name,
        "serviceRegistries": service_registries,
        "status": status,
        "tags": tags,
        "taskDefinition": task_definition,
        "taskSets": task_sets,
    }
    types::ServiceConnectAccessLogConfiguration {
        "format": format,
        "includeQueryParameters": include_query_parameters,
    }
    types::ServiceConnectClientAlias {
        "dnsName": dns_name,
        "port": port,
        "testTrafficRules": test_traffic_rules,
    }
    types::ServiceConnectConfiguration {
        "accessLogConfiguration": access_log_configuration,
        "containerConfigurations": container_configurations,
        "enabled": enabled,
        "logConfiguration": log_configuration,
        "namespace": namespace,
        "services": services,
    }
    types::ServiceConnectService {
        "clientAliases": client_aliases,
        "discoveryName": discovery_name,
        "ingressPortOverride": ingress_port_override,
        "portName": port_name,
        "timeout": timeout,
        "tls": tls,
    }
    types::ServiceConnectServiceResource {
        "discoveryArn": discovery_arn,
        "discoveryName": discovery_name,
    }
    types::ServiceConnectTestTrafficHeaderMatchRules {
        "exact": exact,
    }
    types::ServiceConnectTestTrafficHeaderRules {
        "name": name,
        "value": value,
    }
    types::ServiceConnectTestTrafficRules {
        "header": header,
    }
    types::ServiceConnectTlsCertificateAuthority {
        "awsPcaAuthorityArn": aws_pca_authority_arn,
    }
    types::ServiceConnectTlsConfiguration {
        "issuerCertificateAuthority": issuer_certificate_authority,
        "kmsKey": kms_key,
        "roleArn": role_arn,
    }
    types::ServiceCurrentRevisionSummary {
        "arn": arn,
        "pendingTaskCount": pending_task_count,
        "requestedTaskCount": requested_task_count,
        "runningTaskCount": running_task_count,
    }
    types::ServiceEvent {
        "createdAt": created_at,
        "id": id,
        "message": message,
    }
    types::ServiceManagedEbsVolumeConfiguration {
        "encrypted": encrypted,
        "filesystemType": filesystem_type,
        "iops": iops,
        "kmsKeyId": kms_key_id,
        "roleArn": role_arn,
        "sizeInGiB": size_in_gib,
        "snapshotId": snapshot_id,
        "tagSpecifications": tag_specifications,
        "throughput": throughput,
        "volumeInitializationRate": volume_initialization_rate,
        "volumeType": volume_type,
    }
    types::ServiceRegistry {
        "containerName": container_name,
        "containerPort": container_port,
        "port": port,
        "registryArn": registry_arn,
    }
    types::ServiceVolumeConfiguration {
        "managedEBSVolume": managed_ebs_volume,
        "name": name,
    }
    types::Tag {
        "key": key,
        "value": value,
    }
    types::TaskSet {
        "capacityProviderStrategy": capacity_provider_strategy,
        "clusterArn": cluster_arn,
        "computedDesiredCount": computed_desired_count,
        "createdAt": created_at,
        "externalId": external_id,
        "fargateEphemeralStorage": fargate_ephemeral_storage,
        "id": id,
        "launchType": launch_type,
        "loadBalancers": load_balancers,
        "networkConfiguration": network_configuration,
        "pendingCount": pending_count,
        "platformFamily": platform_family,
        "platformVersion": platform_version,
        "runningCount": running_count,
        "scale": scale,
        "serviceArn": service_arn,
        "serviceRegistries": service_registries,
        "stabilityStatus": stability_status,
        "stabilityStatusAt": stability_status_at,
        "startedBy": started_by,
        "status": status,
        "tags": tags,
        "taskDefinition": task_definition,
        "taskSetArn": task_set_arn,
        "updatedAt": updated_at,
    }
    types::ThresholdConfiguration {
        "type": r#type,
        "value": value,
    }
    types::TimeoutConfiguration {
        "idleTimeoutSeconds": idle_timeout_seconds,
        "perRequestTimeoutSeconds": per_request_timeout_seconds,
    }
    types::VpcLatticeAdvancedConfiguration {
        "alternateTargetGroupArn": alternate_target_group_arn,
        "productionListenerRule": production_listener_rule,
        "testListenerRule": test_listener_rule,
    }
    types::VpcLatticeConfiguration {
        "advancedConfiguration": advanced_configuration,
        "portName": port_name,
        "roleArn": role_arn,
        "targetGroupArn": target_group_arn,
    }
}

unions! {
    types::ServiceConnectContainerConfiguration {
        "logLevel": LogLevel,
    }
}

enumerations! {
    types::AssignPublicIp,
    types::AvailabilityZoneRebalancing,
    types::ClusterSettingName,
    types::DeploymentControllerType,
    types::DeploymentLifecycleHookAction,
    types::DeploymentLifecycleHookStage,
    types::DeploymentLifecycleHookTargetType,
    types::DeploymentRolloutState,
    types::DeploymentStrategy,
    types::EbsResourceType,
    types::ExecuteCommandLogging,
    types::LaunchType,
    types::LogDriver,
    types::PlacementConstraintType,
    types::PlacementStrategyType,
    types::PropagateTags,
    types::ResourceManagementType,
    types::ScaleUnit,
    types::SchedulingStrategy,
    types::ServiceConnectAccessLoggingFormat,
    types::ServiceConnectContainerLogLevel,
    types::ServiceConnectIncludeQueryParameters,
    types::ServiceRevisionCleanup,
    types::StabilityStatus,
    types::TaskFilesystemType,
    types::ThresholdType,
}
