//! Past instants: single items as they stood at a position of the log.

use jiff::Timestamp;

use super::item::Start;
use super::known::Namers;
use super::table::STARTS;
use super::{Error, Fold, Memory, PAGE, Rows as _, Views, row_key};
use crate::event::{Envelope, Event, Position, StreamId, TooLarge, Version};
use crate::item::{Item, Key};
use crate::log::EventLog;
use crate::replay::Replay;

use std::collections::BTreeSet;
use std::sync::Arc;

/// How many events of a stream are read at once to replay it.
const REPLAY: usize = 40;

/// An item as it stood at one position.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The item; its configuration is the last known where it is deleted.
    pub item: Item,
    /// The revision it was at.
    pub revision: u64,
    /// When that revision was recorded.
    pub at: Timestamp,
    /// Whether it was gone.
    pub deleted: bool,
    /// The parts that had never been read.
    pub never_read: BTreeSet<String>,
    /// What it was then, where that was too large to keep.
    pub too_large: Option<TooLarge>,
}

impl Views {
    /// An item as it stood at a position; `None` where it was not known then.
    ///
    /// # Errors
    /// Where the log cannot be read, or holds a configuration whose digest differs.
    pub async fn item_at(
        &self,
        log: &dyn EventLog,
        key: &Key,
        position: Position,
    ) -> Result<Option<Snapshot>, Error> {
        let mut start = None;
        for row in self.under::<Start>(row_key(STARTS, &[&key.to_string(), ""])) {
            let (_, whole) = row?;
            if whole.position <= position {
                start = Some(whole.version);
            }
        }
        let Some(start) = start else { return Ok(None) };
        let replay = replayed(log, key, start, position).await?;
        let Some((item, row)) = replay.item().zip(replay.row) else { return Ok(None) };
        Ok(Some(Snapshot {
            item,
            revision: row.revision,
            at: row.last_changed,
            deleted: row.deleted,
            never_read: row.never_read,
            too_large: row.too_large,
        }))
    }

    /// Views in memory of one item alone, as of one position: what its own events say,
    /// those of its account, the rules that people made, and those of the scans that meant to look at its technology.
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
        let mut streams =
            vec![StreamId::item(key), StreamId::account(&key.account), StreamId::governance()];
        for scan in self.scans() {
            let scan = scan?;
            let looked = scan.planned.iter().any(|planned| {
                planned.account == key.account && planned.technologies.contains(&key.technology)
            });
            if looked {
                streams.push(StreamId::scan(&scan.id));
            }
        }
        let mut events: Vec<Envelope> = Vec::new();
        for stream in &streams {
            let mut from = Version(1);
            loop {
                let page = log.read_stream(stream, from, PAGE).await?;
                if let Some(last) = page.last() {
                    from = Version(last.version.0 + 1);
                }
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
        if let Some(carried) = self.carried(&key.account)? {
            let before = Position(carried.0.saturating_sub(1));
            events.extend(log.read_all(before, 1).await?);
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
}

/// The state of an item after its events from a version on, up to a position.
///
/// # Errors
/// Where the log cannot be read, or an event does not fit.
pub(crate) async fn replayed(
    log: &dyn EventLog,
    key: &Key,
    from: Version,
    position: Position,
) -> Result<Replay, Error> {
    let stream = StreamId::item(key);
    let mut replay = Replay::default();
    let mut next = from;
    loop {
        let page = log.read_stream(&stream, next, REPLAY).await?;
        for envelope in page.iter().take_while(|envelope| envelope.position <= position) {
            replay.step(envelope).map_err(Error::misfit(envelope))?;
        }
        match page.last() {
            Some(last) if page.len() == REPLAY && last.position < position => {
                next = Version(last.version.0 + 1);
            }
            _ => return Ok(replay),
        }
    }
}
