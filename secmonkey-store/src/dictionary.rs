//! The zstd dictionaries: what events have in common, so that a short record is
//! compressed as well as a long one.
//!
//! `cargo xtask dictionary` makes them. A dictionary is never changed once released
//! and never dropped: a better one gets the next id. Each store also holds the
//! dictionaries it was written with, so it can be read without this list.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use zstd::bulk::Decompressor;
use zstd::dict::DecoderDictionary;

/// Every dictionary ever released.
const RELEASED: &[(u8, &[u8])] = &[(1, include_bytes!("dictionary/1.zdict"))];

/// The dictionary that new records are written with.
pub const CURRENT: u8 = 1;

/// The released dictionaries, made ready once.
static READY: LazyLock<BTreeMap<u8, DecoderDictionary<'static>>> = LazyLock::new(|| {
    RELEASED.iter().map(|(id, bytes)| (*id, DecoderDictionary::copy(bytes))).collect()
});

/// A decompressor that is ready for one dictionary.
pub type Ready = (u8, Decompressor<'static>);

/// The dictionaries of one store, ready for use.
pub struct Dictionaries {
    current: Vec<u8>,
    prepared: BTreeMap<u8, &'static DecoderDictionary<'static>>,
    /// Decompressors that nobody uses: to make one costs as much as to read ten events.
    idle: Mutex<Vec<Ready>>,
}

impl Dictionaries {
    /// The released ones and those of a store, which win.
    pub fn new(mut stored: BTreeMap<u8, Vec<u8>>) -> Self {
        let mut current = None;
        let mut prepared = BTreeMap::new();
        for (id, bytes) in RELEASED {
            prepared.extend(READY.get(id).map(|ready| (*id, ready)));
            stored.retain(|other, stored| other != id || stored != bytes);
            if *id == CURRENT {
                current = Some(bytes.to_vec());
            }
        }
        // A later release's, or one that was never released: kept until the process
        // ends, as the decompressors made for it may be.
        for (id, bytes) in &stored {
            prepared.insert(*id, Box::leak(Box::new(DecoderDictionary::copy(bytes))));
        }
        let current = stored.remove(&CURRENT).or(current).unwrap_or_default();
        Self { current, prepared, idle: Mutex::default() }
    }

    /// The bytes of the [`CURRENT`] dictionary.
    pub fn current(&self) -> &[u8] {
        &self.current
    }

    /// Whether a dictionary is there.
    pub fn has(&self, id: u8) -> bool {
        self.prepared.contains_key(&id)
    }

    /// A decompressor for what was compressed with a dictionary.
    pub fn take(&self, id: u8) -> Result<Ready, String> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(ready) = idle.filter(|(of, _)| *of == id) {
            return Ok(ready);
        }
        let prepared = self.prepared.get(&id).copied();
        let prepared = prepared.ok_or_else(|| format!("it needs the unknown dictionary {id}"))?;
        let decompressor = Decompressor::with_prepared_dictionary(prepared);
        Ok((id, decompressor.map_err(|error| error.to_string())?))
    }

    /// Takes one back that is not needed any more.
    pub fn give_back(&self, ready: Ready) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(ready);
    }
}
