//! Checks of log groups.

use super::AwsCheck;

mod retention_unset;

pub(super) const CHECKS: &[AwsCheck] = &[retention_unset::CHECK];
