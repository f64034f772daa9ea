//! Checks of IAM users.

use jiff::Timestamp;
use secmonkey_core::check::{Parameter, Undecided};
use secmonkey_core::item::Item;

use super::{AwsCheck, list, max_idle, text, time};

mod active_access_key;
mod active_key_never_used;
mod active_key_unrotated_90d;
mod active_key_unused_90d;
mod console_and_access_key;
mod console_password_unused_90d;
mod console_without_mfa;
mod console_without_mfa_privileged;
mod effective_full_admin;
mod inactive_access_key;
mod inactive_key_stale;
mod policies_attached_directly;
mod two_active_keys;

pub(super) const CHECKS: &[AwsCheck] = &[
    active_access_key::CHECK,
    active_key_never_used::CHECK,
    active_key_unrotated_90d::CHECK,
    active_key_unused_90d::CHECK,
    console_and_access_key::CHECK,
    console_password_unused_90d::CHECK,
    console_without_mfa::CHECK,
    console_without_mfa_privileged::CHECK,
    effective_full_admin::CHECK,
    inactive_access_key::CHECK,
    inactive_key_stale::CHECK,
    policies_attached_directly::CHECK,
    two_active_keys::CHECK,
];

/// How long something may rest.
const MAX_IDLE: Parameter = max_idle("how long nobody may have used it");

/// An access key of a user.
#[derive(Debug, Clone, Copy)]
struct Key<'a> {
    item: &'a Item,
    index: usize,
    id: &'a str,
}

impl Key<'_> {
    fn at(self) -> String {
        format!("/AccessKeys/{}", self.index)
    }

    fn created(self) -> Result<Timestamp, Undecided> {
        let pointer = format!("{}/CreateDate", self.at());
        time(self.item, &pointer)?.ok_or(Undecided::Unread(pointer))
    }

    /// When it was last used; `None` where it never was. The watcher leaves no key without
    /// the answer.
    fn last_used(self) -> Result<Option<Timestamp>, Undecided> {
        time(self.item, &format!("{}/AccessKeyLastUsed/LastUsedDate", self.at()))
    }
}

/// The keys that can be used.
fn active_keys(item: &Item) -> impl Iterator<Item = Key<'_>> {
    keys(item, |status| status == "Active")
}

/// The keys that cannot be used until somebody activates them.
fn inactive_keys(item: &Item) -> impl Iterator<Item = Key<'_>> {
    keys(item, |status| !status.is_empty() && status != "Active")
}

fn keys(item: &Item, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = Key<'_>> {
    list(&item.config["AccessKeys"])
        .iter()
        .enumerate()
        .filter(move |(_, key)| wanted(text(&key["Status"])))
        .map(move |(index, key)| Key { item, index, id: text(&key["AccessKeyId"]) })
}
