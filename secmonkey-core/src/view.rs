//! Views: what the log says, folded so that it can be asked quickly.
//!
//! Everything here can be thrown away and rebuilt from the log. The folds are
//! written once, over a table of bytes ([`Rows`]) that a store provides; a view
//! of a past instant is the same fold, stopped there ([`Views::as_of`]).

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::diff::PatchError;
use crate::event::{Envelope, Event, Hash, Position, StreamId, Version};
use crate::item::Key;
use crate::log::{self, EventLog};
use crate::technology::Technology;

mod account;
mod issue;
mod item;
mod known;
mod scan;

use known::Namers;

pub use account::Audited;
pub use issue::{Issue, Justification, Status};
pub(crate) use item::patch_bytes;
pub use item::{ItemRow, Revision, Snapshot, Stale};
pub use scan::{ScanRow, ScopeRow};

/// Raised whenever rows are written in another form: views of another format are
/// rebuilt from the log.
const FORMAT: u32 = 2;

/// How many events one step of a fold takes.
const PAGE: usize = 1_000;

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

/// Why a view cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The rows cannot be read or written.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// A row is not what the fold wrote.
    #[error("a row of the views does not read: {0}")]
    Row(#[from] serde_json::Error),
    /// An event of the log does not fit the state before it.
    #[error("the event at position {position} of {stream} does not fit: {reason}")]
    Event {
        /// Where.
        position: Position,
        /// In which stream.
        stream: StreamId,
        /// Why.
        reason: String,
    },
}

impl Error {
    fn event(envelope: &Envelope, reason: impl Into<String>) -> Self {
        Self::Event {
            position: envelope.position,
            stream: envelope.stream.clone(),
            reason: reason.into(),
        }
    }

    fn patch(envelope: &Envelope) -> impl FnOnce(PatchError) -> Self + '_ {
        move |error| Self::event(envelope, error.to_string())
    }
}

/// Up to where the rows reflect the log.
#[derive(Debug, Serialize, Deserialize)]
struct Checkpoint {
    format: u32,
    /// What configurations were taken to name.
    names: String,
    position: Position,
    hash: Hash,
}

impl Checkpoint {
    const KEY: &'static [u8] = b"checkpoint";
}

/// What the log says, folded.
pub struct Views {
    rows: Arc<dyn Rows>,
    namers: Namers,
    /// One fold at a time; reading needs no lock, because a fold commits whole pages.
    folding: tokio::sync::Mutex<()>,
}

impl Views {
    /// The views in these rows. They may be behind the log, or anything at all:
    /// [`catch_up`](Self::catch_up) mends both.
    #[must_use]
    pub fn new(rows: Arc<dyn Rows>) -> Self {
        Self { rows, namers: Namers::default(), folding: tokio::sync::Mutex::new(()) }
    }

    /// The same, folding what configurations of these technologies name. Without it no
    /// name is known, and checks that look one up are undecided.
    ///
    /// Views that were folded with other names are rebuilt.
    #[must_use]
    pub fn knowing<'a>(mut self, technologies: impl IntoIterator<Item = &'a Technology>) -> Self {
        self.namers = Namers::of(technologies);
        self
    }

    /// The same views in memory, as of one position of the log.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub async fn as_of(&self, log: &dyn EventLog, position: Position) -> Result<Self, Error> {
        let views = Self { namers: self.namers.clone(), ..Self::new(Arc::new(Memory::default())) };
        views.fold(log, position).await?;
        Ok(views)
    }

    /// Views in memory of one item alone, as of one position: what its own events say,
    /// those of its account, and those of the scans that meant to look at its technology.
    /// Far less to read than [`as_of`](Self::as_of) for those who ask for one item.
    ///
    /// # Errors
    /// Where the log or the rows cannot be read.
    pub async fn item_as_of(
        &self,
        log: &dyn EventLog,
        key: &Key,
        position: Position,
    ) -> Result<Self, Error> {
        let mut streams = vec![StreamId::item(key), StreamId::account(&key.account)];
        for scan in self.scans() {
            let scan = scan?;
            let looked = scan.planned.iter().any(|planned| {
                planned.account == key.account && planned.technologies.contains(&key.technology)
            });
            if looked {
                streams.push(StreamId::scan(&scan.id));
            }
        }
        let mut events = Vec::new();
        for stream in &streams {
            let mut from = Version(1);
            loop {
                let page = log.read_stream(stream, from, PAGE).await?;
                from.0 += page.len() as u64;
                let more = page.len() == PAGE;
                let before = events.len();
                events.extend(page.into_iter().filter(|event| {
                    event.position <= position
                        && !matches!(&event.event, Event::SweepFailed(failure)
                            if failure.item.as_ref().is_some_and(|item| *item != key.id))
                }));
                if !more || events.len() == before {
                    break;
                }
            }
        }
        events.sort_by_key(|event| event.position);
        let rows = Memory::default();
        // What one item names says nothing of the world.
        let namers = Namers::default();
        let mut fold = Fold::new(&rows, &namers);
        for event in &events {
            fold.event(event)?;
        }
        let pending = fold.pending.into_iter().collect();
        rows.commit(pending)?;
        Ok(Self::new(Arc::new(rows)))
    }

    /// Folds what the log has and the rows lack. Rows of another format, or of
    /// another log, are thrown away first.
    ///
    /// # Errors
    /// Where the log cannot be read or the rows cannot be written.
    pub async fn catch_up(&self, log: &dyn EventLog) -> Result<Position, Error> {
        let to = log.head().await?.position;
        self.fold(log, to).await
    }

    async fn fold(&self, log: &dyn EventLog, to: Position) -> Result<Position, Error> {
        let _one = self.folding.lock().await;
        let mut at = self.checkpoint(log).await?;
        while at < to {
            let wanted = usize::try_from(to.0 - at.0).unwrap_or(PAGE).min(PAGE);
            let page = log.read_all(at, wanted).await?;
            let Some(last) = page.last() else { break };
            at = last.position;
            let mut fold = Fold::new(self.rows.as_ref(), &self.namers);
            for envelope in &page {
                fold.event(envelope)?;
            }
            let names = self.namers.mark();
            let checkpoint = Checkpoint { format: FORMAT, names, position: at, hash: last.hash };
            fold.put(Checkpoint::KEY, &checkpoint)?;
            self.rows.commit(fold.pending.into_iter().collect())?;
        }
        Ok(at)
    }

    /// The position that the rows reflect, after throwing away rows that are no views of
    /// this log, or other ones.
    async fn checkpoint(&self, log: &dyn EventLog) -> Result<Position, Error> {
        let Some(bytes) = self.rows.get(Checkpoint::KEY)? else {
            self.rows.clear()?;
            return Ok(Position(0));
        };
        if let Ok(found) = serde_json::from_slice::<Checkpoint>(&bytes)
            && found.format == FORMAT
            && found.names == self.namers.mark()
        {
            let before = Position(found.position.0.saturating_sub(1));
            let event = log.read_all(before, 1).await?;
            if event
                .first()
                .is_some_and(|event| event.position == found.position && event.hash == found.hash)
            {
                return Ok(found.position);
            }
        }
        tracing::info!("the views are of another format or another log: rebuilding them");
        self.rows.clear()?;
        Ok(Position(0))
    }

    fn row<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Error> {
        Ok(self.rows.get(key)?.map(|bytes| serde_json::from_slice(&bytes)).transpose()?)
    }

    /// Every row under a prefix, in order, read page by page.
    fn under<T: DeserializeOwned>(
        &self,
        prefix: Vec<u8>,
    ) -> impl Iterator<Item = Result<(Vec<u8>, T), Error>> + '_ {
        Under {
            rows: self.rows.as_ref(),
            prefix,
            page: Vec::new().into_iter(),
            after: None,
            end: false,
        }
        .map(|row| {
            let (key, value) = row?;
            Ok((key, serde_json::from_slice(&value)?))
        })
    }
}

/// Rows under a prefix, page by page: memory stays bounded.
struct Under<'a> {
    rows: &'a dyn Rows,
    prefix: Vec<u8>,
    page: std::vec::IntoIter<Row>,
    after: Option<Vec<u8>>,
    end: bool,
}

impl Iterator for Under<'_> {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(row) = self.page.next() {
            return Some(Ok(row));
        }
        if self.end {
            return None;
        }
        match self.rows.scan(&self.prefix, self.after.as_deref(), 256) {
            Ok(page) => {
                self.end = page.len() < 256;
                self.after = page.last().map(|(key, _)| key.clone());
                self.page = page.into_iter();
                self.page.next().map(Ok)
            }
            Err(error) => {
                self.end = true;
                Some(Err(error.into()))
            }
        }
    }
}

/// One step of a fold: reads see what the step has written so far.
struct Fold<'a> {
    rows: &'a dyn Rows,
    namers: &'a Namers,
    /// Of the event that is being folded.
    position: Position,
    pending: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'a> Fold<'a> {
    fn new(rows: &'a dyn Rows, namers: &'a Namers) -> Self {
        Self { rows, namers, position: Position(0), pending: BTreeMap::new() }
    }
}

impl Fold<'_> {
    fn event(&mut self, envelope: &Envelope) -> Result<(), Error> {
        self.position = envelope.position;
        self.item_event(envelope)?;
        self.issue_event(envelope)?;
        self.scan_event(envelope)?;
        self.known_event(envelope)?;
        self.account_event(envelope)
    }

    fn bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        match self.pending.get(key) {
            Some(pending) => Ok(pending.clone()),
            None => Ok(self.rows.get(key)?),
        }
    }

    fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Error> {
        Ok(self.bytes(key)?.map(|bytes| serde_json::from_slice(&bytes)).transpose()?)
    }

    fn put<T: Serialize + ?Sized>(&mut self, key: &[u8], row: &T) -> Result<(), Error> {
        self.pending.insert(key.to_vec(), Some(serde_json::to_vec(row)?));
        Ok(())
    }

    fn delete(&mut self, key: &[u8]) {
        self.pending.insert(key.to_vec(), None);
    }

    /// Every row under a prefix, this step's writes included.
    fn under<T: DeserializeOwned>(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, T)>, Error> {
        let stored = Under {
            rows: self.rows,
            prefix: prefix.to_vec(),
            page: Vec::new().into_iter(),
            after: None,
            end: false,
        };
        let mut all = BTreeMap::new();
        for row in stored {
            let (key, value) = row?;
            all.insert(key, Some(value));
        }
        let from = (Bound::Included(prefix.to_vec()), Bound::Unbounded);
        for (key, value) in self.pending.range(from).take_while(|(key, _)| key.starts_with(prefix))
        {
            all.insert(key.clone(), value.clone());
        }
        all.into_iter()
            .filter_map(|(key, value)| value.map(|value| (key, value)))
            .map(|(key, value)| Ok((key, serde_json::from_slice(&value)?)))
            .collect()
    }
}

/// A row key: a table's letter, then text. Item keys may hold any character but NUL,
/// which therefore ends them where something follows.
fn row_key(table: char, parts: &[&str]) -> Vec<u8> {
    let mut key = table.to_string();
    key.push('/');
    key.push_str(&parts.join("\0"));
    key.into_bytes()
}

/// The prefix of all rows of a table that start with `text`.
fn prefix(table: char, text: &str) -> Vec<u8> {
    format!("{table}/{text}").into_bytes()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::account::Account;
    use crate::config::Digest;
    use crate::event::{
        Actor, Change, Discovered, Failure, Finished, IssueId, NewEvent, Opened, Planned, ScanId,
        ScopeId,
    };
    use crate::log::{Append, Expected};

    #[tokio::test]
    async fn one_item_as_of_a_position_is_what_all_items_say_of_it() {
        let account = Account::new("123456789012".parse().unwrap(), "a");
        let keys = ["one", "two"].map(|id| format!("123456789012/thing/global/{id}"));
        let keys = keys.map(|key| key.parse::<Key>().unwrap());
        let scope = ScopeId {
            account: account.id.clone(),
            technology: "thing".to_owned(),
            region: "global".to_owned(),
        };
        let planned = Planned {
            account: account.id.clone(),
            technologies: vec![scope.technology.clone()],
            regions: vec![scope.region.clone()],
            complete: true,
        };
        let discovered = Event::ItemDiscovered(Discovered {
            name: "first".to_owned(),
            arn: None,
            shape: 1,
            config: json!({"A": 1, "B": 1}),
            digest: Digest::of(&json!({"A": 1, "B": 1})),
            unread: BTreeSet::new(),
        });
        let changed = Event::ItemChanged(Change {
            patch: serde_json::from_value(json!([{"op": "replace", "path": "/A", "value": 2}]))
                .unwrap(),
            digest: Digest::of(&json!({"A": 2, "B": 1})),
            full: None,
            name: Some("second".to_owned()),
            arn: None,
        });
        let opened = |key| {
            Event::IssueOpened(Opened {
                issue: IssueId::of(key, "thing.check", ""),
                check: "thing.check".to_owned(),
                subject: String::new(),
                score: 5,
                detail: String::new(),
                evidence: Vec::new(),
                grounds: BTreeSet::new(),
            })
        };
        let failed = |key: &Key| {
            Event::SweepFailed(Failure {
                scope: scope.clone(),
                operation: "thing:Get".to_owned(),
                item: Some(key.id.clone()),
                part: Some("/B".to_owned()),
                reason: "denied".to_owned(),
            })
        };

        let log = log::memory::Memory::default();
        let mut history =
            vec![(StreamId::account(&account.id), None, Event::AccountRegistered(account.clone()))];
        for (start, step) in [(1, &discovered), (2, &changed), (3, &Event::ItemDeleted)] {
            let scan = ScanId::at(Timestamp::from_second(start).unwrap());
            let stream = StreamId::scan(&scan);
            let mut add = |stream, event| history.push((stream, Some(scan.clone()), event));
            add(stream.clone(), Event::ScanStarted { planned: vec![planned.clone()] });
            for key in &keys {
                add(StreamId::item(key), step.clone());
                if start == 1 {
                    add(StreamId::item(key), opened(key));
                }
                add(stream.clone(), failed(key));
            }
            add(stream, Event::ScanFinished(Finished::default()));
        }
        history.push((
            StreamId::account(&account.id),
            None,
            Event::AccountRemoved { id: account.id.clone() },
        ));
        for (stream, scan, event) in history {
            let actor = Actor("cli".to_owned());
            let event = NewEvent { event, observed_at: Timestamp::UNIX_EPOCH, actor, scan };
            let batch = vec![Append { stream, expected: Expected::Any, events: vec![event] }];
            log.append(batch).await.unwrap();
        }

        let views = Views::new(Arc::new(Memory::default()));
        let last = views.catch_up(&log).await.unwrap();
        for position in (0..=last.0).map(Position) {
            let all = views.as_of(&log, position).await.unwrap();
            let one = views.item_as_of(&log, &keys[0], position).await.unwrap();
            let said = |views: &Views| {
                let row = views.item(&keys[0]).unwrap();
                let seen = row
                    .as_ref()
                    .map(|row| (views.last_seen(row).unwrap(), views.unread(row).unwrap()));
                let config = views.config(&keys[0]).unwrap();
                let issues = views.issues_of(&keys[0]).unwrap();
                (row, seen, config, issues, views.scope(&scope).unwrap(), views.accounts().unwrap())
            };
            let (mut expected, mut found) = (said(&all), said(&one));
            // The failure that a scope remembers may be that of another item.
            for scope in [&mut expected.4, &mut found.4].into_iter().flatten() {
                scope.last_failure = None;
            }
            assert_eq!(found, expected, "at {position}");
            assert!(position.0 < 3 || found.0.is_some());
        }
    }
}
