//! The event log in memory: the specification in the fewest lines, and the log of
//! tests and dry runs. It forgets with the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::Timestamp;
use tokio::sync::watch;

use super::{Append, AppendError, Error, EventLog, Expected, Head, Receipt, follow, restored};
use crate::event::{Envelope, Hash, Position, Stored, StreamId, Version};

/// An event log in memory.
pub struct Memory {
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    events: Mutex<Events>,
    head: watch::Sender<Head>,
}

#[derive(Default)]
struct Events {
    /// Every event with the hash chain up to and including it. Position 1 comes first.
    all: Vec<(Stored, Hash)>,
    /// Which of them belong to a stream.
    streams: HashMap<StreamId, Vec<usize>>,
}

impl Default for Memory {
    /// A log that goes by the system's clock.
    fn default() -> Self {
        Self::new(Timestamp::now)
    }
}

impl Memory {
    /// An empty log that goes by the given clock.
    pub fn new(clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self {
            clock: Box::new(clock),
            events: Mutex::default(),
            head: watch::Sender::new(Head::START),
        }
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        // A panic elsewhere leaves them whole: they are only ever added to, last of all.
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds events, the last of which is the head from now on.
    fn add(
        &self,
        events: &mut Events,
        new: Vec<(StreamId, Stored, Hash)>,
        head: Head,
    ) -> Result<Receipt, AppendError> {
        if new.is_empty() {
            return Err(AppendError::Invalid("it has no events".to_owned()));
        }
        let first = Position(events.all.len() as u64 + 1);
        for (stream, stored, hash) in new {
            let index = events.all.len();
            events.all.push((stored, hash));
            events.streams.entry(stream).or_default().push(index);
        }
        self.head.send_replace(head);
        Ok(Receipt { first, head })
    }
}

impl Events {
    fn version(&self, stream: &StreamId) -> Version {
        Version(self.streams.get(stream).map_or(0, Vec::len) as u64)
    }

    fn read(&self, index: usize) -> Result<Envelope, Error> {
        let before = index.checked_sub(1).map_or(Hash::START, |before| self.all[before].1);
        self.all[index].0.decode(&before).map_err(|reason| Error::Corrupt {
            position: Position(index as u64 + 1),
            reason: reason.to_string(),
        })
    }
}

#[async_trait]
impl EventLog for Memory {
    async fn append(&self, batch: Vec<Append>) -> Result<Receipt, AppendError> {
        let mut events = self.events();
        let mut head = *self.head.borrow();
        let now = (self.clock)().max(head.recorded_at.unwrap_or(Timestamp::MIN));
        let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);

        let mut versions = HashMap::new();
        let mut new = Vec::new();
        for Append { stream, expected, actor, scan, events: added } in batch {
            let version = versions.entry(stream.clone()).or_insert_with(|| events.version(&stream));
            if let Expected::Exact(expected) = expected
                && expected != *version
            {
                return Err(AppendError::Conflict { stream, expected, actual: *version });
            }
            for event in added {
                version.0 += 1;
                head.position.0 += 1;
                let at = (head.position, &stream, *version);
                let stored = Stored::encode(at.0, at.1, at.2, now, &actor, scan.as_ref(), &event)
                    .map_err(|error| AppendError::Invalid(error.to_string()))?;
                head.hash = head.hash.next(&stored.header, &stored.body);
                new.push((stream.clone(), stored, head.hash));
            }
        }
        head.recorded_at = Some(now);
        self.add(&mut events, new, head)
    }

    async fn read_all(&self, after: Position, max: usize) -> Result<Vec<Envelope>, Error> {
        let events = self.events();
        let start = usize::try_from(after.0).unwrap_or(usize::MAX);
        (start..events.all.len()).take(max).map(|index| events.read(index)).collect()
    }

    async fn read_stored(&self, after: Position, max: usize) -> Result<Vec<Stored>, Error> {
        let events = self.events();
        let start = usize::try_from(after.0).unwrap_or(usize::MAX);
        Ok(events.all.iter().skip(start).take(max).map(|(stored, _)| stored.clone()).collect())
    }

    async fn restore(&self, stored: Vec<Stored>) -> Result<Receipt, AppendError> {
        let mut events = self.events();
        let mut head = *self.head.borrow();
        let mut versions = HashMap::new();
        let mut new = Vec::new();
        for stored in stored {
            let known = |stream: &StreamId| {
                Ok(versions.get(stream).copied().unwrap_or_else(|| events.version(stream)))
            };
            let envelope = restored(&head, &stored, known)?;
            versions.insert(envelope.stream.clone(), envelope.version);
            head = Head {
                position: envelope.position,
                hash: envelope.hash,
                recorded_at: Some(envelope.recorded_at),
            };
            new.push((envelope.stream, stored, head.hash));
        }
        self.add(&mut events, new, head)
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        max: usize,
    ) -> Result<Vec<Envelope>, Error> {
        let events = self.events();
        let skipped = usize::try_from(from.0.saturating_sub(1)).unwrap_or(usize::MAX);
        let indexes = events.streams.get(stream).into_iter().flatten();
        indexes.skip(skipped).take(max).map(|index| events.read(*index)).collect()
    }

    async fn version(&self, stream: &StreamId) -> Result<Version, Error> {
        Ok(self.events().version(stream))
    }

    async fn head(&self) -> Result<Head, Error> {
        Ok(*self.head.borrow())
    }

    fn subscribe(&self, after: Position) -> BoxStream<'_, Result<Envelope, Error>> {
        follow(self, self.head.subscribe(), after)
    }
}
