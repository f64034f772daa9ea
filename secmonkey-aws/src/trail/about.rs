//! Which resources a record names.

use std::collections::{BTreeMap, BTreeSet};

use secmonkey_core::attribution::About;
use serde_json::Value;

use super::cut;
use crate::watch::{self, Facts};

/// So many texts of a record of which nobody declares anything may be ids.
const TEXTS: usize = 200;

/// What technologies declare of events, by service and name.
#[derive(Debug)]
pub(super) struct Declared(BTreeMap<&'static str, BTreeMap<String, Vec<Named>>>);

/// Where an event names a resource of a technology.
#[derive(Debug)]
struct Named {
    facts: &'static Facts,
    at: &'static str,
}

impl Default for Declared {
    fn default() -> Self {
        let mut all: BTreeMap<_, BTreeMap<String, Vec<Named>>> = BTreeMap::new();
        for facts in watch::facts() {
            let service = facts.events_of();
            for events in facts.events {
                for name in events.names {
                    let named = Named { facts, at: events.at };
                    let service = all.entry(service).or_default();
                    service.entry(unversioned(name).to_owned()).or_default().push(named);
                }
            }
        }
        Self(all)
    }
}

impl Declared {
    /// What a record names.
    pub(super) fn about(&self, record: &Value) -> Vec<About> {
        let (source, name) =
            (record["eventSource"].as_str().unwrap_or_default(), record["eventName"].as_str());
        let Some(name) = name else { return Vec::new() };
        let service = self.0.get(prefix(source));
        let Some(declared) = service.and_then(|events| events.get(unversioned(name))) else {
            return anything(record);
        };
        let mut all = Vec::new();
        for named in declared {
            // What tags a resource of EC2 does not say of which kind: only a known one is meant.
            let is_shared = declared.iter().filter(|other| other.at == named.at).count() > 1;
            for text in texts_at(record, named.at) {
                let about = about(record, named.facts, name, &text);
                let id = about.id.filter(|_| !is_shared);
                all.push(About { id, ..about });
            }
            for id in named.facts.named_by.map(|ids| ids(record)).unwrap_or_default() {
                let (technology, writes) = (Some(named.facts.id.to_owned()), Vec::new());
                all.push(About { technology, id: Some(cut(&id)), name: None, writes });
            }
        }
        all.dedup();
        // What does not stand where it is said to may stand elsewhere.
        if all.is_empty() { anything(record) } else { all }
    }
}

/// The name of an event without the version of the API: `CreateFunction20150331v2`.
pub(super) fn unversioned(name: &str) -> &str {
    let bare = name.rsplit_once('v').filter(|(_, version)| is_number(version));
    let bare = bare.map_or(name, |(bare, _)| bare);
    let digits = bare.len() - bare.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    if digits == 8 { &bare[..bare.len() - 8] } else { name }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The prefix in actions of a service by its address.
fn prefix(source: &str) -> &str {
    match source.split('.').next().unwrap_or_default() {
        "monitoring" => "cloudwatch",
        "email" => "ses",
        other => other,
    }
}

/// The texts at a pointer, with `*` for every member.
fn texts_at(value: &Value, pointer: &str) -> Vec<String> {
    let mut at = vec![value];
    for segment in pointer.split('/').skip(1) {
        at = at
            .into_iter()
            .flat_map(|value| match (segment, value) {
                ("*", Value::Array(all)) => all.iter().collect::<Vec<_>>(),
                ("*", Value::Object(all)) => all.values().collect(),
                // One is often not in a list.
                ("*", other) => vec![other],
                (name, Value::Object(members)) => members.get(name).into_iter().collect(),
                _ => Vec::new(),
            })
            .collect();
    }
    let texts = at.into_iter().flat_map(|value| match value {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect::<Vec<_>>(),
    });
    texts.filter(|text| !text.is_empty()).map(cut).collect()
}

/// A resource by what an event calls it.
fn about(record: &Value, facts: &'static Facts, event: &str, called: &str) -> About {
    let writes = facts.writes_of(unversioned(event)).map(str::to_owned).collect();
    // Of a URL, the last part is the name. Names may have slashes.
    let name = match called.rsplit_once('/') {
        Some((_, last)) if called.contains("://") || called.starts_with("/hostedzone/") => last,
        _ => called,
    };
    let technology = Some(facts.id.to_owned());
    let id = id_of(record, facts, called, name);
    About { technology, id, name: Some(name.to_owned()), writes }
}

/// The id that the item has, where the record tells it.
fn id_of(record: &Value, facts: &Facts, called: &str, name: &str) -> Option<String> {
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    match facts.ids {
        // Ids of EC2, and of what was made after it.
        "" => Some(name.to_owned())
            .filter(|id| id.rsplit_once('-').is_some_and(|(_, hex)| is_hex(hex))),
        pointer if pointer.starts_with('/') => Some(cut(text(pointer))).filter(|id| !id.is_empty()),
        template if called.starts_with("arn:") => {
            // Behind it may stand a version, or an alias.
            let parts = template.split(':').count();
            let most = if parts > 1 { parts } else { usize::MAX };
            Some(called.split(':').take(most).collect::<Vec<_>>().join(":"))
        }
        "arn" => None,
        template => {
            let region = text("/awsRegion");
            let partition = match region {
                region if region.starts_with("cn-") => "aws-cn",
                region if region.starts_with("us-gov-") => "aws-us-gov",
                _ => "aws",
            };
            let id = template
                .replace("{partition}", partition)
                .replace("{region}", region)
                .replace("{account}", text("/recipientAccountId"))
                .replace("{name}", name);
            // An alias of a key is no key.
            Some(id).filter(|_| !called.starts_with("alias/"))
        }
    }
}

/// Whether it is one of AWS's own ids, behind the hyphen.
fn is_hex(text: &str) -> bool {
    text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Every text of a record that may be the id or the ARN of an item.
fn anything(record: &Value) -> Vec<About> {
    let mut texts = BTreeSet::new();
    for member in ["resources", "requestParameters", "responseElements"] {
        collect(&record[member], &mut texts);
    }
    let about = |name: String| About { name: Some(name), ..About::default() };
    texts.into_iter().map(about).collect()
}

fn collect(value: &Value, texts: &mut BTreeSet<String>) {
    if texts.len() >= TEXTS {
        return;
    }
    match value {
        Value::String(text) => {
            let may_be = (4..=256).contains(&text.len()) && !text.contains(char::is_whitespace);
            if may_be {
                texts.insert(text.clone());
            }
        }
        Value::Array(all) => all.iter().for_each(|value| collect(value, texts)),
        Value::Object(all) => all.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}
