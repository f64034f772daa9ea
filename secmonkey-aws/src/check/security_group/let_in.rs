//! Who gets through a security group to a port: what its findings come to for what stands
//! behind it.

use secmonkey_core::check::Undecided;

use super::peers::called;
use super::ports::STRANGER;
use crate::check::case::Case;
use crate::check::subject::{Direction, Traffic};
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
