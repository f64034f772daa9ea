#![doc = include_str!("expires_within_30d.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use jiff::SignedDuration;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, day, time};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("route53_domain.expires_within_30d"),
        technology: Cow::Borrowed("route53_domain"),
        score: 5,
        reads: Texts::new(&["/Expiry"]),
        timed: true,
        page: Cow::Borrowed(include_str!("expires_within_30d.md")),
        ..Check::DEFAULT
    },
    run,
};

/// How long before the end it is told.
const DAYS: i64 = 30;

const SOON: u8 = 5;
/// The score once the registration has ended.
const ENDED: u8 = 7;

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    const AT: &str = "/Expiry";
    let Some(end) = time(case.item, AT)? else { return Ok(()) };
    let now = case.world.now()?;
    if end.duration_since(now) < SignedDuration::from_hours(24 * DAYS) {
        let score = if end <= now { ENDED } else { SOON };
        found.add(Whole, format!("registered until {}", day(end))).score(score).at(AT);
    }
    Ok(())
}
