//! The disposable half of a store: what can be rebuilt from the log.
//!
//! It is a database of its own, in another engine than the log, and never waits for the disk
//! (see [`crate::tables`]). A killed process leaves it whole, because the operating system
//! still writes what was handed over; a power cut may leave anything. So a mark stands beside
//! it while it is open, with the name of the running boot: a mark of another boot, or one that
//! says that reading failed, and the database is deleted when the store is opened next.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::disk::{self, Failure, quietly};
use crate::error::{Error, failed, words};
use crate::lock::Lock;
use crate::private;
use crate::salvage::{above, remove};
use crate::tables::Tables;

/// The open database of a store's views.
pub struct Views {
    /// `None` only while it is being closed.
    tables: Option<Tables>,
    path: PathBuf,
    /// `None` where it is a temporary one.
    mark: Option<PathBuf>,
    /// Where it is, where it cannot be in the store.
    temporary: Option<TempDir>,
    /// The store stays held until this is closed. `None` where it is not in the store.
    _lock: Option<Arc<Lock>>,
}

impl Views {
    /// Opens the database, as an empty one where the old cannot be trusted, and as a
    /// temporary one where the store has no place for it.
    pub fn open(store: &Path, lock: Arc<Lock>, read_only: bool) -> Result<Self, Error> {
        let mut views = Self {
            tables: None,
            path: store.join("views"),
            mark: Some(store.join("views.open")),
            temporary: None,
            _lock: Some(lock),
        };
        if read_only {
            return views.temporary();
        }
        match views.lasting() {
            Ok(tables) => {
                views.tables = Some(tables);
                Ok(views)
            }
            Err(error) => {
                tracing::warn!("{error}; the views are rebuilt for this time only");
                views.temporary()
            }
        }
    }

    /// An empty database for one question, in a file without a name: where it can be beside
    /// the store's own, else where the system keeps what is temporary.
    pub fn nameless(store: &Path) -> Result<Self, Error> {
        let tables =
            Tables::nameless(store).or_else(|_| Tables::nameless(&std::env::temp_dir()))?;
        let path = store.join("views");
        Ok(Self { tables: Some(tables), path, mark: None, temporary: None, _lock: None })
    }

    /// The directory that it is in.
    pub fn above(&self) -> &Path {
        above(&self.path)
    }

    fn lasting(&self) -> Result<Tables, Error> {
        let Some(mark) = &self.mark else { return Tables::open(&self.path) };
        match fs::read(mark) {
            Ok(text) if text == boot().as_bytes() => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(_) => remove(&self.path)?,
            Err(error) => return Err(failed("read", mark)(error)),
        }
        disk::replace(mark, boot().as_bytes()).map_err(failed("write", mark))?;
        if Tables::others(&self.path) {
            tracing::info!("the views are of another release: they are rebuilt");
            remove(&self.path)?;
        }
        match Tables::open(&self.path) {
            Err(Error::Corrupt { reason, .. }) => {
                tracing::warn!(reason, "the views are damaged: they are rebuilt");
                remove(&self.path)?;
                Tables::open(&self.path)
            }
            opened => opened,
        }
    }

    fn temporary(mut self) -> Result<Self, Error> {
        let above = std::env::temp_dir();
        let temporary = private::temporary().map_err(failed("write to", &above))?;
        self.path = temporary.path().join("views");
        self.mark = None;
        self.tables = Some(Tables::open(&self.path)?);
        self.temporary = Some(temporary);
        Ok(self)
    }

    /// Empties the database: it does not belong to the log as it is.
    pub fn reset(mut self) -> Result<Self, Error> {
        self.tables = None;
        let emptied = remove(&self.path).and_then(|()| Tables::open(&self.path));
        match emptied {
            Ok(tables) => self.tables = Some(tables),
            Err(error) if self.temporary.is_none() => {
                tracing::warn!("{error}; the views are rebuilt for this time only");
                return self.temporary();
            }
            Err(error) => return Err(error),
        }
        Ok(self)
    }

    /// Its tables.
    pub fn tables(&self) -> Result<&Tables, Failure> {
        let closed = || Failure::System(io::Error::other("the views are closed"));
        self.tables.as_ref().ok_or_else(closed)
    }

    /// Takes note that the database is damaged: it is deleted when opened next.
    pub fn distrust(&self) {
        let Some(mark) = &self.mark else { return };
        if let Err(error) = disk::replace(mark, b"damaged") {
            tracing::warn!(
                "the views are damaged, which cannot be noted in {}: {}; delete {}",
                mark.display(),
                words(&error),
                self.path.display()
            );
        }
    }
}

impl Drop for Views {
    fn drop(&mut self) {
        // redb saves what it has not: it may panic where the file is damaged.
        let closed = quietly(|| self.tables = None);
        let Some(mark) = &self.mark else { return };
        let whole = closed.is_ok() && fs::read(mark).is_ok_and(|it| it == boot().as_bytes());
        // Without the sync the mark stays: after a power cut it tells.
        if whole && Tables::sync(&self.path).is_ok() {
            let _ = fs::remove_file(mark);
        }
    }
}

/// Names the running boot. Where the system does not tell, every boot is one, and
/// redb's own checks are all there is.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}
