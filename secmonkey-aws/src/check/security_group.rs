//! Checks of security groups.

use std::borrow::Cow;

use secmonkey_core::check::{Check, Finding, Findings, Undecided};
use secmonkey_core::item::Item;
use secmonkey_core::texts::Texts;

use self::peers::find_peers;
use super::case::Case;
use super::subject::{Direction, Peer, Rule, Traffic};
use super::{AwsCheck, list};
use crate::relation::Relation;

mod admin_port_open_to_internet;
mod peers;
mod private_cidr_outside_vpc;
mod rules;

pub(super) use self::rules::Shared;

const GROUP: Cow<'static, str> = Cow::Borrowed("security_group");

/// The rules that let something in, whoever they name.
const INGRESS: Texts = Texts::new(&[
    "/IpPermissions/*/IpProtocol",
    "/IpPermissions/*/FromPort",
    "/IpPermissions/*/ToPort",
    "/IpPermissions/*/IpRanges/*/CidrIp",
    "/IpPermissions/*/Ipv6Ranges/*/CidrIpv6",
    "/IpPermissions/*/UserIdGroupPairs/*/UserId",
    "/IpPermissions/*/UserIdGroupPairs/*/GroupId",
]);

/// The rules that let something out, whoever they name.
const EGRESS: Texts = Texts::new(&[
    "/IpPermissionsEgress/*/IpProtocol",
    "/IpPermissionsEgress/*/FromPort",
    "/IpPermissionsEgress/*/ToPort",
    "/IpPermissionsEgress/*/IpRanges/*/CidrIp",
    "/IpPermissionsEgress/*/Ipv6Ranges/*/CidrIpv6",
    "/IpPermissionsEgress/*/UserIdGroupPairs/*/UserId",
    "/IpPermissionsEgress/*/UserIdGroupPairs/*/GroupId",
]);

/// What is looked up to know who is at the other end of a rule.
const KNOWN: Texts = Texts::new(&["accounts", "known"]);

/// For each direction one check for each kind of peer, and two that look at more.
pub(super) const CHECKS: &[AwsCheck] = &[
    admin_port_open_to_internet::CHECK,
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("security_group.egress_friendly_cross_account"),
            technology: GROUP,
            version: 2,
            reads: EGRESS,
            world: KNOWN,
            page: Cow::Borrowed(include_str!("security_group/egress_friendly_cross_account.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_peers(case, Direction::Egress, Relation::Friendly, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("security_group.egress_thirdparty_cross_account"),
            technology: GROUP,
            version: 2,
            reads: EGRESS,
            world: KNOWN,
            page: Cow::Borrowed(include_str!("security_group/egress_thirdparty_cross_account.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_peers(case, Direction::Egress, Relation::ThirdParty, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("security_group.egress_to_internet"),
            technology: GROUP,
            score: 10,
            reads: Texts::new(&[
                "/IpPermissionsEgress/*/IpProtocol",
                "/IpPermissionsEgress/*/FromPort",
                "/IpPermissionsEgress/*/ToPort",
                "/IpPermissionsEgress/*/IpRanges/*/CidrIp",
                "/IpPermissionsEgress/*/Ipv6Ranges/*/CidrIpv6",
                "/Attachments",
            ]),
            page: Cow::Borrowed(include_str!("security_group/egress_to_internet.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_internet(case, Direction::Egress, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("security_group.egress_unknown_access"),
            technology: GROUP,
            version: 2,
            score: 10,
            reads: EGRESS,
            world: KNOWN,
            page: Cow::Borrowed(include_str!("security_group/egress_unknown_access.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_peers(case, Direction::Egress, Relation::Unknown, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("security_group.ingress_friendly_cross_account"),
            technology: GROUP,
            version: 2,
            reads: INGRESS,
            world: KNOWN,
            page: Cow::Borrowed(include_str!("security_group/ingress_friendly_cross_account.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_peers(case, Direction::Ingress, Relation::Friendly, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("security_group.ingress_from_internet"),
            technology: GROUP,
            score: 10,
            reads: Texts::new(&[
                "/IpPermissions/*/IpProtocol",
                "/IpPermissions/*/FromPort",
                "/IpPermissions/*/ToPort",
                "/IpPermissions/*/IpRanges/*/CidrIp",
                "/IpPermissions/*/Ipv6Ranges/*/CidrIpv6",
                "/Attachments",
            ]),
            page: Cow::Borrowed(include_str!("security_group/ingress_from_internet.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_internet(case, Direction::Ingress, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("security_group.ingress_thirdparty_cross_account"),
            technology: GROUP,
            version: 2,
            reads: INGRESS,
            world: KNOWN,
            page: Cow::Borrowed(include_str!("security_group/ingress_thirdparty_cross_account.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_peers(case, Direction::Ingress, Relation::ThirdParty, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("security_group.ingress_unknown_access"),
            technology: GROUP,
            version: 2,
            score: 10,
            reads: INGRESS,
            world: KNOWN,
            page: Cow::Borrowed(include_str!("security_group/ingress_unknown_access.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_peers(case, Direction::Ingress, Relation::Unknown, found),
    },
    private_cidr_outside_vpc::CHECK,
];

/// Finds what is let through from or to any address.
fn find_internet(
    case: &Case<'_>,
    direction: Direction,
    found: &mut Findings,
) -> Result<(), Undecided> {
    for open in &case.rules(direction)?.anywhere {
        let rule = Rule { direction, traffic: open.traffic, peer: Peer::Block(open.block) };
        let detail = format!("allows {}", phrase(direction, rule.traffic, open.name()));
        let finding = add_by_reach(case.item, found, rule, &detail);
        for stated in &open.rules {
            finding.at(stated.at);
        }
    }
    Ok(())
}

/// Adds a finding about a rule that reaches nothing as long as the group is attached to
/// nothing: then it scores 0.
fn add_by_reach<'f>(
    item: &Item,
    found: &'f mut Findings,
    rule: Rule<'_>,
    detail: &str,
) -> &'f mut Finding {
    if list(&item.config["Attachments"]).is_empty() {
        let finding = found.add(rule, format!("{detail}; the group is attached to nothing"));
        finding.score(0)
    } else {
        // Being attached widens a finding that was accepted because it reached nothing.
        found.add(rule, detail).ground("attached")
    }
}

/// What goes where: `all traffic from a group in ...`.
fn phrase(direction: Direction, traffic: Traffic<'_>, peer: &str) -> String {
    let way = match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    format!("{} {way} {peer}", named(traffic))
}

/// Traffic, for people.
fn named(traffic: Traffic<'_>) -> Cow<'static, str> {
    match traffic {
        Traffic::All => Cow::Borrowed("all traffic"),
        traffic => Cow::Owned(traffic.to_string()),
    }
}
