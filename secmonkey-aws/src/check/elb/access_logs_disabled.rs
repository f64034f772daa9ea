#![doc = include_str!("access_logs_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use super::BALANCER;
use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::subject::Whole;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("elb.access_logs_disabled"),
        technology: BALANCER,
        score: 1,
        reads: Texts::new(&["/Attributes/AccessLog"]),
        page: Cow::Borrowed(include_str!("access_logs_disabled.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    if case.item.config["Attributes"]["AccessLog"]["Enabled"] != true {
        found.add(Whole, "no access logs");
    }
}
