//! A store that another process holds: it is read and written through that process.
//!
//! Whoever holds a store may [serve](crate::Store::serve) it on the Unix socket `socket` in its
//! directory, for processes of the same user and the same release. They speak in frames
//! (`attach/wire.rs`) of the methods of [`EventLog`] and [`Rows`]; the holder alone writes and
//! folds. So everything that asks or decides works as if it held the store itself.

use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};
use secmonkey_core::event::{Envelope, Position, Stored, StreamId, Version};
use secmonkey_core::log::{self, Append, AppendError, Cut, EventLog, Head, Receipt, Remnant};
use secmonkey_core::view::{Row, Rows, RowsError};

mod serve;
mod wire;

pub use serve::Serving;
pub(crate) use serve::serve;

use crate::rows::ViewRows;
use crate::socket;
use wire::{Answer, Ask, Frame, Refusal};

/// The holder may take so long for one answer: to fold what many events say, at most.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often is asked for what is new.
const POLL: Duration = Duration::from_millis(250);
/// Events that are asked for at once.
const PAGE: usize = 256;

/// A store that another process holds.
pub struct Attached {
    /// Its events.
    pub log: Arc<AttachedLog>,
    /// Its views; the holder folds them.
    pub views: Arc<AttachedRows>,
}

/// The log of a store that another process holds.
pub struct AttachedLog(Arc<Line>);

/// The rows of the views of a store that another process holds.
pub struct AttachedRows {
    line: Arc<Line>,
    store: PathBuf,
}

/// Attaches to the store in a directory through the process that holds it. `None` where no
/// process serves it to us: none holds it, or one that does not serve, or of another release.
#[must_use]
pub fn attach(store: &Path) -> Option<Attached> {
    match Line::open(store) {
        Ok(line) => {
            let line = Arc::new(line);
            let log = Arc::new(AttachedLog(Arc::clone(&line)));
            let views = AttachedRows { line, store: store.to_owned() };
            Some(Attached { log, views: Arc::new(views) })
        }
        Err(error) => {
            tracing::debug!(%error, "nobody serves the store");
            None
        }
    }
}

/// The connection to the holder: one question at a time.
struct Line(Mutex<UnixStream>);

impl Line {
    fn open(store: &Path) -> io::Result<Self> {
        let stream = socket::connect(store, socket::STORE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let line = Self(Mutex::new(stream));
        match line.ask(&Ask::Meet(wire::version()), &[])?.0 {
            Answer::Done => Ok(line),
            Answer::Refused(refusal) => Err(io::Error::other(refusal.to_string())),
            _ => Err(unexpected()),
        }
    }

    fn ask(&self, ask: &Ask, parts: &[&[u8]]) -> io::Result<(Answer, Vec<Vec<u8>>)> {
        let bytes = wire::encode(ask, parts)?;
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = stream.write_all(&bytes).and_then(|()| wire::read(&mut *stream));
        let Frame { head, parts } = answer.map_err(|error| gone(&error))?;
        Ok((serde_json::from_slice(&head)?, parts))
    }
}

/// The holder ended, or hangs.
fn gone(error: &io::Error) -> io::Error {
    let text = match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            format!("the process that holds the store did not answer in {} s", PATIENCE.as_secs())
        }
        _ => format!("the process that holds the store ended: run it again ({error})"),
    };
    io::Error::new(error.kind(), text)
}

fn unexpected() -> io::Error {
    io::Error::other("the process that holds the store gave another answer than was asked for")
}

impl AttachedLog {
    async fn ask(
        &self,
        ask: Ask,
        parts: Vec<Vec<u8>>,
    ) -> Result<(Answer, Vec<Vec<u8>>), AppendError> {
        let line = Arc::clone(&self.0);
        let asked = tokio::task::spawn_blocking(move || {
            line.ask(&ask, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
        });
        let boxed = |error| AppendError::Log(log::Error::Store(error));
        match asked.await.map_err(|error| boxed(error.into()))?.map_err(|e| boxed(e.into()))? {
            (Answer::Refused(refusal), _) => Err(refusal.into()),
            answer => Ok(answer),
        }
    }

    async fn read(&self, ask: Ask) -> Result<(Answer, Vec<Vec<u8>>), log::Error> {
        self.ask(ask, Vec::new()).await.map_err(|error| match error {
            AppendError::Log(error) => error,
            error => log::Error::Store(error.into()),
        })
    }

    async fn events(&self, ask: Ask) -> Result<Vec<Envelope>, log::Error> {
        match self.read(ask).await?.0 {
            Answer::Events(events) => Ok(events),
            _ => Err(log::Error::Store(unexpected().into())),
        }
    }

    async fn receipt(&self, ask: Ask, parts: Vec<Vec<u8>>) -> Result<Receipt, AppendError> {
        match self.ask(ask, parts).await?.0 {
            Answer::Receipt(receipt) => Ok(receipt),
            _ => Err(log::Error::Store(unexpected().into()).into()),
        }
    }
}

#[async_trait]
impl EventLog for AttachedLog {
    async fn append(&self, batch: Vec<Append>) -> Result<Receipt, AppendError> {
        self.receipt(Ask::Append(batch), Vec::new()).await
    }

    async fn cut(&self) -> Result<Option<Cut>, log::Error> {
        match self.read(Ask::Cut).await?.0 {
            Answer::Cut(cut) => Ok(cut),
            _ => Err(log::Error::Store(unexpected().into())),
        }
    }

    async fn read_remains(&self, after: Position, max: usize) -> Result<Vec<Remnant>, log::Error> {
        match self.read(Ask::ReadRemains { after, max }).await? {
            (Answer::Remains(places), parts) => {
                let stored = wire::stored_of(parts).unwrap_or_default();
                let whole = places.into_iter().zip(stored);
                Ok(whole
                    .map(|((position, hash), stored)| Remnant { position, hash, stored })
                    .collect())
            }
            _ => Err(log::Error::Store(unexpected().into())),
        }
    }

    async fn restore(&self, events: Vec<Stored>) -> Result<Receipt, AppendError> {
        self.receipt(Ask::Restore, wire::parts_of(events)).await
    }

    async fn read_all(&self, after: Position, max: usize) -> Result<Vec<Envelope>, log::Error> {
        self.events(Ask::ReadAll { after, max }).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        max: usize,
    ) -> Result<Vec<Envelope>, log::Error> {
        self.events(Ask::ReadStream { stream: stream.clone(), from, max }).await
    }

    async fn read_stored(&self, after: Position, max: usize) -> Result<Vec<Stored>, log::Error> {
        let (_, parts) = self.read(Ask::ReadStored { after, max }).await?;
        wire::stored_of(parts).ok_or_else(|| log::Error::Store(unexpected().into()))
    }

    async fn version(&self, stream: &StreamId) -> Result<Version, log::Error> {
        match self.read(Ask::Version(stream.clone())).await?.0 {
            Answer::Version(version) => Ok(version),
            _ => Err(log::Error::Store(unexpected().into())),
        }
    }

    async fn head(&self) -> Result<Head, log::Error> {
        match self.read(Ask::Head).await?.0 {
            Answer::Head(head) => Ok(head),
            _ => Err(log::Error::Store(unexpected().into())),
        }
    }

    fn subscribe(&self, after: Position) -> BoxStream<'_, Result<Envelope, log::Error>> {
        let events = Vec::new().into_iter();
        stream::try_unfold((after, events), move |(mut after, mut events)| async move {
            loop {
                if let Some(envelope) = events.next() {
                    let envelope: Envelope = envelope;
                    after = envelope.position;
                    return Ok(Some((envelope, (after, events))));
                }
                events = self.read_all(after, PAGE).await?.into_iter();
                if events.len() == 0 {
                    tokio::time::sleep(POLL).await;
                }
            }
        })
        .boxed()
    }

    async fn publish_head(&self) -> Result<(), log::Error> {
        self.read(Ask::PublishHead).await.map(|_| ())
    }
}

impl AttachedRows {
    fn ask(&self, ask: &Ask, parts: &[&[u8]]) -> Result<Vec<Vec<u8>>, RowsError> {
        match self.line.ask(ask, parts).map_err(|error| RowsError(error.into()))? {
            (Answer::Refused(refusal), _) => Err(RowsError(refusal.to_string().into())),
            (_, parts) => Ok(parts),
        }
    }
}

impl Rows for AttachedRows {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowsError> {
        Ok(self.ask(&Ask::Get, &[key])?.pop())
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Result<Vec<Row>, RowsError> {
        let asked: Vec<_> = std::iter::once(prefix).chain(after).collect();
        let mut parts = self.ask(&Ask::Scan { max }, &asked)?.into_iter();
        Ok(std::iter::from_fn(|| parts.next().zip(parts.next())).collect())
    }

    fn commit(&self, _: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), RowsError> {
        Err(not_ours())
    }

    fn clear(&self) -> Result<(), RowsError> {
        Err(not_ours())
    }

    fn is_followed(&self) -> bool {
        true
    }

    fn follow(&self) -> Result<(), RowsError> {
        self.ask(&Ask::Follow, &[]).map(|_| ())
    }

    fn scratch(&self) -> Result<Option<Arc<dyn Rows>>, RowsError> {
        Ok(Some(Arc::new(ViewRows::nameless(&self.store)?)))
    }
}

fn not_ours() -> RowsError {
    RowsError("another process holds the store, and folds its views".into())
}

impl From<Refusal> for AppendError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Conflict { stream, expected, actual } => {
                Self::Conflict { stream, expected, actual }
            }
            Refusal::Invalid(reason) => Self::Invalid(reason),
            Refusal::Corrupt { position, reason } => {
                Self::Log(log::Error::Corrupt { position, reason })
            }
            Refusal::Cut(cut) => Self::Log(log::Error::Cut(cut)),
            Refusal::ReadOnly(reason) => Self::Log(log::Error::ReadOnly(reason)),
            other => Self::Log(log::Error::Store(other.to_string().into())),
        }
    }
}
