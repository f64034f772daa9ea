//! A segment: the terms of some items in order, and which of the items have each.
//!
//! Its rows, under the segment's number:
//!
//! | key | value |
//! |---|---|
//! | `k`, number | the keys of 64 items |
//! | `d` | the first term of each block |
//! | `b`, number | a block of 64 terms with their items |
//! | `p`, number | the items of a term that many have |
//! | `g`, number | which blocks hold which three bytes in a row: 16 hashes of such |

use std::collections::{BTreeSet, HashMap};

use crate::view::{Error, RowsError};

/// A segment holds so many items: their numbers have two bytes.
pub const MOST: usize = 1 << 16;
/// Items in a row of keys, and terms in a block.
const BLOCK: usize = 64;
/// Hashes of three bytes.
const HASHES: usize = 4_096;
/// Hashes in a row.
const GROUP: usize = 16;
/// Longer lists of items have rows of their own.
const INLINE: usize = 48;
/// Of fewer blocks all are read.
const FEW: usize = 16;

/// The rows of a segment, still without its number, and how many items it holds.
pub type Parts = Vec<(Vec<u8>, Vec<u8>)>;

/// A set of the items of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set(Vec<u64>);

impl Set {
    pub fn empty(size: usize) -> Self {
        Self(vec![0; size.div_ceil(64)])
    }

    fn insert(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    pub fn and(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    pub fn or(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    /// Those of the first `size` items that are not in it.
    pub fn not(&mut self, size: usize) {
        for (at, word) in self.0.iter_mut().enumerate() {
            let used = size.saturating_sub(at * 64).min(64);
            *word =
                !*word & u64::MAX.checked_shr(64 - u32::try_from(used).unwrap_or(0)).unwrap_or(0);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        })
    }
}

fn part(kind: char, number: usize) -> Vec<u8> {
    format!("{kind}{number:06x}").into_bytes()
}

/// Where three bytes are looked up.
fn hash(three: &[u8]) -> usize {
    let number = three.iter().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
    (number.wrapping_mul(0x9e37_79b1) >> 20) as usize
}

/// Makes a segment of items, at most [`MOST`], in the order of their keys.
pub fn build(
    items: impl Iterator<Item = Result<(String, BTreeSet<String>), Error>>,
) -> Result<Parts, Error> {
    let mut keys: Vec<String> = Vec::new();
    let mut postings: HashMap<String, Vec<u16>> = HashMap::new();
    for (item, number) in items.zip(0_u16..) {
        let (key, terms) = item?;
        keys.push(key);
        for term in terms {
            postings.entry(term).or_default().push(number);
        }
    }
    let mut terms: Vec<_> =
        postings.into_iter().map(|(term, items)| (term.into_bytes(), items)).collect();
    terms.sort_unstable();
    Ok(rows_of(&keys, &terms))
}

/// The rows of items, by their keys, and of their terms in order.
pub fn rows_of(keys: &[String], terms: &[(Vec<u8>, Vec<u16>)]) -> Parts {
    let mut rows = Parts::new();
    for (number, keys) in keys.chunks(BLOCK).enumerate() {
        rows.push((part('k', number), keys.join("\0").into_bytes()));
    }
    let blocks = terms.len().div_ceil(BLOCK);
    let mut grams = vec![0_u8; HASHES * blocks.div_ceil(8)];
    let mut directory = Vec::new();
    let mut last_first: &[u8] = &[];
    for (number, block) in terms.chunks(BLOCK).enumerate() {
        let mut row = Vec::new();
        let mut before: &[u8] = &[];
        for (place, (term, items)) in block.iter().enumerate() {
            put_term(&mut row, before, term);
            before = term;
            let list = list(items);
            if list.len() <= INLINE {
                put(&mut row, items.len() as u64);
                row.extend(list);
            } else {
                // No term is of no item: the list is elsewhere.
                put(&mut row, 0);
                rows.push((part('p', number * BLOCK + place), packed(items, &list)));
            }
            for three in term.windows(3) {
                let at = hash(three) * blocks.div_ceil(8) + number / 8;
                grams[at] |= 1 << (number % 8);
            }
        }
        if let Some((first, _)) = block.first() {
            put_term(&mut directory, last_first, first);
            last_first = first;
        }
        rows.push((part('b', number), row));
    }
    rows.push((b"d".to_vec(), directory));
    if blocks > FEW {
        for (number, group) in grams.chunks(GROUP * blocks.div_ceil(8)).enumerate() {
            rows.push((part('g', number), group.to_vec()));
        }
    }
    rows
}

/// Items as steps from one to the next.
fn list(items: &[u16]) -> Vec<u8> {
    let mut steps = Vec::new();
    let mut before = 0;
    for item in items {
        put(&mut steps, u64::from(*item - before));
        before = *item;
    }
    steps
}

/// A list in a row of its own, or bits where these are fewer.
fn packed(items: &[u16], list: &[u8]) -> Vec<u8> {
    let bits = usize::from(items.last().copied().unwrap_or_default()) / 8 + 1;
    if list.len() < bits {
        return [&[0], list].concat();
    }
    let mut packed = vec![0_u8; bits + 1];
    packed[0] = 1;
    for item in items {
        packed[usize::from(*item) / 8 + 1] |= 1 << (item % 8);
    }
    packed
}

fn put(row: &mut Vec<u8>, mut number: u64) {
    while number >= 128 {
        row.push(number.to_le_bytes()[0] | 128);
        number >>= 7;
    }
    row.push(number.to_le_bytes()[0]);
}

/// A term behind another: how much they share, and the rest.
fn put_term(row: &mut Vec<u8>, before: &[u8], term: &[u8]) {
    let shared = before.iter().zip(term).take_while(|(one, other)| one == other).count();
    put(row, shared as u64);
    put(row, (term.len() - shared) as u64);
    row.extend(&term[shared..]);
}

/// Reads what was put.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_u64;
        for shift in (0..63).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 127) << shift;
            if byte & 128 == 0 {
                return usize::try_from(number).ok();
            }
        }
        None
    }

    /// The next term, in the place of the one before; `None` at the end.
    fn term(&mut self, term: &mut Vec<u8>) -> Option<()> {
        let (shared, length) = (self.number()?, self.number()?);
        let (rest, behind) = self.0.split_at_checked(length)?;
        term.truncate(shared);
        term.extend(rest);
        self.0 = behind;
        Some(())
    }
}

/// Takes a term, its place and its items.
type EachTerm<'a> = &'a mut dyn FnMut(&[u8], usize, Inline<'_, '_>) -> Result<(), Error>;

/// So many items that stand behind a term; none: they have a row of their own.
struct Inline<'a, 'b>(usize, &'a mut Reader<'b>);

impl Inline<'_, '_> {
    fn items(self, each: &mut dyn FnMut(usize)) -> Result<(), Error> {
        let mut item = 0;
        for _ in 0..self.0 {
            item += self.1.number().ok_or_else(|| damaged("a block"))?;
            each(item);
        }
        Ok(())
    }
}

fn damaged(reason: &str) -> Error {
    RowsError(format!("the search index is damaged: {reason}").into()).into()
}

/// Reads rows.
pub type Read<'a> = &'a dyn Fn(&[u8]) -> Result<Option<Vec<u8>>, Error>;

/// A segment that is being asked.
pub struct Segment<'a> {
    read: Read<'a>,
    prefix: Vec<u8>,
    size: usize,
    /// The first term of each block.
    firsts: Vec<Vec<u8>>,
}

impl<'a> Segment<'a> {
    pub fn open(read: Read<'a>, prefix: Vec<u8>, size: usize) -> Result<Self, Error> {
        let mut segment = Self { read, prefix, size, firsts: Vec::new() };
        let directory = segment.row(b"d")?;
        let mut reader = Reader(&directory);
        let mut term = Vec::new();
        while !reader.0.is_empty() {
            reader.term(&mut term).ok_or_else(|| damaged("its directory"))?;
            segment.firsts.push(term.clone());
        }
        Ok(segment)
    }

    fn row(&self, part: &[u8]) -> Result<Vec<u8>, Error> {
        let found = (self.read)(&[&self.prefix, part].concat())?;
        found.ok_or_else(|| damaged("a row is missing"))
    }

    pub const fn size(&self) -> usize {
        self.size
    }

    pub fn none(&self) -> Set {
        Set::empty(self.size)
    }

    /// The keys of some of its items.
    pub fn keys(&self, of: &Set) -> Result<Vec<String>, Error> {
        let mut keys = Vec::new();
        let mut read: Option<(usize, String)> = None;
        for number in of.iter().filter(|number| *number < self.size) {
            let row = number / BLOCK;
            if read.as_ref().is_none_or(|(last, _)| *last != row) {
                read = Some((row, String::from_utf8_lossy(&self.row(&part('k', row))?).into()));
            }
            let name = read.as_ref().and_then(|(_, keys)| keys.split('\0').nth(number % BLOCK));
            keys.extend(name.map(str::to_owned));
        }
        Ok(keys)
    }

    /// The items of one term.
    pub fn term(&self, term: &str) -> Result<Set, Error> {
        self.range(term, term, &|found| found == term.as_bytes())
    }

    /// The items of the terms that begin so and fit.
    pub fn under(&self, start: &str, fits: &dyn Fn(&str) -> bool) -> Result<Set, Error> {
        let is_under = |found: &[u8]| {
            let rest = found.strip_prefix(start.as_bytes());
            rest.is_some_and(|rest| std::str::from_utf8(rest).is_ok_and(fits))
        };
        // Behind every term that begins so; no byte of a text is 0xff.
        let end = [start.as_bytes(), &[0xff]].concat();
        self.fitting(self.block_of(start.as_bytes())..=self.block_of(&end), &is_under)
    }

    /// The items of the terms between two, both included, that fit.
    pub fn range(&self, from: &str, to: &str, fits: &dyn Fn(&[u8]) -> bool) -> Result<Set, Error> {
        let blocks = self.block_of(from.as_bytes())..=self.block_of(to.as_bytes());
        self.fitting(blocks, &|found| {
            from.as_bytes() <= found && found <= to.as_bytes() && fits(found)
        })
    }

    /// The items of the words that hold a text, which has three bytes at least.
    pub fn holding(&self, text: &str) -> Result<Set, Error> {
        let finder = |found: &[u8]| {
            found.first().is_some_and(|first| *first >= b' ')
                && found.windows(text.len()).any(|part| part == text.as_bytes())
        };
        let count = self.firsts.len();
        if count <= FEW {
            return self.fitting(0..count, &finder);
        }
        let width = count.div_ceil(8);
        let mut wanted = vec![0xff_u8; width];
        let hashes: BTreeSet<usize> = text.as_bytes().windows(3).map(hash).collect();
        let mut read: Option<(usize, Vec<u8>)> = None;
        for hash in hashes {
            let number = hash / GROUP;
            if read.as_ref().is_none_or(|(last, _)| *last != number) {
                read = Some((number, self.row(&part('g', number))?));
            }
            let at = hash % GROUP * width;
            let bits = read.as_ref().and_then(|(_, row)| row.get(at..at + width));
            let bits = bits.ok_or_else(|| damaged("its hashes"))?;
            wanted.iter_mut().zip(bits).for_each(|(all, one)| *all &= one);
        }
        let is_wanted = |number: &usize| wanted[number / 8] >> (number % 8) & 1 == 1;
        self.fitting((0..count).filter(is_wanted), &finder)
    }

    /// The block in which a term stands, if it stands anywhere.
    fn block_of(&self, term: &[u8]) -> usize {
        self.firsts.partition_point(|first| first.as_slice() <= term).saturating_sub(1)
    }

    /// Every term in order, with its items.
    pub fn each(&self, each: &mut dyn FnMut(&[u8], &[usize])) -> Result<(), Error> {
        let mut items = Vec::new();
        self.blocks(0..self.firsts.len(), &mut |term, place, found| {
            items.clear();
            found.items(&mut |item| items.push(item))?;
            if items.is_empty() {
                self.list(place, &mut |item| items.push(item))?;
            }
            each(term, &items);
            Ok(())
        })
    }

    /// The items of the terms of some blocks that fit.
    fn fitting(
        &self,
        blocks: impl IntoIterator<Item = usize>,
        fits: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Set, Error> {
        let mut all = self.none();
        self.blocks(blocks, &mut |term, place, found| {
            if !fits(term) {
                return Ok(());
            }
            match found.0 {
                0 => self.list(place, &mut |item| all.insert(item)),
                _ => found.items(&mut |item| all.insert(item)),
            }
        })?;
        Ok(all)
    }

    /// The terms of some blocks, each with its place.
    fn blocks(
        &self,
        blocks: impl IntoIterator<Item = usize>,
        each: EachTerm<'_>,
    ) -> Result<(), Error> {
        let mut term = Vec::new();
        for number in blocks.into_iter().filter(|number| *number < self.firsts.len()) {
            let row = self.row(&part('b', number))?;
            let mut reader = Reader(&row);
            term.clear();
            let mut place = number * BLOCK;
            while !reader.0.is_empty() {
                let count = reader.term(&mut term).and_then(|()| reader.number());
                let count = count.ok_or_else(|| damaged("a block"))?;
                let mut here = Reader(reader.0);
                for _ in 0..count {
                    reader.number().ok_or_else(|| damaged("a block"))?;
                }
                each(&term, place, Inline(count, &mut here))?;
                place += 1;
            }
        }
        Ok(())
    }

    /// The items of a list that has a row of its own.
    fn list(&self, number: usize, each: &mut dyn FnMut(usize)) -> Result<(), Error> {
        let row = self.row(&part('p', number))?;
        match row.split_first() {
            Some((0, list)) => {
                let (mut reader, mut item) = (Reader(list), 0);
                while let Some(step) = reader.number() {
                    item += step;
                    each(item);
                }
            }
            Some((_, bits)) => {
                for (at, byte) in bits.iter().enumerate() {
                    (0..8).filter(|bit| byte >> bit & 1 == 1).for_each(|bit| each(at * 8 + bit));
                }
            }
            None => return Err(damaged("a list of items")),
        }
        Ok(())
    }
}
