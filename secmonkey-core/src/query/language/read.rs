//! What a configuration says, for terms that ask for it.

use std::cmp::Ordering;

use ipnet::IpNet;
use serde_json::Value;

use super::value::{Comparison, Names, Operator, Path, Pattern, Segment};
use crate::network;
use crate::query::Match;

/// Whether a name or a value anywhere in a configuration fits.
pub fn any(config: &Value, fits: &dyn Fn(&str) -> bool) -> bool {
    match config {
        Value::Object(members) => {
            members.iter().any(|(name, value)| fits(name) || any(value, fits))
        }
        Value::Array(elements) => elements.iter().any(|element| any(element, fits)),
        Value::String(text) => fits(text),
        Value::Null => false,
        other => fits(&other.to_string()),
    }
}

impl Names {
    /// Whether a text names it.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        match self {
            Self::Word(word) => is_word_of(&word.to_lowercase(), &text.to_lowercase()),
            Self::Fitting(pattern) => pattern.fits(text),
            Self::Exactly(exactly) => exactly == text,
        }
    }
}

/// Whether a text holds a word, both in lower case.
fn is_word_of(word: &str, text: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(word).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !before.is_some_and(joins) && !after.is_some_and(joins)
    })
}

/// The members of policies that say whom they mean: IAM's language, and ACLs.
const NAMING: [&str; 4] = ["Principal", "NotPrincipal", "Condition", "Grantee"];

/// Whether a policy in a configuration names somebody.
pub fn names(config: &Value, who: &Names) -> bool {
    names_one(config, &|text| who.fits(text))
}

/// Everybody whom a policy in a configuration names.
pub fn each_principal(config: &Value, each: &dyn Fn(&str)) {
    names_one(config, &|text| {
        each(text);
        false
    });
}

fn names_one(config: &Value, fits: &dyn Fn(&str) -> bool) -> bool {
    match config {
        Value::Object(members) => members.iter().any(|(name, value)| {
            let is_meant = NAMING.contains(&name.as_str());
            is_meant && texts(value, fits) || names_one(value, fits)
        }),
        Value::Array(elements) => elements.iter().any(|element| names_one(element, fits)),
        _ => false,
    }
}

/// Whether a text that is a value fits.
fn texts(config: &Value, fits: &dyn Fn(&str) -> bool) -> bool {
    match config {
        Value::Object(members) => members.values().any(|value| texts(value, fits)),
        Value::Array(elements) => elements.iter().any(|element| texts(element, fits)),
        Value::String(text) => fits(text),
        _ => false,
    }
}

/// Whether a configuration has a tag: a member called `Tags`, `TagSet`, `TagList` and the
/// like, at the top or one step below it, that holds names with values, or objects of both.
pub fn is_tagged(config: &Value, key: &Pattern, value: Option<&Pattern>) -> bool {
    let fits =
        |name: &str, text: &str| key.fits(name) && value.is_none_or(|value| value.fits(text));
    tagged(config, 2, &fits)
}

/// Every tag with its value.
pub fn each_tag(config: &Value, each: &dyn Fn(&str, &str)) {
    tagged(config, 2, &|name, value| {
        each(name, value);
        false
    });
}

fn tagged(config: &Value, depth: usize, fits: &dyn Fn(&str, &str) -> bool) -> bool {
    let Value::Object(members) = config else { return false };
    members.iter().any(|(name, value)| {
        let lower = name.to_ascii_lowercase();
        let holds_tags = ["tags", "tagset", "taglist"].iter().any(|end| lower.ends_with(end));
        holds_tags && tags(value, fits) || depth > 1 && tagged(value, depth - 1, fits)
    })
}

fn tags(held: &Value, fits: &dyn Fn(&str, &str) -> bool) -> bool {
    match held {
        Value::Array(elements) => elements.iter().any(|element| {
            let text = |names: [&str; 3]| names.iter().find_map(|name| element[*name].as_str());
            let key = text(["Key", "key", "TagKey"]);
            let value = text(["Value", "value", "TagValue"]).unwrap_or_default();
            key.is_some_and(|key| fits(key, value))
        }),
        Value::Object(members) => members.iter().any(|(name, value)| match value {
            Value::String(text) => fits(name, text),
            Value::Array(_) => tags(value, fits),
            _ => false,
        }),
        _ => false,
    }
}

impl Path {
    /// Whether a configuration has such a place, and there what is wanted. Where a list stands,
    /// its elements count as well.
    pub(super) fn is_in(&self, config: &Value, wanted: Option<&Comparison>) -> bool {
        let fits = |value: &Value| match (wanted, value) {
            (None, _) => true,
            (Some(wanted), Value::Array(elements)) => elements.iter().any(|one| wanted.fits(one)),
            (Some(wanted), value) => wanted.fits(value),
        };
        walk(config, &self.0, &fits)
    }
}

fn walk(value: &Value, steps: &[Segment], fits: &dyn Fn(&Value) -> bool) -> bool {
    match steps.split_first() {
        None => fits(value),
        Some((Segment::Named(pattern), rest)) => match value {
            Value::Object(members) => match pattern.as_literal() {
                Some(name) if members.contains_key(name) => walk(&members[name], rest, fits),
                _ => members
                    .iter()
                    .any(|(name, value)| pattern.fits(name) && walk(value, rest, fits)),
            },
            Value::Array(elements) => elements.iter().enumerate().any(|(number, element)| {
                pattern.fits(&number.to_string()) && walk(element, rest, fits)
            }),
            _ => false,
        },
        Some((Segment::Deep, rest)) => {
            walk(value, rest, fits)
                || match value {
                    Value::Object(members) => members.values().any(|one| walk(one, steps, fits)),
                    Value::Array(elements) => elements.iter().any(|one| walk(one, steps, fits)),
                    _ => false,
                }
        }
    }
}

impl Comparison {
    fn fits(&self, value: &Value) -> bool {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Object(_) | Value::Array(_) => return false,
            other => other.to_string(),
        };
        if self.operator == Operator::Equal {
            return self.value.fits(&text);
        }
        let wanted = self.value.as_literal().unwrap_or_default();
        compare(&text, wanted).is_some_and(|found| self.operator.holds(found))
    }
}

/// Numbers as numbers, anything else as text: so do times in RFC 3339 compare.
fn compare(found: &str, wanted: &str) -> Option<Ordering> {
    let number = |text: &str| text.parse::<f64>().ok();
    match (number(found), number(wanted)) {
        (Some(found), Some(wanted)) => found.partial_cmp(&wanted),
        (None, None) => Some(found.cmp(wanted)),
        // A number is neither before nor behind a text.
        _ => None,
    }
}

/// Where a configuration, which stands at a pointer, holds addresses or blocks that contain
/// this one or lie in it, or are the same; below another pointer. In the order of members.
pub fn addresses(
    config: &Value,
    at: &str,
    (block, is_exact, below): (IpNet, bool, &str),
    found: &mut Vec<Match>,
) {
    match config {
        Value::Object(members) => {
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                addresses(value, &format!("{at}/{name}"), (block, is_exact, below), found);
            }
        }
        Value::Array(elements) => {
            for (number, value) in elements.iter().enumerate() {
                addresses(value, &format!("{at}/{number}"), (block, is_exact, below), found);
            }
        }
        Value::String(text) => {
            let is_below =
                at.strip_prefix(below).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            if let Some(there) = network::block(text).filter(|_| is_below)
                && if is_exact { there == block } else { meets(there, block) }
            {
                found.push(Match { pointer: at.to_owned(), block: there });
            }
        }
        _ => {}
    }
}

/// Whether one of two blocks contains the other.
fn meets(one: IpNet, other: IpNet) -> bool {
    one.contains(&other) || other.contains(&one)
}
