//! What the calls to one service of one account in one region share.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::breaker::Breaker;
use crate::budget::{Budget, Rate};

/// One way to AWS: what is slowed down, and given up, together.
#[derive(Debug)]
pub struct Lane {
    /// What it is called in the log: account, region and service.
    pub name: String,
    /// How fast calls go out.
    pub budget: Budget,
    /// Whether they do.
    pub breaker: Arc<Breaker>,
    /// When it was said last that calls wait.
    said: Mutex<Option<Instant>>,
}

/// Waits shorter than this go unnoticed.
const NOTICED: Duration = Duration::from_millis(500);
/// Of a lane on which calls wait it is said this often.
const SAID: Duration = Duration::from_secs(10);

impl Lane {
    /// A lane that nothing was sent on yet.
    #[must_use]
    pub fn new(name: impl Into<String>, rate: Rate, now: Instant) -> Self {
        Self {
            name: name.into(),
            said: Mutex::default(),
            budget: Budget::new(rate, now),
            breaker: Arc::default(),
        }
    }

    /// Tells that a call waits for its budget: every one of them where somebody listens to
    /// each call, else now and then.
    pub(crate) fn waits(&self, wait: Duration, now: Instant) {
        let (lane, ms) = (self.name.as_str(), wait.as_millis());
        let per_second = format!("{:.1}", self.budget.per_second(now));
        // A time is whole, whoever panicked meanwhile.
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = said.is_none_or(|last| now.saturating_duration_since(last) >= SAID);
        if wait >= NOTICED && is_news {
            *said = Some(now);
            tracing::info!(lane, ms, per_second, "waits for the call budget");
        } else {
            tracing::debug!(lane, ms, per_second, "waits for the call budget");
        }
    }
}
