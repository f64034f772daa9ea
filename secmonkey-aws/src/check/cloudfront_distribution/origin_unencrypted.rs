#![doc = include_str!("origin_unencrypted.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use super::origins;
use crate::check::case::Case;
use crate::check::subject::Origin;
use crate::check::{AwsCheck, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("cloudfront_distribution.origin_unencrypted"),
        technology: Cow::Borrowed("cloudfront_distribution"),
        score: 3,
        reads: Texts::new(&[
            "/Distribution/DistributionConfig/Origins/Items/*/CustomOriginConfig/OriginProtocolPolicy",
            "/Distribution/DistributionConfig/Origins/Items/*/DomainName",
            "/Distribution/DistributionConfig/Origins/Items/*/Id",
        ]),
        page: Cow::Borrowed(include_str!("origin_unencrypted.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    for (at, origin) in origins(case.item) {
        if origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "http-only" {
            let detail = format!("CloudFront asks {} in the clear", text(&origin["DomainName"]));
            let finding = found.add(Origin(text(&origin["Id"])), detail);
            finding.at(format!("{at}/CustomOriginConfig/OriginProtocolPolicy"));
        }
    }
}
