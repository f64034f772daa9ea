#![doc = include_str!("distribution_missing.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{is_public, targets};
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::kind;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("route53_record.distribution_missing"),
        technology: Cow::Borrowed("route53_record"),
        score: 4,
        reads: Texts::new(&[
            "/AliasTarget/DNSName",
            "/HostedZoneId",
            "/ResourceRecords/*/Value",
            "/Type",
        ]),
        world: Texts::new(&["known", "route53_hosted_zone"]),
        page: Cow::Borrowed(include_str!("distribution_missing.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    for (target, at) in targets(&case.item.config) {
        let name = target.trim_end_matches('.').to_ascii_lowercase();
        // `.cn` in the partition of China.
        if ![".cloudfront.net", ".cloudfront.cn"].iter().any(|domain| name.ends_with(domain)) {
            continue;
        }
        if is_public(case)? && case.world.owners(&kind::DISTRIBUTION, &name)?.is_empty() {
            let detail = format!("leads to distribution {name}, which no watched account has");
            found.add(Whole, detail).at(at);
        }
    }
    Ok(())
}
