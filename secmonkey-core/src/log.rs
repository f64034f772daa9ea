//! The event log: append-only, ordered, all or nothing.

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::event::{
    Actor, Envelope, Event, Hash, NewEvent, Position, ScanId, Stored, StreamId, Version,
};

pub mod contract;
pub mod cut;
pub mod memory;

pub use cut::{Cut, Remnant, reaches};

/// The events of all streams in one order.
///
/// [`memory::Memory`] is the specification in the fewest lines;
/// [`contract`] holds the tests that every implementation passes.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Appends a batch: every event or none. Durable when it returns.
    ///
    /// # Errors
    /// [`AppendError::Conflict`] where a stream is not at its expected version.
    async fn append(&self, batch: Vec<Append>) -> Result<Receipt, AppendError>;

    /// Up to `max` events after a position, in order.
    ///
    /// # Errors
    /// Where the store cannot be read.
    async fn read_all(&self, after: Position, max: usize) -> Result<Vec<Envelope>, Error>;

    /// Up to `max` events of one stream from a version on, in order. An unknown
    /// stream has none.
    ///
    /// # Errors
    /// Where the store cannot be read.
    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        max: usize,
    ) -> Result<Vec<Envelope>, Error>;

    /// The last version of a stream; 0 where it does not exist. What a writer expects.
    ///
    /// # Errors
    /// Where the store cannot be read.
    async fn version(&self, stream: &StreamId) -> Result<Version, Error>;

    /// The last event.
    ///
    /// # Errors
    /// Where the store cannot be read.
    async fn head(&self) -> Result<Head, Error>;

    /// All events after a position, first the recorded, then the new as they come;
    /// each once, in order. Ends only with the log or an error.
    fn subscribe(&self, after: Position) -> BoxStream<'_, Result<Envelope, Error>>;

    /// Up to `max` events after a position, in order, as they are stored: the bytes that the
    /// hash chain and the tree cover. Fewer where they are large, but one where there is one.
    ///
    /// # Errors
    /// [`Error::Cut`] where the log was cut behind the position; where it cannot be read.
    async fn read_stored(&self, after: Position, max: usize) -> Result<Vec<Stored>, Error>;

    /// Where the beginning of the log was cut; `None` where it was not. What is read from
    /// before the cut is what is left of it: see [`cut`].
    ///
    /// # Errors
    /// Where the store cannot be read.
    async fn cut(&self) -> Result<Option<Cut>, Error> {
        Ok(None)
    }

    /// Up to `max` of what is left up to the cut, after a position, in order; nothing in a log
    /// that was not cut.
    ///
    /// # Errors
    /// Where the store cannot be read.
    async fn read_remains(&self, _after: Position, _max: usize) -> Result<Vec<Remnant>, Error> {
        Ok(Vec::new())
    }

    /// Appends events as another log stored them, of which this one is the beginning: every
    /// event or none. Durable when it returns. The head is then the other log's.
    ///
    /// # Errors
    /// [`AppendError::Invalid`] where they are not what comes next here.
    async fn restore(&self, events: Vec<Stored>) -> Result<Receipt, AppendError>;

    /// Keeps the present head outside of the log, where a lost or edited tail shows when it
    /// is held against it. Called at the end of every scan. A log that has no such place
    /// does nothing.
    ///
    /// # Errors
    /// Where the head cannot be kept.
    async fn publish_head(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// The [`EventLog::subscribe`] of a log that announces its head: reads pages while
/// it is behind the head, then waits for the next. What is read comes from the log
/// alone, so the seam between the recorded and the new neither loses nor repeats.
pub fn follow(
    log: &dyn EventLog,
    head: watch::Receiver<Head>,
    after: Position,
) -> BoxStream<'_, Result<Envelope, Error>> {
    const PAGE: usize = 256;
    let pages = stream::try_unfold((head, after), move |(mut head, after)| async move {
        // Fails when the log is gone: the end.
        if head.wait_for(|head| head.position > after).await.is_err() {
            return Ok::<_, Error>(None);
        }
        let page = log.read_all(after, PAGE).await?;
        let last = page.last().map_or(after, |envelope| envelope.position);
        Ok(Some((stream::iter(page.into_iter().map(Ok)), (head, last))))
    });
    pages.try_flatten().boxed()
}

/// Events for one stream, with what the writer believes about it and who makes them
/// happen. Without events it is a condition only.
///
/// A batch is taken in order, so a stream that stands in it twice is by then at the
/// version the first left it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Append {
    /// The stream.
    pub stream: StreamId,
    /// The version it is believed to be at.
    pub expected: Expected,
    /// Who makes the events happen.
    pub actor: Actor,
    /// The scan they belong to.
    pub scan: Option<ScanId>,
    /// The events, in order.
    pub events: Vec<NewEvent>,
}

impl Append {
    /// Events that happen now and belong to no scan.
    #[must_use]
    pub fn new(
        stream: StreamId,
        expected: Expected,
        actor: &Actor,
        now: Timestamp,
        events: impl IntoIterator<Item = Event>,
    ) -> Self {
        let events = events.into_iter().map(|event| NewEvent { event, observed_at: now }).collect();
        Self { stream, expected, actor: actor.clone(), scan: None, events }
    }

    /// The same as part of a scan.
    #[must_use]
    pub fn in_scan(mut self, scan: &ScanId) -> Self {
        self.scan = Some(scan.clone());
        self
    }
}

/// What the writer believes about a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expected {
    /// Nothing: the events are added wherever it stands.
    Any,
    /// It is at this version; 0: it does not exist.
    Exact(Version),
}

/// Says that a batch is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The position of its first event.
    pub first: Position,
    /// The log's head after it.
    pub head: Head,
}

/// The last event of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its position; 0 where the log is empty.
    pub position: Position,
    /// Its hash.
    pub hash: Hash,
    /// When it was recorded; `None` where the log is empty.
    pub recorded_at: Option<Timestamp>,
}

impl Head {
    /// The head of an empty log.
    pub const START: Self = Self { position: Position(0), hash: Hash::START, recorded_at: None };
}

/// Why a batch was not appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody else wrote to the stream: read it again and decide anew.
    #[error("{stream} is at version {actual}, not {expected}")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// Where the writer believed it to be.
        expected: Version,
        /// Where it is.
        actual: Version,
    },
    /// A batch without events, or an event that cannot be written.
    #[error("not a batch: {0}")]
    Invalid(String),
    /// The store failed.
    #[error(transparent)]
    Log(#[from] Error),
}

/// Why a log cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What is stored is not what was written.
    #[error("the log is corrupt at position {position}: {reason}")]
    Corrupt {
        /// The first position concerned.
        position: Position,
        /// What is wrong there.
        reason: String,
    },
    /// What is asked for was cut.
    #[error("{0}")]
    Cut(Box<Cut>),
    /// It can only be read, or writing failed once: nothing is written any more, because
    /// what the disk holds is unknown. What was acknowledged is there.
    #[error("the log takes no more events: {0}")]
    ReadOnly(String),
    /// Anything else the store says.
    #[error(transparent)]
    Store(#[from] Box<dyn std::error::Error + Send + Sync>),
}

/// Reads an event that another log stored, which is to come behind a head; `version` tells where
/// its stream stands.
///
/// # Errors
/// [`AppendError::Invalid`] where it is not what comes next.
pub fn restored(
    head: &Head,
    stored: &Stored,
    version: impl FnOnce(&StreamId) -> Result<Version, Error>,
) -> Result<Envelope, AppendError> {
    let position = Position(head.position.0 + 1);
    let invalid = |reason: String| AppendError::Invalid(format!("position {position}: {reason}"));
    let envelope = stored.decode(&head.hash).map_err(|error| invalid(error.to_string()))?;
    envelope.stream.check().map_err(|error| invalid(error.to_string()))?;
    let expected = Version(version(&envelope.stream)?.0 + 1);
    if envelope.position != position {
        return Err(invalid(format!("the event of {} is here", envelope.position)));
    }
    if envelope.version != expected {
        let Envelope { version, stream, .. } = &envelope;
        return Err(invalid(format!(
            "version {version} of {stream} stands where {expected} belongs"
        )));
    }
    if head.recorded_at.is_some_and(|last| last > envelope.recorded_at) {
        return Err(invalid("it was recorded before the event before it".to_owned()));
    }
    Ok(envelope)
}

/// The hash chain up to a position; `None` where the log does not reach it.
///
/// # Errors
/// Where the log cannot be read.
pub async fn hash_at(log: &dyn EventLog, position: Position) -> Result<Option<Hash>, Error> {
    let Some(before) = position.0.checked_sub(1) else { return Ok(Some(Hash::START)) };
    if let Some(cut) = log.cut().await?.filter(|cut| cut.through == position) {
        return Ok(Some(cut.hash));
    }
    let page = log.read_all(Position(before), 1).await?;
    // Where the log was cut, it may be gone.
    let found = page.first().filter(|envelope| envelope.position == position);
    Ok(found.map(|envelope| envelope.hash))
}

/// The hash of the first event of all, which no other log has; `None` where there is none.
///
/// # Errors
/// Where the log cannot be read.
pub async fn first_hash(log: &dyn EventLog) -> Result<Option<Hash>, Error> {
    match log.cut().await? {
        Some(cut) => Ok(Some(cut.first)),
        None => hash_at(log, Position(1)).await,
    }
}

/// The last position recorded at or before `time`: what was known then.
///
/// # Errors
/// [`Error::Cut`] where the log was cut behind it; where the log cannot be read.
pub async fn position_at(log: &dyn EventLog, time: Timestamp) -> Result<Position, Error> {
    let cut = log.cut().await?;
    if let Some(cut) = cut.as_ref().filter(|cut| time < cut.since) {
        return Err(Error::Cut(Box::new(cut.clone())));
    }
    // Positions are dense and `recorded_at` never goes back, so halving finds it.
    let mut low = cut.map_or(0, |cut| cut.through.0);
    let mut high = log.head().await?.position.0;
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        let page = log.read_all(Position(middle - 1), 1).await?;
        match page.first() {
            Some(envelope) if envelope.recorded_at <= time => low = middle,
            _ => high = middle - 1,
        }
    }
    Ok(Position(low))
}
