//! Checks of SNS topics.

use super::AwsCheck;

mod policy_empty;
mod subscription_cross_account;

pub(super) const CHECKS: &[AwsCheck] = &[policy_empty::CHECK, subscription_cross_account::CHECK];
