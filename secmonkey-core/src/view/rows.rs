//! Tables of bytes that views are kept in.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

/// A table of bytes in key order that can be thrown away.
pub trait Rows: Send + Sync {
    /// The value of a key.
    ///
    /// # Errors
    /// Where the table cannot be read.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowsError>;

    /// Up to `max` rows whose key starts with `prefix` and is greater than `after`,
    /// in order.
    ///
    /// # Errors
    /// Where the table cannot be read.
    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Result<Vec<Row>, RowsError>;

    /// Writes (or with `None` removes) rows, all or none.
    ///
    /// # Errors
    /// Where the table cannot be written.
    fn commit(&self, writes: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), RowsError>;

    /// Removes every row.
    ///
    /// # Errors
    /// Where the table cannot be written.
    fn clear(&self) -> Result<(), RowsError>;

    /// Empty rows of the same kind, which are gone when they are dropped: for a question that may
    /// need more than fits in memory. `None`: they are kept in memory.
    ///
    /// # Errors
    /// Where there is no room for them.
    fn scratch(&self) -> Result<Option<Arc<dyn Rows>>, RowsError> {
        Ok(None)
    }

    /// Whether another process folds the log into these rows: nobody here may write to them.
    fn is_followed(&self) -> bool {
        false
    }

    /// Waits until the process that folds these rows has folded all of the log. Nothing where
    /// that is this one.
    ///
    /// # Errors
    /// Where that process fails to, or is gone.
    fn follow(&self) -> Result<(), RowsError> {
        Ok(())
    }
}

/// A key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Why a table of rows cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the views cannot be used: {0}")]
pub struct RowsError(pub Box<dyn std::error::Error + Send + Sync>);

/// Rows in memory.
#[derive(Debug, Default)]
pub struct Memory {
    rows: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Rows for Memory {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowsError> {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        Ok(rows.get(key).cloned())
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Result<Vec<Row>, RowsError> {
        let from = after.map_or(Bound::Included(prefix), Bound::Excluded);
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        Ok(rows
            .range::<[u8], _>((from, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(max)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn commit(&self, writes: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), RowsError> {
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in writes {
            match value {
                Some(value) => rows.insert(key, value),
                None => rows.remove(&key),
            };
        }
        Ok(())
    }

    fn clear(&self) -> Result<(), RowsError> {
        self.rows.write().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(())
    }
}
