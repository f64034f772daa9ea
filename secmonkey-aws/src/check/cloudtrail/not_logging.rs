#![doc = include_str!("not_logging.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

const AT: &str = "/Status/IsLogging";

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("cloudtrail.not_logging"),
        technology: Cow::Borrowed("cloudtrail"),
        score: 7,
        reads: Texts::new(&[AT]),
        page: Cow::Borrowed(include_str!("not_logging.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    match case.item.config["Status"]["IsLogging"].as_bool() {
        Some(true) => {}
        Some(false) => {
            found.add(Whole, "the trail records nothing").at(AT);
        }
        None => return Err(Undecided::Unread(AT.to_owned())),
    }
    Ok(())
}
