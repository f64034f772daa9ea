#![doc = include_str!("egress_thirdparty_cross_account.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::find_peers;
use crate::check::subject::Direction;
use crate::relation::Relation;

check! {
    security_group.egress_thirdparty_cross_account, score: 0,
    reads: [
        "/IpPermissionsEgress/*/IpProtocol",
        "/IpPermissionsEgress/*/FromPort",
        "/IpPermissionsEgress/*/ToPort",
        "/IpPermissionsEgress/*/IpRanges/*/CidrIp",
        "/IpPermissionsEgress/*/Ipv6Ranges/*/CidrIpv6",
        "/IpPermissionsEgress/*/UserIdGroupPairs/*/UserId",
        "/IpPermissionsEgress/*/UserIdGroupPairs/*/GroupId",
    ],
    world: ["accounts", "known"],
    version: 2,
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    find_peers(item, world, Direction::Egress, Relation::ThirdParty, found)
}
