//! One process holds a store: the lock that says who.

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, failed, is_read_only};
use crate::private;

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
    /// `None` where there is no such file and none can be made: nobody else holds it then.
    _file: Option<File>,
    read_only: bool,
}

impl Lock {
    /// Takes the lock, waiting for its holder up to `wait`.
    pub fn take(path: &Path, wait: Duration, command: &str) -> Result<Self, Error> {
        let (mut file, read_only) = match open(path) {
            Ok(opened) => opened,
            Err(error) if is_read_only(&error) && !path.exists() => {
                return Ok(Self { _file: None, read_only: true });
            }
            Err(error) => return Err(failed("lock", path)(error)),
        };
        let deadline = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(failed("lock", path)(error)),
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
        if read_only {
            return Ok(Self { _file: Some(file), read_only });
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
        sign().map_err(failed("write", path))?;
        Ok(Self { _file: Some(file), read_only })
    }

    /// Whether the lock could be taken, but not be signed: the store cannot be written.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }
}

/// The lock's file, and whether it can only be read.
fn open(path: &Path) -> std::io::Result<(File, bool)> {
    match private::file().read(true).truncate(false).open(path) {
        Ok(file) => Ok((file, false)),
        Err(error) if is_read_only(&error) => {
            File::open(path).map(|file| (file, true)).map_err(|_| error)
        }
        Err(error) => Err(error),
    }
}
