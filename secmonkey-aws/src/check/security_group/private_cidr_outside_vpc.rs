#![doc = include_str!("private_cidr_outside_vpc.md")]

use std::borrow::Cow;

use ipnet::{IpNet, Ipv4Net};
use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{KNOWN, add_by_reach, phrase};
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Direction;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("security_group.private_cidr_outside_vpc"),
        technology: Cow::Borrowed("security_group"),
        version: 3,
        score: 1,
        reads: Texts::new(&[
            "/VpcId",
            "/IpPermissions/*/IpProtocol",
            "/IpPermissions/*/FromPort",
            "/IpPermissions/*/ToPort",
            "/IpPermissions/*/IpRanges/*/CidrIp",
            "/IpPermissions/*/Ipv6Ranges/*/CidrIpv6",
            "/IpPermissions/*/PrefixListIds/*/PrefixListId",
            "/IpPermissionsEgress/*/IpProtocol",
            "/IpPermissionsEgress/*/FromPort",
            "/IpPermissionsEgress/*/ToPort",
            "/IpPermissionsEgress/*/IpRanges/*/CidrIp",
            "/IpPermissionsEgress/*/Ipv6Ranges/*/CidrIpv6",
            "/IpPermissionsEgress/*/PrefixListIds/*/PrefixListId",
            "/Attachments",
        ]),
        world: KNOWN,
        page: Cow::Borrowed(include_str!("private_cidr_outside_vpc.md")),
        ..Check::DEFAULT
    },
    run,
};

/// The private networks of RFC 1918.
pub(in crate::check) const PRIVATE: [Ipv4Net; 3] = [
    Ipv4Net::new_assert(std::net::Ipv4Addr::new(10, 0, 0, 0), 8),
    Ipv4Net::new_assert(std::net::Ipv4Addr::new(172, 16, 0, 0), 12),
    Ipv4Net::new_assert(std::net::Ipv4Addr::new(192, 168, 0, 0), 16),
];

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if case.item.config["VpcId"].is_string() {
        return Ok(());
    }
    for direction in [Direction::Ingress, Direction::Egress] {
        for named in &case.rules(direction)?.blocks {
            let (stated, IpNet::V4(block)) = (named.stated, named.block) else { continue };
            if PRIVATE.iter().any(|private| private.contains(&block)) {
                let peer = format!("{block}{}", named.by());
                let traffic = phrase(direction, stated.rule.traffic, &peer);
                let detail = format!("allows {traffic}, a private block, outside of any VPC");
                add_by_reach(case.item, found, stated.rule, &detail, 1).at(stated.at);
            }
        }
    }
    Ok(())
}
