#![doc = include_str!("access_logging_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_bucket.access_logging_disabled"),
        technology: Cow::Borrowed("s3_bucket"),
        score: 1,
        reads: Texts::new(&["/LoggingEnabled"]),
        page: Cow::Borrowed(include_str!("access_logging_disabled.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    if !case.item.config["LoggingEnabled"].is_object() {
        found.add(Whole, "no server access logging");
    }
}
