//! The events in the bytes of a log's file, without sled, which gives up at the first check
//! sum that does not fit.
//!
//! sled keeps values as they are given, often more than once: each when it was written, and
//! again with its neighbours. A block of ours tells where it begins, how long it is, and by
//! the hash chain whether it is whole; the log only grows, so that no copy of a block is out
//! of date. So every place where a block could begin is tried.
//!
//! The values behind the first of a long block say nothing of themselves: they are looked
//! for by their keys, of which sled leaves out what a page's keys have in common.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use secmonkey_core::event::{Envelope, Hash, Position, Stored};

use crate::block::{self, Block, Decoder};
use crate::dictionary::Dictionaries;

/// More ways to put a long block together are not tried.
const TRIES: usize = 256;

/// A block that was found, and that is whole.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The position of its first event, and of its last.
    pub first: Position,
    pub last: Position,
    /// The hash chain before and after it.
    pub before: Hash,
    pub after: Hash,
    pub bytes: Vec<u8>,
}

/// Events that follow each other without a break.
#[derive(Debug, Default)]
pub struct Run {
    pub pieces: Vec<Piece>,
}

impl Run {
    pub fn first(&self) -> Position {
        self.pieces.first().map_or(Position(0), |piece| piece.first)
    }

    pub fn last(&self) -> Position {
        self.pieces.last().map_or(Position(0), |piece| piece.last)
    }

    /// Whether it begins where a log does, or where what was cut ends.
    pub fn begins_at(&self, (behind, hash): (Position, Hash)) -> bool {
        let first = self.pieces.first();
        first.is_some_and(|piece| piece.before == hash && piece.first.0 == behind.0 + 1)
    }

    /// Leaves out what is behind a position, as far as blocks allow.
    pub fn cut(&mut self, last: Position) {
        self.pieces.retain(|piece| piece.last <= last);
    }
}

/// Finds all blocks in the bytes of a file, as runs in the order of positions, from where the
/// log starts. Of several histories, the one that has the `known` hashes comes first, then the
/// longest.
pub fn runs(
    bytes: &[u8],
    start: (Position, Hash),
    dictionaries: &Dictionaries,
    known: &HashSet<Hash>,
) -> Vec<Run> {
    let mut search = Search { bytes, dictionaries, pieces: Vec::new(), long: HashMap::new() };
    search.collect();
    search.connect(start, known)
}

struct Search<'a> {
    bytes: &'a [u8],
    dictionaries: &'a Dictionaries,
    pieces: Vec<Piece>,
    /// Where long blocks begin, by the hash chain before them.
    long: HashMap<Hash, Vec<Range<usize>>>,
}

impl Search<'_> {
    fn collect(&mut self) {
        let mut decoder = Decoder::new(self.dictionaries);
        let mut seen: HashSet<&[u8]> = HashSet::new();
        let mut at = 0;
        while at + 2 < self.bytes.len() {
            let rest = &self.bytes[at..];
            at += 1;
            // Most bytes begin none, and it is told at once.
            if !(1..=block::FORMAT).contains(&rest[0]) || !self.dictionaries.has(rest[1]) {
                continue;
            }
            let Some(length) = block::length(rest) else { continue };
            if length > block::VALUE {
                if let (Some(start), Ok(block)) = (rest.get(..block::VALUE), Block::parse(rest)) {
                    let place = at - 1..at - 1 + start.len();
                    self.long.entry(block.before).or_default().push(place);
                }
                continue;
            }
            let Some(found) = rest.get(..length) else { continue };
            if seen.contains(found) {
                at += length - 1;
            } else if let Some(piece) = piece(found, &mut decoder) {
                seen.insert(found);
                self.pieces.push(piece);
                at += length - 1;
            }
        }
    }

    /// Puts blocks together to runs.
    fn connect(mut self, start: (Position, Hash), known: &HashSet<Hash>) -> Vec<Run> {
        let mut parts = None;
        let mut runs = Vec::new();
        let mut used = HashSet::new();
        // From the beginning, then from every block that nothing leads to.
        let mut starts = vec![start];
        loop {
            for (position, hash) in std::mem::take(&mut starts) {
                let run = self.follow(position, hash, known, &mut parts);
                used.extend(run.pieces.iter().map(|piece| piece.after));
                if !run.pieces.is_empty() {
                    runs.push(run);
                }
            }
            let last = runs.iter().map(Run::last).max().unwrap_or_default();
            let behind = self
                .pieces
                .iter()
                .filter(|piece| piece.first > last && !used.contains(&piece.after));
            match behind.min_by_key(|piece| piece.first) {
                Some(next) => starts.push((Position(next.first.0 - 1), next.before)),
                None => return runs,
            }
        }
    }

    /// The best run behind a position.
    fn follow(
        &mut self,
        position: Position,
        hash: Hash,
        known: &HashSet<Hash>,
        parts: &mut Option<Parts>,
    ) -> Run {
        let mut by_hash: HashMap<Hash, Vec<usize>> = HashMap::new();
        for (index, piece) in self.pieces.iter().enumerate() {
            by_hash.entry(piece.before).or_default().push(index);
        }
        // For every end that can be reached: how many known hashes lie on the way, and the
        // last block on it.
        let mut reached: HashMap<Hash, (usize, Option<usize>)> = HashMap::from([(hash, (0, None))]);
        let mut open = BTreeMap::from([((position, hash.0), hash)]);
        let mut best = (0, position, hash);
        while let Some(((position, _), hash)) = open.pop_first() {
            let (met, _) = reached[&hash];
            let met = met + usize::from(known.contains(&hash));
            if (met, position) > (best.0, best.1) {
                best = (met, position, hash);
            }
            for start in self.long.remove(&hash).unwrap_or_default() {
                let parts = parts.get_or_insert_with(|| Parts::find(self.bytes));
                let first = Position(position.0 + 1);
                if let Some(piece) = parts.assemble(self.bytes, start, first, self.dictionaries) {
                    by_hash.entry(hash).or_default().push(self.pieces.len());
                    self.pieces.push(piece);
                    break;
                }
            }
            for index in by_hash.get(&hash).into_iter().flatten() {
                let piece = &self.pieces[*index];
                if piece.first.0 == position.0 + 1
                    && reached.get(&piece.after).is_none_or(|(before, _)| met > *before)
                {
                    reached.insert(piece.after, (met, Some(*index)));
                    open.insert((piece.last, piece.after.0), piece.after);
                }
            }
        }
        let mut run = Run::default();
        let mut hash = best.2;
        while let Some((_, Some(index))) = reached.get(&hash) {
            run.pieces.push(self.pieces[*index].clone());
            hash = self.pieces[*index].before;
        }
        run.pieces.reverse();
        run
    }
}

/// A whole block, read.
fn piece(bytes: &[u8], decoder: &mut Decoder<'_>) -> Option<Piece> {
    let (events, after) = read(bytes, decoder)?;
    let (first, last) = (events.first()?.position, events.last()?.position);
    let before = Block::parse(bytes).ok()?.before;
    Some(Piece { first, last, before, after, bytes: bytes.to_vec() })
}

/// A block's events, which tell their positions themselves, and the hash chain after them.
fn read(bytes: &[u8], decoder: &mut Decoder<'_>) -> Option<(Vec<Envelope>, Hash)> {
    let block = Block::parse(bytes).ok()?;
    let mut hash = block.before;
    let mut events: Vec<Envelope> = Vec::new();
    let mut inflated = block.events(decoder);
    while let Some(event) = inflated.read() {
        let (header, body) = event.ok()?;
        let stored = Stored { header: header.to_vec(), body: body.to_vec() };
        let envelope = stored.decode(&hash).ok()?;
        if events.last().is_some_and(|last| last.position.0 + 1 != envelope.position.0) {
            return None;
        }
        hash = hash.next(header, body);
        events.push(envelope);
    }
    block.ends_with(&hash).then_some((events, hash))
}

/// The events of a block.
pub fn envelopes(piece: &Piece, dictionaries: &Dictionaries) -> Vec<Envelope> {
    read(&piece.bytes, &mut Decoder::new(dictionaries))
        .map(|(events, _)| events)
        .unwrap_or_default()
}

/// What could be values behind the first of a block, by what is left of their keys.
struct Parts(HashMap<Vec<u8>, Vec<Range<usize>>>);

/// A part's key, and how much of it must be left: its number.
const KEY: usize = 11;
const NUMBER: usize = 2;

impl Parts {
    fn find(bytes: &[u8]) -> Self {
        let mut parts = Self(HashMap::new());
        for at in 0..bytes.len() {
            // Both forms begin with a zero.
            if bytes[at] == 0 {
                parts.link(bytes, at + 1);
                parts.leaf(bytes, at + 1);
            }
        }
        parts
    }

    /// As it was written: a key and a value.
    fn link(&mut self, bytes: &[u8], mut at: usize) -> Option<()> {
        let key = take(bytes, &mut at, NUMBER..=KEY)?;
        let value = take(bytes, &mut at, 1..=block::VALUE)?;
        self.add(&bytes[key], value);
        Some(())
    }

    /// As sled keeps a page: keys, then their values.
    fn leaf(&mut self, bytes: &[u8], mut at: usize) -> Option<()> {
        let count = number(bytes, &mut at)?;
        if !(1..=64).contains(&count) {
            return None;
        }
        let keys = (0..count).map(|_| take(bytes, &mut at, 0..=64));
        let keys: Vec<_> = keys.collect::<Option<_>>()?;
        for key in keys {
            // A damaged length ends it; what came before is checked by the hash chain.
            let value = take(bytes, &mut at, 0..=(64 << 10))?;
            self.add(&bytes[key], value);
        }
        Some(())
    }

    fn add(&mut self, key: &[u8], value: Range<usize>) {
        if (NUMBER..=KEY).contains(&key.len()) && value.len() <= block::VALUE {
            self.0.entry(key.to_vec()).or_default().push(value);
        }
    }

    /// The values that a part may have.
    fn of<'a>(&self, bytes: &'a [u8], first: Position, part: u16, length: usize) -> Vec<&'a [u8]> {
        let mut key = block::key(first).to_vec();
        key.extend(part.to_be_bytes());
        let mut found: Vec<&[u8]> = Vec::new();
        for left in (NUMBER..=KEY).rev() {
            for place in self.0.get(&key[KEY - left..]).into_iter().flatten() {
                let value = &bytes[place.clone()];
                if value.len() == length && !found.contains(&value) {
                    found.push(value);
                }
            }
        }
        found
    }

    /// The long block that begins at a place and a position.
    fn assemble(
        &self,
        bytes: &[u8],
        start: Range<usize>,
        first: Position,
        dictionaries: &Dictionaries,
    ) -> Option<Piece> {
        let start = &bytes[start];
        let length = block::length(start)?;
        let mut choices = Vec::new();
        let mut left = length - start.len();
        while left > 0 {
            let part = u16::try_from(choices.len() + 1).ok()?;
            let found = self.of(bytes, first, part, left.min(block::VALUE));
            if found.is_empty() {
                return None;
            }
            choices.push(found);
            left = left.saturating_sub(block::VALUE);
        }
        let mut decoder = Decoder::new(dictionaries);
        for mut pick in 0..TRIES {
            let mut whole = start.to_vec();
            for found in &choices {
                whole.extend(found[pick % found.len()]);
                pick /= found.len();
            }
            if pick > 0 {
                // All were tried.
                return None;
            }
            if let Some(piece) = piece(&whole, &mut decoder)
                && piece.first == first
            {
                return Some(piece);
            }
        }
        None
    }
}

/// A length as sled writes it, and so many bytes, if there are as many as there may be.
fn take(
    bytes: &[u8],
    at: &mut usize,
    allowed: std::ops::RangeInclusive<usize>,
) -> Option<Range<usize>> {
    let length = number(bytes, at)?;
    let end = at.checked_add(length)?;
    if !allowed.contains(&length) || end > bytes.len() {
        return None;
    }
    let place = *at..end;
    *at = end;
    Some(place)
}

/// A number as sled writes it, up to what a length here may be.
fn number(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let byte = |ahead: usize| bytes.get(*at + ahead).copied().map(usize::from);
    let (number, length) = match byte(0)? {
        small @ 0..=240 => (small, 1),
        middle @ 241..=248 => (240 + 256 * (middle - 241) + byte(1)?, 2),
        249 => (2_288 + 256 * byte(1)? + byte(2)?, 3),
        _ => return None,
    };
    *at += length;
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_sled_writes_them() {
        for (bytes, expected) in [
            (&[0][..], 0),
            (&[240], 240),
            (&[241, 0], 240),
            (&[241, 1], 241),
            (&[248, 255], 2_287),
            (&[249, 0, 0], 2_288),
            (&[249, 6, 176], 4_000),
            (&[249, 255, 255], 67_823),
        ] {
            let mut at = 0;
            assert_eq!((number(bytes, &mut at), at), (Some(expected), bytes.len()));
        }
        assert_eq!(number(&[249, 0], &mut 0), None);
    }
}
