//! `secmonkey show`

use std::fmt::Write as _;

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::Timestamp;
use secmonkey_core::query::{self, Point};
use secmonkey_core::record::{IssueRecord, Records, ShownRecord};
use secmonkey_core::render::{visible, visible_json};

use crate::args::Show;
use crate::context::{self, Context};
use crate::output::{self, BOLD, Cell, DIM, RED, YELLOW, table};
use crate::rows;
use crate::table::{paragraph, width};
use crate::time;

pub async fn run(context: &Context, args: Show) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let (registry, now) = (context::registry(), Timestamp::now());
    let point = args.at.map(Point::At).or(args.revision.map(Point::Revision));
    let (log, name) = (opened.log.as_ref(), &args.item.name);
    if point.is_none() && query::is_issue(&opened.views, name)? {
        super::issue::tell(context, &opened, name).await?;
        return Ok(Exit::Done);
    }
    let shown = query::show(log, &opened.views, registry, name, point, now).await?;

    let records = Records::new(&shown.known, registry)?;
    let record = records.shown(&shown);
    if !context.output.is_table() {
        context.output.object(&record)?;
        return Ok(Exit::Done);
    }
    let row = &shown.state.row;
    let mut issues: Vec<_> = shown.issues.iter().map(|one| records.issue(one, row)).collect();
    records.sort(&mut issues);
    output::print(&text(&record, shown.config.as_ref(), &issues, width())?)?;
    Ok(Exit::Done)
}

fn text(
    shown: &ShownRecord,
    last: Option<&serde_json::Value>,
    issues: &[IssueRecord],
    width: Option<usize>,
) -> Result<String, Error> {
    let item = &shown.item;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{BOLD}{}{BOLD:#}  {} in {}, {}",
        visible(&item.name),
        visible(&item.technology),
        visible(&item.region),
        match &item.account_name {
            Some(name) if name != item.account.as_str() => {
                format!("{} ({})", visible(name), item.account)
            }
            _ => item.account.to_string(),
        },
    );
    if item.deleted {
        let _ = writeln!(
            text,
            "{RED}deleted, seen no more since {}{RED:#}",
            time::short(item.last_changed)
        );
    }
    if let Some(since) = item.unwatched_since.map(time::short) {
        let _ = writeln!(text, "{YELLOW}unwatched since {since}: no scan looks at it{YELLOW:#}");
    }
    if let Some(by) = &item.ignored {
        text.push_str(&paragraph(&super::rule::suppressed(by), 0, width));
    }
    let facts = [
        ("key", item.key.to_string()),
        ("arn", item.arn.clone().unwrap_or_default()),
        ("revision", format!("{}, of {}", item.revision, time::short(item.last_changed))),
        ("changed", shown.attribution.as_ref().map_or_else(String::new, |by| by.text.clone())),
        ("first seen", time::short(item.first_seen)),
        ("last seen", time::short(item.last_seen)),
        ("score", item.score.to_string()),
    ];
    text.push_str(&output::facts(facts));
    if let Some(now) = &shown.too_large {
        let _ = writeln!(
            text,
            "{YELLOW}  too large to keep: {} bytes with the digest {}{YELLOW:#}",
            now.bytes, now.digest
        );
    }
    for unread in &shown.unread {
        let since = time::short(unread.since);
        let part = match unread.pointer.as_str() {
            "" => "the configuration".into(),
            pointer => visible(pointer),
        };
        let _ = writeln!(text, "{YELLOW}  not read since {since}: {part}{YELLOW:#}");
    }
    for undecided in &shown.undecided {
        let _ = writeln!(
            text,
            "{YELLOW}  undecided: {}: {}{YELLOW:#}",
            undecided.check,
            visible(&undecided.because)
        );
    }
    if !shown.judged {
        let _ = writeln!(text, "{YELLOW}  not judged yet: no check has seen it so{YELLOW:#}");
    }
    if !issues.is_empty() {
        let _ = writeln!(text, "\n{BOLD}Issues{BOLD:#}");
        let rows: Vec<_> = issues.iter().map(brief).collect();
        text.push_str(&table(&["", "", "", "", ""], &rows));
        for issue in issues {
            if let Some(by) = &issue.suppressed {
                let line = format!("{} {}", issue.id, super::rule::suppressed(by));
                text.push_str(&paragraph(&line, 2, width));
            }
            if let Some(justification) = &issue.justification {
                let _ = writeln!(
                    text,
                    "  {DIM}{} justified by {} at {}: {}{DIM:#}",
                    issue.id,
                    visible(&justification.by.0),
                    time::short(justification.at),
                    visible(&justification.note),
                );
            }
        }
    }
    text.push_str(&super::comment::told(&shown.comments, None, width));
    let (title, config) = match (&shown.config, last) {
        (Some(config), _) => ("Configuration", config),
        (None, Some(last)) => ("Last known configuration", last),
        (None, None) => return Ok(text),
    };
    let _ = writeln!(text, "\n{BOLD}{title}{BOLD:#}");
    for line in serde_json::to_string_pretty(config)?.lines() {
        let _ = writeln!(text, "{}", visible_json(line));
    }
    Ok(text)
}

/// An issue below its item: without what the item says.
fn brief(issue: &IssueRecord) -> Vec<Cell> {
    let colour = output::severity(issue.score);
    vec![
        Cell::text(format!("  {}", issue.id)),
        Cell::number(issue.score).styled(colour),
        Cell::text(issue.severity).styled(colour),
        rows::check(issue),
        Cell::text(&issue.detail),
    ]
}
