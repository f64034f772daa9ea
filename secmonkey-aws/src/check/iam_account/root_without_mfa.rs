#![doc = include_str!("root_without_mfa.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{has_password, summary};
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_account.root_without_mfa"),
        technology: Cow::Borrowed("iam_account"),
        score: 9,
        reads: Texts::new(&["/SummaryMap"]),
        page: Cow::Borrowed(include_str!("root_without_mfa.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if has_password(case.item)? && summary(case.item, "AccountMFAEnabled")? == Some(0) {
        let finding = found.add(Whole, "root has a password and no MFA device");
        finding.at("/SummaryMap/AccountMFAEnabled");
    }
    Ok(())
}
