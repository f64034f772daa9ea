//! Checks of VPN connections.

use super::AwsCheck;

mod tunnel_down;

pub(super) const CHECKS: &[AwsCheck] = &[tunnel_down::CHECK];
