//! Who is at the other end of the rules of a security group.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;

use ipnet::IpNet;
use secmonkey_core::check::{Findings, Undecided};
use secmonkey_core::network::Block;

use super::internet::{is_local, is_private};
use super::ports::with_stranger;
use super::rules::{Named, Stated};
use super::{add_by_reach, phrase};
use crate::check::case::Case;
use crate::check::subject::{Direction, Peer};
use crate::relation::{Party, Relation, account};

/// The rules of one direction, with who is at the other end.
pub(super) struct Peers<'a> {
    /// Those that name groups of other accounts, with the account.
    pub groups: Vec<(Stated<'a>, &'a str, Party<'a>)>,
    /// Those that name blocks which are somebody's, if only a stranger's.
    pub blocks: Vec<(Named<'a>, Holder<'a>)>,
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
        // What is the internet is nobody's in particular.
        let open: BTreeSet<_> = rules
            .open
            .iter()
            .filter(|open| open.traffic.holds(&open.named.stated.rule.traffic))
            .map(|open| (open.named.stated.at, open.named.block))
            .collect();
        for named in &rules.blocks {
            if !is_local(named.block) && !open.contains(&(named.stated.at, named.block)) {
                blocks.push((*named, Holder::of(case, named.block)?));
            }
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
    let mut add = |stated: Stated<'_>, peer: &str, score: u8, ground: Option<IpNet>| {
        let traffic = stated.rule.traffic;
        let detail = format!("allows {}", phrase(direction, traffic, peer));
        let finding = if wanted == Relation::Unknown {
            add_by_reach(case.item, found, stated.rule, &detail, score)
        } else {
            found.add(stated.rule, detail)
        };
        finding.at(stated.at);
        if let Some(block) = ground {
            finding.ground(block.to_string());
        }
    };
    for (stated, id, party) in groups {
        if party.relation == wanted {
            let score = with_stranger(direction, stated.rule.traffic);
            add(*stated, &format!("a group in {}", called(id, party)), score, None);
        }
    }
    for (named, holder) in blocks {
        if holder.relation == wanted {
            let Named { stated, block, .. } = *named;
            let score = with_stranger(direction, stated.rule.traffic);
            // Only who is connected has private addresses: no stranger on the internet.
            let score = if is_private(block) { score.min(1) } else { score };
            // One more entry in a list is one more network that the same rule names.
            let ground = matches!(stated.rule.peer, Peer::PrefixList(_)).then_some(block);
            add(stated, &format!("{block}, {holder}{}", named.by()), score, ground);
        }
    }
    Ok(())
}

/// Whoever holds all of a block, as the item's account sees it. In words only where there
/// is a finding: most blocks are asked about for nothing.
pub(super) struct Holder<'a> {
    pub relation: Relation,
    /// The known block, and whose it is, where it is an account's.
    known: Option<(Block, Option<Party<'a>>)>,
    /// Whether only who is connected has its addresses.
    pub private: bool,
}

impl<'a> Holder<'a> {
    /// Where several accounts know the same addresses, as those of the default VPC, the one
    /// that is nearest to the item's counts, and of those the one with the narrowest block.
    fn of(case: &Case<'a>, block: IpNet) -> Result<Self, Undecided> {
        let private = is_private(block);
        let known = case.world.blocks(block)?;
        let mut nearest = Self { relation: Relation::Unknown, known: None, private };
        let mut rank = None;
        for known in known {
            let party = |id| account(id, &case.item.key.account, &case.world);
            let party = known.account.as_ref().map(|id| party(id.as_str())).transpose()?;
            let relation = party.as_ref().map_or(Relation::Own, |party| party.relation);
            let its = (relation, Reverse(known.network.prefix_len()));
            if rank.is_none_or(|rank| its < rank) {
                rank = Some(its);
                nearest = Self { relation, known: Some((known, party)), private };
            }
        }
        Ok(nearest)
    }
}

impl fmt::Display for Holder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((known, party)) = &self.known else {
            return f.write_str(if self.private {
                "a private range in no known network"
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
pub(super) fn called(id: &str, party: &Party<'_>) -> String {
    match (&party.name, party.relation) {
        (Some(name), _) => format!("account {id} ({name})"),
        (None, Relation::Own) => format!("account {id}"),
        (None, _) => format!("account {id}, which is not registered"),
    }
}
