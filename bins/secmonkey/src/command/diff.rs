//! `secmonkey diff`

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::Timestamp;
use secmonkey_core::query::{self, Point, Side};
use secmonkey_core::record::DiffRecord;
use secmonkey_core::render::visible;

use crate::args::Diff;
use crate::console;
use crate::context::{self, Context};
use crate::output::{self, BOLD};
use crate::time;

pub async fn run(context: &Context, args: Diff) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let (log, views, now) = (opened.log.as_ref(), &opened.views, Timestamp::now());
    let row = query::item(views, &args.item.name)?;
    let technology = context::technology(&row.key.technology);
    let (difference, heading) = if let Some(name) = &args.with {
        let other = query::item(views, name)?;
        if other.key.technology != row.key.technology {
            context.output.note("the two are of different technologies");
        }
        let both = (&row, &other);
        let difference = query::diff_items(log, views, &technology, both, args.at, now).await?;
        let then = args.at.map(|at| format!(", {}", time::exact(at))).unwrap_or_default();
        (difference, format!("{} against {}{then}", visible(&row.name), visible(&other.name)))
    } else {
        let points = (args.from, args.to.or(args.at.map(Point::At)));
        let difference = query::diff(log, views, &technology, &row, points, now).await?;
        let (from, to) = (point(&difference.from), point(&difference.to));
        (difference, format!("{}: {from} to {to}", visible(&row.name)))
    };
    if !context.output.is_table() {
        context.output.object(&DiffRecord::from(&difference))?;
        return Ok(Exit::Done);
    }
    let lines = difference.lines()?;
    let mut text = format!("{BOLD}{heading}{BOLD:#}\n");
    for sentence in &difference.summary {
        text.extend(["  ", sentence, "\n"]);
    }
    for revision in &difference.revisions {
        if let Some(by) = &revision.by {
            let by = by.sentence(revision.at);
            text.extend(["  ", &format!("revision {}: {by}", revision.revision), "\n"]);
        }
    }
    if !lines.is_empty() {
        text.extend(["\n", &console::lines(&lines)]);
    }
    output::print(&text)?;
    if lines.is_empty() {
        context.output.note("no difference");
    }
    Ok(Exit::Done)
}

fn point(side: &Side) -> String {
    match (side.revision, side.at) {
        (Some(revision), Some(at)) => format!("revision {revision} ({})", time::exact(at)),
        _ => "nothing".to_owned(),
    }
}
