//! Checks of elastic IP addresses.

use super::AwsCheck;

mod unused;

pub(super) const CHECKS: &[AwsCheck] = &[unused::CHECK];
