//! Checks of Route 53's records.

use secmonkey_core::check::Undecided;
use secmonkey_core::item::{GLOBAL, Key};
use serde_json::Value;

use super::case::Case;
use super::{AwsCheck, list, text};

mod bucket_missing;
mod distribution_missing;
mod private_record_in_public_zone;

pub(super) const CHECKS: &[AwsCheck] =
    &[bucket_missing::CHECK, distribution_missing::CHECK, private_record_in_public_zone::CHECK];

/// Whether everybody can ask for the record.
fn is_public(case: &Case<'_>) -> Result<bool, Undecided> {
    let zone = Key {
        technology: "route53_hosted_zone".to_owned(),
        region: GLOBAL.to_owned(),
        id: text(&case.item.config["HostedZoneId"]).to_owned(),
        ..case.item.key.clone()
    };
    // A zone that is gone answers nobody.
    let zone = case.world.item(&zone)?;
    Ok(zone.is_some_and(|zone| zone.config["Config"]["PrivateZone"] != true))
}

/// Where a record sends who asks for its name, with where that stands: an alias, or another
/// name.
fn targets(config: &Value) -> impl Iterator<Item = (&str, String)> {
    let alias = config["AliasTarget"]["DNSName"].as_str();
    let alias = alias.map(|name| (name, "/AliasTarget/DNSName".to_owned()));
    values(config).filter(|_| config["Type"] == "CNAME").chain(alias)
}

/// The values of a record, with where each stands.
fn values(config: &Value) -> impl Iterator<Item = (&str, String)> {
    let values = list(&config["ResourceRecords"]).iter().enumerate();
    values.map(|(at, record)| (text(&record["Value"]), format!("/ResourceRecords/{at}/Value")))
}
