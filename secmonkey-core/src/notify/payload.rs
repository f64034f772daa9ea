//! Messages as JSON, for programs.

use serde_json::{Map, Value, json};

use super::{Message, text};
use crate::render::visible_json;

/// What one body may take, in bytes: most receivers refuse what is longer.
pub const LONGEST: usize = 512 * 1024;

/// A message as JSON: what it is about in one line as `subject`, and all of its members.
///
/// Where that would take more than `longest` bytes, the members of changes that can be asked
/// for elsewhere are left out, and `shortened` is true.
#[must_use]
pub fn json(message: &Message, longest: usize) -> Value {
    let mut all = match serde_json::to_value(message) {
        Ok(Value::Object(all)) => all,
        // A message is a structure of texts and numbers.
        _ => Map::new(),
    };
    all.insert("subject".to_owned(), json!(text::subject(message)));
    let is_long = |all: &Map<String, Value>| length(all) > longest;
    if is_long(&all) {
        all.insert("shortened".to_owned(), json!(true));
        for change in list(&mut all, "changes") {
            change["diff"] = json!([]);
        }
    }
    // Then the end of lists, as often as it takes: what is counted is not lost.
    while is_long(&all) {
        let (changes, issues) = (list(&mut all, "changes").len(), list(&mut all, "issues").len());
        let longest = if changes >= issues { "changes" } else { "issues" };
        let kept = changes.max(issues) / 2;
        let dropped = changes.max(issues) - kept;
        if dropped == 0 {
            break;
        }
        if let Some(Value::Array(list)) = all.get_mut(longest) {
            list.truncate(kept);
        }
        let omitted = all.get("omitted").and_then(Value::as_u64).unwrap_or_default();
        all.insert("omitted".to_owned(), json!(omitted + dropped as u64));
    }
    Value::Object(all)
}

/// As JSON in one line, in which nothing hides: it means the same.
#[must_use]
pub fn line(value: &Value) -> String {
    visible_json(&value.to_string()).into_owned()
}

fn length(all: &Map<String, Value>) -> usize {
    serde_json::to_string(all).map_or(0, |text| text.len())
}

fn list<'a>(all: &'a mut Map<String, Value>, name: &str) -> &'a mut [Value] {
    match all.get_mut(name) {
        Some(Value::Array(list)) => list,
        _ => &mut [],
    }
}
