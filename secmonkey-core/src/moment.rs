//! Times as people write them.
//!
//! | written | means |
//! |---|---|
//! | `2026-01-31T14:00:00Z`, with any offset | that instant (RFC 3339) |
//! | `2026-01-31` | the start of that day |
//! | `2026-01-31 14:00` | that time of that day |
//! | `now`, `today`, `yesterday`, `tomorrow` | this instant; the starts of these days |
//! | `last friday`, `friday` | the start of the last friday before today |
//! | `yesterday 14:00`, `last friday 9:30` | that time of such a day |
//! | `2 hours ago`, `2 weeks ago`, `1h 30m ago` | so long before now |
//! | `in 30 days` | so long after now |
//!
//! Whatever has no offset is in the zone of who asks; days and months are calendar ones there.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{Span, Timestamp, Unit, ZonedDateTime};

/// What is understood, for help and errors.
pub const FORMS: &str =
    "2026-01-31T14:00:00Z, 2026-01-31, yesterday, `last friday 14:00` or `2 hours ago`";

/// Why a text is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It has none of the forms.
    #[error("`{0}` is not a time: write {FORMS}")]
    Form(String),
    /// There is no such time.
    #[error("`{text}` is out of range: {reason}")]
    Range {
        /// The text.
        text: String,
        /// Why.
        reason: String,
    },
}

/// Reads a time, as seen at an instant in a zone.
///
/// ```
/// use jiff::{Timestamp, tz::TimeZone};
/// use secmonkey_core::moment;
///
/// let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
/// let at = moment::parse("yesterday 14:00", &now.to_zoned_datetime(TimeZone::UTC)).unwrap();
/// assert_eq!(at.to_string(), "2026-03-30T14:00:00Z");
/// ```
///
/// # Errors
/// Where it has none of the forms, or no calendar has such a time.
pub fn parse(text: &str, now: &ZonedDateTime) -> Result<Timestamp, Error> {
    let text = text.trim();
    let range = |reason: String| Error::Range { text: text.to_owned(), reason };
    if let Some(time) = relative(text, now) {
        return time.map_err(|error| range(error.to_string()));
    }
    let local = |time: DateTime| {
        // The calendar goes on for a day after the last instant that has a name everywhere.
        let zoned = time.to_zoned_datetime(now.time_zone().clone());
        zoned
            .map(|time| time.timestamp())
            .map_err(|_| range(format!("times end with {:.0}", Timestamp::MAX)))
    };
    if let Some(time) = named(text, now) {
        return time.map_err(|error| range(error.to_string())).and_then(local);
    }
    // The first reading that fails for the value, not for the form, says why.
    let form = || Error::Form(text.to_owned());
    match text.parse::<Timestamp>() {
        Ok(time) => Ok(time),
        Err(_) if has_offset(text) => Err(form()),
        Err(_) => match (text.parse::<Date>(), text.parse::<DateTime>()) {
            (Ok(date), _) if text.len() == 10 => local(date.into()),
            (_, Ok(time)) => local(time),
            _ => Err(form()),
        },
    }
}

/// Whether an offset stands behind the time of day.
fn has_offset(text: &str) -> bool {
    text.get(10..).is_some_and(|rest| rest.contains(['Z', 'z', '+', '-']))
}

/// `2 hours ago`, `in 30 days`; `None` for anything else.
fn relative(text: &str, now: &ZonedDateTime) -> Option<Result<Timestamp, jiff::Error>> {
    if text.eq_ignore_ascii_case("now") {
        return Some(Ok(now.timestamp()));
    }
    let (span, sign) = if let Some(span) = text.strip_suffix(" ago") {
        (span, -1)
    } else {
        (text.strip_prefix("in ")?, 1)
    };
    let span: Span = span.trim().parse().ok().filter(|span: &Span| span.is_positive())?;
    let moved = span.checked_mul(sign).and_then(|span| now.checked_add(span));
    Some(moved.and_then(|time| time.timestamp().round(Unit::Second)))
}

/// `yesterday`, `last friday 14:00`; `None` for anything else.
fn named(text: &str, now: &ZonedDateTime) -> Option<Result<DateTime, jiff::Error>> {
    let lower = text.to_lowercase();
    let mut words: Vec<_> = lower.split_whitespace().collect();
    let time = words.last().and_then(|last| time_of_day(last));
    if time.is_some() {
        words.pop();
    }
    let today = now.date();
    let day = match words.as_slice() {
        ["today"] => Ok(today),
        ["yesterday"] => today.yesterday(),
        ["tomorrow"] => today.tomorrow(),
        ["last", day] | [day] => today.nth_weekday(-1, weekday(day)?),
        _ => return None,
    };
    Some(day.map(|day| day.to_datetime(time.unwrap_or_else(Time::midnight))))
}

/// `14:00`, `9:30`, `14:00:05`.
fn time_of_day(text: &str) -> Option<Time> {
    let padded = if text.find(':') == Some(1) { format!("0{text}") } else { text.to_owned() };
    padded.contains(':').then(|| padded.parse().ok()).flatten()
}

fn weekday(name: &str) -> Option<Weekday> {
    const DAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let is_named = |(long, _): &&(&str, Weekday)| *long == name || long.get(..3) == Some(name);
    DAYS.iter().find(is_named).map(|(_, day)| *day)
}

#[cfg(test)]
mod tests {
    use jiff::tz::{TimeZone, offset};

    use super::*;

    /// A Tuesday.
    const NOW: &str = "2026-03-31T12:00:00Z";

    fn at_in(text: &str, zone: TimeZone) -> Result<String, String> {
        let now: Timestamp = NOW.parse().unwrap();
        let read = parse(text, &now.to_zoned_datetime(zone));
        read.map(|time| time.to_string()).map_err(|error| error.to_string())
    }

    fn at(text: &str) -> Result<String, String> {
        at_in(text, TimeZone::UTC)
    }

    #[test]
    fn times_are_read_in_all_their_forms() {
        for (text, time) in [
            ("2026-01-31T14:00:00Z", "2026-01-31T14:00:00Z"),
            ("2026-01-31T14:00:00.25+02:00", "2026-01-31T12:00:00.25Z"),
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31T14:00", "2026-01-31T14:00:00Z"),
            ("2026-01-31 14:00:05", "2026-01-31T14:00:05Z"),
            (" 2 hours ago ", "2026-03-31T10:00:00Z"),
            ("1h 30m ago", "2026-03-31T10:30:00Z"),
            ("2 weeks ago", "2026-03-17T12:00:00Z"),
            // A month earlier there is no 31st.
            ("1 month ago", "2026-02-28T12:00:00Z"),
            ("in 30 days", "2026-04-30T12:00:00Z"),
            ("now", NOW),
            ("today", "2026-03-31T00:00:00Z"),
            ("Yesterday", "2026-03-30T00:00:00Z"),
            ("tomorrow", "2026-04-01T00:00:00Z"),
            ("yesterday 14:00", "2026-03-30T14:00:00Z"),
            ("last friday 9:30", "2026-03-27T09:30:00Z"),
            ("fri", "2026-03-27T00:00:00Z"),
            // Today is a Tuesday, and not the last one.
            ("last tuesday", "2026-03-24T00:00:00Z"),
            ("monday 23:59:30", "2026-03-30T23:59:30Z"),
        ] {
            assert_eq!(at(text).as_deref(), Ok(time), "{text}");
        }
    }

    #[test]
    fn what_has_no_offset_is_in_the_zone_of_who_asks() {
        let zone = TimeZone::fixed(offset(-9));
        for (text, time) in [
            ("2026-01-31", "2026-01-31T09:00:00Z"),
            ("2026-01-31T14:00", "2026-01-31T23:00:00Z"),
            ("2026-01-31T14:00Z", "2026-01-31T14:00:00Z"),
            ("today", "2026-03-31T09:00:00Z"),
            ("last monday 1:00", "2026-03-30T10:00:00Z"),
            ("1 hour ago", "2026-03-31T11:00:00Z"),
        ] {
            assert_eq!(at_in(text, zone.clone()).as_deref(), Ok(time), "{text}");
        }
        // The clocks of Europe went forward on the 29th: the day before was 23 hours away.
        let europe = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let before = at_in("3 days ago", europe.clone());
        assert_eq!(before.as_deref(), Ok("2026-03-28T13:00:00Z"));
        assert_eq!(at_in("last sunday", europe).as_deref(), Ok("2026-03-28T23:00:00Z"));
    }

    #[test]
    fn anything_else_is_named_in_the_error() {
        for text in [
            "",
            "teatime",
            "next week",
            "last week",
            "last",
            "friday noon",
            "friday 25:00",
            "yesterday friday",
            "14:00",
            "2026-02-30",
            "2026-02-30T00:00:00Z",
            "2026-13-01",
            "2 hours",
            "ago",
            "-2 hours ago",
            "in 20000 years",
            "2026-01-31T25:00:00Z",
        ] {
            assert!(at(text).is_err_and(|error| error.contains(&format!("`{text}`"))), "{text}");
        }
    }

    #[test]
    fn a_time_beyond_all_times_is_said_to_be() {
        for text in ["9999-12-31", "9999-12-31T00:00", "9999-12-31 23:59:59"] {
            let said = at(text).unwrap_err();
            assert_eq!(
                said,
                format!("`{text}` is out of range: times end with 9999-12-30T22:00:00Z")
            );
        }
        assert_eq!(at("9999-12-30").as_deref(), Ok("9999-12-30T00:00:00Z"));
    }
}
