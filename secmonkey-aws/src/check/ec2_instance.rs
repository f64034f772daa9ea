//! Checks of EC2 instances.

use super::AwsCheck;

mod imdsv1_allowed;
mod public_ip;

pub(super) const CHECKS: &[AwsCheck] = &[imdsv1_allowed::CHECK, public_ip::CHECK];
