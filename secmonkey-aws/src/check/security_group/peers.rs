//! Who is at the other end of the rules of a security group.

use std::cmp::Reverse;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use secmonkey_core::check::{Findings, Undecided};
use secmonkey_core::network::Block;

use super::phrase;
use super::rules::Stated;
use crate::check::case::Case;
use crate::check::subject::{Direction, Peer};
use crate::relation::{Party, Relation, account};

/// The rules of one direction, with who is at the other end.
pub(super) struct Peers<'a> {
    /// Those that name groups of other accounts, with the account.
    groups: Vec<(Stated<'a>, &'a str, Party<'a>)>,
    /// Those that name blocks which are somebody's, if only a stranger's.
    blocks: Vec<(Stated<'a>, IpNet, Holder<'a>)>,
}

impl<'a> Peers<'a> {
    pub fn of(case: &Case<'a>, direction: Direction) -> Result<Self, Undecided> {
        let own = &case.item.key.account;
        let rules = case.rules(direction)?;
        let mut groups = Vec::new();
        for stated in &rules.groups {
            match stated.rule.peer {
                Peer::Group { account: id, .. } if id != own.as_str() => {
                    groups.push((*stated, id, account(id, own, &case.world)?));
                }
                _ => {}
            }
        }
        let mut blocks = Vec::with_capacity(rules.blocks.len());
        for stated in &rules.blocks {
            let Peer::Block(block) = stated.rule.peer else { continue };
            // Wide blocks add nothing to every address, and may be how it is named.
            let is_part_of_anywhere = || {
                rules
                    .anywhere
                    .iter()
                    .any(|open| open.traffic == stated.rule.traffic && open.block.contains(&block))
            };
            if is_local(block) || (is_wider_than_any_network(block) && is_part_of_anywhere()) {
                continue;
            }
            blocks.push((*stated, block, Holder::of(case, block)?));
        }
        Ok(Self { groups, blocks })
    }
}

/// Finds rules whose peer is of this standing: a group in such an account, or a block of
/// its addresses.
pub(super) fn find_peers(
    case: &Case<'_>,
    direction: Direction,
    wanted: Relation,
    found: &mut Findings,
) -> Result<(), Undecided> {
    let Peers { groups, blocks } = case.peers(direction)?;
    for (Stated { rule, at }, id, party) in groups {
        if party.relation == wanted {
            let peer = format!("a group in {}", called(id, party));
            let traffic = phrase(direction, rule.traffic, &peer);
            found.add(*rule, format!("allows {traffic}")).at(*at);
        }
    }
    for (Stated { rule, at }, block, holder) in blocks {
        if holder.relation == wanted {
            let traffic = phrase(direction, rule.traffic, &format!("{block}, {holder}"));
            found.add(*rule, format!("allows {traffic}")).at(*at);
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
    fn of(case: &Case<'a>, block: IpNet) -> Result<Self, Undecided> {
        let wide = is_wider_than_any_network(block);
        let known = match case.world.blocks(block) {
            // Whatever is listed later, no account holds so much.
            Err(Undecided::Unlisted(_)) if wide => Vec::new(),
            known => known?,
        };
        let mut nearest = Self { relation: Relation::Unknown, known: None, wide };
        let mut rank = None;
        for known in known {
            let party = |id| account(id, &case.item.key.account, &case.world);
            let party = known.account.as_ref().map(|id| party(id.as_str())).transpose()?;
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

/// All of IPv6 that is routed.
pub(super) const ROUTED_V6: IpNet =
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3));

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
