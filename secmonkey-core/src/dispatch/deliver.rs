//! Delivering: with a time limit, recorded, and again where it failed.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::check;
use crate::event::{Actor, Event, Position, StreamId};
use crate::log::{Append, AppendError, EventLog, Expected};
use crate::notify::{self, Message, Notifier};

/// What is older than this is not told any more: who was deaf for so long is not helped by
/// a flood.
pub(crate) const FRESH: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Has a notifier deliver a message, within a time.
///
/// # Errors
/// Where it fails, hangs or panics.
pub(crate) async fn deliver(
    notifier: &dyn Notifier,
    message: &Message,
    limit: Duration,
) -> Result<(), notify::Error> {
    let delivery = AssertUnwindSafe(notifier.notify(message)).catch_unwind();
    let result = match tokio::time::timeout(limit, delivery).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(notify::Error::Panicked(check::message(panic.as_ref()))),
        Err(_) => Err(notify::Error::Late(limit)),
    };
    result.map_err(notify::Error::heard)
}

/// Records that a notifier has delivered a message, or everything up to a position.
///
/// # Errors
/// Where the log takes no more.
pub(crate) async fn delivered(
    log: &dyn EventLog,
    (actor, now): (&Actor, Timestamp),
    notifier: &str,
    position: Position,
    message: Option<String>,
) -> Result<Position, AppendError> {
    let append = Append::new(
        StreamId::notifier(notifier),
        // Whoever told it, it is told: there is nothing to decide anew.
        Expected::Any,
        actor,
        now,
        [Event::Delivered { position, message }],
    );
    Ok(log.append(vec![append]).await?.head.position)
}

/// How long to wait before a message is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// After the first failure; doubled after each that follows.
    pub first: Duration,
    /// So long at most; and always where the receiver refuses.
    pub most: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { first: Duration::from_secs(5), most: Duration::from_mins(15) }
    }
}

impl Retry {
    /// How long to wait after so many failures. Up to half of it is taken off, each message by
    /// another part, so that what failed together does not come back together.
    pub(super) fn wait(&self, failures: u32, error: &notify::Error, message: &str) -> Duration {
        let doubled = self.first.saturating_mul(1 << failures.saturating_sub(1).min(20));
        let wait = match error {
            notify::Error::Refused(_) => self.most,
            _ => doubled.min(self.most),
        };
        let digest = Sha256::new().chain_update(message).chain_update(failures.to_be_bytes());
        let part = digest.finalize().first().copied().unwrap_or_default();
        wait.mul_f64(1.0 - f64::from(part) / 512.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_limit_and_differ() {
        let retry = Retry::default();
        let down = notify::Error::Unavailable("down".to_owned());
        for (failures, whole) in [(1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (4_000_000, 900)] {
            let wait = retry.wait(failures, &down, "a");
            let (least, most) = (Duration::from_secs(whole) / 2, Duration::from_secs(whole));
            assert!(least <= wait && wait <= most, "{failures}: {wait:?}");
        }
        assert_ne!(retry.wait(5, &down, "a"), retry.wait(5, &down, "b"));
        let refused = notify::Error::Refused("no".to_owned());
        assert!(retry.wait(1, &refused, "a") >= Duration::from_secs(450));
    }
}
