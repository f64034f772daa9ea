//! The event log in memory: the specification in the fewest lines, and the log of
//! tests and dry runs. It forgets with the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::Timestamp;
use tokio::sync::watch;

use super::{
    Append, AppendError, Cut, Error, EventLog, Expected, Head, Receipt, Remnant, follow, restored,
};
use crate::event::{DecodeError, Envelope, Hash, Position, Stored, StreamId, Version};

/// An event log in memory.
pub struct Memory {
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    events: Mutex<Events>,
    head: watch::Sender<Head>,
}

#[derive(Default)]
struct Events {
    /// Where the beginning was cut, and what is left of it.
    cut: Option<(Cut, Vec<Remnant>)>,
    /// Every event behind the cut with the hash chain up to and including it. Position 1, or
    /// the one behind the cut, comes first.
    all: Vec<(Stored, Hash)>,
    /// What belongs to a stream: the versions, and where they stand.
    streams: HashMap<StreamId, Vec<(Version, Place)>>,
}

/// Where an event stands.
#[derive(Clone, Copy)]
enum Place {
    /// Among what is left of what was cut.
    Left(usize),
    /// Behind the cut.
    Event(usize),
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

    /// A log whose beginning was cut to this. What followed it is
    /// [restored](EventLog::restore).
    ///
    /// # Errors
    /// Where something is left that is no event.
    pub fn cut_to(
        cut: Cut,
        remains: Vec<Remnant>,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self, DecodeError> {
        let recorded_at = Some(cut.since);
        let head = Head { position: cut.through, hash: cut.hash, recorded_at };
        let mut streams: HashMap<StreamId, Vec<(Version, Place)>> = HashMap::new();
        for (index, remnant) in remains.iter().enumerate() {
            let Envelope { stream, version, .. } = remnant.envelope()?;
            streams.entry(stream).or_default().push((version, Place::Left(index)));
        }
        let events = Events { cut: Some((cut, remains)), all: Vec::new(), streams };
        Ok(Self {
            clock: Box::new(clock),
            events: Mutex::new(events),
            head: watch::Sender::new(head),
        })
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        // A panic elsewhere leaves them whole: they are only ever added to, last of all.
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds events, the last of which is the head from now on.
    fn add(
        &self,
        events: &mut Events,
        new: Vec<(StreamId, Version, Stored, Hash)>,
        head: Head,
    ) -> Result<Receipt, AppendError> {
        if new.is_empty() {
            return Err(AppendError::Invalid("it has no events".to_owned()));
        }
        let first = Position(events.start().0 + events.all.len() as u64 + 1);
        for (stream, version, stored, hash) in new {
            let place = Place::Event(events.all.len());
            events.all.push((stored, hash));
            events.streams.entry(stream).or_default().push((version, place));
        }
        self.head.send_replace(head);
        Ok(Receipt { first, head })
    }
}

impl Events {
    /// The last position before the first event, and the hash chain up to there.
    fn start(&self) -> (u64, Hash) {
        self.cut.as_ref().map_or((0, Hash::START), |(cut, _)| (cut.through.0, cut.hash))
    }

    fn left(&self) -> &[Remnant] {
        self.cut.as_ref().map_or(&[], |(_, left)| left)
    }

    fn version(&self, stream: &StreamId) -> Version {
        let last = self.streams.get(stream).and_then(|all| all.last());
        last.map_or(Version(0), |(version, _)| *version)
    }

    fn read(&self, place: Place) -> Result<Envelope, Error> {
        let (position, envelope) = match place {
            Place::Left(index) => (self.left()[index].position.0, self.left()[index].envelope()),
            Place::Event(index) => {
                let (start, first) = self.start();
                let before = index.checked_sub(1).map_or(first, |before| self.all[before].1);
                (start + index as u64 + 1, self.all[index].0.decode(&before))
            }
        };
        let position = Position(position);
        envelope.map_err(|reason| Error::Corrupt { position, reason: reason.to_string() })
    }

    /// How many events behind the cut are not after a position.
    fn behind(&self, after: Position) -> usize {
        usize::try_from(after.0.saturating_sub(self.start().0)).unwrap_or(usize::MAX)
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
                new.push((stream.clone(), *version, stored, head.hash));
            }
        }
        head.recorded_at = Some(now);
        self.add(&mut events, new, head)
    }

    async fn read_all(&self, after: Position, max: usize) -> Result<Vec<Envelope>, Error> {
        let events = self.events();
        let left = events.left().partition_point(|remnant| remnant.position <= after);
        let left = (left..events.left().len()).map(Place::Left);
        let behind = (events.behind(after)..events.all.len()).map(Place::Event);
        left.chain(behind).take(max).map(|place| events.read(place)).collect()
    }

    async fn read_stored(&self, after: Position, max: usize) -> Result<Vec<Stored>, Error> {
        let events = self.events();
        if let Some((cut, _)) = events.cut.as_ref().filter(|(cut, _)| after < cut.through) {
            return Err(Error::Cut(Box::new(cut.clone())));
        }
        let rest = events.all.iter().skip(events.behind(after));
        Ok(rest.take(max).map(|(stored, _)| stored.clone()).collect())
    }

    async fn cut(&self) -> Result<Option<Cut>, Error> {
        Ok(self.events().cut.as_ref().map(|(cut, _)| cut.clone()))
    }

    async fn read_remains(&self, after: Position, max: usize) -> Result<Vec<Remnant>, Error> {
        let events = self.events();
        let left = events.left().iter().filter(|remnant| remnant.position > after);
        Ok(left.take(max).cloned().collect())
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
            new.push((envelope.stream, envelope.version, stored, head.hash));
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
        let places = events.streams.get(stream).into_iter().flatten();
        let wanted = places.filter(|(version, _)| *version >= from);
        wanted.take(max).map(|(_, place)| events.read(*place)).collect()
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
