//! Configurations: their canonical form, the digest that answers "did it change?",
//! and which part of a difference counts.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::io;
use std::mem;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use sha2::{Digest as _, Sha256};

use crate::technology::Technology;

pub mod pattern;

use pattern::{Here, Rules};

/// The first half of SHA-256 over the canonical text of a configuration.
///
/// It tells two configurations of one item apart and finds accidents: a patch that
/// was applied to the wrong state, a bug in a fold. 128 bits are plenty for that,
/// and every event carries them. Whether somebody edited the log is the hash
/// chain's business ([`Hash`](crate::event::Hash)), which covers these bytes too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 16]);

impl Digest {
    /// The digest of a configuration, computed while it is serialised: the text
    /// never exists as a whole.
    #[must_use]
    pub fn of(config: &Value) -> Self {
        let mut sink = Sink(Sha256::new());
        #[expect(clippy::expect_used, reason = "a `Value` has text keys and the sink takes all")]
        serde_json::to_writer(&mut sink, config).expect("a JSON value always serialises");
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&sink.0.finalize()[..16]);
        Self(bytes)
    }
}

/// Hashes what is written to it.
struct Sink(Sha256);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A text that is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a digest: expected 32 hexadecimal digits")]
pub struct InvalidDigest(String);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `from_str_radix` alone would take a leading `+`.
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidDigest(text.to_owned()));
        }
        u128::from_str_radix(text, 16)
            .map(|number| Self(number.to_be_bytes()))
            .map_err(|_| InvalidDigest(text.to_owned()))
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

/// Documents nested deeper than this stay text. AWS's own grammar needs seven
/// levels; an event that carries the document must always read back, and
/// `serde_json` refuses to read more than 128.
const DOCUMENT_DEPTH: usize = 64;

/// Brings a configuration into canonical form: two readings of an unchanged
/// resource become equal values.
///
/// - Documents that are text are parsed, percent-decoded first where they need it;
///   what is no JSON object stays text. In documents nothing is left out, and lists
///   of texts (`Action`, `Resource`, principals, condition values) are sorted: AWS
///   returns them in changing order, and it means nothing. Statements stay in order.
/// - Elsewhere null, absent and empty list are one: left out. Dropped paths too.
///   Empty objects stay.
/// - Sets are sorted from the bottom up by natural key, then by the whole element.
///
/// Doing it twice changes nothing.
pub fn canonicalise(config: &mut Value, technology: &Technology) {
    let dropped = technology.dropped.iter().map(|&at| (at, Form::Dropped));
    let documents = technology.documents.iter().map(|&at| (at, Form::Document));
    let sets = technology.sets.iter().map(|set| (set.at, Form::Set(set.key)));
    let (mut rules, root) = Rules::new(dropped.chain(documents).chain(sets));
    form(config, &mut rules, &root);
}

/// What the canonical form does to a value.
#[derive(Debug, Clone, Copy)]
enum Form {
    Dropped,
    Document,
    Set(&'static [&'static str]),
}

/// Brings one value into canonical form and says whether it counts as present.
fn form(value: &mut Value, rules: &mut Rules<Form>, here: &Here) -> bool {
    let mut key = None;
    for action in rules.actions(here) {
        match action {
            Form::Dropped => return false,
            Form::Document => {
                form_document(value);
                return !value.is_null();
            }
            Form::Set(natural) => key = Some(natural),
        }
    }
    match value {
        Value::Null => false,
        Value::Array(elements) => {
            let child = rules.enter_element(here);
            elements.retain_mut(|element| form(element, rules, &child));
            rules.leave(&child);
            if let Some(key) = key {
                sort(elements, key);
            }
            !elements.is_empty()
        }
        Value::Object(members) => {
            let mut absent = false;
            for (name, member) in members.iter_mut() {
                let child = rules.enter_member(here, name);
                if !form(member, rules, &child) {
                    *member = Value::Null;
                    absent = true;
                }
                rules.leave(&child);
            }
            if absent {
                members.retain(|_, member| !member.is_null());
            }
            true
        }
        Value::Number(number) => {
            form_number(number);
            true
        }
        Value::Bool(_) | Value::String(_) => true,
    }
}

/// Makes one zero of the two that compare equal but print differently.
fn form_number(number: &mut Number) {
    if number.is_f64()
        && number.as_f64() == Some(0.0)
        && let Some(zero) = Number::from_f64(0.0)
    {
        *number = zero;
    }
}

fn form_document(value: &mut Value) {
    if let Value::String(text) = value
        && let Some(document) = parse_document(text)
    {
        *value = document;
    }
    sort_texts(value);
}

/// The document in a text. As it stands first: a document that is not encoded may
/// hold a `%` that means itself.
fn parse_document(text: &str) -> Option<Value> {
    let parse = |text: &str| {
        serde_json::from_str(text)
            .ok()
            .filter(|document: &Value| document.is_object() && !is_deeper(document, DOCUMENT_DEPTH))
    };
    parse(text).or_else(|| parse(&percent_decode_str(text).decode_utf8().ok()?))
}

fn is_deeper(value: &Value, depth: usize) -> bool {
    let Some(left) = depth.checked_sub(1) else { return true };
    match value {
        Value::Array(elements) => elements.iter().any(|element| is_deeper(element, left)),
        Value::Object(members) => members.values().any(|member| is_deeper(member, left)),
        _ => false,
    }
}

fn sort_texts(value: &mut Value) {
    match value {
        Value::Array(elements) if elements.iter().all(Value::is_string) => {
            elements.sort_unstable_by(|a, b| a.as_str().cmp(&b.as_str()));
        }
        Value::Array(elements) => elements.iter_mut().for_each(sort_texts),
        Value::Object(members) => members.values_mut().for_each(sort_texts),
        Value::Number(number) => form_number(number),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Sorts a set by natural key, then by the whole element.
fn sort(elements: &mut Vec<Value>, key: &[&str]) {
    if elements.len() < 2 {
        return;
    }
    // Looking a member up costs more than comparing it: once an element, not once
    // a comparison.
    let keys: Vec<_> = elements.iter().flat_map(|element| key_of(element, key)).collect();
    let compare = |&a: &usize, &b: &usize| {
        let natural = |n: usize| &keys[n * key.len()..][..key.len()];
        natural(a)
            .iter()
            .zip(natural(b))
            .map(|(a, b)| match (a, b) {
                (Some(a), Some(b)) => order(a, b),
                (a, b) => a.is_some().cmp(&b.is_some()),
            })
            .find(|order| order.is_ne())
            .unwrap_or_else(|| order(&elements[a], &elements[b]))
    };
    let mut places: Vec<usize> = (0..elements.len()).collect();
    if places.is_sorted_by(|a, b| compare(a, b).is_le()) {
        return;
    }
    places.sort_unstable_by(compare);
    *elements = places.into_iter().map(|place| mem::take(&mut elements[place])).collect();
}

/// The values of an element's natural key, member by member.
pub(crate) fn key_of<'a>(
    element: &'a Value,
    key: &'a [&'a str],
) -> impl Iterator<Item = Option<&'a Value>> {
    key.iter().map(move |path| {
        path.split('/').try_fold(element, |value, name| value.get(&*pattern::unescaped(name)))
    })
}

/// A total order of values in which only equal ones are equal. Numbers and texts
/// stand as people expect them, and no text is made to compare them.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => match (a.as_i128(), b.as_i128()) {
            (Some(a), Some(b)) => a.cmp(&b),
            // Rounding keeps the order, so that mixed kinds stay in one line.
            (a_whole, b_whole) => {
                let float = |number: &Number| number.as_f64().unwrap_or_default();
                float(a).total_cmp(&float(b)).then(b_whole.cmp(&a_whole))
            }
        },
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Array(a), Value::Array(b)) => {
            first_difference(a.iter().zip(b).map(|(a, b)| order(a, b)), a.len().cmp(&b.len()))
        }
        (Value::Object(a), Value::Object(b)) => first_difference(
            a.iter().zip(b).map(|((a, x), (b, y))| a.cmp(b).then_with(|| order(x, y))),
            a.len().cmp(&b.len()),
        ),
        (a, b) => kind(a).cmp(&kind(b)),
    }
}

fn first_difference(mut steps: impl Iterator<Item = Ordering>, lengths: Ordering) -> Ordering {
    steps.find(|step| step.is_ne()).unwrap_or(lengths)
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

/// Gives `new` the daily times of `old` wherever the UTC day is still the same, so
/// that an hour is no difference.
pub fn carry_daily(old: &Value, new: &mut Value, technology: &Technology) {
    if technology.daily.is_empty() {
        return;
    }
    let (mut rules, root) = ephemera(technology, Overlay::SameDay, &[]);
    overlay(new, old, &mut rules, &root);
}

/// `old` with the relations and daily times of `new`: the step from `old` to the
/// result is what is only observed, the step from the result to `new` is durable.
#[must_use]
pub fn with_ephemera_of(old: &Value, new: &Value, technology: &Technology) -> Value {
    let mut result = old.clone();
    let (mut rules, root) = ephemera(technology, Overlay::Take, technology.relations);
    overlay(&mut result, new, &mut rules, &root);
    result
}

/// What one configuration takes over from another.
#[derive(Debug, Clone, Copy)]
enum Overlay {
    /// The value, and whether there is one.
    Take,
    /// The value, where both are times of one day.
    SameDay,
    /// Nothing: it is a set on the way.
    Set(&'static [&'static str]),
}

impl Overlay {
    fn is_ephemeral(self) -> bool {
        !matches!(self, Self::Set(_))
    }
}

fn ephemera(
    technology: &Technology,
    daily: Overlay,
    relations: &[&'static str],
) -> (Rules<Overlay>, Here) {
    let daily = technology.daily.iter().map(|&at| (at, daily));
    let relations = relations.iter().map(|&at| (at, Overlay::Take));
    let sets = technology.sets.iter().map(|set| (set.at, Overlay::Set(set.key)));
    Rules::new(daily.chain(relations).chain(sets))
}

/// Puts what is ephemeral in `source` over `target`.
fn overlay(target: &mut Value, source: &Value, rules: &mut Rules<Overlay>, here: &Here) {
    if !rules.lead_to(here, Overlay::is_ephemeral) {
        return;
    }
    let mut key = None;
    for action in rules.actions(here) {
        match action {
            Overlay::Take => return target.clone_from(source),
            Overlay::SameDay => {
                if is_same_day(target, source) {
                    target.clone_from(source);
                }
                return;
            }
            Overlay::Set(natural) => key = Some(natural),
        }
    }
    match (target, source) {
        (Value::Object(target), Value::Object(source)) => {
            let takes = |name: &str, rules: &mut Rules<Overlay>| {
                let child = rules.enter_member(here, name);
                let takes = rules.actions(&child).any(|action| matches!(action, Overlay::Take));
                rules.leave(&child);
                takes
            };
            target.retain(|name, _| source.contains_key(name) || !takes(name, rules));
            for (name, value) in source {
                if let Some(member) = target.get_mut(name) {
                    let child = rules.enter_member(here, name);
                    overlay(member, value, rules, &child);
                    rules.leave(&child);
                } else if takes(name, rules) {
                    target.insert(name.clone(), value.clone());
                }
            }
        }
        (Value::Array(target), Value::Array(source)) => {
            let child = rules.enter_element(here);
            if rules.actions(&child).any(|action| matches!(action, Overlay::Take)) {
                target.clone_from(source);
            } else if rules.lead_to(&child, Overlay::is_ephemeral) {
                for (element, partner) in partners(target, source, key, rules, &child) {
                    overlay(&mut target[element], &source[partner], rules, &child);
                }
                // Where the whole element is its key, ephemera had a say in the order.
                if let Some(key) = key {
                    sort(target, key);
                }
            }
            rules.leave(&child);
        }
        _ => {}
    }
}

fn is_same_day(a: &Value, b: &Value) -> bool {
    const DAY: usize = "2024-02-29T".len();
    fn day(time: &Value) -> Option<&str> {
        time.as_str()?.get(..DAY)
    }
    matches!((day(a), day(b)), (Some(a), Some(b)) if a == b && a.ends_with('T'))
}

/// Which elements of two arrays are the same one, seen at two times: those of equal
/// natural key where it tells all apart, else those that only ephemera tell apart.
fn partners(
    target: &[Value],
    source: &[Value],
    key: Option<&[&str]>,
    rules: &mut Rules<Overlay>,
    child: &Here,
) -> Vec<(usize, usize)> {
    let by_key = |elements: &[Value]| -> Option<Vec<Value>> {
        let key = key.filter(|key| !key.is_empty())?;
        let identities: Vec<Value> = elements
            .iter()
            .map(|element| key_of(element, key).map(Option::<&Value>::cloned).collect())
            .collect();
        let unique = identities.iter().collect::<HashSet<_>>().len() == identities.len();
        unique.then_some(identities)
    };
    let (target, source) = match (by_key(target), by_key(source)) {
        (Some(target), Some(source)) => (target, source),
        _ => {
            let mut durable = |elements: &[Value]| -> Vec<Value> {
                let durable = |element: &Value| {
                    let mut element = element.clone();
                    strip(&mut element, rules, child);
                    element
                };
                elements.iter().map(durable).collect()
            };
            (durable(target), durable(source))
        }
    };
    let mut places: HashMap<&Value, VecDeque<usize>> = HashMap::new();
    for (place, identity) in source.iter().enumerate() {
        places.entry(identity).or_default().push_back(place);
    }
    target
        .iter()
        .enumerate()
        .filter_map(|(place, identity)| Some((place, places.get_mut(identity)?.pop_front()?)))
        .collect()
}

/// Takes out of an element what is ephemeral.
fn strip(value: &mut Value, rules: &mut Rules<Overlay>, here: &Here) {
    match value {
        Value::Object(members) => members.retain(|name, member| {
            let child = rules.enter_member(here, name);
            let durable = !rules.actions(&child).any(Overlay::is_ephemeral);
            if durable {
                strip(member, rules, &child);
            }
            rules.leave(&child);
            durable
        }),
        Value::Array(elements) => {
            let child = rules.enter_element(here);
            elements.retain_mut(|element| {
                let durable = !rules.actions(&child).any(Overlay::is_ephemeral);
                if durable {
                    strip(element, rules, &child);
                }
                durable
            });
            rules.leave(&child);
        }
        _ => {}
    }
}
