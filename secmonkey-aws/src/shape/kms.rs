//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_kms::{operation, types};

structures! {
    operation::get_key_rotation_status::GetKeyRotationStatusOutput {
        "KeyId": key_id,
        "KeyRotationEnabled": key_rotation_enabled,
        "NextRotationDate": next_rotation_date,
        "OnDemandRotationStartDate": on_demand_rotation_start_date,
        "RotationPeriodInDays": rotation_period_in_days,
    }
    types::AliasListEntry {
        "AliasArn": alias_arn,
        "AliasName": alias_name,
        "CreationDate": creation_date,
        "LastUpdatedDate": last_updated_date,
        "TargetKeyId": target_key_id,
    }
    types::GrantConstraints {
        "EncryptionContextEquals": encryption_context_equals,
        "EncryptionContextSubset": encryption_context_subset,
        "SourceArn": source_arn,
    }
    types::GrantListEntry {
        "Constraints": constraints,
        "CreationDate": creation_date,
        "GrantId": grant_id,
        "GranteePrincipal": grantee_principal,
        "GranteeServicePrincipal": grantee_service_principal,
        "IssuingAccount": issuing_account,
        "KeyId": key_id,
        "Name": name,
        "Operations": operations,
        "RetiringPrincipal": retiring_principal,
        "RetiringServicePrincipal": retiring_service_principal,
    }
    types::KeyMetadata {
        "AWSAccountId": aws_account_id,
        "Arn": arn,
        "CloudHsmClusterId": cloud_hsm_cluster_id,
        "CreationDate": creation_date,
        "CurrentKeyMaterialId": current_key_material_id,
        "CustomKeyStoreId": custom_key_store_id,
        "CustomerMasterKeySpec": customer_master_key_spec,
        "DeletionDate": deletion_date,
        "Description": description,
        "Enabled": enabled,
        "EncapsulationAlgorithms": encapsulation_algorithms,
        "EncryptionAlgorithms": encryption_algorithms,
        "ExpirationModel": expiration_model,
        "KeyAgreementAlgorithms": key_agreement_algorithms,
        "KeyId": key_id,
        "KeyManager": key_manager,
        "KeySpec": key_spec,
        "KeyState": key_state,
        "KeyUsage": key_usage,
        "MacAlgorithms": mac_algorithms,
        "MultiRegion": multi_region,
        "MultiRegionConfiguration": multi_region_configuration,
        "Origin": origin,
        "PendingDeletionWindowInDays": pending_deletion_window_in_days,
        "SigningAlgorithms": signing_algorithms,
        "ValidTo": valid_to,
        "XksKeyConfiguration": xks_key_configuration,
    }
    types::MultiRegionConfiguration {
        "MultiRegionKeyType": multi_region_key_type,
        "PrimaryKey": primary_key,
        "ReplicaKeys": replica_keys,
    }
    types::MultiRegionKey {
        "Arn": arn,
        "Region": region,
    }
    types::Tag {
        "TagKey": tag_key,
        "TagValue": tag_value,
    }
    types::XksKeyConfigurationType {
        "Id": id,
    }
}

enumerations! {
    types::CustomerMasterKeySpec,
    types::EncapsulationAlgorithmSpec,
    types::EncryptionAlgorithmSpec,
    types::ExpirationModelType,
    types::GrantOperation,
    types::KeyAgreementAlgorithmSpec,
    types::KeyManagerType,
    types::KeySpec,
    types::KeyState,
    types::KeyUsageType,
    types::MacAlgorithmSpec,
    types::MultiRegionKeyType,
    types::OriginType,
    types::SigningAlgorithmSpec,
}
