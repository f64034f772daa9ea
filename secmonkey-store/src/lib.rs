//! Event logs for secmonkey that survive a crash.
//!
//! A [`Store`] is a directory on one machine, held by one process. Its truth is the
//! event log; everything else in it can be deleted and comes back by itself.
//!
//! | in the directory | what |
//! |---|---|
//! | `format` | the version of this layout |
//! | `lock` | taken by the process that holds the store; says which |
//! | `log/` | the events, in a sled database, see [`SledLog`] |
//! | `heads.log` | the log's head at every scan: tells if its tail was cut off |
//! | `digest.key` | the key that secret values are digested with; never in the log |
//! | `views/` | indexes and views, in a second sled database: disposable |
//! | `views.open` | a mark while the views are open |
//!
//! sled 0.34.7 alone does not keep what it acknowledged through a power cut; the
//! module `disk` lists what is done about it. Its successor 1.0 is not used: it is an
//! alpha that can open an empty database where there was a full one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secmonkey_core::Timestamp;
use secmonkey_core::event::{Hash, Position};
use secmonkey_core::log::{self, EventLog as _};
use secmonkey_core::secret::DigestKey;

mod block;
mod dictionary;
mod disk;
mod events;
mod heads;
mod index;
mod keys;
mod lock;
mod rows;
mod shared;
mod sled_log;
mod verify;
mod views;
mod writer;

pub use lock::Holder;
pub use rows::ViewRows;
pub use sled_log::SledLog;
pub use verify::{Finding, Problem, Verified};

use events::Events;
use lock::Lock;
use views::Views;

/// The layout of the store that this release writes and reads.
const FORMAT: u32 = 1;

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

/// How to open a store.
#[derive(Clone)]
pub struct OpenOptions {
    /// How long to wait for another process that holds it.
    pub wait: Duration,
    /// What this process was started to do, for those who wait for it.
    pub command: String,
    /// Whether to make a new one where there is none.
    pub create: bool,
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
            clock: Arc::new(Timestamp::now),
        }
    }
}

/// Why a store cannot be opened. Nothing was written to it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing there.
    #[error("there is no store at {}", .0.display())]
    Missing(PathBuf),
    /// There is something else.
    #[error("{} is not a directory, so it is no store", .0.display())]
    NotADirectory(PathBuf),
    /// The file system refused.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has it.
    #[error("the store is held by {}", .holder.as_ref().map_or_else(|| "another process".to_owned(), Holder::to_string))]
    Held {
        /// The lock.
        path: PathBuf,
        /// Who holds it, where the lock tells.
        holder: Option<Holder>,
    },
    /// A later release made it.
    #[error("{} has format {found}, this release reads up to {FORMAT}: use a newer one", .path.display())]
    Newer {
        /// The store.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// The key is not the one that secret values were digested with.
    #[error("{} {}: secret values of this store were digested with the key {wanted}", .path.display(), .found.as_ref().map_or_else(|| "is missing".to_owned(), |found| format!("holds the key {found}")))]
    OtherKey {
        /// The key's file.
        path: PathBuf,
        /// The id of the key in it; `None` where there is no such file.
        found: Option<String>,
        /// The ids of those that were used.
        wanted: String,
    },
    /// What is stored is not what was written.
    #[error("{} is corrupt: {reason}", .path.display())]
    Corrupt {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Store {
    /// Opens the store in a directory. Blocks: for its holder as long as the options
    /// say, for the disk, and for the index, which reads a million events in seconds
    /// where it has to be built again.
    ///
    /// # Errors
    /// Where it is held, newer than this release, corrupt or out of reach.
    pub fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self, Error> {
        let path = path.as_ref();
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(Error::NotADirectory(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if !options.create {
                    return Err(Error::Missing(path.to_owned()));
                }
                create_dir(path).map_err(failed("create", path))?;
            }
            Err(error) => return Err(failed("open", path)(error)),
        }
        let format = path.join("format");
        // Before anything is touched, and again when nobody else can touch it.
        let known = read_format(&format)?;
        if known.is_none() && !options.create {
            return Err(Error::Missing(path.to_owned()));
        }
        let lock = Arc::new(Lock::take(&path.join("lock"), options.wait, &options.command)?);
        if read_format(&format)?.is_none() {
            create(path)?;
            disk::replace(&format, format!("{FORMAT}\n").as_bytes())
                .map_err(failed("write", &format))?;
        }

        let log = path.join("log");
        let corrupt = |path: &Path| {
            let path = path.to_owned();
            move |reason: String| Error::Corrupt { path, reason }
        };
        for file in ["db", "conf"] {
            if !log.join(file).is_file() {
                return Err(corrupt(&log)(format!("its file `{file}` is missing")));
            }
        }
        let events = Events::open(&log).map_err(corrupt(&log))?;
        let views = Views::open(path, Arc::clone(&lock)).map_err(corrupt(&path.join("views")))?;
        let heads = path.join("heads.log");
        let (log, views) = SledLog::open(events, views, options.clock, lock, heads)
            .map_err(|error| corrupt(&log)(error.to_string()))?;
        let views = ViewRows::open(views)
            .map_err(|error| corrupt(&path.join("views"))(error.to_string()))?;
        Ok(Self { log: Arc::new(log), views: Arc::new(views), path: path.to_owned() })
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
    /// down beside the log and with one kept elsewhere.
    ///
    /// Without a head kept elsewhere this finds accidents and careless edits: who can
    /// write the store can compute the chain anew.
    ///
    /// # Errors
    /// Where the store cannot be read at all.
    pub async fn verify(&self, head: Option<(Position, Hash)>) -> Result<Verified, log::Error> {
        let path = self.heads();
        let now = self.log.head().await?;
        self.log
            .read(move |shared| {
                let published =
                    heads::read(&path).map_err(|error| log::Error::Store(error.into()))?;
                let published: Vec<_> = published
                    .into_iter()
                    .map(|line| line.map(|head| (head.position, head.hash)))
                    .chain(head.map(Ok))
                    .collect();
                verify::verify(&shared.events, now, &published)
            })
            .await
    }

    fn heads(&self) -> PathBuf {
        self.path.join("heads.log")
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { action, path, source }
}

/// The format of a store; `None` where it is not complete.
fn read_format(path: &Path) -> Result<Option<u32>, Error> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path)(error)),
    };
    match text.trim().parse() {
        Ok(found) if found > FORMAT => Err(Error::Newer { path: path.to_owned(), found }),
        Ok(found) => Ok(Some(found)),
        Err(_) => Err(Error::Corrupt {
            path: path.to_owned(),
            reason: "it does not hold a number".to_owned(),
        }),
    }
}

/// Makes the log under another name first: after a crash it is there or not.
fn create(path: &Path) -> Result<(), Error> {
    let (log, new) = (path.join("log"), path.join("log.new"));
    if log.exists() {
        return Ok(());
    }
    match fs::remove_dir_all(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(failed("remove", &new)(error));
        }
        _ => {}
    }
    create_dir(&new).map_err(failed("create", &new))?;
    drop(Events::open(&new).map_err(|reason| Error::Corrupt { path: new.clone(), reason })?);
    for name in ["conf", "db", "."] {
        disk::sync(&new.join(name)).map_err(failed("sync", &new))?;
    }
    fs::rename(&new, &log).map_err(failed("rename", &new))?;
    disk::sync(path).map_err(failed("sync", path))
}

/// Makes a directory for its owner alone: configurations are nobody else's business.
fn create_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
