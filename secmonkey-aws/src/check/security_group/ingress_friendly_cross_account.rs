#![doc = include_str!("ingress_friendly_cross_account.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::find_peers;
use crate::check::subject::Direction;
use crate::relation::Relation;

check! {
    security_group.ingress_friendly_cross_account, score: 0,
    reads: [
        "/IpPermissions/*/IpProtocol",
        "/IpPermissions/*/FromPort",
        "/IpPermissions/*/ToPort",
        "/IpPermissions/*/IpRanges/*/CidrIp",
        "/IpPermissions/*/Ipv6Ranges/*/CidrIpv6",
        "/IpPermissions/*/UserIdGroupPairs/*/UserId",
        "/IpPermissions/*/UserIdGroupPairs/*/GroupId",
    ],
    world: ["accounts", "known"],
    version: 2,
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    find_peers(item, world, Direction::Ingress, Relation::Friendly, found)
}
