//! Checks of VPCs.

use super::AwsCheck;

mod default_vpc_in_use;
mod flow_logs_disabled;

pub(super) const CHECKS: &[AwsCheck] = &[default_vpc_in_use::CHECK, flow_logs_disabled::CHECK];
