//! What one sweep may take.

use std::time::Duration;

use super::Pipeline;

/// What one sweep may take. Beyond it the answers are taken for garbled: what was read is
/// kept, and nothing is concluded from what was not.
///
/// ```
/// use secmonkey_core::pipeline::Limits;
///
/// let mut limits = Limits::default();
/// limits.items = 5_000_000;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Resources of one technology in one region of an account: 1,000,000.
    pub items: usize,
    /// The time for all of it: 2 hours.
    pub time: Duration,
    /// What one configuration may take, in bytes: 8 MiB, see
    /// [`Observed::weight`](crate::watch::Observed::weight). AWS has none that large; of what
    /// is larger only size and digest are recorded.
    pub item_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { items: crate::watch::MOST, time: Duration::from_hours(2), item_bytes: 8 << 20 }
    }
}

impl Pipeline {
    /// What one sweep may take.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        self.with(|parts| parts.limits = limits)
    }
}
