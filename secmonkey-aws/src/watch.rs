//! The watchers: which calls read which resources.
//!
//! One technology, one file: its facts, as a constant, stand beside the calls that read
//! it. What is known of all of them is derived from these constants: the permissions
//! that a scan needs, the catalogue of technologies.

use std::future::Future;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use secmonkey_core::technology::Technology;
use secmonkey_core::watch::{Error, Missing, Part, Watcher};
use serde_json::{Map, Value};

use crate::session::Sessions;

#[cfg(feature = "ec2")]
pub mod ec2;
#[cfg(feature = "iam")]
pub mod iam;
#[cfg(feature = "s3")]
pub mod s3;
#[cfg(feature = "ses")]
pub mod ses;

/// Every watcher, over the same sessions.
#[must_use]
pub fn watchers(sessions: &Sessions) -> Vec<Arc<dyn Watcher>> {
    vec![
        #[cfg(feature = "ec2")]
        Arc::new(ec2::elastic_ip::ElasticIps::new(sessions)),
        #[cfg(feature = "ec2")]
        Arc::new(ec2::nat_gateway::NatGateways::new(sessions)),
        #[cfg(feature = "ec2")]
        Arc::new(ec2::security_group::SecurityGroups::new(sessions)),
        #[cfg(feature = "ec2")]
        Arc::new(ec2::vpc::Vpcs::new(sessions)),
        #[cfg(feature = "ec2")]
        Arc::new(ec2::vpc_endpoint::VpcEndpoints::new(sessions)),
        #[cfg(feature = "iam")]
        Arc::new(iam::Identities::new(sessions)),
        #[cfg(feature = "s3")]
        Arc::new(s3::account::AccountSettings::new(sessions)),
        #[cfg(feature = "s3")]
        Arc::new(s3::bucket::Buckets::new(sessions)),
        #[cfg(feature = "ses")]
        Arc::new(ses::identity::Identities::new(sessions)),
    ]
}

/// Every technology that [`watchers`] read.
#[must_use]
pub fn technologies() -> Vec<Technology> {
    vec![
        #[cfg(feature = "ec2")]
        ec2::elastic_ip::ELASTIC_IP,
        #[cfg(feature = "ec2")]
        ec2::nat_gateway::NAT_GATEWAY,
        #[cfg(feature = "ec2")]
        ec2::security_group::SECURITY_GROUP,
        #[cfg(feature = "ec2")]
        ec2::vpc::VPC,
        #[cfg(feature = "ec2")]
        ec2::vpc_endpoint::VPC_ENDPOINT,
        #[cfg(feature = "iam")]
        iam::group::GROUP,
        #[cfg(feature = "iam")]
        iam::managed_policy::MANAGED_POLICY,
        #[cfg(feature = "iam")]
        iam::role::ROLE,
        #[cfg(feature = "iam")]
        iam::user::USER,
        #[cfg(feature = "s3")]
        s3::account::ACCOUNT,
        #[cfg(feature = "s3")]
        s3::bucket::BUCKET,
        #[cfg(feature = "ses")]
        ses::identity::IDENTITY,
    ]
}

/// How many resources of one sweep are looked up at a time, where AWS has no call for
/// many of them.
pub(crate) const AT_ONCE: usize = 8;

/// Which of the missing do not exist: each is asked for, a few at a time.
///
/// # Errors
/// Where a look-up failed: the others prove nothing about it.
pub(crate) async fn gone<F, Fut>(missing: &[Missing], exists: F) -> Result<Vec<String>, Error>
where
    F: Fn(Missing) -> Fut,
    Fut: Future<Output = Result<bool, Error>>,
{
    let asked = stream::iter(missing.to_vec()).map(|one| {
        let id = one.id.clone();
        let exists = exists(one);
        async move { exists.await.map(|exists| (!exists).then_some(id)) }
    });
    asked.buffer_unordered(AT_ONCE).try_filter_map(async |id| Ok(id)).try_collect().await
}

/// The answer about a member, where an answer without content means that there is none.
pub(crate) fn known(value: Value) -> Part {
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
pub(crate) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let present = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(present.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

/// The pages of at most `size` that hold `count` resources: one, where there are none.
pub(crate) const fn pages_of(count: usize, size: usize) -> usize {
    if count == 0 { 1 } else { count.div_ceil(size) }
}
