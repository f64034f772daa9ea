//! Checks of IAM managed policies.

use super::AwsCheck;

mod unattached;

pub(super) const CHECKS: &[AwsCheck] = &[unattached::CHECK];
