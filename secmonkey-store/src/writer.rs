//! The one thread that writes: takes what waits as one commit, so that many
//! appenders share the price of one sync.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use secmonkey_core::event::{Hash, Position, Stored, StreamId, Version};
use secmonkey_core::log::{self, Append, AppendError, Error, Expected, Head, Receipt};
use tokio::sync::{mpsc, oneshot};

use crate::Clock;
use crate::block::{self, Encoder, Packer};
use crate::disk::{Failure, quietly};
use crate::error::failed;
use crate::index::{self, Place, Reached, StreamHash};
use crate::private;
use crate::shared::Shared;

/// How many batches may wait.
pub const QUEUE: usize = 64;

/// A commit takes no more batches beyond this many events.
const COMMIT: usize = 4_096;

/// What is asked for at once.
pub enum Batch {
    New(Vec<Append>),
    /// Events that another log stored.
    Stored(Vec<Stored>),
}

impl Batch {
    /// How many events.
    fn len(&self) -> usize {
        match self {
            Self::New(batch) => batch.iter().map(|append| append.events.len()).sum(),
            Self::Stored(events) => events.len(),
        }
    }
}

/// A batch and where its answer goes.
pub struct Request {
    pub batch: Batch,
    pub answer: oneshot::Sender<Result<Receipt, AppendError>>,
}

pub struct Writer {
    shared: Arc<Shared>,
    encoder: Encoder,
    clock: Clock,
    /// Taken while something is written: see [`crate::backup`].
    commits: Option<File>,
    /// Why nothing is written any more.
    broken: Option<String>,
}

/// What one commit adds to the log.
struct Draft {
    head: Head,
    packer: Packer,
    versions: HashMap<StreamHash, Version>,
    added: Vec<(StreamHash, Version, Place)>,
    reached: Reached,
}

/// What one batch adds to a commit.
struct Drafted {
    head: Head,
    versions: HashMap<StreamHash, Version>,
    new: Vec<New>,
}

impl Drafted {
    fn add(
        &mut self,
        stream: StreamHash,
        version: Version,
        after: Hash,
        stored: Stored,
        ends_scan: bool,
    ) {
        let before = std::mem::replace(&mut self.head.hash, after);
        self.head.position.0 += 1;
        self.new.push(New { stream, version, before, after, stored, ends_scan });
    }
}

/// An event on its way.
struct New {
    stream: StreamHash,
    version: Version,
    before: Hash,
    after: Hash,
    stored: Stored,
    ends_scan: bool,
}

impl Writer {
    pub fn new(shared: Arc<Shared>, clock: Clock, commits: &Path) -> Result<Self, crate::Error> {
        let path = shared.events.database.path();
        let encoder = Encoder::new(&shared.events.dictionaries).map_err(failed("write", path))?;
        let commits = match shared.read_only {
            None => Some(private::file().open(commits).map_err(failed("open", commits))?),
            Some(_) => None,
        };
        let broken = shared.read_only.clone();
        Ok(Self { shared, encoder, clock, commits, broken })
    }

    /// Serves until nobody can ask any more. Gives whether all that was written is durable.
    pub fn run(mut self, mut queue: mpsc::Receiver<Request>) -> bool {
        while let Some(first) = queue.blocking_recv() {
            let mut events = first.batch.len();
            let mut requests = vec![first];
            while events < COMMIT
                && let Ok(next) = queue.try_recv()
            {
                events += next.batch.len();
                requests.push(next);
            }
            self.commit(requests);
        }
        self.broken.is_none()
    }

    fn commit(&mut self, requests: Vec<Request>) {
        let mut draft = Draft {
            head: *self.shared.head.borrow(),
            packer: Packer::default(),
            versions: HashMap::new(),
            added: Vec::new(),
            reached: self.shared.index.reached(),
        };
        let mut answers = Vec::new();
        for Request { batch, answer } in requests {
            let drafted = match &self.broken {
                Some(reason) => Err(Error::ReadOnly(reason.clone()).into()),
                None => self.draft(batch, &mut draft),
            };
            answers.push((answer, drafted));
        }
        if let Err(reason) = self.write(draft) {
            // Whoever asked tells it.
            tracing::debug!(reason, "the log takes no more events");
            for (_, drafted) in &mut answers {
                *drafted = Err(Error::ReadOnly(reason.clone()).into());
            }
            self.broken = Some(reason);
        }
        for (answer, drafted) in answers {
            // Whoever asked may have gone; the events stand all the same.
            let _ = answer.send(drafted);
        }
    }

    /// Adds a batch to what is about to be written: all of it or nothing.
    fn draft(&self, batch: Batch, draft: &mut Draft) -> Result<Receipt, AppendError> {
        let mut drafted = Drafted { head: draft.head, versions: HashMap::new(), new: Vec::new() };
        match batch {
            Batch::New(batch) => self.append(batch, draft, &mut drafted)?,
            Batch::Stored(events) => self.restore(events, draft, &mut drafted)?,
        }
        let Drafted { head, versions, new } = drafted;
        if new.is_empty() {
            return Err(AppendError::Invalid("it has no events".to_owned()));
        }

        let first = Position(draft.head.position.0 + 1);
        for (position, new) in (first.0..).map(Position).zip(new) {
            draft.reached.event(position, new.after, new.ends_scan);
            let block = draft.packer.push(position, &new.before, &new.after, &new.stored);
            draft.added.push((new.stream, new.version, Place { position, block }));
        }
        draft.versions.extend(versions);
        draft.head = head;
        Ok(Receipt { first, head })
    }

    fn append(
        &self,
        batch: Vec<Append>,
        draft: &Draft,
        drafted: &mut Drafted,
    ) -> Result<(), AppendError> {
        let last = draft.head.recorded_at.unwrap_or(Timestamp::MIN);
        let now = (self.clock)().max(last);
        let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        drafted.head.recorded_at = Some(now);
        for Append { stream, expected, actor, scan, events } in batch {
            let hash = index::hash(stream.as_str());
            let mut version = self.version(&hash, draft, drafted)?;
            check(&stream, expected, version)?;
            for event in events {
                version.0 += 1;
                let (at, scan) = (Position(drafted.head.position.0 + 1), scan.as_ref());
                let stored = Stored::encode(at, &stream, version, now, &actor, scan, &event)
                    .map_err(|error| AppendError::Invalid(error.to_string()))?;
                block::check(&stored).map_err(AppendError::Invalid)?;
                let after = drafted.head.hash.next(&stored.header, &stored.body);
                drafted.add(hash, version, after, stored, event.event.ends_scan());
            }
            drafted.versions.insert(hash, version);
        }
        Ok(())
    }

    fn restore(
        &self,
        events: Vec<Stored>,
        draft: &Draft,
        drafted: &mut Drafted,
    ) -> Result<(), AppendError> {
        for stored in events {
            let version =
                |stream: &StreamId| self.version(&index::hash(stream.as_str()), draft, drafted);
            let envelope = log::restored(&drafted.head, &stored, version)?;
            let hash = index::hash(envelope.stream.as_str());
            block::check(&stored).map_err(AppendError::Invalid)?;
            let ends_scan = envelope.event.ends_scan();
            drafted.head.recorded_at = Some(envelope.recorded_at);
            drafted.add(hash, envelope.version, envelope.hash, stored, ends_scan);
            drafted.versions.insert(hash, envelope.version);
        }
        Ok(())
    }

    /// Where a stream stands behind what is drafted.
    fn version(
        &self,
        stream: &StreamHash,
        draft: &Draft,
        drafted: &Drafted,
    ) -> Result<Version, Error> {
        match drafted.versions.get(stream).or_else(|| draft.versions.get(stream)) {
            Some(version) => Ok(*version),
            None => self.shared.index.version(stream),
        }
    }

    /// Writes a commit durably, then shows it to the readers.
    fn write(&mut self, draft: Draft) -> Result<(), String> {
        if draft.added.is_empty() {
            return Ok(());
        }
        let mut batch = sled::Batch::default();
        for (first, block) in &draft.packer.blocks(&mut self.encoder)? {
            for (key, value) in block::values(*first, block) {
                batch.insert(key, value);
            }
        }
        let database = &self.shared.events.database;
        // Waits for who copies the log. Where the system has no such locks, copies are
        // verified all the same.
        let locked = self.commits.as_ref().filter(|file| file.lock().is_ok());
        // sled may panic where the disk fails; what it has written then is unknown.
        let written = quietly(|| {
            let written = database.sled.apply_batch(batch).map_err(Failure::from);
            written.map_err(|failure| failure.at("write", database.path()))?;
            database.sync()
        });
        if let Some(file) = locked {
            // It ends with the process at the latest.
            let _ = file.unlock();
        }
        written?.map_err(|error| error.to_string())?;

        self.shared.index.add(draft.added, draft.reached);
        self.shared.head.send_replace(draft.head);
        Ok(())
    }
}

fn check(stream: &StreamId, expected: Expected, actual: Version) -> Result<(), AppendError> {
    match expected {
        Expected::Exact(expected) if expected != actual => {
            Err(AppendError::Conflict { stream: stream.clone(), expected, actual })
        }
        Expected::Exact(_) | Expected::Any => Ok(()),
    }
}
