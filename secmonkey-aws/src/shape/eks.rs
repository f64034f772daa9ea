//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_eks::types;

structures! {
    types::AccessConfigResponse {
        "authenticationMode": authentication_mode,
        "bootstrapClusterCreatorAdminPermissions": bootstrap_cluster_creator_admin_permissions,
    }
    types::ActiveCertificateAuthority {
        "activatedBy": activated_by,
        "id": id,
    }
    types::BlockStorage {
        "enabled": enabled,
    }
    types::Certificate {
        "active": active,
        "data": data,
    }
    types::Cluster {
        "accessConfig": access_config,
        "arn": arn,
        "certificateAuthority": certificate_authority,
        "clientRequestToken": client_request_token,
        "computeConfig": compute_config,
        "connectorConfig": connector_config,
        "controlPlaneScalingConfig": control_plane_scaling_config,
        "createdAt": created_at,
        "deletionProtection": deletion_protection,
        "encryptionConfig": encryption_config,
        "endpoint": endpoint,
        "health": health,
        "id": id,
        "identity": identity,
        "kubeApiServerConfig": kube_api_server_config,
        "kubeControllerManagerConfig": kube_controller_manager_config,
        "kubeSchedulerConfig": kube_scheduler_config,
        "kubernetesNetworkConfig": kubernetes_network_config,
        "logging": logging,
        "name": name,
        "outpostConfig": outpost_config,
        "platformVersion": platform_version,
        "remoteNetworkConfig": remote_network_config,
        "resourcesVpcConfig": resources_vpc_config,
        "roleArn": role_arn,
        "status": status,
        "storageConfig": storage_config,
        "tags": tags,
        "upgradePolicy": upgrade_policy,
        "version": version,
        "zonalShiftConfig": zonal_shift_config,
    }
    types::ClusterHealth {
        "issues": issues,
    }
    types::ClusterIssue {
        "code": code,
        "message": message,
        "resourceIds": resource_ids,
    }
    types::ComputeConfigResponse {
        "enabled": enabled,
        "nodePools": node_pools,
        "nodeRoleArn": node_role_arn,
    }
    types::ConnectorConfigResponse {
        "activationCode": activation_code,
        "activationExpiry": activation_expiry,
        "activationId": activation_id,
        "provider": provider,
        "roleArn": role_arn,
    }
    types::ControlPlanePlacementResponse {
        "groupName": group_name,
        "spreadLevel": spread_level,
    }
    types::ControlPlaneScalingConfig {
        "tier": tier,
    }
    types::CrdManagementConfiguration {
        "managed": managed,
    }
    types::ElasticLoadBalancing {
        "enabled": enabled,
        "gatewayApi": gateway_api,
    }
    types::EncryptionConfig {
        "provider": provider,
        "resources": resources,
    }
    types::EtcdPlacementResponse {
        "spreadLevel": spread_level,
    }
    types::GatewayApiConfiguration {
        "crds": crds,
    }
    types::HorizontalPodAutoscalerControllerConfigResponse {
        "horizontalPodAutoscalerSyncPeriod": horizontal_pod_autoscaler_sync_period,
    }
    types::Identity {
        "oidc": oidc,
    }
    types::KubeApiServerConfigResponse {
        "eventTtl": event_ttl,
        "serviceNodePortRange": service_node_port_range,
    }
    types::KubeControllerManagerConfigResponse {
        "horizontalPodAutoscalerControllerConfig": horizontal_pod_autoscaler_controller_config,
        "podGcControllerConfig": pod_gc_controller_config,
    }
    types::KubeSchedulerConfigResponse {
        "nodeResourcesFit": node_resources_fit,
    }
    types::KubernetesNetworkConfigResponse {
        "elasticLoadBalancing": elastic_load_balancing,
        "ipFamily": ip_family,
        "serviceIpv4Cidr": service_ipv4_cidr,
        "serviceIpv6Cidr": service_ipv6_cidr,
    }
    types::LogSetup {
        "enabled": enabled,
        "types": types,
    }
    types::Logging {
        "clusterLogging": cluster_logging,
    }
    types::NodeResourcesFitConfig {
        "scoringStrategy": scoring_strategy,
    }
    types::Oidc {
        "issuer": issuer,
    }
    types::OutpostConfigResponse {
        "controlPlaneInstanceType": control_plane_instance_type,
        "controlPlanePlacement": control_plane_placement,
        "etcdInstanceType": etcd_instance_type,
        "etcdPlacement": etcd_placement,
        "outpostArns": outpost_arns,
    }
    types::PodGcControllerConfigResponse {
        "terminatedPodGcThreshold": terminated_pod_gc_threshold,
    }
    types::Provider {
        "keyArn": key_arn,
    }
    types::RemoteNetworkConfigResponse {
        "remoteNodeNetworks": remote_node_networks,
        "remotePodNetworks": remote_pod_networks,
    }
    types::RemoteNodeNetwork {
        "cidrs": cidrs,
    }
    types::RemotePodNetwork {
        "cidrs": cidrs,
    }
    types::ResourceWeight {
        "name": name,
        "weight": weight,
    }
    types::ScoringStrategy {
        "resources": resources,
        "type": r#type,
    }
    types::ServiceNodePortRange {
        "maxPort": max_port,
        "minPort": min_port,
    }
    types::StorageConfigResponse {
        "blockStorage": block_storage,
    }
    types::UpgradePolicyResponse {
        "supportType": support_type,
    }
    types::VpcConfigResponse {
        "clusterSecurityGroupId": cluster_security_group_id,
        "controlPlaneEgressMode": control_plane_egress_mode,
        "endpointPrivateAccess": endpoint_private_access,
        "endpointPublicAccess": endpoint_public_access,
        "publicAccessCidrs": public_access_cidrs,
        "securityGroupIds": security_group_ids,
        "subnetIds": subnet_ids,
        "vpcId": vpc_id,
    }
    types::ZonalShiftConfigResponse {
        "enabled": enabled,
    }
}

enumerations! {
    types::AuthenticationMode,
    types::CertificateAuthorityActivatedBy,
    types::ClusterIssueCode,
    types::ClusterStatus,
    types::ControlPlaneEgressModeType,
    types::IpFamily,
    types::LogType,
    types::ProvisionedControlPlaneTier,
    types::ScoringStrategyType,
    types::SpreadLevel,
    types::SupportType,
}
