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
//! - Opening may panic where files are damaged: caught. It waits for ever for a thread
//!   that could not be started: it has a deadline.
//! - Its errors speak of backtraces, and of the system's errors in debug text: see
//!   [`Failure`].

use std::cell::Cell;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Once, mpsc};
use std::time::{Duration, Instant};

use crate::error::{self, Error, failed, words};
use crate::private;
use crate::salvage::above;

/// What sled may keep of a database in memory, in bytes; a small store fills little of
/// it. Its default is 1 GiB. With half of this, replaying an item among a million events
/// takes a quarter longer.
const CACHE: u64 = 128 << 20;

/// An open sled database.
pub struct Database {
    pub sled: sled::Db,
    /// Our handle on the file that holds everything.
    file: File,
    path: PathBuf,
}

/// Why sled failed.
#[derive(Debug)]
pub enum Failure {
    /// The system refused, which says nothing about what is stored.
    System(io::Error),
    /// Another process has the database.
    Held,
    /// What is stored is not what sled wrote.
    Damaged(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(error) => write!(f, "the system refused: {}", words(error)),
            Self::Held => f.write_str("another process has it"),
            Self::Damaged(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Failure {}

impl From<sled::Error> for Failure {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) if error.to_string().contains("could not acquire lock") => {
                Self::Held
            }
            // It reads beyond the end only where the end is gone.
            sled::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::Damaged("it is cut short".to_owned())
            }
            sled::Error::Io(error) => Self::System(error::system(error)),
            sled::Error::Corruption { at, .. } => {
                let at: String = format!("{at:?}").chars().filter(char::is_ascii_digit).collect();
                let place = if at.is_empty() { at } else { format!(" at byte {at} of `db`") };
                Self::Damaged(format!("a check sum does not fit{place}"))
            }
            sled::Error::Unsupported(reason) | sled::Error::ReportableBug(reason) => {
                Self::Damaged(reason)
            }
            sled::Error::CollectionNotFound(_) => Self::Damaged("a table is missing".to_owned()),
        }
    }
}

impl Failure {
    /// As an error about a database.
    pub fn at(self, action: &'static str, path: &Path) -> Error {
        let path = path.to_owned();
        match self {
            Self::System(source) => Error::Io { action, path, source },
            Self::Held => Error::Held { path, holder: None },
            Self::Damaged(reason) => Error::Corrupt { path, reason },
        }
    }
}

impl Database {
    /// Opens the database in a directory, which becomes one if it is empty.
    pub fn open(path: &Path, deadline: Duration) -> Result<Self, Error> {
        private::create_dir(path).map_err(failed("create", path))?;
        for entry in fs::read_dir(path).map_err(failed("read", path))? {
            let entry = entry.map_err(failed("read", path))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if is_snapshot(&name) && name.ends_with(".generating") {
                fs::remove_file(entry.path()).map_err(failed("remove", &entry.path()))?;
            }
        }
        let sled = open_in_time(path, deadline)?;
        // What sled made has the modes of the user's umask.
        private::tighten_all(path);
        let (conf, db) = (path.join("conf"), path.join("db"));
        sync(&conf).map_err(failed("sync", &conf))?;
        let file = File::open(&db).map_err(failed("open", &db))?;
        file.sync_all().map_err(failed("sync", &db))?;
        sync(path).map_err(failed("sync", path))?;
        if let Some(above) = path.parent() {
            sync(above).map_err(failed("sync", above))?;
        }
        Ok(Self { sled, file, path: path.to_owned() })
    }

    /// Makes all that was written durable. After an error nobody knows what the
    /// disk holds: the caller writes no more.
    pub fn sync(&self) -> Result<(), Error> {
        self.sled.flush().map_err(|error| Failure::from(error).at("write", &self.path))?;
        self.file.sync_data().map_err(failed("write", &self.path.join("db")))?;
        let blobs = self.path.join("blobs");
        let mut found = fs::read_dir(&blobs).map_err(failed("read", &blobs))?;
        match found.next() {
            None => Ok(()),
            Some(_) => Err(Error::Corrupt {
                path: blobs,
                reason: "it holds what cannot be synced".to_owned(),
            }),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether a file of a database is a page table, finished or not.
pub fn is_snapshot(name: &str) -> bool {
    name.starts_with("snap.")
}

/// The names of the finished page tables of a database.
pub fn snapshots(path: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if is_snapshot(&name) && !name.ends_with(".generating") {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

/// Copies the files of a database, whatever state they are in.
pub fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    private::create_dir(to).map_err(failed("create", to))?;
    for entry in fs::read_dir(from).map_err(failed("read", from))? {
        let entry = entry.map_err(failed("read", from))?;
        let copied = to.join(entry.file_name());
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            match fs::copy(entry.path(), &copied) {
                // sled removes old page tables at any time.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                done => drop(done.map_err(failed("copy", &entry.path()))?),
            }
        }
    }
    private::tighten_all(to);
    Ok(())
}

/// Opens on a thread of its own, which is left behind where it hangs.
fn open_in_time(path: &Path, deadline: Duration) -> Result<sled::Db, Error> {
    let (answer, opened) = mpsc::channel();
    let place = path.to_owned();
    std::thread::Builder::new()
        .name("opening".to_owned())
        .spawn(move || {
            // Whoever asked may have given up.
            let _ = answer.send(open_sled(&place));
        })
        .map_err(Error::Threads)?;
    match opened.recv_timeout(deadline) {
        Ok(opened) => opened.map_err(|failure| failure.at("open", path)),
        Err(_) => Err(Error::Slow { path: path.to_owned(), after: deadline }),
    }
}

fn open_sled(path: &Path) -> Result<sled::Db, Failure> {
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(CACHE)
        .flush_every_ms(Some(500))
        .mode(sled::Mode::HighThroughput);
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match quietly(|| config.open().map_err(Failure::from)) {
            // A database that was closed a moment ago in this process: its threads
            // may not have let go yet. Nobody else should hold it, we hold our lock.
            Ok(Err(Failure::Held)) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(opened) => return opened,
            Err(message) => {
                let system = error::code(&message).map(io::Error::from_raw_os_error);
                return Err(system.map_or(Failure::Damaged(message), Failure::System));
            }
        }
    }
}

thread_local! {
    /// Whether a panic of this thread is caught and told as an error.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs something that may panic where files are damaged. The message of the panic
/// comes back instead of going to standard error.
pub fn quietly<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |defect| {
            if !QUIET.get() {
                hook(defect);
            }
        }));
    });
    let before = QUIET.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(run));
    QUIET.set(before);
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

/// Gives a file the name that it has when it is whole, durably.
pub fn give_name(part: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(part, to).map_err(failed("rename", part))?;
    let above = above(to);
    sync(above).map_err(failed("sync", above))
}

/// Replaces a file by another content: after a crash it holds either.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    let new = path.with_extension("new");
    let mut file = private::fresh(&new)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    path.parent().map_or(Ok(()), sync)
}
