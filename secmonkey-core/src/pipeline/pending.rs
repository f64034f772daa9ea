//! Events of items on their way to the log, with the states they follow from.

use jiff::Timestamp;

use super::{Error, Parts};
use crate::audit::bury;
use crate::config::Digest;
use crate::event::{Event, ScanId, StreamId, Version};
use crate::item::Key;
use crate::log::{Append, Expected};
use crate::replay::ItemRow;
use crate::view::Views;

/// The events of one item, with the state they follow from.
pub(super) struct Pending {
    key: Key,
    before: Option<Before>,
    /// When the item was seen so.
    seen: Timestamp,
    pub(super) events: Vec<Event>,
    /// What the events weigh in a batch.
    pub(super) bytes: usize,
}

/// The state that events follow from.
#[derive(Clone, Copy)]
struct Before {
    version: Version,
    digest: Digest,
    deleted: bool,
}

impl Before {
    fn of(row: &ItemRow) -> Self {
        Self { version: row.version, digest: row.digest, deleted: row.deleted }
    }
}

impl Pending {
    pub(super) fn new(
        key: Key,
        before: Option<&ItemRow>,
        seen: Timestamp,
        events: Vec<Event>,
    ) -> Self {
        let size = |event| serde_json::to_vec(event).map_or(0, |bytes: Vec<u8>| bytes.len());
        let bytes = events.iter().map(size).sum();
        Self { key, before: before.map(Before::of), seen, events, bytes }
    }

    pub(super) fn append(&self, parts: &Parts, scan: &ScanId) -> Result<Append, Error> {
        let mut events = self.events.clone();
        if matches!(events.last(), Some(Event::ItemDeleted)) {
            events.extend(bury(&parts.views.issues_of(&self.key)?));
        }
        let version = self.before.map_or(Version(0), |before| before.version);
        let stream = StreamId::item(&self.key);
        let expected = Expected::Exact(version);
        Ok(Append::new(stream, expected, &parts.actor, self.seen, events).in_scan(scan))
    }
}

/// Of what was tracked, what still holds in the present views.
pub(super) fn still_true(views: &Views, pending: Vec<Pending>) -> Result<Vec<Pending>, Error> {
    let mut kept = Vec::new();
    for mut one in pending {
        let now = views.item(&one.key)?.as_ref().map(Before::of);
        let same =
            |now: &Before, then: &Before| now.digest == then.digest && now.deleted == then.deleted;
        match (&now, &one.before) {
            (None, None) => kept.push(one),
            (Some(a), Some(b)) if same(a, b) => {
                one.before = now;
                kept.push(one);
            }
            _ => {}
        }
    }
    Ok(kept)
}
