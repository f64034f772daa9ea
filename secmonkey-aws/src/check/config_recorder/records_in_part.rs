#![doc = include_str!("records_in_part.md")]

use std::borrow::Cow;
use std::collections::BTreeSet;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list, listed, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("config_recorder.records_in_part"),
        technology: Cow::Borrowed("config_recorder"),
        score: 1,
        reads: Texts::new(&["/recordingGroup"]),
        page: Cow::Borrowed(include_str!("records_in_part.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let group = &case.item.config["recordingGroup"];
    let some = list(&group["resourceTypes"]).len();
    let without = &group["exclusionByResourceTypes"]["resourceTypes"];
    // Recorders of old say only whether they record everything.
    let detail = match text(&group["recordingStrategy"]["useOnly"]) {
        "EXCLUSION_BY_RESOURCE_TYPES" => {
            let without: BTreeSet<_> = list(without).iter().map(text).collect();
            format!("left out: {}", listed(without))
        }
        "INCLUSION_BY_RESOURCE_TYPES" => format!("of all kinds of resources {some} are recorded"),
        "" if group["allSupported"] == false => {
            format!("of all kinds of resources {some} are recorded")
        }
        _ => return,
    };
    let finding = found.add(Whole, detail).at("/recordingGroup");
    finding.grounds.extend(list(without).iter().map(|it| text(it).to_owned()));
}
