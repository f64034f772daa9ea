//! Checks of secrets.

use super::AwsCheck;

mod rotation_disabled;

pub(super) const CHECKS: &[AwsCheck] = &[rotation_disabled::CHECK];
