#![doc = include_str!("dkim_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("ses_identity.dkim_disabled"),
        technology: Cow::Borrowed("ses_identity"),
        score: 2,
        reads: Texts::new(&[
            "/DkimAttributes/DkimEnabled",
            "/DkimAttributes/DkimVerificationStatus",
            "/Identity",
            "/VerificationAttributes/VerificationStatus",
        ]),
        page: Cow::Borrowed(include_str!("dkim_disabled.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let config = &case.item.config;
    let is_domain = !text(&config["Identity"]).contains('@');
    if !is_domain || config["VerificationAttributes"]["VerificationStatus"] != "Success" {
        return Ok(());
    }
    let dkim = &config["DkimAttributes"];
    let (why, at) = match (dkim["DkimEnabled"].as_bool(), dkim["DkimVerificationStatus"].as_str()) {
        (None, _) => return Err(Undecided::Unread("/DkimAttributes".to_owned())),
        (Some(false), _) => ("DKIM is off".to_owned(), "/DkimAttributes/DkimEnabled"),
        (Some(true), Some("Success")) => return Ok(()),
        (Some(true), status) => (
            format!(
                "DKIM is on and its records are not verified ({})",
                status.unwrap_or("no status")
            ),
            "/DkimAttributes/DkimVerificationStatus",
        ),
    };
    found.add(Whole, why).at(at);
    Ok(())
}
