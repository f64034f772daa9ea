//! Records of hosted zones.

use aws_sdk_route53::Client;
use aws_sdk_route53::operation::list_resource_record_sets::ListResourceRecordSetsOutput as Page;
use aws_sdk_route53::types::{ResourceRecordSet, RrType};
use secmonkey_core::technology::{Reach, Set};
use secmonkey_core::watch::{Complete, Error, Listed, Looked, Observed, Sweep, Wanted, pages};
use serde_json::{Value, json};

use super::LIST;
use crate::error::found;
use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::{Events, Facts, Structure, each, pages_of};

/// Record sets of every zone, those that Route 53 made for the zone included.
///
/// The resource id is `ZONE/NAME/TYPE`, and `/SET` where several answer to one name and type:
/// names and types alone are not unique. A slash in a name is written `\057`, as Route 53
/// writes whatever is no letter, digit, hyphen or underscore.
pub const RECORD: Facts = Facts {
    id: "route53_record",
    title: "Route 53 record",
    reach: Reach::Global,
    operations: &[LIST],
    structures: &[Structure::new("ResourceRecordSet", "")],
    // The zone and all changes of one batch; the id is made of several members.
    events: &[Events::new("/requestParameters/hostedZoneId", &["ChangeResourceRecordSets"])],
    named_by: Some(named),
    sets: &[Set::new("/ResourceRecords", &["Value"])],
    ..Facts::of(&service::ROUTE53, RECORDS)
};

const RECORDS: Operation =
    Operation::new("route53:ListResourceRecordSets").absent(&["NoSuchHostedZone"]);

/// The largest page.
const PAGE: i32 = 300;

/// The calls that list the records of a zone.
pub(super) const fn calls(records: usize) -> usize {
    pages_of(records, PAGE as usize)
}

/// Where a page begins.
#[derive(Debug, Clone, Default)]
struct Start {
    name: Option<String>,
    kind: Option<RrType>,
    set: Option<String>,
}

/// Hands out the records of these zones. They are listed zone after zone, as one listing:
/// it proves nothing before the last zone was listed to its end.
pub(super) async fn read(
    route53: &Client,
    zones: &[String],
    out: &Sweep,
) -> Result<Complete, Error> {
    let mut listing = pages(RECORDS, |place| page(route53, zones, place)).at_most(out.most());
    while let Some(records) = listing.next().await? {
        for (zone, record) in records {
            out.item(observed(&zone, &record)).await;
        }
    }
    listing.end()
}

/// One page, and the place of the next: the number of the zone and where in it, a line each.
async fn page(
    route53: &Client,
    zones: &[String],
    place: Option<String>,
) -> Result<Listed<(String, ResourceRecordSet)>, Error> {
    let place = place.unwrap_or_default();
    let mut lines = place.split('\n').filter(|line| !line.is_empty());
    let at: usize = lines.next().and_then(|number| number.parse().ok()).unwrap_or_default();
    let start = Start {
        name: lines.next().map(str::to_owned),
        kind: lines.next().map(RrType::from),
        set: lines.next().map(str::to_owned),
    };
    let Some(zone) = zones.get(at) else { return Ok(Listed::page(Vec::new(), None)) };
    let next = (at + 1 < zones.len()).then(|| (at + 1).to_string());
    // A zone that was deleted meanwhile has no records.
    let Some(page) = records(route53, zone, start, PAGE).await? else {
        return Ok(Listed::page(Vec::new(), next));
    };
    let next = if page.is_truncated {
        let name = page.next_record_name.unwrap_or_default();
        let kind = page.next_record_type.as_ref().map_or("", RrType::as_str);
        let set = page.next_record_identifier.unwrap_or_default();
        Some(format!("{at}\n{name}\n{kind}\n{set}"))
    } else {
        next
    };
    let records = page.resource_record_sets.into_iter().map(|record| (zone.clone(), record));
    Ok(Listed::page(records.collect::<Vec<_>>(), next))
}

/// A page of the records of one zone; `None` where there is no such zone.
async fn records(
    route53: &Client,
    zone: &str,
    start: Start,
    most: i32,
) -> Result<Option<Page>, Error> {
    let call = route53.list_resource_record_sets().hosted_zone_id(zone).max_items(most);
    let call = call.set_start_record_name(start.name).set_start_record_type(start.kind);
    found(RECORDS, call.set_start_record_identifier(start.set).send().await)
}

fn observed(zone: &str, record: &ResourceRecordSet) -> Observed {
    let id = id(zone, record);
    let mut config = record.to_json();
    config["HostedZoneId"] = json!(zone);
    let name = format!("{} {}", plain(&record.name), record.r#type.as_str());
    let name = match &record.set_identifier {
        Some(set) => format!("{name} {set}"),
        None => name,
    };
    RECORD.observed(id, config).named(name)
}

/// The id of a record: see [`RECORD`].
fn id(zone: &str, record: &ResourceRecordSet) -> String {
    let name = record.name.replace('/', "\\057");
    let id = format!("{zone}/{name}/{}", record.r#type.as_str());
    match &record.set_identifier {
        Some(set) => format!("{id}/{set}"),
        None => id,
    }
}

/// The ids of the records that an event of CloudTrail names. Names are written there as who
/// called wrote them.
fn named(event: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let request = &event["requestParameters"];
    let zone = text(&request["hostedZoneId"]);
    let zone = zone.rsplit('/').next().unwrap_or_default();
    let changes = request["changeBatch"]["changes"].as_array().into_iter().flatten();
    let ids = changes.map(|change| {
        let set = &change["resourceRecordSet"];
        let name = text(&set["name"]).to_lowercase().replace('*', "\\052").replace('/', "\\057");
        let (name, kind) = (name.trim_end_matches('.'), text(&set["type"]));
        let id = format!("{zone}/{name}./{kind}");
        match set["setIdentifier"].as_str() {
            Some(set) => format!("{id}/{set}"),
            None => id,
        }
    });
    ids.collect()
}

/// A name as people write it: `*.example.com` of `\052.example.com.`.
fn plain(name: &str) -> String {
    name.trim_end_matches('.').replace("\\052", "*")
}

/// Looks at records one by one: AWS has no call for several.
pub(super) async fn look(route53: &Client, wanted: &[Wanted]) -> Vec<Looked> {
    each(wanted, |one| async move {
        match find(route53, &one.id).await {
            Ok(Some(record)) => Looked::there(record),
            Ok(None) => Looked::gone(one.id),
            Err(error) => Looked::failed(one.id, error),
        }
    })
    .await
}

/// The record of this id; `None` where there is none.
async fn find(route53: &Client, wanted: &str) -> Result<Option<Observed>, Error> {
    let mut parts = wanted.splitn(4, '/');
    let zone = parts.next().unwrap_or_default();
    let start = Start {
        name: parts.next().map(|name| name.replace("\\057", "/")),
        kind: parts.next().map(RrType::from),
        set: parts.next().map(str::to_owned),
    };
    let page = records(route53, zone, start, 1).await?;
    let records = page.map(|page| page.resource_record_sets).unwrap_or_default();
    let record = records.iter().find(|record| id(zone, record) == wanted);
    Ok(record.map(|record| observed(zone, record)))
}
