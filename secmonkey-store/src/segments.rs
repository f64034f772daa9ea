//! A log as segments: written from it, held against each other, and read into another.
//!
//! In a directory each segment is a file, named after its first and last position; a file has
//! them one behind the other. A segment gets its name when it is whole and durable.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::vec;

use secmonkey_core::event::{Hash, Position, Stored};
use secmonkey_core::log::{self, EventLog, Head};

use crate::error::{Error, failed};
use crate::salvage::beside;
use crate::segment::{self, Place, Reader, Segment};
use crate::{cut, disk, private};

/// What of a log is written, and how.
#[derive(Debug, Clone)]
pub struct ExportOptions {
    /// The first position. `None`: behind what is there already, else the first of all.
    pub from: Option<Position>,
    /// The last position. `None`: the log's last.
    pub to: Option<Position>,
    /// The log's name in checkpoints, where it has one.
    pub origin: Option<String>,
    /// The file of what is kept of the log's beginning, where that was cut
    /// ([`Store::remains`](crate::Store::remains)): it is copied beside the segments.
    pub remains: Option<PathBuf>,
    /// A segment ends behind so many bytes, before they are compressed.
    pub size: usize,
}

impl Default for ExportOptions {
    /// Everything, in segments of 8 MiB.
    fn default() -> Self {
        Self { from: None, to: None, origin: None, remains: None, size: 8 << 20 }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The first position that the segments hold, and the last.
    pub first: Position,
    /// The last.
    pub last: Position,
    /// The hash chain up to the last.
    pub hash: Hash,
    /// How many segments were there.
    pub kept: u64,
    /// How many were written,
    pub written: u64,
    /// with so many events.
    pub events: u64,
}

/// Segments that were read, each held against its digest, the hash chain, and its neighbours.
#[derive(Debug, Clone)]
pub struct Segments {
    path: PathBuf,
    files: Vec<PathBuf>,
    /// What is kept of the beginning of their log, where that was cut before the first: a new
    /// store [begins](crate::begin) with it.
    pub remains: Option<PathBuf>,
    /// How many there are.
    pub count: u64,
    /// The log's name, as the last of them says.
    pub origin: Option<String>,
    /// The position of the first event.
    pub first: Position,
    /// The hash chain before it.
    pub before: Hash,
    /// The position of the last event.
    pub last: Position,
    /// The hash chain up to it.
    pub after: Hash,
}

/// What came of segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// How many events were appended.
    pub events: u64,
    /// The log's head now.
    pub head: Head,
}

/// Writes a log, or a part of it, as segments: to a directory, which may hold the first of
/// them, or to one new file where the name ends in `.zst`.
///
/// # Errors
/// Where the log cannot be read, or has no such events; where the segments cannot be written;
/// where other segments are in the directory.
pub async fn export(
    log: &dyn EventLog,
    to: &Path,
    options: &ExportOptions,
) -> Result<Exported, Error> {
    let head = log.head().await?;
    let mut sink = Sink::open(to)?;
    let there = sink.there()?;
    let asked = (options.from, options.to);
    let end = options.to.unwrap_or(head.position);
    let cut = log.cut().await?;
    let begin = Position(cut.as_ref().map_or(0, |cut| cut.through.0) + 1);
    let first = there.as_ref().map_or(options.from.unwrap_or(begin), |there| there.first);
    let mut last = there.as_ref().map_or(Position(first.0.saturating_sub(1)), |there| there.last);
    if let (Some(from), Some(_)) = (options.from, &there)
        && from != first
        && from.0 != last.0 + 1
    {
        return Err(Error::OtherRange { path: to.to_owned(), first, last });
    }
    if first.0 == 0 || end < first || end > head.position {
        let (from, to) = (asked.0.unwrap_or(first), end);
        return Err(Error::NoEvents { from, to, last: head.position });
    }
    if let Some(cut) = cut.filter(|cut| last < cut.through) {
        return Err(log::Error::Cut(Box::new(cut)).into());
    }
    if let Some(remains) = options.remains.as_ref().filter(|_| there.is_none()) {
        sink.begin(remains)?;
    }
    let known = log::hash_at(log, last).await?;
    if let Some(there) = &there
        && known != Some(there.hash)
    {
        return Err(Error::OtherLog {
            path: to.to_owned(),
            names: Box::new([there.origin.clone(), options.origin.clone()]),
            position: last,
            found: there.hash,
            known,
        });
    }
    let mut hash = known.ok_or_else(|| missing(last))?;
    let mut previous = there.as_ref().map(|there| there.digest);
    let kept = there.as_ref().map_or(0, |there| there.count);
    let (mut written, mut exported) = (0, 0);
    while last < end {
        let (events, after) = collect(log, (last, hash), end, options.size).await?;
        let count = events.len() as u64;
        let (origin, behind) = (options.origin.clone(), (last, hash));
        let place = Place { origin, behind, through: end, previous };
        let put = move || (sink.put(place, after, &events), sink);
        let (put, back) = blocking(put).await?;
        sink = back;
        previous = Some(put?);
        (last, hash) = (Position(last.0 + count), after);
        (written, exported) = (written + 1, exported + count);
    }
    if written > 0 {
        sink.finish()?;
    }
    Ok(Exported { first, last, hash, kept, written, events: exported })
}

/// The events of the next segment, and the hash chain after them.
async fn collect(
    log: &dyn EventLog,
    (mut last, mut hash): (Position, Hash),
    end: Position,
    size: usize,
) -> Result<(Vec<Stored>, Hash), Error> {
    const PAGE: u64 = 256;
    let (mut events, mut bytes) = (Vec::new(), 0);
    while last < end && bytes < size {
        let max = usize::try_from((end.0 - last.0).min(PAGE)).unwrap_or(1);
        let page = log.read_stored(last, max).await?;
        if page.is_empty() {
            return Err(missing(Position(last.0 + 1)));
        }
        for event in page {
            if bytes >= size {
                break;
            }
            last.0 += 1;
            bytes += event.header.len() + event.body.len();
            hash = hash.next(&event.header, &event.body);
            // Nothing that was ever written holds one: JSON escapes it.
            if event.header.contains(&b'\n') || event.body.contains(&b'\n') {
                return Err(corrupt(last, "it holds a line feed"));
            }
            events.push(event);
        }
    }
    // The log knows it, too: what is damaged is not handed on.
    if log::hash_at(log, last).await? != Some(hash) {
        return Err(corrupt(last, "the events up to here do not lead to its hash"));
    }
    Ok((events, hash))
}

fn corrupt(position: Position, reason: &str) -> Error {
    log::Error::Corrupt { position, reason: reason.to_owned() }.into()
}

fn missing(position: Position) -> Error {
    corrupt(position, "it is missing")
}

async fn blocking<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(run)
        .await
        .map_err(|error| Error::Log(log::Error::Store(error.into())))
}

/// Where segments are written.
enum Sink {
    Directory(PathBuf),
    File {
        to: PathBuf,
        part: PathBuf,
        /// Opened with the first segment: what is refused leaves nothing behind.
        file: Option<File>,
    },
}

/// What a directory holds already.
struct There {
    first: Position,
    last: Position,
    hash: Hash,
    digest: Hash,
    origin: Option<String>,
    count: u64,
}

impl Sink {
    fn open(to: &Path) -> Result<Self, Error> {
        let zst = to.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zst"));
        if zst && !to.is_dir() {
            if to.exists() {
                return Err(Error::Exists(to.to_owned()));
            }
            return Ok(Self::File { to: to.to_owned(), part: beside(to, "part"), file: None });
        }
        Ok(Self::Directory(to.to_owned()))
    }

    /// Copies what is kept of the beginning.
    fn begin(&self, remains: &Path) -> Result<(), Error> {
        match self {
            Self::File { to, .. } => Err(Error::NoFolder(to.clone())),
            Self::Directory(path) => {
                private::create_dir(path).map_err(failed("create", path))?;
                cut::copy(remains, &path.join(cut::FILE))
            }
        }
    }

    fn there(&self) -> Result<Option<There>, Error> {
        let Self::Directory(path) = self else { return Ok(None) };
        if !path.exists() {
            return Ok(None);
        }
        let files = files(path)?;
        let (Some((_, first, _)), Some((last, from, through))) = (files.first(), files.last())
        else {
            return Ok(None);
        };
        for pair in files.windows(2) {
            follows(&pair[1].0, Position(pair[0].2.0 + 1), pair[1].1)?;
        }
        // What follows names it, so it has to be whole.
        let segment = Reader::open(last, *from)?.next()?;
        let Some(segment) = segment.filter(|found| found.header.last == *through) else {
            return Err(misnamed(last, *from));
        };
        Ok(Some(There {
            first: *first,
            last: *through,
            hash: segment.header.after,
            digest: segment.digest,
            origin: segment.header.origin,
            count: files.len() as u64,
        }))
    }

    fn put(&mut self, place: Place, after: Hash, events: &[Stored]) -> Result<Hash, Error> {
        match self {
            Self::Directory(path) => {
                private::create_dir(path).map_err(failed("create", path))?;
                let (behind, _) = place.behind;
                let to = path.join(name(behind.0 + 1, behind.0 + events.len() as u64));
                let part = beside(&to, "part");
                let file = begin(&part)?;
                let written = segment::write(&file, place, after, events);
                let digest = written.map_err(failed("write", &part))?;
                end(&file, &part, &to)?;
                Ok(digest)
            }
            Self::File { part, file, .. } => {
                let file = match file {
                    Some(file) => file,
                    none => none.insert(begin(part)?),
                };
                segment::write(file, place, after, events).map_err(failed("write", part))
            }
        }
    }

    fn finish(self) -> Result<(), Error> {
        match self {
            Self::File { to, part, file: Some(file) } => end(&file, &part, &to),
            _ => Ok(()),
        }
    }
}

fn begin(part: &Path) -> Result<File, Error> {
    private::fresh(part).map_err(failed("create", part))
}

/// What was written gets its name, once it is durable.
fn end(file: &File, part: &Path, to: &Path) -> Result<(), Error> {
    file.sync_all().map_err(failed("write", part))?;
    disk::give_name(part, to)
}

fn name(first: u64, last: u64) -> String {
    format!("{first:012}-{last:012}.zst")
}

/// The segments of a directory with the positions in their names, in order. What has another
/// name is none.
fn files(path: &Path) -> Result<Vec<(PathBuf, Position, Position)>, Error> {
    let mut all = Vec::new();
    for entry in fs::read_dir(path).map_err(failed("read", path))? {
        let path = entry.map_err(failed("read", path))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let range = name.and_then(|name| name.strip_suffix(".zst")?.split_once('-'));
        let number = |text: &str| text.parse().ok().map(Position);
        if let Some((first, last)) = range
            && let (Some(first), Some(last)) = (number(first), number(last))
        {
            all.push((path, first, last));
        }
    }
    all.sort_by_key(|(_, first, last)| (*first, *last));
    Ok(all)
}

fn follows(path: &Path, expected: Position, found: Position) -> Result<(), Error> {
    let reason = match expected.cmp(&found) {
        std::cmp::Ordering::Equal => return Ok(()),
        std::cmp::Ordering::Less => {
            format!("the segment with this position is missing: this one begins at {found}")
        }
        std::cmp::Ordering::Greater => {
            format!("it begins at position {found}, which the segment before it has, too")
        }
    };
    Err(Error::Segment { path: path.to_owned(), position: expected, reason })
}

fn misnamed(path: &Path, position: Position) -> Error {
    let reason = "it does not hold the positions that its name says".to_owned();
    Error::Segment { path: path.to_owned(), position, reason }
}

/// Segments one by one, each held against the one before.
struct Walk {
    files: vec::IntoIter<PathBuf>,
    reader: Option<(PathBuf, Reader)>,
    /// What the next has to follow on: position, hash chain, digest; and where its export ends.
    behind: Option<(Position, Hash, Hash)>,
    through: Position,
}

impl Walk {
    fn over(files: Vec<PathBuf>) -> Self {
        Self { files: files.into_iter(), reader: None, behind: None, through: Position(0) }
    }

    /// The next segment and its file; `None` behind the last.
    fn next(&mut self) -> Result<Option<(PathBuf, Segment)>, Error> {
        loop {
            let (path, mut reader, fresh) = match self.reader.take() {
                Some((path, reader)) => (path, reader, false),
                None => match self.files.next() {
                    Some(path) => {
                        let first = self.behind.map_or(1, |(last, ..)| last.0 + 1);
                        let reader = Reader::open(&path, Position(first))?;
                        (path, reader, true)
                    }
                    None => return Ok(None),
                },
            };
            let Some(segment) = reader.next()? else {
                if fresh {
                    let position = Position(self.behind.map_or(1, |(last, ..)| last.0 + 1));
                    let reason = "it is empty".to_owned();
                    return Err(Error::Segment { path, position, reason });
                }
                continue;
            };
            self.hold(&path, &segment)?;
            self.reader = Some((path.clone(), reader));
            return Ok(Some((path, segment)));
        }
    }

    fn hold(&mut self, path: &Path, segment: &Segment) -> Result<(), Error> {
        let Segment { header, digest, .. } = segment;
        let damaged = |reason: &str| Error::Segment {
            path: path.to_owned(),
            position: header.first,
            reason: reason.to_owned(),
        };
        if let Some((last, hash, digest)) = self.behind {
            follows(path, Position(last.0 + 1), header.first)?;
            if header.before != hash {
                return Err(damaged("it is of another log than the segment before it"));
            }
            if header.previous != Some(digest) {
                return Err(damaged("the segment before it is not the one that it names"));
            }
        }
        self.behind = Some((header.last, header.after, *digest));
        self.through = self.through.max(header.through);
        Ok(())
    }
}

impl Segments {
    /// Reads the segments of a directory or a file, all of them, and holds them against their
    /// digests, the hash chain and each other. Blocks.
    ///
    /// # Errors
    /// Where they cannot be read, and at the first that is damaged, missing or misplaced.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let listed = if path.is_dir() { files(path)? } else { Vec::new() };
        let files = match listed.as_slice() {
            [] if path.is_dir() => return Err(Error::NoSegments(path.to_owned())),
            [] => vec![path.to_owned()],
            listed => listed.iter().map(|(path, ..)| path.clone()).collect(),
        };
        let mut walk = Walk::over(files.clone());
        let mut all: Option<Self> = None;
        let mut names = listed.iter();
        while let Some((file, segment)) = walk.next()? {
            let header = segment.header;
            if !listed.is_empty() {
                let fits = names
                    .next()
                    .is_some_and(|(_, first, last)| (*first, *last) == (header.first, header.last));
                if !fits {
                    return Err(misnamed(&file, header.first));
                }
            }
            let all = all.get_or_insert_with(|| Self {
                path: path.to_owned(),
                files: files.clone(),
                remains: None,
                count: 0,
                origin: None,
                first: header.first,
                before: header.before,
                last: header.last,
                after: header.after,
            });
            all.count += 1;
            (all.last, all.after) = (header.last, header.after);
            all.origin = header.origin;
        }
        let mut all = all.ok_or_else(|| Error::NoSegments(path.to_owned()))?;
        let remains = path.join(cut::FILE);
        if path.is_dir() && remains.exists() {
            let left = cut::Remains::open(&remains)?;
            left.check()?;
            // Those of a later cut are of use to nobody who has the events.
            let fits = (Position(left.cut.through.0 + 1), left.cut.hash) == (all.first, all.before);
            all.remains = fits.then_some(remains);
        }
        if all.last < walk.through {
            let path = all.files.last().unwrap_or(&all.path).clone();
            let position = Position(all.last.0 + 1);
            let through = walk.through;
            let reason = format!("the segments behind it, up to position {through}, are missing");
            return Err(Error::Segment { path, position, reason });
        }
        Ok(all)
    }

    /// Appends to a log what it does not have yet of these segments. What it has must be the
    /// same; it goes on wherever it stands, so an import that was interrupted is continued.
    /// `own` is the log's name in checkpoints, for what is said of another.
    ///
    /// # Errors
    /// Where the log is another one or ends before the first segment; where it cannot be
    /// written; where a segment is no longer what it was when it was read.
    pub async fn import(&self, log: &dyn EventLog, own: Option<&str>) -> Result<Imported, Error> {
        let mut head = log.head().await?;
        if self.first.0 > head.position.0 + 1 {
            let (path, first) = (self.path.clone(), self.first);
            return Err(Error::Behind { path, first, last: head.position });
        }
        let other = |position: Position, found: Hash, known: Option<Hash>| Error::OtherLog {
            path: self.path.clone(),
            names: Box::new([self.origin.clone(), own.map(str::to_owned)]),
            position,
            found,
            known,
        };
        let ends = [(Position(self.first.0 - 1), self.before), (self.last, self.after)];
        for (position, hash) in ends.into_iter().filter(|(at, _)| *at <= head.position) {
            let known = log::hash_at(log, position).await?;
            if known != Some(hash) {
                return Err(other(position, hash, known));
            }
        }
        let mut events = 0;
        let mut walk = Walk::over(self.files.clone());
        while head.position < self.last {
            let next = move || (walk.next(), walk);
            let (next, back) = blocking(next).await?;
            walk = back;
            let Some((_, segment)) = next? else { break };
            let header = segment.header;
            if header.last <= head.position {
                continue;
            }
            let skip = usize::try_from(head.position.0 + 1 - header.first.0).unwrap_or(usize::MAX);
            let mut hash = header.before;
            for event in segment.events.iter().take(skip) {
                hash = hash.next(&event.header, &event.body);
            }
            if hash != head.hash {
                return Err(other(head.position, hash, Some(head.hash)));
            }
            let mut rest = segment.events.into_iter().skip(skip).peekable();
            while rest.peek().is_some() {
                let batch = batch(&mut rest);
                events += batch.len() as u64;
                head = log.restore(batch).await?.head;
            }
            log.publish_head().await?;
        }
        if head.position == self.last && head.hash != self.after || head.position < self.last {
            return Err(other(head.position, self.after, Some(head.hash)));
        }
        Ok(Imported { events, head })
    }
}

/// As many events as one commit takes.
fn batch(rest: &mut impl Iterator<Item = Stored>) -> Vec<Stored> {
    const EVENTS: usize = 1_024;
    const BYTES: usize = 1 << 20;
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < EVENTS
        && bytes < BYTES
        && let Some(event) = rest.next()
    {
        bytes += event.header.len() + event.body.len();
        batch.push(event);
    }
    batch
}
