//! What can be in the way of a store, and what to do about it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use secmonkey_core::event::{Hash, Position};
use secmonkey_core::log;

use crate::CUT_FORMAT;
use crate::lock::Holder;

/// Why a store cannot be opened, copied or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing there.
    #[error("there is no store at {}", .0.display())]
    Missing(PathBuf),
    /// There is something else.
    #[error("{} is not a directory, so it is no store", .0.display())]
    NotADirectory(PathBuf),
    /// Something else lives in the folder.
    #[error(
        "{} holds `{found}`, so it is no store: name a folder that is empty or does not exist",
        .path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// One of the files in it.
        found: String,
    },
    /// Something is where a new store or file was to be made.
    #[error("{} exists: name one that does not", .0.display())]
    Exists(PathBuf),
    /// The system refused. This says nothing about what is stored.
    #[error("cannot {action} {}: {}", .path.display(), words(.source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No further threads can be started, and sled would wait for them for ever.
    #[error("cannot start the threads that a store needs: {}", words(.0))]
    Threads(io::Error),
    /// The database did not open in time.
    #[error(
        "{} did not open within {} seconds: the disk does not answer, or memory or threads are \
         limited too tightly", .path.display(), .after.as_secs()
    )]
    Slow {
        /// The database.
        path: PathBuf,
        /// How long it was waited for.
        after: Duration,
    },
    /// Another process has it.
    #[error("the store is held by {}", .holder.as_ref().map_or_else(|| "another process".to_owned(), Holder::to_string))]
    Held {
        /// The lock.
        path: PathBuf,
        /// Who holds it, where the lock tells.
        holder: Option<Holder>,
    },
    /// Anybody could put a record of their own in its place.
    #[error(
        "{} belongs to another user and others may write to it: have its owner close it with \
         `chmod go-rwx`, or use a store of your own", .0.display()
    )]
    OpenToOthers(PathBuf),
    /// A later release made it.
    #[error("{} has format {found}, this release reads up to {CUT_FORMAT}: use a newer one", .path.display())]
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
    /// The log does not reach the last head that was written down beside it.
    #[error(
        "the end of {} is lost: it has {found} events, `heads.log` knows of {known}", .path.display()
    )]
    LostTail {
        /// The log.
        path: PathBuf,
        /// The last position that was written down.
        known: Position,
        /// The log's last.
        found: Position,
    },
    /// The log has another event where a head was written down beside it.
    #[error(
        "{} is not the log that `heads.log` is about: position {position} has hash {found}, {known} \
         was written down", .path.display()
    )]
    OtherHistory {
        /// The log.
        path: PathBuf,
        /// The last position that was written down.
        position: Position,
        /// The hash that was written down.
        known: Hash,
        /// The hash that it has.
        found: Hash,
    },
    /// What was signed of the log is not true of it any more.
    #[error(
        "the log does not go on from the checkpoint in {}: it has {found} events, and those up to \
         {signed} are not the ones that were signed; nothing more is signed of it", .path.display()
    )]
    Inconsistent {
        /// The file of the checkpoint.
        path: PathBuf,
        /// Its size.
        signed: u64,
        /// The log's last position.
        found: u64,
    },
    /// A segment of an exported log is not what was written, or not where it belongs.
    #[error("{}: position {position}: {reason}", .path.display())]
    Segment {
        /// Its file.
        path: PathBuf,
        /// The first position concerned.
        position: Position,
        /// What is wrong with it.
        reason: String,
    },
    /// There are no segments of a log.
    #[error("{} holds no segment of a log", .0.display())]
    NoSegments(PathBuf),
    /// The segments begin behind the log's end.
    #[error(
        "{} begins at position {first}, and the log ends at {last}: import what is between them \
         first", .path.display()
    )]
    Behind {
        /// The segments.
        path: PathBuf,
        /// Their first position.
        first: Position,
        /// The log's last.
        last: Position,
    },
    /// The segments are of another log.
    #[error(
        "{} is of {}, and this is {}: position {position} has hash {found} there and {} here",
        .path.display(), log_named(.names[0].as_ref()), log_named(.names[1].as_ref()),
        .known.map_or_else(|| "none".to_owned(), |known| known.to_string())
    )]
    OtherLog {
        /// The segments.
        path: PathBuf,
        /// The names, where they have one, of their log and of the one they were held against.
        names: Box<[Option<String>; 2]>,
        /// A position where both should have the same.
        position: Position,
        /// The hash that the segments have.
        found: Hash,
        /// The hash that the log has; `None` where it does not reach so far.
        known: Option<Hash>,
    },
    /// A directory holds another part of the log than was asked for.
    #[error(
        "{} holds the positions {first} to {last} already: go on behind them, or name another \
         directory", .path.display()
    )]
    OtherRange {
        /// The directory.
        path: PathBuf,
        /// The first position that it holds.
        first: Position,
        /// The last.
        last: Position,
    },
    /// A log whose beginning was cut does not fit into one file.
    #[error(
        "the beginning of the log was cut: name a folder instead of {}, which takes what is kept of \
         it beside the segments", .0.display()
    )]
    NoFolder(PathBuf),
    /// Something of this process still uses the store.
    #[error("{} is still in use by this process", .0.display())]
    InUse(PathBuf),
    /// The log has no such events.
    #[error("{}", no_events(*.from, *.to, *.last))]
    NoEvents {
        /// The first position that was asked for.
        from: Position,
        /// The last.
        to: Position,
        /// The log's last.
        last: Position,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// Events were not taken.
    #[error(transparent)]
    Append(#[from] log::AppendError),
    /// The views were made from more events than the log has.
    #[error(
        "the end of {} is lost: it has {found} events, `views/` were made of {known}; where an \
         older log was put here on purpose, delete `views/`", .path.display()
    )]
    BehindViews {
        /// The log.
        path: PathBuf,
        /// How far the views went.
        known: Position,
        /// The log's last position.
        found: Position,
    },
}

/// A log by its name in checkpoints.
fn log_named(origin: Option<&String>) -> String {
    origin.map_or_else(|| "a log without a name".to_owned(), |name| format!("the log {name}"))
}

/// Why a log has no events from one position to another.
fn no_events(from: Position, to: Position, last: Position) -> String {
    if last.0 == 0 {
        return "the log is empty".to_owned();
    }
    let beyond = [from, to].into_iter().find(|position| *position > last || position.0 == 0);
    beyond.map_or_else(
        || format!("position {to} is before position {from}"),
        |position| format!("there is no position {position}: the log ends at position {last}"),
    )
}

/// Makes an error of what the system said.
pub fn failed(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { action, path, source: system(source) }
}

/// The codes of too many open files: of this process, and of all.
const DESCRIPTORS: [i32; 2] = [24, 23];

/// What the system said, as words that tell what to do.
pub fn words(error: &io::Error) -> String {
    if error.raw_os_error().is_some_and(|code| DESCRIPTORS.contains(&code)) {
        return "too many files are open: raise the limit (`ulimit -n`)".to_owned();
    }
    let text = match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full: make room and try again",
        io::ErrorKind::QuotaExceeded => "the disk quota is used up: make room and try again",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        io::ErrorKind::PermissionDenied => "permission denied: who owns it, and what is its mode?",
        io::ErrorKind::FileTooLarge => {
            "the file may not grow: raise the limit (`ulimit -f`), or use a file system for larger \
             files"
        }
        io::ErrorKind::OutOfMemory | io::ErrorKind::WouldBlock => {
            "no more memory or threads are to be had: raise the limits (`ulimit -u`, `ulimit -v`)"
        }
        _ => return error.to_string(),
    };
    text.to_owned()
}

/// Whether the system keeps us from writing, but perhaps not from reading.
pub fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Whether there was no room to write.
pub fn is_full(error: &Error) -> bool {
    matches!(error, Error::Io { source, .. } if matches!(
        source.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    ))
}

/// The error as the system gave it: sled keeps only its debug text.
pub fn system(error: io::Error) -> io::Error {
    if error.raw_os_error().is_some() {
        return error;
    }
    code(&error.to_string()).map_or(error, io::Error::from_raw_os_error)
}

/// The system's error code in a debug text.
pub fn code(text: &str) -> Option<i32> {
    let (_, rest) = text.split_once("Os { code: ")?;
    rest.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_tells_what_to_do_and_never_speaks_of_corruption() {
        // ENOSPC, EDQUOT, EROFS, EACCES, EMFILE, ENFILE, EFBIG, EAGAIN, ENOMEM
        for (number, part) in [
            (28, "disk is full"),
            (122, "quota"),
            (30, "read-only"),
            (13, "permission"),
            (24, "ulimit -n"),
            (23, "ulimit -n"),
            (27, "ulimit -f"),
            (11, "ulimit -u"),
            (12, "ulimit -v"),
            (5, "Input/output error"),
        ] {
            let error = io::Error::from_raw_os_error(number);
            // As sled tells it later.
            let told = io::Error::new(error.kind(), format!("{error:?}"));
            for error in [error, told] {
                let path = PathBuf::from("/store/log");
                let line = failed("write", &path)(error).to_string();
                assert!(line.contains(part) && line.contains("/store/log"), "{number}: {line}");
                for wrong in ["corrupt", "backup", "Os {", "code:"] {
                    assert!(!line.contains(wrong) || number == 5, "{number}: {line}");
                }
            }
        }
    }
}
