//! Checks of the IAM settings of accounts, and of root.

use secmonkey_core::check::Undecided;
use secmonkey_core::item::Item;

use super::AwsCheck;

mod password_policy_weak;
mod root_access_key;
mod root_used_recently;
mod root_without_hardware_mfa;
mod root_without_mfa;

pub(super) const CHECKS: &[AwsCheck] = &[
    password_policy_weak::CHECK,
    root_access_key::CHECK,
    root_used_recently::CHECK,
    root_without_hardware_mfa::CHECK,
    root_without_mfa::CHECK,
];

/// A member of the account summary; `None` where AWS does not tell it.
fn summary(item: &Item, member: &str) -> Result<Option<i64>, Undecided> {
    match &item.config["SummaryMap"] {
        map if map.is_object() => Ok(map[member].as_i64()),
        _ => Err(Undecided::Unread("/SummaryMap".to_owned())),
    }
}

/// Whether root can sign in: it has a password unless AWS says that it has none.
fn has_password(item: &Item) -> Result<bool, Undecided> {
    Ok(summary(item, "AccountPasswordPresent")? != Some(0))
}
