//! The rules of security groups.

use std::collections::BTreeMap;

use secmonkey_core::render::Wording;
use serde_json::Value;

use super::list;
use crate::check::subject::Traffic;

/// Rules for what comes in.
pub(crate) const INGRESS: Wording =
    Wording::new("/IpPermissions", |old, new| between(old, new, ("opened", "closed", "rule")));

/// Rules for what goes out.
pub(crate) const EGRESS: Wording = Wording::new("/IpPermissionsEgress", |old, new| {
    between(old, new, ("opened egress on", "closed egress on", "egress rule"))
});

/// `opened tcp/22 to 0.0.0.0/0 "just for today"`.
fn between(old: &Value, new: &Value, (opened, closed, rule): (&str, &str, &str)) -> Vec<String> {
    let (before, after) = (rules(old), rules(new));
    let quoted = |description: &str| match description {
        "" => String::new(),
        text => format!(" \"{text}\""),
    };
    let mut said = Vec::new();
    for (what, description) in &after {
        match before.get(what) {
            None => said.push(format!("{opened} {what}{}", quoted(description))),
            Some(old) if old == description => {}
            Some(_) if description.is_empty() => {
                said.push(format!("the {rule} {what} has no description any more"));
            }
            Some(_) => said.push(format!("the {rule} {what} is now called{}", quoted(description))),
        }
    }
    for (what, description) in &before {
        if !after.contains_key(what) {
            said.push(format!("{closed} {what}{}", quoted(description)));
        }
    }
    said
}

/// Each rule for one port range and one peer, with its description.
fn rules(permissions: &Value) -> BTreeMap<String, &str> {
    let mut all = BTreeMap::new();
    for granted in list(permissions) {
        let port = |name: &str| granted[name].as_i64();
        let protocol = granted["IpProtocol"].as_str().unwrap_or_default();
        let traffic = match Traffic::new(protocol, port("FromPort"), port("ToPort")) {
            Traffic::All => "all traffic".to_owned(),
            traffic => traffic.to_string(),
        };
        let peers = [
            ("IpRanges", "CidrIp", ""),
            ("Ipv6Ranges", "CidrIpv6", ""),
            ("PrefixListIds", "PrefixListId", "the prefix list "),
            ("UserIdGroupPairs", "GroupId", "the group "),
        ];
        for (kind, member, called) in peers {
            for peer in list(&granted[kind]) {
                let name = peer[member].as_str().unwrap_or_default();
                let description = peer["Description"].as_str().unwrap_or_default();
                all.insert(format!("{traffic} to {called}{name}"), description);
            }
        }
    }
    all
}
