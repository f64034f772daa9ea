//! A copy of a store that another process may be using: whole, and held against the hash
//! chain and the heads before it gets its name.

use std::fs;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use secmonkey_core::event::Position;
use secmonkey_core::log::Head;

use crate::archive::Form;
use crate::error::{Error, failed};
use crate::events::Events;
use crate::heads::{self, Heads};
use crate::salvage::{beside, remove};
use crate::{checkpoints, closed, cut, disk, open, private, verify};

/// Taken by who writes the log, for as long as a commit takes, and by who copies it.
pub const LOCK: &str = "commit.lock";

/// sled also moves what is written already: a copy that met that is taken again.
const TRIES: usize = 5;

/// Copies a store to a directory that is not there yet, or to one file where its name ends
/// in `.tar` or `.tar.zst`; gives the copy's head.
///
/// # Errors
/// Where the one cannot be read or the other cannot be written, or exists; where the copy
/// does not verify.
pub fn backup(from: &Path, to: &Path, wait: Duration, deadline: Duration) -> Result<Head, Error> {
    if to.exists() {
        return Err(Error::Exists(to.to_owned()));
    }
    if open::read_format(from)?.is_none() {
        return Err(Error::Missing(from.to_owned()));
    }
    let new = beside(to, "new");
    let mut result = Err(Error::Missing(from.to_owned()));
    for _ in 0..TRIES {
        remove(&new)?;
        private::fresh_dir(&new).map_err(failed("create", &new))?;
        result = copy(from, &new, wait, deadline);
        match result {
            Err(Error::Corrupt { .. } | Error::LostTail { .. } | Error::OtherHistory { .. }) => {}
            _ => break,
        }
    }
    let head = match result {
        Ok(head) => head,
        Err(error) => {
            remove(&new)?;
            return Err(error);
        }
    };
    private::tighten_all(&new);
    if let Some(form) = Form::of(to) {
        let packed = form.pack(&new, to);
        remove(&new)?;
        packed?;
    } else {
        disk::give_name(&new, to)?;
    }
    Ok(head)
}

/// One try.
fn copy(from: &Path, new: &Path, wait: Duration, deadline: Duration) -> Result<Head, Error> {
    let (log, heads_path) = (new.join("log"), new.join(heads::FILE));
    let heads = {
        let _still = Still::hold(from, wait)?;
        let path = from.join(heads::FILE);
        if path.exists() {
            fs::copy(&path, &heads_path).map_err(failed("copy", &path))?;
        }
        let heads = Heads::read(&heads_path).map_err(failed("read", &heads_path))?;
        checkpoints::copy(from, new)?;
        disk::copy(&from.join("log"), &log)?;
        heads
    };
    closed::Closed::forget(&log).map_err(failed("write to", &log))?;
    let corrupt = |reason: String| Error::Corrupt { path: from.join("log"), reason };
    let of_the_log = |error| match error {
        Error::Corrupt { reason, .. } => corrupt(reason),
        other => other,
    };
    let events = Events::open(&log, deadline).map_err(of_the_log)?;
    let head = events.head().map_err(|error| corrupt(error.to_string()))?;
    let last = heads.last().map_or(Position(0), |head| head.position);
    if head.position < last {
        let path = from.join("log");
        return Err(Error::LostTail { path, known: last, found: head.position });
    }
    let known = heads.lines.iter().flatten().map(|it| Ok((it.head.position, it.head.hash)));
    let known: Vec<_> = known.collect();
    let signed = checkpoints::read(new)?;
    let verified = verify::verify(&events, head, &known, &signed)
        .map_err(|error| corrupt(error.to_string()))?;
    if let Some(found) = verified.findings.first() {
        return Err(corrupt(found.to_string()));
    }
    let mut closing = closed::Closing::new(&log);
    closing.at(head);
    drop(events);
    drop(closing);
    open::write_format(new)?;
    for file in [heads_path, log.join(cut::FILE), log.join("conf"), log.join("db"), log] {
        if file.exists() {
            disk::sync(&file).map_err(failed("sync", &file))?;
        }
    }
    Ok(head)
}

/// While it lives, nothing is committed.
struct Still {
    _file: Option<File>,
}

impl Still {
    fn hold(store: &Path, wait: Duration) -> Result<Self, Error> {
        let path = store.join(LOCK);
        let Ok(file) = File::open(&path) else {
            // Nobody has written since there is this lock, or it is not for us to see: the
            // copy is verified.
            return Ok(Self { _file: None });
        };
        let deadline = Instant::now() + wait.max(Duration::from_secs(1));
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: Some(file) }),
                Err(fs::TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(fs::TryLockError::WouldBlock) => {
                    return Err(Error::Held { path, holder: None });
                }
                Err(fs::TryLockError::Error(error)) => return Err(failed("lock", &path)(error)),
            }
        }
    }
}
