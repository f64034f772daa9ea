//! What two processes say to each other about a store: a frame each way.
//!
//! A frame is its length, the length of its head, the head as JSON, and then parts, bytes with
//! their length before them. All lengths are big-endian numbers of four bytes.

use std::fmt;
use std::io::{self, Read};

use secmonkey_core::event::{Envelope, Hash, Position, SCHEMA, Stored, StreamId, Version};
use secmonkey_core::log::{self, Append, AppendError, Cut, Head, Receipt};
use secmonkey_core::view;
use serde::{Deserialize, Serialize};

/// A longer frame is none. Pages of events are the longest: some hundred, of up to 1 MiB.
pub const LONGEST: u32 = 1 << 30;

/// What is asked.
#[derive(Debug, Serialize, Deserialize)]
pub enum Ask {
    /// The first question: whether both are of this release.
    Meet(String),
    /// Of the log; what the parts are of events that another stored is in [`parts_of`].
    Append(Vec<Append>),
    Restore,
    ReadAll {
        after: Position,
        max: usize,
    },
    ReadStream {
        stream: StreamId,
        from: Version,
        max: usize,
    },
    ReadStored {
        after: Position,
        max: usize,
    },
    Cut,
    ReadRemains {
        after: Position,
        max: usize,
    },
    Version(StreamId),
    Head,
    PublishHead,
    /// Of the rows: the key is a part.
    Get,
    /// The prefix is a part, and so is the key behind which to begin.
    Scan {
        max: usize,
    },
    /// To fold all of the log.
    Follow,
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// The parts are all there is to say: a value or none; keys and values; stored events.
    Done,
    Events(Vec<Envelope>),
    Cut(Option<Cut>),
    /// Where each stands and the chain up to it; the parts are what is stored of them.
    Remains(Vec<(Position, Hash)>),
    Version(Version),
    Head(Head),
    Receipt(Receipt),
    Refused(Refusal),
}

/// Why there is no answer.
#[derive(Debug, Serialize, Deserialize)]
pub enum Refusal {
    Conflict {
        stream: StreamId,
        expected: Version,
        actual: Version,
    },
    Invalid(String),
    Corrupt {
        position: Position,
        reason: String,
    },
    Cut(Box<Cut>),
    ReadOnly(String),
    /// Of another release; this is the holder's.
    Stranger(String),
    Other(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict { stream, expected, actual } => {
                write!(f, "{stream} is at version {actual}, not {expected}")
            }
            Self::Corrupt { position, reason } => {
                write!(f, "the log is corrupt at position {position}: {reason}")
            }
            Self::Cut(cut) => cut.fmt(f),
            Self::Stranger(release) => write!(f, "the holder of the store is of {release}"),
            Self::Invalid(reason) | Self::ReadOnly(reason) | Self::Other(reason) => {
                f.write_str(reason)
            }
        }
    }
}

impl From<log::Error> for Refusal {
    fn from(error: log::Error) -> Self {
        match error {
            log::Error::Corrupt { position, reason } => Self::Corrupt { position, reason },
            log::Error::Cut(cut) => Self::Cut(cut),
            log::Error::ReadOnly(reason) => Self::ReadOnly(reason),
            log::Error::Store(error) => Self::Other(error.to_string()),
        }
    }
}

impl From<AppendError> for Refusal {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict { stream, expected, actual } => {
                Self::Conflict { stream, expected, actual }
            }
            AppendError::Invalid(reason) => Self::Invalid(reason),
            AppendError::Log(error) => error.into(),
        }
    }
}

/// What both have to be of: the release, with the forms of events and of views.
pub fn version() -> String {
    format!("{}/{SCHEMA}/{}", env!("CARGO_PKG_VERSION"), view::FORMAT)
}

/// A frame, read.
pub struct Frame {
    pub head: Vec<u8>,
    pub parts: Vec<Vec<u8>>,
}

/// The bytes of a frame, its length first.
pub fn encode(head: &impl Serialize, parts: &[&[u8]]) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 8];
    serde_json::to_writer(&mut frame, head)?;
    let length = |bytes: usize| {
        let fits = u32::try_from(bytes).ok().filter(|length| *length <= LONGEST);
        fits.map(u32::to_be_bytes).ok_or_else(|| io::Error::other("too much to say at once"))
    };
    let head = length(frame.len() - 8)?;
    frame[4..8].copy_from_slice(&head);
    for part in parts {
        frame.extend(length(part.len())?);
        frame.extend_from_slice(part);
    }
    let whole = length(frame.len() - 4)?;
    frame[..4].copy_from_slice(&whole);
    Ok(frame)
}

/// Reads a frame. Its bytes are taken as they come, so that a wrong length takes no memory.
pub fn read(from: &mut impl Read) -> io::Result<Frame> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = checked(length)?;
    let mut bytes = Vec::new();
    if from.take(length.into()).read_to_end(&mut bytes)? < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    decode(&bytes)
}

/// The length of a frame.
pub fn checked(bytes: [u8; 4]) -> io::Result<u32> {
    let length = u32::from_be_bytes(bytes);
    if length > LONGEST { Err(malformed()) } else { Ok(length) }
}

/// Reads a frame behind its length.
pub fn decode(mut bytes: &[u8]) -> io::Result<Frame> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk().ok_or_else(malformed)?;
        let length = u32::from_be_bytes(*length) as usize;
        let (part, rest) = rest.split_at_checked(length).ok_or_else(malformed)?;
        all.push(part.to_vec());
        bytes = rest;
    }
    if all.is_empty() {
        return Err(malformed());
    }
    let head = all.remove(0);
    Ok(Frame { head, parts: all })
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not a frame")
}

/// Stored events as parts: header and body of one after the other.
pub fn parts_of(events: Vec<Stored>) -> Vec<Vec<u8>> {
    events.into_iter().flat_map(|Stored { header, body }| [header, body]).collect()
}

/// The events in parts; `None` where they are none.
pub fn stored_of(parts: Vec<Vec<u8>>) -> Option<Vec<Stored>> {
    let is_whole = parts.len().is_multiple_of(2);
    let mut parts = parts.into_iter();
    let pairs = std::iter::from_fn(|| parts.next().zip(parts.next()));
    let events = pairs.map(|(header, body)| Stored { header, body }).collect();
    is_whole.then_some(events)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_frame_is_read_as_it_was_written(
            key in prop::collection::vec(any::<u8>(), 0..40),
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..5),
        ) {
            let head = Ask::Scan { max: key.len() };
            let borrowed: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            let bytes = encode(&head, &borrowed).unwrap();
            let frame = read(&mut bytes.as_slice()).unwrap();
            prop_assert_eq!(frame.head, serde_json::to_vec(&head).unwrap());
            prop_assert_eq!(frame.parts, parts);
            // Cut anywhere, it is none.
            let cut = &bytes[..bytes.len() - 1];
            prop_assert!(read(&mut &*cut).is_err());
        }

        #[test]
        fn anything_else_is_refused_and_nothing_more(
            bytes in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let _ = read(&mut bytes.as_slice());
            let _ = decode(&bytes);
        }
    }
}
