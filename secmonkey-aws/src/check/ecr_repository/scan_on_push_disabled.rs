#![doc = include_str!("scan_on_push_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, text};

const FREQUENCY: &str = "/scanningConfiguration/scanFrequency";

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("ecr_repository.scan_on_push_disabled"),
        technology: Cow::Borrowed("ecr_repository"),
        score: 1,
        reads: Texts::new(&[
            "/imageScanningConfiguration/scanOnPush",
            FREQUENCY,
            "/scanningConfiguration/scanOnPush",
        ]),
        page: Cow::Borrowed(include_str!("scan_on_push_disabled.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let config = &case.item.config;
    let scanning = &config["scanningConfiguration"];
    let own = &config["imageScanningConfiguration"];
    if own["scanOnPush"] == true || scanning["scanOnPush"] == true {
        return Ok(());
    }
    match text(&scanning["scanFrequency"]) {
        "CONTINUOUS_SCAN" | "SCAN_ON_PUSH" => {}
        "" => return Err(Undecided::Unread(FREQUENCY.to_owned())),
        _ => {
            found.add(Whole, "images are scanned only where somebody asks for it").at(FREQUENCY);
        }
    }
    Ok(())
}
