#![doc = include_str!("policy_privilege_escalation.md")]

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_policy::identity::Escalation;

use super::finding::{FEW, Power, find_policies};
use crate::check::case::Case;
use crate::check::listed;

pub(super) fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    find_policies(case, found, |permissions| {
        let ways = permissions.escalations();
        // The way that leads furthest is the one to tell.
        let first = ways.iter().min_by_key(|way| way.narrow)?;
        let ids: Vec<&str> = ways.iter().map(|way| way.path.id).collect();
        let mut told: Vec<String> = ids.iter().take(FEW).map(|&name| name.to_owned()).collect();
        let within = match first {
            Escalation { bounded: true, .. } => ", within a permissions boundary",
            Escalation { narrow: true, .. } => ", where resources are named",
            Escalation { conditional: true, .. } => ", under a condition",
            _ => "",
        };
        let more = ids.len().saturating_sub(FEW);
        if more > 0 {
            told.push(format!("{more} more ways"));
        }
        let listed = listed(told.iter().map(String::as_str));
        Some(Power {
            score: if first.narrow { 4 } else { 8 },
            text: format!(
                "opens a way to more permissions by {listed} ({}{within})",
                first.path.how
            ),
            at: ways
                .iter()
                .flat_map(|way| way.evidence.iter().map(|it| it.pointer.to_owned()))
                .collect(),
            grounds: ids.into_iter().map(str::to_owned).collect(),
        })
    })
}
