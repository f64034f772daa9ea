//! Checks of VPCs.

use super::AwsCheck;

mod flow_logs_disabled;

pub(super) const CHECKS: &[AwsCheck] = &[flow_logs_disabled::CHECK];
