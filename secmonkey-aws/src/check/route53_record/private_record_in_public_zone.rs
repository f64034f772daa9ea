#![doc = include_str!("private_record_in_public_zone.md")]

use std::borrow::Cow;
use std::net::IpAddr;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{is_public, values};
use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, listed};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("route53_record.private_record_in_public_zone"),
        technology: Cow::Borrowed("route53_record"),
        score: 1,
        reads: Texts::new(&["/AliasTarget/DNSName", "/HostedZoneId", "/ResourceRecords/*/Value"]),
        world: Texts::new(&["route53_hosted_zone"]),
        page: Cow::Borrowed(include_str!("private_record_in_public_zone.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let config = &case.item.config;
    let alias = config["AliasTarget"]["DNSName"].as_str();
    let alias = alias.map(|name| (name, "/AliasTarget/DNSName".to_owned()));
    let mut private: Vec<_> =
        values(config).chain(alias).filter(|(value, _)| is_private(value)).collect();
    private.sort_unstable();
    if private.is_empty() || !is_public(case)? {
        return Ok(());
    }
    let values = listed(private.iter().map(|(value, _)| *value));
    let finding = found.add(Whole, format!("tells everybody of {values}"));
    for (value, at) in private {
        finding.ground(value).at(at);
    }
    Ok(())
}

/// Whether a value leads to nowhere outside: what load balancers that are internal are
/// called, or an address of a private network.
fn is_private(value: &str) -> bool {
    if value.starts_with("internal-") || value.starts_with("dualstack.internal-") {
        return true;
    }
    match value.parse() {
        Ok(IpAddr::V4(address)) => address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_unique_local(),
        Err(_) => false,
    }
}
