#![doc = include_str!("admin_port_from_anywhere.md")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use ipnet::IpNet;
use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::network::block;
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::security_group::{covers, is_all, is_internet};
use crate::check::subject::{Direction, Peer, Rule, Traffic};
use crate::check::{AwsCheck, list, listed, text};

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
struct Entry<'a> {
    index: usize,
    number: u64,
    allows: bool,
    traffic: Traffic<'a>,
    block: IpNet,
    is_internet: bool,
}

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let entries = ingress(case)?;
    let mut open = BTreeMap::<u64, (&Entry<'_>, Vec<String>)>::new();
    for (name, protocol, port) in ADMINISTRATION {
        for entry in let_in(&entries, protocol, port) {
            let (_, services) = open.entry(entry.number).or_insert_with(|| (entry, Vec::new()));
            services.push(format!("{name} ({protocol}/{port})"));
        }
    }
    let is_associated = !list(&case.item.config["Associations"]).is_empty();
    for (number, (entry, services)) in open {
        let rule = Rule {
            direction: Direction::Ingress,
            traffic: entry.traffic,
            peer: Peer::Block(entry.block),
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
        finding.at(format!("/Entries/{}", entry.index));
    }
    Ok(())
}

/// The rules for what comes in, in the order in which they are asked.
fn ingress<'a>(case: &Case<'a>) -> Result<Vec<Entry<'a>>, Undecided> {
    let mut entries = Vec::new();
    for (index, entry) in list(&case.item.config["Entries"]).iter().enumerate() {
        if entry["Egress"] == true {
            continue;
        }
        let at = if entry["CidrBlock"].is_string() { "CidrBlock" } else { "Ipv6CidrBlock" };
        let network = block(text(&entry[at])).ok_or_else(|| {
            Undecided::Failed(format!("/Entries/{index}/{at} is no block: {}", entry[at]))
        })?;
        let ports = &entry["PortRange"];
        entries.push(Entry {
            index,
            number: entry["RuleNumber"].as_u64().unwrap_or_default(),
            allows: entry["RuleAction"] == "allow",
            traffic: Traffic::new(
                text(&entry["Protocol"]),
                ports["From"].as_i64(),
                ports["To"].as_i64(),
            ),
            block: network,
            is_internet: is_internet(&case.world, network)?,
        });
    }
    entries.sort_by_key(|entry| entry.number);
    Ok(entries)
}

/// The rules by which the internet gets to a port: the first that speaks of an address
/// decides. A rule that is taken away only in part still lets in the rest.
fn let_in<'e, 'a>(entries: &'e [Entry<'a>], protocol: &'a str, port: u16) -> Vec<&'e Entry<'a>> {
    let (mut allowed, mut denied) = (Vec::new(), Vec::new());
    for entry in entries.iter().filter(|entry| entry.traffic.includes(protocol, port)) {
        if !entry.allows {
            denied = IpNet::aggregate(&[denied, vec![entry.block]].concat());
        } else if !denied.iter().any(|block| block.contains(&entry.block)) {
            allowed.push(entry);
        }
    }
    let v4 = allowed.iter().map(|entry| entry.block).filter(|block| block.addr().is_ipv4());
    if allowed.iter().any(|entry| entry.is_internet) || !covers(&v4.collect::<Vec<_>>()) {
        allowed.retain(|entry| entry.is_internet);
    }
    allowed
}

/// Whom a rule names, for people.
fn from(entry: &Entry<'_>) -> String {
    match entry.block {
        block if !entry.is_internet => {
            format!("{block} (the internet together with other rules)")
        }
        block if !is_all(block) => format!("{block} (so wide that it is the internet)"),
        IpNet::V4(_) => "any IPv4 address".to_owned(),
        IpNet::V6(_) => "any IPv6 address".to_owned(),
    }
}
