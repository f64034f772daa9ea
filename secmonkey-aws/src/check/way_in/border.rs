//! What routes and a network ACL let into a subnet. Pure.

use std::collections::BTreeSet;

use ipnet::IpNet;

use crate::check::network_acl::Entry;
use crate::check::subject::Traffic;

/// Where a route table sends what is for some addresses.
#[derive(Debug, Clone)]
pub(in crate::check) struct Route {
    pub destination: IpNet,
    /// Whether that is the internet.
    pub to_internet: bool,
}

/// What is around a subnet.
pub(in crate::check) struct Border<'a> {
    pub routes: Vec<Route>,
    /// The rules of the network ACL, in the order in which they are asked.
    pub entries: Vec<Entry<'a>>,
}

/// A protocol that no rule names.
const OTHER: Traffic<'static> = Traffic::Protocol("");

impl<'a> Border<'a> {
    /// What of some traffic gets in, split where the network ACL tells ports apart, and from
    /// which part of its source.
    ///
    /// It counts only where answers get back: somebody may choose the port that they go to,
    /// so that one open port of theirs is enough. A block that an earlier rule denies in part
    /// still lets in the rest. ICMP reaches no service and is left out; of all protocols
    /// together, those without ports are told apart only where the ACL names them.
    pub fn let_in(&self, traffic: Traffic<'a>, source: IpNet) -> Vec<(Traffic<'a>, IpNet)> {
        let sources = self.routed(source);
        if sources.is_empty() || matches!(traffic, Traffic::Icmp { .. }) {
            return Vec::new();
        }
        let mut all: Vec<(Traffic<'a>, Vec<IpNet>)> = Vec::new();
        for protocol in self.protocols(traffic) {
            let from = all.len();
            for part in self.parts(protocol, false) {
                let sources = self.answered(part, &sources);
                match all[from..].last_mut() {
                    // The rule that told them apart made no difference.
                    Some((before, same)) if *same == sources => *before = joined(*before, part),
                    _ => all.push((part, sources)),
                }
            }
        }
        if traffic == Traffic::All {
            let others = self.answered(OTHER, &sources);
            if all.iter().all(|(_, sources)| *sources == others) {
                all = vec![(Traffic::All, others)];
            }
        }
        let each = all
            .into_iter()
            .flat_map(|(part, sources)| sources.into_iter().map(move |source| (part, source)));
        each.collect()
    }

    /// The parts of a block to which the internet gateway is the way. The most specific route
    /// decides.
    fn routed(&self, block: IpNet) -> Vec<IpNet> {
        let mut found = Vec::new();
        for route in self.routes.iter().filter(|route| route.to_internet) {
            let Some(part) = overlap(route.destination, block) else { continue };
            let longer = |other: &&Route| {
                !other.to_internet
                    && other.destination.prefix_len() > route.destination.prefix_len()
            };
            let elsewhere = self.routes.iter().filter(longer).map(|other| other.destination);
            if !is_within(part, &elsewhere.collect::<Vec<_>>()) {
                found.push(part);
            }
        }
        IpNet::aggregate(&found)
    }

    /// Traffic by protocol, where it is of all of them.
    fn protocols(&self, traffic: Traffic<'a>) -> Vec<Traffic<'a>> {
        if traffic != Traffic::All {
            return vec![traffic];
        }
        let named = self.entries.iter().filter_map(|entry| match entry.traffic {
            Traffic::Ports { protocol, .. } => Some(every_port(protocol)),
            protocol @ Traffic::Protocol(_) => Some(protocol),
            Traffic::All | Traffic::Icmp { .. } => None,
        });
        let all: BTreeSet<_> = named.chain([every_port("tcp"), every_port("udp")]).collect();
        all.into_iter().collect()
    }

    /// Ports split where a rule of one direction starts or ends: what one rule holds in part
    /// is then held by it or not.
    fn parts(&self, traffic: Traffic<'a>, egress: bool) -> Vec<Traffic<'a>> {
        let Traffic::Ports { protocol, from, to } = traffic else { return vec![traffic] };
        let mut starts = BTreeSet::from([from]);
        for entry in self.entries.iter().filter(|entry| entry.egress == egress) {
            if let Traffic::Ports { protocol: its, from: first, to: last } = entry.traffic
                && its == protocol
            {
                starts.insert(first);
                starts.extend(last.checked_add(1));
            }
        }
        let starts: Vec<u16> = starts.range(from..=to).copied().collect();
        let ends = starts.iter().skip(1).map(|next| next - 1).chain([to]);
        let each = starts.iter().zip(ends);
        each.map(|(first, last)| Traffic::Ports { protocol, from: *first, to: last }).collect()
    }

    /// From which part of some blocks traffic gets in, and its answers out again.
    fn answered(&self, part: Traffic<'a>, sources: &[IpNet]) -> Vec<IpNet> {
        let sources = self.passed(part, false, sources);
        let answer = match part {
            Traffic::Ports { protocol, .. } => every_port(protocol),
            other => other,
        };
        let answers = self.parts(answer, true).into_iter();
        let out: Vec<_> = answers.flat_map(|part| self.passed(part, true, &sources)).collect();
        IpNet::aggregate(&out)
    }

    /// For which part of some blocks the network ACL lets traffic pass: the first rule that
    /// speaks of an address decides.
    fn passed(&self, part: Traffic<'a>, egress: bool, blocks: &[IpNet]) -> Vec<IpNet> {
        let (mut allowed, mut denied) = (Vec::new(), Vec::new());
        for entry in &self.entries {
            if entry.egress != egress || !entry.traffic.holds(&part) {
                continue;
            }
            if entry.allows {
                let parts = blocks.iter().filter_map(|block| overlap(entry.block, *block));
                allowed.extend(parts.filter(|part| !is_within(*part, &denied)));
            } else {
                denied.push(entry.block);
            }
        }
        IpNet::aggregate(&allowed)
    }
}

/// All ports of a protocol.
const fn every_port(protocol: &str) -> Traffic<'_> {
    Traffic::Ports { protocol, from: u16::MIN, to: u16::MAX }
}

/// Traffic and what follows it, as one.
fn joined<'a>(before: Traffic<'a>, next: Traffic<'a>) -> Traffic<'a> {
    match (before, next) {
        (Traffic::Ports { protocol, from, .. }, Traffic::Ports { to, .. }) => {
            Traffic::Ports { protocol, from, to }
        }
        (before, _) => before,
    }
}

/// What two blocks have in common: one of them, if anything.
fn overlap(one: IpNet, other: IpNet) -> Option<IpNet> {
    if one.contains(&other) { Some(other) } else { other.contains(&one).then_some(one) }
}

/// Whether blocks hold, together, all of a block.
fn is_within(block: IpNet, blocks: &[IpNet]) -> bool {
    IpNet::aggregate(&blocks.to_vec()).iter().any(|all| all.contains(&block))
}
