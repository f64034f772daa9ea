//! Written by `cargo xtask shapes`: do not edit.

pub(super) const REGIONS: &[&str] = &[];
pub(super) const SERVICES: &[(&str, &[&str])] = &[];
