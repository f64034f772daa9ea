#![doc = include_str!("rotation_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

const AT: &str = "/RotationEnabled";

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("secretsmanager_secret.rotation_disabled"),
        technology: Cow::Borrowed("secretsmanager_secret"),
        score: 2,
        reads: Texts::new(&["/DeletedDate", "/OwningService", "/PrimaryRegion", AT]),
        page: Cow::Borrowed(include_str!("rotation_disabled.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let config = &case.item.config;
    let is_replica = config["PrimaryRegion"].as_str().is_some_and(|of| of != case.item.key.region);
    if is_replica || config["OwningService"].is_string() || config["DeletedDate"].is_string() {
        return;
    }
    // A secret that never rotated has no such member.
    if config["RotationEnabled"] != true {
        let finding = found.add(Whole, "the secret does not rotate by itself");
        if config["RotationEnabled"].is_boolean() {
            finding.at(AT);
        }
    }
}
