//! What a border lets in, by table, and that more of anything never lets in less.

use std::collections::BTreeSet;

use ipnet::IpNet;
use proptest::collection::vec;
use proptest::prelude::*;
use secmonkey_core::check::page::Page;
use secmonkey_core::item::Item;

use super::{Border, Route, WAY};
use crate::check::network_acl::Entry;
use crate::check::subject::Traffic;
use crate::check::{Catalogue, checks};

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

fn route(destination: &str, to_internet: bool) -> Route {
    Route { destination: net(destination), to_internet }
}

/// A rule: `in allow tcp 0-1023 0.0.0.0/0`; its number is its place.
fn entries<'a>(rules: &[&'a str]) -> Vec<Entry<'a>> {
    let parse = |(index, rule): (usize, &&'a str)| {
        let [way, action, protocol, ports, block] =
            rule.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
        Entry {
            index,
            number: index as u64,
            egress: way == "out",
            allows: action == "allow",
            traffic: Traffic::new(protocol, from.parse().ok(), to.parse().ok()),
            block: net(block),
        }
    };
    rules.iter().enumerate().map(parse).collect()
}

/// What a border lets in of `tcp/22` ... from a block.
fn let_in(
    routes: &[Route],
    rules: &[&str],
    (protocol, from, to): (&str, i64, i64),
    source: &str,
) -> Vec<String> {
    let border = Border { routes: routes.to_vec(), entries: entries(rules) };
    let traffic = Traffic::new(protocol, Some(from), Some(to));
    let all = border.let_in(traffic, net(source));
    all.into_iter().map(|(traffic, source)| format!("{traffic} {source}")).collect()
}

const ALL: (&str, i64, i64) = ("-1", 0, 0);
const SSH: (&str, i64, i64) = ("tcp", 22, 22);
const TCP: (&str, i64, i64) = ("tcp", 0, 65535);
const OUT: &str = "out allow -1 0 0.0.0.0/0";

#[test]
fn a_network_acl_is_asked_rule_by_rule() {
    let out = [route("0.0.0.0/0", true)];
    for (rules, traffic, expected) in [
        // Nobody is let in whom no rule names.
        (&[OUT][..], SSH, &[][..]),
        (&["in allow -1 0 0.0.0.0/0", OUT], SSH, &["tcp/22 0.0.0.0/0"]),
        (&["in allow -1 0 0.0.0.0/0", OUT], ALL, &["all 0.0.0.0/0"]),
        (&["in deny 6 22 0.0.0.0/0", "in allow -1 0 0.0.0.0/0", OUT], SSH, &[]),
        (&["in allow -1 0 0.0.0.0/0", "in deny 6 22 0.0.0.0/0", OUT], SSH, &["tcp/22 0.0.0.0/0"]),
        (
            &["in deny 6 22 0.0.0.0/0", "in allow -1 0 0.0.0.0/0", OUT],
            TCP,
            &["tcp/0-21 0.0.0.0/0", "tcp/23-65535 0.0.0.0/0"],
        ),
        (
            &["in deny 6 22 0.0.0.0/0", "in allow -1 0 0.0.0.0/0", OUT],
            ALL,
            &["tcp/0-21 0.0.0.0/0", "tcp/23-65535 0.0.0.0/0", "udp/0-65535 0.0.0.0/0"],
        ),
        // Rules that end where others start are one range.
        (
            &["in allow 6 80 0.0.0.0/0", "in allow 6 81-90 0.0.0.0/0", OUT],
            ALL,
            &["tcp/80-90 0.0.0.0/0"],
        ),
        (
            &["in allow 6 443 0.0.0.0/0", "in allow 50 0 0.0.0.0/0", OUT],
            ALL,
            &["tcp/443 0.0.0.0/0", "esp 0.0.0.0/0"],
        ),
        // Only some of those whom the group lets in.
        (&["in allow 6 22 203.0.113.0/24", OUT], SSH, &["tcp/22 203.0.113.0/24"]),
        (&["in allow 6 22 ::/0", OUT, "out allow -1 0 ::/0"], SSH, &[]),
        // Both halves are denied, then one.
        (
            &["in deny -1 0 0.0.0.0/1", "in deny -1 0 128.0.0.0/1", "in allow -1 0 0.0.0.0/0", OUT],
            SSH,
            &[],
        ),
        (&["in deny -1 0 0.0.0.0/1", "in allow -1 0 0.0.0.0/0", OUT], SSH, &["tcp/22 0.0.0.0/0"]),
        // No answers.
        (&["in allow -1 0 0.0.0.0/0"], SSH, &[]),
        (&["in allow -1 0 0.0.0.0/0", "out allow 17 0-65535 0.0.0.0/0"], SSH, &[]),
        (
            &["in allow -1 0 0.0.0.0/0", "out allow 6 1024-65535 0.0.0.0/0"],
            SSH,
            &["tcp/22 0.0.0.0/0"],
        ),
        (
            &["in allow -1 0 0.0.0.0/0", "out deny 6 0-1023 0.0.0.0/0", OUT],
            SSH,
            &["tcp/22 0.0.0.0/0"],
        ),
        (
            &["in allow -1 0 0.0.0.0/0", "out allow 6 1024-65535 198.51.100.0/24"],
            SSH,
            &["tcp/22 198.51.100.0/24"],
        ),
    ] {
        assert_eq!(let_in(&out, rules, traffic, "0.0.0.0/0"), expected, "{rules:?} {traffic:?}");
    }
}

#[test]
fn the_most_specific_route_decides() {
    let open = ["in allow -1 0 0.0.0.0/0", OUT, "in allow -1 0 ::/0", "out allow -1 0 ::/0"];
    for (routes, source, expected) in [
        (&[][..], "0.0.0.0/0", &[][..]),
        (&[route("0.0.0.0/0", false)], "0.0.0.0/0", &[]),
        (&[route("::/0", true)], "0.0.0.0/0", &[]),
        (&[route("::/0", true)], "::/0", &["tcp/22 ::/0"]),
        (&[route("203.0.113.0/24", true)], "0.0.0.0/0", &["tcp/22 203.0.113.0/24"]),
        (&[route("0.0.0.0/0", true)], "203.0.113.0/24", &["tcp/22 203.0.113.0/24"]),
        (&[route("0.0.0.0/0", true), route("203.0.113.0/24", false)], "203.0.113.0/24", &[]),
        (&[route("0.0.0.0/0", true), route("203.0.112.0/20", false)], "203.0.113.0/24", &[]),
        // The rest of the block has another way.
        (
            &[route("0.0.0.0/0", true), route("203.0.113.0/25", false)],
            "203.0.113.0/24",
            &["tcp/22 203.0.113.0/24"],
        ),
        (
            &[route("203.0.113.0/24", true), route("0.0.0.0/0", false)],
            "0.0.0.0/0",
            &["tcp/22 203.0.113.0/24"],
        ),
    ] {
        assert_eq!(let_in(routes, &open, SSH, source), expected, "{routes:?} {source}");
    }
}

/// A load balancer in subnets that nobody read is told with its doubt, one in a subnet that is
/// known to lead to the internet without.
#[test]
fn a_way_that_was_never_read_leaves_a_doubt() {
    let id = "elbv2.listener_reachable_via_security_group";
    let check = checks().iter().find(|check| check.id == id).unwrap();
    let mut doubts = Vec::new();
    for example in Page::parse(&check.page).unwrap().examples {
        let item = Item {
            key: "123456789012/elbv2/eu-west-1/shop".parse().unwrap(),
            name: "shop".to_owned(),
            arn: None,
            config: example.config.clone(),
        };
        let is_placed = item.config["AvailabilityZones"].is_array();
        for finding in example.ask(&Catalogue, check, &item).merged().into_values() {
            if finding.check == id {
                doubts.push((is_placed, finding.doubt));
            }
        }
    }
    assert!(doubts.iter().any(|(is_placed, _)| *is_placed));
    assert!(doubts.iter().any(|(is_placed, _)| !is_placed));
    let all: BTreeSet<String> = WAY.iter().map(str::to_owned).collect();
    for (is_placed, doubt) in doubts {
        assert_eq!(doubt, if is_placed { BTreeSet::new() } else { all.clone() });
    }
}

fn rules() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "in allow -1 0 0.0.0.0/0",
        "in allow 6 0-65535 203.0.113.0/24",
        "in allow 6 22 0.0.0.0/0",
        "in allow 6 20-443 128.0.0.0/1",
        "in allow 17 0-65535 0.0.0.0/0",
        "in allow 50 0 0.0.0.0/0",
        "in deny -1 0 0.0.0.0/0",
        "in deny 6 22 0.0.0.0/1",
        "in deny 6 0-1023 203.0.113.0/24",
        "out allow -1 0 0.0.0.0/0",
        "out allow 6 1024-65535 0.0.0.0/0",
        "out allow 17 53 203.0.113.0/24",
        "out deny 6 0-50000 0.0.0.0/0",
        "out deny -1 0 128.0.0.0/1",
    ])
}

fn traffic() -> impl Strategy<Value = (&'static str, i64, i64)> {
    prop::sample::select(vec![ALL, SSH, TCP, ("tcp", 20, 25), ("udp", 0, 65535), ("udp", 53, 53)])
}

fn sources() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["0.0.0.0/0", "128.0.0.0/1", "203.0.113.0/24", "203.0.113.7/32"])
}

/// Which of some packets a border lets in for any of the rules of a group.
fn packets(rules: &[&str], group: &[((&str, i64, i64), &str)]) -> Vec<(&'static str, u16, IpNet)> {
    let routes = vec![route("0.0.0.0/0", true), route("203.0.113.128/25", false)];
    let border = Border { routes, entries: entries(rules) };
    let mut reached = Vec::new();
    for ((protocol, from, to), source) in group {
        let traffic = Traffic::new(protocol, Some(*from), Some(*to));
        reached.extend(border.let_in(traffic, net(source)));
    }
    let mut found = Vec::new();
    for protocol in ["tcp", "udp"] {
        for port in [0, 20, 22, 53, 443, 1023, 1024, 65535] {
            for address in ["1.2.3.4/32", "203.0.113.7/32", "203.0.113.200/32", "240.0.0.1/32"] {
                let is_in = |(traffic, source): &(Traffic<'_>, IpNet)| {
                    traffic.includes(protocol, port) && source.contains(&net(address))
                };
                if reached.iter().any(is_in) {
                    found.push((protocol, port, net(address)));
                }
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn more_rules_of_a_group_or_an_acl_that_allow_never_narrow(
        acl in vec(rules(), 0..8),
        group in vec((traffic(), sources()), 0..3),
        more in (traffic(), sources()),
        allow in rules().prop_filter("allows", |rule| rule.contains("allow")),
        at in 0..8_usize,
    ) {
        let before = packets(&acl, &group);
        let mut wider = acl.clone();
        wider.insert(at.min(acl.len()), allow);
        let after = packets(&wider, &group);
        prop_assert!(before.iter().all(|packet| after.contains(packet)), "{:?}", wider);
        let mut grown = group.clone();
        grown.push(more);
        let after = packets(&acl, &grown);
        prop_assert!(before.iter().all(|packet| after.contains(packet)), "{:?}", grown);
    }

    /// What is let in is let in by the group: never another port, or somebody else.
    #[test]
    fn nothing_gets_in_that_the_group_keeps_out(
        acl in vec(rules(), 0..8),
        group in vec((traffic(), sources()), 0..3),
    ) {
        for (protocol, port, address) in packets(&acl, &group) {
            let lets_in = group.iter().any(|((its, from, to), source)| {
                Traffic::new(its, Some(*from), Some(*to)).includes(protocol, port)
                    && net(source).contains(&address)
            });
            prop_assert!(lets_in, "{protocol}/{port} {address}");
        }
    }
}
