//! `log/closed`: what a log was like when it was closed. The log is as it says, or else was
//! not closed, was copied while it was in use, or lost a part.
//!
//! sled mends what it opens: it cuts what it takes for a torn end. So where this does not
//! say that the log is whole, a copy is opened first (see [`crate::open`]).

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use secmonkey_core::log::Head;
use serde::{Deserialize, Serialize};

use crate::disk;

/// The name of the file in the log's directory.
pub const FILE: &str = "closed";

/// What a log was like when it was closed.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    #[serde(flatten)]
    pub head: Head,
    /// How long its file was, and its check sum: read at every opening, because sled, when it
    /// meets damage, may cut off what is whole.
    length: u64,
    sum: u32,
    /// Its page tables.
    snapshots: Vec<String>,
}

impl Closed {
    fn of(log: &Path, head: Head) -> io::Result<Self> {
        let (length, sum) = sum(&log.join("db"))?;
        Ok(Self { head, length, sum, snapshots: disk::snapshots(log)? })
    }

    /// What was noted when a log was closed, where it is still so.
    pub fn read(log: &Path) -> Option<Self> {
        let closed: Self = serde_json::from_slice(&fs::read(log.join(FILE)).ok()?).ok()?;
        let now = Self::of(log, closed.head).ok()?;
        (closed == now).then_some(closed)
    }

    /// Whether there is a note, true or not.
    pub fn is_noted(log: &Path) -> bool {
        log.join(FILE).exists()
    }

    /// Takes the note away: the log is about to be opened.
    pub fn forget(log: &Path) -> io::Result<()> {
        match fs::remove_file(log.join(FILE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// A file's length and check sum.
fn sum(path: &Path) -> io::Result<(u64, u32)> {
    let mut file = fs::File::open(path)?;
    let mut part = vec![0; 1 << 20];
    let mut hasher = crc32fast::Hasher::new();
    let mut length = 0;
    loop {
        match file.read(&mut part)? {
            0 => return Ok((length, hasher.finalize())),
            read => {
                hasher.update(&part[..read]);
                length += read as u64;
            }
        }
    }
}

/// Notes what a log is like, when it is dropped: after the log itself.
pub struct Closing {
    log: PathBuf,
    /// Where the log ends; `None` where nobody knows.
    head: Option<Head>,
}

impl Closing {
    pub fn new(log: &Path) -> Self {
        Self { log: log.to_owned(), head: None }
    }

    /// The log ends here, and all of it is durable.
    pub fn at(&mut self, head: Head) {
        self.head = Some(head);
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        let Some(head) = self.head else { return };
        let noted = Closed::of(&self.log, head)
            .and_then(|closed| disk::replace(&self.log.join(FILE), &serde_json::to_vec(&closed)?));
        // Without the note, a copy is looked at first when the log is opened.
        if let Err(error) = noted {
            tracing::debug!(%error, "cannot note how the log was closed");
        }
    }
}
