//! Cuts the beginning of a store's log.
//!
//! The log as it will be is written beside the one that is there, verified, and only then takes
//! its place: a crash leaves the one or the other. The store is held all the while.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use secmonkey_core::event::{Actor, Event, Hash, LogCut, Position, StreamId};
use secmonkey_core::log::cut::Plan;
use secmonkey_core::log::{Append, EventLog as _, Expected, Head};
use secmonkey_core::merkle::{Frontier, Node};
use secmonkey_core::tlog::{Note, SigningKey};

use crate::block::{self, Encoder, Packer};
use crate::closed::Closing;
use crate::cut;
use crate::error::{Error, failed};
use crate::events::Events;
use crate::heads::{self, Heads};
use crate::salvage::remove;
use crate::shared::Shared;
use crate::{CUT_FORMAT, Store, checkpoints, disk, open, private, verify};

/// The log as it will be, and as it was.
const NEW: &str = "log.new";
const OLD: &str = "log.old";

/// How many blocks are written at a time.
const BLOCKS: usize = 1_000;

/// How long the store may take to be closed.
const CLOSING: Duration = Duration::from_secs(30);

/// What came of a cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compacted {
    /// The log's head now: behind the event of the cut.
    pub head: Head,
    /// What was signed of it.
    pub checkpoint: Note,
    /// How many bytes the log took on disk,
    pub before: u64,
    /// and how many it takes.
    pub after: u64,
}

/// Cuts the beginning of a store's log, as a plan of this log says, and signs what it is then.
/// The store is closed; nothing else may use its parts.
///
/// # Errors
/// Where the log cannot be read or written, is not what was signed of it, or would not verify:
/// then nothing was cut.
pub async fn compact(
    store: Store,
    plan: Plan,
    key: &SigningKey,
    actor: &Actor,
    deadline: Duration,
) -> Result<Compacted, Error> {
    let path = store.path.clone();
    let (log, new) = (path.join("log"), path.join(NEW));
    remove(&new)?;
    private::create_dir(&new).map_err(failed("create", &new))?;

    let through = plan.cut.through;
    let (place, given) = (new.join(cut::FILE), plan.clone());
    let write = move |shared: &Shared| Ok(write_remains(shared, &place, &given));
    let (root, remains) = store.log.read(write).await??;
    let Plan { cut, .. } = plan;
    let told = LogCut { through, hash: cut.hash, root: Hash(root.0), remains, went: cut.went };
    let now: Timestamp = cut.at;
    let event = Event::LogCut(told);
    let append = Append::new(StreamId::governance(), Expected::Any, actor, now, [event]);
    store.log.append(vec![append]).await?;
    let checkpoint = store.checkpoint(key).await?;
    store.log.publish_head().await?;

    let (from, to) = (path.clone(), new.clone());
    let head = store.log.head().await?;
    let copy = move |shared: &Shared| Ok(copy_rest(shared, &from, &to, head, deadline));
    store.log.read(copy).await??;

    close(store).await.ok_or_else(|| Error::InUse(path.clone())).and_then(|_lock| {
        let before = size(&log)?;
        let after = size(&new)?;
        swap(&path)?;
        Ok(Compacted { head, checkpoint, before, after })
    })
}

/// Writes what is kept of the beginning; gives the root of its tree, and the digest of the file.
fn write_remains(shared: &Shared, to: &Path, plan: &Plan) -> Result<(Node, Hash), Error> {
    let through = plan.cut.through.0;
    let mut tree = shared.tiles.over(&shared.events);
    let mut frontier = Frontier::default();
    let leaves = (0..through).map(|index| {
        let leaf = tree.leaf(index)?;
        frontier.push(leaf);
        Ok(leaf)
    });
    let digest = cut::write(to, &plan.cut, leaves, &plan.remains)?;
    Ok((frontier.root(), digest))
}

/// Writes what follows on the cut, and verifies the whole.
fn copy_rest(
    shared: &Shared,
    store: &Path,
    new: &Path,
    head: Head,
    deadline: Duration,
) -> Result<(), Error> {
    let corrupt = |reason: String| Error::Corrupt { path: new.to_owned(), reason };
    open::make(new, deadline)?;
    let events = Events::open(new, deadline)?;
    let (through, _) = events.start();
    let mut encoder = Encoder::new(&events.dictionaries).map_err(failed("write", new))?;
    let mut blocks = shared.events.blocks(Position(through.0 + 1))?.peekable();
    while blocks.peek().is_some() {
        let mut batch = sled::Batch::default();
        for found in blocks.by_ref().take(BLOCKS) {
            let found = found?;
            let mut put = |first: Position, bytes: &[u8]| {
                for (key, value) in block::values(first, bytes) {
                    batch.insert(key, value);
                }
            };
            if found.first > through {
                put(found.first, found.bytes());
                continue;
            }
            // The cut goes through this one.
            let mut packer = Packer::default();
            found.read(&mut shared.events.decoder(), |event| {
                if event.position > through {
                    let stored = event.stored();
                    let corrupt = |reason| crate::events::corrupt(event.position, reason);
                    block::check(&stored).map_err(corrupt)?;
                    packer.push(event.position, &event.before, &event.hash, &stored);
                }
                Ok(std::ops::ControlFlow::Continue(()))
            })?;
            for (first, block) in packer.blocks(&mut encoder).map_err(corrupt)? {
                put(first, &block);
            }
        }
        let written = events.database.sled.apply_batch(batch);
        written.map_err(|error| disk::Failure::from(error).at("write", new))?;
        events.database.sync()?;
    }
    let path = store.join(heads::FILE);
    let heads = Heads::read(&path).map_err(failed("read", &path))?;
    let known = heads.lines.iter().flatten().map(|it| Ok((it.head.position, it.head.hash)));
    let known: Vec<_> = known.collect();
    let signed = checkpoints::read(store)?;
    if events.head()? != head {
        return Err(corrupt("it does not end where the log does".to_owned()));
    }
    let verified = verify::verify(&events, head, &known, &signed)?;
    if let Some(found) = verified.findings.first() {
        return Err(corrupt(found.to_string()));
    }
    let mut closing = Closing::new(new);
    closing.at(head);
    drop(events);
    drop(closing);
    for name in [cut::FILE, "conf", "db", "."] {
        disk::sync(&new.join(name)).map_err(failed("sync", new))?;
    }
    Ok(())
}

/// Closes a store, and gives the lock that holds it; `None` where something still uses it.
async fn close(store: Store) -> Option<Arc<crate::lock::Lock>> {
    let lock = store.log.lock();
    let (log, views) = (Arc::downgrade(&store.log), Arc::downgrade(&store.views));
    drop(store);
    let deadline = Instant::now() + CLOSING;
    while log.strong_count() + views.strong_count() > 0 || Arc::strong_count(&lock) > 1 {
        if Instant::now() > deadline {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Some(lock)
}

/// Puts the new log in the place of the old one.
fn swap(store: &Path) -> Result<(), Error> {
    let (log, new, old) = (store.join("log"), store.join(NEW), store.join(OLD));
    let sync = || disk::sync(store).map_err(failed("sync", store));
    // A release that knows of no cut keeps out from here on.
    open::write_format_of(store, CUT_FORMAT)?;
    // They were made from events that are gone.
    remove(&store.join("views"))?;
    sync()?;
    fs::rename(&log, &old).map_err(failed("rename", &log))?;
    sync()?;
    fs::rename(&new, &log).map_err(failed("rename", &new))?;
    sync()?;
    remove(&old)?;
    sync()
}

/// Ends what a crash left of a cut: the log is the old one until the new one has its name.
pub fn mend(store: &Path) -> Result<(), Error> {
    let (log, new, old) = (store.join("log"), store.join(NEW), store.join(OLD));
    if !log.exists() && old.exists() {
        fs::rename(&old, &log).map_err(failed("rename", &old))?;
        disk::sync(store).map_err(failed("sync", store))?;
    }
    for rest in [old, new] {
        if log.exists()
            && let Err(error) = remove(&rest)
        {
            // It takes room, and harms nobody.
            tracing::debug!("{error}");
        }
    }
    Ok(())
}

/// How many bytes the files of a folder take.
fn size(folder: &Path) -> Result<u64, Error> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(failed("read", folder))? {
        let entry = entry.map_err(failed("read", folder))?;
        bytes += entry.metadata().map_err(failed("read", folder))?.len();
    }
    Ok(bytes)
}

impl Store {
    /// The file of what is kept of the beginning of the log; `None` where that was not cut.
    #[must_use]
    pub fn remains(&self) -> Option<std::path::PathBuf> {
        self.log.remains()
    }

    /// How many bytes the log takes on disk.
    ///
    /// # Errors
    /// Where its files cannot be listed.
    pub fn log_size(&self) -> Result<u64, Error> {
        size(&self.path.join("log"))
    }
}
