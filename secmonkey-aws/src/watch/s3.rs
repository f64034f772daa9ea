//! S3.

pub mod account;
pub mod bucket;
mod dialect;
