//! Serves a store that this process holds to others.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secmonkey_core::log::EventLog;
use secmonkey_core::view::{Rows, Views};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

use super::wire::{self, Answer, Ask, Frame, Refusal};
use crate::socket;

/// After a connection could not be taken, as too many files are open.
const PAUSE: Duration = Duration::from_millis(200);
/// As many may ask at the same time; the next wait until one is done.
const AT_ONCE: usize = 64;

/// Serves a store until it is dropped. Whoever is attached then is told that it ended.
#[must_use = "the store is served until this is dropped"]
pub struct Serving {
    task: JoinHandle<()>,
    socket: PathBuf,
}

impl Serving {
    /// Ends it, and waits until it holds nothing of the store any more.
    pub async fn end(mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
        let _ = std::fs::remove_file(&self.socket);
    }
}

/// What is served.
struct Served {
    log: Arc<dyn EventLog>,
    rows: Arc<dyn Rows>,
    views: Views,
}

/// Serves a store from now on, on the runtime that this is called on.
pub fn serve(
    store: &Path,
    log: Arc<dyn EventLog>,
    rows: Arc<dyn Rows>,
    views: Views,
) -> io::Result<Serving> {
    let listener = UnixListener::from_std(socket::listen(store, socket::STORE)?)?;
    let served = Arc::new(Served { log, rows, views });
    let task = tokio::spawn(accept(listener, served));
    Ok(Serving { task, socket: store.join(socket::STORE) })
}

async fn accept(listener: UnixListener, served: Arc<Served>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < AT_ONCE => match accepted {
                Ok((stream, _)) if is_ours(&stream) => {
                    connections.spawn(converse(stream, Arc::clone(&served)));
                }
                Ok(_) => tracing::warn!("another user tried to attach to the store"),
                Err(error) => {
                    tracing::warn!(%error, "cannot take a connection to the store");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Whether the other side is a process of the user who holds the store.
fn is_ours(stream: &UnixStream) -> bool {
    let own = socket::owner();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

/// Answers one question after the other, until the other side ends or makes no sense.
async fn converse(mut stream: UnixStream, served: Arc<Served>) {
    let mut has_met = false;
    while let Ok(Some(Frame { head, parts })) = read(&mut stream).await {
        let Ok(ask) = serde_json::from_slice(&head) else { return };
        let (answer, parts) = match ask {
            Ask::Meet(version) => {
                has_met = version == wire::version();
                let refusal = || Answer::Refused(Refusal::Stranger(wire::version()));
                (if has_met { Answer::Done } else { refusal() }, Vec::new())
            }
            _ if !has_met => return,
            ask => {
                let answered = served.answer(ask, parts).await;
                answered.unwrap_or_else(|refusal| (Answer::Refused(refusal), Vec::new()))
            }
        };
        let parts: Vec<_> = parts.iter().map(Vec::as_slice).collect();
        let Ok(bytes) = wire::encode(&answer, &parts) else { return };
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut UnixStream) -> io::Result<Option<Frame>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    };
    let length = wire::checked(length)?;
    let mut bytes = Vec::new();
    if stream.take(length.into()).read_to_end(&mut bytes).await? < length as usize {
        return Ok(None);
    }
    wire::decode(&bytes).map(Some)
}

type Answered = Result<(Answer, Vec<Vec<u8>>), Refusal>;

impl Served {
    async fn answer(&self, ask: Ask, parts: Vec<Vec<u8>>) -> Answered {
        let log = self.log.as_ref();
        let answer = match ask {
            Ask::Append(batch) => Answer::Receipt(log.append(batch).await?),
            Ask::Restore => {
                let events = wire::stored_of(parts);
                let events = events.ok_or_else(|| Refusal::Other("half an event".to_owned()))?;
                Answer::Receipt(log.restore(events).await?)
            }
            Ask::ReadAll { after, max } => Answer::Events(log.read_all(after, max).await?),
            Ask::ReadStream { stream, from, max } => {
                Answer::Events(log.read_stream(&stream, from, max).await?)
            }
            Ask::ReadStored { after, max } => {
                return Ok((Answer::Done, wire::parts_of(log.read_stored(after, max).await?)));
            }
            Ask::Cut => Answer::Cut(log.cut().await?),
            Ask::ReadRemains { after, max } => {
                let remains = log.read_remains(after, max).await?;
                let places = remains.iter().map(|one| (one.position, one.hash)).collect();
                let stored = remains.into_iter().map(|one| one.stored).collect();
                return Ok((Answer::Remains(places), wire::parts_of(stored)));
            }
            Ask::Version(stream) => Answer::Version(log.version(&stream).await?),
            Ask::Head => Answer::Head(log.head().await?),
            Ask::PublishHead => {
                log.publish_head().await?;
                Answer::Done
            }
            Ask::Follow => {
                let followed = self.views.catch_up(log).await;
                followed.map_err(|error| Refusal::Other(error.to_string()))?;
                Answer::Done
            }
            Ask::Get => {
                return self
                    .rows(parts, |rows, key, _| Ok(rows.get(key)?.into_iter().collect()))
                    .await;
            }
            Ask::Scan { max } => {
                return self
                    .rows(parts, move |rows, prefix, after| {
                        let found = rows.scan(prefix, after, max)?;
                        Ok(found.into_iter().flat_map(|(key, value)| [key, value]).collect())
                    })
                    .await;
            }
            Ask::Meet(_) => return Err(Refusal::Other("we have met".to_owned())),
        };
        Ok((answer, Vec::new()))
    }

    /// Reads rows where it may block.
    async fn rows(
        &self,
        parts: Vec<Vec<u8>>,
        read: impl FnOnce(
            &dyn Rows,
            &[u8],
            Option<&[u8]>,
        ) -> Result<Vec<Vec<u8>>, secmonkey_core::view::RowsError>
        + Send
        + 'static,
    ) -> Answered {
        let rows = Arc::clone(&self.rows);
        let read = move || {
            let key = parts.first().map(Vec::as_slice).unwrap_or_default();
            read(rows.as_ref(), key, parts.get(1).map(Vec::as_slice))
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(Ok(parts)) => Ok((Answer::Done, parts)),
            Ok(Err(error)) => Err(Refusal::Other(error.to_string())),
            Err(error) => Err(Refusal::Other(error.to_string())),
        }
    }
}
