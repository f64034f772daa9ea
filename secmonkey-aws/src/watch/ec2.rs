//! EC2.

use aws_sdk_ec2::types::{
    Address, Filter, ManagedPrefixList, NatGateway, SecurityGroup, Tag, Vpc, VpcEndpoint,
};
use secmonkey_core::watch::{Scope, Wanted};

use crate::settings;
use crate::watch::Entry;

pub mod elastic_ip;
pub mod nat_gateway;
pub mod prefix_list;
pub mod security_group;
pub mod vpc;
pub mod vpc_endpoint;

pub(super) const READS: &[Entry] = &[
    Entry::described::<Address>(),
    Entry::described::<ManagedPrefixList>(),
    Entry::described::<NatGateway>(),
    Entry::described::<SecurityGroup>(),
    Entry::described::<Vpc>(),
    Entry::described::<VpcEndpoint>(),
];

/// The largest page of a listing.
const PAGE: i32 = 1000;

/// Only those that are wanted, by the filter that knows their ids. A call that lists ids
/// instead fails for all where one does not exist.
fn only(filter: &str, wanted: Option<&[Wanted]>) -> Option<Vec<Filter>> {
    let ids = wanted?.iter().map(|one| one.id.clone());
    Some(vec![one_of(filter, ids)])
}

fn one_of(filter: &str, values: impl IntoIterator<Item = String>) -> Filter {
    Filter::builder().name(filter).set_values(Some(values.into_iter().collect())).build()
}

/// Whether a resource belongs to the account that listed it. What other accounts share
/// with it is listed, too: that is theirs, and names nothing of ours.
fn is_own(scope: &Scope, owner: Option<&str>) -> bool {
    owner.is_none_or(|owner| owner == scope.account.id.as_str())
}

/// The ARN of a resource of the account, which EC2 does not tell.
fn arn(scope: &Scope, kind: &str, id: &str) -> String {
    let (partition, account) = (settings::partition(&scope.account), &scope.account.id);
    format!("arn:{partition}:ec2:{}:{account}:{kind}/{id}", scope.region)
}

/// What people call a resource: its tag `Name`, else its id.
fn name(tags: &[Tag], id: &str) -> String {
    let named = tags.iter().find(|tag| tag.key() == Some("Name")).and_then(Tag::value);
    named.filter(|name| !name.is_empty()).unwrap_or(id).to_owned()
}
