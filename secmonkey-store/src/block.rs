//! How events lie in sled: packed in blocks, in keys that sort by position.
//!
//! A block is a run of events under the position of its first. It holds
//!
//! | bytes | what |
//! |---|---|
//! | 1 | [`FORMAT`] |
//! | 1 | the id of the dictionary its records are compressed with |
//! | 2 | how many records it holds, big-endian |
//! | 32 | the hash chain before its first event |
//! | 8 | the first bytes of the hash chain after its last event |
//! | rest | the records: a length (LEB128), then a zstd frame without its magic number |
//!
//! Each record is a frame of its own, so that one event is read without inflating
//! those behind it; inside is the header line, a line feed and the body line, the
//! bytes the hash chain covers.
//!
//! A block grows to [`TARGET`] bytes. An event that alone is bigger than a value may
//! be has a block to itself, cut into values: the first under the block's key, the
//! others under that key and their number.

use secmonkey_core::event::{Hash, Position, Stored};
use zstd::bulk::Compressor;

use crate::dictionary::{self, Dictionaries, Ready};

/// The layout described above. Another one gets another number, and this one is
/// read for ever.
pub const FORMAT: u8 = 1;

/// A block takes no more records beyond this. Small enough that the state at a past
/// instant, scattered over sixteen blocks, is read in a fraction of a millisecond;
/// large enough that the hash and sled's own costs vanish.
const TARGET: usize = 800;

/// No value is longer. sled moves a leaf (up to 17 values here) that outgrows 128 KB
/// to a file of its own, which it never syncs.
pub const VALUE: usize = 4_000;

const HEADER: usize = 1 + 1 + 2 + 32 + 8;

/// What every frame begins with: left out in the store.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// No event inflates to more: a damaged length must not ask for all memory.
const LARGEST: usize = 256 << 20;

/// The prefix of the blocks' keys.
pub const EVENTS: u8 = b'e';

/// The key of a block.
pub fn key(first: Position) -> [u8; 9] {
    let mut key = [EVENTS; 9];
    key[1..].copy_from_slice(&first.0.to_be_bytes());
    key
}

/// A block's position and, for the values behind its first, their number.
pub fn parse_key(key: &[u8]) -> Option<(Position, u16)> {
    let (position, part) = key.strip_prefix(&[EVENTS])?.split_first_chunk()?;
    let part = match part {
        [] => 0,
        part => u16::from_be_bytes(part.try_into().ok()?),
    };
    Some((Position(u64::from_be_bytes(*position)), part))
}

/// The values of a block with their keys.
pub fn values(first: Position, block: &[u8]) -> impl Iterator<Item = (Vec<u8>, &[u8])> {
    block.chunks(VALUE).enumerate().map(move |(part, value)| {
        let mut key = key(first).to_vec();
        if part > 0 {
            // `Encoder::encode` refuses events that need more.
            key.extend(u16::try_from(part).unwrap_or(u16::MAX).to_be_bytes());
        }
        (key, value)
    })
}

/// Turns events into records.
pub struct Encoder {
    compressor: Compressor<'static>,
    text: Vec<u8>,
}

impl Encoder {
    pub fn new(dictionaries: &Dictionaries) -> std::io::Result<Self> {
        let mut compressor = Compressor::with_dictionary(LEVEL, dictionaries.current())?;
        // The block names the dictionary, the hash chain is the checksum.
        compressor.set_parameter(zstd::zstd_safe::CParameter::DictIdFlag(false))?;
        compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(false))?;
        Ok(Self { compressor, text: Vec::new() })
    }

    pub fn encode(&mut self, stored: &Stored) -> Result<Vec<u8>, String> {
        self.text.clear();
        self.text.extend(&stored.header);
        self.text.push(b'\n');
        self.text.extend(&stored.body);
        if self.text.len() > LARGEST {
            return Err(format!("an event of {} bytes is too big", self.text.len()));
        }
        let mut frame = self.compressor.compress(&self.text).map_err(|error| error.to_string())?;
        if !frame.starts_with(&MAGIC) || frame.len() / VALUE >= usize::from(u16::MAX) {
            return Err(format!("an event of {} bytes cannot be stored", self.text.len()));
        }
        frame.drain(..MAGIC.len());
        Ok(frame)
    }
}

/// Speed over size: level 9 saves a seventh of the bytes for seven times the time.
const LEVEL: i32 = 3;

/// Packs records into blocks.
#[derive(Default)]
pub struct Packer {
    /// Finished and unfinished blocks under the positions of their first events.
    pub blocks: Vec<(Position, Vec<u8>)>,
}

impl Packer {
    /// Adds the next record, with the hash chain before and after it.
    pub fn push(&mut self, position: Position, before: &Hash, after: &Hash, record: &[u8]) {
        let room = self.blocks.last().is_some_and(|(_, block)| {
            block.len() + record.len() + 2 <= TARGET && count(block) < u16::MAX
        });
        if !room {
            let mut block = Vec::with_capacity(TARGET);
            block.extend([FORMAT, dictionary::CURRENT, 0, 0]);
            block.extend(before.0);
            block.extend([0; 8]);
            self.blocks.push((position, block));
        }
        if let Some((_, block)) = self.blocks.last_mut() {
            let count = count(block) + 1;
            block[2..4].copy_from_slice(&count.to_be_bytes());
            block[36..HEADER].copy_from_slice(&after.0[..8]);
            push_number(block, record.len() as u64);
            block.extend(record);
        }
    }
}

fn count(block: &[u8]) -> u16 {
    u16::from_be_bytes([block[2], block[3]])
}

/// How long a block is that begins these bytes, where one may: as its records tell, of which
/// the last may reach beyond the bytes.
pub fn length(bytes: &[u8]) -> Option<usize> {
    let (header, mut rest) = bytes.split_first_chunk::<HEADER>()?;
    let count = count(header);
    let mut length = HEADER;
    for record in 0..count {
        let before = rest.len();
        let size = usize::try_from(pop_number(&mut rest)?).ok()?;
        length = length.checked_add(before - rest.len())?.checked_add(size)?;
        match rest.get(size..) {
            Some(behind) if size > 0 => rest = behind,
            None if record + 1 == count => rest = &[],
            _ => return None,
        }
    }
    (count > 0).then_some(length)
}

/// A block as it was read.
#[derive(Debug)]
pub struct Block<'a> {
    pub dictionary: u8,
    pub count: u16,
    /// The hash chain before its first event.
    pub before: Hash,
    after: &'a [u8],
    records: &'a [u8],
}

impl<'a> Block<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        if bytes.first() != Some(&FORMAT) {
            return Err("it is in no format that this release reads".to_owned());
        }
        let (header, records) = bytes.split_first_chunk::<HEADER>().ok_or("it is cut short")?;
        let mut before = Hash::START;
        before.0.copy_from_slice(&header[4..36]);
        let (dictionary, count, after) = (header[1], count(header), &bytes[36..HEADER]);
        Ok(Self { dictionary, count, before, after, records })
    }

    /// Whether the hash chain after its last event is the one that was written.
    pub fn ends_with(&self, hash: &Hash) -> bool {
        hash.0.starts_with(self.after)
    }

    /// The records in order. Ends with an error where the bytes do not hold as many
    /// as promised, or more.
    pub fn records(&self) -> impl Iterator<Item = Result<&'a [u8], String>> + use<'a> {
        let (mut rest, mut left) = (self.records, self.count);
        std::iter::from_fn(move || {
            if left == 0 {
                return (!std::mem::take(&mut rest).is_empty())
                    .then(|| Err("bytes are left behind its last record".to_owned()));
            }
            let record = pop_number(&mut rest)
                .and_then(|length| rest.split_at_checked(usize::try_from(length).ok()?));
            let Some((record, behind)) = record else {
                (rest, left) = (&[], 0);
                return Some(Err("a record is cut short".to_owned()));
            };
            (rest, left) = (behind, left - 1);
            Some(Ok(record))
        })
    }
}

/// Turns records into events.
pub struct Decoder<'a> {
    dictionaries: &'a Dictionaries,
    ready: Option<Ready>,
    frame: Vec<u8>,
    text: Vec<u8>,
}

impl<'a> Decoder<'a> {
    pub fn new(dictionaries: &'a Dictionaries) -> Self {
        Self { dictionaries, ready: None, frame: MAGIC.to_vec(), text: Vec::new() }
    }

    /// The header line and the body line of a record.
    pub fn decode(&mut self, dictionary: u8, record: &[u8]) -> Result<(&[u8], &[u8]), String> {
        let (_, decompressor) = match &mut self.ready {
            Some(ready) if ready.0 == dictionary => ready,
            other => other.insert(self.dictionaries.take(dictionary)?),
        };
        self.frame.truncate(MAGIC.len());
        self.frame.extend(record);
        let size = zstd::zstd_safe::get_frame_content_size(&self.frame)
            .ok()
            .flatten()
            .and_then(|size| usize::try_from(size).ok())
            .filter(|size| *size <= LARGEST)
            .ok_or("a record does not tell its size")?;
        self.text.clear();
        self.text.reserve(size);
        decompressor
            .decompress_to_buffer(&self.frame, &mut self.text)
            .map_err(|error| format!("a record does not inflate: {error}"))?;
        let line = self.text.iter().position(|byte| *byte == b'\n');
        let line = line.ok_or("a record has no header line")?;
        Ok((&self.text[..line], &self.text[line + 1..]))
    }
}

impl Drop for Decoder<'_> {
    fn drop(&mut self) {
        if let Some(ready) = self.ready.take() {
            self.dictionaries.give_back(ready);
        }
    }
}

/// Adds a number in LEB128: seven bits a byte, the lowest first.
pub fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// Takes a number in LEB128 from the front.
pub fn pop_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
