#![doc = include_str!("effective_full_admin.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use crate::check::effective::{Basis, Policies};
use crate::check::listed;
use crate::check::subject::Whole;

check! {
    iam_role.effective_full_admin, score: 10,
    reads: [
        "/AttachedManagedPolicies",
        "/PermissionsBoundary",
        "/RolePolicyList",
    ],
    world: ["iam_managed_policy"],
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let policies = Policies::of(item, "/RolePolicyList", world)?;
    let basis = policies.ask(|permissions| {
        permissions.full_admin().map(|held| Basis::of(&policies, &held.evidence))
    })?;
    if let Some(Basis { labels, at }) = basis {
        let by = listed(labels.iter().map(String::as_str));
        let finding =
            found.add(Whole, format!("the role may do everything on everything, by {by}"));
        finding.evidence.extend(at);
        finding.grounds.extend(labels);
    }
    Ok(())
}
