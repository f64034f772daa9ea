#![doc = include_str!("admin_port_open_to_internet.md")]

use std::collections::BTreeSet;

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use super::{anywhere, blocks, named};
use crate::check::listed;
use crate::check::subject::{Direction, Peer, Rule, Traffic};

check! {
    security_group.admin_port_open_to_internet, score: 10,
    reads: [
        "/IpPermissions/*/IpProtocol",
        "/IpPermissions/*/FromPort",
        "/IpPermissions/*/ToPort",
        "/IpPermissions/*/IpRanges/*/CidrIp",
        "/IpPermissions/*/Ipv6Ranges/*/CidrIpv6",
    ],
    part_of: "security_group.ingress_from_internet",
}

const PORTS: [(&str, &str, u16); 3] =
    [("SSH", "tcp", 22), ("Remote Desktop", "tcp", 3389), ("Remote Desktop", "udp", 3389)];

fn run(item: &Item, _: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let rules = blocks(item, Direction::Ingress)?;
    for (service, protocol, port) in PORTS {
        let through: Vec<_> =
            rules.iter().filter(|it| it.rule.traffic.includes(protocol, port)).copied().collect();
        for open in anywhere(&through) {
            let traffic = Traffic::Ports { protocol, from: port, to: port };
            let peer = Peer::Block(open.block);
            let rule = Rule { direction: Direction::Ingress, traffic, peer };
            let rules: BTreeSet<String> =
                open.rules.iter().map(|it| named(it.rule.traffic)).collect();
            let detail = format!(
                "{service} ({traffic}) is open to {} through {}",
                open.name(),
                listed(rules.iter().map(String::as_str)),
            );
            let finding = found.add(rule, detail);
            for stated in open.rules {
                finding.at(stated.place);
            }
        }
    }
    Ok(())
}
