//! Ephemera: relations and last-used dates, of which a difference is no revision.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use super::pattern::{Here, Rules};
use super::{key_of, sort};
use crate::technology::Technology;
use crate::texts::Texts;

/// Gives `new` the daily times of `old` wherever the UTC day is still the same, so
/// that an hour is no difference.
pub fn carry_daily(old: &Value, new: &mut Value, technology: &Technology) {
    if technology.daily.is_empty() {
        return;
    }
    let (mut rules, root) = ephemera(technology, Overlay::SameDay, NO_RELATIONS);
    overlay(new, old, &mut rules, &root);
}

/// `old` with the relations and daily times of `new`: the step from `old` to the
/// result is what is only observed, the step from the result to `new` is durable.
#[must_use]
pub fn with_ephemera_of(old: &Value, new: &Value, technology: &Technology) -> Value {
    let mut result = old.clone();
    let (mut rules, root) = ephemera(technology, Overlay::Take, &technology.relations);
    overlay(&mut result, new, &mut rules, &root);
    result
}

/// Only daily times.
const NO_RELATIONS: &Texts = &Texts::NONE;

/// What one configuration takes over from another.
#[derive(Debug, Clone, Copy)]
pub(super) enum Overlay<'p> {
    /// The value, and whether there is one.
    Take,
    /// The value, where both are times of one day.
    SameDay,
    /// Nothing: it is a set on the way.
    Set(&'p Texts),
}

impl Overlay<'_> {
    fn is_ephemeral(self) -> bool {
        !matches!(self, Self::Set(_))
    }
}

pub(super) fn ephemera<'p>(
    technology: &'p Technology,
    daily: Overlay<'p>,
    relations: &'p Texts,
) -> (Rules<'p, Overlay<'p>>, Here) {
    let daily = technology.daily.iter().map(move |at| (at, daily));
    let relations = relations.iter().map(|at| (at, Overlay::Take));
    let sets = technology.sets.iter().map(|set| (set.at.as_ref(), Overlay::Set(&set.key)));
    Rules::new(daily.chain(relations).chain(sets))
}

/// Puts what is ephemeral in `source` over `target`.
fn overlay(target: &mut Value, source: &Value, rules: &mut Rules<'_, Overlay<'_>>, here: &Here) {
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
            let takes = |name: &str, rules: &mut Rules<'_, Overlay<'_>>| {
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
    key: Option<&Texts>,
    rules: &mut Rules<'_, Overlay<'_>>,
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
pub(super) fn strip(value: &mut Value, rules: &mut Rules<'_, Overlay<'_>>, here: &Here) {
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
