//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_cloudwatchlogs::types;

structures! {
    types::LogGroup {
        "arn": arn,
        "bearerTokenAuthenticationEnabled": bearer_token_authentication_enabled,
        "creationTime": creation_time,
        "dataProtectionStatus": data_protection_status,
        "deletionProtectionEnabled": deletion_protection_enabled,
        "inheritedProperties": inherited_properties,
        "kmsKeyId": kms_key_id,
        "logGroupArn": log_group_arn,
        "logGroupClass": log_group_class,
        "logGroupName": log_group_name,
        "metricFilterCount": metric_filter_count,
        "retentionInDays": retention_in_days,
        "retentionPolicyName": retention_policy_name,
        "storedBytes": stored_bytes,
    }
}

enumerations! {
    types::DataProtectionStatus,
    types::InheritedProperty,
    types::LogGroupClass,
}
