//! The watchers: which calls read which resources.
//!
//! One technology, one file: its [`Facts`], as a constant, stand beside the calls that read
//! it. What is known of all of them is derived from these constants: the permissions that a
//! scan needs, the catalogue of technologies, the structures whose members are written out,
//! and the tests that each has to pass.

use std::future::Future;
use std::sync::Arc;

use futures::{StreamExt as _, stream};
use secmonkey_core::technology::Technology;
use secmonkey_core::watch::{Cause, Error, Looked, Part, Wanted, Watcher};
use serde_json::{Map, Value};

use crate::operation::Operation;
use crate::session::Sessions;

mod all;
pub mod described;
pub mod facts;

pub use all::all;
pub use described::{Described, Reader};
pub use facts::{Events, Facts, Structure, Writes};

#[cfg(feature = "acm")]
pub mod acm;
#[cfg(feature = "cloudcontrol")]
pub mod cloudcontrol;
#[cfg(feature = "cloudfront")]
pub mod cloudfront;
#[cfg(feature = "cloudtrail")]
pub mod cloudtrail;
#[cfg(feature = "config")]
pub mod config;
#[cfg(feature = "directconnect")]
pub mod directconnect;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
#[cfg(feature = "ec2")]
pub mod ec2;
#[cfg(feature = "ecr")]
pub mod ecr;
#[cfg(feature = "ecs")]
pub mod ecs;
#[cfg(feature = "eks")]
pub mod eks;
#[cfg(feature = "elb")]
pub mod elb;
#[cfg(feature = "elbv2")]
pub mod elbv2;
#[cfg(feature = "glacier")]
pub mod glacier;
#[cfg(feature = "iam")]
pub mod iam;
#[cfg(feature = "kms")]
pub mod kms;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(feature = "logs")]
pub mod logs;
#[cfg(feature = "opensearch")]
pub mod opensearch;
#[cfg(feature = "organizations")]
pub mod organizations;
#[cfg(feature = "rds")]
pub mod rds;
#[cfg(feature = "redshift")]
pub mod redshift;
#[cfg(feature = "route53")]
pub mod route53;
#[cfg(feature = "route53domains")]
pub mod route53domains;
#[cfg(feature = "s3")]
pub mod s3;
#[cfg(feature = "secretsmanager")]
pub mod secretsmanager;
#[cfg(feature = "ses")]
pub mod ses;
#[cfg(feature = "sns")]
pub mod sns;
#[cfg(feature = "sqs")]
pub mod sqs;

/// The services, each with what it reads.
const SERVICES: &[&[Entry]] = &[
    #[cfg(feature = "acm")]
    acm::READS,
    #[cfg(feature = "cloudcontrol")]
    cloudcontrol::READS,
    #[cfg(feature = "cloudfront")]
    cloudfront::READS,
    #[cfg(feature = "cloudtrail")]
    cloudtrail::READS,
    #[cfg(feature = "config")]
    config::READS,
    #[cfg(feature = "directconnect")]
    directconnect::READS,
    #[cfg(feature = "dynamodb")]
    dynamodb::READS,
    #[cfg(feature = "ec2")]
    ec2::READS,
    #[cfg(feature = "ecr")]
    ecr::READS,
    #[cfg(feature = "ecs")]
    ecs::READS,
    #[cfg(feature = "eks")]
    eks::READS,
    #[cfg(feature = "elb")]
    elb::READS,
    #[cfg(feature = "elbv2")]
    elbv2::READS,
    #[cfg(feature = "glacier")]
    glacier::READS,
    #[cfg(feature = "iam")]
    iam::READS,
    #[cfg(feature = "kms")]
    kms::READS,
    #[cfg(feature = "lambda")]
    lambda::READS,
    #[cfg(feature = "logs")]
    logs::READS,
    #[cfg(feature = "opensearch")]
    opensearch::READS,
    #[cfg(feature = "organizations")]
    organizations::READS,
    #[cfg(feature = "rds")]
    rds::READS,
    #[cfg(feature = "redshift")]
    redshift::READS,
    #[cfg(feature = "route53")]
    route53::READS,
    #[cfg(feature = "route53domains")]
    route53domains::READS,
    #[cfg(feature = "s3")]
    s3::READS,
    #[cfg(feature = "secretsmanager")]
    secretsmanager::READS,
    #[cfg(feature = "ses")]
    ses::READS,
    #[cfg(feature = "sns")]
    sns::READS,
    #[cfg(feature = "sqs")]
    sqs::READS,
];

/// Technologies and the watcher that reads them.
#[derive(Debug)]
pub struct Entry {
    facts: &'static [Facts],
    watcher: fn(&Sessions) -> Arc<dyn Watcher>,
}

impl Entry {
    /// What one watcher reads.
    #[must_use]
    pub const fn new(facts: &'static [Facts], watcher: fn(&Sessions) -> Arc<dyn Watcher>) -> Self {
        Self { facts, watcher }
    }

    /// What a [`Reader`] reads.
    #[must_use]
    pub const fn described<R: Described>() -> Self {
        Self::new(std::slice::from_ref(R::FACTS), |sessions| Arc::new(Reader::<R>::new(sessions)))
    }
}

/// What is known of every technology that [`watchers`] read, in their order.
pub fn facts() -> impl Iterator<Item = &'static Facts> {
    SERVICES.iter().copied().flatten().flat_map(|entry| entry.facts)
}

/// Every watcher, over the same sessions.
#[must_use]
pub fn watchers(sessions: &Sessions) -> Vec<Arc<dyn Watcher>> {
    SERVICES.iter().copied().flatten().map(|entry| (entry.watcher)(sessions)).collect()
}

/// Every technology that [`watchers`] read.
#[must_use]
pub fn technologies() -> Vec<Technology> {
    facts().map(Facts::technology).collect()
}

/// How many resources of one sweep are read at a time, where AWS has no call for many of
/// them.
pub const AT_ONCE: usize = 8;

/// Looks at resources about which AWS answers one by one, a few at a time.
pub async fn each<F, Fut>(wanted: &[Wanted], look: F) -> Vec<Looked>
where
    F: Fn(Wanted) -> Fut,
    Fut: Future<Output = Looked>,
{
    stream::iter(wanted.to_vec()).map(look).buffer_unordered(AT_ONCE).collect().await
}

/// What is known of a resource that was asked about: whether it is there.
#[must_use]
pub fn looked(wanted: &Wanted, there: Result<bool, Error>) -> Looked {
    let id = wanted.id.as_str();
    match there {
        Ok(true) => Looked::exists(id),
        Ok(false) => Looked::gone(id),
        Err(error) => Looked::failed(id, error),
    }
}

/// A member of an answer that AWS never leaves out.
///
/// # Errors
/// Where it is not there.
pub fn required<T>(operation: Operation, member: &str, value: Option<T>) -> Result<T, Error> {
    value
        .ok_or_else(|| Error::new(operation, Cause::Garbled, format!("the answer has no {member}")))
}

/// The answer about a member, where an answer without content means that there is none.
#[must_use]
pub fn known(value: Value) -> Part {
    let empty = match &value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    if empty { Part::Absent } else { Part::Known(value) }
}

/// An object of the members that have a value.
#[must_use]
pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let present = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(present.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

/// The pages of at most `size` that hold `count` resources: one, where there are none.
#[must_use]
pub const fn pages_of(count: usize, size: usize) -> usize {
    if count == 0 { 1 } else { count.div_ceil(size) }
}
