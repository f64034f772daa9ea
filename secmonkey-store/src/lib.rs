//! Event logs for secmonkey that survive a crash.
//!
//! A [`Store`] is a directory on one machine, held by one process. Its truth is the
//! event log; the views can be deleted and come back by themselves.
//!
//! | in the directory | what |
//! |---|---|
//! | `format` | the version of this layout |
//! | `commit.lock` | taken for each commit, and by [`backup`] |
//! | `lock` | taken by the process that holds the store; says which |
//! | `log/` | the events, in a sled database, see [`SledLog`]; in it `closed`, how it was left |
//! | `heads.log` | the log's head at every scan: tells if its tail was cut off |
//! | `digest.key` | the key that secret values are digested with; never in the log |
//! | `keys/` | the keys that checkpoints are signed with; never in the log or a backup |
//! | `checkpoints/` | what was signed of the log, and may have been handed out |
//! | `views/` | indexes and views, in a redb database: disposable |
//! | `views.open` | a mark while the views are open |
//! | `socket` | where the process that holds the store serves it to others |
//!
//! A log moves to another store as segments: [`export`], [`Segments`].
//!
//! sled 0.34.7 alone does not keep what it acknowledged through a power cut; the
//! module `disk` lists what is done about it. Its successor 1.0 is not used: it is an
//! alpha that can open an empty database where there was a full one. The views are in redb,
//! because sled writes a page anew for a few changed rows: see this crate's README.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secmonkey_core::Timestamp;
use secmonkey_core::event::{Hash, Position, Stored};
use secmonkey_core::log::{self, EventLog as _};
use secmonkey_core::merkle::Node;
use secmonkey_core::secret::DigestKey;
use secmonkey_core::tlog::{Checkpoint, Note, SigningKey};
use secmonkey_core::view::Views;

pub mod access;
mod archive;
#[cfg(unix)]
mod attach;
mod backup;
mod block;
mod checkpoints;
mod closed;
mod compact;
mod cut;
mod dictionary;
mod disk;
mod error;
mod events;
mod heads;
mod index;
mod keys;
mod ledger;
mod lock;
mod open;
mod private;
mod raw;
mod rows;
mod salvage;
mod segment;
mod segments;
mod shared;
mod signing;
mod sled_log;
#[cfg(unix)]
pub mod socket;
mod sum;
mod tables;
mod threads;
mod tree;
mod verify;
mod views;
mod writer;

#[cfg(unix)]
pub use attach::{Attached, AttachedLog, AttachedRows, Serving, attach};
pub use backup::backup;
pub use compact::{Compacted, compact};
pub use error::Error;
pub use lock::Holder;
pub use open::begin;
pub use rows::ViewRows;
pub use salvage::{Examined, Salvaged, Section, examine, salvage};
pub use segments::{ExportOptions, Exported, Imported, Segments, export};
pub use signing::new_origin;
pub use sled_log::SledLog;
pub use threads::probe as probe_threads;
pub use verify::{Finding, Problem, Verified};

use error::failed;
use heads::Heads;

/// The layout of the stores that this release makes.
///
/// 2: the log has a page table (`snap.*`) from its making on, and `heads.log` counts.
/// 4: its blocks are of format 2 ([`block`]), or were there before.
const FORMAT: u32 = 4;

/// The layout of those whose log was cut, which a release that knows of no cut must not open:
/// its beginning is in `log/cut`.
const CUT_FORMAT: u32 = 5;

/// The same, with blocks of format 1 alone.
const CUT_FORMAT_BEFORE: u32 = 3;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// An open store: held by this process until every part of it is dropped.
pub struct Store {
    /// The events.
    pub log: Arc<SledLog>,
    /// Room for the views.
    pub views: Arc<ViewRows>,
    path: PathBuf,
}

impl Store {
    /// The version of its layout.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn format(&self) -> Result<u32, Error> {
        Ok(open::read_format(&self.path)?.unwrap_or(FORMAT))
    }
}

/// How to open a store.
#[derive(Clone)]
pub struct OpenOptions {
    /// How long to wait for another process that holds it.
    pub wait: Duration,
    /// What this process was started to do, for those who wait for it.
    pub command: String,
    /// Whether to make a new one where there is none.
    pub create: bool,
    /// How long the log may take to open. Where memory or threads are limited, sled may wait
    /// for ever.
    pub deadline: Duration,
    /// What stamps the events.
    pub clock: Clock,
}

impl Default for OpenOptions {
    /// Waits 10 seconds, makes a new store, goes by the system's clock.
    fn default() -> Self {
        Self {
            wait: Duration::from_secs(10),
            command: "secmonkey".to_owned(),
            create: true,
            deadline: Duration::from_mins(2),
            clock: Arc::new(Timestamp::now),
        }
    }
}

impl Store {
    /// Opens the store in a directory. Blocks: for its holder as long as the options
    /// say, for the disk, and for the index, which reads a million events in seconds
    /// where it has to be built again. One that cannot be written can be read: it is
    /// copied to a temporary directory.
    ///
    /// # Errors
    /// Where it is held, newer than this release, corrupt or out of reach, and where its
    /// log is shorter than, or another than, `heads.log` and the views know. Nothing was
    /// written to the log then.
    pub fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self, Error> {
        let path = path.as_ref();
        // sled may panic where a file is damaged.
        disk::quietly(|| open::open(path, options))
            .unwrap_or_else(|reason| Err(Error::Corrupt { path: path.join("log"), reason }))
    }

    /// Serves the store to other processes of this user, until the answer is dropped: they
    /// [`attach`]. `views` fold its log into its rows. Needs a tokio runtime, and keeps the
    /// store held.
    ///
    /// # Errors
    /// Where the socket cannot be made in the store.
    #[cfg(unix)]
    pub fn serve(&self, views: &Views) -> Result<Serving, Error> {
        let socket = self.path.join(socket::STORE);
        attach::serve(&self.path, self.log.clone(), self.views.clone(), views.clone())
            .map_err(failed("listen on", &socket))
    }

    /// The key that secret values are digested with: the one in `elsewhere`, or the store's
    /// own. A new store gets a new key.
    ///
    /// `used` are the ids of the keys that the log's digests were made with
    /// ([`Views::digest_keys`](secmonkey_core::view::Views::digest_keys)).
    ///
    /// # Errors
    /// Where the key cannot be read, or is not one that was used: every secret would show as
    /// changed.
    pub fn digest_key(
        &self,
        elsewhere: Option<&Path>,
        used: &[String],
    ) -> Result<DigestKey, Error> {
        let own = self.path.join(keys::FILE);
        let path = elsewhere.unwrap_or(&own);
        if used.is_empty() {
            return keys::load(path, elsewhere.is_none());
        }
        let wanted = || used.join(" or ");
        match keys::load(path, false) {
            Ok(key) if used.iter().any(|used| used == key.id()) => Ok(key),
            Ok(key) => Err(Error::OtherKey {
                path: path.to_owned(),
                found: Some(key.id().to_owned()),
                wanted: wanted(),
            }),
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Err(Error::OtherKey { path: path.to_owned(), found: None, wanted: wanted() })
            }
            Err(error) => Err(error),
        }
    }

    /// Reads every event and compares it with the hash chain, with the heads written
    /// down and the checkpoints signed beside the log, and with what was kept elsewhere.
    ///
    /// Without a head or a checkpoint kept elsewhere this finds accidents and careless edits:
    /// who can write the store can compute the chain anew.
    ///
    /// # Errors
    /// Where the store cannot be read at all.
    pub async fn verify(
        &self,
        head: Option<(Position, Hash)>,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Verified, log::Error> {
        let (path, store) = (self.heads(), self.path.clone());
        let now = self.log.head().await?;
        self.log
            .read(move |shared| {
                let heads = Heads::read(&path)
                    .map_err(|error| log::Error::Store(failed("read", &path)(error).into()))?;
                let lost = heads.lost(shared.index.scans());
                let published: Vec<_> = heads
                    .lines
                    .into_iter()
                    .map(|line| line.map(|line| (line.head.position, line.head.hash)))
                    .chain(head.map(Ok))
                    .collect();
                let mut signed =
                    checkpoints::read(&store).map_err(|error| log::Error::Store(error.into()))?;
                signed.extend(checkpoint.map(|checkpoint| {
                    let note = Note::new(checkpoint.to_string());
                    Ok(checkpoints::Kept { path: PathBuf::new(), note, checkpoint })
                }));
                let mut verified = verify::verify(&shared.events, now, &published, &signed)?;
                verified.findings.extend(lost.into_iter().map(verify::lost_heads));
                Ok(verified)
            })
            .await
    }

    /// Holds the views against their sums, and their pages against redb's. Gives what is wrong, where something is: they are
    /// rebuilt when the store is opened next.
    ///
    /// # Errors
    /// Where nothing can be read any more.
    pub async fn check_views(&self) -> Result<Option<String>, log::Error> {
        let views = Arc::clone(&self.views);
        self.log
            .read(move |shared| {
                Ok(views.check_pages().or_else(|| shared.index.check()).or_else(|| views.check()))
            })
            .await
    }

    /// Makes a key that checkpoints of this log are signed with, in a file of its own: in
    /// the store, or wherever `out` says. `signer` is the log's origin.
    ///
    /// # Errors
    /// Where there is such a file, or it cannot be made.
    pub fn make_key(
        &self,
        name: &str,
        out: Option<&Path>,
        signer: &str,
    ) -> Result<(PathBuf, SigningKey), Error> {
        let path = out.map_or_else(|| signing::path(&self.path, name), Path::to_owned);
        let key = signing::make(&path, signer)?;
        Ok((path, key))
    }

    /// The signing key in a file, or of this name in the store.
    ///
    /// # Errors
    /// Where it cannot be read or is none.
    pub fn key(&self, name: &str) -> Result<SigningKey, Error> {
        let own = signing::path(&self.path, name);
        let is_own = Path::new(name).components().count() == 1 && own.exists();
        signing::load(if is_own { &own } else { Path::new(name) })
    }

    /// The names of the signing keys in the store.
    ///
    /// # Errors
    /// Where they cannot be listed.
    pub fn key_names(&self) -> Result<Vec<String>, Error> {
        signing::names(&self.path)
    }

    /// Signs the log as it is: its [`Checkpoint`]. It is kept in the store, too, and the log
    /// is held against the one before: what contradicts it is never signed.
    ///
    /// # Errors
    /// Where the log does not go on from what was signed, or cannot be read; where the
    /// checkpoint cannot be kept.
    pub async fn checkpoint(&self, key: &SigningKey) -> Result<Note, log::Error> {
        let (store, key) = (self.path.clone(), key.clone());
        self.log.read(move |shared| checkpoints::sign(&store, shared, &key)).await
    }

    /// The checkpoints that were signed, by size.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn checkpoints(&self) -> Result<Vec<(Note, Checkpoint)>, Error> {
        let all = checkpoints::read(&self.path)?.into_iter().flatten();
        Ok(all.map(|kept| (kept.note, kept.checkpoint)).collect())
    }

    /// The root of the Merkle tree over the first events.
    ///
    /// # Errors
    /// Where there are not so many, or they cannot be read.
    pub async fn root(&self, size: u64) -> Result<Node, log::Error> {
        self.log.read(move |shared| shared.tiles.over(&shared.events).root(size)).await
    }

    /// The bytes of an event that the tree covers, its header and its body, and what proves
    /// that they are one of the first `size`.
    ///
    /// # Errors
    /// Where there are not so many, or they cannot be read.
    pub async fn inclusion(
        &self,
        position: Position,
        size: u64,
    ) -> Result<(Stored, Vec<Node>), log::Error> {
        self.log
            .read(move |shared| {
                let (header, body) = shared.bytes_at(position)?;
                let path = shared.tiles.over(&shared.events).inclusion(position, size)?;
                Ok((Stored { header, body }, path))
            })
            .await
    }

    /// What proves that the log of `new` events begins with that of `old` events.
    ///
    /// # Errors
    /// Where there are not so many, or they cannot be read.
    pub async fn consistency(&self, old: u64, new: u64) -> Result<Vec<Node>, log::Error> {
        self.log.read(move |shared| shared.tiles.over(&shared.events).consistency(old, new)).await
    }

    /// Writes the head down as one before which nobody misses any: where lines of
    /// `heads.log` are lost for good, and somebody looked at what is left.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub async fn renew_heads(&self) -> Result<(), log::Error> {
        self.log.renew_heads().await
    }

    fn heads(&self) -> PathBuf {
        self.path.join(heads::FILE)
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
