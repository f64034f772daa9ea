#![doc = include_str!("effective_full_admin.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, listed};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_role.effective_full_admin"),
        technology: Cow::Borrowed("iam_role"),
        score: 10,
        reads: Texts::new(&["/AttachedManagedPolicies", "/PermissionsBoundary", "/RolePolicyList"]),
        world: Texts::new(&["iam_managed_policy"]),
        page: Cow::Borrowed(include_str!("effective_full_admin.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let effective = case.effective()?;
    if let Some(held) = effective.permissions()?.full_admin() {
        let basis = effective.basis(&held.evidence);
        let by = listed(basis.labels.iter().map(String::as_str));
        let finding =
            found.add(Whole, format!("the role may do everything on everything, by {by}"));
        finding.evidence.extend(basis.at);
        finding.grounds.extend(basis.labels);
    }
    Ok(())
}
