//! `heads.log`: where the log's head was, line by line, beside the log it is about.
//!
//! The hash chain tells if the past was edited, but not if the last events were cut
//! off. A head that was written down before tells; better still one kept elsewhere.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use secmonkey_core::log::Head;

/// Held by who writes the file: two at once would cut each other's lines.
#[derive(Default)]
pub struct Turn(Mutex<()>);

/// Adds a head, durably. A line that a crash cut short goes.
pub fn publish(path: &Path, head: &Head, turn: &Turn) -> io::Result<()> {
    let _turn = turn.0.lock().unwrap_or_else(PoisonError::into_inner);
    let known = read_text(path)?;
    let whole = known.rfind('\n').map_or(0, |end| end + 1);
    let mut file = File::options().create(true).write(true).truncate(false).open(path)?;
    file.set_len(whole as u64)?;
    file.seek(SeekFrom::End(0))?;
    let mut line = serde_json::to_vec(head)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_all()?;
    path.parent().map_or(Ok(()), crate::disk::sync)
}

/// The heads in the order they were written; an `Err` holds a line that is none.
pub fn read(path: &Path) -> io::Result<Vec<Result<Head, String>>> {
    let text = read_text(path)?;
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let lines = text[..whole].lines();
    Ok(lines.map(|line| serde_json::from_str(line).map_err(|_| line.to_owned())).collect())
}

fn read_text(path: &Path) -> io::Result<String> {
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}
