#![doc = include_str!("inactive_access_key.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::inactive_keys;
use crate::check::case::Case;
use crate::check::subject::AccessKey;
use crate::check::{AwsCheck, day};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_user.inactive_access_key"),
        technology: Cow::Borrowed("iam_user"),
        score: 1,
        reads: Texts::new(&[
            "/AccessKeys/*/AccessKeyId",
            "/AccessKeys/*/Status",
            "/AccessKeys/*/CreateDate",
        ]),
        page: Cow::Borrowed(include_str!("inactive_access_key.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    for key in inactive_keys(case.item) {
        let detail =
            format!("access key {} is inactive, created on {}", key.id, day(key.created()?));
        found.add(AccessKey(key.id), detail).at(key.at());
    }
    Ok(())
}
