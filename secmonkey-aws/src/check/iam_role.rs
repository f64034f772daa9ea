//! Checks of IAM roles.

use super::AwsCheck;

mod effective_full_admin;
mod external_id_missing;
mod federated_subject_open;
mod rolesanywhere_trust_open;
mod service_trust_without_source;
mod unused_90d;

pub(super) use self::unused_90d::{IDLE_DAYS, unused};

pub(super) const CHECKS: &[AwsCheck] = &[
    effective_full_admin::CHECK,
    external_id_missing::CHECK,
    federated_subject_open::CHECK,
    rolesanywhere_trust_open::CHECK,
    service_trust_without_source::CHECK,
    unused_90d::CHECK,
];
