#![doc = include_str!("point_in_time_recovery_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

const AT: &str =
    "/ContinuousBackupsDescription/PointInTimeRecoveryDescription/PointInTimeRecoveryStatus";

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("dynamodb_table.point_in_time_recovery_disabled"),
        technology: Cow::Borrowed("dynamodb_table"),
        score: 1,
        reads: Texts::new(&[AT]),
        page: Cow::Borrowed(include_str!("point_in_time_recovery_disabled.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    match case.item.config.pointer(AT).map(|status| status == "ENABLED") {
        Some(true) => {}
        Some(false) => {
            found.add(Whole, "the table cannot be recovered as it was").at(AT);
        }
        None => return Err(Undecided::Unread(AT.to_owned())),
    }
    Ok(())
}
