//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_glacier::{operation, types};

structures! {
    operation::describe_vault::DescribeVaultOutput {
        "CreationDate": creation_date,
        "LastInventoryDate": last_inventory_date,
        "NumberOfArchives": number_of_archives,
        "SizeInBytes": size_in_bytes,
        "VaultARN": vault_arn,
        "VaultName": vault_name,
    }
    operation::get_vault_lock::GetVaultLockOutput {
        "CreationDate": creation_date,
        "ExpirationDate": expiration_date,
        "Policy": policy,
        "State": state,
    }
    types::VaultNotificationConfig {
        "Events": events,
        "SNSTopic": sns_topic,
    }
}
