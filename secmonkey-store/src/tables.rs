//! The tables of the views, in redb: fast because they can be thrown away.
//!
//! - Nothing waits for the disk: what redb means to sync, it only hands to the system. A killed
//!   process loses none of that, and a power cut is told by the mark beside the views.
//! - A commit stays in memory, within the cache, until a few megabytes are written: then it is
//!   saved with all before it. What a killed process had not saved is folded again, all tables
//!   from the same commit on.
//! - It is saved with the map of the free pages, without which redb reads everything after a
//!   crash before it opens.
//! - redb holds its pages against their sums only when told to, and may panic where they are
//!   damaged: caught. Who reads holds the rows against sums of our own.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use redb::backends::FileBackend;
use redb::{
    Database, Durability, ReadOnlyTable, ReadableDatabase as _, ReadableTable as _, StorageBackend,
    TableDefinition, TableError, TableHandle as _,
};

use crate::disk::{self, Failure, quietly};
use crate::error::{Error, failed};
use crate::private;

/// A key and its value.
type Row = (Vec<u8>, Vec<u8>);

/// A table of bytes.
pub type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// One that is written to.
pub struct Writing<'a>(redb::Table<'a, &'static [u8], &'static [u8]>);

impl Writing<'_> {
    /// The value of a key, as written so far.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let found = self.0.get(key).map_err(failure)?;
        Ok(found.map(|value| value.value().to_vec()))
    }

    /// Writes a value; gives the one before it.
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let before = self.0.insert(key, value).map_err(failure)?;
        Ok(before.map(|value| value.value().to_vec()))
    }

    /// Removes a row; gives its value.
    pub fn remove(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let before = self.0.remove(key).map_err(failure)?;
        Ok(before.map(|value| value.value().to_vec()))
    }
}

/// The file that holds them all.
const FILE: &str = "views.redb";

/// What redb may keep in memory, in bytes: what is read again, and what is not saved yet.
const CACHE: usize = 32 << 20;

/// How many bytes are committed before they are saved.
const UNSAVED: usize = 4 << 20;

/// The open tables.
pub struct Tables {
    /// What was read from since the last write, as it is still: to begin a reading costs as much
    /// as to read a row. Nothing of it is kept while something is written, so that redb may use
    /// pages again; it goes before the database.
    current: Mutex<Vec<(String, Arc<Reading>)>>,
    /// Locked for writing by who checks everything.
    redb: RwLock<Database>,
    /// About how many bytes were committed since what is saved.
    unsaved: AtomicUsize,
}

impl From<redb::Error> for Failure {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Io(error) => match error.kind() {
                // It reads beyond the end only where the end is gone.
                io::ErrorKind::UnexpectedEof => Self::Damaged("it is cut short".to_owned()),
                io::ErrorKind::InvalidData => Self::Damaged(error.to_string()),
                _ => Self::System(error),
            },
            redb::Error::PreviousIo => Self::System(io::Error::other("it failed before")),
            redb::Error::DatabaseAlreadyOpen => Self::Held,
            error => Self::Damaged(error.to_string()),
        }
    }
}

/// Makes a failure of what redb says.
fn failure(error: impl Into<redb::Error>) -> Failure {
    Failure::from(error.into())
}

impl Tables {
    /// Opens the tables in a directory, which becomes one of them if there is none.
    ///
    /// # Errors
    /// Where what is there is damaged, or the system refuses.
    pub fn open(path: &Path) -> Result<Self, Error> {
        private::create_dir(path).map_err(failed("create", path))?;
        let (folder, path) = (path, path.join(FILE));
        let file = private::file().read(true).open(&path).map_err(failed("open", &path))?;
        private::tighten_all(folder);
        let redb = caught(|| create(file)).map_err(|failure| failure.at("open", &path))?;
        Ok(Self::of(redb))
    }

    /// Empty tables in a directory, in a file without a name: the system removes it when they
    /// are dropped, or the process ends.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn nameless(directory: &Path) -> Result<Self, Error> {
        let file = tempfile::tempfile_in(directory).map_err(failed("write to", directory))?;
        let redb = caught(|| create(file)).map_err(|failure| failure.at("write to", directory))?;
        Ok(Self::of(redb))
    }

    fn of(redb: Database) -> Self {
        let redb = RwLock::new(redb);
        Self { current: Mutex::default(), redb, unsaved: AtomicUsize::new(0) }
    }

    /// Whether something else is in their directory: releases before this one kept them in sled.
    pub fn others(path: &Path) -> bool {
        fs::read_dir(path).is_ok_and(|mut all| {
            all.any(|entry| entry.is_ok_and(|entry| entry.file_name() != FILE))
        })
    }

    /// Makes durable what was handed to the system, once they are closed.
    pub fn sync(path: &Path) -> io::Result<()> {
        disk::sync(&path.join(FILE))?;
        disk::sync(path)
    }

    /// The value of a key.
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        self.read(table, |table| {
            let found = table.map(|table| table.get(key)).transpose().map_err(failure)?;
            Ok(found.flatten().map(|value| value.value().to_vec()))
        })
    }

    /// The last row from one key to another, both included.
    pub fn last(&self, table: Table, first: &[u8], last: &[u8]) -> Result<Option<Row>, Failure> {
        self.read(table, |table| {
            let Some(table) = table else { return Ok(None) };
            let found = table.range(first..=last).map_err(failure)?.next_back();
            let found = found.transpose().map_err(failure)?;
            Ok(found.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())))
        })
    }

    /// Hands every row from a key on to a visitor, in order, until it breaks.
    pub fn each(
        &self,
        table: Table,
        from: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        self.read(table, |table| {
            let Some(table) = table else { return Ok(()) };
            for row in table.range(from..).map_err(failure)? {
                let (key, value) = row.map_err(failure)?;
                if visit(key.value(), value.value()).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Reads a table as it is now; `None` where nothing was ever written to it.
    fn read<T>(
        &self,
        table: Table,
        read: impl FnOnce(Option<&Reading>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let redb = self.redb.read().unwrap_or_else(PoisonError::into_inner);
        caught(|| read(self.current(&redb, table)?.as_deref()))
    }

    /// A table as it is now.
    fn current(&self, redb: &Database, table: Table) -> Result<Option<Arc<Reading>>, Failure> {
        // Locked while a reading begins: what a write let go of is not kept behind it.
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, reading)) = current.iter().find(|(name, _)| name == table.name()) {
            return Ok(Some(Arc::clone(reading)));
        }
        let transaction = redb.begin_read().map_err(failure)?;
        match transaction.open_table(table) {
            Ok(reading) => {
                let reading = Arc::new(reading);
                current.push((table.name().to_owned(), Arc::clone(&reading)));
                Ok(Some(reading))
            }
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(failure(error)),
        }
    }

    /// Lets go of what was read: it is about to be, or was, written to.
    fn let_go(&self) {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Writes to a table: all or, where it fails, nothing. `bytes` is about how many.
    pub fn write<T>(
        &self,
        table: Table,
        bytes: usize,
        write: impl FnOnce(&mut Writing<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let redb = self.redb.read().unwrap_or_else(PoisonError::into_inner);
        caught(|| {
            self.let_go();
            let mut transaction = redb.begin_write().map_err(failure)?;
            let saves = self.unsaved.fetch_add(bytes, Ordering::Relaxed) + bytes >= UNSAVED;
            if saves {
                transaction.set_quick_repair(true);
            } else {
                transaction.set_durability(Durability::None).map_err(failure)?;
            }
            let mut open = Writing(transaction.open_table(table).map_err(failure)?);
            let written = write(&mut open)?;
            drop(open);
            transaction.commit().map_err(failure)?;
            self.let_go();
            if saves {
                self.unsaved.store(0, Ordering::Relaxed);
            }
            Ok(written)
        })
    }

    /// Removes every row of a table.
    pub fn clear(&self, table: Table) -> Result<(), Failure> {
        let redb = self.redb.read().unwrap_or_else(PoisonError::into_inner);
        caught(|| {
            self.let_go();
            let mut transaction = redb.begin_write().map_err(failure)?;
            transaction.set_quick_repair(true);
            transaction.delete_table(table).map_err(failure)?;
            transaction.commit().map_err(failure)?;
            self.let_go();
            Ok(())
        })
    }

    /// Holds every page against its sum. Waits for those who read, and they for it.
    pub fn check(&self) -> Result<(), Failure> {
        let mut redb = self.redb.write().unwrap_or_else(PoisonError::into_inner);
        self.let_go();
        if caught(|| redb.check_integrity().map_err(failure))? {
            return Ok(());
        }
        Err(Failure::Damaged("its pages are not as they were written".to_owned()))
    }
}

/// Opens what is in a file, or makes it.
fn create(file: fs::File) -> Result<Database, Failure> {
    let unsynced = Unsynced(FileBackend::new(file).map_err(failure)?);
    let made = Database::builder().set_cache_size(CACHE).create_with_backend(unsynced);
    made.map_err(failure)
}

type Reading = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// Runs what may panic where the file is damaged.
fn caught<T>(run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    quietly(run).unwrap_or_else(|panic| Err(Failure::Damaged(panic)))
}

/// A file that is left to the system to write to the disk. It has no lock: the store's is held.
#[derive(Debug)]
struct Unsynced(FileBackend);

impl StorageBackend for Unsynced {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Table = Table::new("one");
    const OTHER: Table = Table::new("other");

    fn all(tables: &Tables, table: Table) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut found = Vec::new();
        let visit = |key: &[u8], value: &[u8]| {
            found.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        };
        tables.each(table, b"", visit).unwrap();
        found
    }

    #[test]
    fn a_table_that_was_never_written_is_empty() {
        let directory = tempfile::tempdir().unwrap();
        let tables = Tables::open(directory.path()).unwrap();
        assert_eq!(tables.get(ONE, b"key").unwrap(), None);
        assert_eq!(tables.last(ONE, b"", b"z").unwrap(), None);
        assert_eq!(all(&tables, ONE), []);
        tables.clear(ONE).unwrap();
        tables.check().unwrap();
    }

    #[test]
    fn a_write_that_fails_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let tables = Tables::open(directory.path()).unwrap();
        tables.write(ONE, 3, |table| table.put(b"a", b"1")).unwrap();
        let failed = tables.write(ONE, 3, |table| {
            assert_eq!(table.put(b"a", b"2")?, Some(b"1".to_vec()));
            table.put(b"b", b"2")?;
            Err::<(), _>(Failure::Damaged("no".to_owned()))
        });
        assert!(failed.is_err());
        assert_eq!(all(&tables, ONE), [(b"a".to_vec(), b"1".to_vec())]);
        tables.check().unwrap();
    }

    #[test]
    fn nameless_tables_leave_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let tables = Tables::nameless(directory.path()).unwrap();
        let value = vec![7; UNSAVED / 3];
        for number in 0..10_u8 {
            tables.write(ONE, value.len(), |table| table.put(&[number], &value)).unwrap();
        }
        assert_eq!(all(&tables, ONE).len(), 10);
        // As a process that is killed leaves the directory.
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn who_reads_after_a_write_sees_it() {
        let directory = tempfile::tempdir().unwrap();
        let tables = Tables::open(directory.path()).unwrap();
        assert_eq!(tables.get(ONE, b"a").unwrap(), None);
        for number in 0..50_u8 {
            tables.write(ONE, 1, |table| table.put(b"a", &[number])).unwrap();
            assert_eq!(tables.get(ONE, b"a").unwrap(), Some(vec![number]));
            assert_eq!(tables.get(OTHER, b"a").unwrap(), None);
        }
        tables.check().unwrap();
        tables.clear(ONE).unwrap();
        assert_eq!(tables.get(ONE, b"a").unwrap(), None);
    }

    /// As the file is, a process that is killed leaves it.
    #[test]
    fn what_is_saved_is_of_one_moment_in_all_tables() {
        let directory = tempfile::tempdir().unwrap();
        let tables = Tables::open(directory.path()).unwrap();
        let value = vec![7; UNSAVED / 8];
        for number in 0..20_u8 {
            for table in [ONE, OTHER] {
                tables.write(table, value.len(), |table| table.put(&[number], &value)).unwrap();
            }
            let killed = tempfile::tempdir().unwrap();
            fs::copy(directory.path().join(FILE), killed.path().join(FILE)).unwrap();
            let left = Tables::open(killed.path()).unwrap();
            let (one, other) = (all(&left, ONE).len(), all(&left, OTHER).len());
            assert!(one == other || one == other + 1, "{one} and {other}");
            assert!(usize::from(number) < one + 4, "{one} of {number} are saved");
            left.check().unwrap();
        }
        drop(tables);
        assert_eq!(all(&Tables::open(directory.path()).unwrap(), OTHER).len(), 20);
    }
}
