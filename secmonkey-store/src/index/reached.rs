//! How far an index goes, and of which log it is.

use secmonkey_core::event::{Hash, Interruption, Position};
use serde::Deserialize;

/// The layout of the index and of all else in the views. Another number, and all is rebuilt.
const FORMAT: u8 = 4;

/// How far an index goes, and what log it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The last event, and the hash chain up to it.
    pub head: (Position, Hash),
    /// The hash of the first event, which no other log has.
    pub first: Hash,
    /// How many scans ended by then.
    pub scans: u64,
}

impl Reached {
    /// Nothing.
    pub const START: Self = Self { head: (Position(0), Hash::START), first: Hash::START, scans: 0 };

    /// Goes on to an event.
    pub fn event(&mut self, position: Position, hash: Hash, ends_scan: bool) {
        if position == Position(1) {
            self.first = hash;
        }
        self.head = (position, hash);
        self.scans += u64::from(ends_scan);
    }

    pub fn value(&self) -> Vec<u8> {
        let mut value = vec![FORMAT];
        value.extend(self.head.0.0.to_be_bytes());
        value.extend(self.head.1.0);
        value.extend(self.first.0);
        value.extend(self.scans.to_be_bytes());
        value
    }

    pub fn parse(value: &[u8]) -> Option<Self> {
        let (&[FORMAT], rest) = value.split_first_chunk()? else { return None };
        let (position, rest) = rest.split_first_chunk()?;
        let (head, rest) = rest.split_first_chunk()?;
        let (first, rest) = rest.split_first_chunk()?;
        let scans = rest.try_into().ok()?;
        Some(Self {
            head: (Position(u64::from_be_bytes(*position)), Hash(*head)),
            first: Hash(*first),
            scans: u64::from_be_bytes(scans),
        })
    }
}

/// Whether a stored body is of an event that ends a scan in order: then a head is written down.
pub fn body_ends_scan(stream: &str, body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(rename = "type", borrow)]
        kind: std::borrow::Cow<'a, str>,
        by: Option<Interruption>,
    }
    // The others are many and long.
    stream.starts_with("scan/")
        && serde_json::from_slice::<Body<'_>>(body).is_ok_and(|body| {
            body.kind == "scan_finished"
                || (body.kind == "scan_interrupted" && body.by == Some(Interruption::Stopped))
        })
}
