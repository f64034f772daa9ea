#![doc = include_str!("deletion_protection_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use super::attribute;
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("elbv2.deletion_protection_disabled"),
        technology: Cow::Borrowed("elbv2"),
        score: 1,
        reads: Texts::new(&["/Attributes/*/Key", "/Attributes/*/Value"]),
        page: Cow::Borrowed(include_str!("deletion_protection_disabled.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    if let Some(("false", at)) = attribute(case.item, "deletion_protection.enabled") {
        found.add(Whole, "no deletion protection").at(at);
    }
}
