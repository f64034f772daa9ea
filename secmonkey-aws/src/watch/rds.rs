//! RDS, and what is managed through it: Aurora, Neptune and DocumentDB.

use aws_sdk_rds::types::{
    DbCluster, DbClusterSnapshot, DbInstance, DbSecurityGroup, DbSnapshot, DbSubnetGroup, Filter,
};
use secmonkey_core::watch::{Error, Observed, Wanted};
use serde_json::Value;

use crate::watch::{Entry, Events, Facts, required};

/// What is the same for every resource that one operation describes page by page:
/// `described!(INSTANCE, describe_db_instances("db-instance-id") => db_instances)`.
macro_rules! described {
    (
        $facts:ident,
        $describe:ident($filter:literal) $(.$narrow:ident($value:expr))? => $listed:ident
    ) => {
        const FACTS: &'static $crate::watch::Facts = &$facts;
        type Client = aws_sdk_rds::Client;

        fn client(
            sessions: &$crate::session::Sessions,
            scope: &secmonkey_core::watch::Scope,
        ) -> Self::Client {
            sessions.rds(&scope.account, &scope.region)
        }

        async fn page(
            rds: &Self::Client,
            _scope: &secmonkey_core::watch::Scope,
            wanted: Option<&[secmonkey_core::watch::Wanted]>,
            token: Option<String>,
        ) -> Result<secmonkey_core::watch::Listed<Self>, secmonkey_core::watch::Error> {
            let call = rds.$describe().max_records($crate::watch::rds::PAGE).set_marker(token);
            let call = call$(.$narrow($value))?;
            let page = call.set_filters($crate::watch::rds::only($filter, wanted)).send().await;
            let page = page.map_err(|error| $crate::error::failed($facts.list, &error))?;
            Ok(secmonkey_core::watch::Listed::page(page.$listed, page.marker))
        }
    };
}

pub mod cluster;
pub mod cluster_snapshot;
pub mod instance;
pub mod security_group;
pub mod snapshot;
pub mod subnet_group;

pub(super) const READS: &[Entry] = &[
    Entry::described::<DbCluster>(),
    Entry::described::<DbClusterSnapshot>(),
    Entry::described::<DbInstance>(),
    Entry::described::<DbSecurityGroup>(),
    Entry::described::<DbSnapshot>(),
    Entry::described::<DbSubnetGroup>(),
];

/// Tags, of resources of every kind.
const TAGS: Events = Events::new(
    "/requestParameters/resourceName",
    &["AddTagsToResource", "RemoveTagsFromResource"],
);

/// The largest page of a listing.
const PAGE: i32 = 100;

/// The type of snapshots that somebody took.
const MANUAL: &str = "manual";

/// Only those that are wanted, by the filter that knows what they are called. A call that
/// asks for one fails where it does not exist.
fn only(filter: &str, wanted: Option<&[Wanted]>) -> Option<Vec<Filter>> {
    let names = wanted?.iter().map(|one| identifier(&one.id).to_owned()).collect();
    Some(vec![Filter::builder().name(filter).set_values(Some(names)).build()])
}

/// What a resource is called, by its ARN: `arn:aws:rds:REGION:ACCOUNT:KIND:IDENTIFIER`.
fn identifier(arn: &str) -> &str {
    arn.splitn(7, ':').nth(6).unwrap_or(arn)
}

/// A resource that tells its ARN and its identifier, each with the member that it stands in.
fn observed(
    facts: &Facts,
    (arn_member, arn): (&str, Option<String>),
    (name_member, name): (&str, Option<String>),
    config: Value,
) -> Result<Observed, Error> {
    let arn = required(facts.list, arn_member, arn)?;
    let name = required(facts.list, name_member, name)?;
    Ok(facts.observed(arn.as_str(), config).named(name).with_arn(arn))
}
