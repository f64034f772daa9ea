//! Where the events of a stream are: derived from the log, kept beside the views.
//!
//! The positions of the last events are held in memory, those of the others in the
//! views' database, with the position they go up to in the same batch. A thread
//! moves them over, some ten thousand at a time.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use secmonkey_core::event::{Position, Version};
use secmonkey_core::log::Error;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::block::{pop_number, push_number};
use crate::cut::Remains;
use crate::disk::Failure;
use crate::events::{Events, corrupt};
use crate::sum;
use crate::tables::Table;
use crate::views::Views;

mod reached;

pub use reached::Reached;

/// Where it is kept.
const TABLE: Table = Table::new("streams");

/// How far the index goes.
const CHECKPOINT: &[u8] = b"checkpoint";

/// How many positions one row holds.
const ROW: u64 = 128;

/// How many events wait in memory before they are moved to disk.
const BATCH: usize = 16_384;

/// How many may wait at most: the writer then waits for the disk.
const LIMIT: usize = 4 * BATCH;

/// Names a stream: the first half of SHA-256. Readers compare the name in the event.
pub type StreamHash = [u8; 16];

pub fn hash(stream: &str) -> StreamHash {
    let mut hash = [0; 16];
    hash.copy_from_slice(&Sha256::digest(stream)[..16]);
    hash
}

/// Where an event is: its position and that of the block it is in, which sled finds
/// much faster than the block before or at a position.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub position: Position,
    pub block: Position,
}

impl Place {
    /// In place of an event that was cut.
    const GONE: Self = Self { position: Position(0), block: Position(0) };

    fn is_gone(&self) -> bool {
        self.position == Position(0)
    }
}

/// Positions of streams that are not on disk yet.
#[derive(Default)]
struct Tail {
    /// For each stream the version before the first of its positions, and these.
    streams: HashMap<StreamHash, (u64, Vec<Place>)>,
    events: usize,
    reached: Option<Reached>,
}

impl Tail {
    fn version(&self, stream: &StreamHash) -> Option<u64> {
        let (base, positions) = self.streams.get(stream)?;
        Some(base + positions.len() as u64)
    }

    /// Adds to `found`, which goes up to version `next - 1`, what follows on it: at once,
    /// or, where versions may be gone, later.
    fn extend(&self, stream: &StreamHash, found: &mut Found) {
        let Some((base, positions)) = self.streams.get(stream) else { return };
        if found.may_be_gone {
            found.next = found.next.max(base + 1);
        }
        let known = found.next.checked_sub(base + 1).and_then(|known| usize::try_from(known).ok());
        let new = known.and_then(|known| positions.get(known..)).unwrap_or_default();
        for place in new {
            if found.places.len() == found.max {
                break;
            }
            if !place.is_gone() {
                found.places.push((Version(found.next), *place));
            }
            found.next += 1;
        }
    }
}

/// What is found of a stream.
struct Found {
    places: Vec<(Version, Place)>,
    max: usize,
    /// The version that comes next.
    next: u64,
    /// Whether versions may be gone: the log was cut.
    may_be_gone: bool,
}

struct State {
    /// What grows.
    tail: Tail,
    /// How far it goes.
    reached: Reached,
    /// What is being moved to disk; stays readable until it is there.
    moving: Arc<Tail>,
    closed: bool,
    /// The disk failed: everything stays in memory.
    failed: bool,
}

struct Shared {
    state: Mutex<State>,
    /// `state` changed in a way that somebody may wait for.
    changed: Condvar,
    /// How many events were cut; `None` where the log was not.
    gone: Option<u64>,
    views: Arc<Views>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn damaged(&self, error: &dyn std::fmt::Display) -> Error {
        self.views.distrust();
        Error::Store(
            format!("the index cannot be read, it is rebuilt when opened next: {error}").into(),
        )
    }
}

/// The index of streams.
pub struct Index {
    shared: Arc<Shared>,
    mover: Option<JoinHandle<()>>,
}

impl Index {
    /// Opens the index and brings it up to the log's head. An index of another log,
    /// or of another time of this one, goes with all views.
    ///
    /// # Errors
    /// Where the index is of more events than this log has: then their end is lost.
    pub fn open(
        mut views: Views,
        events: &Events,
        head: Position,
    ) -> Result<(Self, Arc<Views>), crate::Error> {
        let read = |error: Error| crate::Error::Corrupt {
            path: events.database.path().to_owned(),
            reason: error.to_string(),
        };
        let mut fit = checkpoint(&views, events, head).map_err(read)?;
        if let Fit::Ahead(known) = fit {
            let path = events.database.path().to_owned();
            return Err(crate::Error::BehindViews { path, known, found: head });
        }
        if let Fit::Not(reason) = fit {
            tracing::warn!("the views {reason}: they are rebuilt");
            fit = Fit::Other;
        }
        if let Fit::Other = fit {
            views = views.reset()?;
        }
        let reached = if let Fit::Up(reached) = fit { reached } else { Reached::START };
        let views = Arc::new(views);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                tail: Tail::default(),
                reached,
                moving: Arc::default(),
                closed: false,
                failed: false,
            }),
            changed: Condvar::new(),
            gone: events.cut.as_ref().map(|left| left.cut.through.0 - left.count),
            views: Arc::clone(&views),
        });
        let mover = std::thread::Builder::new()
            .name("index".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || shared.run()
            })
            .map_err(crate::Error::Threads)?;
        let index = Self { shared, mover: Some(mover) };
        index.catch_up(events, reached).map_err(read)?;
        Ok((index, views))
    }

    /// How many scans ended, as the log says.
    pub fn scans(&self) -> u64 {
        self.shared.state().reached.scans
    }

    /// How far it goes.
    pub fn reached(&self) -> Reached {
        self.shared.state().reached
    }

    fn catch_up(&self, events: &Events, mut reached: Reached) -> Result<(), Error> {
        #[derive(Deserialize)]
        struct Header<'a> {
            #[serde(rename = "s", borrow)]
            stream: std::borrow::Cow<'a, str>,
            #[serde(rename = "v")]
            version: u64,
        }

        if let Some(Remains { cut, .. }) = &events.cut
            && reached.head.0 < cut.through
        {
            let mut left = Vec::new();
            for remnant in events.remains(Position(0))? {
                let remnant = remnant?;
                let header: Header<'_> = serde_json::from_slice(&remnant.stored.header)
                    .map_err(|error| corrupt(remnant.position, error.to_string()))?;
                let place = Place { position: remnant.position, block: remnant.position };
                left.push((hash(&header.stream), Version(header.version), place));
            }
            reached = Reached { head: events.start(), first: cut.first, scans: cut.scans };
            self.add(left, reached);
        }
        let done = reached.head.0;
        let mut decoder = events.decoder();
        for found in events.blocks(Position(done.0 + 1))? {
            let mut new = Vec::new();
            let found = found?;
            found.read(&mut decoder, |event| {
                if event.position > done {
                    let header: Header<'_> = serde_json::from_slice(event.header)
                        .map_err(|error| corrupt(event.position, error.to_string()))?;
                    let place = Place { position: event.position, block: found.first };
                    new.push((hash(&header.stream), Version(header.version), place));
                    let ends_scan = reached::body_ends_scan(&header.stream, event.body);
                    reached.event(event.position, event.hash, ends_scan);
                }
                Ok(ControlFlow::Continue(()))
            })?;
            self.add(new, reached);
        }
        Ok(())
    }

    /// Adds events that are durable, in order, and how far they go.
    pub fn add(
        &self,
        events: impl IntoIterator<Item = (StreamHash, Version, Place)>,
        reached: Reached,
    ) {
        let mut state = self.shared.state();
        while state.tail.events >= LIMIT && !state.failed {
            state = self.shared.wait(state);
        }
        let tail = &mut state.tail;
        for (stream, version, place) in events {
            let (base, positions) =
                tail.streams.entry(stream).or_insert((version.0.saturating_sub(1), Vec::new()));
            // Only what was cut leaves a gap.
            let gone = version.0.saturating_sub(*base + positions.len() as u64 + 1);
            positions.extend((0..gone).map(|_| Place::GONE));
            positions.push(place);
            tail.events += 1;
            tail.reached = Some(reached);
        }
        let enough = tail.events >= BATCH;
        state.reached = reached;
        if enough {
            self.shared.changed.notify_all();
        }
    }

    /// Holds what is on disk against its sums, and that it has every event up to where it
    /// goes. Gives what is wrong, where something is; the views are rebuilt when opened next
    /// then.
    pub fn check(&self) -> Option<String> {
        let found = self.shared.check();
        if found.is_some() {
            self.shared.views.distrust();
        }
        found
    }

    /// The last version of a stream; 0 where it does not exist.
    pub fn version(&self, stream: &StreamHash) -> Result<Version, Error> {
        let recent = {
            let state = self.shared.state();
            state.tail.version(stream).or_else(|| state.moving.version(stream))
        };
        if let Some(version) = recent {
            return Ok(Version(version));
        }
        let (first, last) = (row_key(stream, 0), row_key(stream, u64::from(u32::MAX)));
        let tables = self.shared.views.tables();
        let last = tables.and_then(|tables| tables.last(TABLE, &first, &last));
        let version = match last.map_err(|error| self.shared.damaged(&error))? {
            None => 0,
            Some((key, row)) => row_number(&key)
                .zip(row_places(&key, &row))
                .map(|(number, positions)| number * ROW + positions.len() as u64)
                .ok_or_else(|| self.shared.damaged(&"a row is malformed"))?,
        };
        Ok(Version(version))
    }

    /// Up to `max` places of a stream from a version on.
    pub fn places(
        &self,
        stream: &StreamHash,
        from: Version,
        max: usize,
    ) -> Result<Vec<(Version, Place)>, Error> {
        // Memory first: what moves to disk meanwhile is then seen twice, which the
        // versions tell, and never missed.
        let (moving, tail) = {
            let state = self.shared.state();
            let tail = state.tail.streams.get(stream).cloned();
            (
                Arc::clone(&state.moving),
                tail.map(|tail| Tail {
                    streams: HashMap::from([(*stream, tail)]),
                    ..Tail::default()
                }),
            )
        };
        let first = from.0.max(1);
        let may_be_gone = self.shared.gone.is_some();
        let mut found = Found { places: Vec::new(), max, next: first, may_be_gone };
        let (start, mut malformed) = (row_key(stream, (first - 1) / ROW), false);
        let visit = |key: &[u8], row: &[u8]| {
            if found.places.len() == max || !key.starts_with(stream) {
                return ControlFlow::Break(());
            }
            let Some((number, positions)) = row_number(key).zip(row_places(key, row)) else {
                malformed = true;
                return ControlFlow::Break(());
            };
            Tail {
                streams: HashMap::from([(*stream, (number * ROW, positions))]),
                ..Tail::default()
            }
            .extend(stream, &mut found);
            ControlFlow::Continue(())
        };
        let read = self.shared.views.tables().and_then(|it| it.each(TABLE, &start, visit));
        read.map_err(|error| self.shared.damaged(&error))?;
        if malformed {
            return Err(self.shared.damaged(&"a row is malformed"));
        }
        moving.extend(stream, &mut found);
        if let Some(tail) = tail {
            tail.extend(stream, &mut found);
        }
        Ok(found.places)
    }
}

impl Drop for Index {
    /// Moves the rest to disk, so that opening need not read the log.
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.changed.notify_all();
        if let Some(mover) = self.mover.take() {
            // A mover that panicked has printed why; the log catches up when opened.
            let _ = mover.join();
        }
    }
}

impl Shared {
    /// Moves what waits in memory to disk until the index is closed.
    fn run(&self) {
        loop {
            let mut state = self.state();
            while state.tail.events < BATCH && !state.closed {
                state = self.wait(state);
            }
            if state.tail.events == 0 {
                return;
            }
            let moving = Arc::new(std::mem::take(&mut state.tail));
            state.moving = Arc::clone(&moving);
            drop(state);
            // Whoever waits for room may go on.
            self.changed.notify_all();

            let moved = self.write(&moving);
            let mut state = self.state();
            if let Err(error) = moved {
                tracing::warn!("the index stays in memory: {error}");
                state.failed = true;
                self.changed.notify_all();
                return;
            }
            state.moving = Arc::default();
        }
    }

    fn check(&self) -> Option<String> {
        self.missing().unwrap_or_else(|error| Some(error.to_string()))
    }

    fn missing(&self) -> Result<Option<String>, Failure> {
        let tables = self.views.tables()?;
        let Some(value) = tables.get(TABLE, CHECKPOINT)? else { return Ok(None) };
        let Some(reached) = sum::open(CHECKPOINT, &value).and_then(Reached::parse) else {
            return Ok(Some("its end is damaged".to_owned()));
        };
        let (mut events, mut malformed) = (0, false);
        tables.each(TABLE, b"", |key, row| {
            let places = if key == CHECKPOINT { Some(Vec::new()) } else { row_places(key, row) };
            let Some(places) = places else {
                malformed = true;
                return ControlFlow::Break(());
            };
            // What is behind was moved here meanwhile.
            let known =
                places.iter().filter(|place| !place.is_gone() && place.position <= reached.head.0);
            events += known.count() as u64;
            ControlFlow::Continue(())
        })?;
        Ok(if malformed {
            Some("a row of the index is not as it was written".to_owned())
        } else {
            let expected = reached.head.0.0.checked_sub(self.gone.unwrap_or(0));
            (Some(events) != expected).then(|| "rows of the index are missing".to_owned())
        })
    }

    fn write(&self, tail: &Tail) -> Result<(), Error> {
        // A place takes three bytes, a row some more.
        let bytes = tail.events * 3 + tail.streams.len() * 32;
        let tables = self.views.tables().map_err(|error| self.damaged(&error))?;
        tables
            .write(TABLE, bytes, |table| {
                // In the order of the table, which touches each page once.
                for (stream, (base, positions)) in tail.streams.iter().collect::<BTreeMap<_, _>>() {
                    let mut number = base / ROW;
                    let mut row = Vec::new();
                    let known = base % ROW;
                    if known > 0 {
                        let key = row_key(stream, number);
                        let stored = table.get(&key)?;
                        row =
                            stored.and_then(|stored| row_places(&key, &stored)).unwrap_or_default();
                        if self.gone.is_some() {
                            let gone = known.saturating_sub(row.len() as u64);
                            row.extend((0..gone).map(|_| Place::GONE));
                        }
                        if row.len() as u64 != known {
                            return Err(Failure::Damaged(
                                "a row is not as it was written".to_owned(),
                            ));
                        }
                    }
                    for position in positions {
                        row.push(*position);
                        if row.len() as u64 == ROW {
                            let key = row_key(stream, number);
                            table.put(&key, &row_value(&key, &row))?;
                            row.clear();
                            number += 1;
                        }
                    }
                    if !row.is_empty() {
                        let key = row_key(stream, number);
                        table.put(&key, &row_value(&key, &row))?;
                    }
                }
                if let Some(reached) = &tail.reached {
                    table.put(CHECKPOINT, &sum::seal(CHECKPOINT, &reached.value()))?;
                }
                Ok(())
            })
            .map_err(|error| self.damaged(&error))
    }
}

/// What an index is to a log.
enum Fit {
    /// Right as far as it goes.
    Up(Reached),
    /// Of another log, or of another release.
    Other,
    /// Not to be used, for a reason that somebody should know.
    Not(&'static str),
    /// Of this log when it had more events.
    Ahead(Position),
}

fn checkpoint(views: &Views, events: &Events, head: Position) -> Result<Fit, Error> {
    let read = || {
        let tables = views.tables()?;
        let mut empty = true;
        tables.each(TABLE, b"", |_, _| {
            empty = false;
            ControlFlow::Break(())
        })?;
        Ok::<_, Failure>((tables.get(TABLE, CHECKPOINT)?, empty))
    };
    let value = match read() {
        Ok((Some(value), _)) => value,
        Ok((None, true)) => return Ok(Fit::Up(Reached::START)),
        // An index without a checkpoint was cut off.
        Ok((None, false)) => return Ok(Fit::Other),
        Err(_) => return Ok(Fit::Not("are damaged")),
    };
    let reached = sum::open(CHECKPOINT, &value).and_then(Reached::parse);
    let Some(reached) = reached else { return Ok(Fit::Other) };
    let (position, hash) = reached.head;
    if head > Position(0) && events.first()? != Some(reached.first) {
        return Ok(Fit::Other);
    }
    if position > head {
        return Ok(Fit::Ahead(position));
    }
    if position > Position(0) && position < events.start().0 {
        // Of before its beginning was cut.
        return Ok(Fit::Other);
    }
    if events.hash_at(position)? == Some(hash) {
        return Ok(Fit::Up(reached));
    }
    Ok(Fit::Not("are of another history of this log"))
}

fn row_key(stream: &StreamHash, number: u64) -> [u8; 20] {
    let mut key = [0; 20];
    key[..16].copy_from_slice(stream);
    // A stream of 2^39 events does not exist.
    key[16..].copy_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
    key
}

fn row_number(key: &[u8]) -> Option<u64> {
    Some(u64::from(u32::from_be_bytes(*key.get(16..)?.first_chunk()?)))
}

/// Positions as steps from one to the next, each with how far into its block it is.
fn row_value(key: &[u8], places: &[Place]) -> Vec<u8> {
    let mut value = Vec::new();
    let mut last = 0;
    for place in places {
        if place.is_gone() {
            // No step is none.
            value.extend([0, 0]);
            continue;
        }
        push_number(&mut value, place.position.0 - last);
        push_number(&mut value, place.position.0 - place.block.0);
        last = place.position.0;
    }
    sum::seal(key, &value)
}

fn row_places(key: &[u8], stored: &[u8]) -> Option<Vec<Place>> {
    let mut value = sum::open(key, stored)?;
    let mut places = Vec::new();
    let mut last = 0u64;
    while !value.is_empty() {
        let step = pop_number(&mut value)?;
        last = last.checked_add(step)?;
        let block = last.checked_sub(pop_number(&mut value)?)?;
        if step == 0 {
            places.push(Place::GONE);
            continue;
        }
        places.push(Place { position: Position(last), block: Position(block) });
    }
    Some(places)
}
