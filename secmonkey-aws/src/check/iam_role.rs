//! Checks of IAM roles.

use secmonkey_core::check::Check;

mod effective_full_admin;
mod external_id_missing;
mod federated_subject_open;

pub(super) const CHECKS: &[&Check] =
    &[&effective_full_admin::CHECK, &external_id_missing::CHECK, &federated_subject_open::CHECK];
