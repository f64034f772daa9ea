#![doc = include_str!("not_verified.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("ses_identity.not_verified"),
        technology: Cow::Borrowed("ses_identity"),
        score: 1,
        reads: Texts::new(&["/VerificationAttributes/VerificationStatus"]),
        page: Cow::Borrowed(include_str!("not_verified.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    match case.item.config["VerificationAttributes"]["VerificationStatus"].as_str() {
        Some("Success") => {}
        Some(status) => {
            found
                .add(Whole, format!("the verification status is {status}"))
                .at("/VerificationAttributes/VerificationStatus");
        }
        None => {
            found.add(Whole, "there is no verification status");
        }
    }
}
