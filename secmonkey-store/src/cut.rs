//! `log/cut`: what is kept of the beginning of a log, where that was cut.
//!
//! Written once, with the log that follows it, and never changed:
//!
//! | bytes | what |
//! |---|---|
//! | a line | the [`Header`], a JSON object |
//! | 32 for every event | its leaf in the Merkle tree |
//! | some for every remnant | a sum, the hash chain, and the record as blocks hold them |
//! | 16 for every remnant | its position, and where it begins in the file |
//!
//! The log says the digest of it all in the event of the cut.

use std::fs::File;
use std::io::{
    self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _,
};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use secmonkey_core::event::{Hash, Position};
use secmonkey_core::log::{self, Cut, Remnant};
use secmonkey_core::merkle::Node;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::block::{Decoder, Encoder};
use crate::dictionary::{self, Dictionaries};
use crate::error::{Error, failed};
use crate::events::corrupt;
use crate::salvage::{above, beside};
use crate::{disk, private, sum};

/// The name of the file in the log's directory.
pub const FILE: &str = "cut";

/// What the header begins with. Another layout gets another number, and this one is read for
/// ever.
const FORMAT: &str = "secmonkey-cut/1";

/// No header is longer.
const LONGEST: u64 = 64 << 10;

const LEAF: u64 = 32;
const ENTRY: u64 = 16;

/// How many leaves are read at a time.
const PAGE: u64 = 4_096;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    /// The dictionary that the remnants are compressed with.
    dictionary: u8,
    /// How many remnants there are.
    remains: u64,
    cut: Cut,
}

/// What is kept of the beginning of a log.
#[derive(Debug)]
pub struct Remains {
    pub cut: Cut,
    path: PathBuf,
    file: Mutex<File>,
    dictionary: u8,
    /// How many remnants there are.
    pub count: u64,
    /// Where the leaves begin, and the table.
    leaves: u64,
    table: u64,
}

/// Writes what is kept; gives the digest of the file.
pub fn write(
    path: &Path,
    cut: &Cut,
    leaves: impl IntoIterator<Item = Result<Node, log::Error>>,
    remains: &[Remnant],
) -> Result<Hash, Error> {
    let to = private::fresh(path).map_err(failed("create", path))?;
    let mut to = Summed { to: BufWriter::new(to), digest: Sha256::new(), length: 0 };
    let put = |to: &mut Summed, bytes: &[u8]| to.put(bytes).map_err(failed("write", path));
    let header = Header {
        format: FORMAT.to_owned(),
        dictionary: dictionary::CURRENT,
        remains: remains.len() as u64,
        cut: cut.clone(),
    };
    let header =
        serde_json::to_vec(&header).map_err(|error| failed("write", path)(error.into()))?;
    put(&mut to, &header)?;
    put(&mut to, b"\n")?;
    for leaf in leaves {
        put(&mut to, &leaf?.0)?;
    }
    let dictionaries = Dictionaries::new(std::collections::BTreeMap::new());
    let mut encoder = Encoder::new(&dictionaries).map_err(failed("write", path))?;
    let mut table = Vec::new();
    for remnant in remains {
        let record = encoder.encode(&remnant.stored);
        let record = record.map_err(|reason| corrupt(remnant.position, reason))?;
        let key = remnant.position.0.to_be_bytes();
        table.extend(key);
        table.extend(to.length.to_be_bytes());
        put(&mut to, &sum::seal(&key, &[&remnant.hash.0[..], &record].concat()))?;
    }
    put(&mut to, &table)?;
    let digest = Hash(to.digest.finalize().into());
    let file = to.to.into_inner().map_err(io::IntoInnerError::into_error);
    file.and_then(|file| file.sync_all()).map_err(failed("write", path))?;
    Ok(digest)
}

/// Copies it durably, under its name when it is whole.
pub fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let part = beside(to, "part");
    let mut source = File::open(from).map_err(failed("open", from))?;
    let mut file = private::fresh(&part).map_err(failed("create", &part))?;
    io::copy(&mut source, &mut file).map_err(failed("copy", from))?;
    file.sync_all().map_err(failed("sync", &part))?;
    disk::give_name(&part, to)
}

struct Summed {
    to: BufWriter<File>,
    digest: Sha256,
    length: u64,
}

impl Summed {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        self.length += bytes.len() as u64;
        self.to.write_all(bytes)
    }
}

impl Remains {
    /// What is kept in a log's directory; `None` where the log was not cut.
    pub fn of(log: &Path) -> Result<Option<Self>, Error> {
        let path = log.join(FILE);
        match File::open(&path) {
            Ok(file) => Self::read(&path, file).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("open", &path)(error)),
        }
    }

    /// What is kept in a file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(failed("open", path))?;
        Self::read(path, file)
    }

    fn read(path: &Path, file: File) -> Result<Self, Error> {
        let damaged = |reason: String| Error::Corrupt {
            path: above(path).to_owned(),
            reason: format!("its file `{FILE}` {reason}"),
        };
        let length = file.metadata().map_err(failed("read", path))?.len();
        let mut line = Vec::new();
        let mut reader = BufReader::new(&file).take(LONGEST);
        reader.read_until(b'\n', &mut line).map_err(failed("read", path))?;
        let header: Header = serde_json::from_slice(&line)
            .map_err(|error| damaged(format!("does not begin as it was written: {error}")))?;
        if header.format != FORMAT {
            return Err(damaged(format!(
                "is a `{}`, this release reads `{FORMAT}`: use a newer one",
                header.format
            )));
        }
        let Header { dictionary, remains: count, cut, .. } = header;
        let leaves = line.len() as u64;
        let table = count.checked_mul(ENTRY).and_then(|table| length.checked_sub(table));
        let records = cut.through.0.checked_mul(LEAF).and_then(|all| all.checked_add(leaves));
        let table = table.zip(records).filter(|(table, records)| records <= table);
        let Some((table, records)) = table else {
            return Err(damaged("is cut short".to_owned()));
        };
        let (path, file) = (path.to_owned(), Mutex::new(file));
        let read = Self { cut, path, file, dictionary, count, leaves, table };
        // The table stands at the end: where that is cut off, it tells nonsense.
        if read.entry(0)?.1 != records {
            return Err(damaged("is cut short".to_owned()));
        }
        Ok(read)
    }

    /// Refuses what is about items that no log records: whoever gives it away may have written
    /// anything.
    pub fn check(&self) -> Result<(), Error> {
        let dictionaries = Dictionaries::new(std::collections::BTreeMap::new());
        for remnant in self.after(Position(0), Decoder::new(&dictionaries))? {
            let remnant = remnant?;
            let envelope = remnant.envelope().map_err(|error| error.to_string());
            let checked = envelope
                .and_then(|envelope| envelope.stream.check().map_err(|error| error.to_string()));
            checked.map_err(|reason| corrupt(remnant.position, reason))?;
        }
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the file.
    fn bytes(&self, from: u64, length: u64) -> Result<Vec<u8>, log::Error> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        file.seek(SeekFrom::Start(from))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|error| log::Error::Store(failed("read", &self.path)(error).into()))?;
        Ok(bytes)
    }

    /// SHA-256 over the whole file.
    pub fn digest(&self) -> Result<Hash, log::Error> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut digest = Sha256::new();
        let mut part = vec![0; 1 << 20];
        let mut read = || -> io::Result<()> {
            file.rewind()?;
            loop {
                match file.read(&mut part)? {
                    0 => return Ok(()),
                    read => digest.update(&part[..read]),
                }
            }
        };
        read().map_err(|error| log::Error::Store(failed("read", &self.path)(error).into()))?;
        Ok(Hash(digest.finalize().into()))
    }

    /// The leaves of so many events from a position on, as far as there are any.
    pub fn leaves(&self, first: Position, count: u64) -> Result<Vec<Node>, log::Error> {
        let last = self.cut.through.0.min((first.0 - 1).saturating_add(count));
        let Some(count) = (last + 1).checked_sub(first.0) else { return Ok(Vec::new()) };
        let bytes = self.bytes(self.leaves + (first.0 - 1) * LEAF, count * LEAF)?;
        let (leaves, _) = bytes.as_chunks();
        Ok(leaves.iter().map(|leaf| Node(*leaf)).collect())
    }

    /// All leaves, read page by page.
    pub fn all_leaves(&self) -> impl Iterator<Item = Result<Node, log::Error>> + '_ {
        let pages = (1..=self.cut.through.0).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX));
        pages.flat_map(|first| {
            let (page, error) = match self.leaves(Position(first), PAGE) {
                Ok(page) => (page, None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            page.into_iter().map(Ok).chain(error)
        })
    }

    /// A remnant's position, and where it begins; behind the last, where the table does.
    fn entry(&self, index: u64) -> Result<(u64, u64), log::Error> {
        if index >= self.count {
            return Ok((u64::MAX, self.table));
        }
        let bytes = self.bytes(self.table + index * ENTRY, ENTRY)?;
        let (numbers, _) = bytes.as_chunks();
        let number = |at: usize| numbers.get(at).map_or(0, |it| u64::from_be_bytes(*it));
        Ok((number(0), number(1)))
    }

    /// The number of the first remnant at or behind a position.
    fn find(&self, position: Position) -> Result<u64, log::Error> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.entry(middle)?.0 < position.0 { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }

    fn remnant(&self, index: u64, decoder: &mut Decoder<'_>) -> Result<Remnant, log::Error> {
        let ((position, start), (_, end)) = (self.entry(index)?, self.entry(index + 1)?);
        let position = Position(position);
        let damaged = || corrupt(position, format!("{} is damaged here", self.path.display()));
        let length = end.checked_sub(start).filter(|_| end <= self.table).ok_or_else(damaged)?;
        let bytes = self.bytes(start, length)?;
        let value = sum::open(&position.0.to_be_bytes(), &bytes).ok_or_else(damaged)?;
        let (hash, record) = value.split_first_chunk().ok_or_else(damaged)?;
        let (header, body) =
            decoder.decode(self.dictionary, record).map_err(|reason| corrupt(position, reason))?;
        let stored = secmonkey_core::event::Stored { header: header.to_vec(), body: body.to_vec() };
        Ok(Remnant { position, hash: Hash(*hash), stored })
    }

    /// What is left at a position.
    pub fn at(
        &self,
        position: Position,
        decoder: &mut Decoder<'_>,
    ) -> Result<Option<Remnant>, log::Error> {
        let index = self.find(position)?;
        if self.entry(index)?.0 != position.0 {
            return Ok(None);
        }
        self.remnant(index, decoder).map(Some)
    }

    /// What is left behind a position, in order.
    pub fn after<'a>(
        &'a self,
        after: Position,
        mut decoder: Decoder<'a>,
    ) -> Result<impl Iterator<Item = Result<Remnant, log::Error>> + 'a, log::Error> {
        let first = self.find(Position(after.0.saturating_add(1)))?;
        Ok((first..self.count).map(move |index| self.remnant(index, &mut decoder)))
    }
}

#[cfg(test)]
mod tests {
    use secmonkey_core::Timestamp;
    use secmonkey_core::event::{Actor, Event, NewEvent, Stored, StreamId, Version, Went};

    use super::*;

    /// What is kept of a log with one event, in this stream.
    fn kept(folder: &Path, stream: &str) -> Remains {
        let (at, by) = (Timestamp::UNIX_EPOCH, Actor::from("cli"));
        let event = Event::AccountRemoved { id: "1".parse().unwrap() };
        let new = NewEvent { event, observed_at: at };
        let stream = StreamId::from(stream.to_owned());
        let stored = Stored::encode(Position(1), &stream, Version(1), at, &by, None, &new).unwrap();
        let hash = Hash::START.next(&stored.header, &stored.body);
        let leaf = Node::leaf(&stored.header, &stored.body);
        let cut = Cut {
            through: Position(1),
            hash,
            first: hash,
            since: at,
            at,
            by,
            scans: 0,
            went: Went::default(),
        };
        let remnant = Remnant { position: Position(1), hash, stored };
        let path = folder.join(FILE);
        write(&path, &cut, [Ok(leaf)], &[remnant]).unwrap();
        Remains::open(&path).unwrap()
    }

    #[test]
    fn what_is_left_of_an_item_that_no_log_records_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        kept(folder.path(), "item/1/queue/r/q").check().unwrap();
        let said = kept(folder.path(), "item/1/queue/../q").check().unwrap_err().to_string();
        assert!(said.contains("position 1") && said.contains("the region `..`"), "{said}");
    }

    #[test]
    fn a_copy_goes_where_no_link_leads() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to, other] = ["from", "to", "other"].map(|name| folder.path().join(name));
        std::fs::write(&from, "kept").unwrap();
        std::fs::write(&other, "theirs").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&other, beside(&to, "part")).unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "kept");
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "theirs");
    }
}
