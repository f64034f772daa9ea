#![doc = include_str!("transfer_unlocked.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("route53_domain.transfer_unlocked"),
        technology: Cow::Borrowed("route53_domain"),
        score: 3,
        reads: Texts::new(&["/TransferLock"]),
        page: Cow::Borrowed(include_str!("transfer_unlocked.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    if case.item.config["TransferLock"] == false {
        found.add(Whole, "the domain is not locked against transfer").at("/TransferLock");
    }
}
