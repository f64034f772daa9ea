//! Checks of subnets.

use super::AwsCheck;

mod assigns_public_addresses;

pub(super) const CHECKS: &[AwsCheck] = &[assigns_public_addresses::CHECK];
