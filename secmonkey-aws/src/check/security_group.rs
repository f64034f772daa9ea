//! Checks of security groups.

use std::cmp::Reverse;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use secmonkey_core::check::{Check, Finding, Findings, Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_core::network::Block;
use serde_json::Value;

use super::subject::{Direction, Peer, Rule, Traffic};
use super::{list, text};
use crate::relation::{Party, Relation, account};

mod admin_port_open_to_internet;
mod egress_friendly_cross_account;
mod egress_thirdparty_cross_account;
mod egress_to_internet;
mod egress_unknown_access;
mod ingress_friendly_cross_account;
mod ingress_from_internet;
mod ingress_thirdparty_cross_account;
mod ingress_unknown_access;
mod private_cidr_outside_vpc;

pub(super) const CHECKS: &[&Check] = &[
    &admin_port_open_to_internet::CHECK,
    &egress_friendly_cross_account::CHECK,
    &egress_thirdparty_cross_account::CHECK,
    &egress_to_internet::CHECK,
    &egress_unknown_access::CHECK,
    &ingress_friendly_cross_account::CHECK,
    &ingress_from_internet::CHECK,
    &ingress_thirdparty_cross_account::CHECK,
    &ingress_unknown_access::CHECK,
    &private_cidr_outside_vpc::CHECK,
];

/// A rule and where it stands.
#[derive(Debug, Clone, Copy)]
struct Stated<'a> {
    rule: Rule<'a>,
    place: Place,
}

/// A member of a configuration; a pointer is written only for a finding.
#[derive(Debug, Clone, Copy)]
struct Place {
    permissions: &'static str,
    permission: usize,
    peers: &'static str,
    peer: usize,
}

impl From<Place> for String {
    fn from(Place { permissions, permission, peers, peer }: Place) -> Self {
        format!("/{permissions}/{permission}/{peers}/{peer}")
    }
}

/// The rules of one direction that name blocks of addresses.
fn blocks(item: &Item, direction: Direction) -> Result<Vec<Stated<'_>>, Undecided> {
    let mut rules = Vec::with_capacity(32);
    for (peers, member) in [("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")] {
        for (traffic, place, peer) in stated(item, direction, peers) {
            let block: IpNet = text(&peer[member]).parse().map_err(|_| {
                let at = String::from(place);
                Undecided::Failed(format!("{at}/{member} is no block: {}", peer[member]))
            })?;
            let peer = Peer::Block(block.trunc());
            rules.push(Stated { rule: Rule { direction, traffic, peer }, place });
        }
    }
    Ok(rules)
}

/// The rules of one direction that name security groups, with the account each is in.
fn groups(item: &Item, direction: Direction) -> impl Iterator<Item = (Stated<'_>, &str)> {
    stated(item, direction, "UserIdGroupPairs").map(move |(traffic, place, pair)| {
        let account = pair["UserId"].as_str().unwrap_or(item.key.account.as_str());
        let peer = Peer::Group { account, group: text(&pair["GroupId"]) };
        (Stated { rule: Rule { direction, traffic, peer }, place }, account)
    })
}

/// What a direction lets through, with one entry of one list of peers each.
fn stated<'a>(
    item: &'a Item,
    direction: Direction,
    peers: &'static str,
) -> impl Iterator<Item = (Traffic<'a>, Place, &'a Value)> {
    let permissions = match direction {
        Direction::Ingress => "IpPermissions",
        Direction::Egress => "IpPermissionsEgress",
    };
    list(&item.config[permissions]).iter().enumerate().flat_map(move |(permission, granted)| {
        let entries = list(&granted[peers]);
        // Most permissions name peers of one kind only.
        let traffic = if entries.is_empty() {
            Traffic::All
        } else {
            Traffic::new(
                text(&granted["IpProtocol"]),
                granted["FromPort"].as_i64(),
                granted["ToPort"].as_i64(),
            )
        };
        entries.iter().enumerate().map(move |(peer, entry)| {
            (traffic, Place { permissions, permission, peers, peer }, entry)
        })
    })
}

/// Every address of a family, named by one block or by several together.
struct Anywhere<'a> {
    block: IpNet,
    rules: Vec<Stated<'a>>,
}

impl Anywhere<'_> {
    /// What the rules let in or out, for people.
    fn name(&self) -> &'static str {
        match self.block {
            IpNet::V4(_) => "any IPv4 address",
            IpNet::V6(_) => "any IPv6 address",
        }
    }
}

/// The families of addresses that rules name in full. Two halves are a whole, and
/// `2000::/3` is all of IPv6 that is routed.
fn anywhere<'a>(rules: &[Stated<'a>]) -> Vec<Anywhere<'a>> {
    let v4 = IpNet::V4(Ipv4Net::default());
    let v6 = IpNet::V6(Ipv6Net::default());
    let mut found = Vec::new();
    for (whole, routed) in [(v4, v4), (v6, ROUTED_V6)] {
        let family = || {
            rules.iter().filter_map(|stated| match stated.rule.peer {
                Peer::Block(block) if block.addr().is_ipv4() == whole.addr().is_ipv4() => {
                    Some((block, stated))
                }
                _ => None,
            })
        };
        let mut naming: Vec<_> =
            family().filter(|(block, _)| block.contains(&routed)).map(|(_, it)| *it).collect();
        if naming.is_empty() && share(family().map(|(block, _)| block)) >= share([routed]) {
            let blocks: Vec<_> = family().map(|(block, _)| block).collect();
            if IpNet::aggregate(&blocks).iter().any(|block| block.contains(&routed)) {
                naming = family().map(|(_, it)| *it).collect();
            }
        }
        if !naming.is_empty() {
            found.push(Anywhere { block: whole, rules: naming });
        }
    }
    found
}

/// How much of their family blocks hold together, at most: what is too little needs no
/// closer look.
fn share(blocks: impl IntoIterator<Item = IpNet>) -> f64 {
    blocks.into_iter().map(|block| (-f64::from(block.prefix_len())).exp2()).sum()
}

const ROUTED_V6: IpNet =
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3));

/// Finds what is let through from or to any address.
fn find_anywhere(item: &Item, direction: Direction, found: &mut Findings) -> Result<(), Undecided> {
    let mut rules = blocks(item, direction)?;
    rules.sort_by_key(|stated| stated.rule.traffic);
    for rules in rules.chunk_by(|a, b| a.rule.traffic == b.rule.traffic) {
        for open in anywhere(rules) {
            let rule = Rule { peer: Peer::Block(open.block), ..rules[0].rule };
            let detail = format!("allows {}", phrase(direction, rule.traffic, open.name()));
            let finding = add_by_reach(item, found, rule, &detail);
            for stated in open.rules {
                finding.at(stated.place);
            }
        }
    }
    Ok(())
}

/// Adds a finding about a rule that reaches nothing as long as the group is attached to
/// nothing: then it scores 0.
fn add_by_reach<'a>(
    item: &Item,
    found: &'a mut Findings,
    rule: Rule<'_>,
    detail: &str,
) -> &'a mut Finding {
    if list(&item.config["Attachments"]).is_empty() {
        let finding = found.add(rule, format!("{detail}; the group is attached to nothing"));
        finding.score(0)
    } else {
        // Being attached widens a finding that was accepted because it reached nothing.
        found.add(rule, detail).ground("attached")
    }
}

/// Finds rules whose peer is of this standing: a group in such an account, or a block of
/// its addresses.
fn find_peers(
    item: &Item,
    world: &World<'_>,
    direction: Direction,
    wanted: Relation,
    found: &mut Findings,
) -> Result<(), Undecided> {
    for (Stated { rule, place }, id) in groups(item, direction) {
        let party = account(id, &item.key.account, world)?;
        if party.relation == wanted {
            let peer = format!("a group in {}", called(id, &party));
            let traffic = phrase(direction, rule.traffic, &peer);
            found.add(rule, format!("allows {traffic}")).at(place);
        }
    }
    let mut rules = blocks(item, direction)?;
    rules.sort_by_key(|stated| stated.rule.traffic);
    for rules in rules.chunk_by(|a, b| a.rule.traffic == b.rule.traffic) {
        // Wide blocks add nothing to every address, and may be how it is named.
        let open = anywhere(rules);
        let told = |block: IpNet| {
            is_wider_than_any_network(block) && open.iter().any(|it| it.block.contains(&block))
        };
        for Stated { rule, place } in rules {
            let Peer::Block(block) = rule.peer else { continue };
            if is_local(block) || told(block) {
                continue;
            }
            let holder = Holder::of(item, world, block)?;
            if holder.relation == wanted {
                let traffic = phrase(direction, rule.traffic, &format!("{block}, {holder}"));
                found.add(*rule, format!("allows {traffic}")).at(*place);
            }
        }
    }
    Ok(())
}

/// Whoever holds all of a block, as the item's account sees it. In words only where there
/// is a finding: most blocks are asked about for nothing.
struct Holder<'a> {
    relation: Relation,
    /// The known block, and whose it is, where it is an account's.
    known: Option<(Block, Option<Party<'a>>)>,
    wide: bool,
}

impl<'a> Holder<'a> {
    /// Where several accounts know the same addresses, as those of the default VPC, the one
    /// that is nearest to the item's counts, and of those the one with the narrowest block.
    fn of(item: &Item, world: &World<'a>, block: IpNet) -> Result<Self, Undecided> {
        let wide = is_wider_than_any_network(block);
        let known = match world.blocks(block) {
            // Whatever is listed later, no account holds so much.
            Err(Undecided::Unlisted(_)) if wide => Vec::new(),
            known => known?,
        };
        let mut nearest = Self { relation: Relation::Unknown, known: None, wide };
        let mut rank = None;
        for known in known {
            let id = known.account.as_ref();
            let party = id.map(|id| account(id.as_str(), &item.key.account, world)).transpose()?;
            let relation = party.as_ref().map_or(Relation::Own, |party| party.relation);
            let its = (relation, Reverse(known.network.prefix_len()));
            if rank.is_none_or(|rank| its < rank) {
                rank = Some(its);
                nearest = Self { relation, known: Some((known, party)), wide };
            }
        }
        Ok(nearest)
    }
}

impl fmt::Display for Holder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((known, party)) = &self.known else {
            return f.write_str(if self.wide {
                "which is wider than any one network"
            } else {
                "which is in no known network"
            });
        };
        match &known.name {
            Some(network) => write!(f, "in the network {network}")?,
            None => f.write_str("in a block")?,
        }
        match (&known.account, party) {
            (Some(id), Some(party)) => write!(f, " of {}", called(id.as_str(), party)),
            _ => Ok(()),
        }
    }
}

/// An account, for people.
fn called(id: &str, party: &Party<'_>) -> String {
    match (&party.name, party.relation) {
        (Some(name), _) => format!("account {id} ({name})"),
        (None, Relation::Own) => format!("account {id}"),
        (None, _) => format!("account {id}, which is not registered"),
    }
}

/// Whether addresses are those of a link or of one host, or multicast: nobody's.
fn is_local(block: IpNet) -> bool {
    LOCAL.iter().any(|local| local.contains(&block))
}

/// 127.0.0.0/8, 169.254.0.0/16, and what is above 224.0.0.0; `::1`, `fe80::/10` and
/// `ff00::/8`.
const LOCAL: [IpNet; 6] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)),
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16)),
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(224, 0, 0, 0), 3)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8)),
];

/// Whether a block of routed addresses is wider than what the registries are handed at
/// once (/8 of IPv4, /12 of IPv6): then no one holds all of it.
fn is_wider_than_any_network(block: IpNet) -> bool {
    match block {
        IpNet::V4(block) => block.prefix_len() < 8,
        IpNet::V6(_) => {
            let routed = ROUTED_V6.contains(&block) || block.contains(&ROUTED_V6);
            block.prefix_len() < 12 && routed
        }
    }
}

/// What goes where: `all traffic from a group in ...`.
fn phrase(direction: Direction, traffic: Traffic<'_>, peer: &str) -> String {
    let way = match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    format!("{} {way} {peer}", named(traffic))
}

/// Traffic, for people.
fn named(traffic: Traffic<'_>) -> String {
    match traffic {
        Traffic::All => "all traffic".to_owned(),
        traffic => traffic.to_string(),
    }
}
