//! Items and their revisions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Error, Fold, Views, prefix, row_key};
use crate::account::AccountId;
use crate::config::Digest;
use crate::diff::apply;
use crate::event::{
    Actor, Change, Envelope, Event, Failure, Position, ScanId, ScopeId, StreamId, Version,
};
use crate::item::{Item, Key};
use crate::log::EventLog;
use crate::notify::ChangeKind;

const HEADS: char = 'i';
const CONFIGS: char = 'c';
const REVISIONS: char = 'r';
const SNAPSHOTS: char = 'f';

/// How many events of a stream are read at once to replay it.
const REPLAY: usize = 40;

/// What is wrong where the digest that an event carries is not that of what it makes.
const DIGEST: &str = "the configuration after it has another digest";

/// What is known of an item now, without its configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemRow {
    /// What names it for ever.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// Its ARN, where it has one.
    pub arn: Option<String>,
    /// Names and ARNs it once had.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub former: BTreeSet<String>,
    /// The version of its stream.
    pub version: Version,
    /// Its last revision.
    pub revision: u64,
    /// The digest of its (last) configuration.
    pub digest: Digest,
    /// The technology's shape it was last read with.
    pub shape: u32,
    /// When it was first recorded.
    pub first_seen: Timestamp,
    /// When its last revision was recorded.
    pub last_changed: Timestamp,
    /// Whether it is confirmed gone.
    pub deleted: bool,
    /// Parts that were never read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub never_read: BTreeSet<String>,
    /// Parts whose last look failed, while an earlier one did not.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stale: BTreeMap<String, Stale>,
    /// Configuration events since the last one that carries the whole configuration.
    pub replayed: u32,
    /// The bytes of their patches.
    pub replayed_bytes: u64,
}

/// A part that keeps an older value, because looks at it fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stale {
    /// Since when.
    pub since: Timestamp,
    /// The last scan that failed to read it.
    pub scan: ScanId,
}

/// One revision of an item, without its configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Counted from 1.
    pub revision: u64,
    /// Where its event stands in the log.
    pub position: Position,
    /// Where its event stands in the item's stream.
    pub version: Version,
    /// When it was recorded.
    pub at: Timestamp,
    /// What happened.
    #[serde(with = "kind")]
    pub kind: ChangeKind,
    /// Who recorded it.
    pub actor: Actor,
}

/// A whole configuration in an item's stream: replay starts at the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Full {
    position: Position,
    version: Version,
    /// The revision the item was at with it, and when that was recorded.
    revision: u64,
    at: Timestamp,
}

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
}

mod kind {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::notify::ChangeKind;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
    pub fn serialize<S: Serializer>(kind: &ChangeKind, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(kind.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ChangeKind, D::Error> {
        let text = String::deserialize(from)?;
        ChangeKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| serde::de::Error::custom(format!("no kind of change: {text}")))
    }
}

impl ItemRow {
    /// The scope it is listed in.
    #[must_use]
    pub fn scope(&self) -> ScopeId {
        ScopeId {
            account: self.key.account.clone(),
            technology: self.key.technology.clone(),
            region: self.key.region.clone(),
        }
    }

    /// The row after a step of the configuration.
    fn step(&mut self, change: &Change) {
        for (now, next) in [(Some(&mut self.name), &change.name), (self.arn.as_mut(), &change.arn)]
        {
            if let (Some(now), Some(next)) = (now, next) {
                self.former.insert(std::mem::replace(now, next.clone()));
            }
        }
        if self.arn.is_none() {
            self.arn.clone_from(&change.arn);
        }
        self.digest = change.digest;
        if change.full.is_some() {
            (self.replayed, self.replayed_bytes) = (0, 0);
        } else {
            self.replayed += 1;
            self.replayed_bytes += patch_bytes(change);
        }
    }
}

/// The size of a patch as the log holds it.
pub(crate) fn patch_bytes(change: &Change) -> u64 {
    serde_json::to_vec(&change.patch).map_or(0, |bytes| bytes.len() as u64)
}

impl Fold<'_> {
    pub(super) fn item_event(&mut self, envelope: &Envelope) -> Result<(), Error> {
        if let Event::SweepFailed(failure) = &envelope.event {
            return self.part_failed(envelope, failure);
        }
        let Some(key) = envelope.stream.as_item() else { return Ok(()) };
        let head = row_key(HEADS, &[&key.to_string()]);
        let at = envelope.recorded_at;

        if let Event::ItemDiscovered(discovered) = &envelope.event {
            let row = ItemRow {
                key: key.clone(),
                name: discovered.name.clone(),
                arn: discovered.arn.clone(),
                former: BTreeSet::new(),
                version: envelope.version,
                revision: 1,
                digest: discovered.digest,
                shape: discovered.shape,
                first_seen: at,
                last_changed: at,
                deleted: false,
                never_read: discovered.unread.clone(),
                stale: BTreeMap::new(),
                replayed: 0,
                replayed_bytes: 0,
            };
            self.put(&head, &row)?;
            self.put(&row_key(CONFIGS, &[&key.to_string()]), &discovered.config)?;
            let names = self.named(&key.technology, &discovered.config);
            self.renamed(&key.account, None, names)?;
            self.full(envelope, &row)?;
            return self.revision(envelope, &key, 1, ChangeKind::Discovered);
        }

        let mut row: ItemRow =
            self.get(&head)?.ok_or_else(|| Error::event(envelope, "the item is unknown"))?;
        row.version = envelope.version;
        let change = match &envelope.event {
            Event::ItemChanged(change) | Event::ItemObserved(change) => Some(change),
            Event::ItemRebased(rebased) => {
                row.shape = rebased.shape;
                row.never_read.clone_from(&rebased.unread);
                Some(&rebased.change)
            }
            Event::ItemReturned(returned) => {
                row.shape = returned.shape;
                row.never_read.clone_from(&returned.unread);
                row.stale.clear();
                row.deleted = false;
                Some(&returned.change)
            }
            Event::ItemDeleted => {
                row.deleted = true;
                self.nameless(envelope, &key)?;
                None
            }
            _ => None,
        };
        let kind = kind_of(&envelope.event);
        if kind.is_some() {
            row.revision += 1;
            row.last_changed = at;
        }
        if let Some(change) = change {
            row.step(change);
            self.patched(envelope, &row, change)?;
        }
        if let Some(kind) = kind {
            self.revision(envelope, &key, row.revision, kind)?;
        }
        self.put(&head, &row)
    }

    fn patched(
        &mut self,
        envelope: &Envelope,
        row: &ItemRow,
        change: &Change,
    ) -> Result<(), Error> {
        if change.full.is_some() {
            self.full(envelope, row)?;
        }
        let key = &row.key;
        let mut config = self.config(envelope, key)?;
        // What returns named nothing while it was gone.
        let returns = matches!(envelope.event, Event::ItemReturned(_));
        let before = if returns { None } else { self.named(&key.technology, &config) };
        step(envelope, &mut config, change)?;
        let after = self.named(&key.technology, &config);
        self.renamed(&key.account, before, after)?;
        self.put(&row_key(CONFIGS, &[&key.to_string()]), &config)
    }

    /// What is gone names nothing.
    fn nameless(&mut self, envelope: &Envelope, key: &Key) -> Result<(), Error> {
        if !self.names_anything(&key.technology) {
            return Ok(());
        }
        let config = self.config(envelope, key)?;
        let names = self.named(&key.technology, &config);
        self.renamed(&key.account, names, None)
    }

    /// The configuration of an item so far.
    fn config(&self, envelope: &Envelope, key: &Key) -> Result<Value, Error> {
        self.get(&row_key(CONFIGS, &[&key.to_string()]))?
            .ok_or_else(|| Error::event(envelope, "the item has no configuration"))
    }

    fn full(&mut self, envelope: &Envelope, row: &ItemRow) -> Result<(), Error> {
        let place = row_key(SNAPSHOTS, &[&row.key.to_string(), &ordered(envelope.version.0)]);
        self.put(
            &place,
            &Full {
                position: envelope.position,
                version: envelope.version,
                revision: row.revision,
                at: row.last_changed,
            },
        )
    }

    fn revision(
        &mut self,
        envelope: &Envelope,
        key: &Key,
        revision: u64,
        kind: ChangeKind,
    ) -> Result<(), Error> {
        let row = Revision {
            revision,
            position: envelope.position,
            version: envelope.version,
            at: envelope.recorded_at,
            kind,
            actor: envelope.actor.clone(),
        };
        self.put(&row_key(REVISIONS, &[&key.to_string(), &ordered(revision)]), &row)
    }

    /// Remembers that a part of an item keeps an older value.
    fn part_failed(&mut self, envelope: &Envelope, failure: &Failure) -> Result<(), Error> {
        let (Some(item), Some(part), Some(scan)) = (&failure.item, &failure.part, &envelope.scan)
        else {
            return Ok(());
        };
        let head = row_key(HEADS, &[&format!("{}/{item}", failure.scope)]);
        let Some(mut row) = self.get::<ItemRow>(&head)? else { return Ok(()) };
        if row.never_read.contains(part) {
            return Ok(());
        }
        // An entry counts as long as the latest sweep of its scope failed to read the
        // part too; after a good look in between, the trouble is a new one.
        let swept = self.scope(&failure.scope)?.and_then(|scope| scope.swept);
        let since = row
            .stale
            .get(part)
            .filter(|stale| Some(&stale.scan) == swept.as_ref())
            .map_or(envelope.recorded_at, |stale| stale.since);
        row.stale.insert(part.clone(), Stale { since, scan: scan.clone() });
        self.put(&head, &row)
    }
}

/// Applies one step and holds it against the digest it carries.
fn step(envelope: &Envelope, config: &mut Value, change: &Change) -> Result<(), Error> {
    match &change.full {
        Some(full) => *config = full.clone(),
        None => apply(config, &change.patch).map_err(Error::patch(envelope))?,
    }
    if Digest::of(config) == change.digest { Ok(()) } else { Err(Error::event(envelope, DIGEST)) }
}

/// The kind of revision an event makes.
fn kind_of(event: &Event) -> Option<ChangeKind> {
    match event {
        Event::ItemDiscovered(_) => Some(ChangeKind::Discovered),
        Event::ItemChanged(_) => Some(ChangeKind::Changed),
        Event::ItemRebased(_) => Some(ChangeKind::Rebased),
        Event::ItemDeleted => Some(ChangeKind::Deleted),
        Event::ItemReturned(_) => Some(ChangeKind::Returned),
        _ => None,
    }
}

/// A number as text that sorts as the number does.
fn ordered(number: u64) -> String {
    format!("{number:016x}")
}

impl Views {
    /// What is known of an item now.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn item(&self, key: &Key) -> Result<Option<ItemRow>, Error> {
        self.row(&row_key(HEADS, &[&key.to_string()]))
    }

    /// The (last) configuration of an item.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn config(&self, key: &Key) -> Result<Option<Value>, Error> {
        self.row(&row_key(CONFIGS, &[&key.to_string()]))
    }

    /// Every item, deleted ones included, in key order.
    pub fn items(&self) -> impl Iterator<Item = Result<ItemRow, Error>> + '_ {
        self.under(prefix(HEADS, "")).map(|row| Ok(row?.1))
    }

    /// Every item of an account, deleted ones included, in key order.
    pub fn items_of(
        &self,
        account: &AccountId,
    ) -> impl Iterator<Item = Result<ItemRow, Error>> + '_ {
        self.under(prefix(HEADS, &format!("{account}/"))).map(|row| Ok(row?.1))
    }

    /// Every item of a scope, deleted ones included, in key order.
    pub fn items_in(&self, scope: &ScopeId) -> impl Iterator<Item = Result<ItemRow, Error>> + '_ {
        self.under(prefix(HEADS, &format!("{scope}/"))).map(|row| Ok(row?.1))
    }

    /// The parts of an item that keep an older value, and since when: those that the
    /// latest sweep of its scope failed to read.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn unread(&self, row: &ItemRow) -> Result<BTreeMap<String, Timestamp>, Error> {
        let swept = self.scope(&row.scope())?.and_then(|scope| scope.swept);
        Ok(row
            .stale
            .iter()
            .filter(|(_, stale)| Some(&stale.scan) == swept.as_ref())
            .map(|(part, stale)| (part.clone(), stale.since))
            .chain(row.never_read.iter().map(|part| (part.clone(), row.first_seen)))
            .collect())
    }

    /// When an item was last seen: the end of the last sweep that covered it.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn last_seen(&self, row: &ItemRow) -> Result<Timestamp, Error> {
        if row.deleted {
            return Ok(row.last_changed);
        }
        let completed = self.scope(&row.scope())?.and_then(|scope| scope.last_completed);
        Ok(completed.map_or(row.last_changed, |completed| completed.max(row.last_changed)))
    }

    /// The revisions of an item, oldest first.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn revisions(&self, key: &Key) -> Result<Vec<Revision>, Error> {
        self.under(row_key(REVISIONS, &[&key.to_string(), ""])).map(|row| Ok(row?.1)).collect()
    }

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
        let mut start: Option<Full> = None;
        for row in self.under::<Full>(row_key(SNAPSHOTS, &[&key.to_string(), ""])) {
            let (_, full) = row?;
            if full.position <= position {
                start = Some(full);
            }
        }
        let Some(start) = start else { return Ok(None) };
        let (mut revision, mut at, mut deleted) = (start.revision, start.at, false);
        let mut config = Value::Null;
        let stream = StreamId::item(key);
        let mut next = start.version;
        'replay: loop {
            let page = log.read_stream(&stream, next, REPLAY).await?;
            for envelope in &page {
                if envelope.position > position {
                    break 'replay;
                }
                next = Version(envelope.version.0 + 1);
                match &envelope.event {
                    Event::ItemDiscovered(first) => {
                        config = first.config.clone();
                        if Digest::of(&config) != first.digest {
                            return Err(Error::event(envelope, DIGEST));
                        }
                    }
                    Event::ItemChanged(change) | Event::ItemObserved(change) => {
                        step(envelope, &mut config, change)?;
                    }
                    Event::ItemRebased(rebased) => step(envelope, &mut config, &rebased.change)?,
                    Event::ItemReturned(back) => step(envelope, &mut config, &back.change)?,
                    _ => {}
                }
                if let Some(kind) = kind_of(&envelope.event) {
                    deleted = kind == ChangeKind::Deleted;
                    if envelope.version > start.version {
                        (revision, at) = (revision + 1, envelope.recorded_at);
                    }
                }
            }
            if page.len() < REPLAY {
                break;
            }
        }
        let (name, arn) = self.called_at(log, key, position).await?;
        let item = Item { key: key.clone(), name, arn, config };
        Ok(Some(Snapshot { item, revision, at, deleted }))
    }

    /// The name and the ARN of an item at a position.
    async fn called_at(
        &self,
        log: &dyn EventLog,
        key: &Key,
        position: Position,
    ) -> Result<(String, Option<String>), Error> {
        let row = self.item(key)?;
        if let Some(row) = row.filter(|row| row.former.is_empty()) {
            return Ok((row.name, row.arn));
        }
        let (mut name, mut arn) = (String::new(), None);
        let mut from = Version(1);
        loop {
            let page = log.read_stream(&StreamId::item(key), from, super::PAGE).await?;
            for envelope in page.iter().take_while(|event| event.position <= position) {
                let (new_name, new_arn) = match &envelope.event {
                    Event::ItemDiscovered(first) => (Some(&first.name), &first.arn),
                    Event::ItemChanged(change) => (change.name.as_ref(), &change.arn),
                    Event::ItemRebased(rebased) => {
                        (rebased.change.name.as_ref(), &rebased.change.arn)
                    }
                    Event::ItemReturned(back) => (back.change.name.as_ref(), &back.change.arn),
                    _ => continue,
                };
                if let Some(new) = new_name {
                    name.clone_from(new);
                }
                if new_arn.is_some() {
                    arn.clone_from(new_arn);
                }
            }
            match page.last() {
                Some(last) if page.len() == super::PAGE && last.position <= position => {
                    from = Version(last.version.0 + 1);
                }
                _ => return Ok((name, arn)),
            }
        }
    }
}
