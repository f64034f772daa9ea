//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_config::types;

structures! {
    types::ConfigRule {
        "ConfigRuleArn": config_rule_arn,
        "ConfigRuleId": config_rule_id,
        "ConfigRuleName": config_rule_name,
        "ConfigRuleState": config_rule_state,
        "CreatedBy": created_by,
        "Description": description,
        "EvaluationModes": evaluation_modes,
        "InputParameters": input_parameters,
        "MaximumExecutionFrequency": maximum_execution_frequency,
        "RuleEvaluationVisibility": rule_evaluation_visibility,
        "Scope": scope,
        "Source": source,
    }
    types::ConfigSnapshotDeliveryProperties {
        "deliveryFrequency": delivery_frequency,
    }
    types::ConfigurationRecorder {
        "arn": arn,
        "connectorArn": connector_arn,
        "name": name,
        "recordingGroup": recording_group,
        "recordingMode": recording_mode,
        "recordingScope": recording_scope,
        "roleARN": role_arn,
        "scopeConfiguration": scope_configuration,
        "servicePrincipal": service_principal,
    }
    types::ConfigurationRecorderStatus {
        "arn": arn,
        "lastErrorCode": last_error_code,
        "lastErrorMessage": last_error_message,
        "lastStartTime": last_start_time,
        "lastStatus": last_status,
        "lastStatusChangeTime": last_status_change_time,
        "lastStopTime": last_stop_time,
        "name": name,
        "recording": recording,
        "servicePrincipal": service_principal,
    }
    types::CustomPolicyDetails {
        "EnableDebugLogDelivery": enable_debug_log_delivery,
        "PolicyRuntime": policy_runtime,
        "PolicyText": policy_text,
    }
    types::DeliveryChannel {
        "configSnapshotDeliveryProperties": config_snapshot_delivery_properties,
        "name": name,
        "s3BucketName": s3_bucket_name,
        "s3KeyPrefix": s3_key_prefix,
        "s3KmsKeyArn": s3_kms_key_arn,
        "snsTopicARN": sns_topic_arn,
    }
    types::EvaluationModeConfiguration {
        "Mode": mode,
    }
    types::ExclusionByResourceTypes {
        "resourceTypes": resource_types,
    }
    types::RecordingGroup {
        "allSupported": all_supported,
        "exclusionByResourceTypes": exclusion_by_resource_types,
        "includeGlobalResourceTypes": include_global_resource_types,
        "recordingStrategy": recording_strategy,
        "resourceTypes": resource_types,
    }
    types::RecordingMode {
        "recordingFrequency": recording_frequency,
        "recordingModeOverrides": recording_mode_overrides,
    }
    types::RecordingModeOverride {
        "description": description,
        "recordingFrequency": recording_frequency,
        "resourceTypes": resource_types,
    }
    types::RecordingStrategy {
        "useOnly": use_only,
    }
    types::Scope {
        "ComplianceResourceId": compliance_resource_id,
        "ComplianceResourceTypes": compliance_resource_types,
        "ServicePrincipals": service_principals,
        "TagKey": tag_key,
        "TagValue": tag_value,
    }
    types::ScopeConfiguration {
        "allRegions": all_regions,
        "includedRegions": included_regions,
        "scopeType": scope_type,
        "scopeValues": scope_values,
    }
    types::Source {
        "CustomPolicyDetails": custom_policy_details,
        "Owner": owner,
        "SourceDetails": source_details,
        "SourceIdentifier": source_identifier,
    }
    types::SourceDetail {
        "EventSource": event_source,
        "MaximumExecutionFrequency": maximum_execution_frequency,
        "MessageType": message_type,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
}

enumerations! {
    types::ConfigRuleState,
    types::EvaluationMode,
    types::EventSource,
    types::MaximumExecutionFrequency,
    types::MessageType,
    types::Owner,
    types::RecorderStatus,
    types::RecordingFrequency,
    types::RecordingScope,
    types::RecordingStrategyType,
    types::ResourceType,
    types::RuleEvaluationVisibility,
}
