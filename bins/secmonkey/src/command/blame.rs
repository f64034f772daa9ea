//! `secmonkey blame`

use std::fmt::Write as _;

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::query;
use secmonkey_core::record::BlameRecord;
use secmonkey_core::render::{short, visible_json};
use secmonkey_core::replay::ChangeKind;

use crate::args::Blame;
use crate::context::Context;
use crate::output::{self, DIM, YELLOW};
use crate::time;
use unicode_width::UnicodeWidthStr as _;

/// The longest name beside a line, in columns.
const WHO: usize = 24;

pub async fn run(context: &Context, args: Blame) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let known = opened.known(None).await?;
    let pointer = args.pointer.unwrap_or_default();
    let (log, name) = (opened.log.as_ref(), &args.item.name);
    let blame = query::blame(log, &known, name, &pointer, args.at).await?;
    if context.output.is_table() {
        output::print(&text(&blame))?;
    } else {
        context.output.list(blame.members().into_iter().map(|one| Ok(BlameRecord::from(one))))?;
    }
    Ok(Exit::Done)
}

/// The configuration, with what set each line before it. What the last of several revisions set
/// stands out.
fn text(blame: &query::Blame) -> String {
    let last = blame.revisions.last().map_or(0, |one| one.revision);
    let is_carried = blame.revisions.iter().any(|one| one.kind == ChangeKind::Carried);
    let width = last.to_string().len() + usize::from(is_carried);
    let who = |line: &query::Blamed<'_>| {
        let by = line.revision.by.as_ref().map(|by| by.at(&line.pointer).short());
        short(&by.unwrap_or_default(), WHO).into_owned()
    };
    let lines = blame.lines();
    let named = lines.iter().map(|line| who(line).width()).max().unwrap_or_default();
    let mut text = String::new();
    for line in lines {
        let by = match (named, who(&line)) {
            (0, _) => String::new(),
            (named, by) => format!(" {by}{:1$}", "", named - by.width()),
        };
        let (revision, at) = (line.revision.revision, time::short(line.revision.at));
        let style = if revision == last && last > 1 { YELLOW } else { DIM };
        // What came before was cut.
        let or_before = if line.revision.kind == ChangeKind::Carried { "≤" } else { "" };
        let revision = format!("{or_before}{revision}");
        let json = visible_json(&line.text);
        let _ = writeln!(text, "{style}{revision:>width$} {at}{by}{style:#}  {json}");
    }
    text
}
