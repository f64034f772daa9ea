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
    let (rules, root) = Rules::new(technology.sets.iter().map(|set| (set.at.as_ref(), &set.key)));
    let mut differ = Differ { rules, path: Vec::new(), patch: Vec::new(), bytes: 0, pairs: PAIRS };
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
        if self.patch.len() > operations + 1 {
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
mod tests {
    use std::borrow::Cow;

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use proptest::sample::{Index, select};
    use serde_json::json;

    use super::*;
    use crate::config::{Digest, canonicalise};
    use crate::technology::Set;

    const GROUP: Technology = Technology {
        sets: Cow::Borrowed(&[
            Set::new("/IpPermissions", &["IpProtocol", "FromPort", "ToPort"]),
            Set::new("/IpPermissionsEgress", &["IpProtocol", "FromPort", "ToPort"]),
            Set::new("/IpPermissions/*/IpRanges", &["CidrIp"]),
            Set::new("/IpPermissions/*/Ipv6Ranges", &["CidrIpv6"]),
            Set::new("/IpPermissions/*/UserIdGroupPairs", &["UserId", "GroupId"]),
            Set::new("/IpPermissions/*/PrefixListIds", &["PrefixListId"]),
            Set::new("/Tags", &["Key"]),
        ]),
        ..Technology::DEFAULT
    };

    /// The rules of a group: (port, network) pairs, as `DescribeSecurityGroups` folds
    /// them into permissions.
    fn group(rules: &[(u16, String)]) -> Value {
        let mut permissions: Vec<Value> = Vec::new();
        for (port, cidr) in rules {
            let range = json!({"CidrIp": cidr, "Description": format!("from {cidr}")});
            match permissions.iter_mut().find(|permission| permission["FromPort"] == *port) {
                Some(permission) => {
                    permission["IpRanges"].as_array_mut().unwrap().push(range);
                }
                None => permissions.push(json!({
                    "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [range],
                    "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": [],
                })),
            }
        }
        let mut group = json!({
            "GroupId": "sg-0a1b2c3d4e5f60718",
            "GroupName": "web",
            "Description": "What the web servers let in",
            "OwnerId": "123456789012",
            "VpcId": "vpc-0a1b2c3d4e5f60718",
            "IpPermissions": permissions,
            "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
            "Tags": [{"Key": "Name", "Value": "web"}],
        });
        canonicalise(&mut group, &GROUP);
        group
    }

    fn sixty() -> Vec<(u16, String)> {
        (0..60_u16).map(|n| (8000 + n % 25, format!("10.{}.{n}.0/24", n % 7))).collect()
    }

    fn assert_patch(old: &Value, new: &Value, technology: &Technology) -> Patch {
        let patch = diff(old, new, technology);
        let mut result = old.clone();
        apply(&mut result, &patch).unwrap();
        assert_eq!(&result, new);
        assert_eq!(Digest::of(&result), Digest::of(new));
        patch
    }

    fn operations(old: &Value, new: &Value, technology: &Technology) -> Value {
        serde_json::to_value(assert_patch(old, new, technology)).unwrap()
    }

    #[test]
    fn what_is_equal_needs_nothing() {
        assert!(diff(&group(&sixty()), &group(&sixty()), &GROUP).is_empty());
    }

    #[test]
    fn one_rule_added_to_sixty_is_one_operation() {
        for place in 0..=60 {
            for rule in [(22, "0.0.0.0/0".to_owned()), (8003, "0.0.0.0/0".to_owned())] {
                let mut rules = sixty();
                rules.insert(place, rule);
                assert_eq!(assert_patch(&group(&sixty()), &group(&rules), &GROUP).len(), 1);
            }
        }
    }

    #[test]
    fn one_rule_removed_from_sixty_is_one_operation() {
        for place in 0..60 {
            let mut rules = sixty();
            rules.remove(place);
            assert_eq!(assert_patch(&group(&sixty()), &group(&rules), &GROUP).len(), 1);
        }
    }

    #[test]
    fn one_rule_edited_among_sixty_is_at_most_two_operations() {
        for place in 0..60 {
            // Another port of the group, a port before and after all, a network.
            for edited in [8004, 1, 9999].map(|port| (port, sixty()[place].1.clone())) {
                let mut rules = sixty();
                rules[place] = edited;
                assert!(assert_patch(&group(&sixty()), &group(&rules), &GROUP).len() <= 2);
            }
            for network in ["0.0.0.0/0", "99.0.0.0/8"] {
                let mut rules = sixty();
                rules[place].1 = network.to_owned();
                assert!(assert_patch(&group(&sixty()), &group(&rules), &GROUP).len() <= 2);
            }
        }
    }

    #[test]
    fn an_edited_member_of_a_set_is_one_replace() {
        let old = group(&sixty());
        let mut new = old.clone();
        new["IpPermissions"][7]["IpRanges"][1]["Description"] = json!("office");
        assert_eq!(
            operations(&old, &new, &GROUP),
            json!([{
                "op": "replace",
                "path": "/IpPermissions/7/IpRanges/1/Description",
                "value": "office",
            }]),
        );
    }

    #[test]
    fn members_that_no_key_tells_apart_are_aligned_as_a_list() {
        let member = |value: &str| json!({"Id": 1, "Value": value.repeat(99)});
        let old = json!({"Set": [member("a"), member("b"), member("c")]});
        let new = json!({"Set": [member("b"), member("c"), member("d")]});
        assert_eq!(
            operations(&old, &new, &KEYED),
            json!([
                {"op": "remove", "path": "/Set/0"},
                {"op": "add", "path": "/Set/2", "value": member("d")},
            ]),
        );
    }

    #[test]
    fn several_edits_become_the_whole_only_where_that_is_shorter() {
        let old = json!({"a": {"one": 1, "two": 2, "three": 3}, "b": "x".repeat(200)});
        let new = json!({"a": {"eins": 1, "zwei": 2, "drei": 3}, "b": "x".repeat(200)});
        assert_eq!(
            operations(&old, &new, &Technology::DEFAULT),
            json!([{"op": "replace", "path": "/a", "value": {"eins": 1, "zwei": 2, "drei": 3}}]),
        );
        let old = json!({"a": {"x": 1, "y": 2, "z": "x".repeat(200)}});
        let new = json!({"a": {"x": 2, "y": 3, "z": "x".repeat(200)}});
        assert_eq!(assert_patch(&old, &new, &Technology::DEFAULT).len(), 2);
    }

    #[test]
    fn a_changed_root_is_replaced() {
        assert_eq!(
            operations(&json!([1]), &json!("a"), &Technology::DEFAULT),
            json!([{"op": "replace", "path": "", "value": "a"}]),
        );
    }

    #[test]
    fn pointers_are_escaped() {
        assert_eq!(
            operations(
                &json!({"a/b": {"~1": 1, "": 1}, "-": 1}),
                &json!({"a/b": {"~1": 2, "": 1}, "-": 1}),
                &Technology::DEFAULT,
            ),
            json!([{"op": "replace", "path": "/a~1b/~01", "value": 2}]),
        );
    }

    /// A statement added before an edited one must not be taken for the edited one.
    #[test]
    fn a_list_keeps_its_closest_elements_together() {
        let statement = |sid: &str, action: &str| {
            json!({
                "Sid": sid,
                "Effect": "Allow",
                "Principal": {"AWS": format!("arn:aws:iam::123456789012:role/{sid}")},
                "Action": action,
                "Resource": format!("arn:aws:s3:::documents/{sid}/*"),
            })
        };
        let old = json!({"Statement": [
            statement("first", "s3:ListBucket"),
            statement("readers", "s3:GetObject"),
            statement("last", "s3:ListBucket"),
        ]});
        let new = json!({"Statement": [
            statement("first", "s3:ListBucket"),
            statement("auditors", "s3:GetObject"),
            statement("readers", "s3:*"),
            statement("last", "s3:ListBucket"),
        ]});
        assert_eq!(
            operations(&old, &new, &Technology::DEFAULT),
            json!([
                {"op": "add", "path": "/Statement/1", "value": statement("auditors", "s3:GetObject")},
                {"op": "replace", "path": "/Statement/2/Action", "value": "s3:*"},
            ]),
        );
    }

    #[test]
    fn two_long_lists_without_a_thing_in_common_take_bounded_time() {
        let list = |start: usize| -> Value { (start..start + 5_000).collect() };
        assert_patch(&list(0), &list(5_000), &Technology::DEFAULT);
    }

    #[test]
    fn two_long_lists_of_equal_things_take_bounded_time() {
        let old = Value::from(vec![0; 20_000]);
        let mut new = vec![0; 20_000];
        (new[0], new[19_999]) = (1, 1);
        assert_patch(&old, &Value::from(new), &Technology::DEFAULT);
    }

    /// Each list in them could be compared with each other one.
    #[test]
    fn lists_in_lists_take_bounded_time() {
        let nest = |leaf: usize| {
            (0..4).fold(json!(leaf), |inner, level| {
                (0..8).map(|n| json!([inner, n, level])).collect()
            })
        };
        assert_patch(&nest(0), &nest(1), &Technology::DEFAULT);
        let nest = |leaf: usize| (0..120).fold(json!(leaf), |inner, level| json!([inner, level]));
        assert_patch(&nest(0), &nest(1), &Technology::DEFAULT);
    }

    #[test]
    fn a_patch_for_another_configuration_is_refused_and_changes_nothing() {
        let rest = "x".repeat(100);
        let old = json!({"a": 1, "b": [1], "c": rest});
        let new = json!({"a": 2, "b": [], "c": rest});
        let patch = diff(&old, &new, &Technology::DEFAULT);
        let mut other = json!({"a": 1});
        assert!(apply(&mut other, &patch).is_err());
        assert_eq!(other, json!({"a": 1}));
    }

    /// Values that collide often: few names, few leaves.
    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..4_i64).prop_map(Value::from),
            // In canonical form there is one zero: -0.0 + 0.0 is it.
            any::<f64>().prop_map(|number| Value::from(number + 0.0)),
            "[a-c~/\"é]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 8, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..8).prop_map(Value::from),
                btree_map("[a-d~/\"-]{0,2}", inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// A value and another that shares most of it: some places are overwritten, and
    /// some lists get one element more.
    fn any_edit() -> impl Strategy<Value = (Value, Value)> {
        fn places(value: &Value, here: PointerBuf, all: &mut Vec<PointerBuf>) {
            match value {
                Value::Array(elements) => elements.iter().enumerate().for_each(|(n, element)| {
                    places(element, here.with_trailing_token(n), all);
                }),
                Value::Object(members) => members.iter().for_each(|(name, member)| {
                    places(member, here.with_trailing_token(name.as_str()), all);
                }),
                _ => {}
            }
            all.push(here);
        }
        let edit = (any::<Index>(), any::<Index>(), any_value());
        (any_value(), vec(edit, 0..4)).prop_map(|(old, edits)| {
            let mut new = old.clone();
            for (place, element, value) in edits {
                let mut all = Vec::new();
                places(&new, PointerBuf::root(), &mut all);
                match new.pointer_mut(place.get(&all).as_str()).unwrap() {
                    Value::Array(elements) => {
                        elements.insert(element.index(elements.len() + 1), value);
                    }
                    other => *other = value,
                }
            }
            (old, new)
        })
    }

    /// Sets everywhere, some with keys that are missing or shared.
    const SETS: Technology = Technology {
        sets: Cow::Borrowed(&[
            Set::new("", &["a"]),
            Set::new("/*", &["a", "b"]),
            Set::new("/*/*", &["a/b"]),
            Set::new("/*/*/*", &[]),
        ]),
        ..Technology::DEFAULT
    };

    const KEYED: Technology =
        Technology { sets: Cow::Borrowed(&[Set::new("/Set", &["Id"])]), ..Technology::DEFAULT };

    fn keyed(keys: &[u8]) -> Value {
        let elements: Value = keys.iter().map(|key| json!({"Id": key, "Note": "none"})).collect();
        json!({"Set": elements, "Rest": "x".repeat(10_000)})
    }

    proptest! {
        #[test]
        fn a_patch_leads_from_old_to_new(old in any_value(), new in any_value()) {
            assert_patch(&old, &new, &Technology::DEFAULT);
            assert_patch(&old, &new, &SETS);
        }

        #[test]
        fn a_patch_leads_to_a_near_neighbour((old, new) in any_edit()) {
            for technology in [Technology::DEFAULT, SETS] {
                let patch = assert_patch(&old, &new, &technology);
                let no_more = patch.iter().all(|operation| {
                    use PatchOperation::{Add, Remove, Replace};
                    matches!(operation, Add(_) | Remove(_) | Replace(_))
                });
                prop_assert!(no_more);
            }
            // Never longer than saying it all again.
            let patch = diff(&old, &new, &Technology::DEFAULT);
            let whole = Replacement { op: "replace", path: &PointerBuf::root(), value: &new };
            prop_assert!(patch.len() < 2 || length(&patch) <= length(&whole) + 2);
        }

        #[test]
        fn members_of_a_set_come_and_go_with_one_operation_each(
            (old, new) in (any::<[bool; 40]>(), any::<[bool; 40]>()),
        ) {
            let members = |chosen: &[bool]| -> Vec<u8> {
                (0..40).zip(chosen).filter(|(_, chosen)| **chosen).map(|(key, _)| key).collect()
            };
            let changed = old.iter().zip(&new).filter(|(old, new)| old != new).count();
            let patch = assert_patch(&keyed(&members(&old)), &keyed(&members(&new)), &KEYED);
            prop_assert_eq!(patch.len(), changed);
        }

        #[test]
        fn elements_added_to_or_removed_from_a_list_are_one_operation_each(
            list in vec(any::<u32>(), 20..40),
            places in vec(any::<Index>(), 1..6),
            adding in any::<bool>(),
        ) {
            let mut shorter = list.clone();
            for place in &places {
                shorter.remove(place.index(shorter.len()));
            }
            let rest = "x".repeat(500);
            let value = |list: &[u32]| {
                let list: Vec<_> = list.iter().map(|id| json!({"Id": id, "Note": rest})).collect();
                Value::from(list)
            };
            let (old, new) = if adding { (&shorter, &list) } else { (&list, &shorter) };
            let patch = assert_patch(&value(old), &value(new), &Technology::DEFAULT);
            prop_assert_eq!(patch.len(), places.len());
        }
    }

    #[test]
    fn names_of_every_kind_survive() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let names = select(vec!["", "-", "0", "~", "~0", "~1", "/", "a/b", "\"", "é", "\u{0}"]);
        runner
            .run(&(vec(names.clone(), 0..6), vec(names, 0..6)), |(old, new)| {
                let object = |names: &[&str]| -> Value {
                    Value::Object(
                        names.iter().map(|&name| (name.to_owned(), json!([name]))).collect(),
                    )
                };
                assert_patch(&json!({"a": [object(&old)]}), &json!({"a": [object(&new)]}), &SETS);
                Ok(())
            })
            .unwrap();
    }
}
