//! Hosted zones.

use std::collections::HashMap;
use std::slice;

use aws_sdk_route53::Client;
use aws_sdk_route53::operation::get_hosted_zone::GetHostedZoneOutput;
use aws_sdk_route53::types::{HostedZone, TagResourceType};
use futures::{StreamExt as _, stream};
use secmonkey_core::technology::{Reach, Set};
use secmonkey_core::watch::{Error, Listed, Looked, Observed, Part, Sweep, Wanted, pages};
use serde_json::Value;

use super::{LIST, list};
use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::{AT_ONCE, Events, Facts, Structure, Writes, each, known};

/// Hosted zones, public and private, with the networks that ask a private one, how a public
/// one is signed, and where its queries are logged.
pub const HOSTED_ZONE: Facts = Facts {
    id: "route53_hosted_zone",
    title: "Route 53 hosted zone",
    reach: Reach::Global,
    operations: &[GET, DNSSEC, LOGGING, TAGS],
    structures: &[
        Structure::new("DNSSECStatus", "/DNSSECStatus"),
        Structure::new("DelegationSet", "/DelegationSet"),
        Structure::new("HostedZone", ""),
        Structure::new("KeySigningKey", "/KeySigningKeys/*"),
        Structure::new("QueryLoggingConfig", "/QueryLoggingConfigs/*"),
        Structure::new("Tag", "/Tags/*"),
        Structure::new("VPC", "/VPCs/*"),
    ],
    events: &[
        Events::new(
            "/requestParameters/hostedZoneId",
            &[
                "ActivateKeySigningKey",
                "AssociateVPCWithHostedZone",
                "CreateKeySigningKey",
                "CreateQueryLoggingConfig",
                "DeactivateKeySigningKey",
                "DeleteKeySigningKey",
                "DisableHostedZoneDNSSEC",
                "DisassociateVPCFromHostedZone",
                "EnableHostedZoneDNSSEC",
            ],
        ),
        Events::new(
            "/requestParameters/id",
            &["DeleteHostedZone", "UpdateHostedZoneComment", "UpdateHostedZoneFeatures"],
        ),
        Events::new("/requestParameters/resourceId", &["ChangeTagsForResource"]),
        Events::new("/responseElements/hostedZone/id", &["CreateHostedZone"]),
    ],
    sets: &[
        Set::new("/DelegationSet/NameServers", &[]),
        Set::new("/KeySigningKeys", &["Name"]),
        Set::new("/QueryLoggingConfigs", &["Id"]),
        Set::new("/Tags", &["Key"]),
        Set::new("/VPCs", &["VPCId", "VPCRegion"]),
    ],
    dropped: &[
        // When a key was last touched: what changed shows.
        "/KeySigningKeys/*/LastModifiedDate",
        // A count of items of their own.
        "/ResourceRecordSetCount",
    ],
    writes: &[
        Writes::new("", &["CreateHostedZone", "DeleteHostedZone"]),
        Writes::new("/Config", &["UpdateHostedZoneComment"]),
        Writes::new("/DNSSECStatus", &["DisableHostedZoneDNSSEC", "EnableHostedZoneDNSSEC"]),
        Writes::new(
            "/KeySigningKeys",
            &[
                "ActivateKeySigningKey",
                "CreateKeySigningKey",
                "DeactivateKeySigningKey",
                "DeleteKeySigningKey",
            ],
        ),
        Writes::new("/QueryLoggingConfigs", &["CreateQueryLoggingConfig"]),
        Writes::new("/Tags", &["ChangeTagsForResource"]),
        Writes::new("/VPCs", &["AssociateVPCWithHostedZone", "DisassociateVPCFromHostedZone"]),
    ],
    ..Facts::of(&service::ROUTE53, LIST)
};

const GET: Operation = Operation::new("route53:GetHostedZone").absent(GONE);
const DNSSEC: Operation = Operation::new("route53:GetDNSSEC").absent(GONE);
const LOGGING: Operation = Operation::new("route53:ListQueryLoggingConfigs");
const TAGS: Operation = Operation::new("route53:ListTagsForResources");

const GONE: &[&str] = &["NoSuchHostedZone"];

/// The most zones whose tags one call tells.
pub(super) const BATCH: usize = 10;

/// The largest page of query logging.
const PAGE: i32 = 100;

/// Where the queries of zones are logged, by the id of the zone.
pub(super) type QueryLogging = HashMap<String, Vec<Value>>;

/// The id of a zone as people write it.
pub(super) fn id(id: &str) -> &str {
    id.strip_prefix("/hostedzone/").unwrap_or(id)
}

/// Where queries are logged, of one zone or of all.
pub(super) async fn query_logging(
    route53: &Client,
    zone: Option<&str>,
) -> Result<QueryLogging, Error> {
    let mut listing = pages(LOGGING, |token| {
        let call = route53.list_query_logging_configs().max_results(PAGE).set_next_token(token);
        let call = call.set_hosted_zone_id(zone.map(str::to_owned));
        async move {
            let page = call.send().await.map_err(|error| failed(LOGGING, &error))?;
            Ok(Listed::page(page.query_logging_configs, page.next_token))
        }
    });
    let mut all = QueryLogging::new();
    while let Some(page) = listing.next().await? {
        for config in page {
            let zone = id(&config.hosted_zone_id).to_owned();
            all.entry(zone).or_default().push(config.to_json());
        }
    }
    listing.end()?;
    Ok(all)
}

/// Reads a page of zones.
pub(super) async fn read(
    route53: &Client,
    zones: Vec<HostedZone>,
    logging: &Result<QueryLogging, Error>,
    out: &Sweep,
) {
    for zones in zones.chunks(BATCH) {
        let tags = &tags(route53, zones).await;
        stream::iter(zones)
            .for_each_concurrent(AT_ONCE, |zone| async move {
                if let Some(zone) = observe(route53, zone, logging, tags).await {
                    out.item(zone).await;
                }
            })
            .await;
    }
}

/// The tags of a few zones, by zone.
async fn tags(route53: &Client, zones: &[HostedZone]) -> Result<HashMap<String, Value>, Error> {
    let ids = zones.iter().map(|zone| id(&zone.id).to_owned()).collect();
    let call = route53.list_tags_for_resources().resource_type(TagResourceType::Hostedzone);
    let answer = call.set_resource_ids(Some(ids)).send().await;
    let answer = answer.map_err(|error| failed(TAGS, &error))?;
    let of = answer.resource_tag_sets.into_iter().filter_map(|one| {
        let tags = one.tags.to_json();
        one.resource_id.map(|id| (id, tags))
    });
    Ok(of.collect())
}

async fn observe(
    route53: &Client,
    zone: &HostedZone,
    logging: &Result<QueryLogging, Error>,
    tags: &Result<HashMap<String, Value>, Error>,
) -> Option<Observed> {
    let got = get(route53, id(&zone.id)).await.transpose()?;
    whole(route53, zone, got, logging, tags).await
}

/// What only a question about one zone tells; `None` where there is none.
async fn get(route53: &Client, id: &str) -> Result<Option<GetHostedZoneOutput>, Error> {
    found(GET, route53.get_hosted_zone().id(id).send().await)
}

async fn whole(
    route53: &Client,
    zone: &HostedZone,
    got: Result<GetHostedZoneOutput, Error>,
    logging: &Result<QueryLogging, Error>,
    tags: &Result<HashMap<String, Value>, Error>,
) -> Option<Observed> {
    let id = id(&zone.id);
    let (delegation, vpcs) = match got {
        Ok(got) => (known(got.delegation_set.to_json()), known(got.vpcs.to_json())),
        Err(error) => (Part::Failed(error.clone()), Part::Failed(error)),
    };
    // Only a public zone can be signed.
    let (status, keys) = if zone.config.as_ref().is_some_and(|config| config.private_zone) {
        (Part::Absent, Part::Absent)
    } else {
        match found(DNSSEC, route53.get_dnssec().hosted_zone_id(id).send().await) {
            Ok(answer) => {
                let answer = answer?;
                (known(answer.status.to_json()), known(answer.key_signing_keys.to_json()))
            }
            Err(error) => (Part::Failed(error.clone()), Part::Failed(error)),
        }
    };
    let logging = match logging {
        Ok(by_zone) => known(by_zone.get(id).cloned().unwrap_or_default().into()),
        Err(error) => Part::Failed(error.clone()),
    };
    let tags = match tags {
        Ok(by_zone) => known(by_zone.get(id).cloned().unwrap_or_default()),
        Err(error) => Part::Failed(error.clone()),
    };
    let arn = format!("arn:aws:route53:::hostedzone/{id}");
    let item = HOSTED_ZONE.observed(id, zone.to_json()).named(zone.name.trim_end_matches('.'));
    Some(
        item.with_arn(arn)
            .with("/DelegationSet", delegation)
            .with("/VPCs", vpcs)
            .with("/DNSSECStatus", status)
            .with("/KeySigningKeys", keys)
            .with("/QueryLoggingConfigs", logging)
            .with("/Tags", tags),
    )
}

/// Looks at zones one by one: AWS has no call for several.
pub(super) async fn look(route53: &Client, wanted: &[Wanted]) -> Vec<Looked> {
    each(wanted, |one| async move {
        find(route53, &one).await.unwrap_or_else(|error| Looked::failed(one.id, error))
    })
    .await
}

/// Looks at a zone that may be there. It is read as it is listed, as a sweep reads it; what is
/// listed late is there, too.
async fn find(route53: &Client, wanted: &Wanted) -> Result<Looked, Error> {
    let Some(got) = get(route53, &wanted.id).await? else { return Ok(Looked::gone(&wanted.id)) };
    let mut listing = pages(LIST, |marker| list(route53, marker));
    while let Some(zones) = listing.next().await? {
        let Some(zone) = zones.iter().find(|zone| id(&zone.id) == wanted.id) else { continue };
        let logging = query_logging(route53, Some(&wanted.id)).await;
        let tags = tags(route53, slice::from_ref(zone)).await;
        let zone = whole(route53, zone, Ok(got), &logging, &tags).await;
        return Ok(zone.map_or_else(|| Looked::gone(&wanted.id), Looked::there));
    }
    Ok(Looked::exists(&wanted.id))
}
