#![doc = include_str!("ingress_from_internet.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::find_anywhere;
use crate::check::subject::Direction;

check! {
    security_group.ingress_from_internet, score: 10,
    reads: [
        "/IpPermissions/*/IpProtocol",
        "/IpPermissions/*/FromPort",
        "/IpPermissions/*/ToPort",
        "/IpPermissions/*/IpRanges/*/CidrIp",
        "/IpPermissions/*/Ipv6Ranges/*/CidrIpv6",
        "/Attachments",
    ],
}

fn run(item: &Item, _: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    find_anywhere(item, Direction::Ingress, found)
}
