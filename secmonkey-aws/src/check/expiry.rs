//! What ends, and when somebody has to act.

use jiff::{SignedDuration, Timestamp};
use secmonkey_core::check::{Parameter, Undecided};

use super::DAYS;
use super::case::Case;

/// How many days before the end it is told: 30.
pub(super) const WINDOW_30: Parameter = told_before(30);

/// How many days before the end it is told: 60.
pub(super) const WINDOW_60: Parameter = told_before(60);

const fn told_before(days: i64) -> Parameter {
    Parameter::number("window_days", days, DAYS, "days", "how long before the end it is told")
}

/// How many days before the end it is told.
pub(super) fn window(case: &Case<'_>) -> Result<i64, Undecided> {
    case.world.number(&WINDOW_30.name)
}

/// The score of what is valid until `end`, by the number of days it is valid for less than:
/// that of the last which holds. None where it is valid for as long as the first, or longer.
pub(super) fn score(end: Timestamp, now: Timestamp, within: &[(i64, u8)]) -> Option<u8> {
    let left = end.duration_since(now);
    let is_within = |(days, _): &&(i64, u8)| left < SignedDuration::from_hours(24 * days);
    within.first().filter(is_within)?;
    within.iter().rev().find(is_within).map(|(_, score)| *score)
}
