#![doc = include_str!("console_password_unused_90d.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::MAX_IDLE;
use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, day, days_ago, time};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_user.console_password_unused_90d"),
        technology: Cow::Borrowed("iam_user"),
        score: 3,
        reads: Texts::new(&["/LoginProfile", "/PasswordLastUsed"]),
        timed: true,
        parameters: Cow::Borrowed(&[MAX_IDLE]),
        page: Cow::Borrowed(include_str!("console_password_unused_90d.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let limit = days_ago(&case.world, &MAX_IDLE)?;
    if !case.item.config["LoginProfile"].is_object() {
        return Ok(());
    }
    let created = time(case.item, "/LoginProfile/CreateDate")?;
    let last_used = time(case.item, "/PasswordLastUsed")?;
    // A password that was set since is a new one.
    match created.max(last_used) {
        Some(latest) if latest < limit => {}
        _ => return Ok(()),
    }
    let since = created.map_or_else(String::new, |at| format!(", set on {}", day(at)));
    let use_of_it = match last_used {
        Some(last_used) => format!("last used on {}", day(last_used)),
        None => "never used".to_owned(),
    };
    found.add(Whole, format!("a console password{since}, {use_of_it}")).at("/LoginProfile");
    Ok(())
}
