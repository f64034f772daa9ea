#![doc = include_str!("policy_privilege_escalation.md")]

use super::{FEW, Family, Place, Told, find_policies};
use crate::check::listed;

pub(super) const FAMILY: Family<Place> = Family {
    score: 7,
    world: &[],
    version: 1,
    page: include_str!("policy_privilege_escalation.md"),
    run: |place, item, _, found| {
        find_policies(place, item, found, |permissions| {
            let ways = permissions.escalations();
            let first = ways.first()?;
            let names: Vec<&str> = ways.iter().map(|way| way.path.id).collect();
            let more = names.len().saturating_sub(FEW);
            let mut told: Vec<String> =
                names.iter().take(FEW).map(|name| (*name).to_owned()).collect();
            if more > 0 {
                told.push(format!("{more} more ways"));
            }
            let told = listed(told.iter().map(String::as_str));
            let text = format!("opens a way to more permissions by {told} ({})", first.path.how);
            Some(Told {
                text,
                at: ways
                    .iter()
                    .flat_map(|way| way.evidence.iter().map(|it| it.pointer.to_owned()))
                    .collect(),
                grounds: names.into_iter().map(str::to_owned).collect(),
            })
        })
    },
};
