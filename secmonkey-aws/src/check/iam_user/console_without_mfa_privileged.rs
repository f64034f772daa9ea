#![doc = include_str!("console_without_mfa_privileged.md")]

use secmonkey_core::check::{Findings, Undecided, World};
use secmonkey_core::item::Item;

use crate::check::effective::{Basis, Policies};
use crate::check::subject::Whole;
use crate::check::{list, listed};

check! {
    iam_user.console_without_mfa_privileged, score: 10,
    reads: [
        "/AttachedManagedPolicies",
        "/GroupList",
        "/LoginProfile",
        "/MFADevices",
        "/PermissionsBoundary",
        "/UserPolicyList",
    ],
    world: ["iam_group", "iam_managed_policy"],
}

fn run(item: &Item, world: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if !item.config["LoginProfile"].is_object() || !list(&item.config["MFADevices"]).is_empty() {
        return Ok(());
    }
    let policies = Policies::of(item, "/UserPolicyList", world)?;
    let basis = policies.ask(|permissions| {
        let (what, held) = match permissions.full_admin() {
            Some(held) => ("do everything", Some(held)),
            None => ("manage permissions", permissions.permissions_management()),
        };
        held.map(|held| (what, Basis::of(&policies, &held.evidence)))
    })?;
    if let Some((what, Basis { labels, at })) = basis {
        let by = listed(labels.iter().map(String::as_str));
        let detail = format!("a console password, no MFA device, and may {what}, by {by}");
        let finding = found.add(Whole, detail);
        finding.at("/LoginProfile").ground(what).evidence.extend(at);
        finding.grounds.extend(labels);
    }
    Ok(())
}
