//! Laws of the scores of a network ACL: wider is never milder, idle is never stronger.

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use secmonkey_core::account::Accounts;
use secmonkey_core::check::page::Surroundings;
use secmonkey_core::check::{Auditor as _, Findings, World};
use secmonkey_core::item::Item;
use serde_json::{Value, json};

use crate::check::Catalogue;

/// A rule for what comes in, whose number is its place.
#[derive(Debug, Clone)]
struct Rule {
    allows: bool,
    protocol: &'static str,
    ports: (u16, u16),
    block: &'static str,
}

fn rules() -> impl Strategy<Value = Rule> {
    let protocol = prop::sample::select(vec!["6", "6", "17", "-1", "1"]);
    let ports = prop::sample::select(vec![(22, 22), (0, 65535), (80, 443), (3389, 3389), (20, 25)]);
    let block = prop::sample::select(vec![
        "0.0.0.0/0",
        "0.0.0.0/1",
        "128.0.0.0/1",
        "64.0.0.0/4",
        "10.0.0.0/8",
        "203.0.113.0/24",
        "::/0",
        "2000::/3",
        "2001:db8::/32",
    ]);
    (any::<bool>(), protocol, ports, block).prop_map(|(allows, protocol, ports, block)| Rule {
        allows,
        protocol,
        ports,
        block,
    })
}

/// The strongest score.
fn strongest(rules: &[Rule], is_associated: bool) -> u8 {
    let entries: Vec<Value> = rules
        .iter()
        .enumerate()
        .map(|(number, rule)| {
            let block = if rule.block.contains(':') { "Ipv6CidrBlock" } else { "CidrBlock" };
            json!({
                "Egress": false,
                "RuleNumber": number + 1,
                "RuleAction": if rule.allows { "allow" } else { "deny" },
                "Protocol": rule.protocol,
                "PortRange": { "From": rule.ports.0, "To": rule.ports.1 },
                block: rule.block,
            })
        })
        .collect();
    let associations = if is_associated { json!([{ "SubnetId": "subnet-1" }]) } else { json!([]) };
    let item = Item {
        key: "123456789012/network_acl/eu-west-1/acl-1".parse().unwrap(),
        name: "acl-1".to_owned(),
        arn: None,
        config: json!({ "Entries": entries, "Associations": associations }),
    };
    let (accounts, around) = (Accounts::default(), Surroundings::default());
    let mut found = Findings::default();
    Catalogue.audit(&item, &World::new(Timestamp::UNIX_EPOCH, &accounts, &around), &mut found);
    assert!(found.undecided().is_empty(), "{:?}", found.undecided());
    found.merged().values().map(|finding| finding.score).max().unwrap_or(0)
}

proptest! {
    #[test]
    fn what_allows_more_is_never_milder(all in vec(rules(), 0..8), more in rules(), at in 0..8_usize) {
        let before = strongest(&all, true);
        let mut wider = all.clone();
        wider.insert(at.min(all.len()), Rule { allows: true, ..more });
        prop_assert!(strongest(&wider, true) >= before, "{:?}", wider);
    }

    #[test]
    fn what_denies_less_is_never_milder(all in vec(rules(), 0..8)) {
        let before = strongest(&all, true);
        for place in (0..all.len()).filter(|place| !all[*place].allows) {
            let mut wider = all.clone();
            wider.remove(place);
            prop_assert!(strongest(&wider, true) >= before, "{:?}", wider);
        }
    }

    #[test]
    fn what_guards_nothing_is_never_stronger(all in vec(rules(), 0..8)) {
        let (idle, used) = (strongest(&all, false), strongest(&all, true));
        prop_assert!(idle <= used);
        prop_assert_eq!(idle == 0, used == 0);
    }
}

/// Whatever comes later, everything is denied to everybody first.
#[test]
fn the_first_rule_that_speaks_of_an_address_decides() {
    let rule = |allows, block| Rule { allows, protocol: "-1", ports: (0, 0), block };
    let all = [rule(false, "0.0.0.0/1"), rule(false, "128.0.0.0/1"), rule(true, "0.0.0.0/0")];
    assert_eq!(strongest(&all, true), 0);
    let turned = [all[2].clone(), all[0].clone(), all[1].clone()];
    assert_eq!(strongest(&turned, true), 2);
    // One half is let in, and half of the internet is the internet.
    assert_eq!(strongest(&all[1..], true), 2);
    // No half is left, but nobody denied IPv6.
    assert_eq!(strongest(&[&all[..], &[rule(true, "::/0")]].concat(), true), 2);
}
