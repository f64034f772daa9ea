#![doc = include_str!("unencrypted.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::resource_policy::Idle;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("ebs_volume.unencrypted"),
        technology: Cow::Borrowed("ebs_volume"),
        score: 4,
        reads: Texts::new(&["/Attachments", "/Encrypted"]),
        page: Cow::Borrowed(include_str!("unencrypted.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let config = &case.item.config;
    match config["Encrypted"].as_bool() {
        Some(true) => {}
        Some(false) => {
            let finding = found.add(Whole, "the volume is not encrypted").at("/Encrypted");
            if list(&config["Attachments"]).is_empty() {
                found.at_most(Idle::SCORE, "attached to nothing");
            } else {
                finding.ground("in use");
            }
        }
        None => return Err(Undecided::Unread("/Encrypted".to_owned())),
    }
    Ok(())
}
