//! The minimal patch between two configurations.

use std::cmp::Ordering;
use std::io;
use std::mem;

use json_patch::jsonptr::{PointerBuf, Token};
use json_patch::{AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::config::pattern::{Here, Rules};
use crate::technology::Technology;
use crate::texts::Texts;

mod align;

use align::Alignment;
pub(crate) use align::common;

pub use json_patch::PatchError;

/// The smallest patch that makes `new` of `old`, both in canonical form, written in
/// `add`, `remove` and `replace`.
///
/// Sets are aligned by natural key: a member added is one `add`, wherever it stands.
/// A member whose key changed is another member. Other arrays are aligned by their
/// longest common subsequence, and what changed between its elements is edited in
/// place where that is shorter. Where several edits of an object or a list take more
/// text than the whole of it, it is replaced.
///
/// ```
/// use secmonkey_core::diff::{apply, diff};
/// use std::borrow::Cow;
/// use secmonkey_core::technology::{Set, Technology};
/// use serde_json::json;
///
/// const GROUP: Technology =
///     Technology { sets: Cow::Borrowed(&[Set::new("/Tags", &["Key"])]), ..Technology::DEFAULT };
///
/// let mut config = json!({"Tags": [{"Key": "b", "Value": "1"}, {"Key": "c", "Value": "2"}]});
/// let new = json!({"Tags": [{"Key": "a", "Value": "0"}, {"Key": "b", "Value": "1"}, {"Key": "c", "Value": "3"}]});
/// let patch = diff(&config, &new, &GROUP);
/// assert_eq!(
///     serde_json::to_value(&patch)?,
///     json!([
///         {"op": "add", "path": "/Tags/0", "value": {"Key": "a", "Value": "0"}},
///         {"op": "replace", "path": "/Tags/2/Value", "value": "3"},
///     ]),
/// );
/// apply(&mut config, &patch)?;
/// assert_eq!(config, new);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn diff(old: &Value, new: &Value, technology: &Technology) -> Patch {
    patch(old, new, technology, true)
}

/// As [`diff`], and never the whole where parts changed, however long that gets: for
/// people, who want to know what changed.
pub(crate) fn edits(old: &Value, new: &Value, technology: &Technology) -> Patch {
    patch(old, new, technology, false)
}

fn patch(old: &Value, new: &Value, technology: &Technology, shortest: bool) -> Patch {
    let (rules, root) = Rules::new(technology.sets.iter().map(|set| (set.at.as_ref(), &set.key)));
    let mut differ =
        Differ { rules, shortest, path: Vec::new(), patch: Vec::new(), bytes: 0, pairs: PAIRS };
    differ.value(old, new, &root);
    Patch(differ.patch)
}

/// Applies a patch: all of it or, with an error, nothing.
///
/// # Errors
/// Where an operation's path is not in the configuration: the patch belongs to
/// another one.
pub fn apply(config: &mut Value, patch: &Patch) -> Result<(), PatchError> {
    json_patch::patch(config, patch)
}

/// Follows places of a configuration through a patch: what stands behind an element that
/// came or went moves on. A place that is gone is left out.
///
/// # Errors
/// Where the patch does not apply to `old`.
pub(crate) fn follow(
    places: &[String],
    old: &Value,
    patch: &Patch,
) -> Result<Vec<String>, PatchError> {
    let mut state = old.clone();
    let mut places: Vec<String> = places.to_vec();
    for operation in patch.iter() {
        let at = operation.path();
        let list =
            at.parent().filter(|list| state.pointer(list.as_str()).is_some_and(Value::is_array));
        let index = at.last().and_then(|last| last.decoded().parse::<usize>().ok());
        let is_there = |place: &String| {
            let below = place.strip_prefix(at.as_str());
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let removes = matches!(operation, PatchOperation::Remove(_));
        if removes {
            places.retain(|place| !is_there(place));
        }
        if let Some((list, index)) = list.zip(index)
            && (removes || matches!(operation, PatchOperation::Add(_)))
        {
            let by = if removes { -1 } else { 1 };
            let moved = places.iter().map(|place| shifted(place, list.as_str(), index, by));
            places = moved.collect();
        }
        apply(&mut state, &Patch(vec![operation.clone()]))?;
    }
    Ok(places)
}

/// A place whose index in a list moves where it is not before `at`.
fn shifted(place: &str, list: &str, at: usize, by: isize) -> String {
    let moved = || {
        let rest = place.strip_prefix(list)?.strip_prefix('/')?;
        let (index, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let index = index.parse::<usize>().ok().filter(|index| *index >= at)?;
        Some(format!("{list}/{}{below}", index.checked_add_signed(by)?))
    };
    moved().unwrap_or_else(|| place.to_owned())
}

/// Pairs of changed list elements compared to find the closest ones, in one diff.
/// Beyond it elements are paired in order.
const PAIRS: usize = 1 << 12;

/// One step from the root.
#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Member(&'a str),
    Index(usize),
}

/// Operations are written from left to right and applied in that order: whatever
/// stands before the place at hand is already as it is in the new value, so that
/// every path counts in places of the new value.
struct Differ<'a> {
    /// The natural keys of sets.
    rules: Rules<'a, &'a Texts>,
    /// Whether the whole is replaced where that is shorter.
    shortest: bool,
    path: Vec<Step<'a>>,
    patch: Vec<PatchOperation>,
    /// The patch's serialised length.
    bytes: usize,
    /// What is left of [`PAIRS`].
    pairs: usize,
}

impl<'a> Differ<'a> {
    fn value(&mut self, old: &'a Value, new: &'a Value, here: &Here) {
        let (operations, bytes) = (self.patch.len(), self.bytes);
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => self.object(old, new, here),
            (Value::Array(old), Value::Array(new)) => {
                if self.array(old, new, here) {
                    // Members of a set come and go one by one.
                    return;
                }
            }
            (old, new) if old == new => {}
            _ => self.push(self.replacement(new)),
        }
        // One operation says more than the whole does, and is hardly ever longer.
        if self.shortest && self.patch.len() > operations + 1 {
            let path = self.pointer();
            let whole = Replacement { op: "replace", path: &path, value: new };
            // Shorter with the comma that every operation counts with.
            if fits(&whole, self.bytes - bytes - 2) {
                self.patch.truncate(operations);
                self.bytes = bytes;
                self.push(self.replacement(new));
            }
        }
    }

    fn object(&mut self, old: &'a Map<String, Value>, new: &'a Map<String, Value>, here: &Here) {
        let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
        // Both are sorted by name.
        loop {
            let order = match (old.peek(), new.peek()) {
                (Some((a, _)), Some((b, _))) => a.cmp(b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return,
            };
            let before = if order.is_le() { old.next() } else { None };
            let after = if order.is_ge() { new.next() } else { None };
            let Some((name, _)) = before.or(after) else { return };
            self.path.push(Step::Member(name));
            match (before, after) {
                (Some((_, before)), Some((_, after))) => {
                    let child = self.rules.enter_member(here, name);
                    self.value(before, after, &child);
                    self.rules.leave(&child);
                }
                (None, Some((_, after))) => self.push(self.addition(after)),
                (_, None) => self.push(self.removal()),
            }
            self.path.pop();
        }
    }

    /// Says whether the elements were aligned by natural key.
    fn array(&mut self, old: &'a [Value], new: &'a [Value], here: &Here) -> bool {
        let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let (old, new) = (&old[start..], &new[start..]);
        let end = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
        let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
        if old.is_empty() && new.is_empty() {
            return false;
        }
        let key = self.rules.actions(here).next();
        let Alignment { pairs, by_key } = Alignment::of(old, new, key);
        let child = self.rules.enter_element(here);
        let (mut removed, mut added) = (0, 0);
        for (before, after) in pairs {
            self.gap(&old[removed..before], &new[added..after], start + added, by_key, &child);
            if by_key {
                self.element(&old[before], &new[after], start + after, &child);
            }
            (removed, added) = (before + 1, after + 1);
        }
        self.gap(&old[removed..], &new[added..], start + added, by_key, &child);
        self.rules.leave(&child);
        by_key
    }

    /// What stands between two aligned elements; `at` is where it begins.
    fn gap(&mut self, old: &'a [Value], new: &'a [Value], at: usize, by_key: bool, child: &Here) {
        if by_key || old.is_empty() || new.is_empty() {
            self.remove(at, old.len());
            self.add(at, new);
        } else if old.len() * new.len() > self.pairs || (old.len() == 1 && new.len() == 1) {
            let both = old.len().min(new.len());
            for (place, (old, new)) in old.iter().zip(new).enumerate() {
                self.element(old, new, at + place, child);
            }
            self.remove(at + both, old.len() - both);
            self.add(at + both, &new[both..]);
        } else {
            self.pairs -= old.len() * new.len();
            self.closest(old, new, at, child);
        }
    }

    /// Edits some elements, removes and adds the others, so that it takes the least
    /// text: the edit distance of two lists, with real edits as costs.
    fn closest(&mut self, old: &'a [Value], new: &'a [Value], at: usize, child: &Here) {
        let mut edits = Vec::with_capacity(old.len() * new.len());
        for before in old {
            for (place, after) in new.iter().enumerate() {
                edits.push(self.attempt(|differ| differ.element(before, after, at + place, child)));
            }
        }
        let additions: Vec<_> = (0..new.len())
            .map(|place| self.attempt(|differ| differ.add(at + place, &new[place..=place])))
            .collect();
        let removal = self.attempt(|differ| differ.remove(at, 1)).bytes;

        let width = new.len() + 1;
        let edit = |before: usize, after: usize| before * new.len() + after;
        // What the rest costs from each pair of places on.
        let mut costs = vec![0; (old.len() + 1) * width];
        for before in (0..=old.len()).rev() {
            for after in (0..=new.len()).rev() {
                let cost =
                    |steps: (usize, usize)| costs[(before + steps.0) * width + after + steps.1];
                let remove = (before < old.len()).then(|| removal + cost((1, 0)));
                let add = (after < new.len()).then(|| additions[after].bytes + cost((0, 1)));
                let both = (before < old.len() && after < new.len())
                    .then(|| edits[edit(before, after)].bytes + cost((1, 1)));
                costs[before * width + after] =
                    [both, remove, add].into_iter().flatten().min().unwrap_or_default();
            }
        }

        let (mut before, mut after) = (0, 0);
        while before < old.len() || after < new.len() {
            let cost = costs[before * width + after];
            let rest = |steps: (usize, usize)| costs[(before + steps.0) * width + after + steps.1];
            if before < old.len()
                && after < new.len()
                && cost == edits[edit(before, after)].bytes + rest((1, 1))
            {
                let attempt = mem::take(&mut edits[edit(before, after)]);
                self.bytes += attempt.bytes;
                self.patch.extend(attempt.operations);
                (before, after) = (before + 1, after + 1);
            } else if before < old.len() && cost == removal + rest((1, 0)) {
                self.remove(at + after, 1);
                before += 1;
            } else {
                self.add(at + after, &new[after..=after]);
                after += 1;
            }
        }
    }

    /// What `edit` would write, not written.
    fn attempt(&mut self, edit: impl FnOnce(&mut Self)) -> Attempt {
        let (operations, bytes) = (self.patch.len(), self.bytes);
        edit(self);
        let attempt =
            Attempt { operations: self.patch.split_off(operations), bytes: self.bytes - bytes };
        self.bytes = bytes;
        attempt
    }

    fn element(&mut self, old: &'a Value, new: &'a Value, at: usize, child: &Here) {
        self.path.push(Step::Index(at));
        self.value(old, new, child);
        self.path.pop();
    }

    fn remove(&mut self, at: usize, count: usize) {
        self.path.push(Step::Index(at));
        for _ in 0..count {
            self.push(self.removal());
        }
        self.path.pop();
    }

    fn add(&mut self, at: usize, elements: &[Value]) {
        for (place, element) in elements.iter().enumerate() {
            self.path.push(Step::Index(at + place));
            self.push(self.addition(element));
            self.path.pop();
        }
    }

    fn push(&mut self, operation: PatchOperation) {
        self.bytes += length(&operation) + 1;
        self.patch.push(operation);
    }

    fn addition(&self, value: &Value) -> PatchOperation {
        PatchOperation::Add(AddOperation { path: self.pointer(), value: value.clone() })
    }

    fn removal(&self) -> PatchOperation {
        PatchOperation::Remove(RemoveOperation { path: self.pointer() })
    }

    fn replacement(&self, value: &Value) -> PatchOperation {
        PatchOperation::Replace(ReplaceOperation { path: self.pointer(), value: value.clone() })
    }

    fn pointer(&self) -> PointerBuf {
        PointerBuf::from_tokens(self.path.iter().map(|step| match *step {
            Step::Member(name) => Token::new(name),
            Step::Index(index) => Token::from(index),
        }))
    }
}

/// Operations with their serialised length.
#[derive(Default)]
struct Attempt {
    operations: Vec<PatchOperation>,
    bytes: usize,
}

/// A `replace` as it would be serialised, with nothing cloned.
#[derive(Serialize)]
struct Replacement<'a> {
    op: &'a str,
    path: &'a PointerBuf,
    value: &'a Value,
}

/// How long the JSON text of a value is.
fn length(value: &impl Serialize) -> usize {
    let mut room = Room(usize::MAX);
    #[expect(clippy::expect_used, reason = "operations have text keys and room never runs out")]
    serde_json::to_writer(&mut room, value).expect("an operation always serialises");
    usize::MAX - room.0
}

/// Whether the JSON text of a value is at most `limit` long; reads no further.
fn fits(value: &impl Serialize, limit: usize) -> bool {
    serde_json::to_writer(Room(limit), value).is_ok()
}

/// Takes a number of bytes and keeps none.
struct Room(usize);

impl io::Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::WriteZero)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
