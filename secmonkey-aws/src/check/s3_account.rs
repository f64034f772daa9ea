//! Checks of the S3 settings of accounts.

use super::AwsCheck;

mod block_public_access_off;

pub(super) const CHECKS: &[AwsCheck] = &[block_public_access_off::CHECK];
