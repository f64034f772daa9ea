//! One stepper for an item's stream: state and event make the next state.
//!
//! Present rows, past states, histories, messages: all of them are uses of [`Replay`], so
//! they cannot disagree.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::Digest;
use crate::diff::{PatchError, apply, follow};
use crate::event::{
    Change, Discovered, Envelope, Event, Full, IssueId, Position, ScanId, ScopeId, TooLarge,
    Undecided, Version,
};
use crate::issue::Issue;
use crate::item::{Item, Key};

/// What the events of an item's stream come to, up to some event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Replay {
    /// What is known of the item; `None` before it was discovered.
    pub row: Option<ItemRow>,
    /// Its (last) configuration.
    pub config: Value,
    /// Its issues.
    pub issues: BTreeMap<IssueId, Issue>,
    /// Whether it began behind the start of the stream: issues from before are unknown.
    partial: bool,
}

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
    /// Where it was discovered, or last returned, in the log.
    pub appeared: Position,
    /// When its last revision was recorded.
    pub last_changed: Timestamp,
    /// The scan that recorded it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_in: Option<ScanId>,
    /// Whether it is confirmed gone.
    pub deleted: bool,
    /// Parts that were never read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub never_read: BTreeSet<String>,
    /// Parts whose last look failed, while an earlier one did not.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stale: BTreeMap<String, Stale>,
    /// What it is now, where that is too large to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_large: Option<TooLarge>,
    /// Checks that cannot decide about it, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub undecided: BTreeMap<String, Undecided>,
    /// Configuration events since the last one that carries the whole item.
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

/// What happened to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Seen for the first time.
    Discovered,
    /// Its durable configuration changed.
    Changed,
    /// Our way of reading changed.
    Rebased,
    /// Confirmed gone.
    Deleted,
    /// Back under the same key.
    Returned,
    /// Too large to keep: nothing is known but its size and digest.
    TooLarge,
    /// As it stood where the log was cut: what came before is gone.
    Carried,
}

impl ChangeKind {
    /// The kind of revision that an event makes; `None` where it makes none.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::ItemDiscovered(_) => Some(Self::Discovered),
            Event::ItemChanged(_) => Some(Self::Changed),
            Event::ItemRebased(_) => Some(Self::Rebased),
            Event::ItemDeleted => Some(Self::Deleted),
            Event::ItemReturned(_) => Some(Self::Returned),
            Event::ItemTooLarge(_) => Some(Self::TooLarge),
            Event::ItemCarried(_) => Some(Self::Carried),
            _ => None,
        }
    }

    /// The word for it: `discovered`, `changed`, ...
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Discovered => "discovered",
            Self::Changed => "changed",
            Self::Rebased => "rebased",
            Self::Deleted => "deleted",
            Self::Returned => "returned",
            Self::TooLarge => "too_large",
            Self::Carried => "carried",
        }
    }
}

/// Why an event does not fit the state before it: the log is damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Misfit(pub String);

/// The step of a configuration that an event makes.
#[must_use]
pub fn change_of(event: &Event) -> Option<&Change> {
    match event {
        Event::ItemChanged(change) | Event::ItemObserved(change) => Some(change),
        Event::ItemRebased(rebased) => Some(&rebased.change),
        Event::ItemReturned(returned) => Some(&returned.change),
        _ => None,
    }
}

/// Whether replay may start at an event: it carries the whole item.
#[must_use]
pub fn is_whole(event: &Event) -> bool {
    matches!(event, Event::ItemDiscovered(_) | Event::ItemCarried(_))
        || change_of(event).is_some_and(|change| change.full.is_some())
}

/// The size of a patch as the log holds it.
pub(crate) fn patch_bytes(change: &Change) -> u64 {
    serde_json::to_vec(&change.patch).map_or(0, |bytes| bytes.len() as u64)
}

impl Replay {
    /// A known state of an item, as far as the events to come need it.
    pub(crate) fn of(
        row: Option<ItemRow>,
        config: Value,
        issues: BTreeMap<IssueId, Issue>,
    ) -> Self {
        Self { row, config, issues, partial: false }
    }

    /// The state after an event of the stream. Events of other streams are none of it.
    ///
    /// May begin at any event that carries the whole item; issues are then those that were
    /// opened since.
    ///
    /// # Errors
    /// Where the event does not fit the state.
    pub fn step(&mut self, envelope: &Envelope) -> Result<(), Misfit> {
        let Some(key) = envelope.stream.as_item() else { return Ok(()) };
        match &envelope.event {
            Event::ItemDiscovered(discovered) => {
                self.row = Some(ItemRow::discovered(&key, discovered, envelope));
                self.config = discovered.config.clone();
                self.hold_against(discovered.digest)
            }
            Event::ItemCarried(carried) => {
                // What looks failed to read stands in the streams of scans.
                self.row = Some(ItemRow { stale: BTreeMap::new(), ..carried.row.clone() });
                self.config.clone_from(&carried.config);
                let issues = carried.issues.iter();
                self.issues = issues.map(|it| (it.finding.issue.clone(), it.clone())).collect();
                self.partial = true;
                self.hold_against(carried.row.digest)
            }
            event => {
                if let (Event::ChangeAttributed(one), Some(row)) = (event, &self.row)
                    && one.revision > row.revision
                {
                    return Err(Misfit(format!("there is no revision {} yet", one.revision)));
                }
                if let Some(change) = change_of(event) {
                    self.change(&key, envelope, change)?;
                } else if let Some(id) = Issue::of(event) {
                    self.issue(&key, id, envelope)?;
                }
                self.row.as_mut().ok_or_else(unknown)?.step(envelope);
                Ok(())
            }
        }
    }

    fn change(&mut self, key: &Key, envelope: &Envelope, change: &Change) -> Result<(), Misfit> {
        match (&mut self.row, &change.full) {
            (None, Some(full)) => {
                self.row = Some(ItemRow::from_full(key, full, envelope));
                self.partial = true;
            }
            (None, None) => return Err(unknown()),
            (Some(row), full) => {
                row.rename(change.name.as_ref(), change.arn.as_ref());
                row.digest = change.digest;
                if full.is_some() {
                    (row.replayed, row.replayed_bytes) = (0, 0);
                } else {
                    row.replayed += 1;
                    row.replayed_bytes += patch_bytes(change);
                }
                if ChangeKind::of(&envelope.event).is_some() {
                    row.revision += 1;
                    row.last_changed = envelope.recorded_at;
                    row.changed_in.clone_from(&envelope.scan);
                }
            }
        }
        let misfit = |error: PatchError| Misfit(error.to_string());
        for issue in self.issues.values_mut().filter(|issue| issue.resolved_at.is_none()) {
            // What an issue rests on is where it was, behind what came and went.
            let evidence = &mut issue.finding.evidence;
            *evidence = follow(evidence, &self.config, &change.patch).map_err(misfit)?;
            evidence.sort();
        }
        match &change.full {
            Some(full) => self.config.clone_from(&full.config),
            None => {
                apply(&mut self.config, &change.patch).map_err(misfit)?;
            }
        }
        self.hold_against(change.digest)
    }

    fn hold_against(&self, digest: Digest) -> Result<(), Misfit> {
        if Digest::of(&self.config) == digest {
            Ok(())
        } else {
            Err(Misfit("the configuration after it has another digest".to_owned()))
        }
    }

    fn issue(&mut self, key: &Key, id: &IssueId, envelope: &Envelope) -> Result<(), Misfit> {
        if let Event::IssueOpened(finding) = &envelope.event {
            let mut issue = Issue::opened(key, finding, envelope.recorded_at);
            issue.brought_by = self.brings(envelope);
            self.issues.insert(id.clone(), issue);
            return Ok(());
        }
        let brought_by = self.brings(envelope);
        match self.issues.get_mut(id) {
            Some(issue) => {
                issue.step(envelope);
                if matches!(envelope.event, Event::IssueReopened(_)) {
                    issue.brought_by = brought_by;
                }
            }
            None if self.partial => {}
            None => return Err(Misfit(format!("the issue {id} is unknown"))),
        }
        Ok(())
    }

    /// The revision that brings an issue which an event finds: the one that the same scan
    /// recorded. Where there is none, something else brought it: another item, a decision, a
    /// new version of the check.
    fn brings(&self, envelope: &Envelope) -> Option<u64> {
        let row = self.row.as_ref()?;
        let is_same = envelope.scan.is_some() && row.changed_in == envelope.scan;
        is_same.then_some(row.revision)
    }

    /// The item as checks see it; `None` before it was discovered.
    #[must_use]
    pub fn item(&self) -> Option<Item> {
        let row = self.row.as_ref()?;
        Some(Item {
            key: row.key.clone(),
            name: row.name.clone(),
            arn: row.arn.clone(),
            config: self.config.clone(),
        })
    }
}

fn unknown() -> Misfit {
    Misfit("the item is unknown".to_owned())
}

impl ItemRow {
    /// The scope it is listed in.
    #[must_use]
    pub fn scope(&self) -> ScopeId {
        ScopeId::of(&self.key)
    }

    /// Whether something of it was not read, or not decided.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        let is_whole =
            self.never_read.is_empty() && self.stale.is_empty() && self.undecided.is_empty();
        !self.deleted && !is_whole
    }

    /// An item as somebody has it who did not record it: as if it had just been seen.
    pub(crate) fn unrecorded(item: &Item, now: Timestamp) -> Self {
        Self {
            key: item.key.clone(),
            name: item.name.clone(),
            arn: item.arn.clone(),
            former: BTreeSet::new(),
            version: Version(0),
            revision: 0,
            digest: Digest::of(&item.config),
            shape: 0,
            first_seen: now,
            appeared: Position(0),
            last_changed: now,
            changed_in: None,
            deleted: false,
            never_read: BTreeSet::new(),
            stale: BTreeMap::new(),
            too_large: None,
            undecided: BTreeMap::new(),
            replayed: 0,
            replayed_bytes: 0,
        }
    }

    fn discovered(key: &Key, discovered: &Discovered, envelope: &Envelope) -> Self {
        Self {
            key: key.clone(),
            name: discovered.name.clone(),
            arn: discovered.arn.clone(),
            former: BTreeSet::new(),
            version: envelope.version,
            revision: 1,
            digest: discovered.digest,
            shape: discovered.shape,
            first_seen: envelope.recorded_at,
            appeared: envelope.position,
            last_changed: envelope.recorded_at,
            changed_in: envelope.scan.clone(),
            deleted: false,
            never_read: discovered.unread.clone(),
            stale: BTreeMap::new(),
            too_large: None,
            undecided: BTreeMap::new(),
            replayed: 0,
            replayed_bytes: 0,
        }
    }

    fn from_full(key: &Key, full: &Full, envelope: &Envelope) -> Self {
        Self {
            key: key.clone(),
            name: full.name.clone(),
            arn: full.arn.clone(),
            former: full.former.clone(),
            version: envelope.version,
            revision: full.revision,
            digest: Digest::of(&full.config),
            shape: full.shape,
            first_seen: full.first_seen,
            appeared: Position(0),
            last_changed: full.last_changed.unwrap_or(envelope.recorded_at),
            // Which scan recorded an earlier revision is not told.
            changed_in: envelope.scan.clone().filter(|_| full.last_changed.is_none()),
            deleted: false,
            never_read: full.unread.clone(),
            stale: BTreeMap::new(),
            too_large: None,
            undecided: BTreeMap::new(),
            replayed: 0,
            replayed_bytes: 0,
        }
    }

    /// Takes over a new name and a new ARN.
    pub(crate) fn rename(&mut self, name: Option<&String>, arn: Option<&String>) {
        if let Some(name) = name {
            self.former.insert(std::mem::replace(&mut self.name, name.clone()));
        }
        if let Some(arn) = arn {
            self.former.extend(self.arn.replace(arn.clone()));
        }
    }

    /// What an event says beside the configuration.
    fn step(&mut self, envelope: &Envelope) {
        self.version = envelope.version;
        match &envelope.event {
            Event::ItemRebased(rebased) => {
                self.shape = rebased.shape;
                self.too_large = None;
                self.never_read.clone_from(&rebased.unread);
            }
            Event::ItemReturned(returned) => {
                self.shape = returned.shape;
                self.never_read.clone_from(&returned.unread);
                self.stale.clear();
                self.too_large = None;
                self.undecided.clear();
                self.deleted = false;
                self.appeared = envelope.position;
            }
            Event::ItemDeleted => {
                self.deleted = true;
                self.too_large = None;
                self.undecided.clear();
                self.revision += 1;
                self.last_changed = envelope.recorded_at;
                self.changed_in.clone_from(&envelope.scan);
            }
            Event::ItemTooLarge(now) => {
                self.too_large = Some(now.clone());
                self.revision += 1;
                self.last_changed = envelope.recorded_at;
                self.changed_in.clone_from(&envelope.scan);
            }
            Event::ChecksUndecided { undecided } => self.undecided.clone_from(undecided),
            _ => {}
        }
    }

    /// All that replay needs to start at a step: the row after it with the configuration.
    ///
    /// `makes_revision` says whether the step makes a revision, at the time it is recorded.
    #[must_use]
    pub(crate) fn full(&self, config: Value, makes_revision: bool) -> Full {
        Full {
            config,
            name: self.name.clone(),
            arn: self.arn.clone(),
            former: self.former.clone(),
            revision: self.revision + u64::from(makes_revision),
            last_changed: (!makes_revision).then_some(self.last_changed),
            first_seen: self.first_seen,
            shape: self.shape,
            unread: self.never_read.clone(),
        }
    }
}
