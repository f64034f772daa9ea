//! Checks of the recorders of AWS Config.

use super::AwsCheck;

mod not_recording;
mod records_in_part;

pub(super) const CHECKS: &[AwsCheck] = &[not_recording::CHECK, records_in_part::CHECK];
