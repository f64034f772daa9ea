#![doc = include_str!("imdsv1_allowed.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("ec2_instance.imdsv1_allowed"),
        technology: Cow::Borrowed("ec2_instance"),
        score: 4,
        reads: Texts::new(&[
            "/MetadataOptions/HttpEndpoint",
            "/MetadataOptions/HttpTokens",
            "/Operator/Managed",
        ]),
        page: Cow::Borrowed(include_str!("imdsv1_allowed.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let config = &case.item.config;
    let options = &config["MetadataOptions"];
    if config["Operator"]["Managed"] == true || options["HttpEndpoint"] == "disabled" {
        return Ok(());
    }
    match options["HttpTokens"].as_str() {
        Some("required") => {}
        Some(_) => {
            let detail = "the metadata service answers requests without a session token";
            found.add(Whole, detail).at("/MetadataOptions/HttpTokens");
        }
        None => return Err(Undecided::Unread("/MetadataOptions".to_owned())),
    }
    Ok(())
}
