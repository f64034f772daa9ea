//! Whether the clock that stamps events and ends justifications is right.

use jiff::Timestamp;

use super::{Error, Parts, Pipeline};

/// What a provider's answers say about a time that this machine's clock tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClockCheck {
    /// They tell about the same time.
    Agrees,
    /// There was no answer yet.
    Unanswered,
    /// They tell another time; this says which, in one line.
    Wrong(String),
}

/// Asks about a time.
pub(super) type AskClock = dyn Fn(Timestamp) -> ClockCheck + Send + Sync;

impl Pipeline {
    /// Holds the clock against what the provider's answers tell. Where it is wrong a scan
    /// records nothing, and where nobody has answered no justification runs out: what is
    /// stamped with a wrong time, or ended by one, stays so.
    #[must_use]
    pub fn clock_check(
        self,
        check: impl Fn(Timestamp) -> ClockCheck + Send + Sync + 'static,
    ) -> Self {
        self.with(|parts| parts.clock_check = Some(std::sync::Arc::new(check)))
    }
}

impl Parts {
    /// Fails where the clock is wrong; says whether it may end what has a date.
    pub(super) fn check_clock(&self) -> Result<bool, Error> {
        match self.clock_check.as_ref().map(|check| check(self.now())) {
            None | Some(ClockCheck::Agrees) => Ok(true),
            Some(ClockCheck::Unanswered) => Ok(false),
            Some(ClockCheck::Wrong(reason)) => Err(Error::Clock(reason)),
        }
    }
}
