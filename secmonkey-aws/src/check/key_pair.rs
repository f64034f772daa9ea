//! Checks of key pairs.

use super::AwsCheck;

mod unused;

pub(super) const CHECKS: &[AwsCheck] = &[unused::CHECK];
