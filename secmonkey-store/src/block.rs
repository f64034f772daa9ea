//! How events lie in sled: packed in blocks, in keys that sort by position.
//!
//! A block is a run of events under the position of its first. It holds
//!
//! | bytes | what |
//! |---|---|
//! | 1 | [`FORMAT`] |
//! | 1 | the id of the dictionary it is compressed with |
//! | 2 | how many events it holds, big-endian |
//! | 32 | the hash chain before its first event |
//! | 8 | the first bytes of the hash chain after its last event |
//! | rest | a length (LEB128), and as many bytes: a zstd frame without its magic number |
//!
//! Inside the frame are two lines an event, its header and its body, the bytes the hash
//! chain covers. Events that follow each other are of one scan of one account and much alike:
//! one frame for all of them takes half of what one for each takes.
//!
//! In blocks of format 1, which earlier releases wrote, the rest is a length and a frame for
//! each event; inside is the header line, a line feed and the body line.
//!
//! A block grows to [`TARGET`] bytes before compression. An event that alone is bigger than a
//! value may be has a block to itself, cut into values: the first under the block's key, the
//! others under that key and their number.

use std::io::BufRead as _;
use std::ops::Range;

use secmonkey_core::event::{Hash, Position, Stored};
use zstd::bulk::Compressor;

use crate::dictionary::{self, Dictionaries, Ready};

/// The layout described above. Another one gets another number, and this one is
/// read for ever,
pub const FORMAT: u8 = 2;

/// as is the one before.
const FRAME_EACH: u8 = 1;

/// A block takes no more events beyond so many bytes of text. Small enough that the state at a
/// past instant, scattered over sixteen blocks, is read in a fraction of a millisecond; large
/// enough that what events have in common, the hash and sled's own costs vanish. What does not
/// compress is within one value, too.
const TARGET: usize = 3_000;

/// No value is longer. sled moves a leaf (up to 17 values here) that outgrows 128 KB
/// to a file of its own, which it never syncs.
pub const VALUE: usize = 4_000;

const HEADER: usize = 1 + 1 + 2 + 32 + 8;

/// What every frame begins with: left out in the store.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// No event inflates to more: a damaged length must not ask for all memory.
const LARGEST: usize = 256 << 20;

/// No longer event is taken: were it not to compress at all, there are numbers for its values.
const LONGEST: usize = 65_000 * VALUE;

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
            // `check` refuses events that need more.
            key.extend(u16::try_from(part).unwrap_or(u16::MAX).to_be_bytes());
        }
        (key, value)
    })
}

/// Whether an event can be stored.
pub fn check(stored: &Stored) -> Result<(), String> {
    let size = size(stored);
    if size > LONGEST {
        return Err(format!("an event of {size} bytes is too big"));
    }
    // JSON escapes it.
    if stored.header.contains(&b'\n') || stored.body.contains(&b'\n') {
        return Err("an event holds a line feed".to_owned());
    }
    Ok(())
}

/// How many bytes an event takes in a block before compression.
fn size(stored: &Stored) -> usize {
    stored.header.len() + stored.body.len() + 2
}

/// Compresses events.
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

    /// One event by itself, as blocks of format 1 hold it.
    pub fn encode(&mut self, stored: &Stored) -> Result<Vec<u8>, String> {
        check(stored)?;
        self.text.clear();
        self.text.extend(&stored.header);
        self.text.push(b'\n');
        self.text.extend(&stored.body);
        frame(&mut self.compressor, &self.text)
    }
}

/// A frame without its magic number.
fn frame(compressor: &mut Compressor<'static>, text: &[u8]) -> Result<Vec<u8>, String> {
    let mut frame = compressor.compress(text).map_err(|error| error.to_string())?;
    if !frame.starts_with(&MAGIC) {
        return Err("zstd wrote something else".to_owned());
    }
    frame.drain(..MAGIC.len());
    Ok(frame)
}

/// Speed over size: level 9 saves a seventh of the bytes for seven times the time.
const LEVEL: i32 = 3;

/// Packs events into blocks.
#[derive(Default)]
pub struct Packer {
    packed: Vec<Packed>,
}

/// The events of a block that is not compressed yet.
struct Packed {
    first: Position,
    count: u16,
    before: Hash,
    after: Hash,
    text: Vec<u8>,
}

impl Packer {
    /// Adds the next event, which was [checked](check), with the hash chain before and after
    /// it. Gives the first position of the block that it is in.
    pub fn push(
        &mut self,
        position: Position,
        before: &Hash,
        after: &Hash,
        stored: &Stored,
    ) -> Position {
        let room = self
            .packed
            .pop_if(|packed| packed.text.len() + size(stored) <= TARGET && packed.count < u16::MAX);
        let mut packed = room.unwrap_or_else(|| Packed {
            first: position,
            count: 0,
            before: *before,
            after: *after,
            text: Vec::with_capacity(TARGET),
        });
        packed.count += 1;
        packed.after = *after;
        for line in [&stored.header, &stored.body] {
            packed.text.extend(line);
            packed.text.push(b'\n');
        }
        let first = packed.first;
        self.packed.push(packed);
        first
    }

    /// The blocks under the positions of their first events.
    pub fn blocks(self, encoder: &mut Encoder) -> Result<Vec<(Position, Vec<u8>)>, String> {
        let block = |packed: Packed| {
            let frame = frame(&mut encoder.compressor, &packed.text)?;
            let mut block = Vec::with_capacity(HEADER + 4 + frame.len());
            block.extend([FORMAT, dictionary::CURRENT]);
            block.extend(packed.count.to_be_bytes());
            block.extend(packed.before.0);
            block.extend(&packed.after.0[..8]);
            push_number(&mut block, frame.len() as u64);
            block.extend(frame);
            Ok::<_, String>((packed.first, block))
        };
        self.packed.into_iter().map(block).collect()
    }
}

fn count(block: &[u8]) -> u16 {
    u16::from_be_bytes([block[2], block[3]])
}

/// How long a block is that begins these bytes, where one may: as its frames tell, of which
/// the last may reach beyond the bytes.
pub fn length(bytes: &[u8]) -> Option<usize> {
    let (header, mut rest) = bytes.split_first_chunk::<HEADER>()?;
    let count = count(header);
    let frames = match header[0] {
        FORMAT => 1,
        FRAME_EACH => count,
        _ => return None,
    };
    let mut length = HEADER;
    for frame in 0..frames {
        let before = rest.len();
        let size = usize::try_from(pop_number(&mut rest)?).ok()?;
        length = length.checked_add(before - rest.len())?.checked_add(size)?;
        match rest.get(size..) {
            Some(behind) if size > 0 => rest = behind,
            None if frame + 1 == frames => rest = &[],
            _ => return None,
        }
    }
    (count > 0).then_some(length)
}

/// A block as it was read.
#[derive(Debug)]
pub struct Block<'a> {
    format: u8,
    pub dictionary: u8,
    pub count: u16,
    /// The hash chain before its first event.
    pub before: Hash,
    after: &'a [u8],
    frames: &'a [u8],
}

impl<'a> Block<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        let format = bytes.first().copied().unwrap_or_default();
        if ![FRAME_EACH, FORMAT].contains(&format) {
            return Err("it is in no format that this release reads".to_owned());
        }
        let (header, frames) = bytes.split_first_chunk::<HEADER>().ok_or("it is cut short")?;
        let mut before = Hash::START;
        before.0.copy_from_slice(&header[4..36]);
        let (dictionary, count, after) = (header[1], count(header), &bytes[36..HEADER]);
        Ok(Self { format, dictionary, count, before, after, frames })
    }

    /// Whether the hash chain after its last event is the one that was written.
    pub fn ends_with(&self, hash: &Hash) -> bool {
        hash.0.starts_with(self.after)
    }

    /// Its events in order.
    pub fn events<'d, 's>(&self, decoder: &'d mut Decoder<'s>) -> Events<'a, 'd, 's> {
        let Self { format, dictionary, count, frames, .. } = *self;
        Events { decoder, format, dictionary, left: count, frames, at: None }
    }
}

/// The events of a block, one after the other.
pub struct Events<'a, 'd, 's> {
    decoder: &'d mut Decoder<'s>,
    format: u8,
    dictionary: u8,
    /// How many are left,
    left: u16,
    /// in which frames,
    frames: &'a [u8],
    /// and behind what of the one that was inflated.
    at: Option<usize>,
}

/// The header line and the body line of an event.
type Lines<'a> = (&'a [u8], &'a [u8]);

impl Events<'_, '_, '_> {
    /// The next. Ends with an error where the block does
    /// not hold as many as it says, or more.
    pub fn read(&mut self) -> Option<Result<Lines<'_>, String>> {
        let Some(left) = self.left.checked_sub(1) else {
            let inflated = self.at.take().is_some_and(|at| at < self.decoder.text.len());
            let more = !std::mem::take(&mut self.frames).is_empty() || inflated;
            return more.then(|| Err("bytes are left behind its last event".to_owned()));
        };
        self.left = left;
        match self.advance() {
            Ok((header, body)) => {
                let text = &self.decoder.text;
                Some(Ok((&text[header], &text[body])))
            }
            Err(reason) => {
                (self.left, self.frames, self.at) = (0, &[], None);
                Some(Err(reason))
            }
        }
    }

    /// Where the next is in what is inflated.
    fn advance(&mut self) -> Result<(Range<usize>, Range<usize>), String> {
        let start = match self.at {
            Some(at) if self.format != FRAME_EACH => at,
            _ => {
                let frame = pop_number(&mut self.frames)
                    .and_then(|length| self.frames.split_at_checked(usize::try_from(length).ok()?));
                let (frame, behind) = frame.ok_or("a frame is cut short")?;
                self.frames = behind;
                self.decoder.inflate(self.dictionary, frame)?;
                0
            }
        };
        let text = &self.decoder.text;
        let line = |start: usize| line(&text[start..]).map(|length| start..start + length);
        let header = line(start).ok_or("an event has no header line")?;
        let body = header.end + 1;
        let body = if self.format == FRAME_EACH {
            body..text.len()
        } else {
            line(body).ok_or("an event has no body line")?
        };
        self.at = Some(text.len().min(body.end + 1));
        Ok((header, body))
    }
}

/// Turns frames into events.
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

    /// The header line and the body line of an event that was [encoded](Encoder::encode) by
    /// itself.
    pub fn decode(&mut self, dictionary: u8, frame: &[u8]) -> Result<(&[u8], &[u8]), String> {
        self.inflate(dictionary, frame)?;
        let line = line(&self.text).ok_or("an event has no header line")?;
        Ok((&self.text[..line], &self.text[line + 1..]))
    }

    fn inflate(&mut self, dictionary: u8, frame: &[u8]) -> Result<(), String> {
        let (_, decompressor) = match &mut self.ready {
            Some(ready) if ready.0 == dictionary => ready,
            other => other.insert(self.dictionaries.take(dictionary)?),
        };
        self.frame.truncate(MAGIC.len());
        self.frame.extend(frame);
        let size = zstd::zstd_safe::get_frame_content_size(&self.frame)
            .ok()
            .flatten()
            .and_then(|size| usize::try_from(size).ok())
            .filter(|size| *size <= LARGEST)
            .ok_or("a frame does not tell its size")?;
        self.text.clear();
        self.text.reserve(size);
        decompressor
            .decompress_to_buffer(&self.frame, &mut self.text)
            .map_err(|error| format!("a frame does not inflate: {error}"))?;
        Ok(())
    }
}

impl Drop for Decoder<'_> {
    fn drop(&mut self) {
        if let Some(ready) = self.ready.take() {
            self.dictionaries.give_back(ready);
        }
    }
}

/// How long the first line is. What reads lines looks at many bytes at a time; going through the
/// bytes of a block one by one takes 5 us.
fn line(text: &[u8]) -> Option<usize> {
    let mut rest = text;
    let length = rest.skip_until(b'\n').ok()?.checked_sub(1)?;
    (text[length] == b'\n').then_some(length)
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

#[cfg(test)]
mod tests;
