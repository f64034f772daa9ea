//! The event log on sled.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use futures::stream::BoxStream;
use secmonkey_core::event::{Envelope, Position, StreamId, Version};
use secmonkey_core::log::{Append, AppendError, Error, EventLog, Head, Receipt, follow};
use tokio::sync::{mpsc, oneshot, watch};

use crate::Clock;
use crate::events::Events;
use crate::heads;
use crate::index::{self, Index};
use crate::lock::Lock;
use crate::shared::Shared;
use crate::views::Views;
use crate::writer::{QUEUE, Request, Writer};

/// The event log of a [`Store`](crate::Store).
///
/// Appends go through one thread that commits what waits together; reads go to
/// sled on tokio's blocking threads, so it wants a tokio runtime.
pub struct SledLog {
    shared: Arc<Shared>,
    /// `None` only while it is dropped.
    queue: Option<mpsc::Sender<Request>>,
    writer: Option<JoinHandle<()>>,
    /// Where the head is written down,
    heads: PathBuf,
    /// by one at a time.
    publishing: Arc<heads::Turn>,
}

impl SledLog {
    pub(crate) fn open(
        events: Events,
        views: Views,
        clock: Clock,
        lock: Arc<Lock>,
        heads: PathBuf,
    ) -> Result<(Self, Arc<Views>), Error> {
        let head = events.head()?;
        let (index, views) = Index::open(views, &events, head.position)?;
        let shared =
            Arc::new(Shared { events, index, head: watch::Sender::new(head), _lock: lock });
        let (queue, requests) = mpsc::channel(QUEUE);
        let writer = Writer::new(Arc::clone(&shared), clock)
            .and_then(|writer| {
                std::thread::Builder::new()
                    .name("writer".to_owned())
                    .spawn(move || writer.run(requests))
            })
            .map_err(|error| Error::Store(error.into()))?;
        let publishing = Arc::default();
        Ok((Self { shared, queue: Some(queue), writer: Some(writer), heads, publishing }, views))
    }

    /// Runs a read where it may block.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || read(&shared))
            .await
            .unwrap_or_else(|error| Err(Error::Store(error.into())))
    }
}

impl Drop for SledLog {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has printed why, and acknowledged nothing since.
            let _ = writer.join();
        }
    }
}

#[async_trait]
impl EventLog for SledLog {
    async fn append(&self, batch: Vec<Append>) -> Result<Receipt, AppendError> {
        let stopped = || AppendError::Log(Error::ReadOnly("the writer has stopped".to_owned()));
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        let (answer, answered) = oneshot::channel();
        queue.send(Request { batch, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
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
        let head = self.head().await?;
        let (path, turn) = (self.heads.clone(), Arc::clone(&self.publishing));
        self.read(move |_| {
            heads::publish(&path, &head, &turn).map_err(|error| Error::Store(error.into()))
        })
        .await
    }
}
