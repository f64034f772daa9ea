//! What the calls to one service of one account in one region share.

use std::sync::Arc;
use std::time::Instant;

use crate::breaker::Breaker;
use crate::budget::{Budget, Rate};

/// One way to AWS: what is slowed down, and given up, together.
#[derive(Debug)]
pub struct Lane {
    /// How fast calls go out.
    pub budget: Budget,
    /// Whether they do.
    pub breaker: Arc<Breaker>,
}

impl Lane {
    /// A lane that nothing was sent on yet.
    #[must_use]
    pub fn new(rate: Rate, now: Instant) -> Self {
        Self { budget: Budget::new(rate, now), breaker: Arc::default() }
    }
}
