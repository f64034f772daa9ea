//! The rows of the views, in their disposable database.
//!
//! Each has a sum of its own, and all of them have one together, so that a byte that was
//! changed and a row that is gone show.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use secmonkey_core::view::{Row, Rows, RowsError};
use zstd::bulk::Compressor;

use crate::dictionary::{self, Dictionaries};
use crate::disk::Failure;
use crate::sum;
use crate::tables::{Table, Tables};
use crate::views::Views;

/// Where they are.
const TABLE: Table = Table::new("rows");

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
    dictionaries: Dictionaries,
    compressor: Mutex<Compressor<'static>>,
    views: Arc<Views>,
}

impl ViewRows {
    pub(crate) fn new(views: Arc<Views>) -> Result<Self, RowsError> {
        let dictionaries = Dictionaries::new(std::collections::BTreeMap::new());
        let compressor = Compressor::with_dictionary(3, dictionaries.current());
        Ok(Self {
            compressor: Mutex::new(compressor.map_err(|error| RowsError(Box::new(error)))?),
            dictionaries,
            views,
        })
    }

    /// Empty rows for one question, in the directory of a store where they can be.
    pub(crate) fn nameless(store: &Path) -> Result<Self, RowsError> {
        Self::new(Arc::new(Views::nameless(store).map_err(|error| RowsError(error.into()))?))
    }

    fn damaged(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> RowsError {
        self.views.distrust();
        RowsError(error.into())
    }

    /// Where the system refused, what is stored may be whole.
    fn failed(&self, failure: Failure) -> RowsError {
        match failure {
            failure @ Failure::Damaged(_) => self.damaged(failure),
            failure => RowsError(Box::new(failure)),
        }
    }

    /// Holds every row against its sum, and all of them against theirs. Gives what is wrong,
    /// where something is; the views are rebuilt when opened next then.
    pub(crate) fn check(&self) -> Option<String> {
        let found = self.missing().unwrap_or_else(|error| Some(error.to_string()));
        if found.is_some() {
            self.views.distrust();
        }
        found
    }

    /// Holds every page of the views against its sum.
    pub(crate) fn check_pages(&self) -> Option<String> {
        let damaged = self.views.tables().and_then(Tables::check).err()?;
        self.views.distrust();
        Some(damaged.to_string())
    }

    fn missing(&self) -> Result<Option<String>, Failure> {
        let (mut found, mut total, mut whole) = (Total::default(), None, true);
        self.views.tables()?.each(TABLE, b"", |key, stored| {
            if key == TOTAL {
                total = Some(stored.to_vec());
            } else if sum::open(key, stored).is_some() {
                found.add(stored);
            } else {
                whole = false;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        let written = total.map_or(Some(Total::default()), |stored| Total::parse(&stored));
        Ok(if whole {
            (written != Some(found)).then(|| "rows are missing".to_owned())
        } else {
            Some("a row is not as it was written".to_owned())
        })
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
        let stored = self.views.tables().and_then(|tables| tables.get(TABLE, key));
        let stored = stored.map_err(|error| self.failed(error))?;
        stored.map(|stored| self.value(key, &stored)).transpose()
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Result<Vec<Row>, RowsError> {
        let start = match after {
            // The least key behind it.
            Some(after) if after >= prefix => [after, &[0]].concat(),
            _ => prefix.to_vec(),
        };
        let (mut rows, mut malformed) = (Vec::new(), Ok(()));
        let visit = |key: &[u8], stored: &[u8]| {
            if !key.starts_with(prefix) || rows.len() == max {
                return ControlFlow::Break(());
            }
            if key != TOTAL {
                match self.value(key, stored) {
                    Ok(value) => rows.push((key.to_vec(), value)),
                    Err(error) => {
                        malformed = Err(error);
                        return ControlFlow::Break(());
                    }
                }
            }
            ControlFlow::Continue(())
        };
        let read = self.views.tables().and_then(|tables| tables.each(TABLE, &start, visit));
        read.map_err(|error| self.failed(error))?;
        malformed.map(|()| rows)
    }

    fn commit(&self, writes: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), RowsError> {
        let (mut rows, mut bytes) = (BTreeMap::new(), 0);
        for (key, value) in writes {
            let stored = value.map(|value| self.stored(&key, &value)).transpose()?;
            bytes += key.len() + stored.as_ref().map_or(0, Vec::len);
            // Of two writes of one row, the last counts.
            rows.insert(key, stored);
        }
        let write = |tables: &Tables| {
            tables.write(TABLE, bytes, |table| {
                let total = table.get(TOTAL)?;
                let total = total.map_or(Some(Total::default()), |stored| Total::parse(&stored));
                let damaged = || Failure::Damaged("the sum over the rows is damaged".to_owned());
                let mut total = total.ok_or_else(damaged)?;
                for (key, stored) in &rows {
                    let before = match stored {
                        Some(stored) => {
                            total.add(stored);
                            table.put(key, stored)?
                        }
                        None => table.remove(key)?,
                    };
                    if let Some(before) = before {
                        total.take(&before);
                    }
                }
                table.put(TOTAL, &total.stored())?;
                Ok(())
            })
        };
        self.views.tables().and_then(write).map_err(|error| self.failed(error))
    }

    fn clear(&self) -> Result<(), RowsError> {
        let cleared = self.views.tables().and_then(|tables| tables.clear(TABLE));
        cleared.map_err(|error| self.failed(error))
    }

    fn scratch(&self) -> Result<Option<Arc<dyn Rows>>, RowsError> {
        Ok(Some(Arc::new(Self::nameless(self.views.above())?)))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use secmonkey_core::view::contract;

    use super::*;

    #[test]
    fn those_of_one_question_are_rows_and_leave_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        contract::run(|| Arc::new(ViewRows::nameless(directory.path()).unwrap()));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
        // Where the store has no place for them, the system has.
        let gone = directory.path().join("gone");
        contract::run(|| Arc::new(ViewRows::nameless(&gone).unwrap()));
    }
}
