//! Checks of CloudTrail's trails.

use super::AwsCheck;

mod log_validation_disabled;
mod not_logging;
mod not_multi_region;

pub(super) const CHECKS: &[AwsCheck] =
    &[log_validation_disabled::CHECK, not_logging::CHECK, not_multi_region::CHECK];
