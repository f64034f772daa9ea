//! What decisions change, as people read it.

use std::fmt::Write as _;

use secmonkey_app::error::Error;
use secmonkey_core::decide::{Change, Changed};
use secmonkey_core::render::visible;
use serde_json::Value;

use crate::console::count;
use crate::context::Context;
use crate::output::{self, DIM, GREEN, YELLOW};

/// Prints what changed, or would; `what` is called what does not.
pub fn print(
    context: &Context,
    changes: Vec<Change>,
    what: &str,
    dry_run: bool,
) -> Result<(), Error> {
    if !context.output.is_table() {
        context.output.list(changes.into_iter().map(Ok))?;
        return Ok(());
    }
    output::print(&told(&changes, what))?;
    if dry_run {
        context.output.note("nothing was decided");
    }
    Ok(())
}

/// What changes, a line each, and how much does not.
fn told(changes: &[Change], what: &str) -> String {
    let mut text = String::new();
    let mut unchanged = 0;
    for change in changes {
        let (style, sign) = match change.change {
            Changed::Unchanged => {
                unchanged += 1;
                continue;
            }
            Changed::Added => (GREEN, '+'),
            Changed::Changed => (YELLOW, '~'),
            Changed::Missing => (YELLOW, '?'),
        };
        let name = visible(&change.name);
        let called = match change.from.as_ref().and_then(|from| from["name"].as_str()) {
            Some(called) if change.kind == "account" => format!(" ({})", visible(called)),
            _ => String::new(),
        };
        let _ = writeln!(text, "{style}{sign} {} {name}{style:#}{called}", change.kind);
        if change.change == Changed::Missing {
            let _ = writeln!(text, "    not listed any more, and still watched");
        }
        for line in differences(change.from.as_ref(), &change.to) {
            let _ = writeln!(text, "    {}", visible(&line));
        }
    }
    if unchanged > 0 {
        let _ = writeln!(text, "{DIM}{} unchanged{DIM:#}", count(unchanged, what));
    }
    text
}

/// The members that are otherwise: `score: 3 -> 1`.
fn differences(from: Option<&Value>, to: &Value) -> Vec<String> {
    let mut all = Vec::new();
    let empty = serde_json::Map::new();
    let was = from.and_then(Value::as_object).unwrap_or(&empty);
    let is = to.as_object().unwrap_or(&empty);
    let said = |value: &Value| match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    for (name, value) in is {
        let before = was.get(name).unwrap_or(&Value::Null);
        if before == value || (from.is_none() && is_idle(value)) || name == "id" {
            continue;
        }
        all.push(match from {
            Some(_) => format!("{name}: {} -> {}", said(before), said(value)),
            None => format!("{name}: {}", said(value)),
        });
    }
    for (name, value) in was.iter().filter(|(name, _)| !is.contains_key(*name)) {
        all.push(format!("{name}: {} -> nothing", said(value)));
    }
    all
}

/// Whether a value says nothing.
fn is_idle(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty(),
        _ => false,
    }
}
