//! What can be kept of a log that is damaged: read without changing it, and written into a
//! store of its own.

use std::collections::HashSet;
use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secmonkey_core::event::{Hash, Position};
use secmonkey_core::log::Head;

use crate::cut::{self, Remains};
use crate::dictionary::Dictionaries;
use crate::error::{Error, failed};
use crate::events::Events;
use crate::heads::{self, Heads};
use crate::raw::{self, Run};
use crate::{block, checkpoints, disk, open, private, verify};

/// Events that follow each other without a break, each as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// The position of the first.
    pub first: Position,
    /// The position of the last.
    pub last: Position,
    /// The furthest head that was written down and that it agrees with.
    pub agrees: Option<Position>,
}

/// What is left of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// What is up to here was cut, and what is kept of it reads; 0 where nothing was.
    pub cut: Position,
    /// What holds, in the order of positions; between them, events are missing or damaged.
    pub sections: Vec<Section>,
    /// The last position that is known to have been: of a section, or of a head.
    pub known: Position,
}

impl Examined {
    /// The positions that no section has, as first and last.
    #[must_use]
    pub fn missing(&self) -> Vec<(Position, Position)> {
        let mut missing = Vec::new();
        let mut next = self.cut.0 + 1;
        for section in &self.sections {
            if section.first.0 > next {
                missing.push((Position(next), Position(section.first.0 - 1)));
            }
            next = next.max(section.last.0 + 1);
        }
        if self.known.0 >= next {
            missing.push((Position(next), self.known));
        }
        missing
    }
}

/// What was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// The log of the new store ends here.
    pub head: Head,
    /// What was found, and what is missing.
    pub examined: Examined,
    /// Where the events are that follow on a gap, and how many: they cannot follow on the
    /// hash chain of the new store.
    pub orphans: Option<(PathBuf, u64)>,
}

/// Looks at the log of a store without opening or changing it.
///
/// # Errors
/// Where it cannot be read.
pub fn examine(store: &Path) -> Result<Examined, Error> {
    let found = Found::read(store)?;
    Ok(found.examined())
}

/// Writes what verifies of a store's log into a new store; what lies behind a gap goes to
/// `TO.orphans.jsonl`.
///
/// # Errors
/// Where the one cannot be read or the other cannot be written, or exists.
pub fn salvage(from: &Path, to: &Path, deadline: Duration) -> Result<Salvaged, Error> {
    if to.exists() {
        return Err(Error::Exists(to.to_owned()));
    }
    let mut found = Found::read(from)?;
    found.leave_out_what_was_never_done(deadline);
    let examined = found.examined();
    let mut runs = found.runs;
    let main = if runs.first().is_some_and(|run| run.begins_at(found.start)) {
        runs.remove(0)
    } else {
        Run::default()
    };

    let new = beside(to, "new");
    remove(&new)?;
    private::fresh_dir(&new).map_err(failed("create", &new))?;
    let log = new.join("log");
    if let Some(left) = &found.cut {
        private::create_dir(&log).map_err(failed("create", &log))?;
        cut::copy(left.path(), &log.join(cut::FILE))?;
    }
    let head = {
        drop(Events::open(&log, deadline)?);
        let events = Events::open(&log, deadline)?;
        for pieces in main.pieces.chunks(1_000) {
            let mut batch = sled::Batch::default();
            for piece in pieces {
                for (key, value) in block::values(piece.first, &piece.bytes) {
                    batch.insert(key, value);
                }
            }
            let written = events.database.sled.apply_batch(batch);
            written.map_err(|error| disk::Failure::from(error).at("write", &log))?;
            events.database.sync()?;
        }
        events.head().map_err(|error| Error::Corrupt { path: log, reason: error.to_string() })?
    };
    for line in found.heads.lines.iter().flatten() {
        if line.head.position <= head.position {
            publish(&new, *line)?;
        }
    }
    // Whoever made this store knows that heads are lost.
    publish(&new, heads::Line { scans: None, since: None, head, renewed: true })?;
    // Who holds one of them is still held to it.
    checkpoints::copy(from, &new)?;
    open::write_format(&new)?;

    let orphans = orphans(&runs, &found.dictionaries, to)?;
    disk::give_name(&new, to)?;
    Ok(Salvaged { head, examined, orphans })
}

fn publish(store: &Path, line: heads::Line) -> Result<(), Error> {
    let path = store.join(heads::FILE);
    heads::publish(&path, || line, &heads::Turn::default()).map_err(failed("write", &path))
}

/// What the bytes of a store's log hold.
struct Found {
    path: PathBuf,
    /// What is kept of the beginning, where that was cut,
    cut: Option<Remains>,
    /// and where the rest starts.
    start: (Position, Hash),
    runs: Vec<Run>,
    heads: Heads,
    dictionaries: Dictionaries,
}

impl Found {
    fn read(store: &Path) -> Result<Self, Error> {
        if !store.is_dir() {
            return Err(Error::Missing(store.to_owned()));
        }
        let path = store.join(heads::FILE);
        let heads = Heads::read(&path).map_err(failed("read", &path))?;
        let known: HashSet<Hash> = heads.lines.iter().flatten().map(|it| it.head.hash).collect();
        let dictionaries = Dictionaries::new(std::collections::BTreeMap::new());
        let db = store.join("log/db");
        let bytes = match fs::read(&db) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(failed("read", &db))?,
        };
        // Where that is damaged, its events are lost.
        let cut = Remains::of(&store.join("log")).or_else(|error| match error {
            Error::Corrupt { .. } => Ok(None),
            other => Err(other),
        })?;
        let start = cut.as_ref().map(|left| (left.cut.through, left.cut.hash));
        let start = start.unwrap_or((Position(0), Hash::START));
        let runs = raw::runs(&bytes, start, &dictionaries, &known);
        Ok(Self { path: store.to_owned(), cut, start, runs, heads, dictionaries })
    }

    /// What a killed process had begun to write is in the file, too. Where a copy of the log
    /// opens and is whole, it says where the log ends.
    fn leave_out_what_was_never_done(&mut self, deadline: Duration) {
        let opened = || -> Option<Head> {
            let copy = private::temporary().ok()?;
            let log = copy.path().join("log");
            disk::copy(&self.path.join("log"), &log).ok()?;
            let events = Events::open(&log, deadline).ok()?;
            let head = events.head().ok()?;
            let verified = verify::verify(&events, head, &[], &[]).ok()?;
            verified.findings.is_empty().then_some(head)
        };
        let last = self.heads.last().map_or(Position(1), |head| head.position);
        if let Some(head) = opened().filter(|head| head.position >= last) {
            self.runs.truncate(1);
            self.runs.iter_mut().for_each(|run| run.cut(head.position));
        }
    }

    fn examined(&self) -> Examined {
        let heads = || self.heads.lines.iter().flatten().map(|line| line.head);
        let sections = self.runs.iter().filter(|run| !run.pieces.is_empty()).map(|run| {
            let hashes: HashSet<Hash> = run.pieces.iter().map(|piece| piece.after).collect();
            // A head is written down behind a commit, and a commit ends a block.
            let agrees = heads().filter(|head| hashes.contains(&head.hash));
            Section {
                first: run.first(),
                last: run.last(),
                agrees: agrees.map(|head| head.position).max(),
            }
        });
        let sections: Vec<_> = sections.collect();
        let ends = sections.iter().map(|section| section.last);
        let known = ends.chain(heads().map(|head| head.position)).max().unwrap_or_default();
        Examined { cut: self.start.0, sections, known }
    }
}

/// Writes the events behind gaps as lines of JSON.
fn orphans(
    runs: &[Run],
    dictionaries: &Dictionaries,
    to: &Path,
) -> Result<Option<(PathBuf, u64)>, Error> {
    if runs.is_empty() {
        return Ok(None);
    }
    let path = beside(to, "orphans.jsonl");
    let write = || -> io::Result<u64> {
        let mut file = BufWriter::new(private::fresh(&path)?);
        let mut count = 0;
        for piece in runs.iter().flat_map(|run| &run.pieces) {
            for envelope in raw::envelopes(piece, dictionaries) {
                serde_json::to_writer(&mut file, &envelope)?;
                file.write_all(b"\n")?;
                count += 1;
            }
        }
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(count)
    };
    let count = write().map_err(failed("write", &path))?;
    Ok(Some((path, count)))
}

/// A name beside another: `PATH.ENDING`.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// The directory that a path is in.
pub fn above(path: &Path) -> &Path {
    match path.parent() {
        Some(above) if above != Path::new("") => above,
        _ => Path::new("."),
    }
}

pub fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}
