//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_ec2::types;

structures! {
    types::Address {
        "AllocationId": allocation_id,
        "AssociationId": association_id,
        "CarrierIp": carrier_ip,
        "CustomerOwnedIp": customer_owned_ip,
        "CustomerOwnedIpv4Pool": customer_owned_ipv4_pool,
        "Domain": domain,
        "InstanceId": instance_id,
        "NetworkBorderGroup": network_border_group,
        "NetworkInterfaceId": network_interface_id,
        "NetworkInterfaceOwnerId": network_interface_owner_id,
        "PrivateIpAddress": private_ip_address,
        "PublicIp": public_ip,
        "PublicIpv4Pool": public_ipv4_pool,
        "ServiceManaged": service_managed,
        "SubnetId": subnet_id,
        "Tags": tags,
    }
    types::AttachmentEnaSrdSpecification {
        "EnaSrdEnabled": ena_srd_enabled,
        "EnaSrdUdpSpecification": ena_srd_udp_specification,
    }
    types::AttachmentEnaSrdUdpSpecification {
        "EnaSrdUdpEnabled": ena_srd_udp_enabled,
    }
    types::AttributeValue {
        "Value": value,
    }
    types::BlockDeviceMapping {
        "DeviceName": device_name,
        "Ebs": ebs,
        "NoDevice": no_device,
        "VirtualName": virtual_name,
    }
    types::BlockPublicAccessStates {
        "InternetGatewayBlockMode": internet_gateway_block_mode,
    }
    types::CapacityReservationSpecificationResponse {
        "CapacityReservationPreference": capacity_reservation_preference,
        "CapacityReservationTarget": capacity_reservation_target,
    }
    types::CapacityReservationTargetResponse {
        "CapacityReservationId": capacity_reservation_id,
        "CapacityReservationResourceGroupArn": capacity_reservation_resource_group_arn,
    }
    types::CidrBlock {
        "CidrBlock": cidr_block,
    }
    types::CloudWatchLogOptions {
        "BgpLogEnabled": bgp_log_enabled,
        "BgpLogGroupArn": bgp_log_group_arn,
        "BgpLogOutputFormat": bgp_log_output_format,
        "LogEnabled": log_enabled,
        "LogGroupArn": log_group_arn,
        "LogOutputFormat": log_output_format,
    }
    types::ConnectionTrackingConfiguration {
        "TcpEstablishedTimeout": tcp_established_timeout,
        "UdpStreamTimeout": udp_stream_timeout,
        "UdpTimeout": udp_timeout,
    }
    types::ConnectionTrackingSpecificationResponse {
        "TcpEstablishedTimeout": tcp_established_timeout,
        "UdpStreamTimeout": udp_stream_timeout,
        "UdpTimeout": udp_timeout,
    }
    types::CpuOptions {
        "AmdSevSnp": amd_sev_snp,
        "CoreCount": core_count,
        "NestedVirtualization": nested_virtualization,
        "ThreadsPerCore": threads_per_core,
    }
    types::CreateVolumePermission {
        "Group": group,
        "UserId": user_id,
    }
    types::DestinationOptionsResponse {
        "FileFormat": file_format,
        "HiveCompatiblePartitions": hive_compatible_partitions,
        "PerHourPartition": per_hour_partition,
    }
    types::DhcpConfiguration {
        "Key": key,
        "Values": values,
    }
    types::DhcpOptions {
        "DhcpConfigurations": dhcp_configurations,
        "DhcpOptionsId": dhcp_options_id,
        "OwnerId": owner_id,
        "Tags": tags,
    }
    types::DnsEntry {
        "DnsName": dns_name,
        "HostedZoneId": hosted_zone_id,
    }
    types::DnsOptions {
        "DnsRecordIpType": dns_record_ip_type,
        "PrivateDnsOnlyForInboundResolverEndpoint": private_dns_only_for_inbound_resolver_endpoint,
        "PrivateDnsPreference": private_dns_preference,
        "PrivateDnsSpecifiedDomains": private_dns_specified_domains,
    }
    types::EbsBlockDevice {
        "AvailabilityZone": availability_zone,
        "AvailabilityZoneId": availability_zone_id,
        "DeleteOnTermination": delete_on_termination,
        "EbsCardIndex": ebs_card_index,
        "Encrypted": encrypted,
        "Iops": iops,
        "KmsKeyId": kms_key_id,
        "OutpostArn": outpost_arn,
        "SnapshotId": snapshot_id,
        "Throughput": throughput,
        "VolumeInitializationRate": volume_initialization_rate,
        "VolumeSize": volume_size,
        "VolumeType": volume_type,
    }
    types::EbsInstanceBlockDevice {
        "AssociatedResource": associated_resource,
        "AttachTime": attach_time,
        "DeleteOnTermination": delete_on_termination,
        "EbsCardIndex": ebs_card_index,
        "Operator": operator,
        "Status": status,
        "VolumeId": volume_id,
        "VolumeOwnerId": volume_owner_id,
    }
    types::ElasticGpuAssociation {
        "ElasticGpuAssociationId": elastic_gpu_association_id,
        "ElasticGpuAssociationState": elastic_gpu_association_state,
        "ElasticGpuAssociationTime": elastic_gpu_association_time,
        "ElasticGpuId": elastic_gpu_id,
    }
    types::ElasticInferenceAcceleratorAssociation {
        "ElasticInferenceAcceleratorArn": elastic_inference_accelerator_arn,
        "ElasticInferenceAcceleratorAssociationId": elastic_inference_accelerator_association_id,
        "ElasticInferenceAcceleratorAssociationState": elastic_inference_accelerator_association_state,
        "ElasticInferenceAcceleratorAssociationTime": elastic_inference_accelerator_association_time,
    }
    types::EnclaveOptions {
        "Enabled": enabled,
    }
    types::FlowLog {
        "CreationTime": creation_time,
        "DeliverCrossAccountRole": deliver_cross_account_role,
        "DeliverLogsErrorMessage": deliver_logs_error_message,
        "DeliverLogsPermissionArn": deliver_logs_permission_arn,
        "DeliverLogsStatus": deliver_logs_status,
        "DestinationOptions": destination_options,
        "FlowLogId": flow_log_id,
        "FlowLogStatus": flow_log_status,
        "LogDestination": log_destination,
        "LogDestinationType": log_destination_type,
        "LogFormat": log_format,
        "LogGroupName": log_group_name,
        "MaxAggregationInterval": max_aggregation_interval,
        "ResourceId": resource_id,
        "TagFieldSpecifications": tag_field_specifications,
        "Tags": tags,
        "TrafficType": traffic_type,
    }
    types::GroupIdentifier {
        "GroupId": group_id,
        "GroupName": group_name,
    }
    types::HibernationOptions {
        "Configured": configured,
    }
    types::IamInstanceProfile {
        "Arn": arn,
        "Id": id,
    }
    types::IcmpTypeCode {
        "Code": code,
        "Type": r#type,
    }
    types::IkeVersionsListValue {
        "Value": value,
    }
    types::Image {
        "Architecture": architecture,
        "BlockDeviceMappings": block_device_mappings,
        "BootMode": boot_mode,
        "CreationDate": creation_date,
        "DeprecationTime": deprecation_time,
        "DeregistrationProtection": deregistration_protection,
        "Description": description,
        "EnaSupport": ena_support,
        "FreeTierEligible": free_tier_eligible,
        "Hypervisor": hypervisor,
        "ImageAllowed": image_allowed,
        "ImageId": image_id,
        "ImageLocation": image_location,
        "ImageOwnerAlias": image_owner_alias,
        "ImageType": image_type,
        "ImageWatermarks": image_watermarks,
        "ImdsSupport": imds_support,
        "InstanceTypeSpecification": instance_type_specification,
        "KernelId": kernel_id,
        "LastLaunchedTime": last_launched_time,
        "Name": name,
        "OwnerId": owner_id,
        "Platform": platform,
        "PlatformDetails": platform_details,
        "ProductCodes": product_codes,
        "Public": public,
        "PublicSsmParameterName": public_ssm_parameter_name,
        "RamdiskId": ramdisk_id,
        "RootDeviceName": root_device_name,
        "RootDeviceType": root_device_type,
        "ScanResults": scan_results,
        "SourceImageId": source_image_id,
        "SourceImageRegion": source_image_region,
        "SourceInstanceId": source_instance_id,
        "SriovNetSupport": sriov_net_support,
        "State": state,
        "StateReason": state_reason,
        "Tags": tags,
        "TpmSupport": tpm_support,
        "UsageOperation": usage_operation,
        "VirtualizationType": virtualization_type,
    }
    types::ImageWatermark {
        "SourceImageCreationTime": source_image_creation_time,
        "SourceImageId": source_image_id,
        "SourceImageRegion": source_image_region,
        "WatermarkCreationTime": watermark_creation_time,
        "WatermarkKey": watermark_key,
    }
    types::Instance {
        "AmiLaunchIndex": ami_launch_index,
        "Architecture": architecture,
        "BlockDeviceMappings": block_device_mappings,
        "BootMode": boot_mode,
        "CapacityBlockId": capacity_block_id,
        "CapacityReservationId": capacity_reservation_id,
        "CapacityReservationSpecification": capacity_reservation_specification,
        "ClientToken": client_token,
        "CpuOptions": cpu_options,
        "CurrentInstanceBootMode": current_instance_boot_mode,
        "EbsOptimized": ebs_optimized,
        "ElasticGpuAssociations": elastic_gpu_associations,
        "ElasticInferenceAcceleratorAssociations": elastic_inference_accelerator_associations,
        "EnaSupport": ena_support,
        "EnclaveOptions": enclave_options,
        "HibernationOptions": hibernation_options,
        "Hypervisor": hypervisor,
        "IamInstanceProfile": iam_instance_profile,
        "ImageId": image_id,
        "InstanceId": instance_id,
        "InstanceLifecycle": instance_lifecycle,
        "InstanceType": instance_type,
        "Ipv6Address": ipv6_address,
        "KernelId": kernel_id,
        "KeyName": key_name,
        "LaunchTime": launch_time,
        "Licenses": licenses,
        "MaintenanceOptions": maintenance_options,
        "MetadataOptions": metadata_options,
        "Monitoring": monitoring,
        "NetworkInterfaces": network_interfaces,
        "NetworkPerformanceOptions": network_performance_options,
        "Operator": operator,
        "OutpostArn": outpost_arn,
        "Placement": placement,
        "Platform": platform,
        "PlatformDetails": platform_details,
        "PrivateDnsName": private_dns_name,
        "PrivateDnsNameOptions": private_dns_name_options,
        "PrivateIpAddress": private_ip_address,
        "ProductCodes": product_codes,
        "PublicDnsName": public_dns_name,
        "PublicIpAddress": public_ip_address,
        "RamdiskId": ramdisk_id,
        "RootDeviceName": root_device_name,
        "RootDeviceType": root_device_type,
        "SecondaryInterfaces": secondary_interfaces,
        "SecurityGroups": security_groups,
        "SourceDestCheck": source_dest_check,
        "SpotInstanceRequestId": spot_instance_request_id,
        "SriovNetSupport": sriov_net_support,
        "State": state,
        "StateReason": state_reason,
        "StateTransitionReason": state_transition_reason,
        "SubnetId": subnet_id,
        "Tags": tags,
        "TpmSupport": tpm_support,
        "UsageOperation": usage_operation,
        "UsageOperationUpdateTime": usage_operation_update_time,
        "VirtualizationType": virtualization_type,
        "VpcId": vpc_id,
    }
    types::InstanceAttachmentEnaSrdSpecification {
        "EnaSrdEnabled": ena_srd_enabled,
        "EnaSrdUdpSpecification": ena_srd_udp_specification,
    }
    types::InstanceAttachmentEnaSrdUdpSpecification {
        "EnaSrdUdpEnabled": ena_srd_udp_enabled,
    }
    types::InstanceBlockDeviceMapping {
        "DeviceName": device_name,
        "Ebs": ebs,
    }
    types::InstanceIpv4Prefix {
        "Ipv4Prefix": ipv4_prefix,
    }
    types::InstanceIpv6Address {
        "Ipv6Address": ipv6_address,
        "IsPrimaryIpv6": is_primary_ipv6,
    }
    types::InstanceIpv6Prefix {
        "Ipv6Prefix": ipv6_prefix,
    }
    types::InstanceMaintenanceOptions {
        "AutoRecovery": auto_recovery,
        "RebootMigration": reboot_migration,
    }
    types::InstanceMetadataOptionsResponse {
        "HttpEndpoint": http_endpoint,
        "HttpProtocolIpv6": http_protocol_ipv6,
        "HttpPutResponseHopLimit": http_put_response_hop_limit,
        "HttpTokens": http_tokens,
        "InstanceMetadataTags": instance_metadata_tags,
        "State": state,
    }
    types::InstanceNetworkInterface {
        "Association": association,
        "Attachment": attachment,
        "ConnectionTrackingConfiguration": connection_tracking_configuration,
        "Description": description,
        "Groups": groups,
        "InterfaceType": interface_type,
        "Ipv4Prefixes": ipv4_prefixes,
        "Ipv6Addresses": ipv6_addresses,
        "Ipv6Prefixes": ipv6_prefixes,
        "MacAddress": mac_address,
        "NetworkInterfaceId": network_interface_id,
        "Operator": operator,
        "OwnerId": owner_id,
        "PrivateDnsName": private_dns_name,
        "PrivateIpAddress": private_ip_address,
        "PrivateIpAddresses": private_ip_addresses,
        "SourceDestCheck": source_dest_check,
        "Status": status,
        "SubnetId": subnet_id,
        "VpcId": vpc_id,
    }
    types::InstanceNetworkInterfaceAssociation {
        "CarrierIp": carrier_ip,
        "CustomerOwnedIp": customer_owned_ip,
        "IpOwnerId": ip_owner_id,
        "PublicDnsName": public_dns_name,
        "PublicIp": public_ip,
    }
    types::InstanceNetworkInterfaceAttachment {
        "AttachTime": attach_time,
        "AttachmentId": attachment_id,
        "DeleteOnTermination": delete_on_termination,
        "DeviceIndex": device_index,
        "EnaQueueCount": ena_queue_count,
        "EnaSrdSpecification": ena_srd_specification,
        "NetworkCardIndex": network_card_index,
        "Status": status,
    }
    types::InstanceNetworkPerformanceOptions {
        "BandwidthWeighting": bandwidth_weighting,
    }
    types::InstancePrivateIpAddress {
        "Association": association,
        "Primary": primary,
        "PrivateDnsName": private_dns_name,
        "PrivateIpAddress": private_ip_address,
    }
    types::InstanceSecondaryInterface {
        "Attachment": attachment,
        "InterfaceType": interface_type,
        "MacAddress": mac_address,
        "OwnerId": owner_id,
        "PrivateIpAddresses": private_ip_addresses,
        "SecondaryInterfaceId": secondary_interface_id,
        "SecondaryNetworkId": secondary_network_id,
        "SecondarySubnetId": secondary_subnet_id,
        "SourceDestCheck": source_dest_check,
        "Status": status,
    }
    types::InstanceSecondaryInterfaceAttachment {
        "AttachTime": attach_time,
        "AttachmentId": attachment_id,
        "DeleteOnTermination": delete_on_termination,
        "DeviceIndex": device_index,
        "NetworkCardIndex": network_card_index,
        "Status": status,
    }
    types::InstanceSecondaryInterfacePrivateIpAddress {
        "PrivateIpAddress": private_ip_address,
    }
    types::InstanceState {
        "Code": code,
        "Name": name,
    }
    types::InstanceTypeItem {
        "InstanceType": instance_type,
    }
    types::InstanceTypeSpecification {
        "SupportedInstanceTypes": supported_instance_types,
        "UnsupportedInstanceTypes": unsupported_instance_types,
    }
    types::InternetGateway {
        "Attachments": attachments,
        "InternetGatewayId": internet_gateway_id,
        "OwnerId": owner_id,
        "Tags": tags,
    }
    types::InternetGatewayAttachment {
        "State": state,
        "VpcId": vpc_id,
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
    types::Ipv6CidrBlock {
        "Ipv6CidrBlock": ipv6_cidr_block,
    }
    types::Ipv6PrefixSpecification {
        "Ipv6Prefix": ipv6_prefix,
    }
    types::Ipv6Range {
        "CidrIpv6": cidr_ipv6,
        "Description": description,
    }
    types::KeyPairInfo {
        "CreateTime": create_time,
        "KeyFingerprint": key_fingerprint,
        "KeyName": key_name,
        "KeyPairId": key_pair_id,
        "KeyType": key_type,
        "PublicKey": public_key,
        "Tags": tags,
    }
    types::LastError {
        "Code": code,
        "Message": message,
    }
    types::LaunchPermission {
        "Group": group,
        "OrganizationArn": organization_arn,
        "OrganizationalUnitArn": organizational_unit_arn,
        "UserId": user_id,
    }
    types::LicenseConfiguration {
        "LicenseConfigurationArn": license_configuration_arn,
    }
    types::ManagedPrefixList {
        "AddressFamily": address_family,
        "IpamPrefixListResolverSyncEnabled": ipam_prefix_list_resolver_sync_enabled,
        "IpamPrefixListResolverTargetId": ipam_prefix_list_resolver_target_id,
        "MaxEntries": max_entries,
        "OwnerId": owner_id,
        "PrefixListArn": prefix_list_arn,
        "PrefixListId": prefix_list_id,
        "PrefixListName": prefix_list_name,
        "State": state,
        "StateMessage": state_message,
        "Tags": tags,
        "Version": version,
    }
    types::Monitoring {
        "State": state,
    }
    types::NatGateway {
        "AttachedAppliances": attached_appliances,
        "AutoProvisionZones": auto_provision_zones,
        "AutoScalingIps": auto_scaling_ips,
        "AvailabilityMode": availability_mode,
        "ConnectivityType": connectivity_type,
        "CreateTime": create_time,
        "DeleteTime": delete_time,
        "FailureCode": failure_code,
        "FailureMessage": failure_message,
        "NatGatewayAddresses": nat_gateway_addresses,
        "NatGatewayId": nat_gateway_id,
        "ProvisionedBandwidth": provisioned_bandwidth,
        "RouteTableId": route_table_id,
        "State": state,
        "SubnetId": subnet_id,
        "Tags": tags,
        "VpcId": vpc_id,
    }
    types::NatGatewayAddress {
        "AllocationId": allocation_id,
        "AssociationId": association_id,
        "AvailabilityZone": availability_zone,
        "AvailabilityZoneId": availability_zone_id,
        "FailureMessage": failure_message,
        "IsPrimary": is_primary,
        "NetworkInterfaceId": network_interface_id,
        "PrivateIp": private_ip,
        "PublicIp": public_ip,
        "Status": status,
    }
    types::NatGatewayAttachedAppliance {
        "ApplianceArn": appliance_arn,
        "AttachmentState": attachment_state,
        "FailureCode": failure_code,
        "FailureMessage": failure_message,
        "ModificationState": modification_state,
        "Type": r#type,
        "VpcEndpointId": vpc_endpoint_id,
    }
    types::NetworkAcl {
        "Associations": associations,
        "Entries": entries,
        "IsDefault": is_default,
        "NetworkAclId": network_acl_id,
        "OwnerId": owner_id,
        "Tags": tags,
        "VpcId": vpc_id,
    }
    types::NetworkAclAssociation {
        "NetworkAclAssociationId": network_acl_association_id,
        "NetworkAclId": network_acl_id,
        "SubnetId": subnet_id,
    }
    types::NetworkAclEntry {
        "CidrBlock": cidr_block,
        "Egress": egress,
        "IcmpTypeCode": icmp_type_code,
        "Ipv6CidrBlock": ipv6_cidr_block,
        "PortRange": port_range,
        "Protocol": protocol,
        "RuleAction": rule_action,
        "RuleNumber": rule_number,
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
    types::PayerResponsibilityEntry {
        "PayerResponsibilityType": payer_responsibility_type,
        "Scope": scope,
    }
    types::Phase1DhGroupNumbersListValue {
        "Value": value,
    }
    types::Phase1EncryptionAlgorithmsListValue {
        "Value": value,
    }
    types::Phase1IntegrityAlgorithmsListValue {
        "Value": value,
    }
    types::Phase2DhGroupNumbersListValue {
        "Value": value,
    }
    types::Phase2EncryptionAlgorithmsListValue {
        "Value": value,
    }
    types::Phase2IntegrityAlgorithmsListValue {
        "Value": value,
    }
    types::Placement {
        "Affinity": affinity,
        "AvailabilityZone": availability_zone,
        "AvailabilityZoneId": availability_zone_id,
        "GroupId": group_id,
        "GroupName": group_name,
        "HostId": host_id,
        "HostResourceGroupArn": host_resource_group_arn,
        "PartitionNumber": partition_number,
        "SpreadDomain": spread_domain,
        "Tenancy": tenancy,
    }
    types::PortRange {
        "From": from,
        "To": to,
    }
    types::PrefixListEntry {
        "Cidr": cidr,
        "Description": description,
    }
    types::PrefixListId {
        "Description": description,
        "PrefixListId": prefix_list_id,
    }
    types::PrivateDnsNameOptionsOnLaunch {
        "EnableResourceNameDnsAAAARecord": enable_resource_name_dns_aaaa_record,
        "EnableResourceNameDnsARecord": enable_resource_name_dns_a_record,
        "HostnameType": hostname_type,
    }
    types::PrivateDnsNameOptionsResponse {
        "EnableResourceNameDnsAAAARecord": enable_resource_name_dns_aaaa_record,
        "EnableResourceNameDnsARecord": enable_resource_name_dns_a_record,
        "HostnameType": hostname_type,
    }
    types::ProductCode {
        "ProductCodeId": product_code_id,
        "ProductCodeType": product_code_type,
    }
    types::PropagatingVgw {
        "GatewayId": gateway_id,
    }
    types::ProvisionedBandwidth {
        "ProvisionTime": provision_time,
        "Provisioned": provisioned,
        "RequestTime": request_time,
        "Requested": requested,
        "Status": status,
    }
    types::PublicIpDnsNameOptions {
        "DnsHostnameType": dns_hostname_type,
        "PublicDualStackDnsName": public_dual_stack_dns_name,
        "PublicIpv4DnsName": public_ipv4_dns_name,
        "PublicIpv6DnsName": public_ipv6_dns_name,
    }
    types::Route {
        "CarrierGatewayId": carrier_gateway_id,
        "CoreNetworkArn": core_network_arn,
        "DestinationCidrBlock": destination_cidr_block,
        "DestinationIpv6CidrBlock": destination_ipv6_cidr_block,
        "DestinationPrefixListId": destination_prefix_list_id,
        "EgressOnlyInternetGatewayId": egress_only_internet_gateway_id,
        "GatewayId": gateway_id,
        "InstanceId": instance_id,
        "InstanceOwnerId": instance_owner_id,
        "IpAddress": ip_address,
        "LocalGatewayId": local_gateway_id,
        "NatGatewayId": nat_gateway_id,
        "NetworkInterfaceId": network_interface_id,
        "OdbNetworkArn": odb_network_arn,
        "Origin": origin,
        "State": state,
        "TransitGatewayId": transit_gateway_id,
        "VpcPeeringConnectionId": vpc_peering_connection_id,
    }
    types::RouteTable {
        "Associations": associations,
        "OwnerId": owner_id,
        "PropagatingVgws": propagating_vgws,
        "RouteTableId": route_table_id,
        "Routes": routes,
        "Tags": tags,
        "VpcId": vpc_id,
    }
    types::RouteTableAssociation {
        "AssociationState": association_state,
        "GatewayId": gateway_id,
        "Main": main,
        "PublicIpv4Pool": public_ipv4_pool,
        "RouteTableAssociationId": route_table_association_id,
        "RouteTableId": route_table_id,
        "SubnetId": subnet_id,
    }
    types::RouteTableAssociationState {
        "State": state,
        "StatusMessage": status_message,
    }
    types::ScanResults {
        "CriticalFixAvailableSince": critical_fix_available_since,
        "FindingScanDate": finding_scan_date,
        "HighFixAvailableSince": high_fix_available_since,
        "HighestFindingSeverityLabel": highest_finding_severity_label,
        "InformationalFixAvailableSince": informational_fix_available_since,
        "LowFixAvailableSince": low_fix_available_since,
        "MediumFixAvailableSince": medium_fix_available_since,
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
    types::SecurityGroupIdentifier {
        "GroupId": group_id,
        "GroupName": group_name,
    }
    types::Snapshot {
        "AvailabilityZone": availability_zone,
        "CompletionDurationMinutes": completion_duration_minutes,
        "CompletionTime": completion_time,
        "DataEncryptionKeyId": data_encryption_key_id,
        "Description": description,
        "Encrypted": encrypted,
        "FullSnapshotSizeInBytes": full_snapshot_size_in_bytes,
        "KmsKeyId": kms_key_id,
        "OutpostArn": outpost_arn,
        "OwnerAlias": owner_alias,
        "OwnerId": owner_id,
        "Progress": progress,
        "RestoreExpiryTime": restore_expiry_time,
        "SnapshotId": snapshot_id,
        "SseType": sse_type,
        "StartTime": start_time,
        "State": state,
        "StateMessage": state_message,
        "StorageTier": storage_tier,
        "Tags": tags,
        "TransferType": transfer_type,
        "VolumeId": volume_id,
        "VolumeSize": volume_size,
    }
    types::StateReason {
        "Code": code,
        "Message": message,
    }
    types::Subnet {
        "AssignIpv6AddressOnCreation": assign_ipv6_address_on_creation,
        "AvailabilityZone": availability_zone,
        "AvailabilityZoneId": availability_zone_id,
        "AvailableIpAddressCount": available_ip_address_count,
        "BlockPublicAccessStates": block_public_access_states,
        "CidrBlock": cidr_block,
        "CustomerOwnedIpv4Pool": customer_owned_ipv4_pool,
        "DefaultForAz": default_for_az,
        "EnableDns64": enable_dns64,
        "EnableLniAtDeviceIndex": enable_lni_at_device_index,
        "Ipv6CidrBlockAssociationSet": ipv6_cidr_block_association_set,
        "Ipv6Native": ipv6_native,
        "MapCustomerOwnedIpOnLaunch": map_customer_owned_ip_on_launch,
        "MapPublicIpOnLaunch": map_public_ip_on_launch,
        "OutpostArn": outpost_arn,
        "OwnerId": owner_id,
        "PrivateDnsNameOptionsOnLaunch": private_dns_name_options_on_launch,
        "State": state,
        "SubnetArn": subnet_arn,
        "SubnetId": subnet_id,
        "Tags": tags,
        "Type": r#type,
        "VpcId": vpc_id,
    }
    types::SubnetCidrBlockState {
        "State": state,
        "StatusMessage": status_message,
    }
    types::SubnetIpPrefixes {
        "IpPrefixes": ip_prefixes,
        "SubnetId": subnet_id,
    }
    types::SubnetIpv6CidrBlockAssociation {
        "AssociationId": association_id,
        "IpSource": ip_source,
        "Ipv6AddressAttribute": ipv6_address_attribute,
        "Ipv6CidrBlock": ipv6_cidr_block,
        "Ipv6CidrBlockState": ipv6_cidr_block_state,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
    types::TagFieldSpecificationResponse {
        "ResourceType": resource_type,
        "TagKeys": tag_keys,
    }
    types::TunnelOption {
        "DpdTimeoutAction": dpd_timeout_action,
        "DpdTimeoutSeconds": dpd_timeout_seconds,
        "EnableTunnelLifecycleControl": enable_tunnel_lifecycle_control,
        "IkeVersions": ike_versions,
        "LogOptions": log_options,
        "OutsideIpAddress": outside_ip_address,
        "Phase1DHGroupNumbers": phase1_dh_group_numbers,
        "Phase1EncryptionAlgorithms": phase1_encryption_algorithms,
        "Phase1IntegrityAlgorithms": phase1_integrity_algorithms,
        "Phase1LifetimeSeconds": phase1_lifetime_seconds,
        "Phase2DHGroupNumbers": phase2_dh_group_numbers,
        "Phase2EncryptionAlgorithms": phase2_encryption_algorithms,
        "Phase2IntegrityAlgorithms": phase2_integrity_algorithms,
        "Phase2LifetimeSeconds": phase2_lifetime_seconds,
        "PreSharedKey": pre_shared_key,
        "RekeyFuzzPercentage": rekey_fuzz_percentage,
        "RekeyMarginTimeSeconds": rekey_margin_time_seconds,
        "ReplayWindowSize": replay_window_size,
        "StartupAction": startup_action,
        "TunnelInsideCidr": tunnel_inside_cidr,
        "TunnelInsideIpv6Cidr": tunnel_inside_ipv6_cidr,
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
    types::VgwTelemetry {
        "AcceptedRouteCount": accepted_route_count,
        "CertificateArn": certificate_arn,
        "LastStatusChange": last_status_change,
        "OutsideIpAddress": outside_ip_address,
        "Status": status,
        "StatusMessage": status_message,
    }
    types::Volume {
        "Attachments": attachments,
        "AvailabilityZone": availability_zone,
        "AvailabilityZoneId": availability_zone_id,
        "CreateTime": create_time,
        "Encrypted": encrypted,
        "FastRestored": fast_restored,
        "Iops": iops,
        "KmsKeyId": kms_key_id,
        "MultiAttachEnabled": multi_attach_enabled,
        "Operator": operator,
        "OutpostArn": outpost_arn,
        "OwnerId": owner_id,
        "Size": size,
        "SnapshotId": snapshot_id,
        "SourceVolumeId": source_volume_id,
        "SseType": sse_type,
        "State": state,
        "Tags": tags,
        "Throughput": throughput,
        "VolumeArn": volume_arn,
        "VolumeId": volume_id,
        "VolumeInitializationRate": volume_initialization_rate,
        "VolumeType": volume_type,
    }
    types::VolumeAttachment {
        "AssociatedResource": associated_resource,
        "AttachTime": attach_time,
        "DeleteOnTermination": delete_on_termination,
        "Device": device,
        "EbsCardIndex": ebs_card_index,
        "InstanceId": instance_id,
        "InstanceOwningService": instance_owning_service,
        "State": state,
        "VolumeId": volume_id,
    }
    types::Vpc {
        "BlockPublicAccessStates": block_public_access_states,
        "CidrBlock": cidr_block,
        "CidrBlockAssociationSet": cidr_block_association_set,
        "DhcpOptionsId": dhcp_options_id,
        "EncryptionControl": encryption_control,
        "InstanceTenancy": instance_tenancy,
        "Ipv6CidrBlockAssociationSet": ipv6_cidr_block_association_set,
        "IsDefault": is_default,
        "OwnerId": owner_id,
        "State": state,
        "Tags": tags,
        "VpcId": vpc_id,
    }
    types::VpcAttachment {
        "State": state,
        "VpcId": vpc_id,
    }
    types::VpcCidrBlockAssociation {
        "AssociationId": association_id,
        "CidrBlock": cidr_block,
        "CidrBlockState": cidr_block_state,
    }
    types::VpcCidrBlockState {
        "State": state,
        "StatusMessage": status_message,
    }
    types::VpcEncryptionControl {
        "Mode": mode,
        "ResourceExclusions": resource_exclusions,
        "State": state,
        "StateMessage": state_message,
        "Tags": tags,
        "VpcEncryptionControlId": vpc_encryption_control_id,
        "VpcId": vpc_id,
    }
    types::VpcEncryptionControlExclusion {
        "State": state,
        "StateMessage": state_message,
    }
    types::VpcEncryptionControlExclusions {
        "EgressOnlyInternetGateway": egress_only_internet_gateway,
        "ElasticFileSystem": elastic_file_system,
        "InternetGateway": internet_gateway,
        "Lambda": lambda,
        "NatGateway": nat_gateway,
        "VirtualPrivateGateway": virtual_private_gateway,
        "VpcLattice": vpc_lattice,
        "VpcPeering": vpc_peering,
    }
    types::VpcEndpoint {
        "CreationTimestamp": creation_timestamp,
        "DnsEntries": dns_entries,
        "DnsOptions": dns_options,
        "FailureReason": failure_reason,
        "Groups": groups,
        "IpAddressType": ip_address_type,
        "Ipv4Prefixes": ipv4_prefixes,
        "Ipv6Prefixes": ipv6_prefixes,
        "LastError": last_error,
        "NetworkInterfaceIds": network_interface_ids,
        "OwnerId": owner_id,
        "PayerResponsibilities": payer_responsibilities,
        "PolicyDocument": policy_document,
        "PrivateDnsEnabled": private_dns_enabled,
        "RequesterManaged": requester_managed,
        "ResourceConfigurationArn": resource_configuration_arn,
        "RouteTableIds": route_table_ids,
        "ServiceName": service_name,
        "ServiceNetworkArn": service_network_arn,
        "ServiceRegion": service_region,
        "State": state,
        "SubnetIds": subnet_ids,
        "Tags": tags,
        "VpcEndpointId": vpc_endpoint_id,
        "VpcEndpointType": vpc_endpoint_type,
        "VpcId": vpc_id,
    }
    types::VpcIpv6CidrBlockAssociation {
        "AssociationId": association_id,
        "IpSource": ip_source,
        "Ipv6AddressAttribute": ipv6_address_attribute,
        "Ipv6CidrBlock": ipv6_cidr_block,
        "Ipv6CidrBlockState": ipv6_cidr_block_state,
        "Ipv6Pool": ipv6_pool,
        "NetworkBorderGroup": network_border_group,
    }
    types::VpcPeeringConnection {
        "AccepterVpcInfo": accepter_vpc_info,
        "ExpirationTime": expiration_time,
        "RequesterVpcInfo": requester_vpc_info,
        "Status": status,
        "Tags": tags,
        "VpcPeeringConnectionId": vpc_peering_connection_id,
    }
    types::VpcPeeringConnectionOptionsDescription {
        "AllowDnsResolutionFromRemoteVpc": allow_dns_resolution_from_remote_vpc,
        "AllowEgressFromLocalClassicLinkToRemoteVpc": allow_egress_from_local_classic_link_to_remote_vpc,
        "AllowEgressFromLocalVpcToRemoteClassicLink": allow_egress_from_local_vpc_to_remote_classic_link,
    }
    types::VpcPeeringConnectionStateReason {
        "Code": code,
        "Message": message,
    }
    types::VpcPeeringConnectionVpcInfo {
        "CidrBlock": cidr_block,
        "CidrBlockSet": cidr_block_set,
        "Ipv6CidrBlockSet": ipv6_cidr_block_set,
        "OwnerId": owner_id,
        "PeeringOptions": peering_options,
        "Region": region,
        "VpcId": vpc_id,
    }
    types::VpnConnection {
        "Category": category,
        "CoreNetworkArn": core_network_arn,
        "CoreNetworkAttachmentArn": core_network_attachment_arn,
        "CustomerGatewayConfiguration": customer_gateway_configuration,
        "CustomerGatewayId": customer_gateway_id,
        "GatewayAssociationState": gateway_association_state,
        "Options": options,
        "PreSharedKeyArn": pre_shared_key_arn,
        "Routes": routes,
        "State": state,
        "Tags": tags,
        "TransitGatewayId": transit_gateway_id,
        "Type": r#type,
        "VgwTelemetry": vgw_telemetry,
        "VpnConcentratorId": vpn_concentrator_id,
        "VpnConnectionId": vpn_connection_id,
        "VpnGatewayId": vpn_gateway_id,
    }
    types::VpnConnectionOptions {
        "EnableAcceleration": enable_acceleration,
        "LocalIpv4NetworkCidr": local_ipv4_network_cidr,
        "LocalIpv6NetworkCidr": local_ipv6_network_cidr,
        "OutsideIpAddressType": outside_ip_address_type,
        "RemoteIpv4NetworkCidr": remote_ipv4_network_cidr,
        "RemoteIpv6NetworkCidr": remote_ipv6_network_cidr,
        "StaticRoutesOnly": static_routes_only,
        "TransportTransitGatewayAttachmentId": transport_transit_gateway_attachment_id,
        "TunnelBandwidth": tunnel_bandwidth,
        "TunnelInsideIpVersion": tunnel_inside_ip_version,
        "TunnelOptions": tunnel_options,
    }
    types::VpnGateway {
        "AmazonSideAsn": amazon_side_asn,
        "AvailabilityZone": availability_zone,
        "State": state,
        "Tags": tags,
        "Type": r#type,
        "VpcAttachments": vpc_attachments,
        "VpnGatewayId": vpn_gateway_id,
    }
    types::VpnStaticRoute {
        "DestinationCidrBlock": destination_cidr_block,
        "Source": source,
        "State": state,
    }
    types::VpnTunnelLogOptions {
        "CloudWatchLogOptions": cloud_watch_log_options,
    }
}

enumerations! {
    types::AmdSevSnpSpecification,
    types::ArchitectureValues,
    types::AttachmentStatus,
    types::AutoProvisionZonesState,
    types::AutoScalingIpsState,
    types::AvailabilityMode,
    types::BlockPublicAccessMode,
    types::BootModeValues,
    types::CapacityReservationPreference,
    types::ConnectivityType,
    types::DestinationFileFormat,
    types::DeviceType,
    types::DnsRecordIpType,
    types::DomainType,
    types::GatewayAssociationState,
    types::GatewayType,
    types::HostnameType,
    types::HttpTokensState,
    types::HypervisorType,
    types::ImageState,
    types::ImageTypeValues,
    types::ImdsSupportValues,
    types::InstanceAutoRecoveryState,
    types::InstanceBandwidthWeighting,
    types::InstanceBootModeValues,
    types::InstanceLifecycleType,
    types::InstanceMetadataEndpointState,
    types::InstanceMetadataOptionsState,
    types::InstanceMetadataProtocolState,
    types::InstanceMetadataTagsState,
    types::InstanceRebootMigrationState,
    types::InstanceStateName,
    types::InstanceType,
    types::IpAddressType,
    types::IpSource,
    types::Ipv6AddressAttribute,
    types::KeyType,
    types::LogDestinationType,
    types::MonitoringState,
    types::NatGatewayAddressStatus,
    types::NatGatewayApplianceModifyState,
    types::NatGatewayApplianceState,
    types::NatGatewayApplianceType,
    types::NatGatewayState,
    types::NestedVirtualizationSpecification,
    types::NetworkInterfaceStatus,
    types::NetworkInterfaceType,
    types::PayerResponsibilityScope,
    types::PayerResponsibilityType,
    types::PermissionGroup,
    types::PlatformValues,
    types::PrefixListState,
    types::ProductCodeValues,
    types::RouteOrigin,
    types::RouteState,
    types::RouteTableAssociationStateCode,
    types::RuleAction,
    types::SecondaryInterfaceStatus,
    types::SecondaryInterfaceType,
    types::ServiceManaged,
    types::SeverityLabel,
    types::SnapshotState,
    types::SseType,
    types::State,
    types::StorageTier,
    types::SubnetCidrBlockStateCode,
    types::SubnetState,
    types::TaggableResourceType,
    types::TelemetryStatus,
    types::Tenancy,
    types::TpmSupportValues,
    types::TrafficType,
    types::TransferType,
    types::TunnelInsideIpVersion,
    types::VirtualizationType,
    types::VolumeAttachmentState,
    types::VolumeState,
    types::VolumeType,
    types::VpcCidrBlockStateCode,
    types::VpcEncryptionControlExclusionState,
    types::VpcEncryptionControlMode,
    types::VpcEncryptionControlState,
    types::VpcEndpointType,
    types::VpcPeeringConnectionStateReasonCode,
    types::VpcState,
    types::VpnState,
    types::VpnStaticRouteSource,
    types::VpnTunnelBandwidth,
}
