//! Checks of network ACLs.

use super::AwsCheck;

mod admin_port_from_anywhere;
#[cfg(test)]
mod laws;
mod rules;

pub(super) use self::rules::{Entry, entries};

pub(super) const CHECKS: &[AwsCheck] = &[admin_port_from_anywhere::CHECK];
