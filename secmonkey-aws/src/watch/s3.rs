//! S3.

use std::sync::Arc;

use crate::watch::Entry;

pub mod account;
pub mod bucket;
mod dialect;

pub(super) const READS: &[Entry] = &[
    Entry::described::<account::Settings>(),
    Entry::new(&[bucket::BUCKET], |sessions| Arc::new(bucket::Buckets::new(sessions))),
];
