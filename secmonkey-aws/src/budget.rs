//! How fast one account is asked: a token bucket per account, region and service.
//!
//! AWS throttles per account, region and service, and every other tool of the account
//! lives on the same allowance. The bucket is the only limiter (the SDK's own is shared by
//! the whole process, where one throttled account would slow all). Like a connection that
//! looks for the speed of its network, it doubles its rate every ten seconds until AWS
//! throttles, halves it then, and grows slowly from there.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many calls a service takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Calls that may go out at once.
    pub burst: f64,
    /// Calls a second after that, to begin with.
    pub per_second: f64,
    /// Calls a second that are never exceeded, however well it goes.
    pub most: f64,
}

impl Rate {
    /// A rate that may grow to ten times itself.
    #[must_use]
    pub const fn new(burst: f64, per_second: f64) -> Self {
        Self { burst, per_second, most: 10.0 * per_second }
    }

    /// A rate that never grows.
    #[must_use]
    pub const fn at_most(per_second: f64) -> Self {
        Self { burst: per_second.max(1.0), per_second, most: per_second }
    }
}

/// Throttled answers that arrive together are one signal: calls sent before the rate was
/// halved say nothing about the new rate.
const SETTLE: Duration = Duration::from_secs(1);
/// The time in which the rate doubles while nothing was ever throttled.
const DOUBLES: Duration = Duration::from_secs(10);
/// The share of the first rate by which it grows in a second once something was.
const GROWTH: f64 = 0.05;
/// The least rate, as a share of the first.
const LEAST: f64 = 0.05;

/// The calls that one service of one account takes in one region.
#[derive(Debug)]
pub struct Budget {
    first: Rate,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Calls that may go out now; below zero, calls that wait already.
    tokens: f64,
    per_second: f64,
    refilled: Instant,
    /// When the rate was halved last.
    throttled: Option<Instant>,
}

impl State {
    /// How long a call waits that has the last place in the queue.
    fn wait(&self) -> Duration {
        // Never longer than somebody waits: such a number is no duration any more.
        Duration::try_from_secs_f64(-self.tokens.min(0.0) / self.per_second)
            .unwrap_or(Duration::MAX)
    }
}

impl Budget {
    /// A full bucket.
    #[must_use]
    pub fn new(first: Rate, now: Instant) -> Self {
        let state = State {
            tokens: first.burst,
            per_second: first.per_second,
            refilled: now,
            throttled: None,
        };
        Self { first, state: Mutex::new(state) }
    }

    /// Takes the next free place in the queue: the call may go out after the returned time.
    #[must_use]
    pub fn reserve(&self, now: Instant) -> Duration {
        self.with(now, |state| {
            state.tokens -= 1.0;
            state.wait()
        })
    }

    /// How long the last of those who wait still waits.
    #[must_use]
    pub fn wait(&self, now: Instant) -> Duration {
        self.with(now, |state| state.wait())
    }

    /// The service said that it is asked too fast: half the rate from now on.
    pub fn throttled(&self, now: Instant) {
        let floor = self.first.per_second * LEAST;
        self.with(now, |state| {
            let settled =
                state.throttled.is_none_or(|last| now.saturating_duration_since(last) >= SETTLE);
            if settled {
                state.throttled = Some(now);
                state.per_second = (state.per_second / 2.0).max(floor);
                // What was saved up is not to be spent on a service that is over its limit.
                state.tokens = state.tokens.min(0.0);
            }
        });
    }

    /// Calls a second at the moment.
    #[must_use]
    pub fn per_second(&self, now: Instant) -> f64 {
        self.with(now, |state| state.per_second)
    }

    fn with<T>(&self, now: Instant, act: impl FnOnce(&mut State) -> T) -> T {
        // The state is plain numbers, whole after every step: a panic elsewhere does not harm it.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = now.saturating_duration_since(state.refilled).as_secs_f64();
        state.refilled = state.refilled.max(now);
        state.tokens = (state.tokens + elapsed * state.per_second).min(self.first.burst);
        // Growth needs use: an idle bucket learns nothing about the service.
        if state.tokens < self.first.burst {
            let grown = match state.throttled {
                None => state.per_second * (elapsed / DOUBLES.as_secs_f64()).exp2(),
                Some(_) => state.per_second + elapsed * GROWTH * self.first.per_second,
            };
            state.per_second = grown.min(self.first.most);
        }
        act(&mut state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate::new(5.0, 10.0);

    fn start() -> (Budget, Instant) {
        let now = Instant::now();
        (Budget::new(RATE, now), now)
    }

    #[test]
    fn the_burst_goes_out_at_once_and_the_rest_in_order() {
        let (budget, now) = start();
        let waits: Vec<_> = (0..8).map(|_| budget.reserve(now).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 100, 200, 300]);
    }

    #[test]
    fn time_refills_the_bucket_up_to_the_burst_and_no_further() {
        let (budget, now) = start();
        for _ in 0..5 {
            assert!(budget.reserve(now).is_zero());
        }
        let later = now + Duration::from_hours(1);
        let free = (0..20).filter(|_| budget.reserve(later).is_zero()).count();
        assert_eq!(free, 5);
    }

    #[test]
    fn throttling_halves_the_rate_once_however_many_answers_bring_it() {
        let (budget, now) = start();
        for _ in 0..50 {
            budget.throttled(now + Duration::from_millis(10));
        }
        let rate = budget.per_second(now + Duration::from_millis(10));
        assert!((4.9..=5.1).contains(&rate), "{rate}");
        // What was saved up is gone as well.
        assert!(!budget.reserve(now + Duration::from_millis(10)).is_zero());
    }

    #[test]
    fn throttling_without_end_leaves_a_trickle() {
        let (budget, now) = start();
        for second in 0..100 {
            budget.throttled(now + Duration::from_secs(2 * second));
        }
        let rate = budget.per_second(now + Duration::from_secs(198));
        assert!((0.4..=2.0).contains(&rate), "{rate}");
    }

    /// The rate after some seconds in which every call goes out that may.
    fn used_for(budget: &Budget, from: Instant, seconds: u32) -> f64 {
        let steps = seconds * 100;
        for step in 1..=steps {
            let clock = from + Duration::from_millis(10) * step;
            // All that there is, so that the bucket is never full.
            while budget.reserve(clock).is_zero() {}
        }
        budget.per_second(from + Duration::from_secs(seconds.into()))
    }

    #[test]
    fn while_nothing_is_throttled_a_used_bucket_doubles_in_ten_seconds_and_not_without_end() {
        let (budget, now) = start();
        let after_10s = used_for(&budget, now, 10);
        assert!((19.0..=20.5).contains(&after_10s), "{after_10s}");
        let after_long = used_for(&budget, now + Duration::from_secs(10), 60);
        assert!((99.0..=100.0).contains(&after_long), "{after_long}");
    }

    #[test]
    fn after_throttling_a_used_bucket_grows_back_slowly_and_not_without_end() {
        let (budget, now) = start();
        budget.throttled(now);
        let after_10s = used_for(&budget, now, 10);
        assert!((9.0..=11.0).contains(&after_10s), "{after_10s}");
        let after_long = used_for(&budget, now + Duration::from_secs(10), 300);
        assert!((99.0..=100.0).contains(&after_long), "{after_long}");
    }

    #[test]
    fn a_rate_that_somebody_set_is_not_exceeded() {
        let now = Instant::now();
        let budget = Budget::new(Rate::at_most(10.0), now);
        let after_long = used_for(&budget, now, 60);
        assert!((after_long - 10.0).abs() < 1e-9, "{after_long}");
    }

    #[test]
    fn who_waits_is_seen_until_the_last_has_gone() {
        let (budget, now) = start();
        for _ in 0..5 {
            assert!(budget.reserve(now).is_zero());
        }
        assert!(budget.wait(now).is_zero());
        let last = (0..10).map(|_| budget.reserve(now)).max().unwrap();
        assert_eq!(budget.wait(now), last);
        assert!(budget.wait(now + last).is_zero());
    }

    #[test]
    fn an_idle_bucket_does_not_grow() {
        let (budget, now) = start();
        let later = now + Duration::from_hours(1);
        assert!((budget.per_second(later) - RATE.per_second).abs() < 1e-9);
    }

    #[test]
    fn a_clock_that_stands_still_or_goes_back_gives_no_tokens() {
        let (budget, now) = start();
        let late = now + Duration::from_secs(1);
        for _ in 0..5 {
            let _ = budget.reserve(late);
        }
        assert!(!budget.reserve(now).is_zero());
        assert!(!budget.reserve(late).is_zero());
    }
}
