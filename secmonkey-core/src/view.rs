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
use tokio::sync::OwnedMutexGuard;

use crate::event::{Envelope, Event, Hash, Position, ScopeId, StreamId};
use crate::log::{self, EventLog};
use crate::replay::Misfit;
use crate::technology::Technology;

mod account;
mod carried;
pub mod contract;
mod delivery;
mod governance;
mod issue;
mod item;
mod known;
mod past;
mod rows;
mod scan;
mod search;
mod spilling;
mod table;

use known::Namers;
use search::Sizes;
use spilling::Spilling;

pub use account::{LastAudit, Said};
pub use delivery::{SigningKeyRow, Told};
pub use governance::{CommentRow, RuleRow};
pub use item::{Read, Revision};
pub use past::Snapshot;
pub(crate) use past::replayed;
pub use rows::{Memory, Row, Rows, RowsError};
pub use scan::{Completed, Ended, Judged, ScanRow, ScopeRow};

pub use crate::issue::{Issue, Justification, Status};
pub use crate::replay::{ItemRow, Stale};

/// Raised whenever rows are written in another form: views of another format are
/// rebuilt from the log.
pub const FORMAT: u32 = 8;

/// How many events one step of a fold takes.
const PAGE: usize = 1_000;

/// Why a view cannot answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
    /// What folds was stopped, or panicked.
    #[error("the views could not be brought up to date: {0}")]
    Stopped(String),
}

impl Error {
    fn event(envelope: &Envelope, reason: impl Into<String>) -> Self {
        Self::Event {
            position: envelope.position,
            stream: envelope.stream.clone(),
            reason: reason.into(),
        }
    }

    /// An event that does not fit the state before it.
    pub(crate) fn misfit(envelope: &Envelope) -> impl FnOnce(Misfit) -> Self + '_ {
        move |misfit| Self::event(envelope, misfit.0)
    }
}

/// Up to where the rows reflect the log.
#[derive(Debug, Serialize, Deserialize)]
struct Checkpoint {
    format: u32,
    /// What configurations are taken to name.
    namers: Namers,
    position: Position,
    hash: Hash,
}

impl Checkpoint {
    const KEY: &'static [u8] = b"checkpoint";
}

/// What the log says, folded. Cheap to clone: all clones are the same views.
#[derive(Clone)]
pub struct Views(Arc<Inner>);

struct Inner {
    rows: Arc<dyn Rows>,
    /// How the search index grows; `None` where there is none.
    sizes: Option<Sizes>,
    /// What configurations name, and whether the rows were folded with it.
    namers: RwLock<(Arc<Namers>, bool)>,
    /// One fold at a time; reading needs no lock, because a fold commits whole pages. Holds
    /// the position that the rows reflect, once they were held against the log.
    folding: Arc<tokio::sync::Mutex<Option<Position>>>,
}

/// The right to fold. A step that has begun holds it, too: where whoever folds is dropped, the
/// next fold begins when that step is at its end.
struct Held(Arc<OwnedMutexGuard<Option<Position>>>);

impl Held {
    /// From now on, nothing is known of the rows.
    fn new(mut reflected: OwnedMutexGuard<Option<Position>>) -> Self {
        *reflected = None;
        Self(Arc::new(reflected))
    }

    /// Runs a step on a thread that may block.
    async fn blocking<T: Send + 'static>(
        &self,
        step: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let held = Arc::clone(&self.0);
        blocking(move || {
            let done = step();
            drop(held);
            done
        })
        .await
    }

    /// The rows reflect a position.
    fn reflect(&mut self, at: Position) {
        // No step runs any more; else the next fold looks at the rows.
        if let Some(reflected) = Arc::get_mut(&mut self.0) {
            **reflected = Some(at);
        }
    }
}

impl Views {
    /// The views in these rows. They may be behind the log, or anything at all:
    /// [`catch_up`](Self::catch_up) mends both.
    #[must_use]
    pub fn new(rows: Arc<dyn Rows>) -> Self {
        Self::indexed(rows, Some(Sizes::default()))
    }

    /// The same without a search index: for those who ask once, or never search. Questions are
    /// answered by reading everything.
    #[must_use]
    pub fn without_search(rows: Arc<dyn Rows>) -> Self {
        Self::indexed(rows, None)
    }

    fn indexed(rows: Arc<dyn Rows>, sizes: Option<Sizes>) -> Self {
        Self(Arc::new(Inner { rows, sizes, namers: RwLock::default(), folding: Arc::default() }))
    }

    /// Views in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(Arc::new(Memory::default()))
    }

    /// Says what configurations of these technologies name. The rows remember it; where it
    /// is news to them, the next [`catch_up`](Self::catch_up) rebuilds them. A
    /// [`Pipeline`](crate::pipeline::Pipeline) does this for what its watchers read.
    pub fn know<'a>(&self, technologies: impl IntoIterator<Item = &'a Technology>) {
        let mut known = self.0.namers.write().unwrap_or_else(PoisonError::into_inner);
        let mut namers = known.0.as_ref().clone();
        namers.learn(technologies);
        if namers != *known.0 {
            *known = (Arc::new(namers), false);
        }
    }

    fn namers(&self) -> Arc<Namers> {
        Arc::clone(&self.0.namers.read().unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Whether the rows were folded with what is said that configurations name.
    fn is_folded_with_names(&self) -> bool {
        self.0.namers.read().unwrap_or_else(PoisonError::into_inner).1
    }

    fn fold_with(&self, namers: &Arc<Namers>) {
        let folded = (Arc::clone(namers), true);
        *self.0.namers.write().unwrap_or_else(PoisonError::into_inner) = folded;
    }

    /// The same views as of one position of the log: in memory, and beside the rows of these
    /// where that is more than a few megabytes. They are gone when they are dropped.
    ///
    /// # Errors
    /// Where the log cannot be read, or what it says does not find room.
    pub async fn as_of(&self, log: &dyn EventLog, position: Position) -> Result<Self, Error> {
        log::reaches(log, position).await?;
        // Whoever asks about a past instant asks once: an index costs more than it saves.
        let views = Self::without_search(Arc::new(Spilling::beside(&self.0.rows)));
        views.fold_with(&self.namers());
        views.fold(log, position).await?;
        Ok(views)
    }

    /// Up to where they reflect the log; 0 where nothing was folded yet.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn position(&self) -> Result<Position, Error> {
        let checkpoint = self.row::<Checkpoint>(Checkpoint::KEY)?;
        Ok(checkpoint.map_or(Position(0), |checkpoint| checkpoint.position))
    }

    /// Folds what the log has and the rows lack. Rows of another format, or of
    /// another log, are thrown away first.
    ///
    /// Reads and folds on threads that may block. One folds at a time, and others wait for it:
    /// what has begun this is polled to its end, or dropped. In a stream of futures or a
    /// `select!` that keeps it while something else is awaited, it belongs into a task.
    ///
    /// # Errors
    /// Where the log cannot be read or the rows cannot be written.
    pub async fn catch_up(&self, log: &dyn EventLog) -> Result<Position, Error> {
        let to = log.head().await?.position;
        self.fold(log, to).await
    }

    pub(crate) async fn fold(&self, log: &dyn EventLog, to: Position) -> Result<Position, Error> {
        let reflected = Arc::clone(&self.0.folding).lock_owned().await;
        if self.0.rows.is_followed() {
            let views = self.clone();
            return blocking(move || views.follow()).await;
        }
        let known = match *reflected {
            Some(at) if at >= to && self.is_folded_with_names() => return Ok(at),
            known => known,
        };
        let (mut at, namers) = match known {
            Some(at) if self.is_folded_with_names() => (at, self.namers()),
            _ => self.checkpoint(log).await?,
        };
        let mut held = Held::new(reflected);
        let mut before = Arc::new(Pending::new());
        let mut page = page(log, at, to).await?;
        while let Some(last) = page.last() {
            at = last.position;
            // While a page is folded, the one before it is written and the next one read.
            let (views, namers, written) = (self.clone(), Arc::clone(&namers), Arc::clone(&before));
            let folding = held.blocking(move || views.fold_page(&page, &namers, &written));
            let writing = self.write(&held, &before);
            let (next, folded, written) = tokio::join!(self::page(log, at, to), folding, writing);
            written?;
            before = Arc::new(folded?);
            page = next?;
        }
        self.write(&held, &before).await?;
        let views = self.clone();
        held.blocking(move || views.index(&namers)).await?;
        held.reflect(at);
        Ok(at)
    }

    /// Commits what a page comes to.
    async fn write(&self, held: &Held, pending: &Arc<Pending>) -> Result<(), Error> {
        if pending.is_empty() {
            return Ok(());
        }
        let (rows, pending) = (Arc::clone(&self.0.rows), Arc::clone(pending));
        let write = move || {
            // Whoever folds the next page reads them, too.
            let written = pending.iter().map(|(key, row)| (key.clone(), row.clone()));
            Ok(rows.commit(written.collect())?)
        };
        held.blocking(write).await
    }

    /// Lets the process that folds the rows do so.
    fn follow(&self) -> Result<Position, Error> {
        self.0.rows.follow()?;
        let checkpoint = self.row::<Checkpoint>(Checkpoint::KEY)?;
        Ok(checkpoint.map_or(Position(0), |checkpoint| {
            self.fold_with(&Arc::new(checkpoint.namers));
            checkpoint.position
        }))
    }

    /// What a page comes to, behind one that is not written yet.
    fn fold_page(
        &self,
        page: &[Envelope],
        namers: &Namers,
        before: &Pending,
    ) -> Result<Pending, Error> {
        let mut fold = Fold::new(self.0.rows.as_ref(), namers);
        fold.before = Some(before);
        fold.sizes = self.0.sizes;
        for envelope in page {
            fold.event(envelope)?;
        }
        fold.put_search_state()?;
        if let Some(last) = page.last() {
            let checkpoint = Checkpoint {
                format: FORMAT,
                namers: namers.clone(),
                position: last.position,
                hash: last.hash,
            };
            fold.put(Checkpoint::KEY, &checkpoint)?;
        }
        Ok(fold.pending)
    }

    /// The position that the rows reflect, and what is taken to be named, after throwing
    /// away rows that are no views of this log, or other ones.
    async fn checkpoint(&self, log: &dyn EventLog) -> Result<(Position, Arc<Namers>), Error> {
        let said = self.namers();
        self.fold_with(&said);
        let Some(bytes) = self.0.rows.get(Checkpoint::KEY)? else {
            self.0.rows.clear()?;
            return Ok((Position(0), said));
        };
        if let Ok(found) = serde_json::from_slice::<Checkpoint>(&bytes)
            && found.format == FORMAT
        {
            let mut namers = found.namers.clone();
            namers.extend(said.as_ref().clone());
            let before = Position(found.position.0.saturating_sub(1));
            let event = log.read_all(before, 1).await?;
            let is_this_log = event
                .first()
                .is_some_and(|event| event.position == found.position && event.hash == found.hash);
            if is_this_log {
                let anew = self.was_read_otherwise(&found.namers, &namers)?;
                let namers = Arc::new(namers);
                self.fold_with(&namers);
                if !anew {
                    return Ok((found.position, namers));
                }
                tracing::info!("configurations name more than the views know: rebuilding them");
                self.0.rows.clear()?;
                return Ok((Position(0), namers));
            }
        }
        tracing::info!("the views are of another format or another log: rebuilding them");
        self.0.rows.clear()?;
        Ok((Position(0), said))
    }

    fn row<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Error> {
        Ok(self.0.rows.get(key)?.map(|bytes| serde_json::from_slice(&bytes)).transpose()?)
    }

    /// Every row under a prefix, in order, read page by page.
    fn under<T: DeserializeOwned>(
        &self,
        prefix: Vec<u8>,
    ) -> impl Iterator<Item = Result<(Vec<u8>, T), Error>> + '_ {
        self.under_from(prefix, None)
    }

    /// The same, behind a key.
    fn under_from<T: DeserializeOwned>(
        &self,
        prefix: Vec<u8>,
        after: Option<Vec<u8>>,
    ) -> impl Iterator<Item = Result<(Vec<u8>, T), Error>> + '_ {
        Under {
            rows: self.0.rows.as_ref(),
            prefix,
            page: Vec::new().into_iter(),
            after,
            end: false,
        }
        .map(|row| {
            let (key, value) = row?;
            Ok((key, serde_json::from_slice(&value)?))
        })
    }
}

/// The next events behind a position, up to another; none where that is reached.
async fn page(log: &dyn EventLog, at: Position, to: Position) -> Result<Vec<Envelope>, Error> {
    let wanted = usize::try_from(to.0.saturating_sub(at.0)).unwrap_or(PAGE).min(PAGE);
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let mut page = log.read_all(at, wanted).await?;
    // Where the log was cut, positions are missing.
    page.retain(|envelope| envelope.position <= to);
    Ok(page)
}

/// Runs what reads, folds or computes on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static, E: From<Error> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Error::Stopped(error.to_string()).into()),
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

/// Rows that are to be written; `None` where one is deleted.
type Pending = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// One step of a fold: reads see what the step has written so far.
struct Fold<'a> {
    rows: &'a dyn Rows,
    namers: &'a Namers,
    /// Of the event that is being folded.
    position: Position,
    pending: Pending,
    /// What the step before it wrote, where that is not in the rows yet.
    before: Option<&'a Pending>,
    /// How the search index grows; `None` where there is none.
    sizes: Option<Sizes>,
    /// Since when the last scope that was asked for is known, where it is.
    read: Option<(ScopeId, Option<jiff::Timestamp>)>,
    /// What there is of it, once that was read.
    search: Option<search::State>,
}

impl<'a> Fold<'a> {
    fn new(rows: &'a dyn Rows, namers: &'a Namers) -> Self {
        let (position, pending) = (Position(0), Pending::new());
        Self {
            rows,
            namers,
            position,
            pending,
            before: None,
            sizes: None,
            read: None,
            search: None,
        }
    }
}

impl Fold<'_> {
    fn event(&mut self, envelope: &Envelope) -> Result<(), Error> {
        self.position = envelope.position;
        match &envelope.event {
            Event::ScanStarted { .. }
            | Event::SweepFailed(_)
            | Event::Swept(_)
            | Event::ScanFinished(_)
            | Event::ScanInterrupted { .. } => self.scan_event(envelope),
            Event::AccountRegistered(_)
            | Event::AccountUpdated(_)
            | Event::AccountRemoved { .. }
            | Event::CatalogueUsed { .. }
            | Event::AuditFinished(_) => self.account_event(envelope),
            Event::NetworkKnown(_) | Event::NetworkForgotten { .. } => self.known_event(envelope),
            Event::CheckOverridden(_)
            | Event::OverrideRemoved { .. }
            | Event::ItemsIgnored(_)
            | Event::IgnoreRemoved { .. }
            | Event::ScheduleChanged(_)
            | Event::ScheduleReset(_)
            | Event::Subscribed(_)
            | Event::Unsubscribed { .. }
            | Event::UserAdded(_)
            | Event::UserUpdated(_)
            | Event::UserRemoved { .. }
            | Event::PasswordChanged { .. }
            | Event::TokenIssued(_)
            | Event::TokenRevoked { .. }
            | Event::NotificationsSilenced(_)
            | Event::NotificationsResumed => self.governance_event(envelope),
            Event::Delivered { .. }
            | Event::DigestKeyUsed { .. }
            | Event::SigningKeyUsed { .. } => self.delivery_event(envelope),
            Event::ItemCarried(carried) => self.item_carried(envelope, carried),
            Event::ScansCarried(carried) => self.scans_carried(carried),
            Event::LogCut(_) | Event::NotificationsSettled { .. } => Ok(()),
            _ => self.item_event(envelope),
        }
    }

    fn bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let before = || self.before.and_then(|before| before.get(key));
        match self.pending.get(key).or_else(before) {
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
        let rows = self.raw_under(prefix)?.into_iter();
        rows.map(|(key, value)| Ok((key, serde_json::from_slice(&value)?))).collect()
    }

    /// The same, as bytes.
    fn raw_under(&self, prefix: &[u8]) -> Result<Vec<Row>, Error> {
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
        for pending in self.before.into_iter().chain([&self.pending]) {
            let from = (Bound::Included(prefix.to_vec()), Bound::Unbounded);
            let behind = pending.range(from).take_while(|(key, _)| key.starts_with(prefix));
            all.extend(behind.map(|(key, value)| (key.clone(), value.clone())));
        }
        Ok(all.into_iter().filter_map(|(key, value)| value.map(|value| (key, value))).collect())
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

/// A number as text that sorts as the number does.
fn ordered(number: u64) -> String {
    format!("{number:016x}")
}

#[cfg(test)]
mod tests;
