#![doc = include_str!("logging_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use serde_json::Value;

use super::behaviors;
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("cloudfront_distribution.logging_disabled"),
        technology: Cow::Borrowed("cloudfront_distribution"),
        score: 1,
        reads: Texts::new(&[
            "/Distribution/DistributionConfig/CacheBehaviors/Items/*/PathPattern",
            "/Distribution/DistributionConfig/CacheBehaviors/Items/*/RealtimeLogConfigArn",
            "/Distribution/DistributionConfig/DefaultCacheBehavior/RealtimeLogConfigArn",
            "/Distribution/DistributionConfig/Logging/Enabled",
        ]),
        page: Cow::Borrowed(include_str!("logging_disabled.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let realtime = |arn: &Value| arn.as_str().is_some_and(|arn| !arn.is_empty());
    let logging = &case.item.config["Distribution"]["DistributionConfig"]["Logging"];
    let mut behaviors = behaviors(case.item);
    if logging["Enabled"] != true
        && !behaviors.any(|(.., it)| realtime(&it["RealtimeLogConfigArn"]))
    {
        found.add(Whole, "the distribution keeps no logs of who asks").at("/Distribution");
    }
}
