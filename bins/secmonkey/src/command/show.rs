//! `secmonkey show`

use std::fmt::Write as _;

use secmonkey_core::Timestamp;
use secmonkey_core::event::Position;
use secmonkey_core::log::EventLog as _;
use secmonkey_core::render::visible;
use secmonkey_core::view::{ItemRow, Views};

use crate::args::Show;
use crate::context::{Context, Known, Opened};
use crate::error::{Error, Exit};
use crate::output::{self, BOLD, Cell, DIM, RED, YELLOW, table};
use crate::record::{IssueRecord, Records, Shown, Unread};
use crate::select;

pub async fn run(context: &Context, args: Show) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let row = select::item(&opened.views, &args.item.name)?;
    let (known, row) = match (args.at, args.revision) {
        (None, None) => (opened.known(None).await?, row),
        (Some(time), _) => past(&opened, &row, opened.position_at(time).await?, time).await?,
        (None, Some(revision)) => {
            let (position, at) = end_of(&opened, &row, revision).await?;
            past(&opened, &row, position, at).await?
        }
    };
    let records = Records::new(&known)?;
    let unread = known.views.unread(&row)?;
    let shown = Shown {
        item: records.item(&row)?,
        config: if row.deleted { None } else { known.views.config(&row.key)? },
        unread: unread.into_iter().map(|(pointer, since)| Unread { pointer, since }).collect(),
    };
    if !context.output.is_table() {
        context.output.object(&shown)?;
        return Ok(Exit::Done);
    }
    let mut found = Vec::new();
    for issue in records.open_issues(&row.key)? {
        found.push(records.issue(&issue, &row));
    }
    for issue in known.views.issues_of(&row.key)? {
        if issue.resolved_at.is_none() && issue.justified(known.now) {
            found.push(records.issue(&issue, &row));
        }
    }
    records.sort(&mut found);
    let last = match (&shown.config, row.deleted) {
        (None, true) => known.views.config(&row.key)?,
        _ => None,
    };
    output::print(&text(&shown, last.as_ref(), &found)?)?;
    Ok(Exit::Done)
}

/// Where a revision ends: right before the next, or with the log.
async fn end_of(
    opened: &Opened,
    row: &ItemRow,
    revision: u64,
) -> Result<(Position, Timestamp), Error> {
    let start = revision_at(&opened.views, row, revision)?;
    let next = opened.views.revisions(&row.key)?.into_iter().find(|one| one.revision > revision);
    let end = match next {
        Some(next) => Position(next.position.0 - 1),
        None => opened.log.head().await?.position,
    };
    let last = opened.log.read_all(Position(end.0.saturating_sub(1)), 1).await?;
    Ok(last.first().map_or(start, |last| (last.position, last.recorded_at)))
}

/// Where a revision stands in the log.
pub fn revision_at(
    views: &Views,
    row: &ItemRow,
    revision: u64,
) -> Result<(Position, Timestamp), Error> {
    let found = views.revisions(&row.key)?.into_iter().find(|one| one.revision == revision);
    let found = found.ok_or_else(|| {
        Error::usage(format!(
            "`{}` has no revision {revision}: it has 1 to {}",
            row.name, row.revision
        ))
    })?;
    Ok((found.position, found.at))
}

/// What was known of an item at a position: its own events, folded to there.
async fn past(
    opened: &Opened,
    row: &ItemRow,
    position: Position,
    now: Timestamp,
) -> Result<(Known, ItemRow), Error> {
    let views = opened.views.item_as_of(opened.log.as_ref(), &row.key, position).await?;
    let then = views.item(&row.key)?.ok_or_else(|| {
        Error::usage(format!(
            "`{}` was not known then: it was first seen at {}",
            row.name, row.first_seen
        ))
    })?;
    Ok((Known { views: views.into(), now }, then))
}

fn text(
    shown: &Shown,
    last: Option<&serde_json::Value>,
    issues: &[IssueRecord],
) -> Result<String, Error> {
    let item = &shown.item;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{BOLD}{}{BOLD:#}  {} in {}, {}",
        visible(&item.name),
        item.technology,
        item.region,
        match &item.account_name {
            Some(name) if name != item.account.as_str() => {
                format!("{} ({})", visible(name), item.account)
            }
            _ => item.account.to_string(),
        },
    );
    if item.deleted {
        let _ = writeln!(text, "{RED}deleted, seen no more since {}{RED:#}", item.last_changed);
    }
    if let Some(since) = item.unwatched_since {
        let _ = writeln!(text, "{YELLOW}unwatched since {since}: no scan looks at it{YELLOW:#}");
    }
    let mut facts = vec![
        ("key", item.key.to_string()),
        ("arn", item.arn.clone().unwrap_or_default()),
        ("revision", format!("{}, of {}", item.revision, item.last_changed)),
        ("first seen", item.first_seen.to_string()),
        ("last seen", item.last_seen.to_string()),
        ("score", item.score.to_string()),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    let facts: Vec<_> = facts
        .into_iter()
        .map(|(name, value)| vec![Cell::text(format!("  {name}")).styled(DIM), value.into()])
        .collect();
    text.push_str(&table(&["", ""], &facts));
    for unread in &shown.unread {
        let _ = writeln!(
            text,
            "{YELLOW}  not read since {}: {}{YELLOW:#}",
            unread.since,
            visible(&unread.pointer)
        );
    }
    if !issues.is_empty() {
        let _ = writeln!(text, "\n{BOLD}Issues{BOLD:#}");
        let rows: Vec<_> = issues.iter().map(brief).collect();
        text.push_str(&table(&["", "", "", "", ""], &rows));
        for issue in issues {
            if let Some(justification) = &issue.justification {
                let _ = writeln!(
                    text,
                    "  {DIM}{} justified by {} at {}: {}{DIM:#}",
                    issue.id,
                    visible(&justification.by.0),
                    justification.at,
                    visible(&justification.note),
                );
            }
        }
    }
    let (title, config) = match (&shown.config, last) {
        (Some(config), _) => ("Configuration", config),
        (None, Some(last)) => ("Last known configuration", last),
        (None, None) => return Ok(text),
    };
    let _ = writeln!(text, "\n{BOLD}{title}{BOLD:#}");
    for line in serde_json::to_string_pretty(config)?.lines() {
        let _ = writeln!(text, "{}", visible(line));
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
        Cell::text(if issue.is_part {
            format!("└ {}", issue.check)
        } else {
            issue.check.clone()
        }),
        Cell::text(&issue.detail),
    ]
}
