#![doc = include_str!("deletion_protection_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

const AT: &str = "/Table/DeletionProtectionEnabled";

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("dynamodb_table.deletion_protection_disabled"),
        technology: Cow::Borrowed("dynamodb_table"),
        score: 1,
        reads: Texts::new(&[AT]),
        page: Cow::Borrowed(include_str!("deletion_protection_disabled.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    match case.item.config.pointer(AT).map(|value| value == true) {
        Some(true) => {}
        Some(false) => {
            found.add(Whole, "one call deletes the table").at(AT);
        }
        None => return Err(Undecided::Unread(AT.to_owned())),
    }
    Ok(())
}
