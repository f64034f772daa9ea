//! Checks of S3 buckets.

use std::cell::OnceCell;

use secmonkey_core::check::Undecided;
use secmonkey_core::item::{GLOBAL, Key};
use serde_json::Value;

use super::AwsCheck;
use super::case::{Case, Once};

mod acl;
mod default_encryption_disabled;
mod lifecycle_missing;
mod policy_conditional_statement;
mod policy_missing;
mod policy_unknown_account;
mod publicly_accessible;
mod versioning_disabled;

pub(super) use self::acl::CHECKS as ACL_CHECKS;

pub(super) const CHECKS: &[AwsCheck] = &[
    default_encryption_disabled::CHECK,
    lifecycle_missing::CHECK,
    policy_conditional_statement::CHECK,
    policy_missing::CHECK,
    policy_unknown_account::CHECK,
    publicly_accessible::CHECK,
    versioning_disabled::CHECK,
];

/// What the checks of a bucket share.
#[derive(Default)]
pub(super) struct Shared<'a> {
    /// What its access control list grants to others than the owner.
    grants: OnceCell<Vec<acl::Grants<'a>>>,
    /// The settings of its account, where there are any.
    account: Once<Option<Value>>,
}

/// The technology that holds the settings of an account.
const ACCOUNT: &str = "s3_account";

/// Whether a setting of Block Public Access is on, for the bucket or for its account.
fn is_blocked(case: &Case<'_>, setting: &str) -> Result<bool, Undecided> {
    case.world.require(ACCOUNT)?;
    let on = |config: &Value| config["PublicAccessBlockConfiguration"][setting] == true;
    if on(&case.item.config) {
        return Ok(true);
    }
    let account = &case.item.key.account;
    let settings = case.shared.bucket.account.get(|| {
        let settings = case.world.item(&Key {
            account: account.clone(),
            technology: ACCOUNT.to_owned(),
            region: GLOBAL.to_owned(),
            id: account.to_string(),
        })?;
        Ok(settings.map(|settings| settings.config))
    })?;
    Ok(settings.as_ref().is_some_and(on))
}

/// What keeps the public out whatever the policy says.
pub(super) fn public_access_block(case: &Case<'_>) -> Result<Option<&'static str>, Undecided> {
    Ok(is_blocked(case, "RestrictPublicBuckets")?.then_some("Block Public Access"))
}
