//! S3.

use std::sync::Arc;

use aws_sdk_s3control::types::MultiRegionAccessPointReport;

use crate::watch::Entry;

pub mod access_point;
pub mod account;
pub mod bucket;
mod dialect;
pub mod multi_region_access_point;

pub(super) const READS: &[Entry] = &[
    Entry::described::<access_point::AccessPoint>(),
    Entry::described::<account::Settings>(),
    Entry::described::<MultiRegionAccessPointReport>(),
    Entry::new(&[bucket::BUCKET], |sessions| Arc::new(bucket::Buckets::new(sessions))),
];
