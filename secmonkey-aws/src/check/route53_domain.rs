//! Checks of registered domains.

use super::AwsCheck;

mod auto_renew_disabled;
mod expires_within_30d;
mod transfer_unlocked;

pub(super) const CHECKS: &[AwsCheck] =
    &[auto_renew_disabled::CHECK, expires_within_30d::CHECK, transfer_unlocked::CHECK];
