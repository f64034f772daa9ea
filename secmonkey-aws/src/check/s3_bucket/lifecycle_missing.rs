#![doc = include_str!("lifecycle_missing.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_bucket.lifecycle_missing"),
        technology: Cow::Borrowed("s3_bucket"),
        reads: Texts::new(&["/LifecycleConfiguration/Rules"]),
        page: Cow::Borrowed(include_str!("lifecycle_missing.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    if list(&case.item.config["LifecycleConfiguration"]["Rules"]).is_empty() {
        found.add(Whole, "no lifecycle rules");
    }
}
