#![doc = include_str!("active_key_never_used.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Parameter, Undecided};
use secmonkey_core::texts::Texts;

use super::active_keys;
use crate::check::case::Case;
use crate::check::subject::AccessKey;
use crate::check::{AwsCheck, DAYS, day, days_ago};

const MAX_AGE: Parameter = Parameter::number(
    "max_age_days",
    90,
    DAYS,
    "days",
    "how old a key may be that nobody has used",
);

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_user.active_key_never_used"),
        technology: Cow::Borrowed("iam_user"),
        score: 3,
        reads: Texts::new(&[
            "/AccessKeys/*/AccessKeyId",
            "/AccessKeys/*/Status",
            "/AccessKeys/*/CreateDate",
            "/AccessKeys/*/AccessKeyLastUsed/LastUsedDate",
        ]),
        timed: true,
        part_of: Some(Cow::Borrowed("iam_user.active_key_unused_90d")),
        parameters: Cow::Borrowed(&[MAX_AGE]),
        page: Cow::Borrowed(include_str!("active_key_never_used.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let limit = days_ago(&case.world, &MAX_AGE)?;
    for key in active_keys(case.item) {
        let created = key.created()?;
        if created < limit && key.last_used()?.is_none() {
            let detail =
                format!("access key {} was created on {}, never used", key.id, day(created));
            found.add(AccessKey(key.id), detail).at(key.at());
        }
    }
    Ok(())
}
