#![doc = include_str!("egress_to_internet.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::find_anywhere;
use crate::check::subject::Direction;

check! {
    security_group.egress_to_internet, score: 10,
    reads: [
        "/IpPermissionsEgress/*/IpProtocol",
        "/IpPermissionsEgress/*/FromPort",
        "/IpPermissionsEgress/*/ToPort",
        "/IpPermissionsEgress/*/IpRanges/*/CidrIp",
        "/IpPermissionsEgress/*/Ipv6Ranges/*/CidrIpv6",
        "/Attachments",
    ],
}

fn run(item: &Item, _: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    find_anywhere(item, Direction::Egress, found)
}
