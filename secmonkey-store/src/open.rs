//! How a store is opened: what is looked at before sled may touch the log, and what a log
//! has to be.
//!
//! sled mends what it opens: it cuts off what it takes for a torn end, and where its page
//! table is missing it may see an empty database. What is lost then, a later scan would
//! record anew over the old record. So the log is held against the last head in `heads.log`:
//! before it is opened, where it was closed as it should be (see [`crate::closed`]), else on
//! a copy.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secmonkey_core::event::Position;
use secmonkey_core::log::Head;
use tempfile::TempDir;

use crate::access;
use crate::backup;
use crate::checkpoints;
use crate::closed::{Closed, Closing};
use crate::compact;
use crate::cut;
use crate::disk;
use crate::error::{Error, failed, is_full, is_read_only};
use crate::events::Events;
use crate::heads::{self, Heads};
use crate::keys;
use crate::lock::Lock;
use crate::private;
use crate::rows::ViewRows;
use crate::salvage::remove;
use crate::signing;
use crate::sled_log::{Parts, SledLog};
use crate::threads;
use crate::verify;
use crate::views::Views;
use crate::{CUT_FORMAT, CUT_FORMAT_BEFORE, FORMAT, OpenOptions, Store};

/// What a store is made of, and what a fresh file system holds.
const PARTS: &[&str] = &[
    "lock",
    backup::LOCK,
    "log",
    "format",
    heads::FILE,
    keys::FILE,
    signing::FOLDER,
    checkpoints::FOLDER,
    access::FILE,
    "views",
    #[cfg(unix)]
    crate::socket::STORE,
    #[cfg(unix)]
    crate::socket::DAEMON,
    "probe",
    "lost+found",
];
/// A copy of the log that is looked at first.
const TRIAL: &str = "log.trial";

/// What a database without any event may grow to: one of sled's segments.
const SEGMENT: u64 = 512 << 10;

pub fn open(path: &Path, options: OpenOptions) -> Result<Store, Error> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Err(Error::NotADirectory(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if !options.create {
                return Err(Error::Missing(path.to_owned()));
            }
            private::create_dir(path).map_err(failed("create", path))?;
        }
        Err(error) => return Err(failed("open", path)(error)),
    }
    // Before anything is touched, and again when nobody else can touch it.
    let known = read_format(path)?;
    if known.is_none() && !options.create {
        return Err(Error::Missing(path.to_owned()));
    }
    if known.is_none() {
        require_ours(path)?;
    }
    private::claim(path)?;
    threads::probe()?;
    let lock = Arc::new(Lock::take(&path.join("lock"), options.wait, &options.command)?);
    compact::mend(path)?;
    let read_only = known.is_some() && (lock.is_read_only() || is_closed_to_us(path));
    let format = if let Some(format) = read_format(path)? {
        format
    } else {
        create(path, options.deadline)?;
        write_format(path)?;
        FORMAT
    };
    if !read_only {
        private::tighten_files(path);
        for folder in [signing::FOLDER, checkpoints::FOLDER] {
            private::tighten_all(&path.join(folder));
        }
    }

    let place = path.join("log");
    let heads_path = path.join(heads::FILE);
    let heads = Heads::read(&heads_path).map_err(failed("read", &heads_path))?;
    let (closed, deadline) = (Closed::read(&place), options.deadline);
    let may_be_cut = [CUT_FORMAT, CUT_FORMAT_BEFORE].contains(&format);
    let mut log = Log { path: place, heads, may_be_cut, closed, deadline, temporary: None };
    log.look_at_files(format)?;
    let written = if read_only { None } else { Some(log.open(path)) };
    let (events, read_only) = match written {
        Some(Ok(events)) => (events, false),
        Some(Err(error)) if !is_full(&error) => return Err(error),
        refused => {
            let why = refused.and_then(Result::err).map(|error| format!(" ({error})"));
            tracing::warn!(
                "{} cannot be written{}: it is read from a copy, and takes no events",
                path.display(),
                why.unwrap_or_default()
            );
            (log.open_copy()?, true)
        }
    };
    if format < FORMAT && !read_only && has_snapshot(&log.path)? {
        write_format(path)?;
    }
    let closing = (!read_only).then(|| Closing::new(&log.path));
    let views = Views::open(path, Arc::clone(&lock), read_only)?;
    let parts = Parts {
        events,
        clock: options.clock,
        lock,
        heads: heads_path,
        known: log.heads,
        closing,
        temporary: log.temporary,
    };
    let (log, views) = SledLog::open(parts, views)?;
    let views = ViewRows::new(views)
        .map_err(|error| Error::Corrupt { path: path.join("views"), reason: error.to_string() })?;
    Ok(Store { log: Arc::new(log), views: Arc::new(views), path: path.to_owned() })
}

/// A log that is about to be opened.
struct Log {
    path: PathBuf,
    heads: Heads,
    /// Whether its format says that its beginning may have been cut.
    may_be_cut: bool,
    /// How it was closed, where it still is so.
    closed: Option<Closed>,
    deadline: Duration,
    temporary: Option<TempDir>,
}

impl Log {
    fn corrupt(&self, reason: impl Into<String>) -> Error {
        Error::Corrupt { path: self.path.clone(), reason: reason.into() }
    }

    /// What can be seen without opening anything.
    fn look_at_files(&self, format: u32) -> Result<(), Error> {
        for file in ["db", "conf"] {
            if !self.path.join(file).is_file() {
                return Err(self.corrupt(format!("its file `{file}` is missing")));
            }
        }
        // Every log has had one since the second format.
        if format >= 2 && !has_snapshot(&self.path)? {
            return Err(self.corrupt("its page table (`snap.*`) is missing"));
        }
        match (&self.closed, self.heads.last()) {
            (Some(closed), Some(last)) if closed.head.position < last.position => {
                Err(self.lost_tail(last.position, closed.head.position))
            }
            _ => Ok(()),
        }
    }

    fn lost_tail(&self, known: Position, found: Position) -> Error {
        Error::LostTail { path: self.path.clone(), known, found }
    }

    /// Whether sled could see less in it than there was.
    fn needs_trial(&self) -> bool {
        let whole = self.closed.is_some();
        (!whole && (self.heads.last().is_some() || Closed::is_noted(&self.path)))
            || !has_snapshot(&self.path).unwrap_or(true)
    }

    /// Opens a copy first, and says what is wrong with it.
    fn try_out(&self, trial: &Path) -> Result<(), Error> {
        remove(trial)?;
        let tried = disk::copy(&self.path, trial).and_then(|()| {
            let events = Events::open(trial, self.deadline)?;
            self.hold_against_heads(&events)?;
            // It was closed, and changed since: by whom, and where else?
            if Closed::is_noted(&self.path) { self.verify(&events) } else { Ok(()) }
        });
        remove(trial)?;
        tried.map_err(|error| self.of_the_log(error, trial))
    }

    fn verify(&self, events: &Events) -> Result<(), Error> {
        let read = |error: secmonkey_core::log::Error| self.corrupt(error.to_string());
        let head = events.head().map_err(read)?;
        let verified = verify::verify(events, head, &[], &[]).map_err(read)?;
        verified.findings.first().map_or(Ok(()), |found| Err(self.corrupt(found.to_string())))
    }

    /// An error about a copy is one about the log, where the log is what it tells of.
    fn of_the_log(&self, error: Error, copy: &Path) -> Error {
        match error {
            Error::Corrupt { path, reason } if path.starts_with(copy) => self.corrupt(reason),
            other => other,
        }
    }

    /// Opens the log where it is.
    fn open(&self, store: &Path) -> Result<Events, Error> {
        if self.needs_trial() {
            self.try_out(&store.join(TRIAL))?;
        }
        Closed::forget(&self.path).map_err(failed("write to", &self.path))?;
        self.opened()
    }

    /// Opens a private copy; from now on this is about it.
    fn open_copy(&mut self) -> Result<Events, Error> {
        let above = std::env::temp_dir();
        let temporary = private::temporary().map_err(failed("write to", &above))?;
        let copy = temporary.path().join("log");
        disk::copy(&self.path, &copy)?;
        self.path = copy;
        self.temporary = Some(temporary);
        self.opened()
    }

    fn opened(&self) -> Result<Events, Error> {
        let events = Events::open(&self.path, self.deadline)?;
        self.hold_against_heads(&events)?;
        self.hold_against_beginning(&events)?;
        Ok(events)
    }

    /// What is kept of a beginning that was cut is there, and is this log's.
    fn hold_against_beginning(&self, events: &Events) -> Result<(), Error> {
        let read = |error: secmonkey_core::log::Error| self.corrupt(error.to_string());
        if !self.may_be_cut {
            return Ok(());
        }
        let (behind, hash) = events.start();
        let first = events.blocks(Position(behind.0 + 1)).map_err(read)?.next().transpose();
        // What is damaged is told where it is read.
        let Ok(Some(first)) = first else { return Ok(()) };
        let Ok(block) = first.block() else { return Ok(()) };
        if first.first.0 == behind.0 + 1 && block.before == hash {
            return Ok(());
        }
        if events.cut.is_none() {
            return Err(self.corrupt(format!(
                "it begins at position {}: what is before it, or its file `{}`, is missing",
                first.first,
                cut::FILE
            )));
        }
        Err(self.corrupt(format!("its file `{}` is of another log, or of another cut", cut::FILE)))
    }

    /// The log reaches the last head that was written down, and has the same hash there.
    fn hold_against_heads(&self, events: &Events) -> Result<(), Error> {
        let read = |error: secmonkey_core::log::Error| self.corrupt(error.to_string());
        let now = events.head().map_err(read)?;
        let Some(last) = self.heads.last() else {
            // Nothing was ever written down. Without its page table, sled may see nothing.
            let length = fs::metadata(self.path.join("db")).map_or(0, |db| db.len());
            let empty = now == Head::START && length > SEGMENT;
            return if empty && !has_snapshot(&self.path)? {
                Err(self.corrupt("its page table (`snap.*`) is missing"))
            } else {
                Ok(())
            };
        };
        if now.position < last.position {
            return Err(self.lost_tail(last.position, now.position));
        }
        let found = events.hash_at(last.position).map_err(read)?;
        if found == Some(last.hash) {
            return Ok(());
        }
        Err(Error::OtherHistory {
            path: self.path.clone(),
            position: last.position,
            known: last.hash,
            found: found.unwrap_or(secmonkey_core::event::Hash::START),
        })
    }
}

fn has_snapshot(log: &Path) -> Result<bool, Error> {
    Ok(!disk::snapshots(log).map_err(failed("read", log))?.is_empty())
}

/// Whether we may read a store but not write it. Any other reason not to write is told when
/// it is met.
fn is_closed_to_us(store: &Path) -> bool {
    let log = store.join("log");
    let refused = |done: io::Result<fs::File>| done.is_err_and(|error| is_read_only(&error));
    let probe = |folder: &Path| {
        let path = folder.join("probe.new");
        let refused = refused(private::file().open(&path));
        let _ = fs::remove_file(&path);
        refused
    };
    refused(fs::File::options().write(true).open(log.join("db"))) || probe(&log) || probe(store)
}

/// The format of a store; `None` where it is not complete.
pub fn read_format(store: &Path) -> Result<Option<u32>, Error> {
    let path = store.join("format");
    let text = match fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", &path)(error)),
    };
    match text.trim().parse() {
        Ok(found) if found > CUT_FORMAT => Err(Error::Newer { path, found }),
        Ok(found) => Ok(Some(found)),
        Err(_) => Err(Error::Corrupt { path, reason: "it does not hold a number".to_owned() }),
    }
}

pub fn write_format(store: &Path) -> Result<(), Error> {
    let format = if store.join("log").join(cut::FILE).exists() { CUT_FORMAT } else { FORMAT };
    write_format_of(store, format)
}

pub fn write_format_of(store: &Path, format: u32) -> Result<(), Error> {
    let path = store.join("format");
    disk::replace(&path, format!("{format}\n").as_bytes()).map_err(failed("write", &path))
}

/// Refuses a folder in which something else stands, before anything in it is touched.
fn require_ours(path: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(path).map_err(failed("read", path))? {
        let name = entry.map_err(failed("read", path))?.file_name();
        let name = name.to_string_lossy();
        // Beside a part stand what is to become it and what it was: `format.new`.
        let part = PARTS.iter().any(|part| {
            name.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        if !part {
            return Err(Error::Foreign { path: path.to_owned(), found: name.into_owned() });
        }
    }
    Ok(())
}

/// Makes the log under another name first: after a crash it is there or not.
fn create(path: &Path, deadline: Duration) -> Result<(), Error> {
    let (log, new) = (path.join("log"), path.join("log.new"));
    if log.exists() {
        return Ok(());
    }
    remove(&new)?;
    make(&new, deadline)?;
    fs::rename(&new, &log).map_err(failed("rename", &new))?;
    disk::sync(path).map_err(failed("sync", path))
}

/// Makes a store that holds nothing but what is kept of the beginning of a log: what follows is
/// imported.
///
/// # Errors
/// Where the folder holds anything, or cannot be written.
pub fn begin(path: &Path, remains: &Path, deadline: Duration) -> Result<(), Error> {
    let left = cut::Remains::open(remains)?;
    left.check()?;
    private::create_dir(path).map_err(failed("create", path))?;
    if read_format(path)?.is_some() {
        return Err(Error::Exists(path.to_owned()));
    }
    require_ours(path)?;
    private::claim(path)?;
    let _lock = Lock::take(&path.join("lock"), Duration::ZERO, "secmonkey import")?;
    let (log, new) = (path.join("log"), path.join("log.new"));
    remove(&new)?;
    private::create_dir(&new).map_err(failed("create", &new))?;
    cut::copy(left.path(), &new.join(cut::FILE))?;
    make(&new, deadline)?;
    fs::rename(&new, &log).map_err(failed("rename", &new))?;
    disk::sync(path).map_err(failed("sync", path))?;
    // The heads of scans before the cut were written down beside another log.
    let cut = &left.cut;
    let head = Head { position: cut.through, hash: cut.hash, recorded_at: Some(cut.since) };
    let line = || heads::Line { scans: Some(cut.scans), since: None, head, renewed: true };
    let place = path.join(heads::FILE);
    heads::publish(&place, line, &heads::Turn::default()).map_err(failed("write", &place))?;
    write_format(path)
}

/// Makes a log without events.
pub fn make(new: &Path, deadline: Duration) -> Result<(), Error> {
    // Opened twice: sled writes its page table when it opens what something was written to.
    // From then on, a log without one has lost it.
    for _ in 0..2 {
        drop(Events::open(new, deadline)?);
    }
    if !has_snapshot(new)? {
        let (path, reason) = (new.to_owned(), "sled wrote no page table".to_owned());
        return Err(Error::Corrupt { path, reason });
    }
    for name in ["conf", "db", "."] {
        disk::sync(&new.join(name)).map_err(failed("sync", new))?;
    }
    Ok(())
}
