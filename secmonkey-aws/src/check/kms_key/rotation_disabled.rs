#![doc = include_str!("rotation_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::pends_deletion;
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("kms_key.rotation_disabled"),
        technology: Cow::Borrowed("kms_key"),
        score: 1,
        reads: Texts::new(&[
            "/KeyMetadata/KeyManager",
            "/KeyMetadata/KeySpec",
            "/KeyMetadata/KeyState",
            "/KeyMetadata/MultiRegionConfiguration/MultiRegionKeyType",
            "/KeyMetadata/Origin",
            "/KeyRotationStatus/KeyRotationEnabled",
        ]),
        page: Cow::Borrowed(include_str!("rotation_disabled.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let config = &case.item.config;
    let key = &config["KeyMetadata"];
    if key.is_null() {
        return Err(Undecided::Unread("/KeyMetadata".to_owned()));
    }
    let could = key["KeyManager"] == "CUSTOMER"
        && key["KeySpec"] == "SYMMETRIC_DEFAULT"
        && key["Origin"] == "AWS_KMS"
        && key["MultiRegionConfiguration"]["MultiRegionKeyType"] != "REPLICA"
        && !pends_deletion(case.item);
    match config["KeyRotationStatus"]["KeyRotationEnabled"].as_bool() {
        _ if !could => {}
        Some(true) => {}
        Some(false) => {
            found.add(Whole, "the key is not rotated").at("/KeyRotationStatus/KeyRotationEnabled");
        }
        None => return Err(Undecided::Unread("/KeyRotationStatus".to_owned())),
    }
    Ok(())
}
