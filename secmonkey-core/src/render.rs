//! Changes as people read them: sentences, and lines to colour.
//!
//! Names and values come from whoever may write to the account. Nothing here colours
//! or marks up, and what steers or hides in them reaches neither a terminal nor a page
//! ([`visible`]).

use std::borrow::Cow;
use std::fmt;
use std::slice;

use json_patch::jsonptr::Pointer;
use json_patch::{AddOperation, Patch, PatchOperation, ReplaceOperation};
use serde::Serialize;
use serde_json::Value;

use crate::diff::{PatchError, common};

mod csv;
mod sentence;
mod text;

pub use csv::csv_field;
pub(crate) use sentence::inside;
pub use sentence::{Wording, sentences};
pub use text::{json, pointed, short, visible, visible_json};

/// One step of a patch together with what it took away. Pointers are those of the
/// configuration at that step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Changed {
    /// Something is there that was not.
    Added {
        /// Where.
        pointer: String,
        /// What.
        value: Value,
    },
    /// Something is gone.
    Removed {
        /// Where.
        pointer: String,
        /// What it was.
        value: Value,
    },
    /// Something is another.
    Replaced {
        /// Where.
        pointer: String,
        /// What it was.
        old: Value,
        /// What it is now.
        new: Value,
    },
}

/// The changes that a patch makes to `old`, in its order.
///
/// # Errors
/// Where the patch does not apply to `old`.
pub fn changes(old: &Value, patch: &Patch) -> Result<Vec<Changed>, PatchError> {
    let mut state = old.clone();
    patch.iter().map(|operation| step(&mut state, operation)).collect()
}

/// Applies one operation, and tells what it changed.
fn step(state: &mut Value, operation: &PatchOperation) -> Result<Changed, PatchError> {
    let pointer = operation.path().to_string();
    let old = match operation {
        // What stands at an index moves on.
        PatchOperation::Add(_) if is_element(state, operation.path()) => None,
        PatchOperation::Add(_) | PatchOperation::Replace(_) | PatchOperation::Remove(_) => {
            state.pointer(&pointer).cloned()
        }
        // `diff` writes no others.
        _ => Some(state.clone()),
    };
    json_patch::patch_unsafe(state, slice::from_ref(operation))?;
    Ok(match (operation, old) {
        (PatchOperation::Remove(_), old) => {
            Changed::Removed { pointer, value: old.unwrap_or_default() }
        }
        (PatchOperation::Add(add), None) => Changed::Added { pointer, value: add.value.clone() },
        (
            PatchOperation::Add(AddOperation { value, .. })
            | PatchOperation::Replace(ReplaceOperation { value, .. }),
            old,
        ) => Changed::Replaced { pointer, old: old.unwrap_or_default(), new: value.clone() },
        (_, old) => Changed::Replaced {
            pointer: String::new(),
            old: old.unwrap_or_default(),
            new: state.clone(),
        },
    })
}

impl Changed {
    /// Where, in the configuration at that step.
    #[must_use]
    pub fn pointer(&self) -> &str {
        match self {
            Self::Added { pointer, .. }
            | Self::Removed { pointer, .. }
            | Self::Replaced { pointer, .. } => pointer,
        }
    }
}

/// Whether a pointer counts the elements of an array.
fn is_element(state: &Value, pointer: &Pointer) -> bool {
    pointer.parent().and_then(|parent| state.pointer(parent.as_str())).is_some_and(Value::is_array)
}

/// What a pointer names, for people.
fn place(pointer: &str) -> Cow<'_, str> {
    if pointer.is_empty() { Cow::Borrowed("the configuration") } else { visible(pointer) }
}

fn text(value: &Value) -> String {
    visible_json(&value.to_string()).into_owned()
}

/// The part of a long text that shows what stands at `point`, counted in characters.
fn cut(text: &str, point: usize) -> String {
    const LONGEST: usize = 160;
    const BEFORE: usize = 20;
    let count = text.chars().count();
    if count <= LONGEST {
        return text.to_owned();
    }
    let start = if point < LONGEST - BEFORE { 0 } else { point.min(count) - BEFORE };
    let (head, tail) = (start > 0, count - start > LONGEST);
    let middle = text.chars().skip(start).take(LONGEST);
    head.then_some('…').into_iter().chain(middle).chain(tail.then_some('…')).collect()
}

/// A line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `+` for what came, `-` for what went, a blank for what stands around it.
    pub sign: char,
    /// The line without its sign.
    pub text: String,
}

impl Line {
    fn new(sign: char, text: &str) -> Self {
        Self { sign, text: text.to_owned() }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.sign, self.text)
    }
}

/// The change as a unified diff of its JSON: first a line with the place, then what
/// went and what came, with a few lines around it.
#[must_use]
pub fn lines(changed: &Changed) -> Vec<Line> {
    let (pointer, old, new) = match changed {
        Changed::Added { pointer, value } => (pointer, None, Some(value)),
        Changed::Removed { pointer, value } => (pointer, Some(value), None),
        Changed::Replaced { pointer, old, new } => (pointer, Some(old), Some(new)),
    };
    let pretty =
        |value: Option<&Value>| value.map(|value| format!("{value:#}")).unwrap_or_default();
    let (old, new) = (pretty(old), pretty(new));
    let (old, new): (Vec<_>, Vec<_>) =
        (old.lines().map(visible_json).collect(), new.lines().map(visible_json).collect());

    let mut lines = vec![Line::new(' ', &place(pointer))];
    let (mut went, mut came) = (0, 0);
    // What both have, since the last line that only one has.
    let mut kept = 0;
    for (before, after) in common(&old, &new).into_iter().chain([(old.len(), new.len())]) {
        if went < before || came < after {
            around(&mut lines, &old[went - kept..went], went == kept, false);
            lines.extend(old[went..before].iter().map(|line| Line::new('-', line)));
            lines.extend(new[came..after].iter().map(|line| Line::new('+', line)));
            kept = 0;
        }
        kept += 1;
        (went, came) = (before + 1, after + 1);
    }
    // The last pair stands behind the end.
    around(&mut lines, &old[old.len() - (kept - 1)..], kept > old.len(), true);
    lines
}

/// Writes the lines that both sides have, as far as they are near to a change.
fn around(lines: &mut Vec<Line>, kept: &[Cow<'_, str>], is_first: bool, is_last: bool) {
    const NEAR: usize = 3;
    let behind = if is_first { 0 } else { NEAR };
    let before = if is_last { 0 } else { NEAR };
    if kept.len() <= behind + before + 1 {
        lines.extend(kept.iter().map(|line| Line::new(' ', line)));
    } else {
        lines.extend(kept[..behind].iter().map(|line| Line::new(' ', line)));
        lines.push(Line::new(' ', "…"));
        lines.extend(kept[kept.len() - before..].iter().map(|line| Line::new(' ', line)));
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;
    use crate::diff::diff;
    use crate::technology::{Set, Technology};

    const GROUP: Technology = Technology {
        sets: Cow::Borrowed(&[
            Set::new("/IpPermissions", &["IpProtocol", "FromPort", "ToPort"]),
            Set::new("/IpPermissions/*/IpRanges", &["CidrIp"]),
        ]),
        ..Technology::DEFAULT
    };

    fn between(old: &Value, new: &Value) -> Vec<Changed> {
        changes(old, &diff(old, new, &GROUP)).unwrap()
    }

    fn all_lines(changes: &[Changed]) -> String {
        changes.iter().flat_map(lines).map(|line| line.to_string()).collect::<Vec<_>>().join("\n")
    }

    fn group() -> (Value, Value) {
        let old = json!({
            "Description": "web",
            "GroupName": "web",
            "IpPermissions": [
                {"FromPort": 80, "IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}], "ToPort": 80},
                {"FromPort": 443, "IpProtocol": "tcp", "IpRanges": [
                    {"CidrIp": "10.0.0.0/8", "Description": "office"}, {"CidrIp": "192.0.2.0/24"},
                ], "ToPort": 443},
            ],
            "VpcId": "vpc-1",
        });
        let mut new = old.clone();
        new["Description"] = json!("the web servers");
        new["IpPermissions"][1]["IpRanges"][0]["Description"] = json!("offices");
        new["IpPermissions"][1]["IpRanges"].as_array_mut().unwrap().pop();
        new["IpPermissions"].as_array_mut().unwrap().insert(0, json!(
            {"FromPort": 22, "IpProtocol": "tcp", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "ToPort": 22}
        ));
        (old, new)
    }

    #[test]
    fn changes_of_a_group_in_sentences() {
        let (old, new) = group();
        assert_snapshot!(sentences(&GROUP, &old, &new).join("\n"));
    }

    #[test]
    fn changes_of_a_group_in_lines() {
        let (old, new) = group();
        assert_snapshot!(all_lines(&between(&old, &new)));
    }

    #[test]
    fn a_replaced_document_in_lines() {
        let statement = |sid: &str, action: &[&str]| json!({"Action": action, "Effect": "Allow", "Principal": "*", "Resource": "*", "Sid": sid});
        let changed = Changed::Replaced {
            pointer: "/Policy".to_owned(),
            old: json!({"Statement": [
                statement("a", &["s3:GetObject"]), statement("b", &["s3:GetObject"]),
                statement("c", &["s3:GetObject", "s3:ListBucket"]),
            ], "Version": "2012-10-17"}),
            new: json!({"Statement": [
                statement("a", &["s3:*"]), statement("b", &["s3:GetObject"]),
                statement("c", &["s3:GetObject", "s3:PutObject"]),
            ], "Version": "2012-10-17"}),
        };
        assert_snapshot!(all_lines(&[changed]));
    }

    #[test]
    fn the_whole_configuration_and_single_values() {
        let all = [
            Changed::Added { pointer: String::new(), value: json!({"Name": "a"}) },
            Changed::Replaced { pointer: String::new(), old: json!({"Name": "a"}), new: json!([]) },
            Changed::Removed { pointer: "/Tags/0".to_owned(), value: json!("x") },
        ];
        assert_snapshot!(all_lines(&all));
    }

    #[test]
    fn long_values_are_cut_where_they_show_the_difference() {
        let long = |middle: &str| json!(format!("{}{middle}{}", "é".repeat(500), "ü".repeat(500)));
        let told = |old: &Value, new: &Value| {
            let (old, new) = (json!({ "A": old }), json!({ "A": new }));
            sentences(&GROUP, &old, &new).join("\n")
        };
        let end = json!(format!("{}.", "é".repeat(500)));
        assert_snapshot!(
            [
                told(&json!(""), &long("x")),
                told(&long("x"), &long("y")),
                told(&long("x"), &json!("short")),
                told(&json!("é".repeat(500)), &end),
            ]
            .join("\n")
        );
    }

    #[test]
    fn nothing_in_a_value_or_a_name_steers_a_terminal() {
        let all = [
            Changed::Added {
                pointer: "/Tags/\u{1b}[2J\n".to_owned(),
                value: json!({"\u{9b}31m": "\u{202e}gnp.exe\u{7f}\r\n"}),
            },
            Changed::Removed { pointer: "/Tags/a\u{200b}b".to_owned(), value: json!("\u{2028}") },
        ];
        let text = all_lines(&all);
        assert!(
            text.chars().all(|c| c == '\n' || c == visible(&c.to_string()).chars().next().unwrap())
        );
        assert_snapshot!(text);
    }

    #[test]
    fn steps_refer_to_the_configuration_at_that_step() {
        let old = json!(["a", "b", "c"]);
        let patch: Patch = serde_json::from_value(json!([
            {"op": "remove", "path": "/0"},
            {"op": "replace", "path": "/0", "value": "B"},
            {"op": "add", "path": "/2", "value": "d"},
        ]))
        .unwrap();
        let at = |index: usize| format!("/{index}");
        assert_eq!(
            changes(&old, &patch).unwrap(),
            [
                Changed::Removed { pointer: at(0), value: json!("a") },
                Changed::Replaced { pointer: at(0), old: json!("b"), new: json!("B") },
                Changed::Added { pointer: at(2), value: json!("d") },
            ],
        );
    }

    #[test]
    fn operations_that_others_write_are_told_too() {
        let old = json!({"a": 1, "b": 2});
        let patch: Patch = serde_json::from_value(json!([
            {"op": "add", "path": "/a", "value": 3},
            {"op": "move", "from": "/a", "path": "/c"},
        ]))
        .unwrap();
        assert_eq!(
            changes(&old, &patch).unwrap(),
            [
                Changed::Replaced { pointer: "/a".to_owned(), old: json!(1), new: json!(3) },
                Changed::Replaced {
                    pointer: String::new(),
                    old: json!({"a": 3, "b": 2}),
                    new: json!({"b": 2, "c": 3}),
                },
            ],
        );
    }

    #[test]
    fn a_patch_for_another_configuration_is_refused() {
        let patch: Patch = serde_json::from_value(json!([{"op": "remove", "path": "/a"}])).unwrap();
        assert!(changes(&json!({}), &patch).is_err());
    }
}
