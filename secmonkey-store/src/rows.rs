//! The rows of the views, in their disposable database.

use std::sync::{Arc, Mutex, PoisonError};

use secmonkey_core::view::{Row, Rows, RowsError};
use zstd::bulk::Compressor;

use crate::dictionary::{self, Dictionaries};
use crate::disk::Failure;
use crate::views::Views;

/// Values up to this length are kept as they are.
const SHORT: usize = 200;

/// The first byte of a value: the rest is as it was given...
const PLAIN: u8 = 0;
// ...or else compressed with the dictionary of that id.

/// The rows of a store's views: what [`secmonkey_core::view`] folds into.
///
/// Nothing here waits for the disk: what a crash takes away is folded again.
pub struct ViewRows {
    tree: sled::Tree,
    dictionaries: Dictionaries,
    compressor: Mutex<Compressor<'static>>,
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

    fn value(&self, stored: &[u8]) -> Result<Vec<u8>, RowsError> {
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

    fn stored(&self, value: &[u8]) -> Result<Vec<u8>, RowsError> {
        let (kind, value) = if value.len() <= SHORT {
            (PLAIN, value.to_vec())
        } else {
            let mut compressor = self.compressor.lock().unwrap_or_else(PoisonError::into_inner);
            let frame = compressor.compress(value).map_err(|error| RowsError(Box::new(error)))?;
            (dictionary::CURRENT, frame)
        };
        Ok([&[kind], value.as_slice()].concat())
    }
}

impl Rows for ViewRows {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowsError> {
        let stored = self.tree.get(key).map_err(|error| self.failed(error))?;
        stored.map(|stored| self.value(&stored)).transpose()
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Result<Vec<Row>, RowsError> {
        let start = match after {
            // The least key behind it.
            Some(after) if after >= prefix => [after, &[0]].concat(),
            _ => prefix.to_vec(),
        };
        let mut rows = Vec::new();
        for entry in self.tree.range(start..).take(max) {
            let (key, stored) = entry.map_err(|error| self.failed(error))?;
            if !key.starts_with(prefix) {
                break;
            }
            rows.push((key.to_vec(), self.value(&stored)?));
        }
        Ok(rows)
    }

    fn commit(&self, writes: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), RowsError> {
        let mut batch = sled::Batch::default();
        for (key, value) in writes {
            match value {
                Some(value) => batch.insert(key, self.stored(&value)?),
                None => batch.remove(key),
            }
        }
        self.tree.apply_batch(batch).map_err(|error| self.failed(error))
    }

    fn clear(&self) -> Result<(), RowsError> {
        self.tree.clear().map_err(|error| self.failed(error))
    }
}
