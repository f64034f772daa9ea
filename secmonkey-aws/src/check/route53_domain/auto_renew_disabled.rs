#![doc = include_str!("auto_renew_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, day, time};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("route53_domain.auto_renew_disabled"),
        technology: Cow::Borrowed("route53_domain"),
        score: 3,
        reads: Texts::new(&["/AutoRenew", "/Expiry"]),
        page: Cow::Borrowed(include_str!("auto_renew_disabled.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if case.item.config["AutoRenew"] == false {
        let detail = match time(case.item, "/Expiry")? {
            Some(end) => format!("the registration ends on {}, and nobody renews it", day(end)),
            None => "nobody renews the registration".to_owned(),
        };
        found.add(Whole, detail).at("/AutoRenew");
    }
    Ok(())
}
