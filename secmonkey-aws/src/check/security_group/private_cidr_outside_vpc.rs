#![doc = include_str!("private_cidr_outside_vpc.md")]

use ipnet::{IpNet, Ipv4Net};
use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::{add_by_reach, blocks, phrase};
use crate::check::subject::{Direction, Peer};

check! {
    security_group.private_cidr_outside_vpc, score: 5,
    reads: [
        "/VpcId",
        "/IpPermissions/*/IpProtocol",
        "/IpPermissions/*/FromPort",
        "/IpPermissions/*/ToPort",
        "/IpPermissions/*/IpRanges/*/CidrIp",
        "/IpPermissions/*/Ipv6Ranges/*/CidrIpv6",
        "/IpPermissionsEgress/*/IpProtocol",
        "/IpPermissionsEgress/*/FromPort",
        "/IpPermissionsEgress/*/ToPort",
        "/IpPermissionsEgress/*/IpRanges/*/CidrIp",
        "/IpPermissionsEgress/*/Ipv6Ranges/*/CidrIpv6",
        "/Attachments",
    ],
}

/// The private networks of RFC 1918.
const PRIVATE: [Ipv4Net; 3] = [
    Ipv4Net::new_assert(std::net::Ipv4Addr::new(10, 0, 0, 0), 8),
    Ipv4Net::new_assert(std::net::Ipv4Addr::new(172, 16, 0, 0), 12),
    Ipv4Net::new_assert(std::net::Ipv4Addr::new(192, 168, 0, 0), 16),
];

fn run(item: &Item, _: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if item.config["VpcId"].is_string() {
        return Ok(());
    }
    for direction in [Direction::Ingress, Direction::Egress] {
        for stated in blocks(item, direction)? {
            let Peer::Block(IpNet::V4(block)) = stated.rule.peer else { continue };
            if PRIVATE.iter().any(|private| private.contains(&block)) {
                let traffic = phrase(direction, stated.rule.traffic, &block.to_string());
                let detail = format!("allows {traffic}, a private block, outside of any VPC");
                add_by_reach(item, found, stated.rule, &detail).at(stated.place);
            }
        }
    }
    Ok(())
}
