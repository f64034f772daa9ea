//! The log's sled database: blocks of events in order, and the dictionaries they
//! need.
//!
//! One tree, two kinds of keys: `e` and a position for the blocks (see
//! [`crate::block`]), `m/dictionary/`, id and number for the dictionaries.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use secmonkey_core::event::{Envelope, Hash, Position, Stored};
use secmonkey_core::log::{Error, Head, Remnant};

use crate::block::{self, Block, Decoder};
use crate::cut::Remains;
use crate::dictionary::{self, Dictionaries};
use crate::disk::{Database, Failure};

const DICTIONARY: &[u8] = b"m/dictionary/";

/// The events on disk.
pub struct Events {
    pub database: Database,
    pub dictionaries: Dictionaries,
    /// What is kept of its beginning, where that was cut.
    pub cut: Option<Remains>,
}

/// A block with its place.
pub struct Found {
    pub first: Position,
    bytes: sled::IVec,
}

/// A block's value, or a part of it.
struct Value {
    first: Position,
    part: u16,
    bytes: sled::IVec,
}

/// Says that the store is not as it was written.
pub fn corrupt(position: Position, reason: impl Into<String>) -> Error {
    Error::Corrupt { position, reason: reason.into() }
}

pub fn storage(error: sled::Error) -> Error {
    Error::Store(Box::new(Failure::from(error)))
}

impl Events {
    /// Opens the database; an empty one gets the dictionary it will be written with.
    pub fn open(path: &Path, deadline: Duration) -> Result<Self, crate::Error> {
        let database = Database::open(path, deadline)?;
        let failed = |action| move |error| Failure::from(error).at(action, path);
        let mut stored: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        for entry in database.sled.scan_prefix(DICTIONARY) {
            let (key, value) = entry.map_err(failed("read"))?;
            let id = key.get(DICTIONARY.len()).copied().unwrap_or_default();
            stored.entry(id).or_default().extend(value.as_ref());
        }
        let complete = stored.contains_key(&dictionary::CURRENT);
        let dictionaries = Dictionaries::new(stored);
        if !complete {
            let mut batch = sled::Batch::default();
            for (part, value) in (0u16..).zip(dictionaries.current().chunks(block::VALUE)) {
                let mut key = DICTIONARY.to_vec();
                key.push(dictionary::CURRENT);
                key.extend(part.to_be_bytes());
                batch.insert(key, value);
            }
            database.sled.apply_batch(batch).map_err(failed("write"))?;
            database.sync()?;
        }
        let cut = Remains::of(path)?;
        Ok(Self { database, dictionaries, cut })
    }

    /// What turns the frames of this log into events.
    pub fn decoder(&self) -> Decoder<'_> {
        Decoder::new(&self.dictionaries)
    }

    /// The last value that a block up to a position has.
    fn last_value(&self, position: Position) -> Result<Option<Value>, Error> {
        let up_to = vec![block::EVENTS]..=block::key(position).to_vec();
        let Some(entry) = self.database.sled.range(up_to).next_back() else { return Ok(None) };
        let (key, bytes) = entry.map_err(storage)?;
        let (first, part) =
            block::parse_key(&key).ok_or_else(|| corrupt(position, "a key is malformed"))?;
        Ok(Some(Value { first, part, bytes }))
    }

    /// The blocks from the one that holds a position on.
    pub fn blocks(&self, from: Position) -> Result<Blocks, Error> {
        let start = self.last_value(from)?.map_or(Position(0), |value| value.first);
        let range = block::key(start).to_vec()..vec![block::EVENTS + 1];
        let tree = sled::Tree::clone(&self.database.sled);
        Ok(Blocks { values: tree.range(range).peekable(), tree })
    }

    /// The block that begins at a position.
    pub fn block_at(&self, first: Position) -> Result<Option<Found>, Error> {
        match self.database.sled.get(block::key(first)).map_err(storage)? {
            Some(bytes) if bytes.len() < block::VALUE => Ok(Some(Found { first, bytes })),
            Some(_) => self.blocks(first)?.next().transpose(),
            None => Ok(None),
        }
    }

    /// The block that holds a position, or else the last before it.
    pub fn block(&self, position: Position) -> Result<Option<Found>, Error> {
        match self.last_value(position)? {
            Some(Value { first, part: 0, bytes }) if bytes.len() < block::VALUE => {
                Ok(Some(Found { first, bytes }))
            }
            Some(Value { first, .. }) => self.blocks(first)?.next().transpose(),
            None => Ok(None),
        }
    }

    /// The hash chain up to a position; `None` where the log does not have it.
    pub fn hash_at(&self, position: Position) -> Result<Option<Hash>, Error> {
        if position == Position(0) {
            return Ok(Some(Hash::START));
        }
        if let Some(cut) = self.cut.as_ref().filter(|cut| position <= cut.cut.through) {
            if position == cut.cut.through {
                return Ok(Some(cut.cut.hash));
            }
            let left = cut.at(position, &mut self.decoder())?;
            return Ok(left.map(|left| left.hash));
        }
        let Some(found) = self.block(position)? else { return Ok(None) };
        let mut hash = None;
        found.read(&mut self.decoder(), |event| {
            if event.position < position {
                return Ok(ControlFlow::Continue(()));
            }
            hash = (event.position == position).then_some(event.hash);
            Ok(ControlFlow::Break(()))
        })?;
        Ok(hash)
    }

    /// The last position before the first block, and the hash chain up to there.
    pub fn start(&self) -> (Position, Hash) {
        self.cut
            .as_ref()
            .map_or((Position(0), Hash::START), |left| (left.cut.through, left.cut.hash))
    }

    /// The hash of the first event of all, which no other log has.
    pub fn first(&self) -> Result<Option<Hash>, Error> {
        match &self.cut {
            Some(left) => Ok(Some(left.cut.first)),
            None => self.hash_at(Position(1)),
        }
    }

    /// What is left of what was cut, behind a position.
    pub fn remains(
        &self,
        after: Position,
    ) -> Result<impl Iterator<Item = Result<Remnant, Error>> + '_, Error> {
        let left = self.cut.as_ref().map(|left| left.after(after, self.decoder())).transpose()?;
        Ok(left.into_iter().flatten())
    }

    /// The last event: where the log goes on.
    pub fn head(&self) -> Result<Head, Error> {
        let mut head = Head::START;
        if let Some(Remains { cut, .. }) = &self.cut {
            let recorded_at = Some(cut.since);
            head = Head { position: cut.through, hash: cut.hash, recorded_at };
        }
        let Some(found) = self.block(Position(u64::MAX))? else { return Ok(head) };
        found.read(&mut self.decoder(), |event| {
            head.position = event.position;
            head.hash = event.hash;
            head.recorded_at = Some(event.envelope()?.recorded_at);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(head)
    }
}

impl Found {
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn block(&self) -> Result<Block<'_>, Error> {
        Block::parse(&self.bytes).map_err(|reason| corrupt(self.first, reason))
    }

    /// Hands the events to a visitor, in order, until it breaks. Gives the
    /// hash chain after the last.
    pub fn read(
        &self,
        decoder: &mut Decoder<'_>,
        mut visit: impl FnMut(&Raw<'_>) -> Result<ControlFlow<()>, Error>,
    ) -> Result<Hash, Error> {
        let mut position = self.first;
        let block = self.block()?;
        let mut before = block.before;
        let mut events = block.events(decoder);
        while let Some(event) = events.read() {
            let (header, body) = event.map_err(|reason| corrupt(position, reason))?;
            let hash = before.next(header, body);
            let event = Raw { position, before, hash, header, body };
            let flow = visit(&event)?;
            before = hash;
            if flow.is_break() {
                return Ok(before);
            }
            position.0 += 1;
        }
        if block.ends_with(&before) {
            Ok(before)
        } else {
            Err(corrupt(self.first, "the events of this block are not as they were written"))
        }
    }
}

/// An event's bytes at their place.
pub struct Raw<'a> {
    pub position: Position,
    /// The hash chain before it.
    pub before: Hash,
    /// The hash chain up to and including it.
    pub hash: Hash,
    pub header: &'a [u8],
    pub body: &'a [u8],
}

impl Raw<'_> {
    pub fn stored(&self) -> Stored {
        Stored { header: self.header.to_vec(), body: self.body.to_vec() }
    }

    pub fn envelope(&self) -> Result<Envelope, Error> {
        let envelope = Envelope::decode(self.header, self.body, self.hash)
            .map_err(|error| corrupt(self.position, error.to_string()))?;
        if envelope.position == self.position {
            Ok(envelope)
        } else {
            Err(corrupt(self.position, format!("the event of {} is here", envelope.position)))
        }
    }
}

/// Blocks in order, put together from their values.
pub struct Blocks {
    values: Peekable<sled::Iter>,
    tree: sled::Tree,
}

impl Iterator for Blocks {
    type Item = Result<Found, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = match self.values.next()? {
            Ok(entry) => entry,
            Err(error) => return Some(Err(storage(error))),
        };
        // sled looks whether its cache is full only where 64 accesses of pages have come together,
        // in each of 256 parts of it, and going on within a page is none. With one for each block,
        // a log of 1.9 GB is read with 430 MB, without with 606.
        let _ = self.tree.contains_key(&key);
        let Some((first, 0)) = block::parse_key(&key) else {
            let position = block::parse_key(&key).map_or(Position(0), |(first, _)| first);
            return Some(Err(corrupt(position, "a block has lost its beginning")));
        };
        let mut found = Found { first, bytes: value };
        let mut more = Vec::new();
        let mut parts = 1;
        while let Some(Ok((_, value))) = self.values.next_if(|entry| {
            entry.as_ref().is_ok_and(|(key, _)| block::parse_key(key) == Some((first, parts)))
        }) {
            more.extend(value.as_ref());
            parts += 1;
        }
        if !more.is_empty() {
            found.bytes = [found.bytes.as_ref(), &more].concat().into();
        }
        Some(Ok(found))
    }
}
