//! The rows of the views, in their disposable database.
//!
//! Each has a sum of its own, and all of them have one together, so that a byte that was
//! changed and a row that is gone show.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use secmonkey_core::view::{Row, Rows, RowsError};
use zstd::bulk::Compressor;

use crate::dictionary::{self, Dictionaries};
use crate::disk::Failure;
use crate::sum;
use crate::views::Views;

/// Values up to this length are kept as they are.
const SHORT: usize = 200;

/// The first byte of a value: the rest is as it was given...
const PLAIN: u8 = 0;
// ...or else compressed with the dictionary of that id.

/// Where the sum over all rows is, before them: no view begins its keys so.
const TOTAL: &[u8] = b"\0total";

/// The sum over all rows: how many there are, and their sums, each with all others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Total {
    rows: u64,
    sums: u32,
}

impl Total {
    fn parse(stored: &[u8]) -> Option<Self> {
        let (rows, sums) = sum::open(TOTAL, stored)?.split_first_chunk()?;
        let sums = u32::from_be_bytes(sums.try_into().ok()?);
        Some(Self { rows: u64::from_be_bytes(*rows), sums })
    }

    fn stored(self) -> Vec<u8> {
        let value = [self.rows.to_be_bytes().as_slice(), &self.sums.to_be_bytes()].concat();
        sum::seal(TOTAL, &value)
    }

    fn add(&mut self, stored: &[u8]) {
        self.rows = self.rows.wrapping_add(1);
        self.sums ^= sum::written(stored).unwrap_or_default();
    }

    fn take(&mut self, stored: &[u8]) {
        self.rows = self.rows.wrapping_sub(1);
        self.sums ^= sum::written(stored).unwrap_or_default();
    }
}

/// The rows of a store's views: what [`secmonkey_core::view`] folds into.
///
/// Nothing here waits for the disk: what a crash takes away is folded again.
pub struct ViewRows {
    tree: sled::Tree,
    dictionaries: Dictionaries,
    compressor: Mutex<Compressor<'static>>,
    /// Held by who commits: the sum over all rows is of one commit after the other.
    commits: Mutex<()>,
    // Behind the tree, and so dropped after it.
    views: Arc<Views>,
}

impl ViewRows {
    pub(crate) fn open(views: Arc<Views>) -> Result<Self, RowsError> {
        let dictionaries = Dictionaries::new(std::collections::BTreeMap::new());
        let compressor = Compressor::with_dictionary(3, dictionaries.current());
        Ok(Self {
            tree: views.tree("rows").map_err(|error| RowsError(Box::new(Failure::from(error))))?,
            compressor: Mutex::new(compressor.map_err(|error| RowsError(Box::new(error)))?),
            commits: Mutex::default(),
            dictionaries,
            views,
        })
    }

    fn damaged(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> RowsError {
        self.views.distrust();
        RowsError(error.into())
    }

    /// Where the system refused, what is stored may be whole.
    fn failed(&self, error: sled::Error) -> RowsError {
        match Failure::from(error) {
            failure @ Failure::Damaged(_) => self.damaged(failure),
            failure => RowsError(Box::new(failure)),
        }
    }

    /// Holds every row against its sum, and all of them against theirs. Gives what is wrong,
    /// where something is; the views are rebuilt when opened next then.
    pub(crate) fn check(&self) -> Option<String> {
        let (mut found, mut total) = (Total::default(), None);
        for entry in &self.tree {
            match entry {
                Err(error) => return Some(self.distrusted(Failure::from(error).to_string())),
                Ok((key, stored)) if key == TOTAL => total = Some(stored),
                Ok((key, stored)) => {
                    if sum::open(&key, &stored).is_none() {
                        return Some(self.distrusted("a row is not as it was written".to_owned()));
                    }
                    found.add(&stored);
                }
            }
        }
        let written = total.map_or(Some(Total::default()), |stored| Total::parse(&stored));
        (written != Some(found)).then(|| self.distrusted("rows are missing".to_owned()))
    }

    /// Has the views rebuilt when they are opened next.
    pub(crate) fn distrusted(&self, reason: String) -> String {
        self.views.distrust();
        reason
    }

    fn value(&self, key: &[u8], stored: &[u8]) -> Result<Vec<u8>, RowsError> {
        let Some(stored) = sum::open(key, stored) else {
            let text = "a row is not as it was written (they are rebuilt when opened next)";
            return Err(self.damaged(text));
        };
        match stored.split_first() {
            Some((&PLAIN, value)) => Ok(value.to_vec()),
            Some((dictionary, frame)) => self
                .inflate(*dictionary, frame)
                .map_err(|reason| self.damaged(format!("a row does not inflate: {reason}"))),
            None => Err(self.damaged("a row is empty")),
        }
    }

    fn inflate(&self, dictionary: u8, frame: &[u8]) -> Result<Vec<u8>, String> {
        let size = zstd::zstd_safe::get_frame_content_size(frame).ok().flatten();
        let size = size.and_then(|size| usize::try_from(size).ok()).ok_or("its size is unknown")?;
        let mut ready = self.dictionaries.take(dictionary)?;
        let value = ready.1.decompress(frame, size).map_err(|error| error.to_string());
        self.dictionaries.give_back(ready);
        value
    }

    fn stored(&self, key: &[u8], value: &[u8]) -> Result<Vec<u8>, RowsError> {
        let (kind, value) = if value.len() <= SHORT {
            (PLAIN, value.to_vec())
        } else {
            let mut compressor = self.compressor.lock().unwrap_or_else(PoisonError::into_inner);
            let frame = compressor.compress(value).map_err(|error| RowsError(Box::new(error)))?;
            (dictionary::CURRENT, frame)
        };
        Ok(sum::seal(key, &[&[kind], value.as_slice()].concat()))
    }
}

impl Rows for ViewRows {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowsError> {
        let stored = self.tree.get(key).map_err(|error| self.failed(error))?;
        stored.map(|stored| self.value(key, &stored)).transpose()
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Result<Vec<Row>, RowsError> {
        let start = match after {
            // The least key behind it.
            Some(after) if after >= prefix => [after, &[0]].concat(),
            _ => prefix.to_vec(),
        };
        let mut rows = Vec::new();
        for entry in self.tree.range(start..) {
            let (key, stored) = entry.map_err(|error| self.failed(error))?;
            if !key.starts_with(prefix) || rows.len() == max {
                break;
            }
            if key != TOTAL {
                rows.push((key.to_vec(), self.value(&key, &stored)?));
            }
        }
        Ok(rows)
    }

    fn commit(&self, writes: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), RowsError> {
        let _one = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let total = self.tree.get(TOTAL).map_err(|error| self.failed(error))?;
        let total = total.map_or(Some(Total::default()), |stored| Total::parse(&stored));
        let mut total = total.ok_or_else(|| self.damaged("the sum over the rows is damaged"))?;
        let mut batch = sled::Batch::default();
        // Of two writes of one row, the last counts.
        for (key, value) in writes.into_iter().collect::<BTreeMap<_, _>>() {
            if let Some(before) = self.tree.get(&key).map_err(|error| self.failed(error))? {
                total.take(&before);
            }
            match value {
                Some(value) => {
                    let stored = self.stored(&key, &value)?;
                    total.add(&stored);
                    batch.insert(key, stored);
                }
                None => batch.remove(key),
            }
        }
        batch.insert(TOTAL, total.stored());
        self.tree.apply_batch(batch).map_err(|error| self.failed(error))
    }

    fn clear(&self) -> Result<(), RowsError> {
        self.tree.clear().map_err(|error| self.failed(error))
    }
}
