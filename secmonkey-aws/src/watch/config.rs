//! AWS Config.

use aws_sdk_config::types::{ConfigRule, ConfigurationRecorder};

use crate::watch::Entry;

pub mod recorder;
pub mod rule;

pub(super) const READS: &[Entry] =
    &[Entry::described::<ConfigRule>(), Entry::described::<ConfigurationRecorder>()];
