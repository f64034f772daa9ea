#![doc = include_str!("http_allowed.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use super::{DEFAULT, behaviors};
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Behavior;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("cloudfront_distribution.http_allowed"),
        technology: Cow::Borrowed("cloudfront_distribution"),
        score: 2,
        reads: Texts::new(&[
            "/Distribution/DistributionConfig/CacheBehaviors/Items/*/PathPattern",
            "/Distribution/DistributionConfig/CacheBehaviors/Items/*/ViewerProtocolPolicy",
            "/Distribution/DistributionConfig/DefaultCacheBehavior/ViewerProtocolPolicy",
        ]),
        page: Cow::Borrowed(include_str!("http_allowed.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    for (path, at, behavior) in behaviors(case.item) {
        if behavior["ViewerProtocolPolicy"] == "allow-all" {
            let detail = match path {
                DEFAULT => "viewers may ask in the clear".to_owned(),
                path => format!("viewers may ask for {path} in the clear"),
            };
            found.add(Behavior(path), detail).at(format!("{at}/ViewerProtocolPolicy"));
        }
    }
}
