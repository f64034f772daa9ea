//! Tracking: what was known of an item and what was seen of it make events.
//!
//! Pure. Nothing here reads or writes; the pipeline hands in the known state and
//! appends what comes out.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::config::{Digest, canonicalise, carry_daily, with_ephemera_of};
use crate::diff::diff;
use crate::event::{Change, Discovered, Event, Rebase, Rebased, Returned, TooLarge};
use crate::replay::{ItemRow, patch_bytes};
use crate::technology::Technology;
use crate::watch::{self, Observed, Part};

/// An event carries the whole configuration when this many before it did not.
const FULL_EVERY: u32 = 32;

/// What an observation comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracked {
    /// What happened; empty where nothing did.
    pub events: Vec<Event>,
    /// The parts that could not be read, by pointer.
    pub failures: Vec<(Cow<'static, str>, watch::Error)>,
}

/// Compares what was seen of an item with what is known of it.
///
/// `known` is the item's state in the log and `load` gets its last configuration,
/// which is only asked for where the digests differ.
///
/// # Errors
/// What `load` says.
pub fn track<E>(
    known: Option<&ItemRow>,
    load: impl FnOnce() -> Result<Value, E>,
    observed: Observed,
    technology: &Technology,
) -> Result<Tracked, E> {
    let mut config = observed.config;
    let mut failures = Vec::new();
    for (pointer, part) in observed.parts {
        match part {
            Part::Known(value) => insert(&mut config, &pointer, value),
            Part::Absent => {}
            Part::Failed(error) => failures.push((pointer, error)),
        }
    }
    canonicalise(&mut config, technology);
    let seen = Seen { name: observed.name, arn: observed.arn, config, technology, failures };
    let events = match known {
        None => vec![seen.discovered()],
        Some(row) if row.deleted => vec![seen.returned(row, load()?)],
        Some(row) => seen.compared(row, load)?,
    };
    Ok(Tracked { events, failures: seen.failures })
}

/// Records something whose configuration is too large to keep: with the error that says so,
/// its size, and its digest. What is known of it stands.
///
/// # Errors
/// What `load` says.
pub fn track_too_large<E>(
    known: Option<&ItemRow>,
    load: impl FnOnce() -> Result<Value, E>,
    observed: Observed,
    now: TooLarge,
    error: watch::Error,
    technology: &Technology,
) -> Result<Tracked, E> {
    let unread = Observed {
        config: Value::Object(serde_json::Map::new()),
        parts: vec![(WHOLE, Part::Failed(error))],
        ..observed
    };
    let mut tracked = track(known, load, unread, technology)?;
    if known.and_then(|row| row.too_large.as_ref()).is_none_or(|then| then.digest != now.digest) {
        tracked.events.push(Event::ItemTooLarge(now));
    }
    Ok(tracked)
}

/// The pointer to a whole configuration.
const WHOLE: Cow<'static, str> = Cow::Borrowed("");

/// An observation in canonical form.
struct Seen<'a> {
    name: String,
    arn: Option<String>,
    config: Value,
    technology: &'a Technology,
    failures: Vec<(Cow<'static, str>, watch::Error)>,
}

impl Seen<'_> {
    fn failed(&self) -> BTreeSet<String> {
        self.failures.iter().map(|(pointer, _)| pointer.clone().into_owned()).collect()
    }

    fn discovered(&self) -> Event {
        Event::ItemDiscovered(Discovered {
            name: self.name.clone(),
            arn: self.arn.clone(),
            shape: self.technology.shape,
            digest: Digest::of(&self.config),
            config: self.config.clone(),
            unread: self.failed(),
        })
    }

    /// What comes back under a key is another resource: a part that cannot be read
    /// has no last known value.
    fn returned(&self, row: &ItemRow, last: Value) -> Event {
        let mut steps = Steps::from(row, last, self.technology);
        (steps.row.shape, steps.row.never_read) = (self.technology.shape, self.failed());
        let change = self.called(&mut steps, |steps| steps.to(self.config.clone(), true));
        Event::ItemReturned(Returned {
            change,
            shape: self.technology.shape,
            unread: self.failed(),
        })
    }

    /// A step that also takes over the name and the ARN where they changed.
    fn called(&self, steps: &mut Steps<'_>, step: impl FnOnce(&mut Steps<'_>) -> Change) -> Change {
        let name = (self.name != steps.row.name).then(|| self.name.clone());
        let arn = self.arn.clone().filter(|arn| steps.row.arn.as_ref() != Some(arn));
        steps.row.rename(name.as_ref(), arn.as_ref());
        Change { name, arn, ..step(steps) }
    }

    /// Compares an item that is known to exist.
    fn compared<E>(
        &self,
        row: &ItemRow,
        load: impl FnOnce() -> Result<Value, E>,
    ) -> Result<Vec<Event>, E> {
        let failed = self.failed();
        let never_read: BTreeSet<_> = row.never_read.intersection(&failed).cloned().collect();
        let first_read = never_read.len() < row.never_read.len()
            // What was too large to keep is read again.
            || row.too_large.is_some() && !failed.contains("");
        let reshaped = row.shape != self.technology.shape;
        let carried: Vec<_> = failed.difference(&row.never_read).collect();
        let same_name = self.name == row.name && (self.arn.is_none() || self.arn == row.arn);
        if !first_read
            && !reshaped
            && carried.is_empty()
            && same_name
            && Digest::of(&self.config) == row.digest
        {
            return Ok(Vec::new());
        }

        let old = load()?;
        let mut new = self.config.clone();
        for pointer in carried {
            // What could not be read keeps its last known value.
            if let Some(value) = old.pointer(pointer) {
                insert(&mut new, pointer, value.clone());
            }
        }
        carry_daily(&old, &mut new, self.technology);

        // What comes from our reading is set aside; the rest is compared as usual.
        let mut comparable = new.clone();
        for pointer in row.never_read.difference(&never_read) {
            remove(&mut comparable, pointer);
        }
        if reshaped {
            comparable = shared_members(&old, comparable, self.technology);
        }

        let mut steps = Steps::from(row, old, self.technology);
        let mut events = Vec::new();
        let observed = with_ephemera_of(&steps.config, &comparable, self.technology);
        if observed != steps.config {
            events.push(Event::ItemObserved(steps.to(observed, false)));
        }
        if comparable != steps.config || !same_name {
            let change = self.called(&mut steps, |steps| steps.to(comparable, true));
            events.push(Event::ItemChanged(change));
        }
        if reshaped || first_read {
            (steps.row.shape, steps.row.never_read) = (self.technology.shape, never_read.clone());
            events.push(Event::ItemRebased(Rebased {
                change: steps.to(new, true),
                reason: if reshaped { Rebase::Shape } else { Rebase::FirstRead },
                shape: self.technology.shape,
                unread: never_read,
            }));
        }
        Ok(events)
    }
}

/// The old configuration with the members that both shapes know as they are now: a
/// real change that a new release meets is a change, the rest comes from the release.
fn shared_members(old: &Value, new: Value, technology: &Technology) -> Value {
    let mut reread = old.clone();
    canonicalise(&mut reread, technology);
    let mut mixed = old.clone();
    if let (Value::Object(mixed), Value::Object(reread), Value::Object(new)) =
        (&mut mixed, reread, new)
    {
        for (member, value) in new {
            // Equal once both are in today's form: only the form differs.
            if reread.get(&member).is_some_and(|known| *known != value) {
                mixed.insert(member, value);
            }
        }
    }
    mixed
}

/// The steps from the last configuration to the next, in order.
struct Steps<'a> {
    config: Value,
    /// The row that the steps so far make.
    row: ItemRow,
    technology: &'a Technology,
}

impl<'a> Steps<'a> {
    fn from(row: &ItemRow, config: Value, technology: &'a Technology) -> Self {
        Self { config, row: row.clone(), technology }
    }

    /// The step to `next`. It carries the whole item when replay from the last whole one
    /// would take too many steps or bytes.
    fn to(&mut self, next: Value, makes_revision: bool) -> Change {
        let patch = diff(&self.config, &next, self.technology);
        let mut change =
            Change { patch, digest: Digest::of(&next), full: None, name: None, arn: None };
        self.row.replayed += 1;
        self.row.replayed_bytes += patch_bytes(&change);
        if self.row.replayed >= FULL_EVERY || self.row.replayed_bytes > 2 * size(&next) {
            (self.row.replayed, self.row.replayed_bytes) = (0, 0);
            change.full = Some(Box::new(self.row.full(next.clone(), makes_revision)));
        }
        self.row.revision += u64::from(makes_revision);
        self.config = next;
        change
    }
}

/// The size of a configuration as text.
fn size(config: &Value) -> u64 {
    serde_json::to_vec(config).map_or(0, |bytes| bytes.len() as u64)
}

/// Puts a part where it belongs, making the objects on the way.
fn insert(config: &mut Value, pointer: &str, value: Value) {
    let Ok(pointer) = jsonptr::Pointer::parse(pointer) else { return };
    // Parts are members of objects: nothing is in the way.
    let _ = pointer.assign(config, value);
}

/// Takes a part out.
fn remove(config: &mut Value, pointer: &str) {
    if pointer.is_empty() {
        *config = Value::Object(serde_json::Map::new());
        return;
    }
    if let Ok(pointer) = jsonptr::Pointer::parse(pointer) {
        let _ = pointer.delete(config);
    }
}
