//! The event log on sled.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use futures::stream::BoxStream;
use secmonkey_core::event::{Envelope, Position, StreamId, Version};
use secmonkey_core::log::{Append, AppendError, Error, EventLog, Head, Receipt, follow};
use tokio::sync::{mpsc, oneshot, watch};

use crate::Clock;
use crate::events::{Events, corrupt};
use crate::index::{self, Index, Place};
use crate::lock::Lock;
use crate::views::Views;
use crate::writer::{QUEUE, Request, Writer};

/// The event log of a [`Store`](crate::Store).
///
/// Appends go through one thread that commits what waits together; reads go to
/// sled on tokio's blocking threads, so it wants a tokio runtime.
pub struct SledLog {
    inner: Arc<Inner>,
    /// `None` only while it is dropped.
    queue: Option<mpsc::Sender<Request>>,
    writer: Option<JoinHandle<()>>,
}

/// What readers and the writer share.
pub(crate) struct Inner {
    pub events: Events,
    pub index: Index,
    /// The last durable event: nothing behind it is shown.
    pub head: watch::Sender<Head>,
    /// The store stays held until everything above is closed.
    _lock: Arc<Lock>,
}

impl SledLog {
    pub(crate) fn open(
        events: Events,
        views: Views,
        clock: Clock,
        lock: Arc<Lock>,
    ) -> Result<(Self, Arc<Views>), Error> {
        let head = events.head()?;
        let (index, views) = Index::open(views, &events, head.position)?;
        let inner = Arc::new(Inner { events, index, head: watch::Sender::new(head), _lock: lock });
        let (queue, requests) = mpsc::channel(QUEUE);
        let writer = Writer::new(Arc::clone(&inner), clock)
            .and_then(|writer| {
                std::thread::Builder::new()
                    .name("writer".to_owned())
                    .spawn(move || writer.run(requests))
            })
            .map_err(|error| Error::Store(error.into()))?;
        Ok((Self { inner, queue: Some(queue), writer: Some(writer) }, views))
    }

    /// Runs a read where it may block.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Inner) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || read(&inner))
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

impl Inner {
    fn read_all(&self, after: Position, max: usize) -> Result<Vec<Envelope>, Error> {
        let last = self.head.borrow().position.0.min(after.0.saturating_add(max as u64));
        let mut page = Vec::new();
        if last <= after.0 {
            return Ok(page);
        }
        let mut next = after.0 + 1;
        let mut hash = None;
        let mut decoder = self.events.decoder();
        for found in self.events.blocks(Position(next))? {
            let found = found?;
            if found.first.0 > next || hash.is_some_and(|_| found.first.0 != next) {
                return Err(corrupt(Position(next), "it is missing"));
            }
            let block = found.block()?;
            if hash.is_some_and(|hash| hash != block.before) {
                return Err(corrupt(found.first, "the hash chain breaks here"));
            }
            let end = found.read(&mut decoder, |event| {
                if event.position.0 == next {
                    page.push(event.envelope()?);
                    next += 1;
                }
                Ok(if next > last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
            hash = Some(end);
            if next > last {
                return Ok(page);
            }
        }
        Err(corrupt(Position(next), "it is missing"))
    }

    fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        max: usize,
    ) -> Result<Vec<Envelope>, Error> {
        let places = self.index.places(&index::hash(stream.as_str()), from, max)?;
        let mut wanted = places.into_iter().zip(from.0.max(1)..).peekable();
        let mut page = Vec::new();
        let mut decoder = self.events.decoder();
        while let Some((Place { position, block }, _)) = wanted.peek().copied() {
            let found = self.events.block_at(block)?;
            let found = found.ok_or_else(|| corrupt(position, "it is missing"))?;
            let end = Position(found.first.0 + u64::from(found.block()?.count));
            found.read(&mut decoder, |event| {
                if let Some((_, version)) =
                    wanted.next_if(|(next, _)| next.position == event.position)
                {
                    let envelope = event.envelope()?;
                    if envelope.stream != *stream || envelope.version.0 != version {
                        let reason = format!("it is not version {version} of {stream}");
                        return Err(corrupt(event.position, reason));
                    }
                    page.push(envelope);
                }
                let more = wanted.peek().is_some_and(|(next, _)| next.position < end);
                Ok(if more { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
            })?;
            if wanted.peek().is_some_and(|(next, _)| next.position == position) {
                return Err(corrupt(position, "it is missing"));
            }
        }
        Ok(page)
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
        self.read(move |inner| inner.read_all(after, max)).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        max: usize,
    ) -> Result<Vec<Envelope>, Error> {
        let stream = stream.clone();
        self.read(move |inner| inner.read_stream(&stream, from, max)).await
    }

    async fn version(&self, stream: &StreamId) -> Result<Version, Error> {
        let hash = index::hash(stream.as_str());
        self.read(move |inner| inner.index.version(&hash)).await
    }

    async fn head(&self) -> Result<Head, Error> {
        Ok(*self.inner.head.borrow())
    }

    fn subscribe(&self, after: Position) -> BoxStream<'_, Result<Envelope, Error>> {
        follow(self, self.inner.head.subscribe(), after)
    }
}
