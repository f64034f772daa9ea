//! The event log on sled.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use async_trait::async_trait;
use futures::stream::BoxStream;
use secmonkey_core::event::{Envelope, Position, Stored, StreamId, Version};
use secmonkey_core::log::{
    Append, AppendError, Cut, Error, EventLog, Head, Receipt, Remnant, follow,
};
use tokio::sync::{mpsc, oneshot, watch};

use tempfile::TempDir;

use crate::Clock;
use crate::backup;
use crate::closed::Closing;
use crate::disk::{Failure, quietly};
use crate::events::Events;
use crate::heads::{self, Heads};
use crate::index::{self, Index};
use crate::lock::Lock;
use crate::shared::Shared;
use crate::tree::Tiles;
use crate::views::Views;
use crate::writer::{Batch, QUEUE, Request, Writer};

/// The event log of a [`Store`](crate::Store).
///
/// Appends go through one thread that commits what waits together; reads go to
/// sled on tokio's blocking threads, so it wants a tokio runtime.
pub struct SledLog {
    shared: Arc<Shared>,
    /// `None` only while it is dropped.
    queue: Option<mpsc::Sender<Request>>,
    writer: Option<JoinHandle<bool>>,
    /// Where the head is written down,
    heads: PathBuf,
    /// by one at a time.
    publishing: Arc<heads::Turn>,
    /// Whether events were restored since: the heads of scans among them were written down
    /// beside another log, and nobody misses them here.
    restored: AtomicBool,
}

/// What a log is made of.
pub(crate) struct Parts {
    pub events: Events,
    pub clock: Clock,
    pub lock: Arc<Lock>,
    /// Where heads are written down, and those that were.
    pub heads: PathBuf,
    pub known: Heads,
    /// Notes how it was closed; `None` where it can only be read.
    pub closing: Option<Closing>,
    /// The copy that is read, where it is one.
    pub temporary: Option<TempDir>,
}

impl SledLog {
    pub(crate) fn open(parts: Parts, views: Views) -> Result<(Self, Arc<Views>), crate::Error> {
        let Parts { events, clock, lock, heads, known, closing, temporary } = parts;
        let path = events.database.path().to_owned();
        let head = events.head().map_err(|error| crate::Error::Corrupt {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        let (index, views) = Index::open(views, &events, head.position)?;
        let tiles = Tiles::new(Arc::clone(&views));
        let read_only = closing.is_none().then(|| "the store can only be read".to_owned());
        let shared = Arc::new(Shared {
            events,
            index,
            tiles,
            head: watch::Sender::new(head),
            read_only,
            closing: Mutex::new(closing),
            _temporary: temporary,
            lock,
        });
        let (queue, requests) = mpsc::channel(QUEUE);
        let writer = Writer::new(Arc::clone(&shared), clock, &heads.with_file_name(backup::LOCK))?;
        let writer = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writer.run(requests))
            .map_err(crate::Error::Threads)?;
        let scans = shared.index.scans();
        // A head that is still to be written is no gap, lines that are lost are one.
        let unwritten = u64::from(known.behind(scans) == 1);
        let publishing = Arc::new(heads::Turn::after(scans - unwritten));
        let restored = AtomicBool::new(false);
        let log =
            Self { shared, queue: Some(queue), writer: Some(writer), heads, publishing, restored };
        log.mend_heads(&known);
        Ok((log, views))
    }

    /// Writes the head of a scan whose process died before it did; tells of others that
    /// are missing.
    fn mend_heads(&self, known: &Heads) {
        let behind = known.behind(self.shared.index.scans());
        if behind > 1 {
            tracing::warn!(
                "{} has lost the heads of the last {behind} scans: restore it from a backup, or,                  where `secmonkey verify` finds nothing else, go on with `secmonkey verify \
                 --renew-heads`",
                self.heads.display()
            );
        } else if behind == 1 && self.shared.read_only.is_none() {
            tracing::info!(
                "the last scan did not write its head to {}: done now",
                self.heads.display()
            );
            if let Err(error) = self.shared.publish(&self.heads, &self.publishing, false) {
                tracing::warn!("{error}");
            }
        }
    }

    /// Writes the head down, so that nobody misses those lost before it.
    pub(crate) async fn renew_heads(&self) -> Result<(), Error> {
        let (path, turn) = (self.heads.clone(), Arc::clone(&self.publishing));
        self.read(move |shared| shared.publish(&path, &turn, true)).await
    }

    /// Who holds the store.
    pub(crate) fn lock(&self) -> Arc<Lock> {
        Arc::clone(&self.shared.lock)
    }

    /// The file of what is kept of its beginning, where that was cut.
    pub(crate) fn remains(&self) -> Option<PathBuf> {
        self.shared.events.cut.as_ref().map(|left| left.path().to_owned())
    }

    /// Hands a batch to the writer.
    async fn write(&self, batch: Batch) -> Result<Receipt, AppendError> {
        let stopped = || AppendError::Log(Error::ReadOnly("the writer has stopped".to_owned()));
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        let (answer, answered) = oneshot::channel();
        queue.send(Request { batch, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    /// Runs a read where it may block. sled may panic where the file is damaged.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let shared = Arc::clone(&self.shared);
        let read = move || quietly(|| read(&shared)).unwrap_or_else(|panic| Err(damaged(&panic)));
        tokio::task::spawn_blocking(read)
            .await
            .unwrap_or_else(|error| Err(Error::Store(error.into())))
    }
}

impl Drop for SledLog {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has printed why, and acknowledged nothing since. Else
            // all that was written is durable.
            if let Ok(true) = writer.join()
                && let Ok(mut closing) = self.shared.closing.lock()
                && let Some(closing) = closing.as_mut()
            {
                closing.at(*self.shared.head.borrow());
            }
        }
    }
}

#[async_trait]
impl EventLog for SledLog {
    async fn append(&self, batch: Vec<Append>) -> Result<Receipt, AppendError> {
        self.write(Batch::New(batch)).await
    }

    async fn restore(&self, events: Vec<Stored>) -> Result<Receipt, AppendError> {
        let restored = self.write(Batch::Stored(events)).await;
        self.restored.fetch_or(restored.is_ok(), Ordering::Relaxed);
        restored
    }

    async fn read_stored(&self, after: Position, max: usize) -> Result<Vec<Stored>, Error> {
        self.read(move |shared| shared.read_stored(after, max)).await
    }

    async fn cut(&self) -> Result<Option<Cut>, Error> {
        Ok(self.shared.events.cut.as_ref().map(|left| left.cut.clone()))
    }

    async fn read_remains(&self, after: Position, max: usize) -> Result<Vec<Remnant>, Error> {
        self.read(move |shared| shared.read_remains(after, max)).await
    }

    async fn read_all(&self, after: Position, max: usize) -> Result<Vec<Envelope>, Error> {
        self.read(move |shared| shared.read_all(after, max)).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        max: usize,
    ) -> Result<Vec<Envelope>, Error> {
        let stream = stream.clone();
        self.read(move |shared| shared.read_stream(&stream, from, max)).await
    }

    async fn version(&self, stream: &StreamId) -> Result<Version, Error> {
        let hash = index::hash(stream.as_str());
        self.read(move |shared| shared.index.version(&hash)).await
    }

    async fn head(&self) -> Result<Head, Error> {
        Ok(*self.shared.head.borrow())
    }

    fn subscribe(&self, after: Position) -> BoxStream<'_, Result<Envelope, Error>> {
        follow(self, self.shared.head.subscribe(), after)
    }

    /// Writes the head down in `heads.log`, so that a cut tail is found later.
    async fn publish_head(&self) -> Result<(), Error> {
        let (path, turn) = (self.heads.clone(), Arc::clone(&self.publishing));
        let renewed = self.restored.swap(false, Ordering::Relaxed);
        let done = self.read(move |shared| shared.publish(&path, &turn, renewed)).await;
        self.restored.fetch_or(renewed && done.is_err(), Ordering::Relaxed);
        done
    }
}

fn damaged(panic: &str) -> Error {
    Error::Store(Box::new(Failure::Damaged(format!("the log cannot be read: {panic}"))))
}
