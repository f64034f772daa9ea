//! Changes in sentences: `opened tcp/22 to 0.0.0.0/0 "just for today"`.
//!
//! A technology has words of its own for some parts of a configuration ([`Wording`]); every
//! other change is told by its place and its values.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use super::{Changed, cut, step, text, visible};
use crate::diff::edits;
use crate::technology::Technology;

/// Words for the changes of one part of a configuration.
#[derive(Clone)]
pub struct Wording {
    /// Where the part is. What changes there or below is told by `tell`.
    pub at: Cow<'static, str>,
    /// What sets two values of the part apart, in sentences without a full stop; `null`
    /// stands for a part that is not there. Where it says nothing, the change is told as
    /// any other.
    pub tell: fn(old: &Value, new: &Value) -> Vec<String>,
}

impl Wording {
    /// A wording that stands in a constant.
    #[must_use]
    pub const fn new(at: &'static str, tell: fn(&Value, &Value) -> Vec<String>) -> Self {
        Self { at: Cow::Borrowed(at), tell }
    }

    fn covers(&self, pointer: &str) -> bool {
        pointer.strip_prefix(&*self.at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// A part has one wording. Addresses of functions tell nothing apart.
impl PartialEq for Wording {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Wording {}

/// Without the address of the function, which is another in every build.
impl fmt::Debug for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wording").field("at", &self.at).finish_non_exhaustive()
    }
}

/// What sets two configurations of a technology apart, a sentence each. What comes from
/// outside is [`visible`] in them.
///
/// # Panics
/// Never: a patch applies to what it was made from.
#[must_use]
#[expect(clippy::expect_used, reason = "the patch was made from what it is applied to")]
pub fn sentences(technology: &Technology, old: &Value, new: &Value) -> Vec<String> {
    let mut state = old.clone();
    let mut steps = Vec::new();
    for operation in edits(old, new, technology).iter() {
        let place = Place::of(&state, operation.path().as_str());
        let changed =
            step(&mut state, operation).expect("a patch applies to what it was made from");
        steps.push((place, changed));
    }
    let mut all = Vec::new();
    let mut told: Vec<(&Wording, bool)> = Vec::new();
    for (place, changed) in steps {
        let wording = technology.wordings.iter().find(|one| one.covers(changed.pointer()));
        if let Some(wording) = wording {
            let speaks = if let Some((_, speaks)) = told.iter().find(|(one, _)| *one == wording) {
                *speaks
            } else {
                let at = |config: &Value| config.pointer(&wording.at).cloned().unwrap_or_default();
                let said = (wording.tell)(&at(old), &at(new));
                let speaks = !said.is_empty();
                all.extend(said.iter().map(|one| visible(one).into_owned()));
                told.push((wording, speaks));
                speaks
            };
            if speaks {
                continue;
            }
        }
        all.push(place.tell(&changed));
    }
    all
}

/// What a pointer names.
struct Place {
    /// The members, without those above the innermost list: `VersioningConfiguration.Status`.
    name: String,
    /// Whether it is an element of the list of that name.
    is_element: bool,
    /// The key of the tag that it is, or lies in.
    tag: Option<String>,
    /// What the list elements are that it lies in.
    inside: String,
}

impl Place {
    fn of(config: &Value, pointer: &str) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut is_element = false;
        let mut tag = None;
        let mut at = config;
        for segment in pointer.split('/').skip(1) {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            if is_element {
                names.clear();
            }
            is_element = at.is_array();
            at = match at {
                Value::Array(all) => segment
                    .parse()
                    .ok()
                    .and_then(|index: usize| all.get(index))
                    .unwrap_or(&Value::Null),
                other => other.get(&segment).unwrap_or(&Value::Null),
            };
            if is_element {
                tag = at.as_object().and_then(tag_of).map(|(key, _)| key.to_owned());
            } else {
                names.push(segment);
            }
        }
        Self { name: names.join("."), is_element, tag, inside: inside(config, pointer) }
    }

    fn tell(&self, changed: &Changed) -> String {
        let inside =
            if self.inside.is_empty() { String::new() } else { format!(" ({})", self.inside) };
        let name = if self.name.is_empty() { "the configuration" } else { &self.name };
        let said = match changed {
            Changed::Added { value, .. } if self.is_element => {
                match value.as_object().and_then(tag_of) {
                    Some((key, value)) => format!("added the tag {key} {}", text(value)),
                    None => format!("added {} to {name}{inside}", brief(value, 0)),
                }
            }
            Changed::Removed { value, .. } if self.is_element => {
                match value.as_object().and_then(tag_of) {
                    Some((key, value)) => {
                        format!("removed the tag {key}, which was {}", text(value))
                    }
                    None => format!("removed {} from {name}{inside}", brief(value, 0)),
                }
            }
            Changed::Added { value, .. } => format!("{name}{inside} set to {}", brief(value, 0)),
            Changed::Removed { value, .. } => {
                format!("{name}{inside} removed, which was {}", brief(value, 0))
            }
            Changed::Replaced { old, new, .. } => {
                let (old_text, new_text) = (long(old), long(new));
                let same =
                    old_text.chars().zip(new_text.chars()).take_while(|(a, b)| a == b).count();
                let what = match &self.tag {
                    Some(key) if self.name == "Value" => format!("the tag {key}"),
                    _ if self.is_element => format!("an element of {name}{inside}"),
                    _ => format!("{name}{inside}"),
                };
                format!("{what} changed from {} to {}", cut(&old_text, same), cut(&new_text, same))
            }
        };
        visible(&said).into_owned()
    }
}

/// Key and value of a tag: an object that has these two and nothing else.
fn tag_of(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let key = members.get("Key")?.as_str()?;
    let value = members.get("Value").filter(|value| value.is_string())?;
    (members.len() == 2).then_some((key, value))
}

/// A value as people read it: small objects and lists without brackets.
fn long(value: &Value) -> String {
    const MEMBERS: usize = 6;
    let plain = |value: &Value| !value.is_array() && !value.is_object();
    match value {
        Value::Object(members)
            if (1..=MEMBERS).contains(&members.len()) && members.values().all(plain) =>
        {
            let each = members.iter().map(|(name, value)| format!("{name} {}", text(value)));
            each.collect::<Vec<_>>().join(", ")
        }
        Value::Array(all) if (1..=MEMBERS).contains(&all.len()) && all.iter().all(plain) => {
            all.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        Value::Null => "nothing".to_owned(),
        other => text(other),
    }
}

fn brief(value: &Value, point: usize) -> String {
    cut(&long(value), point)
}

/// The plain members of the list elements that a place lies in, but for the place itself:
/// `FromPort 22`.
pub(crate) fn inside(config: &Value, pointer: &str) -> String {
    const MEMBERS: usize = 4;
    const LONGEST: usize = 40;
    let parents = pointer.match_indices('/').skip(1).map(|(at, _)| &pointer[..at]);
    let elements = parents.filter(|parent| {
        let list = parent.rsplit_once('/').and_then(|(list, _)| config.pointer(list));
        list.is_some_and(Value::is_array)
    });
    let members = elements.filter_map(|element| config.pointer(element)?.as_object());
    let itself = pointer.rsplit_once('/').map_or("", |(_, last)| last);
    let said = members.flat_map(|members| {
        let plain = |(name, value): &(&String, &Value)| {
            !value.is_object() && !value.is_array() && *name != itself
        };
        members.iter().filter(plain).take(MEMBERS)
    });
    let short = said.map(|(name, value)| match value {
        Value::String(text) => format!("{name} {text}"),
        other => format!("{name} {other}"),
    });
    short.filter(|text| text.chars().count() <= LONGEST).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;
    use crate::technology::Set;

    fn doors(old: &Value, new: &Value) -> Vec<String> {
        let all = |value: &Value| -> BTreeSet<String> {
            let doors = value.as_array().into_iter().flatten();
            doors.filter_map(|door| Some(door["Name"].as_str()?.to_owned())).collect()
        };
        all(new).difference(&all(old)).map(|name| format!("opened {name}")).collect()
    }

    const HOUSE: Technology = Technology {
        sets: Cow::Borrowed(&[
            Set::new("/Doors", &["Name"]),
            Set::new("/Rooms", &["Name"]),
            Set::new("/Rooms/*/Guests", &[]),
            Set::new("/Tags", &["Key"]),
        ]),
        wordings: Cow::Borrowed(&[Wording::new("/Doors", doors)]),
        ..Technology::DEFAULT
    };

    fn told(old: &Value, new: &Value) -> String {
        sentences(&HOUSE, old, new).join("\n")
    }

    #[test]
    fn every_change_is_told_by_its_place_and_its_values() {
        let old = json!({
            "Alarm": { "On": true, "Since": "2026-01-01" },
            "Gone": { "A": 1, "B": [1] },
            "Rooms": [{ "Guests": ["ana", "ben"], "Light": false, "Name": "hall" }],
            "Tags": [{ "Key": "env", "Value": "test" }, { "Key": "old", "Value": "x" }],
        });
        let new = json!({
            "Alarm": { "On": false, "Since": "2026-01-01" },
            "Owner": { "Id": "1", "Name": "chloe" },
            "Rooms": [{ "Guests": ["ben", "chloe"], "Light": true, "Name": "hall" }],
            "Tags": [{ "Key": "env", "Value": "prod" }, { "Key": "team", "Value": "web" }],
        });
        assert_snapshot!(told(&old, &new), @r#"
        Alarm.On changed from true to false
        Gone removed, which was {"A":1,"B":[1]}
        Owner set to Id "1", Name "chloe"
        removed "ana" from Guests (Light false, Name hall)
        added "chloe" to Guests (Light false, Name hall)
        Light (Name hall) changed from false to true
        the tag env changed from "test" to "prod"
        removed the tag old, which was "x"
        added the tag team "web"
        "#);
    }

    #[test]
    fn a_part_with_words_of_its_own_is_told_once_in_them() {
        let old = json!({ "Doors": [{ "Name": "front", "Open": true }] });
        let new = json!({ "Doors": [
            { "Name": "back", "Open": true }, { "Name": "front", "Open": true },
            { "Name": "side", "Open": true },
        ]});
        assert_eq!(told(&old, &new), "opened back\nopened side");
        assert_eq!(told(&json!({}), &new), "opened back\nopened front\nopened side");
    }

    #[test]
    fn where_the_words_say_nothing_the_change_is_told_as_any_other() {
        let old = json!({ "Doors": [{ "Name": "front", "Open": true }] });
        let new = json!({ "Doors": [{ "Name": "front", "Open": false }] });
        assert_eq!(told(&old, &new), "Open (Name front) changed from true to false");
    }

    #[test]
    fn nothing_in_a_name_or_a_value_steers_a_terminal() {
        let new =
            json!({ "\u{1b}[2J": "\u{202e}x", "Tags": [{ "Key": "a\nb", "Value": "\u{9b}" }] });
        let told = told(&json!({}), &new);
        assert!(
            told.lines().count() == 2 && !told.contains(['\u{1b}', '\u{202e}', '\u{9b}']),
            "{told}"
        );
    }
}
