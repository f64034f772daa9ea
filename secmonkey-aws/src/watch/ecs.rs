//! ECS.

use aws_sdk_ecs::types::{Cluster, Failure};
use secmonkey_core::watch::{Cause, Error};

use crate::operation::Operation;
use crate::watch::{Entry, Events};

pub mod cluster;
pub mod service;

pub(super) const READS: &[Entry] =
    &[Entry::described::<Cluster>(), Entry::described::<service::Service>()];

/// Tags, of resources of every kind.
const TAGS: Events =
    Events::new("/requestParameters/resourceArn", &["TagResource", "UntagResource"]);

/// The largest page of both listings, and the most clusters that one call describes.
const PAGE: i32 = 100;

/// The state of what was deleted and is still told for a while.
const INACTIVE: &str = "INACTIVE";

/// Makes sure that what a description lacks does not exist.
fn only_missing(operation: Operation, failures: Option<Vec<Failure>>) -> Result<(), Error> {
    let mut failures = failures.unwrap_or_default().into_iter();
    match failures.find(|failure| failure.reason() != Some("MISSING")) {
        None => Ok(()),
        Some(Failure { arn, reason, detail, .. }) => {
            let said = [arn, reason, detail].into_iter().flatten().collect::<Vec<_>>();
            Err(Error::new(operation, Cause::Other, said.join(": ")))
        }
    }
}
