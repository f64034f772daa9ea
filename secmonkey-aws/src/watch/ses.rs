//! SES.

use std::sync::Arc;

use crate::watch::Entry;

pub mod identity;

pub(super) const READS: &[Entry] =
    &[Entry::new(&[identity::IDENTITY], |sessions| Arc::new(identity::Identities::new(sessions)))];
