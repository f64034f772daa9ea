//! Configurations: their canonical form, the digest that answers "did it change?",
//! and which part of a difference counts.

use std::cmp::Ordering;
use std::mem;

use percent_encoding::percent_decode_str;
use serde_json::{Number, Value};

use crate::technology::Technology;
use crate::texts::Texts;

mod digest;
mod ephemera;
pub mod pattern;
#[cfg(test)]
mod tests;

pub use digest::{Digest, InvalidDigest};
pub use ephemera::{carry_daily, with_ephemera_of};

use pattern::{Here, Rules};

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
    let dropped = technology.dropped.iter().map(|at| (at, Form::Dropped));
    let documents = technology.documents.iter().map(|at| (at, Form::Document));
    let sets = technology.sets.iter().map(|set| (set.at.as_ref(), Form::Set(&set.key)));
    let (mut rules, root) = Rules::new(dropped.chain(documents).chain(sets));
    form(config, &mut rules, &root);
}

/// What the canonical form does to a value.
#[derive(Debug, Clone, Copy)]
enum Form<'p> {
    Dropped,
    Document,
    Set(&'p Texts),
}

/// Brings one value into canonical form and says whether it counts as present.
fn form(value: &mut Value, rules: &mut Rules<'_, Form<'_>>, here: &Here) -> bool {
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
fn sort(elements: &mut Vec<Value>, key: &Texts) {
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
    key: &'a Texts,
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
