//! Checks of DynamoDB tables.

use super::AwsCheck;

mod deletion_protection_disabled;
mod point_in_time_recovery_disabled;

pub(super) const CHECKS: &[AwsCheck] =
    &[deletion_protection_disabled::CHECK, point_in_time_recovery_disabled::CHECK];
