//! Checks of SES identities.

use super::AwsCheck;

mod not_verified;

pub(super) const CHECKS: &[AwsCheck] = &[not_verified::CHECK];
