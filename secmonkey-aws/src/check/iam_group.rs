//! Checks of IAM groups.

use super::AwsCheck;

mod effective_full_admin;

pub(super) const CHECKS: &[AwsCheck] = &[effective_full_admin::CHECK];
