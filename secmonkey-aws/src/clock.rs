//! What time it is, as the provider's answers tell.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp, Unit};
use secmonkey_core::watch::ClockCheck;

/// How far this machine's clock may be from the provider's. AWS itself refuses what was
/// signed over five minutes off; the SDK corrects its signatures, not what we record.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(15);

/// So many answers are heard: one proxy with a wrong clock must not decide alone.
const HEARD: usize = 16;

/// The times that the first answers carried, each with when it came.
#[derive(Debug, Default)]
pub(crate) struct Heard(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    dates: Vec<(Timestamp, Instant)>,
    /// A certificate that is valid at some other time than ours, as the library says it.
    certificate: Option<String>,
}

impl Heard {
    /// Hears the `Date` of an answer.
    pub(crate) fn answer(&self, date: Option<&str>, now: Instant) {
        let mut state = self.lock();
        if state.dates.len() < HEARD
            && let Some(date) = date.and_then(parse)
        {
            state.dates.push((date, now));
        }
    }

    /// Hears why there is no connection.
    pub(crate) fn failure(&self, reason: &str) {
        // rustls' words; there is no type left of them where they arrive.
        if reason.contains("certificate expired") || reason.contains("certificate not valid yet") {
            self.lock().certificate.get_or_insert_with(|| reason.to_owned());
        }
    }

    /// Holds a time against what was heard.
    pub(crate) fn check(&self, ours: Timestamp, now: Instant) -> ClockCheck {
        let state = self.lock();
        let told = state.dates.iter().map(|(date, at)| {
            date.saturating_add(now.saturating_duration_since(*at)).unwrap_or(*date)
        });
        let Some(theirs) = told.min_by_key(|theirs| ours.duration_since(*theirs).abs()) else {
            return match &state.certificate {
                None => ClockCheck::Unanswered,
                Some(reason) => ClockCheck::Wrong(format!(
                    "this machine's clock says {}, when the provider's certificate is not \
                     valid: {reason}",
                    second(ours)
                )),
            };
        };
        if ours.duration_since(theirs).abs() <= TOLERANCE {
            return ClockCheck::Agrees;
        }
        ClockCheck::Wrong(format!(
            "this machine's clock says {}, the provider's says {}",
            second(ours),
            second(theirs)
        ))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whole after every step: a panic elsewhere does not harm it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An HTTP date: the fixed form of RFC 9110, section 5.6.7, is one of RFC 2822's.
fn parse(date: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date.trim()).ok()?;
    // A server without a clock of its own says 1970.
    (parsed > Timestamp::UNIX_EPOCH.saturating_add(Duration::from_hours(24)).ok()?)
        .then_some(parsed)
}

fn second(time: Timestamp) -> Timestamp {
    time.round(Unit::Second).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Thu, 26 Nov 2026 13:21:26 GMT";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_agrees_within_a_quarter_of_an_hour() {
        let (heard, start) = (Heard::default(), Instant::now());
        assert_eq!(heard.check(at("2026-11-26T13:21:26Z"), start), ClockCheck::Unanswered);
        heard.answer(Some(DATE), start);
        for ours in ["2026-11-26T13:06:26Z", "2026-11-26T13:21:26Z", "2026-11-26T13:36:26Z"] {
            assert_eq!(heard.check(at(ours), start), ClockCheck::Agrees, "{ours}");
        }
        for ours in ["2036-11-26T13:21:26Z", "2026-11-26T13:06:25Z", "1969-12-31T00:00:00Z"] {
            let ClockCheck::Wrong(reason) = heard.check(at(ours), start) else { panic!("{ours}") };
            assert!(reason.contains(ours) && reason.contains("2026-11-26T13:21:26Z"), "{reason}");
        }
        // The provider's clock goes on while we read.
        let later = start + Duration::from_hours(2);
        assert_eq!(heard.check(at("2026-11-26T15:21:26Z"), later), ClockCheck::Agrees);
    }

    #[test]
    fn one_answer_that_agrees_is_enough() {
        let (heard, now) = (Heard::default(), Instant::now());
        let ours = at("2026-11-26T13:21:26Z");
        for date in ["Thu, 01 Jan 1970 00:00:00 GMT", "yesterday", ""] {
            heard.answer(Some(date), now);
        }
        assert_eq!(heard.check(ours, now), ClockCheck::Unanswered);
        heard.answer(Some("Sun, 26 Nov 2023 13:21:26 GMT"), now);
        assert!(matches!(heard.check(ours, now), ClockCheck::Wrong(_)));
        heard.answer(Some(DATE), now);
        assert_eq!(heard.check(ours, now), ClockCheck::Agrees);
    }

    #[test]
    fn a_certificate_of_another_time_speaks_where_no_answer_does() {
        let (heard, now) = (Heard::default(), Instant::now());
        heard.failure("connection refused");
        assert_eq!(heard.check(Timestamp::UNIX_EPOCH, now), ClockCheck::Unanswered);
        heard.failure("invalid peer certificate: certificate expired: verification time 2");
        assert!(matches!(heard.check(Timestamp::UNIX_EPOCH, now), ClockCheck::Wrong(_)));
    }
}
