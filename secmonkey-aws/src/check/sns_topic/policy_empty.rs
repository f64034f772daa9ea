#![doc = include_str!("policy_empty.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;
use secmonkey_core::watch::Part;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::watch::known;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("sns_topic.policy_empty"),
        technology: Cow::Borrowed("sns_topic"),
        reads: Texts::new(&["/Attributes/Policy"]),
        page: Cow::Borrowed(include_str!("policy_empty.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let policy = &case.item.config["Attributes"]["Policy"];
    if matches!(known(policy.clone()), Part::Absent) {
        found.add(Whole, "the topic has no policy");
    }
}
