//! One process holds a store: the lock that says who.

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Who holds a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process id.
    pub pid: u32,
    /// What the process was started to do.
    pub command: String,
    /// When it took the store.
    pub since: Timestamp,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} (`{}`, since {:.0})", self.pid, self.command, self.since)
    }
}

/// Holds a store until dropped, or until the process ends in any way.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, waiting for its holder up to `wait`.
    pub fn take(path: &Path, wait: Duration, command: &str) -> Result<Self, Error> {
        let failed = |source| Error::Io { action: "lock", path: path.to_owned(), source };
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        let deadline = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(failed(source)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(TryLockError::WouldBlock) => {
                    let mut text = String::new();
                    // A holder that has not signed yet is still a holder.
                    let holder = file.read_to_string(&mut text).ok();
                    let holder = holder.and_then(|_| serde_json::from_str(&text).ok());
                    return Err(Error::Held { path: path.to_owned(), holder });
                }
            }
        }
        let holder = Holder {
            pid: std::process::id(),
            command: command.to_owned(),
            since: Timestamp::now(),
        };
        let sign = || -> std::io::Result<()> {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(&serde_json::to_vec(&holder)?)
        };
        let mut sign = sign;
        sign().map_err(failed)?;
        Ok(Self { _file: file })
    }
}
