#![doc = include_str!("console_without_mfa_privileged.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list, listed};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_user.console_without_mfa_privileged"),
        technology: Cow::Borrowed("iam_user"),
        score: 10,
        reads: Texts::new(&[
            "/AttachedManagedPolicies",
            "/GroupList",
            "/LoginProfile",
            "/MFADevices",
            "/PermissionsBoundary",
            "/UserPolicyList",
        ]),
        world: Texts::new(&["iam_group", "iam_managed_policy"]),
        page: Cow::Borrowed(include_str!("console_without_mfa_privileged.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if !case.item.config["LoginProfile"].is_object()
        || !list(&case.item.config["MFADevices"]).is_empty()
    {
        return Ok(());
    }
    let effective = case.effective()?;
    let permissions = effective.permissions()?;
    let (what, held) = match permissions.full_admin() {
        Some(held) => ("do everything", Some(held)),
        None => ("manage permissions", permissions.permissions_management()),
    };
    if let Some(held) = held {
        let basis = effective.basis(&held.evidence);
        let by = listed(basis.labels.iter().map(String::as_str));
        let detail = format!("a console password, no MFA device, and may {what}, by {by}");
        let finding = found.add(Whole, detail);
        finding.at("/LoginProfile").ground(what).evidence.extend(basis.at);
        finding.grounds.extend(basis.labels);
    }
    Ok(())
}
