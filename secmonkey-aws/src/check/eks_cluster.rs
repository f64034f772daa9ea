//! Checks of EKS clusters.

use super::AwsCheck;

mod control_plane_logs_disabled;
mod endpoint_public;

pub(super) const CHECKS: &[AwsCheck] =
    &[control_plane_logs_disabled::CHECK, endpoint_public::CHECK];
