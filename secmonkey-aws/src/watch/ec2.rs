//! EC2.

use aws_sdk_ec2::types::Tag;
use secmonkey_core::watch::Scope;

pub mod elastic_ip;
pub mod nat_gateway;
pub mod security_group;
pub mod vpc;
pub mod vpc_endpoint;

/// The largest page of a listing.
const PAGE: i32 = 1000;

/// Whether a resource belongs to the account that listed it. What other accounts share
/// with it is listed, too: that is theirs, and names nothing of ours.
fn is_own(scope: &Scope, owner: Option<&str>) -> bool {
    owner.is_none_or(|owner| owner == scope.account.id.as_str())
}

/// The ARN of a resource of the account, which EC2 does not tell.
fn arn(scope: &Scope, kind: &str, id: &str) -> String {
    let (partition, account) = (&scope.account.partition, &scope.account.id);
    format!("arn:{partition}:ec2:{}:{account}:{kind}/{id}", scope.region)
}

/// What people call a resource: its tag `Name`, else its id.
fn name(tags: &[Tag], id: &str) -> String {
    let named = tags.iter().find(|tag| tag.key() == Some("Name")).and_then(Tag::value);
    named.filter(|name| !name.is_empty()).unwrap_or(id).to_owned()
}
