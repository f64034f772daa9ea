//! Rows of a past instant: in memory while they are few, which most are, and else where the
//! store keeps what does not fit in memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::{Memory, Row, Rows, RowsError};

/// So many bytes may be written to memory.
const MOST: usize = 16 << 20;

/// How many rows are moved at once.
const PAGE: usize = 4_096;

/// Rows that move out of memory when they are many.
pub(super) struct Spilling {
    /// Where they are. Who reads meanwhile keeps what they were.
    rows: RwLock<Arc<dyn Rows>>,
    /// The bytes that were written to memory; [`MOVED`] once they are not there.
    in_memory: AtomicUsize,
    most: usize,
    /// Makes room where they are too many.
    beside: Arc<dyn Rows>,
}

/// They are not in memory.
const MOVED: usize = usize::MAX;

impl Spilling {
    /// Empty rows, which move to where others have room for them.
    pub(super) fn beside(others: &Arc<dyn Rows>) -> Self {
        Self {
            rows: RwLock::new(Arc::new(Memory::default())),
            in_memory: AtomicUsize::new(0),
            most: MOST,
            beside: Arc::clone(others),
        }
    }

    fn rows(&self) -> Arc<dyn Rows> {
        Arc::clone(&self.rows.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes note of what is to be written to memory, and moves all rows where that is too much.
    fn make_room(&self, bytes: usize) -> Result<(), RowsError> {
        let before = self.in_memory.load(Ordering::Relaxed);
        if before == MOVED {
            return Ok(());
        }
        let after = before.saturating_add(bytes);
        self.in_memory.store(after, Ordering::Relaxed);
        // Where there was no room, it is asked for again only after as much more.
        if before / self.most == after / self.most {
            return Ok(());
        }
        let Some(to) = self.beside.scratch()? else { return Ok(()) };
        let (from, mut last) = (self.rows(), None::<Vec<u8>>);
        loop {
            let page = from.scan(b"", last.as_deref(), PAGE)?;
            let Some((key, _)) = page.last() else { break };
            last = Some(key.clone());
            to.commit(page.into_iter().map(|(key, value)| (key, Some(value))).collect())?;
        }
        *self.rows.write().unwrap_or_else(PoisonError::into_inner) = to;
        self.in_memory.store(MOVED, Ordering::Relaxed);
        Ok(())
    }
}

impl Rows for Spilling {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowsError> {
        self.rows().get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Result<Vec<Row>, RowsError> {
        self.rows().scan(prefix, after, max)
    }

    // A fold alone writes, one page after the other.
    fn commit(&self, writes: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), RowsError> {
        let value = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, Vec::len);
        self.make_room(writes.iter().map(|(key, row)| key.len() + value(row)).sum())?;
        self.rows().commit(writes)
    }

    fn clear(&self) -> Result<(), RowsError> {
        self.rows().clear()
    }

    fn scratch(&self) -> Result<Option<Arc<dyn Rows>>, RowsError> {
        self.beside.scratch()
    }
}

#[cfg(test)]
mod tests {
    use super::super::contract;
    use super::*;

    /// Has room for others in memory, or none.
    struct Beside(bool);

    impl Rows for Beside {
        fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, RowsError> {
            Ok(None)
        }

        fn scan(&self, _: &[u8], _: Option<&[u8]>, _: usize) -> Result<Vec<Row>, RowsError> {
            Ok(Vec::new())
        }

        fn commit(&self, _: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), RowsError> {
            Err(RowsError("they belong to a store".into()))
        }

        fn clear(&self) -> Result<(), RowsError> {
            Err(RowsError("they belong to a store".into()))
        }

        fn scratch(&self) -> Result<Option<Arc<dyn Rows>>, RowsError> {
            Ok(self.0.then(|| Arc::new(Memory::default()) as Arc<dyn Rows>))
        }
    }

    fn spilling(most: usize, has_room: bool) -> Spilling {
        let beside: Arc<dyn Rows> = Arc::new(Beside(has_room));
        Spilling { most, ..Spilling::beside(&beside) }
    }

    #[test]
    fn wherever_they_are_they_are_rows() {
        for most in [1, 3, 600, 100_000, MOST] {
            contract::run(|| Arc::new(spilling(most, true)));
        }
        contract::run(|| Arc::new(spilling(1, false)));
    }

    #[test]
    fn they_move_when_they_are_many_and_take_everything_along() {
        let rows = spilling(1_000, true);
        let write = |number: u32| {
            rows.commit(vec![(number.to_be_bytes().to_vec(), Some(vec![7; 96]))]).unwrap();
        };
        (0..9).for_each(write);
        assert_eq!(rows.in_memory.load(Ordering::Relaxed), 900);
        let before = rows.rows();
        (9..20).for_each(write);
        assert_eq!(rows.in_memory.load(Ordering::Relaxed), MOVED);
        assert_eq!(before.scan(b"", None, 100).unwrap().len(), 9);
        assert_eq!(rows.scan(b"", None, 100).unwrap().len(), 20);
    }
}
