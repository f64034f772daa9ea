//! How often something is looked at.

use std::fmt;
use std::str::FromStr;

use jiff::{Span, SpanRelativeTo, Timestamp};
use serde::{Deserialize, Serialize};

const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;
const WEEK: u32 = 7 * DAY;

/// How often something is looked at: whole minutes, from one to a week. Read and written as
/// text: `15m`, `1h`, `1d`, `1w`.
///
/// ```
/// use secmonkey_core::schedule::Interval;
///
/// let interval: Interval = "90 min".parse()?;
/// assert_eq!(interval.to_string(), "90m");
/// assert!("30s".parse::<Interval>().is_err());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Interval {
    minutes: u32,
}

/// A text that is no interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an interval: write whole minutes, hours, days or weeks, from `1m` to `1w`")]
pub struct InvalidInterval(String);

impl Interval {
    /// A minute, the shortest there is.
    pub const MINUTE: Self = Self { minutes: 1 };
    /// An hour: what counts if nobody says.
    pub const HOUR: Self = Self { minutes: HOUR };
    /// A day.
    pub const DAY: Self = Self { minutes: DAY };
    /// A week, the longest there is.
    pub const WEEK: Self = Self { minutes: WEEK };

    /// So many minutes; `None` where that is none or more than a week.
    #[must_use]
    pub const fn minutes(minutes: u32) -> Option<Self> {
        if minutes == 0 || minutes > WEEK { None } else { Some(Self { minutes }) }
    }

    /// Its length in seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.minutes as i64 * 60
    }

    /// The first point of its grid behind a time. `phase`, in seconds, says where the grid
    /// lies: where one interval is a multiple of another, grids of one phase share points.
    pub(super) fn next(self, after: Timestamp, phase: i64) -> Timestamp {
        let after = after.as_second();
        let since = (after - phase).rem_euclid(self.seconds());
        Timestamp::from_second(after - since + self.seconds()).unwrap_or(Timestamp::MAX)
    }
}

impl Default for Interval {
    fn default() -> Self {
        Self::HOUR
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(WEEK, 'w'), (DAY, 'd'), (HOUR, 'h'), (1, 'm')];
        let whole = units.into_iter().find(|(unit, _)| self.minutes.is_multiple_of(*unit));
        let (unit, letter) = whole.unwrap_or((1, 'm'));
        write!(f, "{}{letter}", self.minutes / unit)
    }
}

impl FromStr for Interval {
    type Err = InvalidInterval;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidInterval(text.to_owned());
        let span: Span = text.trim().parse().map_err(|_| invalid())?;
        let length =
            span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| invalid())?;
        let minutes = u32::try_from(length.as_mins()).map_err(|_| invalid())?;
        if length.as_secs() != i64::from(minutes) * 60 || length.subsec_nanos() != 0 {
            return Err(invalid());
        }
        Self::minutes(minutes).ok_or_else(invalid)
    }
}

impl TryFrom<String> for Interval {
    type Error = InvalidInterval;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Interval> for String {
    fn from(interval: Interval) -> Self {
        interval.to_string()
    }
}
