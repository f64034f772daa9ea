//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_s3::{operation, types};

structures! {
    operation::get_bucket_accelerate_configuration::GetBucketAccelerateConfigurationOutput {
        "Status": status,
    }
    operation::get_bucket_acl::GetBucketAclOutput {
        "Grants": grants,
        "Owner": owner,
    }
    operation::get_bucket_cors::GetBucketCorsOutput {
        "CORSRules": cors_rules,
    }
    operation::get_bucket_encryption::GetBucketEncryptionOutput {
        "ServerSideEncryptionConfiguration": server_side_encryption_configuration,
    }
    operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput {
        "Rules": rules,
        "TransitionDefaultMinimumObjectSize": transition_default_minimum_object_size,
    }
    operation::get_bucket_logging::GetBucketLoggingOutput {
        "LoggingEnabled": logging_enabled,
    }
    operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput {
        "EventBridgeConfiguration": event_bridge_configuration,
        "LambdaFunctionConfigurations": lambda_function_configurations,
        "QueueConfigurations": queue_configurations,
        "TopicConfigurations": topic_configurations,
    }
    operation::get_bucket_ownership_controls::GetBucketOwnershipControlsOutput {
        "OwnershipControls": ownership_controls,
    }
    operation::get_bucket_policy::GetBucketPolicyOutput {
        "Policy": policy,
    }
    operation::get_bucket_policy_status::GetBucketPolicyStatusOutput {
        "PolicyStatus": policy_status,
    }
    operation::get_bucket_replication::GetBucketReplicationOutput {
        "ReplicationConfiguration": replication_configuration,
    }
    operation::get_bucket_request_payment::GetBucketRequestPaymentOutput {
        "Payer": payer,
    }
    operation::get_bucket_tagging::GetBucketTaggingOutput {
        "TagSet": tag_set,
    }
    operation::get_bucket_versioning::GetBucketVersioningOutput {
        "MFADelete": mfa_delete,
        "Status": status,
    }
    operation::get_bucket_website::GetBucketWebsiteOutput {
        "ErrorDocument": error_document,
        "IndexDocument": index_document,
        "RedirectAllRequestsTo": redirect_all_requests_to,
        "RoutingRules": routing_rules,
    }
    operation::get_object_lock_configuration::GetObjectLockConfigurationOutput {
        "ObjectLockConfiguration": object_lock_configuration,
    }
    operation::get_public_access_block::GetPublicAccessBlockOutput {
        "PublicAccessBlockConfiguration": public_access_block_configuration,
    }
    operation::list_bucket_analytics_configurations::ListBucketAnalyticsConfigurationsOutput {
        "AnalyticsConfigurationList": analytics_configuration_list,
    }
    operation::list_bucket_intelligent_tiering_configurations::ListBucketIntelligentTieringConfigurationsOutput {
        "IntelligentTieringConfigurationList": intelligent_tiering_configuration_list,
    }
    operation::list_bucket_inventory_configurations::ListBucketInventoryConfigurationsOutput {
        "InventoryConfigurationList": inventory_configuration_list,
    }
    operation::list_bucket_metrics_configurations::ListBucketMetricsConfigurationsOutput {
        "MetricsConfigurationList": metrics_configuration_list,
    }
    types::AbortIncompleteMultipartUpload {
        "DaysAfterInitiation": days_after_initiation,
    }
    types::AccessControlTranslation {
        "Owner": owner,
    }
    types::AnalyticsAndOperator {
        "Prefix": prefix,
        "Tags": tags,
    }
    types::AnalyticsConfiguration {
        "Filter": filter,
        "Id": id,
        "StorageClassAnalysis": storage_class_analysis,
    }
    types::AnalyticsExportDestination {
        "S3BucketDestination": s3_bucket_destination,
    }
    types::AnalyticsS3BucketDestination {
        "Bucket": bucket,
        "BucketAccountId": bucket_account_id,
        "Format": format,
        "Prefix": prefix,
    }
    types::BlockedEncryptionTypes {
        "EncryptionType": encryption_type,
    }
    types::Bucket {
        "BucketArn": bucket_arn,
        "BucketRegion": bucket_region,
        "CreationDate": creation_date,
        "Name": name,
    }
    types::Condition {
        "HttpErrorCodeReturnedEquals": http_error_code_returned_equals,
        "KeyPrefixEquals": key_prefix_equals,
    }
    types::CorsRule {
        "AllowedHeaders": allowed_headers,
        "AllowedMethods": allowed_methods,
        "AllowedOrigins": allowed_origins,
        "ExposeHeaders": expose_headers,
        "ID": id,
        "MaxAgeSeconds": max_age_seconds,
    }
    types::DefaultRetention {
        "Days": days,
        "DefaultEventHold": default_event_hold,
        "Mode": mode,
        "Years": years,
    }
    types::DeleteMarkerReplication {
        "Status": status,
    }
    types::Destination {
        "AccessControlTranslation": access_control_translation,
        "Account": account,
        "Bucket": bucket,
        "EncryptionConfiguration": encryption_configuration,
        "Metrics": metrics,
        "ReplicationTime": replication_time,
        "StorageClass": storage_class,
    }
    types::EncryptionConfiguration {
        "ReplicaKmsKeyID": replica_kms_key_id,
    }
    types::ErrorDocument {
        "Key": key,
    }
    types::EventBridgeConfiguration {
    }
    types::EventHoldDuration {
        "Days": days,
        "Years": years,
    }
    types::ExistingObjectReplication {
        "Status": status,
    }
    types::FilterRule {
        "Name": name,
        "Value": value,
    }
    types::Grant {
        "Grantee": grantee,
        "Permission": permission,
    }
    types::Grantee {
        "DisplayName": display_name,
        "EmailAddress": email_address,
        "ID": id,
        "Type": r#type,
        "URI": uri,
    }
    types::IndexDocument {
        "Suffix": suffix,
    }
    types::IntelligentTieringAndOperator {
        "Prefix": prefix,
        "Tags": tags,
    }
    types::IntelligentTieringConfiguration {
        "Filter": filter,
        "Id": id,
        "Status": status,
        "Tierings": tierings,
    }
    types::IntelligentTieringFilter {
        "And": and,
        "Prefix": prefix,
        "Tag": tag,
    }
    types::InventoryConfiguration {
        "Destination": destination,
        "Filter": filter,
        "Id": id,
        "IncludedObjectVersions": included_object_versions,
        "IsEnabled": is_enabled,
        "OptionalFields": optional_fields,
        "Schedule": schedule,
    }
    types::InventoryDestination {
        "S3BucketDestination": s3_bucket_destination,
    }
    types::InventoryEncryption {
        "SSEKMS": ssekms,
        "SSES3": sses3,
    }
    types::InventoryFilter {
        "Prefix": prefix,
    }
    types::InventoryS3BucketDestination {
        "AccountId": account_id,
        "Bucket": bucket,
        "Encryption": encryption,
        "Format": format,
        "Prefix": prefix,
    }
    types::InventorySchedule {
        "Frequency": frequency,
    }
    types::LambdaFunctionConfiguration {
        "Events": events,
        "Filter": filter,
        "Id": id,
        "LambdaFunctionArn": lambda_function_arn,
    }
    types::LifecycleExpiration {
        "Date": date,
        "Days": days,
        "ExpiredObjectDeleteMarker": expired_object_delete_marker,
    }
    types::LifecycleRule {
        "AbortIncompleteMultipartUpload": abort_incomplete_multipart_upload,
        "Expiration": expiration,
        "Filter": filter,
        "ID": id,
        "NoncurrentVersionExpiration": noncurrent_version_expiration,
        "NoncurrentVersionTransitions": noncurrent_version_transitions,
        "Prefix": prefix,
        "Status": status,
        "Transitions": transitions,
    }
    types::LifecycleRuleAndOperator {
        "ObjectSizeGreaterThan": object_size_greater_than,
        "ObjectSizeLessThan": object_size_less_than,
        "Prefix": prefix,
        "Tags": tags,
    }
    types::LifecycleRuleFilter {
        "And": and,
        "ObjectSizeGreaterThan": object_size_greater_than,
        "ObjectSizeLessThan": object_size_less_than,
        "Prefix": prefix,
        "Tag": tag,
    }
    types::LoggingEnabled {
        "TargetBucket": target_bucket,
        "TargetGrants": target_grants,
        "TargetObjectKeyFormat": target_object_key_format,
        "TargetPrefix": target_prefix,
    }
    types::Metrics {
        "EventThreshold": event_threshold,
        "Status": status,
    }
    types::MetricsAndOperator {
        "AccessPointArn": access_point_arn,
        "Prefix": prefix,
        "Tags": tags,
    }
    types::MetricsConfiguration {
        "Filter": filter,
        "Id": id,
    }
    types::NoncurrentVersionExpiration {
        "NewerNoncurrentVersions": newer_noncurrent_versions,
        "NoncurrentDays": noncurrent_days,
    }
    types::NoncurrentVersionTransition {
        "NewerNoncurrentVersions": newer_noncurrent_versions,
        "NoncurrentDays": noncurrent_days,
        "StorageClass": storage_class,
    }
    types::NotificationConfigurationFilter {
        "Key": key,
    }
    types::ObjectLockConfiguration {
        "ObjectLockEnabled": object_lock_enabled,
        "Rule": rule,
    }
    types::ObjectLockRule {
        "DefaultRetention": default_retention,
    }
    types::Owner {
        "DisplayName": display_name,
        "ID": id,
    }
    types::OwnershipControls {
        "Rules": rules,
    }
    types::OwnershipControlsRule {
        "ObjectOwnership": object_ownership,
    }
    types::PartitionedPrefix {
        "PartitionDateSource": partition_date_source,
    }
    types::PolicyStatus {
        "IsPublic": is_public,
    }
    types::PublicAccessBlockConfiguration {
        "BlockPublicAcls": block_public_acls,
        "BlockPublicPolicy": block_public_policy,
        "IgnorePublicAcls": ignore_public_acls,
        "RestrictPublicBuckets": restrict_public_buckets,
    }
    types::QueueConfiguration {
        "Events": events,
        "Filter": filter,
        "Id": id,
        "QueueArn": queue_arn,
    }
    types::Redirect {
        "HostName": host_name,
        "HttpRedirectCode": http_redirect_code,
        "Protocol": protocol,
        "ReplaceKeyPrefixWith": replace_key_prefix_with,
        "ReplaceKeyWith": replace_key_with,
    }
    types::RedirectAllRequestsTo {
        "HostName": host_name,
        "Protocol": protocol,
    }
    types::ReplicaModifications {
        "Status": status,
    }
    types::ReplicationConfiguration {
        "Role": role,
        "Rules": rules,
    }
    types::ReplicationRule {
        "DeleteMarkerReplication": delete_marker_replication,
        "Destination": destination,
        "ExistingObjectReplication": existing_object_replication,
        "Filter": filter,
        "ID": id,
        "Prefix": prefix,
        "Priority": priority,
        "SourceSelectionCriteria": source_selection_criteria,
        "Status": status,
    }
    types::ReplicationRuleAndOperator {
        "Prefix": prefix,
        "Tags": tags,
    }
    types::ReplicationRuleFilter {
        "And": and,
        "Prefix": prefix,
        "Tag": tag,
    }
    types::ReplicationTime {
        "Status": status,
        "Time": time,
    }
    types::ReplicationTimeValue {
        "Minutes": minutes,
    }
    types::RoutingRule {
        "Condition": condition,
        "Redirect": redirect,
    }
    types::S3KeyFilter {
        "FilterRules": filter_rules,
    }
    types::ServerSideEncryptionByDefault {
        "KMSMasterKeyID": kms_master_key_id,
        "SSEAlgorithm": sse_algorithm,
    }
    types::ServerSideEncryptionConfiguration {
        "Rules": rules,
    }
    types::ServerSideEncryptionRule {
        "ApplyServerSideEncryptionByDefault": apply_server_side_encryption_by_default,
        "BlockedEncryptionTypes": blocked_encryption_types,
        "BucketKeyEnabled": bucket_key_enabled,
    }
    types::SimplePrefix {
    }
    types::SourceSelectionCriteria {
        "ReplicaModifications": replica_modifications,
        "SseKmsEncryptedObjects": sse_kms_encrypted_objects,
    }
    types::SseKmsEncryptedObjects {
        "Status": status,
    }
    types::Ssekms {
        "KeyId": key_id,
    }
    types::Sses3 {
    }
    types::StorageClassAnalysis {
        "DataExport": data_export,
    }
    types::StorageClassAnalysisDataExport {
        "Destination": destination,
        "OutputSchemaVersion": output_schema_version,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
    types::TargetGrant {
        "Grantee": grantee,
        "Permission": permission,
    }
    types::TargetObjectKeyFormat {
        "PartitionedPrefix": partitioned_prefix,
        "SimplePrefix": simple_prefix,
    }
    types::Tiering {
        "AccessTier": access_tier,
        "Days": days,
    }
    types::TopicConfiguration {
        "Events": events,
        "Filter": filter,
        "Id": id,
        "TopicArn": topic_arn,
    }
    types::Transition {
        "Date": date,
        "Days": days,
        "StorageClass": storage_class,
    }
}

unions! {
    types::AnalyticsFilter {
        "And": And,
        "Prefix": Prefix,
        "Tag": Tag,
    }
    types::MetricsFilter {
        "AccessPointArn": AccessPointArn,
        "And": And,
        "Prefix": Prefix,
        "Tag": Tag,
    }
}

enumerations! {
    types::AnalyticsS3ExportFileFormat,
    types::BucketAccelerateStatus,
    types::BucketLogsPermission,
    types::BucketVersioningStatus,
    types::DeleteMarkerReplicationStatus,
    types::EncryptionType,
    types::Event,
    types::ExistingObjectReplicationStatus,
    types::ExpirationStatus,
    types::FilterRuleName,
    types::IntelligentTieringAccessTier,
    types::IntelligentTieringStatus,
    types::InventoryFormat,
    types::InventoryFrequency,
    types::InventoryIncludedObjectVersions,
    types::InventoryOptionalField,
    types::MetricsStatus,
    types::MfaDeleteStatus,
    types::ObjectLockEnabled,
    types::ObjectLockRetentionMode,
    types::ObjectOwnership,
    types::OwnerOverride,
    types::PartitionDateSource,
    types::Payer,
    types::Permission,
    types::Protocol,
    types::ReplicaModificationsStatus,
    types::ReplicationRuleStatus,
    types::ReplicationTimeStatus,
    types::ServerSideEncryption,
    types::SseKmsEncryptedObjectsStatus,
    types::StorageClass,
    types::StorageClassAnalysisSchemaVersion,
    types::TransitionDefaultMinimumObjectSize,
    types::TransitionStorageClass,
    types::Type,
}
