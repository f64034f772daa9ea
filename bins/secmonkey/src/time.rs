//! Times as people write them.

use std::io::{self, IsTerminal as _};
use std::sync::LazyLock;
use std::time::Duration;

use secmonkey_core::Timestamp;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo};

/// What is understood, for help and errors.
pub const FORMS: &str = "2026-01-31T14:00:00Z, 2026-01-31 or `2 hours ago`";

/// Reads a time: RFC 3339; a date or a time without zone, which are UTC (a date is its
/// first instant); `2 hours ago`; `in 30 days`.
pub fn parse(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Some(time) = relative(text, now) {
        return time.map_err(|reason| format!("`{text}` is out of range: {reason}"));
    }
    let utc = |time: DateTime| {
        // The calendar goes on for a day after the last instant that has a name everywhere.
        let zoned = time.to_zoned_datetime(TimeZone::UTC);
        let last = Timestamp::MAX;
        zoned
            .map(|time| time.timestamp())
            .map_err(|_| format!("`{text}` is out of range: times end with {last:.0}"))
    };
    // The first reading that fails for the value, not for the form, says why.
    match text.parse::<Timestamp>() {
        Ok(time) => Ok(time),
        Err(_) if has_zone(text) => Err(not_a_time(text)),
        Err(_) => match (text.parse::<Date>(), text.parse::<DateTime>()) {
            (Ok(date), _) if text.len() == 10 => utc(date.into()),
            (_, Ok(time)) => utc(time),
            _ => Err(not_a_time(text)),
        },
    }
}

fn not_a_time(text: &str) -> String {
    format!("`{text}` is not a time: write {FORMS}")
}

/// Whether a zone stands behind the time of day.
fn has_zone(text: &str) -> bool {
    text.get(10..).is_some_and(|rest| rest.contains(['Z', 'z', '+', '-']))
}

/// `2 hours ago`, `in 30 days`; `None` for anything else.
fn relative(text: &str, now: Timestamp) -> Option<Result<Timestamp, jiff::Error>> {
    let (span, sign) = if let Some(span) = text.strip_suffix(" ago") {
        (span, -1)
    } else {
        (text.strip_prefix("in ")?, 1)
    };
    let span: Span = span.trim().parse().ok().filter(|span: &Span| span.is_positive())?;
    let now = now.to_zoned_datetime(TimeZone::UTC);
    Some(
        span.checked_mul(sign)
            .and_then(|span| now.checked_add(span))
            .and_then(|time| time.timestamp().round(jiff::Unit::Second)),
    )
}

/// A length of time: `90`, in seconds, or `5 minutes`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a length of time: write `90` (seconds) or `5 minutes`");
    let digits = text.trim();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = digits.parse().unwrap_or(u64::MAX);
        return Ok(Duration::from_secs(seconds).min(FOR_EVER));
    }
    let span: Span = digits.parse().map_err(|_| wrong())?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    Duration::try_from(length).map(|length| length.min(FOR_EVER)).map_err(|_| wrong())
}

/// Nobody waits longer, and no clock counts without end: a hundred years.
const FOR_EVER: Duration = Duration::from_hours(100 * 365 * 24);

/// A time for people, to the second: where they look at a terminal in their own zone, as `TZ`
/// or the system says; elsewhere UTC.
pub fn short(time: Timestamp) -> String {
    to_the_second(time, zone())
}

/// The same to the millisecond, to be copied into `--at`.
pub fn exact(time: Timestamp) -> String {
    to_the_millisecond(time, zone())
}

/// The zone of who looks at standard output; `None` where it is no terminal.
fn zone() -> Option<&'static TimeZone> {
    static ZONE: LazyLock<Option<TimeZone>> =
        LazyLock::new(|| (!cfg!(test) && io::stdout().is_terminal()).then(TimeZone::system));
    ZONE.as_ref()
}

fn to_the_second(time: Timestamp, zone: Option<&TimeZone>) -> String {
    match zone {
        Some(zone) => {
            time.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M:%S%:z").to_string()
        }
        None => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}

fn to_the_millisecond(time: Timestamp, zone: Option<&TimeZone>) -> String {
    match zone {
        Some(zone) => {
            time.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
        }
        None => time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Result<String, String> {
        let now = "2026-03-31T12:00:00Z".parse().unwrap();
        parse(text, now).map(|time| time.to_string())
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
            // A month earlier there is no 31st.
            ("1 month ago", "2026-02-28T12:00:00Z"),
            ("in 30 days", "2026-04-30T12:00:00Z"),
        ] {
            assert_eq!(at(text).as_deref(), Ok(time), "{text}");
        }
    }

    #[test]
    fn anything_else_is_named_in_the_error() {
        for text in [
            "",
            "teatime",
            "next week",
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
    fn lengths_are_seconds_unless_they_say_otherwise() {
        assert_eq!(duration("90").unwrap().as_secs(), 90);
        assert_eq!(duration("5 minutes").unwrap().as_secs(), 300);
        assert_eq!(duration("0").unwrap().as_secs(), 0);
        for wrong in ["soon", "", "-5", "-5 minutes", "1e30", "0x10", "+5"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn for_ever_is_a_time_that_ends() {
        for text in
            ["18446744073709551615", "340282366920938463463374607431768211456", "90000 weeks"]
        {
            let length = duration(text).unwrap();
            assert_eq!(length, FOR_EVER, "{text}");
            assert!(std::time::Instant::now().checked_add(length).is_some());
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

    #[test]
    fn an_exact_time_reads_back() {
        let time: Timestamp = "2026-01-31T14:00:05.123Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        for zone in [None, Some(&zone)] {
            assert_eq!(parse(&to_the_millisecond(time, zone), time), Ok(time));
        }
    }

    #[test]
    fn people_read_their_own_time_with_its_offset() {
        let time: Timestamp = "2026-01-31T23:30:05.123Z".parse().unwrap();
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!(to_the_second(time, Some(&zone)), "2026-02-01 00:30:05+01:00");
        assert_eq!(to_the_second(time, None), "2026-01-31T23:30:05Z");
        assert_eq!(to_the_millisecond(time, None), "2026-01-31T23:30:05.123Z");
    }
}
