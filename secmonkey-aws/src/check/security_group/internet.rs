//! Which rules let the internet in or out, whatever blocks they name it by.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use secmonkey_core::check::{Undecided, World};

use super::ports;
use super::rules::Named;
use crate::check::subject::Traffic;

const fn v4(a: u8, b: u8, c: u8, length: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), length))
}

const fn v6(a: u16, b: u16, length: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), length))
}

/// What is private: of whoever is connected, never of a stranger on the internet. RFC
/// 1918, the addresses of carriers behind NAT, and the unique local ones of IPv6.
const PRIVATE: [IpNet; 5] = [
    v4(10, 0, 0, 8),
    v4(100, 64, 0, 10),
    v4(172, 16, 0, 12),
    v4(192, 168, 0, 16),
    v6(0xfc00, 0, 7),
];

/// Addresses of a link or of one host, multicast, and what is reserved: nobody's.
const LOCAL: [IpNet; 7] = [
    v4(0, 0, 0, 8),
    v4(127, 0, 0, 8),
    v4(169, 254, 0, 16),
    v4(224, 0, 0, 3),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
    v6(0xfe80, 0, 10),
    v6(0xff00, 0, 8),
];

/// Besides, what the registries hold for documents and measurements. Whoever names it in
/// a rule may mean somebody, so that it counts only where all that is routed is asked for.
const HELD: [IpNet; 7] = [
    v4(192, 0, 0, 24),
    v4(192, 0, 2, 24),
    v4(198, 18, 0, 15),
    v4(198, 51, 100, 24),
    v4(203, 0, 113, 24),
    v6(0x2001, 0xdb8, 32),
    v6(0x3fff, 0, 20),
];

/// All of IPv4.
const ALL_V4: IpNet = v4(0, 0, 0, 0);

/// All of IPv6 that is routed.
const ROUTED_V6: IpNet = v6(0x2000, 0, 3);

/// Whether addresses are those of a link or of one host, or reserved: nobody's.
pub(super) fn is_local(block: IpNet) -> bool {
    LOCAL.iter().any(|local| local.contains(&block))
}

/// Whether all addresses are private.
pub(super) fn is_private(block: IpNet) -> bool {
    PRIVATE.iter().any(|private| private.contains(&block))
}

/// Whether a block is so wide that it is the internet: publicly routed, and wider than a
/// /8 of IPv4 or a /32 of IPv6, which no one network is.
fn is_wide(block: IpNet) -> bool {
    let is_wide = match block {
        IpNet::V4(block) => block.prefix_len() < 8,
        IpNet::V6(block) => {
            let routed =
                ROUTED_V6.contains(&IpNet::V6(block)) || IpNet::V6(block).contains(&ROUTED_V6);
            block.prefix_len() < 32 && routed
        }
    };
    is_wide && is_routed(block) && !HELD.iter().any(|it| it.contains(&block))
}

/// Whether blocks are the internet: one of them, or all of them together.
pub(in crate::check) fn holds_internet(blocks: &[IpNet]) -> bool {
    blocks.iter().any(|block| is_wide(*block)) || covers(blocks)
}

/// Whether a block is every address of its family.
pub(in crate::check) fn is_all(block: IpNet) -> bool {
    block.contains(&ALL_V4) || block.contains(&ROUTED_V6)
}

/// Whether a block is the internet by itself: wide, and no network that somebody vouched for.
/// Nobody can vouch for everything.
pub(in crate::check) fn is_internet(world: &World<'_>, block: IpNet) -> Result<bool, Undecided> {
    if !is_wide(block) || is_all(block) {
        return Ok(is_wide(block));
    }
    match world.blocks(block) {
        Ok(known) => Ok(!known.iter().any(|known| known.name.is_some() && !is_all(known.network))),
        // Registered networks are always known: what configurations name is never so wide.
        Err(Undecided::Unlisted(_)) => Ok(true),
        Err(why) => Err(why),
    }
}

/// Whether addresses are of the internet: neither private, nor of a link or of one host.
pub(in crate::check) fn is_routed(block: IpNet) -> bool {
    !is_local(block) && !is_private(block)
}

/// How a rule comes to name the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// It names every address of its family.
    All,
    /// By a block that is wider than any one network.
    Width,
    /// Together with other rules of the group.
    Others,
}

/// A block by which the internet is let in or out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open<'a> {
    pub named: Named<'a>,
    pub by: By,
    /// What of its traffic: all of it, or the port that others are open for, too.
    pub traffic: Traffic<'a>,
}

impl Open<'_> {
    /// Whom the rule names, for people.
    pub fn name(&self) -> String {
        let block = self.named.block;
        let who = match (self.by, block) {
            (By::All, IpNet::V4(_)) => "any IPv4 address".to_owned(),
            (By::All, IpNet::V6(_)) => "any IPv6 address".to_owned(),
            (By::Width, _) => format!("{block} (so wide that it is the internet)"),
            (By::Others, _) => {
                format!("{block} (the internet together with other rules)")
            }
        };
        who + &self.named.by()
    }
}

/// The blocks that are the internet, each on its own or all together.
pub(super) fn open<'a>(blocks: &[Named<'a>]) -> Vec<Open<'a>> {
    let mut found = Vec::new();
    for named in blocks.iter().filter(|named| named.is_internet) {
        let by = if is_all(named.block) { By::All } else { By::Width };
        found.push(Open { named: *named, by, traffic: named.stated.rule.traffic });
    }
    together(blocks, &mut found);
    found
}

/// Adds the narrow blocks that hold, together, all that is routed of IPv4. (Of IPv6 it
/// would take half a billion.)
fn together<'a>(blocks: &[Named<'a>], found: &mut Vec<Open<'a>>) {
    let is_asked = |named: &&Named<'_>| named.block.addr().is_ipv4() && is_routed(named.block);
    let v4: Vec<&Named<'a>> = blocks.iter().filter(is_asked).collect();
    // What holds too little needs no closer look: nearly every group. A rule that names every
    // address needs no others for what it lets through.
    let parts = v4.iter().map(|named| named.block).filter(|block| block.prefix_len() > 0);
    if share(parts) < ROUTED_SHARE {
        return;
    }
    for traffic in points(&v4) {
        let here = v4.iter().filter(|named| named.stated.rule.traffic.holds(&traffic));
        let (wide, narrow): (Vec<_>, Vec<_>) = here.partition(|named| named.is_internet);
        let blocks = |of: &[&&Named<'a>]| of.iter().map(|named| named.block).collect();
        let wide: Vec<IpNet> = blocks(&wide);
        let all: Vec<IpNet> = [wide.clone(), blocks(&narrow)].concat();
        // Beside every address, a block is a network like any other.
        if covers(&wide) || !covers(&all) {
            continue;
        }
        found.extend(narrow.iter().map(|named| Open { named: ***named, by: By::Others, traffic }));
    }
}

/// The least share of all addresses of IPv4 that is all of what is routed.
const ROUTED_SHARE: f64 = 0.85;

/// How much of their family blocks hold together, at most.
fn share(blocks: impl IntoIterator<Item = IpNet>) -> f64 {
    blocks.into_iter().map(|block| (-f64::from(block.prefix_len())).exp2()).sum()
}

/// Whether blocks hold, together, all that is routed of IPv4.
pub(in crate::check) fn covers(blocks: &[IpNet]) -> bool {
    if share(blocks.iter().copied()) < ROUTED_SHARE {
        return false;
    }
    let unrouted = PRIVATE.iter().chain(&LOCAL).chain(&HELD).filter(|it| it.addr().is_ipv4());
    let with: Vec<IpNet> = blocks.iter().chain(unrouted).copied().collect();
    IpNet::aggregate(&with).iter().any(|block| block.contains(&ALL_V4))
}

/// The kinds of traffic to ask for: where one kind is open to all, then one of these.
fn points<'a>(blocks: &[&Named<'a>]) -> BTreeSet<Traffic<'a>> {
    let mut points: BTreeSet<_> = blocks.iter().map(|named| named.stated.rule.traffic).collect();
    for traffic in points.clone() {
        if let Traffic::Ports { protocol, from, .. } = traffic {
            points.insert(Traffic::Ports { protocol, from, to: from });
        }
    }
    let services = ports::ADMINISTRATION.iter().chain(ports::DATA);
    points.extend(services.map(|service| service.traffic()));
    points
}
