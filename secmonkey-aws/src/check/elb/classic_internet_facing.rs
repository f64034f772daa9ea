#![doc = include_str!("classic_internet_facing.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use super::{BALANCER, faces_internet};
use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("elb.classic_internet_facing"),
        technology: BALANCER,
        score: 1,
        reads: Texts::new(&["/Scheme", "/VPCId"]),
        part_of: Some(Cow::Borrowed("elb.internet_facing")),
        page: Cow::Borrowed(include_str!("classic_internet_facing.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    if faces_internet(case.item) && text(&case.item.config["VPCId"]).is_empty() {
        found.add(Whole, "internet-facing, in no VPC").at("/Scheme");
    }
}
