//! Checks of ECR repositories.

use super::AwsCheck;

mod scan_on_push_disabled;
mod tags_mutable;

pub(super) const CHECKS: &[AwsCheck] = &[scan_on_push_disabled::CHECK, tags_mutable::CHECK];
