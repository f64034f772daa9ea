#![doc = include_str!("bucket_origin_missing.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{bucket, origins};
use crate::check::case::Case;
use crate::check::subject::Origin;
use crate::check::{AwsCheck, text};
use crate::kind;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("cloudfront_distribution.bucket_origin_missing"),
        technology: Cow::Borrowed("cloudfront_distribution"),
        score: 7,
        reads: Texts::new(&[
            "/Distribution/DistributionConfig/Enabled",
            "/Distribution/DistributionConfig/Origins/Items/*/DomainName",
            "/Distribution/DistributionConfig/Origins/Items/*/Id",
        ]),
        world: Texts::new(&["known"]),
        page: Cow::Borrowed(include_str!("bucket_origin_missing.md")),
        ..Check::DEFAULT
    },
    run,
};

/// The most that a finding scores while the distribution is disabled.
const IDLE: u8 = 3;

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let is_enabled = case.item.config["Distribution"]["DistributionConfig"]["Enabled"] == true;
    for (at, origin) in origins(case.item) {
        let domain = text(&origin["DomainName"]);
        let Some(bucket) = bucket(domain) else { continue };
        if !case.world.owners(&kind::BUCKET, bucket)?.is_empty() {
            continue;
        }
        let detail = format!("the bucket {bucket} is in none of our accounts");
        let subject = Origin(text(&origin["Id"]));
        if is_enabled {
            found.add(subject, detail).ground("enabled").at(format!("{at}/DomainName"));
        } else {
            let detail = format!("{detail}; the distribution is disabled");
            found.add(subject, detail).score(IDLE).at(format!("{at}/DomainName"));
        }
    }
    Ok(())
}
