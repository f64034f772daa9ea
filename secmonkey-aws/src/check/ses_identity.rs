//! Checks of SES identities.

use super::AwsCheck;

mod dkim_disabled;
mod not_verified;
mod unapproved_domain;

pub(super) const CHECKS: &[AwsCheck] =
    &[dkim_disabled::CHECK, not_verified::CHECK, unapproved_domain::CHECK];
