#![doc = include_str!("policy_missing.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_bucket.policy_missing"),
        technology: Cow::Borrowed("s3_bucket"),
        reads: Texts::new(&["/Policy"]),
        page: Cow::Borrowed(include_str!("policy_missing.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    if case.item.config["Policy"].is_null() {
        found.add(Whole, "the bucket has no policy");
    }
}
