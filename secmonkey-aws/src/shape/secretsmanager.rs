//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_secretsmanager::types;

structures! {
    types::ExternalSecretRotationMetadataItem {
        "Key": key,
        "Value": value,
    }
    types::RotationRulesType {
        "AutomaticallyAfterDays": automatically_after_days,
        "Duration": duration,
        "ScheduleExpression": schedule_expression,
    }
    types::SecretListEntry {
        "ARN": arn,
        "CreatedDate": created_date,
        "DeletedDate": deleted_date,
        "Description": description,
        "ExternalSecretRotationMetadata": external_secret_rotation_metadata,
        "ExternalSecretRotationRoleArn": external_secret_rotation_role_arn,
        "KmsKeyId": kms_key_id,
        "LastAccessedDate": last_accessed_date,
        "LastChangedDate": last_changed_date,
        "LastRotatedDate": last_rotated_date,
        "Name": name,
        "NextRotationDate": next_rotation_date,
        "OwningService": owning_service,
        "PrimaryRegion": primary_region,
        "RotationEnabled": rotation_enabled,
        "RotationLambdaARN": rotation_lambda_arn,
        "RotationRules": rotation_rules,
        "SecretVersionsToStages": secret_versions_to_stages,
        "Tags": tags,
        "Type": r#type,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
}
