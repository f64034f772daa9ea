//! Checks of EC2 instances.

use super::AwsCheck;

mod exposed_role;
mod exposure;
mod imdsv1_allowed;
mod internet_exposed;
mod public_ip;

pub(super) use self::exposure::Shared;

pub(super) const CHECKS: &[AwsCheck] =
    &[exposed_role::CHECK, imdsv1_allowed::CHECK, internet_exposed::CHECK, public_ip::CHECK];
