#![doc = include_str!("active_key_unused_90d.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{MAX_IDLE, active_keys};
use crate::check::case::Case;
use crate::check::subject::AccessKey;
use crate::check::{AwsCheck, day, days_ago};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_user.active_key_unused_90d"),
        technology: Cow::Borrowed("iam_user"),
        score: 3,
        reads: Texts::new(&[
            "/AccessKeys/*/AccessKeyId",
            "/AccessKeys/*/Status",
            "/AccessKeys/*/CreateDate",
            "/AccessKeys/*/AccessKeyLastUsed/LastUsedDate",
        ]),
        timed: true,
        parameters: Cow::Borrowed(&[MAX_IDLE]),
        page: Cow::Borrowed(include_str!("active_key_unused_90d.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let limit = days_ago(&case.world, &MAX_IDLE)?;
    for key in active_keys(case.item) {
        let (created, last_used) = (key.created()?, key.last_used()?);
        if last_used.unwrap_or(created) >= limit {
            continue;
        }
        let use_of_it = match last_used {
            Some(last_used) => format!("last used on {}", day(last_used)),
            None => "never used".to_owned(),
        };
        let detail = format!("access key {} was created on {}, {use_of_it}", key.id, day(created));
        found.add(AccessKey(key.id), detail).at(key.at());
    }
    Ok(())
}
