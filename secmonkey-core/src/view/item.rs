//! Items and their revisions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::table::{BROUGHT, CONFIGS, HEADS, INCOMPLETE, REVISIONS, STALE, STARTS, UNJUDGED};
use super::{Error, Fold, Views, ordered, prefix, row_key};
use crate::account::AccountId;
use crate::attribution::{Attributed, Attribution};
use crate::event::{Actor, Envelope, Event, Failure, IssueId, Position, ScopeId, Version};
use crate::issue::Issue;
use crate::item::Key;
use crate::replay::{ChangeKind, ItemRow, Replay, Stale, change_of, is_whole};

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
    pub kind: ChangeKind,
    /// Who recorded it.
    pub actor: Actor,
    /// Between which readings of the item the change was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Read>,
    /// Who made it, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Attribution>,
}

/// Between which readings of an item something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// When it was read before; `None` where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Timestamp>,
    /// When it was read so.
    pub at: Timestamp,
}

/// A place in an item's stream where replay may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Start {
    pub(super) position: Position,
    pub(super) version: Version,
}

impl Fold<'_> {
    pub(super) fn item_event(&mut self, envelope: &Envelope) -> Result<(), Error> {
        let Some(key) = envelope.stream.as_item() else { return Ok(()) };
        let event = &envelope.event;
        let head = row_key(HEADS, &[&key.to_string()]);
        let place = row_key(CONFIGS, &[&key.to_string()]);
        let change = change_of(event);
        let names = self.names_anything(&key.technology);
        let needs_config = change.is_some() || names && matches!(event, Event::ItemDeleted);
        let config = if needs_config { self.get(&place)?.unwrap_or_default() } else { Value::Null };
        let issues: BTreeMap<IssueId, Issue> = match Issue::of(event) {
            Some(id) => self.issue(id)?.map(|issue| (id.clone(), issue)).into_iter().collect(),
            None if change.is_some() => self.issues_of(&key)?,
            None => BTreeMap::new(),
        };
        let before = issues.clone();
        let row: Option<ItemRow> = self.get(&head)?;
        let was_incomplete = row.as_ref().is_some_and(ItemRow::is_incomplete);
        // What is gone names nothing.
        let named_before = match &row {
            Some(row) if names && needs_config && !row.deleted => {
                self.named(&key.technology, &config)
            }
            _ => None,
        };

        let mut replay = Replay::of(row, config, issues);
        replay.step(envelope).map_err(Error::misfit(envelope))?;
        let Replay { row: Some(row), config, issues, .. } = replay else {
            return Err(Error::event(envelope, "the item is unknown"));
        };

        if change.is_some() || matches!(event, Event::ItemDiscovered(_)) {
            self.put(&place, &config)?;
        }
        if names && (needs_config || matches!(event, Event::ItemDiscovered(_))) {
            let now = if row.deleted { None } else { self.named(&key.technology, &config) };
            self.renamed(&key.account, named_before, now)?;
        }
        if is_whole(event) {
            let start = Start { position: envelope.position, version: envelope.version };
            let version = ordered(envelope.version.0);
            self.put(&row_key(STARTS, &[&key.to_string(), &version]), &start)?;
        }
        if let Event::Commented(comment) = event {
            self.commented(&key, comment, envelope)?;
        }
        if let Event::ChangeAttributed(attributed) = event {
            self.attributed(&key, attributed)?;
        }
        if let Some(kind) = ChangeKind::of(event) {
            self.revision(envelope, &row, kind)?;
        }
        if ChangeKind::of(event).is_some() || change.is_some() {
            self.unjudged(&key)?;
        }
        let is_new = matches!(event, Event::ItemDiscovered(_));
        if is_new || change.is_some() || matches!(event, Event::ItemTooLarge(_)) {
            self.searchable(&key, is_new)?;
        }
        for (id, issue) in issues {
            let before = before.get(&id);
            if before != Some(&issue) {
                self.issue_stepped(envelope, before, &id, &issue)?;
            }
        }
        self.put_row(&row, was_incomplete)
    }

    /// Writes what is known of an item.
    pub(super) fn put_row(&mut self, row: &ItemRow, was_incomplete: bool) -> Result<(), Error> {
        let key = row.key.to_string();
        let incomplete = row_key(INCOMPLETE, &[&key]);
        if row.is_incomplete() {
            self.put(&incomplete, &())?;
        } else if was_incomplete {
            self.delete(&incomplete);
        }
        self.put(&row_key(HEADS, &[&key]), row)
    }

    fn revision(
        &mut self,
        envelope: &Envelope,
        row: &ItemRow,
        kind: ChangeKind,
    ) -> Result<(), Error> {
        let before = row.revision.checked_sub(1).map(ordered);
        let before = match before {
            Some(before) if row.revision > 1 => {
                self.get::<Revision>(&row_key(REVISIONS, &[&row.key.to_string(), &before]))?
            }
            _ => None,
        };
        let before = before.and_then(|before| before.read).map(|read| read.at);
        let read =
            Read { after: self.read_since(&row.scope())?.max(before), at: envelope.observed_at };
        let revision = Revision {
            revision: row.revision,
            position: envelope.position,
            version: envelope.version,
            at: envelope.recorded_at,
            kind,
            actor: envelope.actor.clone(),
            read: Some(read),
            by: None,
        };
        let number = ordered(row.revision);
        self.put(&row_key(REVISIONS, &[&row.key.to_string(), &number]), &revision)
    }

    /// Who made a revision is known better.
    fn attributed(&mut self, key: &Key, attributed: &Attributed) -> Result<(), Error> {
        for table in [REVISIONS, BROUGHT] {
            let place = row_key(table, &[&key.to_string(), &ordered(attributed.revision)]);
            // What was cut needs no author.
            let Some(mut revision) = self.get::<Revision>(&place)? else { continue };
            let by = attributed.by.clone();
            revision.by = Some(match revision.by.take() {
                Some(known) => known.and(&by),
                None => by,
            });
            self.put(&place, &revision)?;
        }
        Ok(())
    }

    /// The item is to be audited.
    fn unjudged(&mut self, key: &Key) -> Result<(), Error> {
        let position = self.position;
        self.put(&row_key(UNJUDGED, &[&key.to_string()]), &position)
    }

    /// An audit saw the items of an account as they were at a position.
    pub(super) fn judged_up_to(
        &mut self,
        account: &AccountId,
        seen: Position,
    ) -> Result<(), Error> {
        let all = self.under::<Position>(&prefix(UNJUDGED, &format!("{account}/")))?;
        for (place, _) in all.into_iter().filter(|(_, position)| *position <= seen) {
            self.delete(&place);
        }
        Ok(())
    }

    /// Remembers that a part of an item keeps an older value.
    pub(super) fn part_failed(
        &mut self,
        envelope: &Envelope,
        failure: &Failure,
    ) -> Result<(), Error> {
        let (Some(item), Some(part), Some(scan)) = (&failure.item, &failure.part, &envelope.scan)
        else {
            return Ok(());
        };
        let key = format!("{}/{item}", failure.scope);
        let head = row_key(HEADS, &[&key]);
        let Some(mut row) = self.get::<ItemRow>(&head)? else { return Ok(()) };
        if row.never_read.contains(part) {
            return Ok(());
        }
        let was_incomplete = row.is_incomplete();
        let since = row.stale.get(part).map_or(envelope.recorded_at, |stale| stale.since);
        row.stale.insert(part.clone(), Stale { since, scan: scan.clone() });
        self.put(&row_key(STALE, &[&key]), &())?;
        self.put_row(&row, was_incomplete)
    }

    /// A scope was looked at to its end: what that scan did not fail to read was read, and
    /// may decide what its older value could not.
    pub(super) fn parts_read(&mut self, envelope: &Envelope, scope: &ScopeId) -> Result<(), Error> {
        for (place, ()) in self.under::<()>(&prefix(STALE, &format!("{scope}/")))? {
            let key = String::from_utf8_lossy(&place[2..]).into_owned();
            let head = row_key(HEADS, &[&key]);
            let Some(mut row) = self.get::<ItemRow>(&head)? else { continue };
            let (before, was_incomplete) = (row.stale.len(), row.is_incomplete());
            row.stale.retain(|_, stale| Some(&stale.scan) == envelope.scan.as_ref());
            if row.stale.is_empty() {
                self.delete(&place);
            }
            if row.stale.len() < before {
                self.unjudged(&row.key)?;
                self.put_row(&row, was_incomplete)?;
            }
        }
        Ok(())
    }
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

    /// The items of which something was not read or not decided, in key order.
    pub fn incomplete(&self) -> impl Iterator<Item = Result<ItemRow, Error>> + '_ {
        self.under::<()>(prefix(INCOMPLETE, "")).filter_map(|row| {
            let item = || {
                let (place, ()) = row?;
                self.row(&[prefix(HEADS, "").as_slice(), &place[2..]].concat())
            };
            item().transpose()
        })
    }

    /// Every item behind a key, deleted ones included, in key order.
    pub fn items_after(&self, key: &Key) -> impl Iterator<Item = Result<ItemRow, Error>> + use<'_> {
        let behind = row_key(HEADS, &[&key.to_string()]);
        self.under_from(prefix(HEADS, ""), Some(behind)).map(|row| Ok(row?.1))
    }

    /// Every item of an account, deleted ones included, in key order.
    pub fn items_of(
        &self,
        account: &AccountId,
    ) -> impl Iterator<Item = Result<ItemRow, Error>> + use<'_> {
        self.under(prefix(HEADS, &format!("{account}/"))).map(|row| Ok(row?.1))
    }

    /// Every item of a scope, deleted ones included, in key order.
    pub fn items_in(&self, scope: &ScopeId) -> impl Iterator<Item = Result<ItemRow, Error>> + '_ {
        self.under(prefix(HEADS, &format!("{scope}/"))).map(|row| Ok(row?.1))
    }

    /// The items of an account that changed since its last audit, or where a part was read
    /// again: no check has seen them as they are.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn unjudged(&self, account: &AccountId) -> Result<Vec<Key>, Error> {
        let mut keys = Vec::new();
        for row in self.under::<Position>(prefix(UNJUDGED, &format!("{account}/"))) {
            let (place, _) = row?;
            keys.extend(std::str::from_utf8(&place[2..]).ok().and_then(|key| key.parse().ok()));
        }
        Ok(keys)
    }

    /// Whether no check has seen an item as it is.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn is_unjudged(&self, key: &Key) -> Result<bool, Error> {
        Ok(self.row::<Position>(&row_key(UNJUDGED, &[&key.to_string()]))?.is_some())
    }

    /// The parts of an item that were not read the last time, and since when: they keep an
    /// older value, or were never read.
    #[must_use]
    pub fn unread(row: &ItemRow) -> BTreeMap<String, Timestamp> {
        row.stale
            .iter()
            .map(|(part, stale)| (part.clone(), stale.since))
            .chain(row.never_read.iter().map(|part| (part.clone(), row.first_seen)))
            .collect()
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

    /// A revision of an item.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn revision(&self, key: &Key, revision: u64) -> Result<Option<Revision>, Error> {
        self.row(&row_key(REVISIONS, &[&key.to_string(), &ordered(revision)]))
    }

    /// The revision that brought an issue, also where that was cut from the log since; `None`
    /// where something else did.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn brought(&self, issue: &Issue) -> Result<Option<Revision>, Error> {
        let Some(number) = issue.brought_by else { return Ok(None) };
        if let Some(revision) = self.revision(&issue.key, number)? {
            return Ok(Some(revision));
        }
        self.row(&row_key(BROUGHT, &[&issue.key.to_string(), &ordered(number)]))
    }

    /// The revisions of an item, oldest first.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn revisions(&self, key: &Key) -> Result<Vec<Revision>, Error> {
        self.under(row_key(REVISIONS, &[&key.to_string(), ""])).map(|row| Ok(row?.1)).collect()
    }
}
