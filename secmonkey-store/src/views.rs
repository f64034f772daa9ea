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

use crate::disk::{self, Database};
use crate::lock::Lock;

/// The open database of a store's views.
pub struct Views {
    /// `None` only while it is being closed.
    database: Option<Database>,
    path: PathBuf,
    mark: PathBuf,
    /// The store stays held until this is closed.
    _lock: Arc<Lock>,
}

impl Views {
    /// Opens the database, as an empty one where the old cannot be trusted.
    pub fn open(store: &Path, lock: Arc<Lock>) -> Result<Self, String> {
        let (path, mark) = (store.join("views"), store.join("views.open"));
        let failed = |error: io::Error| format!("{}: {error}", path.display());
        match fs::read_to_string(&mark) {
            Ok(text) if text == boot() => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(_) => remove(&path).map_err(failed)?,
            Err(error) => return Err(failed(error)),
        }
        disk::replace(&mark, boot().as_bytes()).map_err(failed)?;
        let database = match Database::open(&path) {
            Ok(database) => database,
            Err(reason) => {
                tracing::warn!(reason, "the views are damaged: they are rebuilt");
                remove(&path).map_err(failed)?;
                Database::open(&path)?
            }
        };
        Ok(Self { database: Some(database), path, mark, _lock: lock })
    }

    /// Empties the database: it does not belong to the log as it is.
    pub fn reset(&mut self) -> Result<(), String> {
        self.database = None;
        remove(&self.path).map_err(|error| format!("{}: {error}", self.path.display()))?;
        self.database = Some(Database::open(&self.path)?);
        Ok(())
    }

    /// One of its tables.
    pub fn tree(&self, name: &str) -> sled::Result<sled::Tree> {
        match &self.database {
            Some(database) => database.sled.open_tree(name),
            None => Err(sled::Error::Unsupported("the views are closed".to_owned())),
        }
    }

    /// Takes note that the database is damaged: it is deleted when opened next.
    pub fn distrust(&self) {
        if let Err(error) = disk::replace(&self.mark, b"damaged") {
            tracing::error!(%error, "cannot mark the views as damaged: delete them by hand");
        }
    }
}

impl Drop for Views {
    fn drop(&mut self) {
        self.database = None;
        let whole = fs::read_to_string(&self.mark).is_ok_and(|text| text == boot());
        // Without the sync the mark stays: after a power cut it tells.
        if whole && disk::sync(&self.path.join("db")).is_ok() && disk::sync(&self.path).is_ok() {
            let _ = fs::remove_file(&self.mark);
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Names the running boot. Where the system does not tell, every boot is one, and
/// sled's own checks are all there is.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}
