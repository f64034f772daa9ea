//! Checks of EBS volumes.

use super::AwsCheck;

mod unencrypted;

pub(super) const CHECKS: &[AwsCheck] = &[unencrypted::CHECK];
