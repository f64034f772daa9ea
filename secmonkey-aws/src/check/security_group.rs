//! Checks of security groups.

use std::borrow::Cow;

use secmonkey_core::check::{Check, Finding, Findings, Undecided};
use secmonkey_core::item::Item;
use secmonkey_core::texts::Texts;

use self::peers::find_peers;
use self::ports::{Service, named};
use self::rules::Stated;
use super::case::Case;
use super::subject::{Direction, Rule, Traffic};
use super::{AwsCheck, list, listed};
use crate::relation::Relation;

mod admin_port_open_to_internet;
mod data_port_open_to_internet;
mod default_group_has_rules;
pub(super) mod internet;
#[cfg(test)]
mod laws;
mod let_in;
mod peers;
mod ports;
mod prefix_list_unknown;
mod private_cidr_outside_vpc;
mod rules;
mod stale_rule;
mod unused;

pub(super) use self::internet::{covers, is_all, is_internet, is_routed};
pub(super) use self::let_in::{LetIn, blocks_in, let_in, strangers};
pub(super) use self::ports::from_internet;
pub(super) use self::private_cidr_outside_vpc::PRIVATE;
pub(super) use self::rules::{PrefixList, Shared, prefix_list};

const GROUP: Cow<'static, str> = Cow::Borrowed("security_group");

/// The rules that let something in, whoever they name.
const INGRESS: Texts = Texts::new(&[
    "/IpPermissions/*/IpProtocol",
    "/IpPermissions/*/FromPort",
    "/IpPermissions/*/ToPort",
    "/IpPermissions/*/IpRanges/*/CidrIp",
    "/IpPermissions/*/Ipv6Ranges/*/CidrIpv6",
    "/IpPermissions/*/PrefixListIds/*/PrefixListId",
    "/IpPermissions/*/UserIdGroupPairs/*/UserId",
    "/IpPermissions/*/UserIdGroupPairs/*/GroupId",
    "/IpPermissions/*/UserIdGroupPairs/*/PeeringStatus",
    "/IpPermissions/*/UserIdGroupPairs/*/VpcPeeringConnectionId",
    "/Attachments",
]);

/// The rules that let something out, whoever they name.
const EGRESS: Texts = Texts::new(&[
    "/IpPermissionsEgress/*/IpProtocol",
    "/IpPermissionsEgress/*/FromPort",
    "/IpPermissionsEgress/*/ToPort",
    "/IpPermissionsEgress/*/IpRanges/*/CidrIp",
    "/IpPermissionsEgress/*/Ipv6Ranges/*/CidrIpv6",
    "/IpPermissionsEgress/*/PrefixListIds/*/PrefixListId",
    "/IpPermissionsEgress/*/UserIdGroupPairs/*/UserId",
    "/IpPermissionsEgress/*/UserIdGroupPairs/*/GroupId",
    "/IpPermissionsEgress/*/UserIdGroupPairs/*/PeeringStatus",
    "/IpPermissionsEgress/*/UserIdGroupPairs/*/VpcPeeringConnectionId",
    "/Attachments",
]);

/// The rules that let blocks of addresses in, and what the group is in use by.
const BLOCKS_IN: Texts = Texts::new(&[
    "/IpPermissions/*/IpProtocol",
    "/IpPermissions/*/FromPort",
    "/IpPermissions/*/ToPort",
    "/IpPermissions/*/IpRanges/*/CidrIp",
    "/IpPermissions/*/Ipv6Ranges/*/CidrIpv6",
    "/IpPermissions/*/PrefixListIds/*/PrefixListId",
    "/Attachments",
]);

/// The rules that let something out to blocks of addresses.
const BLOCKS_OUT: Texts = Texts::new(&[
    "/IpPermissionsEgress/*/IpProtocol",
    "/IpPermissionsEgress/*/FromPort",
    "/IpPermissionsEgress/*/ToPort",
    "/IpPermissionsEgress/*/IpRanges/*/CidrIp",
    "/IpPermissionsEgress/*/Ipv6Ranges/*/CidrIpv6",
    "/IpPermissionsEgress/*/PrefixListIds/*/PrefixListId",
    "/Attachments",
]);

/// What is looked up to know who is at the other end of a rule.
const KNOWN: Texts = Texts::new(&["accounts", "ec2_prefix_list", "known"]);

/// For each direction one check for each kind of peer, and those that look at more.
pub(super) const CHECKS: &[AwsCheck] = &[
    admin_port_open_to_internet::CHECK,
    data_port_open_to_internet::CHECK,
    default_group_has_rules::CHECK,
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("security_group.egress_friendly_cross_account"),
            technology: GROUP,
            version: 4,
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
            version: 4,
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
            version: 3,
            score: 1,
            reads: BLOCKS_OUT,
            world: KNOWN,
            page: Cow::Borrowed(include_str!("security_group/egress_to_internet.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_internet(case, Direction::Egress, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("security_group.egress_unknown_access"),
            technology: GROUP,
            version: 4,
            score: 1,
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
            version: 4,
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
            version: 3,
            score: 7,
            reads: BLOCKS_IN,
            world: KNOWN,
            page: Cow::Borrowed(include_str!("security_group/ingress_from_internet.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_internet(case, Direction::Ingress, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("security_group.ingress_thirdparty_cross_account"),
            technology: GROUP,
            version: 4,
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
            version: 4,
            score: 5,
            reads: INGRESS,
            world: KNOWN,
            page: Cow::Borrowed(include_str!("security_group/ingress_unknown_access.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_peers(case, Direction::Ingress, Relation::Unknown, found),
    },
    prefix_list_unknown::CHECK,
    private_cidr_outside_vpc::CHECK,
    stale_rule::CHECK,
    unused::CHECK,
];

/// Finds what is let through from or to the internet.
fn find_internet(
    case: &Case<'_>,
    direction: Direction,
    found: &mut Findings,
) -> Result<(), Undecided> {
    for open in &case.rules(direction)?.open {
        let Stated { rule, at } = open.named.stated;
        let detail = format!("allows {}", phrase(direction, rule.traffic, &open.name()));
        let score = match direction {
            Direction::Ingress => from_internet(open.traffic),
            Direction::Egress => 1,
        };
        add_by_reach(case.item, found, rule, &detail, score).at(at);
    }
    Ok(())
}

/// Finds services that the internet can reach: one finding a rule, whatever it opens.
fn find_services(
    case: &Case<'_>,
    services: &[Service],
    score: u8,
    found: &mut Findings,
) -> Result<(), Undecided> {
    for open in &case.rules(Direction::Ingress)?.open {
        let Stated { rule, at } = open.named.stated;
        let reached: Vec<String> = services
            .iter()
            .filter(|service| ports::includes(open.traffic, **service))
            .map(|service| format!("{} ({})", service.name, service.traffic()))
            .collect();
        let what = match reached.as_slice() {
            [] => continue,
            [one] => format!("{one} is"),
            few if few.len() <= FEW => format!("{} are", listed(few.iter().map(String::as_str))),
            many => {
                let first = many[..2].join(", ");
                format!("{first} and {} services more are", many.len() - 2)
            }
        };
        let detail = format!("{what} open to {} through {}", open.name(), named(rule.traffic));
        add_by_reach(case.item, found, rule, &detail, score).at(at);
    }
    Ok(())
}

/// Of more services than this the rest is counted.
const FEW: usize = 3;

/// Adds a finding about a rule. It reaches nothing as long as the group is attached to
/// nothing: then it scores 3 at most, and says why where it would score more.
fn add_by_reach<'f>(
    item: &Item,
    found: &'f mut Findings,
    rule: Rule<'_>,
    detail: &str,
    score: u8,
) -> &'f mut Finding {
    let is_attached = !list(&item.config["Attachments"]).is_empty();
    let why = if is_attached || score <= IDLE { "" } else { "; the group is attached to nothing" };
    let finding = found.add(rule, format!("{detail}{why}"));
    if is_attached {
        // Being attached widens a finding that was accepted because it reached nothing.
        finding.score(score).ground("attached")
    } else {
        finding.score(score.min(IDLE))
    }
}

/// The most that a finding scores while nothing uses what it is about.
const IDLE: u8 = 3;

/// What goes where: `all traffic from a group in ...`.
fn phrase(direction: Direction, traffic: Traffic<'_>, peer: &str) -> String {
    let way = match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    format!("{} {way} {peer}", named(traffic))
}
