#![doc = include_str!("unused_90d.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Parameter, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, before, day, max_idle, text, time};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_role.unused_90d"),
        technology: Cow::Borrowed("iam_role"),
        score: 2,
        reads: Texts::new(&["/CreateDate", "/Path", "/RoleLastUsed/LastUsedDate"]),
        timed: true,
        parameters: Cow::Borrowed(&[MAX_IDLE]),
        page: Cow::Borrowed(include_str!("unused_90d.md")),
        ..Check::DEFAULT
    },
    run,
};

const MAX_IDLE: Parameter = max_idle("how long nobody may have used the role");

/// How long a role rests before what it may do counts less.
pub(in crate::check) const IDLE_DAYS: i64 = 90;

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if let Some(detail) = unused(case, case.world.number(&MAX_IDLE.name)?)? {
        found.add(Whole, detail).at("/CreateDate");
    }
    Ok(())
}

/// When a role was created and last used, where nobody has used it for so many days.
pub(in crate::check) fn unused(case: &Case<'_>, days: i64) -> Result<Option<String>, Undecided> {
    let limit = before(&case.world, days)?;
    // AWS makes and deletes these itself.
    if text(&case.item.config["Path"]).starts_with("/aws-service-role/") {
        return Ok(None);
    }
    let Some(created) = time(case.item, "/CreateDate")? else { return Ok(None) };
    let last_used = time(case.item, "/RoleLastUsed/LastUsedDate")?;
    if last_used.unwrap_or(created).max(created) >= limit {
        return Ok(None);
    }
    Ok(Some(match last_used {
        Some(last_used) => {
            format!("created on {}, last used on {}", day(created), day(last_used))
        }
        // AWS remembers the last use for 400 days.
        None => format!("created on {}, and no use of it is known", day(created)),
    }))
}
