#![doc = include_str!("internet_facing.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use super::{BALANCER, faces_internet};
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("elb.internet_facing"),
        technology: BALANCER,
        score: 1,
        reads: Texts::new(&["/Scheme"]),
        page: Cow::Borrowed(include_str!("internet_facing.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    if faces_internet(case.item) {
        found.add(Whole, "internet-facing").at("/Scheme");
    }
}
