//! Written by `cargo xtask shapes`: do not edit.

pub(super) const SENSITIVE: &[(&str, &[&str])] = &[];
