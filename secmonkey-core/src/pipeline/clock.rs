//! Whether the clock that stamps events and ends justifications is right.

use super::{Error, Parts, Pipeline};
use crate::watch::ClockCheck;

impl Pipeline {
    /// Does not hold the clock against what the providers' answers tell. Otherwise a scan
    /// records nothing where [they tell another time](crate::watch::Watcher::check_clock), and
    /// where none has answered no justification runs out: what is stamped with a wrong time,
    /// or ended by one, stays so.
    #[must_use]
    pub fn trust_clock(self) -> Self {
        self.with(|parts| parts.trusts_clock = true)
    }
}

impl Parts {
    /// Fails where the clock is wrong; says whether it may end what has a date.
    pub(super) fn check_clock(&self) -> Result<bool, Error> {
        if self.trusts_clock {
            return Ok(true);
        }
        let now = self.now();
        let (mut agrees, mut unanswered) = (false, false);
        for watcher in &self.watchers {
            match watcher.check_clock(now) {
                ClockCheck::Agrees => agrees = true,
                ClockCheck::Unanswered => unanswered = true,
                ClockCheck::Untold => {}
                ClockCheck::Wrong(reason) => return Err(Error::Clock(reason)),
            }
        }
        Ok(agrees || !unanswered)
    }
}
