#![doc = include_str!("admin_port_from_anywhere.md")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use ipnet::IpNet;
use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::rules::{Entry, entries};
use crate::check::case::Case;
use crate::check::security_group::{covers, is_all, is_internet};
use crate::check::subject::{Direction, Peer, Rule};
use crate::check::{AwsCheck, list, listed};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("network_acl.admin_port_from_anywhere"),
        technology: Cow::Borrowed("network_acl"),
        score: 2,
        reads: Texts::new(&["/Associations", "/Entries"]),
        world: Texts::new(&["known"]),
        page: Cow::Borrowed(include_str!("admin_port_from_anywhere.md")),
        ..Check::DEFAULT
    },
    run,
};

/// Where machines are administered.
const ADMINISTRATION: [(&str, &str, u16); 3] =
    [("SSH", "tcp", 22), ("Remote Desktop", "tcp", 3389), ("Remote Desktop", "udp", 3389)];

/// The score while no subnet is associated.
const IDLE: u8 = 1;

/// A rule for what comes in.
struct Ingress<'a> {
    rule: Entry<'a>,
    is_internet: bool,
}

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let entries = ingress(case)?;
    let mut open = BTreeMap::<u64, (&Ingress<'_>, Vec<String>)>::new();
    for (name, protocol, port) in ADMINISTRATION {
        for entry in let_in(&entries, protocol, port) {
            let (_, services) =
                open.entry(entry.rule.number).or_insert_with(|| (entry, Vec::new()));
            services.push(format!("{name} ({protocol}/{port})"));
        }
    }
    let is_associated = !list(&case.item.config["Associations"]).is_empty();
    for (number, (entry, services)) in open {
        let rule = Rule {
            direction: Direction::Ingress,
            traffic: entry.rule.traffic,
            peer: Peer::Block(entry.rule.block),
        };
        let services = listed(services.iter().map(String::as_str));
        let detail = format!("rule {number} allows {services} from {}", from(entry));
        let finding = if is_associated {
            // Being associated widens a finding that was accepted because nothing was.
            found.add(rule, detail).ground("associated")
        } else {
            let detail = format!("{detail}; no subnet is associated with the ACL");
            found.add(rule, detail).score(IDLE)
        };
        finding.at(format!("/Entries/{}", entry.rule.index));
    }
    Ok(())
}

/// The rules for what comes in, in the order in which they are asked.
fn ingress<'a>(case: &Case<'a>) -> Result<Vec<Ingress<'a>>, Undecided> {
    let rules = entries(&case.item.config)?.into_iter().filter(|rule| !rule.egress);
    let judged = rules.map(|rule| {
        let is_internet = is_internet(&case.world, rule.block)?;
        Ok(Ingress { rule, is_internet })
    });
    judged.collect()
}

/// The rules by which the internet gets to a port: the first that speaks of an address
/// decides. A rule that is taken away only in part still lets in the rest.
fn let_in<'e, 'a>(
    entries: &'e [Ingress<'a>],
    protocol: &'a str,
    port: u16,
) -> Vec<&'e Ingress<'a>> {
    let (mut allowed, mut denied) = (Vec::new(), Vec::new());
    for entry in entries.iter().filter(|entry| entry.rule.traffic.includes(protocol, port)) {
        if !entry.rule.allows {
            denied = IpNet::aggregate(&[denied, vec![entry.rule.block]].concat());
        } else if !denied.iter().any(|block| block.contains(&entry.rule.block)) {
            allowed.push(entry);
        }
    }
    let v4 = allowed.iter().map(|entry| entry.rule.block).filter(|block| block.addr().is_ipv4());
    if allowed.iter().any(|entry| entry.is_internet) || !covers(&v4.collect::<Vec<_>>()) {
        allowed.retain(|entry| entry.is_internet);
    }
    allowed
}

/// Whom a rule names, for people.
fn from(entry: &Ingress<'_>) -> String {
    match entry.rule.block {
        block if !entry.is_internet => {
            format!("{block} (the internet together with other rules)")
        }
        block if !is_all(block) => format!("{block} (so wide that it is the internet)"),
        IpNet::V4(_) => "any IPv4 address".to_owned(),
        IpNet::V6(_) => "any IPv6 address".to_owned(),
    }
}
