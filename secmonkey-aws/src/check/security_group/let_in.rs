//! Who gets through a security group to a port: what its findings come to for what stands
//! behind it.

use ipnet::IpNet;
use secmonkey_core::check::Undecided;

use super::peers::called;
use super::ports::{STRANGER, from_internet, named, with_stranger};
use crate::check::case::Case;
use crate::check::subject::{Direction, Rule, Traffic};
use crate::relation::Relation;

/// Somebody who is let in.
pub(in crate::check) struct LetIn {
    /// Who, for people.
    pub who: String,
    /// The rule that lets them in, as the group's findings name it.
    pub rule: String,
    /// What it is worth that they get to this port.
    pub score: u8,
}

/// Who but the owner gets to a port, which is worth `internet` where anybody does. The check
/// that asks declares accounts, prefix lists and what is known.
///
/// # Errors
/// Where a rule cannot be read, or it cannot be known whose a block is.
pub(in crate::check) fn let_in(
    group: &Case<'_>,
    port: Traffic<'_>,
    internet: u8,
) -> Result<Vec<LetIn>, Undecided> {
    let mut all = Vec::new();
    for open in &group.rules(Direction::Ingress)?.open {
        if open.traffic.holds(&port) {
            let rule = open.named.stated.rule.to_string();
            all.push(LetIn { who: open.name(), rule, score: internet });
        }
    }
    let stranger = internet.min(STRANGER);
    let peers = group.peers(Direction::Ingress)?;
    for (stated, id, party) in &peers.groups {
        let score = match party.relation {
            Relation::Own => continue,
            Relation::Friendly | Relation::ThirdParty => 0,
            Relation::Unknown => stranger,
        };
        if stated.rule.traffic.holds(&port) {
            let who = format!("a group in {}", called(id, party));
            all.push(LetIn { who, rule: stated.rule.to_string(), score });
        }
    }
    for (named, holder) in &peers.blocks {
        let score = match holder.relation {
            // A private address does not come from the internet.
            _ if holder.private => continue,
            Relation::Own => continue,
            Relation::Friendly | Relation::ThirdParty => 0,
            Relation::Unknown => stranger,
        };
        if named.stated.rule.traffic.holds(&port) {
            let who = format!("{}, {holder}{}", named.block, named.by());
            all.push(LetIn { who, rule: named.stated.rule.to_string(), score });
        }
    }
    Ok(all)
}

/// The rules by which a group lets blocks of addresses in, and each block: of a prefix list
/// every entry. The check that asks declares prefix lists and what is known.
///
/// # Errors
/// Where a rule cannot be read.
pub(in crate::check) fn blocks_in<'a>(
    group: &Case<'a>,
) -> Result<Vec<(Rule<'a>, IpNet)>, Undecided> {
    let rules = group.rules(Direction::Ingress)?;
    Ok(rules.blocks.iter().map(|named| (named.stated.rule, named.block)).collect())
}

/// Traffic that somebody may send in whom nobody knows: the internet or an unknown network.
pub(in crate::check) struct Stranger {
    /// The rule that lets it in.
    pub rule: String,
    /// Whom it names.
    pub block: IpNet,
    /// What it lets in, for people.
    pub traffic: String,
    /// Whom, for people.
    pub who: String,
    /// What that is worth.
    pub score: u8,
}

/// What a group lets in from strangers by the addresses of the internet that its rules name.
/// The check that asks declares accounts, prefix lists and what is known.
///
/// # Errors
/// As [`let_in`].
pub(in crate::check) fn strangers(group: &Case<'_>) -> Result<Vec<Stranger>, Undecided> {
    let mut all = Vec::new();
    for open in &group.rules(Direction::Ingress)?.open {
        let rule = open.named.stated.rule;
        let (who, score) = (open.name(), from_internet(open.traffic));
        let traffic = named(rule.traffic).into_owned();
        all.push(Stranger { rule: rule.to_string(), block: open.named.block, traffic, who, score });
    }
    for (at, holder) in &group.peers(Direction::Ingress)?.blocks {
        let rule = at.stated.rule;
        if holder.relation == Relation::Unknown && !holder.private {
            let who = format!("{}, {holder}{}", at.block, at.by());
            let score = with_stranger(Direction::Ingress, rule.traffic);
            let traffic = named(rule.traffic).into_owned();
            all.push(Stranger { rule: rule.to_string(), block: at.block, traffic, who, score });
        }
    }
    Ok(all)
}
