#![doc = include_str!("default_encryption_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_bucket.default_encryption_disabled"),
        technology: Cow::Borrowed("s3_bucket"),
        score: 1,
        reads: Texts::new(&["/ServerSideEncryptionConfiguration/Rules"]),
        page: Cow::Borrowed(include_str!("default_encryption_disabled.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    if list(&case.item.config["ServerSideEncryptionConfiguration"]["Rules"]).is_empty() {
        found.add(Whole, "no rule for default encryption");
    }
}
