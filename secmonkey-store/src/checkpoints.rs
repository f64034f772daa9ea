//! `checkpoints/`: what was signed of the log, each under its size.
//!
//! Whoever holds one of them holds us to it. So before anything more is signed, the log is
//! held against the furthest of them; that one was held against those before it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use secmonkey_core::event::Position;
use secmonkey_core::log::{self, Head};
use secmonkey_core::tlog::{Checkpoint, Note, SigningKey};

use crate::error::{Error, failed};
use crate::shared::Shared;
use crate::{disk, private};

/// The name of the folder in a store.
pub const FOLDER: &str = "checkpoints";

/// A checkpoint that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its file.
    pub path: PathBuf,
    /// With its signatures.
    pub note: Note,
    /// What it says.
    pub checkpoint: Checkpoint,
}

/// A file among them that is no checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// All that were signed, by size.
pub fn read(store: &Path) -> Result<Vec<Result<Kept, Foreign>>, Error> {
    let folder = store.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed("read", &folder))?,
    };
    let mut all = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed("read", &folder))?.path();
        // What is about to become one, and was left by a crash.
        if path.extension().is_some_and(|ending| ending == "new") {
            continue;
        }
        let bytes = fs::read(&path).map_err(failed("read", &path))?;
        let text = String::from_utf8(bytes).map_err(|error| error.to_string());
        let note = text.and_then(|text| Note::parse(&text).map_err(|error| error.to_string()));
        all.push(
            match note.and_then(|it| Ok((Checkpoint::of(&it).map_err(|e| e.to_string())?, it))) {
                Ok((checkpoint, note)) => Ok(Kept { path, note, checkpoint }),
                Err(reason) => Err(Foreign { path, reason }),
            },
        );
    }
    all.sort_by_key(|one| one.as_ref().map_or(0, |kept| kept.checkpoint.size));
    Ok(all)
}

/// Signs the log as it is, and keeps what was signed.
pub fn sign(store: &Path, shared: &Shared, key: &SigningKey) -> Result<Note, log::Error> {
    let boxed = |error: Error| log::Error::Store(error.into());
    let mut kept = Vec::new();
    for one in read(store).map_err(boxed)? {
        kept.push(one.map_err(|Foreign { path, reason }| boxed(Error::Corrupt { path, reason }))?);
    }
    let Head { position: Position(size), .. } = *shared.head.borrow();
    let mut tree = shared.tiles.over(&shared.events);
    if let Some(last) = kept.last() {
        let Checkpoint { size: signed, root, .. } = last.checkpoint;
        let found = if signed > size { None } else { Some(tree.root(signed)?) };
        if found != Some(root) {
            let path = last.path.clone();
            return Err(boxed(Error::Inconsistent { path, signed, found: size }));
        }
    }
    let origin = key.verifier().name().to_owned();
    let text = Checkpoint { origin, size, root: tree.root(size)? }.to_string();
    let same = kept.into_iter().find(|one| one.note.text() == text);
    let mut note = same.map_or_else(|| Note::new(text), |one| one.note);
    note.sign(key);
    keep(store, size, &note).map_err(boxed)?;
    Ok(note)
}

fn keep(store: &Path, size: u64, note: &Note) -> Result<(), Error> {
    let folder = store.join(FOLDER);
    private::create_dir(&folder).map_err(failed("create", &folder))?;
    let path = folder.join(format!("{size}.txt"));
    disk::replace(&path, note.to_string().as_bytes()).map_err(failed("write", &path))
}

/// Copies them to another store.
pub fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let (from, to) = (from.join(FOLDER), to.join(FOLDER));
    if !from.is_dir() {
        return Ok(());
    }
    private::create_dir(&to).map_err(failed("create", &to))?;
    for entry in fs::read_dir(&from).map_err(failed("read", &from))? {
        let entry = entry.map_err(failed("read", &from))?;
        let path = to.join(entry.file_name());
        fs::copy(entry.path(), &path).map_err(failed("copy", &entry.path()))?;
        disk::sync(&path).map_err(failed("sync", &path))?;
    }
    disk::sync(&to).map_err(failed("sync", &to))
}
