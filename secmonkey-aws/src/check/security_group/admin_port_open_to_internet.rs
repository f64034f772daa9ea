#![doc = include_str!("admin_port_open_to_internet.md")]

use std::borrow::Cow;
use std::collections::BTreeSet;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::named;
use super::rules::anywhere;
use crate::check::case::Case;
use crate::check::subject::{Direction, Peer, Rule, Traffic};
use crate::check::{AwsCheck, listed};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("security_group.admin_port_open_to_internet"),
        technology: Cow::Borrowed("security_group"),
        score: 10,
        reads: Texts::new(&[
            "/IpPermissions/*/IpProtocol",
            "/IpPermissions/*/FromPort",
            "/IpPermissions/*/ToPort",
            "/IpPermissions/*/IpRanges/*/CidrIp",
            "/IpPermissions/*/Ipv6Ranges/*/CidrIpv6",
        ]),
        part_of: Some(Cow::Borrowed("security_group.ingress_from_internet")),
        page: Cow::Borrowed(include_str!("admin_port_open_to_internet.md")),
        ..Check::DEFAULT
    },
    run,
};

const PORTS: [(&str, &str, u16); 3] =
    [("SSH", "tcp", 22), ("Remote Desktop", "tcp", 3389), ("Remote Desktop", "udp", 3389)];

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let rules = &case.rules(Direction::Ingress)?.blocks;
    for (service, protocol, port) in PORTS {
        let through: Vec<_> =
            rules.iter().filter(|it| it.rule.traffic.includes(protocol, port)).copied().collect();
        let traffic = Traffic::Ports { protocol, from: port, to: port };
        for open in anywhere(traffic, &through) {
            let peer = Peer::Block(open.block);
            let rule = Rule { direction: Direction::Ingress, traffic, peer };
            let rules: BTreeSet<_> = open.rules.iter().map(|it| named(it.rule.traffic)).collect();
            let detail = format!(
                "{service} ({traffic}) is open to {} through {}",
                open.name(),
                listed(rules.iter().map(AsRef::as_ref)),
            );
            let finding = found.add(rule, detail);
            for stated in open.rules {
                finding.at(stated.at);
            }
        }
    }
    Ok(())
}
