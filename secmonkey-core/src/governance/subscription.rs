//! Who wants to hear of what: subscriptions, and the switch that silences all of them.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::RuleId;
use crate::event::short_id;
use crate::query::Query;

/// Somebody, or a channel, that wants to hear of what a query means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Names it for ever: of SHA-256 over its name.
    pub id: RuleId,
    /// What people call it; another one of this name replaces it.
    pub name: String,
    /// The notifier that tells, by name.
    pub outlet: String,
    /// The recipient, as the notifier names them; `None`: whom its settings name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The items and issues that are told of.
    #[serde(default)]
    pub query: Query,
    /// When it is told.
    #[serde(default)]
    pub cadence: Cadence,
    /// The hours in which nothing is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietHours>,
    /// The score from which issues are told of in quiet hours as well; `None`: none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_except: Option<u8>,
    /// Whether changes of items are told, and not issues alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changes: bool,
    /// Whether it is the daily report that is told, at the hour of the cadence, and not each
    /// change.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub report: bool,
    /// Whether the report comes also where it has nothing to tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub even_empty: bool,
}

impl Subscription {
    /// A subscription to all issues, at once.
    #[must_use]
    pub fn new(name: impl Into<String>, outlet: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            id: RuleId::of_subscription(&name),
            name,
            outlet: outlet.into(),
            to: None,
            query: Query::All,
            cadence: Cadence::AtOnce,
            quiet: None,
            quiet_except: None,
            changes: false,
            report: false,
            even_empty: false,
        }
    }

    /// What it tells, in a few words: ``issues of `account:prod`, at once, by slack``.
    #[must_use]
    pub fn says(&self) -> String {
        let what = match (self.report, self.changes) {
            (true, _) => "the daily report",
            (false, true) => "issues and changes",
            (false, false) => "issues",
        };
        let of = match &self.query {
            Query::All => String::new(),
            query => format!(" of `{query}`"),
        };
        let to = self.to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
        format!("{what}{of}, {}, by {}{to}", self.cadence, self.outlet)
    }

    /// When something is told that was settled at a time and scores so much; `None`: at once.
    #[must_use]
    pub fn due(&self, settled: Timestamp, score: u8) -> Option<Timestamp> {
        let due = self.cadence.next(settled);
        let speaks_always = self.quiet_except.is_some_and(|except| score >= except);
        let end = self.quiet.as_ref().filter(|_| !speaks_always);
        end.and_then(|quiet| quiet.end(due.unwrap_or(settled))).or(due)
    }
}

impl RuleId {
    /// The id of the subscription of a name.
    #[must_use]
    pub fn of_subscription(name: &str) -> Self {
        Self(short_id(&["subscription", name]))
    }

    /// The id of the switch that silences everything: there is one.
    #[must_use]
    pub fn of_silence() -> Self {
        Self(short_id(&["silence"]))
    }
}

/// When somebody is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Cadence {
    /// As soon as changes have settled.
    #[default]
    AtOnce,
    /// Together, at every full hour.
    Hourly,
    /// Together, once a day.
    Daily(LocalTime),
}

impl Cadence {
    /// The next time, behind an instant; `None`: that instant.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        const HOUR: i64 = 3600;
        match self {
            Self::AtOnce => None,
            Self::Hourly => {
                let next = (after.as_second().div_euclid(HOUR) + 1) * HOUR;
                Timestamp::from_second(next).ok()
            }
            Self::Daily(time) => Some(time.next(after)),
        }
    }
}

/// A time of day somewhere: `08:00 Europe/Rome`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalTime {
    time: Time,
    /// By name: what was recorded is read also where the zone is not known.
    zone: String,
}

impl LocalTime {
    /// When it is that time the next time, behind an instant. A time that the change to summer
    /// time skips comes as much later.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Timestamp {
        let zone = self.zone();
        let mut date = zone.to_datetime(after).date();
        // No calendar has three days in a row without this time.
        for _ in 0..3 {
            match zone.to_timestamp(date.to_datetime(self.time)) {
                Ok(then) if then > after => return then,
                _ => date = date.tomorrow().unwrap_or(date),
            }
        }
        after
    }

    /// The zone; UTC where its name is not known on this machine.
    fn zone(&self) -> TimeZone {
        zone(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// As it is written, whether the zone is known or not.
    fn read(text: &str) -> Result<Self, InvalidTime> {
        let (at, zone) = split(text);
        let zone = if zone.is_empty() { "UTC" } else { zone };
        Ok(Self { time: time(at)?, zone: zone.to_owned() })
    }
}

/// The hours of a day in which nothing is told: `22:00-07:00 Europe/Rome`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuietHours {
    from: Time,
    to: LocalTime,
}

impl QuietHours {
    /// When they end, where an instant lies in them.
    #[must_use]
    pub fn end(&self, at: Timestamp) -> Option<Timestamp> {
        let time = self.to.zone().to_datetime(at).time();
        let (from, to) = (self.from, self.to.time);
        let is_quiet =
            if from < to { (from..to).contains(&time) } else { time >= from || time < to };
        is_quiet.then(|| self.to.next(at))
    }
}

/// Everybody is told nothing for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Why.
    pub reason: String,
    /// When it ends; `None`: when somebody ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A text that says no time when somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTime {
    /// No cadence.
    #[error("`{0}` is no cadence: write `at once`, `hourly` or `daily at 08:00 Europe/Rome`")]
    Cadence(String),
    /// No hours.
    #[error("`{0}` are no hours: write `22:00-07:00 Europe/Rome`")]
    Hours(String),
    /// No time of day.
    #[error("`{0}` is no time of day: write `08:00`")]
    Time(String),
    /// No time zone.
    #[error("`{0}` is no time zone that is known here: write `UTC`, or `Europe/Rome`")]
    Zone(String),
}

fn time(text: &str) -> Result<Time, InvalidTime> {
    Time::strptime("%H:%M", text).map_err(|_| InvalidTime::Time(text.to_owned()))
}

fn zone(name: &str) -> Result<TimeZone, InvalidTime> {
    match name {
        "UTC" => Ok(TimeZone::UTC),
        name => TimeZone::get(name).map_err(|_| InvalidTime::Zone(name.to_owned())),
    }
}

/// The first word, and what follows.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim()))
}

impl Cadence {
    fn read(text: &str) -> Result<Self, InvalidTime> {
        let unknown = || InvalidTime::Cadence(text.to_owned());
        match split(text) {
            ("at", "once") => Ok(Self::AtOnce),
            ("hourly", "") => Ok(Self::Hourly),
            ("daily", at) => {
                let at = at.strip_prefix("at ").ok_or_else(unknown)?;
                Ok(Self::Daily(LocalTime::read(at)?))
            }
            _ => Err(unknown()),
        }
    }
}

impl QuietHours {
    fn read(text: &str) -> Result<Self, InvalidTime> {
        let (hours, zone) = split(text);
        let unknown = || InvalidTime::Hours(text.to_owned());
        let (from, to) = hours.split_once('-').ok_or_else(unknown)?;
        let (from, to) = (time(from)?, LocalTime::read(&format!("{to} {zone}"))?);
        if from == to.time { Err(unknown()) } else { Ok(Self { from, to }) }
    }
}

impl FromStr for Cadence {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let read = Self::read(text)?;
        if let Self::Daily(time) = &read {
            zone(&time.zone)?;
        }
        Ok(read)
    }
}

impl FromStr for QuietHours {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let read = Self::read(text)?;
        zone(&read.to.zone)?;
        Ok(read)
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.time.strftime("%H:%M"), self.zone)
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtOnce => f.write_str("at once"),
            Self::Hourly => f.write_str("hourly"),
            Self::Daily(time) => write!(f, "daily at {time}"),
        }
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.strftime("%H:%M"), self.to)
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = InvalidTime;

            fn try_from(text: String) -> Result<Self, InvalidTime> {
                Self::read(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )*};
}

as_text!(Cadence, QuietHours);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        for text in ["at once", "hourly", "daily at 08:00 Europe/Rome", "daily at 23:59 UTC"] {
            assert_eq!(text.parse::<Cadence>().unwrap().to_string(), text);
        }
        let quiet = "22:00-07:00 Europe/Rome";
        assert_eq!(quiet.parse::<QuietHours>().unwrap().to_string(), quiet);
        assert_eq!("daily at 8:00".parse::<Cadence>().unwrap().to_string(), "daily at 08:00 UTC");
    }

    #[test]
    fn what_is_no_time_is_refused_and_says_how_to_write_one() {
        let said = |text: &str| text.parse::<Cadence>().unwrap_err().to_string();
        insta::assert_snapshot!(
            [said("weekly"), said("daily"), said("daily at 25:00"), said("daily at 08:00 Rome")]
                .join("\n"),
            @"
        `weekly` is no cadence: write `at once`, `hourly` or `daily at 08:00 Europe/Rome`
        `daily` is no cadence: write `at once`, `hourly` or `daily at 08:00 Europe/Rome`
        `25:00` is no time of day: write `08:00`
        `Rome` is no time zone that is known here: write `UTC`, or `Europe/Rome`
        "
        );
        for text in ["22:00", "07:00-07:00"] {
            assert!(text.parse::<QuietHours>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_is_as_long_as_it_is_there() {
        let rome = LocalTime::read("08:00 Europe/Rome").unwrap();
        assert_eq!(rome.next(at("2026-03-28T07:00:00Z")), at("2026-03-29T06:00:00Z"));
        assert_eq!(rome.next(at("2026-03-28T06:59:59Z")), at("2026-03-28T07:00:00Z"));
        // Skipped that night.
        let night = LocalTime::read("02:30 Europe/Rome").unwrap();
        assert_eq!(night.next(at("2026-03-28T12:00:00Z")), at("2026-03-29T01:30:00Z"));
    }

    #[test]
    fn quiet_hours_hold_until_they_end_and_what_is_bad_enough_is_told() {
        let quiet = Some("22:00-07:00 Europe/Rome".parse().unwrap());
        let one = Subscription { quiet, quiet_except: Some(9), ..Subscription::new("a", "mail") };
        let (night, morning) = (at("2026-01-01T23:30:00Z"), at("2026-01-02T06:00:00Z"));
        assert_eq!(one.due(night, 8), Some(morning));
        assert_eq!(one.due(night, 9), None);
        assert_eq!(one.due(at("2026-01-02T06:00:00Z"), 8), None);
        let hourly = Subscription { cadence: Cadence::Hourly, ..one };
        assert_eq!(hourly.due(at("2026-01-01T20:30:00Z"), 8), Some(morning));
        assert_eq!(hourly.due(night, 9), Some(at("2026-01-02T00:00:00Z")));
    }
}
