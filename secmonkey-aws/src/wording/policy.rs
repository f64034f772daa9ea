//! Policy documents, statement by statement.

use std::collections::BTreeMap;

use secmonkey_core::render::Wording;
use secmonkey_policy::document::Of;
use secmonkey_policy::{Effect, Policy, Statement, words};
use serde_json::Value;

/// The wordings of the documents that a technology declares: a member, or those in a list
/// of inline policies, or in an object by name. What is no policy is told as any other
/// member.
pub(crate) fn of_documents(pointers: &[&'static str]) -> Vec<Wording> {
    let wording = |pointer: &&'static str| match pointer.split_once("/*") {
        None if pointer.ends_with("/AssumeRolePolicyDocument") => {
            Wording::new(pointer, |old, new| between(old, new, "the trust policy"))
        }
        None => Wording::new(pointer, |old, new| between(old, new, "the policy")),
        Some((all, _)) => Wording::new(all, inline),
    };
    pointers.iter().map(wording).collect()
}

/// Named policies: elements with a `PolicyName` and a `PolicyDocument`, or members.
fn inline(old: &Value, new: &Value) -> Vec<String> {
    let (old, new) = (by_name(old), by_name(new));
    let mut said = Vec::new();
    for (name, document) in &new {
        let title = format!("the inline policy {name}");
        let before = old.get(name).copied().unwrap_or(&Value::Null);
        said.extend(between(before, document, &title));
    }
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    said.extend(gone.map(|name| format!("the inline policy {name} was removed")));
    said
}

fn by_name(policies: &Value) -> BTreeMap<&str, &Value> {
    match policies {
        Value::Object(members) => {
            members.iter().map(|(name, document)| (name.as_str(), document)).collect()
        }
        other => {
            let all = other.as_array().into_iter().flatten();
            let named =
                all.filter_map(|one| Some((one["PolicyName"].as_str()?, &one["PolicyDocument"])));
            named.collect()
        }
    }
}

/// What a document allows and denies that it did not, and what no longer; nothing where it
/// cannot be read.
fn between(old: &Value, new: &Value, title: &str) -> Vec<String> {
    let (Some(before), Some(after)) = (statements(old), statements(new)) else {
        return Vec::new();
    };
    let mut said = Vec::new();
    if new.is_null() {
        said.push(format!("{title} was removed"));
    }
    let came = after.iter().filter(|one| !before.contains(one));
    said.extend(came.map(|(effect, what)| format!("{title} {} {what}", says(*effect, true))));
    let went = before.iter().filter(|one| !after.contains(one));
    said.extend(went.map(|(effect, what)| format!("{title} {} {what}", says(*effect, false))));
    said
}

const fn says(effect: Effect, now: bool) -> &'static str {
    match (effect, now) {
        (Effect::Allow, true) => "allows",
        (Effect::Deny, true) => "denies",
        (Effect::Allow, false) => "no longer allows",
        (Effect::Deny, false) => "no longer denies",
    }
}

/// The statements in words; none of a document that is not there.
fn statements(document: &Value) -> Option<Vec<(Effect, String)>> {
    if document.is_null() {
        return Some(Vec::new());
    }
    let policy = Policy::read(document).ok()?;
    Some(policy.statements.iter().map(|one| (one.effect, statement(one))).collect())
}

/// What stands behind `allows` or `denies`: `everybody to call s3:GetObject on every object
/// of logs`, `any action of s3 on everything` where nobody is named.
fn statement(statement: &Statement<'_>) -> String {
    let who = match &statement.principals {
        None => String::new(),
        Some(Of::Only(some)) => joined(some.iter().map(words::principal)),
        Some(Of::AllBut(some)) => {
            format!("everybody but {}", joined(some.iter().map(words::principal)))
        }
    };
    let what = match statement.effect {
        Effect::Allow if !who.is_empty() => format!("{who} to {}", words::may(&statement.actions)),
        Effect::Deny if !who.is_empty() => format!("{who} {}", words::actions(&statement.actions)),
        Effect::Allow | Effect::Deny => words::actions(&statement.actions),
    };
    let on = statement.resources.as_ref().and_then(|named| words::resources(named, None));
    let on = on.map_or_else(String::new, |resources| format!(" on {resources}"));
    let conditions = match words::conditions(&statement.conditions) {
        said if said == "no condition" => String::new(),
        said => format!(", {said}"),
    };
    format!("{what}{on}{conditions}")
}

fn joined(all: impl Iterator<Item = String>) -> String {
    const FEW: usize = 4;
    let mut all: Vec<_> = all.collect();
    let more = all.len().saturating_sub(FEW);
    all.truncate(FEW);
    match more {
        0 => all.join(" and "),
        more => format!("{} and {more} more", all.join(", ")),
    }
}
