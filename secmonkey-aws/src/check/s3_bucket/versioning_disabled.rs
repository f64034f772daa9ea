#![doc = include_str!("versioning_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("s3_bucket.versioning_disabled"),
        technology: Cow::Borrowed("s3_bucket"),
        score: 1,
        reads: Texts::new(&["/Versioning/Status"]),
        page: Cow::Borrowed(include_str!("versioning_disabled.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let status = &case.item.config["Versioning"]["Status"];
    if status == "Enabled" {
        return;
    }
    if status.is_null() {
        found.add(Whole, "versioning was never turned on");
    } else {
        found.add(Whole, "versioning is suspended").at("/Versioning/Status");
    }
}
