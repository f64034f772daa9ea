#![doc = include_str!("tls_minimum_deprecated.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("cloudfront_distribution.tls_minimum_deprecated"),
        technology: Cow::Borrowed("cloudfront_distribution"),
        score: 3,
        reads: Texts::new(&[
            "/Distribution/DistributionConfig/ViewerCertificate/CloudFrontDefaultCertificate",
            "/Distribution/DistributionConfig/ViewerCertificate/MinimumProtocolVersion",
        ]),
        page: Cow::Borrowed(include_str!("tls_minimum_deprecated.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    const AT: &str = "/Distribution/DistributionConfig/ViewerCertificate/MinimumProtocolVersion";
    let certificate = &case.item.config["Distribution"]["DistributionConfig"]["ViewerCertificate"];
    // With CloudFront's own certificate nobody can choose: browsers and CloudFront agree.
    if certificate["CloudFrontDefaultCertificate"] == true {
        return;
    }
    let policy = text(&certificate["MinimumProtocolVersion"]);
    let least = match policy {
        "SSLv3" => "SSL 3",
        "TLSv1" | "TLSv1_2016" => "TLS 1.0",
        "TLSv1.1_2016" => "TLS 1.1",
        _ => return,
    };
    found.add(Whole, format!("viewers may speak {least} ({policy})")).ground(policy).at(AT);
}
