//! Checks of ECS services.

use super::AwsCheck;

mod assigns_public_ip;

pub(super) const CHECKS: &[AwsCheck] = &[assigns_public_ip::CHECK];
