//! Checks of Lambda functions.

use super::AwsCheck;

mod runtime_deprecated;
mod url_without_auth;

pub(super) const CHECKS: &[AwsCheck] = &[runtime_deprecated::CHECK, url_without_auth::CHECK];
