//! Times as people write them.

use std::io::{self, IsTerminal as _};
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use secmonkey_core::{Timestamp, moment};

use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo};

pub use secmonkey_core::moment::FORMS;

/// Reads a time: as [`moment`] says, in the zone of the configuration file.
pub fn parse(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let zone = CONFIGURED.get().cloned().unwrap_or(TimeZone::UTC);
    moment::parse(text, &now.to_zoned_datetime(zone)).map_err(|error| error.to_string())
}

/// The zone of the configuration file, where it names one.
static CONFIGURED: OnceLock<TimeZone> = OnceLock::new();

/// Takes over the zone of the configuration file: it has to be known before the command line
/// is read.
pub fn choose(zone: TimeZone) {
    let _ = CONFIGURED.set(zone);
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

/// A time for people, to the second: where they look at a terminal in the zone of the
/// configuration file, else in their own, as `TZ` or the system says; elsewhere UTC.
pub fn short(time: Timestamp) -> String {
    to_the_second(time, zone())
}

/// The same to the millisecond, to be copied into `--at`.
pub fn exact(time: Timestamp) -> String {
    to_the_millisecond(time, zone())
}

/// The zone of who looks at standard output; `None` where it is no terminal.
fn zone() -> Option<&'static TimeZone> {
    static ZONE: LazyLock<Option<TimeZone>> = LazyLock::new(|| {
        let zone = || CONFIGURED.get().cloned().unwrap_or_else(TimeZone::system);
        (!cfg!(test) && io::stdout().is_terminal()).then(zone)
    });
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
