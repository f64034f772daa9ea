//! What all checks of policies share.

use secmonkey_core::check::Undecided;
use secmonkey_policy::document;
use secmonkey_policy::{Condition, Malformed, Policy};
use serde_json::{Value, json};

/// What a statement says of whom or what it speaks, by what the policy is of. AWS refuses one
/// that lacks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// A resource: `Principal`.
    Resource,
    /// An identity: `Resource`.
    Identity,
}

/// The policy that a member of a configuration holds; `None` where there is none.
///
/// # Errors
/// Where it is no policy of this kind: says where, and why.
pub(super) fn read<'a>(
    of: Of,
    document: &'a Value,
    at: &str,
) -> Result<Option<Policy<'a>>, Undecided> {
    let policy = parsed(document, at)?;
    for statement in policy.iter().flat_map(|policy| &policy.statements) {
        let missing = match of {
            Of::Resource if statement.principals.is_none() => "Principal",
            Of::Identity if statement.resources.is_none() => "Resource",
            _ => continue,
        };
        let pointer = &statement.pointer;
        return Err(Undecided::Malformed(format!("{at}{pointer}: {missing} is missing")));
    }
    Ok(policy)
}

fn parsed<'a>(document: &'a Value, at: &str) -> Result<Option<Policy<'a>>, Undecided> {
    match document {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(_) => Err(Undecided::Malformed(format!("{at} is no JSON"))),
        document => Policy::read(document).map(Some).map_err(|Malformed { faults }| {
            let why: Vec<String> = faults
                .iter()
                .take(1)
                .map(|it| format!("{at}{}: {}", it.pointer, it.problem))
                .collect();
            Undecided::Malformed(why.join(""))
        }),
    }
}

/// The policies of a member that holds several by name, as one: AWS asks all of them. The
/// pointers of its statements start with the name.
///
/// # Errors
/// Where one of them is no policy: says where, and why.
pub(super) fn read_all<'a>(
    of: Of,
    all: &'a Value,
    at: &str,
) -> Result<Option<Policy<'a>>, Undecided> {
    let mut merged: Option<Policy<'a>> = None;
    for (name, document) in all.as_object().into_iter().flatten() {
        let inside = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        let Some(mut policy) = read(of, document, &format!("{at}{inside}"))? else { continue };
        for statement in &mut policy.statements {
            statement.pointer.insert_str(0, &inside);
            for condition in &mut statement.conditions {
                condition.pointer.insert_str(0, &inside);
            }
        }
        match &mut merged {
            None => merged = Some(policy),
            Some(merged) => {
                merged.version = merged.version.max(policy.version);
                merged.statements.append(&mut policy.statements);
            }
        }
    }
    Ok(merged)
}

/// What an element names, in which order does not count.
pub(super) fn sorted<T: Clone + Ord>(named: &document::Of<T>) -> document::Of<T> {
    let mut named = named.clone();
    let (document::Of::Only(list) | document::Of::AllBut(list)) = &mut named;
    list.sort();
    named
}

/// Conditions, whose values stand in no order.
pub(super) fn conditions<'a>(all: &[Condition<'a>]) -> Vec<Condition<'a>> {
    let mut all = all.to_vec();
    for condition in &mut all {
        condition.values.sort();
    }
    all
}

/// Which check of its technology the member of a family is part of.
pub(super) fn part_of(
    parts: &'static [(&'static str, &'static str)],
    member: &str,
) -> Option<&'static str> {
    parts.iter().find(|(part, _)| *part == member).map(|(_, whole)| *whole)
}

/// A configuration that has nothing but a value at a pointer.
pub(super) fn nested(at: &str, value: Value) -> Value {
    at.rsplit('/')
        .filter(|member| !member.is_empty())
        .fold(value, |inner, member| json!({ member: inner }))
}
