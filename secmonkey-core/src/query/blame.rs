//! Which revision last set each member of a configuration.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::Value;

use super::{Error, Known, find, history, position_then};
use crate::log::EventLog;
use crate::nearest::Nearest;
use crate::view::Revision;

/// A configuration, and who set what of it.
#[derive(Debug, Clone)]
pub struct Blame {
    /// The revisions of the item, oldest first.
    pub revisions: Vec<Revision>,
    /// What was asked for: the (last) configuration, or what stands at a place of it.
    pub value: Value,
    /// Where that is; empty for all of it.
    pub pointer: String,
    set: Node,
}

/// A line of a configuration as JSON.
#[derive(Debug, Clone)]
pub struct Blamed<'a> {
    /// The revision that last set what stands there. Of what a list or an object begins and ends
    /// with: that last added or took away a member.
    pub revision: &'a Revision,
    /// Where what it shows stands, in the whole configuration.
    pub pointer: String,
    /// The line, indented.
    pub text: String,
}

/// A member that holds no others, and the revision that last set it.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// Where it stands, in the whole configuration.
    pub pointer: String,
    /// What it is.
    pub value: &'a Value,
    /// The revision.
    pub revision: &'a Revision,
}

/// What revision set a value, and what those set that it holds.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    /// The index of the revision.
    by: usize,
    within: Within,
}

#[derive(Debug, Clone, PartialEq)]
enum Within {
    Nothing,
    Members(BTreeMap<String, Node>),
    Elements(Vec<Node>),
}

/// Says which revision last set each member of an item's configuration, or of what stands at a
/// place of it: now, or as it was at a time. One configuration at a time is in memory.
///
/// # Errors
/// Where the item is unknown, was unknown then or has no such place; where the time is to come.
pub async fn blame(
    log: &dyn EventLog,
    known: &Known,
    name: &str,
    pointer: &str,
    at: Option<Timestamp>,
) -> Result<Blame, Error> {
    let row = find::item(&known.views, name)?;
    let mut revisions = known.views.revisions(&row.key)?;
    if let Some(time) = at {
        let position = position_then(log, time, known.now).await?;
        revisions.retain(|revision| revision.position <= position);
        if revisions.is_empty() {
            return Err(Error::not_known_then(&row));
        }
    }
    let mut states = history::States::new(&row.key, revisions.clone());
    let mut set = Node::new(&Value::Null, 0);
    let (mut by, mut config) = (0, Value::Null);
    while let Some(state) = states.next(log).await? {
        set = set.then(&config, &state.config, by);
        config = state.config;
        by += 1;
    }
    let (Some(value), Some(set)) = (config.pointer(pointer), set.at(pointer)) else {
        let mut places = Vec::new();
        set.leaves(&config, "", &mut |pointer, _, _| places.push(pointer.to_owned()));
        let mut all: Vec<_> = places.iter().flat_map(|place| ancestors(place)).collect();
        all.sort_unstable();
        all.dedup();
        return Err(Error::NoPlace {
            name: row.name,
            pointer: pointer.to_owned(),
            nearest: Nearest::of(pointer, all),
        });
    };
    Ok(Blame { revisions, value: value.clone(), pointer: pointer.to_owned(), set: set.clone() })
}

/// A place, and those around it.
fn ancestors(place: &str) -> impl Iterator<Item = &str> {
    let ends = place.match_indices('/').map(|(at, _)| at).skip(1).chain([place.len()]);
    ends.filter_map(|end| place.get(..end))
}

impl Blame {
    /// The value as lines of JSON.
    #[must_use]
    pub fn lines(&self) -> Vec<Blamed<'_>> {
        let mut lines = Vec::new();
        let place = Place { at: &self.pointer, indent: 0, name: None, is_last: true };
        self.set.print(&self.value, place, &mut lines);
        let blamed = |Printed { by, pointer, text }: Printed| {
            self.revisions.get(by).map(|revision| Blamed { revision, pointer, text })
        };
        lines.into_iter().filter_map(blamed).collect()
    }

    /// Whatever holds no others, in the order of the configuration.
    #[must_use]
    pub fn members(&self) -> Vec<Member<'_>> {
        let mut members = Vec::new();
        self.set.leaves(&self.value, &self.pointer, &mut |pointer, value, by| {
            if let Some(revision) = self.revisions.get(by) {
                members.push(Member { pointer: pointer.to_owned(), value, revision });
            }
        });
        members
    }
}

/// Where a line stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The pointer of what stands there.
    at: &'a str,
    indent: usize,
    name: Option<&'a str>,
    is_last: bool,
}

/// A line, where what it shows stands, and the index of the revision that set it.
#[derive(Debug)]
struct Printed {
    by: usize,
    pointer: String,
    text: String,
}

impl Node {
    /// A value of which everything is new.
    fn new(value: &Value, by: usize) -> Self {
        let within = match value {
            Value::Object(members) => Within::Members(
                members.iter().map(|(name, value)| (name.clone(), Self::new(value, by))).collect(),
            ),
            Value::Array(elements) => {
                Within::Elements(elements.iter().map(|value| Self::new(value, by)).collect())
            }
            _ => Within::Nothing,
        };
        Self { by, within }
    }

    /// What it is when a revision made `new` of `old`.
    fn then(self, old: &Value, new: &Value, by: usize) -> Self {
        if old == new {
            return self;
        }
        match (old, new, self.within) {
            (Value::Object(old), Value::Object(new), Within::Members(mut set)) => {
                let is_same =
                    old.len() == new.len() && old.keys().all(|name| new.contains_key(name));
                let members = new.iter().map(|(name, value)| {
                    let node = match (old.get(name), set.remove(name)) {
                        (Some(old), Some(node)) => node.then(old, value, by),
                        _ => Self::new(value, by),
                    };
                    (name.clone(), node)
                });
                let within = Within::Members(members.collect());
                Self { by: if is_same { self.by } else { by }, within }
            }
            (Value::Array(old), Value::Array(new), Within::Elements(set)) => {
                let (elements, is_same) = elements(old, new, set, by);
                Self { by: if is_same { self.by } else { by }, within: Within::Elements(elements) }
            }
            _ => Self::new(new, by),
        }
    }

    /// That of a place in it.
    fn at(&self, pointer: &str) -> Option<&Self> {
        let Some(rest) = pointer.strip_prefix('/') else {
            return pointer.is_empty().then_some(self);
        };
        let (name, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let inner = match &self.within {
            Within::Nothing => None,
            Within::Members(members) => members.get(&name.replace("~1", "/").replace("~0", "~")),
            Within::Elements(elements) => elements.get(name.parse::<usize>().ok()?),
        };
        inner?.at(rest)
    }

    /// Hands out whatever holds no others.
    fn leaves<'v>(
        &self,
        value: &'v Value,
        at: &str,
        take: &mut impl FnMut(&str, &'v Value, usize),
    ) {
        match (value, &self.within) {
            (Value::Object(values), Within::Members(nodes)) if !values.is_empty() => {
                for (name, value) in values {
                    let name_at = name.replace('~', "~0").replace('/', "~1");
                    if let Some(node) = nodes.get(name) {
                        node.leaves(value, &format!("{at}/{name_at}"), take);
                    }
                }
            }
            (Value::Array(values), Within::Elements(nodes)) if !values.is_empty() => {
                for (index, (value, node)) in values.iter().zip(nodes).enumerate() {
                    node.leaves(value, &format!("{at}/{index}"), take);
                }
            }
            _ => take(at, value, self.by),
        }
    }

    /// Writes the lines of a value.
    fn print(&self, value: &Value, place: Place<'_>, lines: &mut Vec<Printed>) {
        let Place { at, indent, name, is_last } = place;
        let name = name.map(|name| format!("{}: ", Value::from(name))).unwrap_or_default();
        let comma = if is_last { "" } else { "," };
        let mut line = |text: String| {
            let text = format!("{:indent$}{text}", "");
            lines.push(Printed { by: self.by, pointer: at.to_owned(), text });
        };
        let (open, close, inner): (_, _, Vec<(Option<&str>, &Value, &Self)>) =
            match (value, &self.within) {
                (Value::Object(values), Within::Members(nodes)) if !values.is_empty() => {
                    let inner = values.iter().filter_map(|(name, value)| {
                        Some((Some(name.as_str()), value, nodes.get(name)?))
                    });
                    ('{', '}', inner.collect())
                }
                (Value::Array(values), Within::Elements(nodes)) if !values.is_empty() => {
                    ('[', ']', values.iter().zip(nodes).map(|(v, node)| (None, v, node)).collect())
                }
                _ => return line(format!("{name}{value}{comma}")),
            };
        line(format!("{name}{open}"));
        let last = inner.len();
        for (count, (name, value, node)) in inner.into_iter().enumerate() {
            let segment = name.map(|name| name.replace('~', "~0").replace('/', "~1"));
            let at = format!("{at}/{}", segment.unwrap_or_else(|| count.to_string()));
            let place = Place { at: &at, indent: indent + 2, name, is_last: count + 1 == last };
            node.print(value, place, lines);
        }
        let text = format!("{:indent$}{close}{comma}", "");
        lines.push(Printed { by: self.by, pointer: at.to_owned(), text });
    }
}

/// The elements of a list that a revision changed, and whether none came, went or moved.
///
/// An element that stands there as it was keeps what set it, wherever it moved; of the others,
/// one that went and one that came are taken for the same, in their order.
fn elements(old: &[Value], new: &[Value], set: Vec<Node>, by: usize) -> (Vec<Node>, bool) {
    let mut before: Vec<_> = set.into_iter().map(Some).collect();
    let mut kept: Vec<Option<(usize, Node)>> = Vec::with_capacity(new.len());
    let mut next = 0;
    for value in new {
        // Most stand where they stood, one behind the other.
        let is_it = |at: &usize| before.get(*at).is_some_and(Option::is_some) && old[*at] == *value;
        let found = (next..old.len()).find(is_it).or_else(|| (0..next).find(is_it));
        next = found.map_or(next, |at| at + 1);
        kept.push(found.and_then(|at| Some((at, before[at].take()?))));
    }
    let mut gone: VecDeque<_> =
        before.into_iter().enumerate().filter_map(|(at, node)| Some((at, node?))).collect();
    let mut is_same = old.len() == new.len();
    let mut all = Vec::with_capacity(new.len());
    for (index, (value, kept)) in new.iter().zip(kept).enumerate() {
        let node = match kept {
            Some((at, node)) => {
                is_same &= at == index;
                node
            }
            None => match gone.pop_front() {
                Some((at, node)) => {
                    is_same &= at == index;
                    node.then(&old[at], value, by)
                }
                None => Node::new(value, by),
            },
        };
        all.push(node);
    }
    (all, is_same)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// What set each leaf of the last of some configurations.
    fn blamed(configs: &[Value]) -> BTreeMap<String, usize> {
        let mut set = Node::new(&Value::Null, 0);
        let mut before = &Value::Null;
        for (by, config) in configs.iter().enumerate() {
            set = set.then(before, config, by);
            before = config;
        }
        let mut all = BTreeMap::new();
        set.leaves(before, "", &mut |at, _, by| {
            all.insert(at.to_owned(), by);
        });
        all
    }

    fn of(pairs: &[(&str, usize)]) -> BTreeMap<String, usize> {
        pairs.iter().map(|(at, by)| ((*at).to_owned(), *by)).collect()
    }

    #[test]
    fn a_member_is_set_by_the_revision_that_changed_it_last() {
        let configs = [
            json!({"Name": "web", "Ports": [22, 443], "Tags": {"team": "a"}}),
            json!({"Name": "web", "Ports": [22, 80, 443], "Tags": {"team": "b"}}),
            json!({"Name": "web", "Ports": [80, 443], "Tags": {"team": "b", "env": "prod"}}),
        ];
        let expected =
            [("/Name", 0), ("/Ports/0", 1), ("/Ports/1", 0), ("/Tags/env", 2), ("/Tags/team", 1)];
        assert_eq!(blamed(&configs), of(&expected));
    }

    #[test]
    fn an_element_that_moves_keeps_what_set_it_and_one_that_changes_keeps_the_rest() {
        let configs = [
            json!([{"Id": "a", "Size": 1}, {"Id": "b", "Size": 1}]),
            json!([{"Id": "b", "Size": 1}, {"Id": "a", "Size": 2}]),
        ];
        assert_eq!(
            blamed(&configs),
            of(&[("/0/Id", 0), ("/0/Size", 0), ("/1/Id", 0), ("/1/Size", 1)])
        );
    }

    fn object() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(json!(1)), Just(json!(2)), Just(json!("x")), Just(json!({}))];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop::collection::btree_map("[abc]", inner, 0..3)
                .prop_map(|all| Value::Object(all.into_iter().collect()))
        })
    }

    /// Anything, with few lists that hold the same twice.
    fn value() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(json!(1)), Just(json!("x")), Just(json!([])), Just(Value::Null)];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map("[abc]", inner, 0..3)
                    .prop_map(|all| Value::Object(all.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Where nothing moves, blame is the last revision before which the leaf was another,
        /// or was not there.
        #[test]
        fn blame_is_a_naive_blame(configs in prop::collection::vec(object(), 1..6)) {
            for (at, by) in blamed(&configs) {
                let now = configs.last().unwrap().pointer(&at);
                let same = configs.iter().rev().take_while(|config| config.pointer(&at) == now);
                prop_assert_eq!(by, configs.len() - same.count(), "{} of {:?}", at, configs);
            }
        }

        /// Every leaf is set by a revision that has what it is, somewhere.
        #[test]
        fn blame_names_a_revision_that_has_it(configs in prop::collection::vec(value(), 1..6)) {
            let last = configs.last().unwrap();
            let mut places = 0;
            for (at, by) in blamed(&configs) {
                let leaf = last.pointer(&at).unwrap();
                prop_assert!(holds(&configs[by], leaf), "{} of {:?}", at, configs);
                places += 1;
            }
            prop_assert!(places > 0);
        }
    }

    fn holds(value: &Value, leaf: &Value) -> bool {
        value == leaf
            || match value {
                Value::Array(all) => all.iter().any(|one| holds(one, leaf)),
                Value::Object(all) => all.values().any(|one| holds(one, leaf)),
                _ => false,
            }
    }

    #[test]
    fn lines_are_those_of_pretty_json() {
        let config = json!({"A": [1, {"b": []}], "C": {}, "D": {"e": "x\"y"}});
        let mut lines = Vec::new();
        let place = Place { at: "", indent: 0, name: None, is_last: true };
        Node::new(&config, 0).print(&config, place, &mut lines);
        for one in &lines {
            assert!(config.pointer(&one.pointer).is_some(), "{one:?}");
        }
        let lines: Vec<_> = lines.into_iter().map(|one| one.text).collect();
        assert_eq!(lines.join("\n"), serde_json::to_string_pretty(&config).unwrap());
    }
}
