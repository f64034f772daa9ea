//! The readings of an item, and the calls between them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Attribution, Call};
use crate::event::StreamId;
use crate::item::Key;
use crate::log::EventLog;
use crate::replay::{ChangeKind, change_of};
use crate::view::{self, Revision};

/// The provider's clock and ours, and what it takes until a reading shows what a call did: so
/// far outside of a reading's time a call may be, where it fits nowhere else.
const SLACK: SignedDuration = SignedDuration::from_mins(1);
/// Times of calls are whole seconds.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// A reading of an item that saw a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The revision that it made.
    pub revision: u64,
    /// What it saw.
    pub kind: ChangeKind,
    /// When the item was last read before: `None` where it was the first look, and whatever
    /// it saw may have been so for ever.
    pub after: Option<Timestamp>,
    /// When it was read.
    pub until: Timestamp,
    /// Where the configuration changed.
    pub changed: Vec<String>,
}

impl Reading {
    /// Whether a call at a time lies between this reading and the one before.
    fn holds(&self, time: Timestamp, slack: SignedDuration) -> bool {
        let Some(after) = self.after else { return false };
        let at = |time: Timestamp, by| time.saturating_add(by).unwrap_or(time);
        at(time, SECOND) >= at(after, -slack) && time <= at(self.until, slack)
    }

    /// Whether calls that write there may have made the change. Calls of which that is not
    /// known may.
    fn fits(&self, writes: &[String]) -> bool {
        if writes.is_empty() {
            return true;
        }
        match self.kind {
            ChangeKind::Rebased | ChangeKind::Carried => false,
            ChangeKind::Discovered | ChangeKind::Deleted | ChangeKind::Returned => {
                writes.iter().any(String::is_empty)
            }
            ChangeKind::TooLarge => true,
            ChangeKind::Changed => self.changed.iter().any(|pointer| self::writes(writes, pointer)),
        }
    }
}

/// Whether what stands at a pointer lies where some patterns point, or around it.
pub(super) fn writes(patterns: &[String], pointer: &str) -> bool {
    patterns.iter().filter(|pattern| !pattern.is_empty()).any(|pattern| {
        let both = pattern.split('/').zip(pointer.split('/'));
        both.skip(1).all(|(pattern, segment)| pattern == "*" || pattern == segment)
    })
}

/// The revisions that calls made, with all that is known of each: what was known before adds
/// up with it.
///
/// Every call goes to the one reading that it fits: the first that saw the resource after the
/// call. Calls that fit none made no change that was seen.
#[must_use]
pub fn settle(readings: &[Reading], calls: &[Call]) -> BTreeMap<u64, Attribution> {
    let mut by: BTreeMap<u64, Vec<Call>> = BTreeMap::new();
    for call in calls {
        let first = |slack| {
            readings
                .iter()
                .filter(|one| !matches!(one.kind, ChangeKind::Rebased | ChangeKind::Carried))
                .filter(|one| one.holds(call.event_time, slack) && one.fits(&call.writes))
                .min_by_key(|one| one.revision)
        };
        if let Some(reading) = first(SignedDuration::ZERO).or_else(|| first(SLACK)) {
            by.entry(reading.revision).or_default().push(call.clone());
        }
    }
    by.into_iter()
        .filter_map(|(revision, calls)| Some((revision, Attribution::of(calls)?)))
        .collect()
}

/// The readings that made some revisions of an item, where calls can have made the changes.
///
/// # Errors
/// Where the log cannot be read.
pub async fn readings<'a>(
    log: &dyn EventLog,
    key: &Key,
    revisions: impl IntoIterator<Item = &'a Revision>,
) -> Result<Vec<Reading>, view::Error> {
    let stream = StreamId::item(key);
    let mut all = Vec::new();
    for revision in revisions {
        if matches!(revision.kind, ChangeKind::Rebased | ChangeKind::Carried) {
            continue;
        }
        let Some(read) = &revision.read else { continue };
        let page = log.read_stream(&stream, revision.version, 1).await?;
        let Some(envelope) = page.first().filter(|one| one.version == revision.version) else {
            continue;
        };
        let change = change_of(&envelope.event);
        let changed = change.into_iter().flat_map(|change| change.patch.iter());
        all.push(Reading {
            revision: revision.revision,
            kind: revision.kind,
            after: read.after,
            until: read.at,
            changed: changed.map(|operation| operation.path().to_string()).collect(),
        });
    }
    Ok(all)
}
