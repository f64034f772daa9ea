//! Laws of the scores of a group: wider is never milder, idle is never stronger.

use ipnet::IpNet;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use secmonkey_core::account::Accounts;
use secmonkey_core::check::page::Surroundings;
use secmonkey_core::check::{Auditor as _, Findings, Merged, World};
use secmonkey_core::item::Item;
use serde_json::{Value, json};

use crate::check::Catalogue;

/// A rule that lets a block in.
#[derive(Debug, Clone)]
struct Grant {
    protocol: &'static str,
    ports: (u16, u16),
    block: IpNet,
}

impl Grant {
    fn to_json(&self) -> Value {
        let Self { protocol, ports: (from, to), block } = self;
        let (list, member) = match block {
            IpNet::V4(_) => ("IpRanges", "CidrIp"),
            IpNet::V6(_) => ("Ipv6Ranges", "CidrIpv6"),
        };
        let ports = match *protocol {
            "tcp" | "udp" => json!([from, to]),
            _ => json!([-1, -1]),
        };
        json!({
            "IpProtocol": protocol,
            "FromPort": ports[0],
            "ToPort": ports[1],
            list: [{ member: block.to_string() }],
        })
    }
}

fn blocks() -> impl Strategy<Value = IpNet> {
    let known = prop::sample::select(vec![
        "0.0.0.0/0",
        "0.0.0.0/1",
        "128.0.0.0/2",
        "192.0.0.0/3",
        "64.0.0.0/8",
        "10.0.0.0/8",
        "10.1.0.0/16",
        "172.16.0.0/12",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "203.0.113.0/24",
        "::/0",
        "2000::/3",
        "2600::/12",
        "2001:db8::/32",
        "2a00:1::/48",
        "fc00::/7",
        "fe80::/10",
    ])
    .prop_map(|text| text.parse::<IpNet>().unwrap());
    let v4 = (any::<[u8; 4]>(), 0..=32_u8)
        .prop_map(|(address, length)| IpNet::new(address.into(), length).unwrap().trunc());
    let v6 = (any::<[u8; 16]>(), 0..=128_u8)
        .prop_map(|(address, length)| IpNet::new(address.into(), length).unwrap().trunc());
    prop_oneof![3 => known, 2 => v4, 1 => v6]
}

fn grants() -> impl Strategy<Value = Grant> {
    let port =
        prop_oneof![prop::sample::select(vec![22, 80, 443, 3389, 5432, 6379, 8080]), any::<u16>(),];
    let protocol = prop::sample::select(vec!["tcp", "tcp", "udp", "icmp", "icmpv6", "50", "-1"]);
    (protocol, port, prop_oneof![Just(0), Just(1000), any::<u16>()], blocks()).prop_map(
        |(protocol, from, more, block)| Grant {
            protocol,
            ports: (from, from.saturating_add(more)),
            block,
        },
    )
}

fn judged(grants: &[Grant], is_attached: bool) -> Merged {
    judged_as("IpPermissions", grants, is_attached)
}

fn judged_as(direction: &str, grants: &[Grant], is_attached: bool) -> Merged {
    let attachments =
        if is_attached { json!([{ "NetworkInterfaceId": "eni-1" }]) } else { json!([]) };
    let item = Item {
        key: "123456789012/security_group/eu-west-1/sg-1".parse().unwrap(),
        name: "web".to_owned(),
        arn: None,
        config: json!({
            "GroupId": "sg-1",
            "GroupName": "web",
            "VpcId": "vpc-1",
            direction: grants.iter().map(Grant::to_json).collect::<Vec<_>>(),
            "Attachments": attachments,
        }),
    };
    let (accounts, around) = (Accounts::default(), Surroundings::default());
    let mut found = Findings::default();
    Catalogue.audit(&item, &World::new(Timestamp::UNIX_EPOCH, &accounts, &around), &mut found);
    assert!(found.undecided().is_empty(), "{:?}", found.undecided());
    found.merged()
}

/// Both ways traffic goes.
const DIRECTIONS: [&str; 2] = ["IpPermissions", "IpPermissionsEgress"];

fn strongest(direction: &str, grants: &[Grant]) -> u8 {
    let found = judged_as(direction, grants, true);
    found.values().map(|finding| finding.score).max().unwrap_or(0)
}

/// Blocks of a size that hold all addresses, less some.
fn slices(length: u8, but: &[&str]) -> Vec<IpNet> {
    let but: Vec<IpNet> = but.iter().map(|block| block.parse().unwrap()).collect();
    let all: IpNet = "0.0.0.0/0".parse().unwrap();
    let slices = all.subnets(length).unwrap();
    slices.filter(|slice| !but.iter().any(|one| one.contains(slice))).collect()
}

fn ssh(blocks: &[IpNet]) -> Vec<Grant> {
    blocks.iter().map(|&block| Grant { protocol: "tcp", ports: (22, 22), block }).collect()
}

fn ways() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&DIRECTIONS[..])
}

proptest! {
    #[test]
    fn a_rule_more_is_never_milder(rules in vec(grants(), 0..6), more in grants(), way in ways()) {
        let before = strongest(way, &rules);
        prop_assert!(strongest(way, &[rules, vec![more]].concat()) >= before);
    }

    #[test]
    fn a_wider_block_is_never_milder(mut rules in vec(grants(), 1..4), by in 1..=16_u8, way in ways()) {
        let before = strongest(way, &rules);
        let block = rules[0].block;
        let wider = IpNet::new(block.addr(), block.prefix_len().saturating_sub(by)).unwrap();
        rules[0].block = wider.trunc();
        prop_assert!(strongest(way, &rules) >= before, "{:?}", rules);
    }

    #[test]
    fn more_ports_are_never_milder(
        mut rules in vec(grants(), 1..4), below in any::<u16>(), above in any::<u16>(),
        way in ways(),
    ) {
        let before = strongest(way, &rules);
        let (from, to) = rules[0].ports;
        rules[0].ports = (from.saturating_sub(below), to.saturating_add(above));
        prop_assert!(strongest(way, &rules) >= before, "{:?}", rules);
        rules[0].protocol = "-1";
        prop_assert!(strongest(way, &rules) >= before, "{:?}", rules);
    }

    #[test]
    fn unattached_is_never_stronger_and_hygiene_at_most(rules in vec(grants(), 0..6)) {
        for way in DIRECTIONS {
            let (attached, mut idle) =
                (judged_as(way, &rules, true), judged_as(way, &rules, false));
            let unused = idle.remove(&("security_group.unused".into(), String::new()));
            prop_assert!(unused.is_some_and(|finding| finding.score <= 3));
            for (which, finding) in &idle {
                let in_use = attached[which].score;
                prop_assert!(finding.score <= in_use.min(3));
                // Why is said where it makes a difference.
                let says_why = finding.detail.ends_with("attached to nothing");
                prop_assert_eq!(says_why, finding.score < in_use);
            }
            prop_assert_eq!(idle.len(), attached.len());
        }
    }

    #[test]
    fn a_part_is_never_stronger_than_its_whole(rules in vec(grants(), 0..6)) {
        let found = judged(&rules, true);
        for ((check, subject), part) in &found {
            if check.ends_with("_port_open_to_internet") {
                let whole = ("security_group.ingress_from_internet".into(), subject.clone());
                prop_assert!(found[&whole].score >= part.score);
            }
        }
    }
}

#[test]
fn blocks_that_hold_all_that_is_routed_are_the_internet_together() {
    // Nobody routes 0, 10, 127 and what is above 224.
    let unrouted = ["0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3"];
    let all = slices(8, &unrouted);
    let found = judged(&ssh(&all), true);
    let of = |check: &str| found.keys().filter(|(id, _)| id.ends_with(check)).count();
    assert_eq!(of(".ingress_from_internet"), all.len());
    assert_eq!(of(".admin_port_open_to_internet"), all.len());
    assert_eq!(of(".ingress_unknown_access"), 0);

    // One /8 less, and each is a network of somebody unknown.
    let found = judged(&ssh(&all[1..]), true);
    assert_eq!(found.len(), all.len() - 1);
    assert!(found.values().all(|it| it.check.ends_with("unknown_access") && it.score == 5));
}

#[test]
fn a_port_that_different_rules_open_together_is_open() {
    let mut rules = ssh(&slices(8, &["0.0.0.0/8", "224.0.0.0/3"]));
    for rule in rules.iter_mut().step_by(2) {
        rule.ports = (20, 25);
    }
    let found = judged(&rules, true);
    let of = |check: &str| found.keys().filter(|(id, _)| id.ends_with(check)).count();
    assert!(of(".admin_port_open_to_internet") > 0 && of(".ingress_from_internet") > 0);
}
