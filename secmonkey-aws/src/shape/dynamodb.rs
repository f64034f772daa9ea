//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_dynamodb::types;

structures! {
    types::ArchivalSummary {
        "ArchivalBackupArn": archival_backup_arn,
        "ArchivalDateTime": archival_date_time,
        "ArchivalReason": archival_reason,
    }
    types::AttributeDefinition {
        "AttributeName": attribute_name,
        "AttributeType": attribute_type,
    }
    types::BillingModeSummary {
        "BillingMode": billing_mode,
        "LastUpdateToPayPerRequestDateTime": last_update_to_pay_per_request_date_time,
    }
    types::ContinuousBackupsDescription {
        "ContinuousBackupsStatus": continuous_backups_status,
        "PointInTimeRecoveryDescription": point_in_time_recovery_description,
    }
    types::GlobalSecondaryIndexDescription {
        "Backfilling": backfilling,
        "IndexArn": index_arn,
        "IndexName": index_name,
        "IndexSizeBytes": index_size_bytes,
        "IndexStatus": index_status,
        "ItemCount": item_count,
        "KeySchema": key_schema,
        "OnDemandThroughput": on_demand_throughput,
        "Projection": projection,
        "ProvisionedThroughput": provisioned_throughput,
        "WarmThroughput": warm_throughput,
    }
    types::GlobalSecondaryIndexWarmThroughputDescription {
        "ReadUnitsPerSecond": read_units_per_second,
        "Status": status,
        "WriteUnitsPerSecond": write_units_per_second,
    }
    types::GlobalTableWitnessDescription {
        "RegionName": region_name,
        "WitnessStatus": witness_status,
    }
    types::KeySchemaElement {
        "AttributeName": attribute_name,
        "KeyType": key_type,
    }
    types::LocalSecondaryIndexDescription {
        "IndexArn": index_arn,
        "IndexName": index_name,
        "IndexSizeBytes": index_size_bytes,
        "ItemCount": item_count,
        "KeySchema": key_schema,
        "Projection": projection,
    }
    types::OnDemandThroughput {
        "MaxReadRequestUnits": max_read_request_units,
        "MaxWriteRequestUnits": max_write_request_units,
    }
    types::OnDemandThroughputOverride {
        "MaxReadRequestUnits": max_read_request_units,
    }
    types::PointInTimeRecoveryDescription {
        "EarliestRestorableDateTime": earliest_restorable_date_time,
        "LatestRestorableDateTime": latest_restorable_date_time,
        "PointInTimeRecoveryStatus": point_in_time_recovery_status,
        "RecoveryPeriodInDays": recovery_period_in_days,
    }
    types::Projection {
        "NonKeyAttributes": non_key_attributes,
        "ProjectionType": projection_type,
    }
    types::ProvisionedThroughputDescription {
        "LastDecreaseDateTime": last_decrease_date_time,
        "LastIncreaseDateTime": last_increase_date_time,
        "NumberOfDecreasesToday": number_of_decreases_today,
        "ReadCapacityUnits": read_capacity_units,
        "WriteCapacityUnits": write_capacity_units,
    }
    types::ProvisionedThroughputOverride {
        "ReadCapacityUnits": read_capacity_units,
    }
    types::ReplicaDescription {
        "GlobalSecondaryIndexes": global_secondary_indexes,
        "GlobalTableSettingsReplicationMode": global_table_settings_replication_mode,
        "KMSMasterKeyId": kms_master_key_id,
        "OnDemandThroughputOverride": on_demand_throughput_override,
        "ProvisionedThroughputOverride": provisioned_throughput_override,
        "RegionName": region_name,
        "ReplicaArn": replica_arn,
        "ReplicaInaccessibleDateTime": replica_inaccessible_date_time,
        "ReplicaStatus": replica_status,
        "ReplicaStatusDescription": replica_status_description,
        "ReplicaStatusPercentProgress": replica_status_percent_progress,
        "ReplicaTableClassSummary": replica_table_class_summary,
        "WarmThroughput": warm_throughput,
    }
    types::ReplicaGlobalSecondaryIndexDescription {
        "IndexName": index_name,
        "OnDemandThroughputOverride": on_demand_throughput_override,
        "ProvisionedThroughputOverride": provisioned_throughput_override,
        "WarmThroughput": warm_throughput,
    }
    types::RestoreSummary {
        "RestoreDateTime": restore_date_time,
        "RestoreInProgress": restore_in_progress,
        "SourceBackupArn": source_backup_arn,
        "SourceTableArn": source_table_arn,
    }
    types::SearchSchemaElement {
        "AttributeName": attribute_name,
        "SearchSchemaElementType": search_schema_element_type,
    }
    types::SseDescription {
        "InaccessibleEncryptionDateTime": inaccessible_encryption_date_time,
        "KMSMasterKeyArn": kms_master_key_arn,
        "SSEType": sse_type,
        "Status": status,
    }
    types::StreamSpecification {
        "StreamEnabled": stream_enabled,
        "StreamViewType": stream_view_type,
    }
    types::TableClassSummary {
        "LastUpdateDateTime": last_update_date_time,
        "TableClass": table_class,
    }
    types::TableDescription {
        "ArchivalSummary": archival_summary,
        "AttributeDefinitions": attribute_definitions,
        "BillingModeSummary": billing_mode_summary,
        "CreationDateTime": creation_date_time,
        "DeletionProtectionEnabled": deletion_protection_enabled,
        "DisassociationProtectionEnabled": disassociation_protection_enabled,
        "GlobalSecondaryIndexes": global_secondary_indexes,
        "GlobalTableSettingsReplicationMode": global_table_settings_replication_mode,
        "GlobalTableVersion": global_table_version,
        "GlobalTableWitnesses": global_table_witnesses,
        "ItemCount": item_count,
        "KeySchema": key_schema,
        "LatestStreamArn": latest_stream_arn,
        "LatestStreamLabel": latest_stream_label,
        "LocalSecondaryIndexes": local_secondary_indexes,
        "MultiRegionConsistency": multi_region_consistency,
        "OnDemandThroughput": on_demand_throughput,
        "ProvisionedThroughput": provisioned_throughput,
        "Replicas": replicas,
        "RestoreSummary": restore_summary,
        "SSEDescription": sse_description,
        "StreamSpecification": stream_specification,
        "TableArn": table_arn,
        "TableClassSummary": table_class_summary,
        "TableId": table_id,
        "TableName": table_name,
        "TableSizeBytes": table_size_bytes,
        "TableStatus": table_status,
        "VectorIndexes": vector_indexes,
        "WarmThroughput": warm_throughput,
    }
    types::TableWarmThroughputDescription {
        "ReadUnitsPerSecond": read_units_per_second,
        "Status": status,
        "WriteUnitsPerSecond": write_units_per_second,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
    types::TimeToLiveDescription {
        "AttributeName": attribute_name,
        "TimeToLiveStatus": time_to_live_status,
    }
    types::VectorAttributeDefinition {
        "AttributeName": attribute_name,
    }
    types::VectorIndexDescription {
        "Backfilling": backfilling,
        "Dimensions": dimensions,
        "DistanceFunction": distance_function,
        "IndexArn": index_arn,
        "IndexName": index_name,
        "IndexSizeBytes": index_size_bytes,
        "IndexStatus": index_status,
        "ItemCount": item_count,
        "Projection": projection,
        "SearchSchema": search_schema,
        "VectorAttribute": vector_attribute,
    }
}

enumerations! {
    types::BillingMode,
    types::ContinuousBackupsStatus,
    types::GlobalTableSettingsReplicationMode,
    types::IndexStatus,
    types::KeyType,
    types::MultiRegionConsistency,
    types::PointInTimeRecoveryStatus,
    types::ProjectionType,
    types::ReplicaStatus,
    types::ScalarAttributeType,
    types::SearchSchemaElementType,
    types::SseStatus,
    types::SseType,
    types::StreamViewType,
    types::TableClass,
    types::TableStatus,
    types::TimeToLiveStatus,
    types::VectorDistanceFunction,
    types::WitnessStatus,
}
