//! The one thread that writes: takes what waits as one commit, so that many
//! appenders share the price of one sync.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;
use secmonkey_core::event::{Hash, Position, Stored, StreamId, Version};
use secmonkey_core::log::{Append, AppendError, Error, Expected, Head, Receipt};
use tokio::sync::{mpsc, oneshot};

use crate::Clock;
use crate::block::{self, Encoder, Packer};
use crate::index::{self, Place, StreamHash};
use crate::shared::Shared;

/// How many batches may wait.
pub const QUEUE: usize = 64;

/// A commit takes no more batches beyond this many events.
const COMMIT: usize = 4_096;

/// A batch and where its answer goes.
pub struct Request {
    pub batch: Vec<Append>,
    pub answer: oneshot::Sender<Result<Receipt, AppendError>>,
}

pub struct Writer {
    shared: Arc<Shared>,
    encoder: Encoder,
    clock: Clock,
    /// Why nothing is written any more.
    broken: Option<String>,
}

/// What one commit adds to the log.
struct Draft {
    head: Head,
    packer: Packer,
    versions: HashMap<StreamHash, Version>,
    added: Vec<(StreamHash, Version, Place)>,
}

/// An event on its way.
struct New {
    stream: StreamHash,
    version: Version,
    before: Hash,
    after: Hash,
    record: Vec<u8>,
}

impl Writer {
    pub fn new(shared: Arc<Shared>, clock: Clock) -> std::io::Result<Self> {
        let encoder = Encoder::new(&shared.events.dictionaries)?;
        Ok(Self { shared, encoder, clock, broken: None })
    }

    /// Serves until nobody can ask any more.
    pub fn run(mut self, mut queue: mpsc::Receiver<Request>) {
        let size = |request: &Request| -> usize {
            request.batch.iter().map(|append| append.events.len()).sum()
        };
        while let Some(first) = queue.blocking_recv() {
            let mut events = size(&first);
            let mut requests = vec![first];
            while events < COMMIT
                && let Ok(next) = queue.try_recv()
            {
                events += size(&next);
                requests.push(next);
            }
            self.commit(requests);
        }
    }

    fn commit(&mut self, requests: Vec<Request>) {
        let mut draft = Draft {
            head: *self.shared.head.borrow(),
            packer: Packer::default(),
            versions: HashMap::new(),
            added: Vec::new(),
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
            tracing::error!(reason, "the log takes no more events");
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
    fn draft(&mut self, batch: Vec<Append>, draft: &mut Draft) -> Result<Receipt, AppendError> {
        let last = draft.head.recorded_at.unwrap_or(Timestamp::MIN);
        let now = (self.clock)().max(last);
        let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        let mut head = Head { recorded_at: Some(now), ..draft.head };
        let mut versions: HashMap<StreamHash, Version> = HashMap::new();
        let mut new = Vec::new();
        for Append { stream, expected, actor, scan, events } in batch {
            let hash = index::hash(stream.as_str());
            let known = versions.get(&hash).or_else(|| draft.versions.get(&hash));
            let mut version = match known {
                Some(version) => *version,
                None => self.shared.index.version(&hash)?,
            };
            check(&stream, expected, version)?;
            for event in events {
                version.0 += 1;
                head.position.0 += 1;
                let (at, scan) = (head.position, scan.as_ref());
                let stored = Stored::encode(at, &stream, version, now, &actor, scan, &event)
                    .map_err(|error| AppendError::Invalid(error.to_string()))?;
                let record = self.encoder.encode(&stored).map_err(AppendError::Invalid)?;
                let before = head.hash;
                head.hash = before.next(&stored.header, &stored.body);
                new.push(New { stream: hash, version, before, after: head.hash, record });
            }
            versions.insert(hash, version);
        }
        if new.is_empty() {
            return Err(AppendError::Invalid("it has no events".to_owned()));
        }

        let first = Position(draft.head.position.0 + 1);
        for (position, new) in (first.0..).map(Position).zip(new) {
            draft.packer.push(position, &new.before, &new.after, &new.record);
            let block = draft.packer.blocks.last().map_or(position, |(first, _)| *first);
            draft.added.push((new.stream, new.version, Place { position, block }));
        }
        draft.versions.extend(versions);
        draft.head = head;
        Ok(Receipt { first, head })
    }

    /// Writes a commit durably, then shows it to the readers.
    fn write(&self, draft: Draft) -> Result<(), String> {
        if draft.added.is_empty() {
            return Ok(());
        }
        let mut batch = sled::Batch::default();
        for (first, block) in &draft.packer.blocks {
            for (key, value) in block::values(*first, block) {
                batch.insert(key, value);
            }
        }
        let database = &self.shared.events.database;
        // sled may panic where the disk fails; what it has written then is unknown.
        catch_unwind(AssertUnwindSafe(|| {
            database.sled.apply_batch(batch).map_err(|error| error.to_string())?;
            database.sync()
        }))
        .unwrap_or_else(|_| Err("sled panicked".to_owned()))?;

        self.shared.index.add(draft.added, (draft.head.position, draft.head.hash));
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
