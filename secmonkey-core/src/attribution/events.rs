//! Where hints come from: what a provider tells of calls, as they happen or afterwards.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Hint;
use crate::provider::Provider;
use crate::watch::{self, Scope};

/// A queue of what a provider tells of calls as they happen.
///
/// What was handed out is handed out again after a while, unless it was
/// [acknowledged](Self::ack): whoever takes it does so once what came of it is durable. So
/// everything is handed out at least once, in any order.
#[async_trait]
pub trait ChangeEvents: Send + Sync {
    /// What error messages call it: the queue's address.
    fn name(&self) -> &str;

    /// Waits for what comes next; empty where nothing came for a while.
    ///
    /// # Errors
    /// Where the queue cannot be read.
    async fn next(&self) -> Result<Vec<Delivery>, Error>;

    /// Takes these for good.
    ///
    /// # Errors
    /// Where the queue does not take it: they come again.
    async fn ack(&self, done: Vec<Ack>) -> Result<(), Error>;
}

/// The log of calls of a provider, which is behind by minutes.
#[async_trait]
pub trait ChangeLog: Send + Sync {
    /// Whose calls it has.
    fn provider(&self) -> Provider;

    /// The calls that were made in an account and region between two times, and may have
    /// changed something. Global resources have the region
    /// [`GLOBAL`](crate::item::GLOBAL).
    ///
    /// # Errors
    /// Where it could not be read.
    async fn calls(
        &self,
        scope: &Scope,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Hint>, watch::Error>;
}

/// What a queue handed out.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// What takes it.
    pub ack: Ack,
    /// The hints in it; or why nobody can tell.
    pub content: Result<Vec<Hint>, Poison>,
}

/// What takes a delivery for good.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ack(pub String);

/// A message that is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("message {id} of the queue is set aside: {reason}")]
pub struct Poison {
    /// The message's id.
    pub id: String,
    /// What is wrong with it, in one line.
    pub reason: String,
    /// Whether the queue itself puts it aside after some more deliveries. It is then not
    /// acknowledged.
    pub is_kept: bool,
}

/// Why a queue cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{queue}: {operation} failed: {reason}")]
pub struct Error {
    /// The queue.
    pub queue: String,
    /// What was asked for.
    pub operation: String,
    /// Why it failed, in one line.
    pub reason: String,
}
