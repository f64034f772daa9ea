#![doc = include_str!("root_access_key.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::summary;
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_account.root_access_key"),
        technology: Cow::Borrowed("iam_account"),
        score: 10,
        reads: Texts::new(&["/SummaryMap"]),
        page: Cow::Borrowed(include_str!("root_access_key.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if summary(case.item, "AccountAccessKeysPresent")?.is_some_and(|keys| keys > 0) {
        found.add(Whole, "root has an access key").at("/SummaryMap/AccountAccessKeysPresent");
    }
    Ok(())
}
