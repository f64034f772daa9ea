#![doc = include_str!("not_multi_region.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::item::Item;
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

const AT: &str = "/IsMultiRegionTrail";

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("cloudtrail.not_multi_region"),
        technology: Cow::Borrowed("cloudtrail"),
        score: 4,
        reads: Texts::new(&[AT]),
        world: Texts::new(&["cloudtrail"]),
        page: Cow::Borrowed(include_str!("not_multi_region.md")),
        ..Check::DEFAULT
    },
    run,
};

/// The score while another trail records all regions.
const COVERED: u8 = 1;

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if records_everywhere(case.item) {
        return Ok(());
    }
    let trails = case.world.all(&case.item.key.account, "cloudtrail")?;
    let region = &case.item.key.region;
    if let Some(other) = trails.iter().find(|trail| records_everywhere(trail)) {
        let detail = format!("records {region} only; {} records all regions", other.name);
        found.add(Whole, detail).score(COVERED).at(AT);
    } else {
        let detail = format!("records {region} only, and no trail records the other regions");
        found.add(Whole, detail).ground("alone").at(AT);
    }
    Ok(())
}

/// Whether a trail records all regions; whether it is switched on is another check's.
fn records_everywhere(trail: &Item) -> bool {
    trail.config["IsMultiRegionTrail"] == true
}
