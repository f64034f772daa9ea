//! What proves who may ask over a network: hashes of passwords, digests of tokens and sessions.
//!
//! It stands in a store's folder and not in its log, which is copied and exported: neither a
//! backup nor an export has it.

use std::fs;
use std::io;
use std::path::Path;

use crate::{disk, private};

/// The file, in the folder of a store.
pub(crate) const FILE: &str = "access.json";

/// What was kept last; `None` where nothing was.
///
/// # Errors
/// Where it cannot be read.
pub fn read(store: &Path) -> io::Result<Option<Vec<u8>>> {
    let path = store.join(FILE);
    match fs::read(&path) {
        Ok(content) => {
            private::tighten(&path)?;
            Ok(Some(content))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Keeps this instead, for the owner alone: after a crash the file holds either.
///
/// # Errors
/// Where it cannot be written.
pub fn replace(store: &Path, content: &[u8]) -> io::Result<()> {
    disk::replace(&store.join(FILE), content)
}
