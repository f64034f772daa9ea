#![doc = include_str!("pending_deletion.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::pends_deletion;
use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, day, time};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("kms_key.pending_deletion"),
        technology: Cow::Borrowed("kms_key"),
        score: 3,
        reads: Texts::new(&["/KeyMetadata/DeletionDate", "/KeyMetadata/KeyState"]),
        page: Cow::Borrowed(include_str!("pending_deletion.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if case.item.config["KeyMetadata"].is_null() {
        return Err(Undecided::Unread("/KeyMetadata".to_owned()));
    }
    if pends_deletion(case.item) {
        let detail = match time(case.item, "/KeyMetadata/DeletionDate")? {
            Some(date) => format!("the key is deleted on {}", day(date)),
            None => "the key is deleted once its replicas are".to_owned(),
        };
        found.add(Whole, detail).at("/KeyMetadata/KeyState");
    }
    Ok(())
}
