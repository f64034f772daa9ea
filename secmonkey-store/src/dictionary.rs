//! The zstd dictionaries: what events have in common, so that a short record is
//! compressed as well as a long one.
//!
//! `cargo xtask dictionary` makes them. A dictionary is never changed once released
//! and never dropped: a better one gets the next id. Each store also holds the
//! dictionaries it was written with, so it can be read without this list.

use std::collections::BTreeMap;

use zstd::dict::DecoderDictionary;

/// Every dictionary ever released.
const RELEASED: &[(u8, &[u8])] = &[(1, include_bytes!("dictionary/1.zdict"))];

/// The dictionary that new records are written with.
pub const CURRENT: u8 = 1;

/// The dictionaries of one store, ready for use.
pub struct Dictionaries {
    current: Vec<u8>,
    prepared: BTreeMap<u8, DecoderDictionary<'static>>,
}

impl Dictionaries {
    /// The released ones and those of a store, which win.
    pub fn new(stored: BTreeMap<u8, Vec<u8>>) -> Self {
        let mut all: BTreeMap<u8, Vec<u8>> =
            RELEASED.iter().map(|(id, bytes)| (*id, bytes.to_vec())).collect();
        all.extend(stored);
        Self {
            prepared: all.iter().map(|(id, bytes)| (*id, DecoderDictionary::copy(bytes))).collect(),
            current: all.remove(&CURRENT).unwrap_or_default(),
        }
    }

    /// The bytes of the [`CURRENT`] dictionary.
    pub fn current(&self) -> &[u8] {
        &self.current
    }

    pub fn get(&self, id: u8) -> Option<&DecoderDictionary<'static>> {
        self.prepared.get(&id)
    }
}
