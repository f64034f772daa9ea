//! Checks of SES identities.

use secmonkey_core::check::Check;

mod not_verified;

pub(super) const CHECKS: &[&Check] = &[&not_verified::CHECK];
