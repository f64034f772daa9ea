//! Checks of S3 buckets.

use std::cell::OnceCell;

use secmonkey_core::check::Undecided;
use secmonkey_core::item::{GLOBAL, Key};
use serde_json::Value;

use super::AwsCheck;
use super::case::{Case, Once};

mod access_logging_disabled;
mod acl;
mod acls_enabled;
mod behind_public_distribution;
mod block_public_access_off;
mod default_encryption_disabled;
#[cfg(test)]
mod laws;
mod lifecycle_missing;
mod policy_conditional_statement;
mod policy_missing;
mod policy_unknown_account;
mod public_write;
mod publicly_accessible;
mod tls_not_required;
mod versioning_disabled;

pub(super) use self::acl::CHECKS as ACL_CHECKS;

pub(super) const CHECKS: &[AwsCheck] = &[
    access_logging_disabled::CHECK,
    acls_enabled::CHECK,
    behind_public_distribution::CHECK,
    block_public_access_off::CHECK,
    default_encryption_disabled::CHECK,
    lifecycle_missing::CHECK,
    policy_conditional_statement::CHECK,
    policy_missing::CHECK,
    policy_unknown_account::CHECK,
    public_write::CHECK,
    publicly_accessible::CHECK,
    tls_not_required::CHECK,
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

/// What people call what keeps the public out.
pub(super) const BLOCK: &str = "Block Public Access";

/// The settings of Block Public Access.
pub(super) const SETTINGS: [&str; 4] =
    ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

/// What is not known that could take a finding about the public away: the settings of the
/// account, where they were never read.
pub(super) fn in_doubt(case: &Case<'_>) -> Option<&'static str> {
    matches!(account(case), Err(Undecided::Unlisted(_))).then_some(ACCOUNT)
}

/// Whether a setting of Block Public Access is on, for the bucket or for its account; not,
/// where that of the account is not known: whoever asks says that it is in doubt.
fn is_blocked(case: &Case<'_>, setting: &str) -> Result<bool, Undecided> {
    let on = |config: &Value| config["PublicAccessBlockConfiguration"][setting] == true;
    if on(&case.item.config) {
        return Ok(true);
    }
    match account(case) {
        Ok(settings) => Ok(settings.is_some_and(on)),
        Err(Undecided::Unlisted(_)) => Ok(false),
        Err(undecided) => Err(undecided),
    }
}

/// The settings of the account, where there are any.
fn account<'a>(case: &Case<'a>) -> Result<Option<&'a Value>, Undecided> {
    case.world.require(ACCOUNT)?;
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
    Ok(settings.as_ref())
}

/// What keeps the public out whatever the policy says.
pub(super) fn public_access_block(case: &Case<'_>) -> Result<Option<&'static str>, Undecided> {
    Ok(is_blocked(case, "RestrictPublicBuckets")?.then_some(BLOCK))
}
