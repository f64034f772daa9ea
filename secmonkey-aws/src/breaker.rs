//! When to stop asking a service that does not answer: a circuit breaker.
//!
//! Retries help against a bad moment. Against a bad hour they only make every call of a
//! scan as slow as all its attempts together. So where nothing but failures come for a
//! while, the breaker opens: one call at a time goes out, after a pause, to see whether the
//! service is back, and the others fail at once. The first success closes it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// There was no connection, or no answer.
    Unreachable,
    /// The service said that it fails.
    Failed,
    /// There was an answer, and nobody can read it.
    Garbled,
    /// The service said that it is asked too fast.
    Throttled,
}

impl Failure {
    /// How long a row of failures lasts before the breaker opens.
    const fn patience(self) -> Duration {
        Duration::from_secs(match self {
            // With the last wait before a retry, under half a minute: by then the person
            // in front of it is to know which address it is.
            Self::Unreachable => 10,
            Self::Failed | Self::Garbled => 15,
            // Other software of the account may need a moment, and we slow down meanwhile.
            Self::Throttled => 45,
        })
    }
}

/// As many failures in a row are enough at any time: what the retries of one account,
/// region and service may cost together.
const QUOTA: u32 = 100;
/// Fewer are none: one call that hangs says little about the others.
const FEWEST: u32 = 2;
/// The time from a failure to the next look whether the service is back. Without it, calls
/// that wait for each other would each find out for themselves, one after the other.
const PAUSE: Duration = Duration::from_secs(5);
/// A failure that began so long after the last one says nothing about the time between.
const APART: Duration = Duration::from_mins(1);

/// Whether a service, or an address, is asked at the moment.
#[derive(Debug, Default)]
pub struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Failures with no success between them.
    row: Option<Row>,
    /// Whether a call is out to see if the service is back.
    probing: bool,
}

#[derive(Debug)]
struct Row {
    since: Instant,
    last: Instant,
    failures: u32,
    /// Why calls fail at once, where they do.
    open: Option<Refused>,
}

/// Why a call did not go out: those before it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// How the last of them failed.
    pub failure: Failure,
    /// What there is to say about it, in one line.
    pub why: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.failure {
            // Nothing was asked in either case: the same words.
            Failure::Unreachable => f.write_str(&self.why),
            Failure::Failed => write!(f, "not asked, because the service fails: {}", self.why),
            Failure::Garbled => write!(f, "not asked, because of its last answer: {}", self.why),
            Failure::Throttled => write!(f, "not asked, because of throttling: {}", self.why),
        }
    }
}

impl std::error::Error for Refused {}

/// The permission for one call. Who drops it without a word leaves all as it was.
#[derive(Debug)]
#[must_use]
pub struct Admission {
    breaker: Arc<Breaker>,
    began: Instant,
    probe: bool,
}

impl Breaker {
    /// Asks to send a call now.
    ///
    /// # Errors
    /// Where the service does not answer, and it is not for this call to see whether it does.
    pub fn admit(self: &Arc<Self>, now: Instant) -> Result<Admission, Refused> {
        let mut state = self.state();
        if let Some(refused) = state.refuses(now) {
            return Err(refused.clone());
        }
        let probe = state.is_open();
        state.probing |= probe;
        Ok(Admission { breaker: Arc::clone(self), began: now, probe })
    }

    /// Why a call would not go out now, where it would not.
    #[must_use]
    pub fn refuses(&self, now: Instant) -> Option<Refused> {
        self.state().refuses(now).cloned()
    }

    /// Whether calls fail at once but for one at a time.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state().is_open()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whole after every step: a panic elsewhere does not harm it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_open(&self) -> bool {
        self.row.as_ref().is_some_and(|row| row.open.is_some())
    }

    fn refuses(&self, now: Instant) -> Option<&Refused> {
        let row = self.row.as_ref()?;
        let early = now.saturating_duration_since(row.last) < PAUSE;
        row.open.as_ref().filter(|_| self.probing || early)
    }
}

impl Admission {
    /// The breaker that gave it.
    #[must_use]
    pub fn breaker(&self) -> Arc<Breaker> {
        Arc::clone(&self.breaker)
    }

    /// The service answered.
    pub fn succeeded(self) {
        self.breaker.state().row = None;
    }

    /// The call failed, and `why` in one line. Returns whether this opened the breaker.
    pub fn failed(self, now: Instant, failure: Failure, why: impl FnOnce() -> String) -> bool {
        let mut state = self.breaker.state();
        let fresh = Row { since: now, last: now, failures: 0, open: None };
        let row = state.row.get_or_insert(fresh);
        if row.open.is_none() && self.began.saturating_duration_since(row.last) > APART {
            *row = Row { since: now, last: now, failures: 0, open: None };
        }
        row.last = row.last.max(now);
        row.failures = row.failures.saturating_add(1);
        let lasted = now.saturating_duration_since(row.since) >= failure.patience();
        // What makes many answers unreadable at once is not the load on the service.
        let used_up = row.failures >= QUOTA && failure != Failure::Garbled;
        let opens = used_up || row.failures >= FEWEST && lasted;
        if row.open.is_some() || opens {
            let opened = row.open.is_none();
            row.open = Some(Refused { failure, why: why() });
            return opened;
        }
        false
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if self.probe {
            self.breaker.state().probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Clock {
        breaker: Arc<Breaker>,
        now: Instant,
    }

    impl Clock {
        fn start() -> Self {
            Self { breaker: Arc::default(), now: Instant::now() }
        }

        fn wait(&mut self, seconds: u64) -> &mut Self {
            self.now += Duration::from_secs(seconds);
            self
        }

        fn admit(&self) -> Result<Admission, Refused> {
            self.breaker.admit(self.now)
        }

        /// A call that fails at once; returns whether the next ones are refused.
        fn fail(&self, failure: Failure) -> bool {
            self.admit().unwrap().failed(self.now, failure, || "it does".to_owned());
            self.breaker.is_open()
        }
    }

    #[test]
    fn a_bad_moment_is_no_reason_to_stop_however_many_calls_it_hits() {
        let mut clock = Clock::start();
        for _ in 1..QUOTA {
            assert!(!clock.fail(Failure::Failed));
        }
        clock.admit().unwrap().succeeded();
        clock.wait(30);
        assert!(!clock.fail(Failure::Failed), "a success ends the row");
    }

    #[test]
    fn it_opens_when_nothing_but_failures_come_for_a_while() {
        for (failure, patience) in
            [(Failure::Unreachable, 10), (Failure::Failed, 15), (Failure::Throttled, 45)]
        {
            let mut clock = Clock::start();
            assert!(!clock.fail(failure));
            assert!(!clock.wait(patience - 1).fail(failure), "{failure:?}");
            assert!(clock.wait(1).fail(failure), "{failure:?}");
        }
    }

    #[test]
    fn it_opens_when_the_quota_is_used_up() {
        let clock = Clock::start();
        assert!((1..QUOTA).all(|_| !clock.fail(Failure::Throttled)));
        assert!(clock.fail(Failure::Throttled));
    }

    #[test]
    fn one_slow_failure_is_not_enough_nor_two_that_are_far_apart() {
        let mut clock = Clock::start();
        let slow = clock.admit().unwrap();
        clock.wait(90);
        slow.failed(clock.now, Failure::Unreachable, String::new);
        assert!(!clock.breaker.is_open());
        assert!(!clock.wait(3600).fail(Failure::Unreachable));
    }

    #[test]
    fn one_call_at_a_time_goes_out_until_one_succeeds() {
        let mut clock = Clock::start();
        while !clock.fail(Failure::Failed) {
            clock.wait(5);
        }
        clock.admit().unwrap_err();
        let probe = clock.wait(5).admit().unwrap();
        let refused = clock.wait(60).admit().unwrap_err();
        assert_eq!(clock.breaker.refuses(clock.now), Some(refused.clone()));
        assert_eq!(refused.to_string(), "not asked, because the service fails: it does");
        probe.failed(clock.now, Failure::Failed, || "still".to_owned());
        assert!(clock.breaker.is_open());
        clock.admit().unwrap_err();

        // A call that is given up says nothing, and leaves its place to another.
        drop(clock.wait(5).admit().unwrap());
        let probe = clock.admit().unwrap();
        assert_eq!(clock.admit().unwrap_err().why, "still");
        probe.succeeded();
        let both = (clock.admit().unwrap(), clock.admit().unwrap());
        drop(both);
        assert!(!clock.fail(Failure::Failed));
    }

    #[test]
    fn opening_is_told_once() {
        let mut clock = Clock::start();
        let told = (0..9).filter(|_| {
            let admitted = clock.wait(6).admit().unwrap();
            admitted.failed(clock.now, Failure::Failed, String::new)
        });
        assert_eq!(told.count(), 1);
    }
}
