//! Checks of EC2 instances.

use super::AwsCheck;

mod exposure;
mod imdsv1_allowed;
mod internet_exposed;
mod public_ip;

pub(super) const CHECKS: &[AwsCheck] =
    &[imdsv1_allowed::CHECK, internet_exposed::CHECK, public_ip::CHECK];
