//! `secmonkey apply`

use std::fmt::Write as _;

use secmonkey_core::decide::{Change, Changed};
use secmonkey_core::render::visible;
use serde_json::Value;

use crate::args::Apply;
use crate::console::count;
use crate::context::{self, Context};
use crate::error::{Error, Exit};
use crate::output::{self, DIM, GREEN, YELLOW};

use super::account::read;

mod file;

pub async fn run(context: &Context, args: Apply) -> Result<Exit, Error> {
    let text = read(&args.file)?;
    let name = args.file.display().to_string();
    let placed = |reason: String| Error::usage(format!("{name}: {reason}"));
    let language = file::Language::of(&args.file, &text);
    let file = file::parse(&text, language).map_err(placed)?;
    let opened = context.create().await?;
    let declared = file.declared(&opened.views.accounts()?).map_err(placed)?;
    let registry = context::registry();
    let applied = opened.decisions().apply(&declared, registry, args.dry_run).await;
    let changes = applied.map_err(|error| match Error::from(error) {
        Error::Usage(reason) => placed(reason),
        error => error,
    })?;
    if !context.output.is_table() {
        context.output.list(changes.into_iter().map(Ok))?;
        return Ok(Exit::Done);
    }
    output::print(&told(&changes))?;
    if args.dry_run {
        context.output.note("nothing was decided");
    }
    Ok(Exit::Done)
}

/// What changes, a line each, and how much does not.
fn told(changes: &[Change]) -> String {
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
        };
        let name = visible(&change.name);
        let _ = writeln!(text, "{style}{sign} {} {name}{style:#}", change.kind);
        for line in differences(change.from.as_ref(), &change.to) {
            let _ = writeln!(text, "    {}", visible(&line));
        }
    }
    if unchanged > 0 {
        let _ = writeln!(text, "{DIM}{} unchanged{DIM:#}", count(unchanged, "declaration"));
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
