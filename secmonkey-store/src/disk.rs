//! sled 0.34.7, hardened: what it takes to keep its promise on Linux.
//!
//! - Its flush ends in `sync_file_range`, which writes neither the file's length nor
//!   the disk's cache: [`Database::sync`] adds `fdatasync` on a handle of our own.
//! - It never syncs `conf` or the directory: done when a database is opened.
//! - A process killed while sled writes its page table leaves `snap.*.generating`,
//!   which it later takes for a snapshot and calls the database corrupt. The file
//!   means nothing before it is renamed: removed before opening.
//! - A page that outgrows a quarter segment goes to a file under `blobs/`, which is
//!   never synced: the log's values are small enough (see [`crate::block`]), and
//!   [`Database::sync`] fails should there be one.
//! - Opening may panic where files are damaged: caught.

use std::fs::{self, File};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What sled may keep of a database in memory, in bytes; a small store fills little of
/// it. Its default is 1 GiB. With half of this, replaying an item among a million events
/// takes a quarter longer.
const CACHE: u64 = 128 << 20;

/// An open sled database.
pub struct Database {
    pub sled: sled::Db,
    /// Our handle on the file that holds everything.
    file: File,
    blobs: PathBuf,
}

impl Database {
    /// Opens the database in a directory, which becomes one if it is empty.
    pub fn open(path: &Path) -> Result<Self, String> {
        let failed = |what: &Path, error: io::Error| format!("{}: {error}", what.display());
        fs::create_dir_all(path).map_err(|error| failed(path, error))?;
        for entry in fs::read_dir(path).map_err(|error| failed(path, error))? {
            let entry = entry.map_err(|error| failed(path, error))?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with("snap.")
                && name.to_string_lossy().ends_with(".generating")
            {
                fs::remove_file(entry.path()).map_err(|error| failed(&entry.path(), error))?;
            }
        }
        let sled = open_sled(path)?;
        let db = path.join("db");
        let file = File::open(&db).map_err(|error| failed(&db, error))?;
        for (what, synced) in [
            (path.join("conf"), sync(&path.join("conf"))),
            (db, file.sync_all()),
            (path.to_owned(), sync(path)),
            (path.to_owned(), path.parent().map_or(Ok(()), sync)),
        ] {
            synced.map_err(|error| failed(&what, error))?;
        }
        Ok(Self { sled, file, blobs: path.join("blobs") })
    }

    /// Makes all that was written durable. After an error nobody knows what the
    /// disk holds: the caller writes no more.
    pub fn sync(&self) -> Result<(), String> {
        self.sled.flush().map_err(|error| error.to_string())?;
        self.file.sync_data().map_err(|error| error.to_string())?;
        let mut blobs = fs::read_dir(&self.blobs).map_err(|error| error.to_string())?;
        match blobs.next() {
            None => Ok(()),
            Some(_) => Err(format!("{} holds what cannot be synced", self.blobs.display())),
        }
    }
}

fn open_sled(path: &Path) -> Result<sled::Db, String> {
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(CACHE)
        .flush_every_ms(Some(500))
        .mode(sled::Mode::HighThroughput);
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match quietly(|| config.open()) {
            // A database that was closed a moment ago in this process: its threads
            // may not have let go yet. Nobody else can hold it, we hold our lock.
            Ok(Err(sled::Error::Io(error)))
                if error.to_string().contains("could not acquire lock")
                    && Instant::now() < deadline =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(opened) => return opened.map_err(|error| error.to_string()),
            Err(message) => return Err(message),
        }
    }
}

/// Runs something that may panic where files are damaged. The message of the panic
/// comes back instead of going to standard error.
fn quietly<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    // The hook belongs to the whole process: one at a time.
    static HOOK: Mutex<()> = Mutex::new(());
    let _alone = HOOK.lock();
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let done = panic::catch_unwind(AssertUnwindSafe(run));
    panic::set_hook(hook);
    done.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("sled panicked")
            .replace('\n', " ")
    })
}

/// Makes a file or the entries of a directory durable.
pub fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Replaces a file by another content: after a crash it holds either.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, content)?;
    sync(&new)?;
    fs::rename(&new, path)?;
    path.parent().map_or(Ok(()), sync)
}
