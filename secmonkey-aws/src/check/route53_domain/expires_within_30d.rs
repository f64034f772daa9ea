#![doc = include_str!("expires_within_30d.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::expiry::{self, WINDOW_30, window};
use crate::check::subject::Whole;
use crate::check::{AwsCheck, day, time};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("route53_domain.expires_within_30d"),
        technology: Cow::Borrowed("route53_domain"),
        score: 5,
        reads: Texts::new(&["/Expiry"]),
        timed: true,
        parameters: Cow::Borrowed(&[WINDOW_30]),
        page: Cow::Borrowed(include_str!("expires_within_30d.md")),
        ..Check::DEFAULT
    },
    run,
};

const SOON: u8 = 5;
/// The score once the registration has ended.
const ENDED: u8 = 7;

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    const AT: &str = "/Expiry";
    let Some(end) = time(case.item, AT)? else { return Ok(()) };
    let now = case.world.now()?;
    if let Some(score) = expiry::score(end, now, &[(window(case)?, SOON)]) {
        let score = if end <= now { ENDED } else { score };
        found.add(Whole, format!("registered until {}", day(end))).score(score).at(AT);
    }
    Ok(())
}
