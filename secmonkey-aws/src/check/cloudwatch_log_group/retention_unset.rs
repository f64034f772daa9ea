#![doc = include_str!("retention_unset.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("cloudwatch_log_group.retention_unset"),
        technology: Cow::Borrowed("cloudwatch_log_group"),
        score: 1,
        reads: Texts::new(&["/logGroupClass", "/retentionInDays", "/retentionPolicyName"]),
        page: Cow::Borrowed(include_str!("retention_unset.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let config = &case.item.config;
    let is_said =
        config["retentionInDays"].is_number() || config["retentionPolicyName"].is_string();
    if !is_said && config["logGroupClass"] != "DELIVERY" {
        found.add(Whole, "its entries are kept for ever");
    }
}
