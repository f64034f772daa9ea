//! Checks of KMS keys.

use secmonkey_core::item::Item;

use super::{AwsCheck, text};

mod grant_cross_account;
mod pending_deletion;
mod rotation_disabled;

pub(super) const CHECKS: &[AwsCheck] =
    &[grant_cross_account::CHECK, pending_deletion::CHECK, rotation_disabled::CHECK];

/// Why nobody can use a key.
pub(super) fn idle(item: &Item) -> Option<&'static str> {
    pends_deletion(item).then_some("the key waits to be deleted")
}

fn pends_deletion(item: &Item) -> bool {
    let state = text(&item.config["KeyMetadata"]["KeyState"]);
    matches!(state, "PendingDeletion" | "PendingReplicaDeletion")
}
