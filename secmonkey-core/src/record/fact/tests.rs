use std::borrow::Cow;
use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::check::{Check, Finding};
use crate::item::Item;
use crate::query::Known;
use crate::registry::Registry;
use crate::technology::Technology;
use crate::view::Views;

const OPEN: &str = "group.ingress_from_internet";
const ADMIN: &str = "group.admin_port_open_to_internet";
const STRANGE: &str = "group.ingress_unknown_access";

fn registry() -> Registry {
    let part = Check {
        id: Cow::Borrowed(ADMIN),
        technology: Cow::Borrowed("group"),
        part_of: Some(Cow::Borrowed(OPEN)),
        ..Check::DEFAULT
    };
    Registry::new([Technology { id: Cow::Borrowed("group"), ..Technology::DEFAULT }], [part])
}

/// Of an item, a check, a subject, a score and a detail.
type Said<'a> = (&'a str, &'a str, &'a str, u8, &'a str);

fn folded(all: &[Said<'_>], order: Order) -> Vec<Fact> {
    let known = Known::new(Views::in_memory(), Timestamp::UNIX_EPOCH);
    let registry = registry();
    let records = Records::new(&known, &registry).unwrap();
    let issue = |(name, check, subject, score, detail): &Said<'_>| {
        let item = Item {
            key: format!("1/group/eu-west-1/{name}").parse().unwrap(),
            name: (*name).to_owned(),
            arn: None,
            config: Value::Null,
        };
        let finding = Finding {
            check: Cow::Owned((*check).to_owned()),
            subject: (*subject).to_owned(),
            score: *score,
            detail: (*detail).to_owned(),
            evidence: Vec::new(),
            grounds: BTreeSet::new(),
            doubt: BTreeSet::new(),
        };
        records.finding(&finding, &item)
    };
    records.facts(all.iter().map(issue).collect(), order)
}

/// Item, count and detail of each.
fn lines(all: &[Said<'_>]) -> Vec<String> {
    let facts = folded(all, Order::Worst);
    facts.iter().map(|one| format!("{} x{}: {}", one.items(), one.count(), one.detail)).collect()
}

#[test]
fn both_families_of_one_rule_are_one_line() {
    let said = lines(&[
        ("web", OPEN, "ingress tcp/443 0.0.0.0/0", 3, "allows tcp/443 from any IPv4 address"),
        ("web", OPEN, "ingress tcp/443 ::/0", 3, "allows tcp/443 from any IPv6 address"),
    ]);
    assert_eq!(said, ["web x2: allows tcp/443 from any IPv4 and IPv6 address"]);
}

#[test]
fn several_sources_and_ports_of_one_kind_are_one_line() {
    let detail = |port: &str, block: &str| {
        format!("allows {port} from {block}, which is in no known network")
    };
    let of = |port: &str, block: &str| (format!("ingress {port} {block}"), detail(port, block));
    let all = [
        of("tcp/22", "192.0.2.0/28"),
        of("tcp/22", "198.51.100.0/24"),
        of("tcp/22", "203.0.113.0/24"),
        of("tcp/8443", "203.0.113.0/24"),
    ];
    let all: Vec<Said<'_>> = all
        .iter()
        .map(|(subject, detail)| ("bastion", STRANGE, subject.as_str(), 5, detail.as_str()))
        .collect();
    assert_eq!(
        lines(&all),
        ["bastion x4: allows tcp/22 and tcp/8443 from 3 networks (192.0.2.0/28, \
          198.51.100.0/24 and 203.0.113.0/24), which are in no known network"],
    );
}

#[test]
fn several_services_of_one_policy_are_one_line_and_two_policies_are_two() {
    let said = lines(&[
        ("ci", "user.writes", "inline/a ecr", 6, "a may write: ecr:Put and ecr:Delete"),
        ("ci", "user.writes", "inline/a s3", 6, "a may write: s3:PutObject"),
        ("ci", "user.writes", "inline/b s3", 6, "b may write: s3:PutObject"),
    ]);
    assert_eq!(
        said,
        [
            "ci x2: a may write: ecr:Put and ecr:Delete; the same for inline/a s3",
            "ci x1: b may write: s3:PutObject",
        ],
    );
}

#[test]
fn another_score_is_another_line_and_the_strongest_of_a_family_leads() {
    let facts = folded(
        &[
            ("web", OPEN, "ingress tcp/443 0.0.0.0/0", 3, "443"),
            ("web", OPEN, "ingress tcp/22 0.0.0.0/0", 7, "22"),
            ("web", ADMIN, "ingress tcp/22 0.0.0.0/0", 10, "SSH"),
        ],
        Order::Worst,
    );
    let told: Vec<_> =
        facts.iter().map(|one| (one.detail.as_str(), one.issues().count())).collect();
    assert_eq!(told, [("SSH", 2), ("443", 1)]);
    assert_eq!(facts[0].lead.check, ADMIN);
}

#[test]
fn the_same_hygiene_of_many_items_is_one_line_and_what_is_grave_is_not() {
    let said = lines(&[
        ("a", "group.egress_to_internet", "", 1, "allows all"),
        ("b", "group.egress_to_internet", "", 1, "allows all"),
        ("c", "group.egress_to_internet", "", 1, "allows all"),
        ("d", "group.egress_to_internet", "", 1, "allows all"),
        ("a", OPEN, "", 10, "open"),
        ("b", OPEN, "", 10, "open"),
    ]);
    assert_eq!(said, ["a x1: open", "b x1: open", "a, b and 2 more x4: allows all"]);
}

#[test]
fn of_one_score_the_internet_goes_before_strangers_and_these_before_the_privileged() {
    let facts = folded(
        &[
            ("a", "role.full_admin", "", 10, ""),
            ("b", "bucket.unknown_cross_account", "", 10, ""),
            ("c", "bucket.publicly_accessible", "", 10, ""),
            ("d", "group.egress_to_internet", "", 10, ""),
            ("e", "x.y", "", 9, ""),
        ],
        Order::Worst,
    );
    let names: Vec<_> = facts.iter().map(Fact::items).collect();
    assert_eq!(names, ["c", "b", "a", "d", "e"]);
}

proptest! {
    #[test]
    fn every_issue_stands_once_and_none_is_stronger_than_its_lead(
        all in proptest::collection::vec(
            (0_u8..3, 0_usize..3, 0_u8..4, 0_u8..=10, "[ab] [cd]( e)?"), 0..30)
    ) {
        let checks = [OPEN, ADMIN, STRANGE];
        let all: Vec<(String, &str, String, u8, String)> = all
            .into_iter()
            .map(|(item, check, subject, score, detail)| {
                (format!("i{item}"), checks[check], format!("ingress p{subject} s"), score, detail)
            })
            .collect();
        let said: Vec<Said<'_>> = all
            .iter()
            .map(|(a, b, c, d, e)| (a.as_str(), *b, c.as_str(), *d, e.as_str()))
            .collect();
        let facts = folded(&said, Order::Worst);
        prop_assert_eq!(facts.iter().map(|one| one.issues().count()).sum::<usize>(), said.len());
        for one in &facts {
            prop_assert!(one.others.iter().all(|other| other.score <= one.lead.score));
        }
        prop_assert!(facts.is_sorted_by_key(|one| Reverse(one.lead.score)));
    }
}
