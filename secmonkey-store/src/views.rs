//! The disposable half of a store: what can be rebuilt from the log.
//!
//! It is a sled database of its own and never waits for the disk. A killed process
//! leaves it whole, because the operating system still writes what sled handed
//! over; a power cut may leave anything. So a mark stands beside it while it is
//! open, with the name of the running boot: a mark of another boot, or one that says
//! that reading failed, and the database is deleted when the store is opened next.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::disk::{self, Database};
use crate::error::{Error, failed, words};
use crate::lock::Lock;
use crate::salvage::remove;

/// The open database of a store's views.
pub struct Views {
    /// `None` only while it is being closed.
    database: Option<Database>,
    path: PathBuf,
    /// `None` where it is a temporary one.
    mark: Option<PathBuf>,
    deadline: Duration,
    /// Where it is, where it cannot be in the store.
    temporary: Option<TempDir>,
    /// The store stays held until this is closed.
    _lock: Arc<Lock>,
}

impl Views {
    /// Opens the database, as an empty one where the old cannot be trusted, and as a
    /// temporary one where the store has no place for it.
    pub fn open(
        store: &Path,
        lock: Arc<Lock>,
        read_only: bool,
        deadline: Duration,
    ) -> Result<Self, Error> {
        let mut views = Self {
            database: None,
            path: store.join("views"),
            mark: Some(store.join("views.open")),
            deadline,
            temporary: None,
            _lock: lock,
        };
        if read_only {
            return views.temporary();
        }
        match views.lasting() {
            Ok(database) => {
                views.database = Some(database);
                Ok(views)
            }
            Err(error) => {
                tracing::warn!("{error}; the views are rebuilt for this time only");
                views.temporary()
            }
        }
    }

    fn lasting(&self) -> Result<Database, Error> {
        let Some(mark) = &self.mark else { return Database::open(&self.path, self.deadline) };
        match fs::read(mark) {
            Ok(text) if text == boot().as_bytes() => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(_) => remove(&self.path)?,
            Err(error) => return Err(failed("read", mark)(error)),
        }
        disk::replace(mark, boot().as_bytes()).map_err(failed("write", mark))?;
        match Database::open(&self.path, self.deadline) {
            Err(Error::Corrupt { reason, .. }) => {
                tracing::warn!(reason, "the views are damaged: they are rebuilt");
                remove(&self.path)?;
                Database::open(&self.path, self.deadline)
            }
            opened => opened,
        }
    }

    fn temporary(mut self) -> Result<Self, Error> {
        let above = std::env::temp_dir();
        let temporary = TempDir::with_prefix("secmonkey-").map_err(failed("write to", &above))?;
        self.path = temporary.path().join("views");
        self.mark = None;
        self.database = Some(Database::open(&self.path, self.deadline)?);
        self.temporary = Some(temporary);
        Ok(self)
    }

    /// Empties the database: it does not belong to the log as it is.
    pub fn reset(mut self) -> Result<Self, Error> {
        self.database = None;
        let emptied = remove(&self.path).and_then(|()| Database::open(&self.path, self.deadline));
        match emptied {
            Ok(database) => self.database = Some(database),
            Err(error) if self.temporary.is_none() => {
                tracing::warn!("{error}; the views are rebuilt for this time only");
                return self.temporary();
            }
            Err(error) => return Err(error),
        }
        Ok(self)
    }

    /// One of its tables.
    pub fn tree(&self, name: &str) -> sled::Result<sled::Tree> {
        match &self.database {
            Some(database) => database.sled.open_tree(name),
            None => Err(sled::Error::Unsupported("the views are closed".to_owned())),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
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
        self.database = None;
        let Some(mark) = &self.mark else { return };
        let whole = fs::read(mark).is_ok_and(|text| text == boot().as_bytes());
        // Without the sync the mark stays: after a power cut it tells.
        if whole && disk::sync(&self.path.join("db")).is_ok() && disk::sync(&self.path).is_ok() {
            let _ = fs::remove_file(mark);
        }
    }
}

/// Names the running boot. Where the system does not tell, every boot is one, and
/// sled's own checks are all there is.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}
