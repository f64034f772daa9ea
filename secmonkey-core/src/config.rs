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
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "a `Value` has text keys and the sink takes all"
    )]
    pub fn of(config: &Value) -> Self {
        let mut sink = Sink(Sha256::new());
        serde_json::to_writer(&mut sink, config).expect("a JSON value always serialises");
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&sink.0.finalize()[..16]);
        Self(bytes)
    }
}

/// Hashes what is written to it. The hasher gathers blocks of its own: a buffer
/// before it only costs time.
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
    let mut durable = |elements: &[Value]| -> Vec<Value> {
        let mut elements = elements.to_vec();
        for element in &mut elements {
            strip(element, rules, child);
        }
        elements
    };
    let (target, source) =
        by_key(target).zip(by_key(source)).unwrap_or_else(|| (durable(target), durable(source)));
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

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::technology::Set;

    const ROLE: Technology = Technology {
        sets: &[
            Set { at: "/Tags", key: &["Key"] },
            Set { at: "/Names", key: &[] },
            Set { at: "/Rules", key: &["Protocol", "Port"] },
            Set { at: "/Rules/*/Ranges", key: &["Cidr"] },
            Set { at: "/Attached", key: &["Target/Id"] },
        ],
        documents: &["/Trust", "/Policies/*/Document"],
        relations: &["/Attached", "/Rules/*/Uses"],
        daily: &["/LastUsed/Date", "/Rules/*/Seen"],
        dropped: &["/Size", "/Stats*", "/Rules/*/Counter"],
        ..Technology::DEFAULT
    };

    fn canonical(mut config: Value) -> Value {
        canonicalise(&mut config, &ROLE);
        config
    }

    /// The digest is of the text, and the text of the order in which members are kept.
    /// A dependency that turns on `preserve_order` of `serde_json` breaks it for all.
    #[test]
    fn members_are_sorted_whatever_their_order_in_the_text() {
        let value: Value = serde_json::from_str(r#"{"b":1,"a":{"d":1,"c":2}}"#).unwrap();
        assert_eq!(value.to_string(), r#"{"a":{"c":2,"d":1},"b":1}"#);
    }

    #[test]
    fn a_digest_is_the_first_half_of_sha_256_over_the_text() {
        // printf '{"a":[1,"b"]}' | sha256sum
        let digest = Digest::of(&json!({"a": [1, "b"]}));
        assert_eq!(digest.to_string(), "ee70aef572200b15408cec63724334e0");
        let long = Value::from(vec!["x".repeat(700); 9]);
        let whole = Sha256::digest(long.to_string());
        assert_eq!(Digest::of(&long).0, whole[..16]);
    }

    #[test]
    fn a_digest_reads_back_what_it_prints() {
        let digest = Digest([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 254, 255]);
        assert_eq!(digest.to_string(), "000102030405060708090a0b0c0dfeff");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        for text in
            ["", "00", "+00102030405060708090a0b0c0dfeff", "zz0102030405060708090a0b0c0dfeff"]
        {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }

    #[test]
    fn null_absent_and_empty_list_are_one() {
        assert_eq!(
            canonical(json!({
                "a": null, "b": [], "c": {}, "d": [null, [], [null], {"e": null, "f": [[]]}, "", false],
            })),
            json!({"c": {}, "d": [{}, "", false]}),
        );
    }

    #[test]
    fn dropped_paths_are_left_out_and_what_is_near_them_stays() {
        assert_eq!(
            canonical(json!({
                "Size": 1, "StatsHits": 2, "Stats": {"x": 1}, "Stat": 3, "Rest": {"Size": 4},
                "Rules": [{"Counter": 5, "Port": 6}],
            })),
            json!({"Stat": 3, "Rest": {"Size": 4}, "Rules": [{"Port": 6}]}),
        );
    }

    #[test]
    fn documents_are_decoded_and_parsed_and_keep_what_they_hold() {
        let document = json!({"Statement": [
            {"Sid": "2", "Action": ["s3:b", "s3:a"], "Principal": {"AWS": ["2", "1"]}, "Condition": {}},
            {"Sid": "1", "Resource": [], "NotAction": null, "Mixed": ["b", 1, "a"]},
        ]});
        let formed = json!({"Statement": [
            {"Sid": "2", "Action": ["s3:a", "s3:b"], "Principal": {"AWS": ["1", "2"]}, "Condition": {}},
            {"Sid": "1", "Resource": [], "NotAction": null, "Mixed": ["b", 1, "a"]},
        ]});
        let text = document.to_string();
        let encoded: String =
            percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC)
                .collect();
        for document in [document, json!(text), json!(encoded)] {
            let config =
                json!({"Trust": document, "Policies": [{"Name": "a", "Document": document}]});
            assert_eq!(
                canonical(config),
                json!({"Trust": formed, "Policies": [{"Name": "a", "Document": formed}]}),
            );
        }
    }

    #[test]
    fn a_percent_sign_in_a_plain_document_means_itself() {
        let config = json!({"Trust": r#"{"Resource": "arn:aws:s3:::a/%20b"}"#});
        assert_eq!(canonical(config), json!({"Trust": {"Resource": "arn:aws:s3:::a/%20b"}}));
    }

    #[test]
    fn what_is_no_document_stays_text() {
        let deep = format!("{}{}", "[".repeat(70), "]".repeat(70));
        for text in ["", "{", "%7B", "null", "[1]", r#""{}""#, "%ff", &format!(r#"{{"a":{deep}}}"#)]
        {
            assert_eq!(canonical(json!({"Trust": text})), json!({"Trust": text}));
        }
        assert_eq!(canonical(json!({"Trust": null})), json!({}));
    }

    #[test]
    fn a_set_is_sorted_by_natural_key_and_numbers_as_numbers() {
        assert_eq!(
            canonical(json!({
                "Rules": [
                    {"Protocol": "tcp", "Port": 443},
                    {"Protocol": "tcp", "Port": 80, "Ranges": [{"Cidr": "b"}, {"Cidr": "a"}]},
                    {"Protocol": "tcp", "Port": 80, "Ranges": [{"Cidr": "a"}]},
                    {"Protocol": "icmp", "Port": 500},
                    {"Protocol": "icmp"},
                ],
                "Names": ["b", "a", "a b"],
                "Attached": [{"Target": {"Id": 2}}, {"Target": {"Id": 1}}, {"Other": 3}],
                "List": ["b", "a"],
            })),
            json!({
                "Rules": [
                    {"Protocol": "icmp"},
                    {"Protocol": "icmp", "Port": 500},
                    {"Protocol": "tcp", "Port": 80, "Ranges": [{"Cidr": "a"}]},
                    {"Protocol": "tcp", "Port": 80, "Ranges": [{"Cidr": "a"}, {"Cidr": "b"}]},
                    {"Protocol": "tcp", "Port": 443},
                ],
                "Names": ["a", "a b", "b"],
                "Attached": [{"Other": 3}, {"Target": {"Id": 1}}, {"Target": {"Id": 2}}],
                "List": ["b", "a"],
            }),
        );
    }

    #[test]
    fn the_two_zeros_are_one() {
        let minus = canonical(json!({"a": -0.0, "Trust": {"b": [-0.0]}}));
        assert_eq!(Digest::of(&minus), Digest::of(&json!({"a": 0.0, "Trust": {"b": [0.0]}})));
    }

    #[test]
    fn a_time_of_the_same_day_is_no_difference() {
        let old = json!({
            "LastUsed": {"Date": "2024-02-29T01:00:00Z"},
            "Rules": [
                {"Port": 1, "Seen": "2024-02-29T01:00:00Z"},
                {"Port": 2, "Seen": "2024-02-29T01:00:00Z"},
                {"Port": 3, "Seen": "2024-02-29T01:00:00Z"},
            ],
        });
        let mut new = json!({
            "LastUsed": {"Date": "2024-02-29T23:59:59Z"},
            "Rules": [
                {"Port": 0, "Seen": "2024-02-29T05:00:00Z"},
                {"Port": 1, "Seen": "2024-03-01T00:00:00Z"},
                {"Port": 3, "Seen": "2024-02-29T05:00:00Z"},
            ],
        });
        carry_daily(&old, &mut new, &ROLE);
        assert_eq!(
            new,
            json!({
                "LastUsed": {"Date": "2024-02-29T01:00:00Z"},
                "Rules": [
                    {"Port": 0, "Seen": "2024-02-29T05:00:00Z"},
                    {"Port": 1, "Seen": "2024-03-01T00:00:00Z"},
                    {"Port": 3, "Seen": "2024-02-29T01:00:00Z"},
                ],
            }),
        );
        for (old, new) in [("2024-02-29Txx", "2024-02-2"), ("arn:aws:iam::1", "arn:aws:iam::2")] {
            let mut config = json!({"LastUsed": {"Date": new}});
            carry_daily(&json!({"LastUsed": {"Date": old}}), &mut config, &ROLE);
            assert_eq!(config["LastUsed"]["Date"], new);
        }
    }

    #[test]
    fn what_is_observed_is_told_apart_from_what_changed() {
        let old = json!({
            "Name": "old",
            "Attached": [{"Target": {"Id": 1}}],
            "LastUsed": {"Date": "2024-01-01T00:00:00Z"},
            "Rules": [{"Port": 1, "Uses": 1}, {"Port": 2, "Uses": 2}],
        });
        let new = json!({
            "Name": "new",
            "LastUsed": {"Date": "2024-01-02T00:00:00Z", "Region": "eu-west-1"},
            "Rules": [{"Port": 2, "Note": "x"}, {"Port": 3, "Uses": 3}],
        });
        assert_eq!(
            with_ephemera_of(&old, &new, &ROLE),
            json!({
                "Name": "old",
                "LastUsed": {"Date": "2024-01-02T00:00:00Z"},
                "Rules": [{"Port": 1, "Uses": 1}, {"Port": 2}],
            }),
        );
        let back = with_ephemera_of(&new, &old, &ROLE);
        assert_eq!(back["Attached"], old["Attached"]);
        assert_eq!(back["Rules"][0], json!({"Port": 2, "Note": "x", "Uses": 2}));
    }

    /// Elements that no key tells apart, ordered by what is ephemeral in them.
    #[test]
    fn ephemera_in_a_set_without_a_key_find_their_element() {
        const LOOSE: Technology = Technology {
            sets: &[Set { at: "/Keys", key: &[] }],
            daily: &["/Keys/*/Date"],
            ..Technology::DEFAULT
        };
        let form = |mut config| {
            canonicalise(&mut config, &LOOSE);
            config
        };
        let old = form(json!({"Keys": [
            {"Date": "2024-01-01T00:00:00Z", "Name": "a"}, {"Date": "2024-01-02T00:00:00Z", "Name": "b"},
        ]}));
        let new = form(json!({"Keys": [
            {"Date": "2024-01-03T00:00:00Z", "Name": "a"}, {"Date": "2024-01-02T00:00:00Z", "Name": "b"},
        ]}));
        assert_eq!(with_ephemera_of(&old, &new, &LOOSE), new);
    }

    /// Names that the technology knows, so that its rules are met.
    fn any_config() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..4_i64).prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[a-c]{0,2}".prop_map(Value::from),
            "2024-0[12]-0[12]T0[0-9]:00:00Z".prop_map(Value::from),
            Just(json!(r#"{"Action":["b","a"]}"#)),
            Just(json!("%7B%22Action%22%3A%5B%22b%22%2C%22a%22%5D%7D")),
        ];
        leaf.prop_recursive(5, 80, 8, |inner| {
            let name = prop::sample::select(vec![
                "Tags", "Names", "Rules", "Ranges", "Attached", "Target", "Id", "Trust",
                "Policies", "Document", "LastUsed", "Date", "Seen", "Uses", "Size", "StatsX",
                "Counter", "Key", "Protocol", "Port", "Cidr", "Other",
            ]);
            prop_oneof![
                vec(inner.clone(), 0..8).prop_map(Value::from),
                btree_map(name, inner, 0..10).prop_map(|members| {
                    members.into_iter().map(|(name, member)| (name.to_owned(), member)).collect()
                }),
            ]
        })
    }

    /// What the technology is about: rules that share keys or not, ephemera that come
    /// and go.
    fn any_role() -> impl Strategy<Value = Value> {
        let time = || "2024-01-0[12]T0[0-3]:00:00Z".prop_map(Value::from);
        let rule =
            (0..3_u8, 0..2_u8, prop::option::of(0..3_u8), prop::option::of(time()), any::<bool>())
                .prop_map(|(protocol, port, uses, seen, noted)| {
                    json!({
                        "Protocol": protocol, "Port": port, "Uses": uses, "Seen": seen,
                        "Note": noted.then_some("noted"),
                    })
                });
        let used = (prop::option::of(time()), any::<bool>())
            .prop_map(|(date, abroad)| json!({"Date": date, "Region": abroad.then_some("abroad")}));
        (vec(rule, 0..6), used, vec(0..4_u8, 0..3), 0..2_u8).prop_map(
            |(rules, used, attached, name)| {
                let attached: Value =
                    attached.iter().map(|id| json!({"Target": {"Id": id}})).collect();
                json!({"Rules": rules, "LastUsed": used, "Attached": attached, "Name": name})
            },
        )
    }

    /// Turns every set around, by its own little generator.
    fn shuffle(value: &mut Value, rules: &mut Rules<Form>, here: &Here, seed: &mut u64) {
        let is_set = rules.actions(here).any(|action| matches!(action, Form::Set(_)));
        let is_document = rules.actions(here).any(|action| matches!(action, Form::Document));
        match value {
            _ if is_document => {}
            Value::Array(elements) => {
                let child = rules.enter_element(here);
                for element in elements.iter_mut() {
                    shuffle(element, rules, &child, seed);
                }
                rules.leave(&child);
                if is_set {
                    for last in (1..elements.len()).rev() {
                        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        elements.swap(last, usize::try_from(*seed >> 33).unwrap() % (last + 1));
                    }
                }
            }
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    let child = rules.enter_member(here, name);
                    shuffle(member, rules, &child, seed);
                    rules.leave(&child);
                }
            }
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_one(config in any_config()) {
            let once = canonical(config);
            prop_assert_eq!(canonical(once.clone()).to_string(), once.to_string());
        }

        #[test]
        fn the_order_of_a_set_means_nothing(
            config in prop_oneof![any_config(), any_role()],
            mut seed in any::<u64>(),
        ) {
            let sets = ROLE.sets.iter().map(|set| (set.at, Form::Set(set.key)));
            let documents = ROLE.documents.iter().map(|&at| (at, Form::Document));
            let (mut rules, root) = Rules::new(sets.chain(documents));
            let mut shuffled = config.clone();
            shuffle(&mut shuffled, &mut rules, &root, &mut seed);
            prop_assert_eq!(Digest::of(&canonical(shuffled)), Digest::of(&canonical(config)));
        }

        #[test]
        fn the_order_of_values_is_total(values in vec(any_config(), 3)) {
            for [a, b, c] in [[0, 1, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
                let [a, b, c] = [a, b, c].map(|place| &values[place]);
                prop_assert_eq!(order(a, b), order(b, a).reverse());
                prop_assert_eq!(order(a, b).is_eq(), Digest::of(a) == Digest::of(b));
                if order(a, b).is_le() && order(b, c).is_le() {
                    prop_assert!(order(a, c).is_le());
                }
            }
        }

        #[test]
        fn numbers_of_all_kinds_stand_in_one_line(
            numbers in vec(prop_oneof![
                any::<i64>().prop_map(Value::from),
                any::<u64>().prop_map(Value::from),
                any::<f64>().prop_map(Value::from),
                (0..8_u64).prop_map(|n| Value::from((1 << 53) + n)),
                (0..8_u32).prop_map(|n| Value::from(f64::from(n) + 9_007_199_254_740_992.0)),
            ], 8),
        ) {
            let mut sorted = numbers;
            sorted.sort_by(order);
            let pairs = (0..sorted.len()).flat_map(|a| (0..a).map(move |b| (b, a)));
            for (before, after) in pairs {
                prop_assert!(order(&sorted[before], &sorted[after]).is_le());
            }
        }

        #[test]
        fn what_differs_in_ephemera_only_becomes_the_new_config(
            (old, other) in prop_oneof![(any_config(), any_config()), (any_role(), any_role())],
            seeds in vec((0..3_u8, "2024-01-0[12]T0[0-3]:00:00Z"), 6),
        ) {
            let old = canonical(old);
            // Other ephemera make a neighbour that differs in nothing else.
            let mut new = with_ephemera_of(&old, &canonical(other), &ROLE);
            if let Some(rules) = new.get_mut("Rules").and_then(Value::as_array_mut) {
                for (rule, (uses, seen)) in rules.iter_mut().zip(seeds) {
                    if let Some(members) = rule.as_object_mut() {
                        members.remove("Uses");
                        members.insert("Seen".to_owned(), json!(seen));
                        if uses > 0 {
                            members.insert("Uses".to_owned(), json!(uses));
                        }
                    }
                }
            }
            let new = canonical(new);
            prop_assert_eq!(with_ephemera_of(&old, &new, &ROLE), new);
        }

        #[test]
        fn an_hour_is_no_difference(config in any_role(), hours in vec(0..24_u8, 8)) {
            let old = canonical(config);
            let mut new = old.clone();
            let mut hours = hours.into_iter();
            let mut later = |time: Option<&mut Value>| {
                if let Some(Value::String(time)) = time {
                    *time = format!("{}T{:02}:30:00Z", &time[..10], hours.next().unwrap());
                }
            };
            later(new.pointer_mut("/LastUsed/Date"));
            if let Some(rules) = new.get_mut("Rules").and_then(Value::as_array_mut) {
                for rule in rules.iter_mut() {
                    later(rule.get_mut("Seen"));
                }
            }
            canonicalise(&mut new, &ROLE);
            carry_daily(&old, &mut new, &ROLE);
            prop_assert_eq!(new, old);
        }

        #[test]
        fn ephemera_are_all_that_is_taken(
            (old, new) in prop_oneof![(any_config(), any_config()), (any_role(), any_role())],
        ) {
            let (old, new) = (canonical(old), canonical(new));
            let durable = |config: &Value| {
                let (mut rules, root) = ephemera(&ROLE, Overlay::Take, ROLE.relations);
                let mut config = config.clone();
                strip(&mut config, &mut rules, &root);
                canonical(config)
            };
            let middle = with_ephemera_of(&old, &new, &ROLE);
            prop_assert_eq!(durable(&middle), durable(&old));
        }
    }
}
