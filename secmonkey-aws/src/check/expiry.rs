//! What ends, and when somebody has to act.

use jiff::{SignedDuration, Timestamp};

/// The score of what is valid until `end`, by the number of days it is valid for less than:
/// that of the last which holds. None where it is valid for longer than all of them.
pub(super) fn score(end: Timestamp, now: Timestamp, within: &[(i64, u8)]) -> Option<u8> {
    let left = end.duration_since(now);
    let is_within = |(days, _): &&(i64, u8)| left < SignedDuration::from_hours(24 * days);
    within.iter().rev().find(is_within).map(|(_, score)| *score)
}
