#![doc = include_str!("unencrypted.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::SNAPSHOT;
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("ebs_snapshot.unencrypted"),
        technology: SNAPSHOT,
        score: 3,
        reads: Texts::new(&["/Encrypted"]),
        page: Cow::Borrowed(include_str!("unencrypted.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    match case.item.config["Encrypted"].as_bool() {
        Some(true) => {}
        Some(false) => {
            found.add(Whole, "the snapshot is not encrypted").at("/Encrypted");
        }
        None => return Err(Undecided::Unread("/Encrypted".to_owned())),
    }
    Ok(())
}
