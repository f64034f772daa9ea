//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_cloudtrail::{operation, types};

structures! {
    operation::get_trail_status::GetTrailStatusOutput {
        "IsLogging": is_logging,
        "LatestCloudWatchLogsDeliveryError": latest_cloud_watch_logs_delivery_error,
        "LatestCloudWatchLogsDeliveryTime": latest_cloud_watch_logs_delivery_time,
        "LatestDeliveryAttemptSucceeded": latest_delivery_attempt_succeeded,
        "LatestDeliveryAttemptTime": latest_delivery_attempt_time,
        "LatestDeliveryError": latest_delivery_error,
        "LatestDeliveryTime": latest_delivery_time,
        "LatestDigestDeliveryError": latest_digest_delivery_error,
        "LatestDigestDeliveryTime": latest_digest_delivery_time,
        "LatestNotificationAttemptSucceeded": latest_notification_attempt_succeeded,
        "LatestNotificationAttemptTime": latest_notification_attempt_time,
        "LatestNotificationError": latest_notification_error,
        "LatestNotificationTime": latest_notification_time,
        "StartLoggingTime": start_logging_time,
        "StopLoggingTime": stop_logging_time,
        "TimeLoggingStarted": time_logging_started,
        "TimeLoggingStopped": time_logging_stopped,
    }
    types::AdvancedEventSelector {
        "FieldSelectors": field_selectors,
        "Name": name,
    }
    types::AdvancedFieldSelector {
        "EndsWith": ends_with,
        "Equals": equals,
        "Field": field,
        "NotEndsWith": not_ends_with,
        "NotEquals": not_equals,
        "NotStartsWith": not_starts_with,
        "StartsWith": starts_with,
    }
    types::DataResource {
        "Type": r#type,
        "Values": values,
    }
    types::EventSelector {
        "DataResources": data_resources,
        "ExcludeManagementEventSources": exclude_management_event_sources,
        "IncludeManagementEvents": include_management_events,
        "ReadWriteType": read_write_type,
    }
    types::InsightSelector {
        "EventCategories": event_categories,
        "InsightType": insight_type,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
    types::Trail {
        "CloudWatchLogsLogGroupArn": cloud_watch_logs_log_group_arn,
        "CloudWatchLogsRoleArn": cloud_watch_logs_role_arn,
        "HasCustomEventSelectors": has_custom_event_selectors,
        "HasInsightSelectors": has_insight_selectors,
        "HomeRegion": home_region,
        "IncludeGlobalServiceEvents": include_global_service_events,
        "IsMultiRegionTrail": is_multi_region_trail,
        "IsOrganizationTrail": is_organization_trail,
        "KmsKeyId": kms_key_id,
        "LogFileValidationEnabled": log_file_validation_enabled,
        "Name": name,
        "RecursiveLogging": recursive_logging,
        "S3BucketName": s3_bucket_name,
        "S3KeyPrefix": s3_key_prefix,
        "SnsTopicARN": sns_topic_arn,
        "SnsTopicName": sns_topic_name,
        "TrailARN": trail_arn,
    }
}

enumerations! {
    types::InsightType,
    types::ReadWriteType,
    types::SourceEventCategory,
}
