//! Checks of application, network and gateway load balancers.

use secmonkey_core::item::Item;
use serde_json::Value;

use super::balancer::listener;
use super::subject::Listener;
use super::{AwsCheck, list, text};

mod access_logs_disabled;
mod deletion_protection_disabled;
mod http_listener;
mod internet_facing;
mod listener_reachable_via_security_group;
mod tls_policy_deprecated;
mod tls_policy_unknown;
mod tls_sweet32;

pub(super) const CHECKS: &[AwsCheck] = &[
    access_logs_disabled::CHECK,
    deletion_protection_disabled::CHECK,
    http_listener::CHECK,
    internet_facing::CHECK,
    listener_reachable_via_security_group::CHECK,
    tls_policy_deprecated::CHECK,
    tls_policy_unknown::CHECK,
    tls_sweet32::CHECK,
];

/// Whether it can be reached from the internet by its scheme.
fn faces_internet(item: &Item) -> bool {
    item.config["Scheme"] == "internet-facing"
}

/// The value of an attribute and where it stands; `None` where this kind of load balancer
/// has none of the name.
fn attribute<'a>(item: &'a Item, key: &str) -> Option<(&'a str, String)> {
    let mut all = list(&item.config["Attributes"]).iter().enumerate();
    let (at, found) = all.find(|(_, attribute)| attribute["Key"] == key)?;
    Some((text(&found["Value"]), format!("/Attributes/{at}")))
}

/// Its listeners, as they are recorded, with where each stands.
fn listeners(item: &Item) -> impl Iterator<Item = (Listener<'static>, &Value, String)> {
    list(&item.config["Listeners"]).iter().enumerate().filter_map(|(at, recorded)| {
        let listener = listener(text(&recorded["Protocol"]), &recorded["Port"])?;
        Some((listener, recorded, format!("/Listeners/{at}")))
    })
}
