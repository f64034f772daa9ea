//! `secmonkey issue`

use std::fmt::Write as _;

use secmonkey_app::Opened;
use secmonkey_app::error::{Error, Exit};
use secmonkey_core::governance::says;
use secmonkey_core::issue::Status;
use secmonkey_core::query;
use secmonkey_core::record::{IssueDetailRecord, IssueRecord, NeighbourRecord, Records};
use secmonkey_core::render::{visible, visible_json};

use crate::args::IssueOf;
use crate::console::count;
use crate::context::{self, Context};
use crate::markdown;
use crate::output::{self, BOLD, Cell, DIM, GREEN, RED, YELLOW};
use crate::table::{fitted, paragraph, width};
use crate::time;

/// Lines of a configuration that are shown of each place a finding points at.
const LINES: usize = 24;
/// Neighbours that are named.
const NEIGHBOURS: usize = 5;

pub async fn run(context: &Context, args: IssueOf) -> Result<Exit, Error> {
    let opened = context.open().await?;
    tell(context, &opened, &args.issue).await?;
    Ok(Exit::Done)
}

/// Tells all about the issue whose id starts so.
pub async fn tell(context: &Context, opened: &Opened, start: &str) -> Result<(), Error> {
    let known = opened.known(None).await?;
    let registry = context::registry();
    let log = opened.log.as_ref();
    let detail = query::issue_detail(log, &known, registry, start, |_| Ok(true)).await?;
    let record = Records::new(&known, registry)?.issue_detail(detail);
    if context.output.is_table() {
        output::print(&text(&record, width())?)
    } else {
        context.output.object(&record)
    }
}

/// The page, in lines of a width.
pub fn text(told: &IssueDetailRecord, width: Option<usize>) -> Result<String, Error> {
    let issue = &told.issue;
    let mut text = String::new();
    let colour = output::severity(issue.score);
    text.push_str(&styled(BOLD, &visible(&told.title), 0, width));
    let _ = writeln!(
        text,
        "{DIM}{}  {}{DIM:#}  {colour}{} {}{colour:#}",
        issue.id, issue.check, issue.score, issue.severity
    );
    let account = issue.account_name.as_deref().unwrap_or(issue.account.as_str());
    let place = format!("{} in {}, {account}", issue.technology, issue.region);
    let _ = writeln!(text, "{BOLD}{}{BOLD:#}  {}", visible(&issue.name), visible(&place));
    let _ = writeln!(text, "{DIM}{}{DIM:#}\n", visible(&issue.key.to_string()));
    text.push_str(&paragraph(&visible(&issue.detail), 2, width));
    for what in &issue.doubt {
        let doubt = format!("in doubt: {} was never read, and could take it away", visible(what));
        text.push_str(&styled(YELLOW, &doubt, 2, width));
    }
    if issue.base_score != issue.score {
        let (base, score) = (issue.base_score, issue.score);
        let line = format!("the check gives it {base}; an override gives it {score}");
        text.push_str(&styled(DIM, &line, 2, width));
    }
    if !told.parameters.is_empty() {
        let line = format!("found with {}", says(None, &told.parameters, false));
        text.push_str(&styled(DIM, &visible(&line), 2, width));
    }
    text.push_str(&life(told, width));
    if !told.shown.is_empty() {
        let _ = writeln!(text, "\n{BOLD}Evidence{BOLD:#}");
    }
    for place in &told.shown {
        let _ = writeln!(text, "  {DIM}{}{DIM:#}", visible(&place.pointer));
        let pretty = serde_json::to_string_pretty(&place.value)?;
        for line in pretty.lines().take(LINES) {
            let _ = writeln!(text, "    {}", visible_json(line));
        }
        let more = pretty.lines().count().saturating_sub(LINES);
        if more > 0 {
            let _ = writeln!(text, "    {DIM}… {} more{DIM:#}", count(more as u64, "line"));
        }
    }
    for (heading, part) in [("Why it matters", &told.why), ("How to fix", &told.fix)] {
        if !part.is_empty() {
            let _ = writeln!(text, "\n{BOLD}{heading}{BOLD:#}");
            text.push_str(&markdown::shown(part, width));
        }
    }
    if issue.status == Status::Open {
        let _ = writeln!(
            text,
            "\n{DIM}Or accept it: secmonkey justify {} --note 'why'{DIM:#}",
            issue.id
        );
    }
    text.push_str(&super::comment::told(&told.comments, Some(&issue.id), width));
    let near = &told.neighbours;
    let (of_item, of_check) = (near.same_item.len() as u64, near.same_check_total);
    let same_item = (near.same_item.as_slice(), of_item);
    let same_check = (near.same_check.as_slice(), of_check);
    text.push_str(&neighbours("Also open on this item", same_item, |one| &one.check, width));
    text.push_str(&neighbours("The same elsewhere", same_check, |one| &one.name, width));
    Ok(text)
}

/// Since when it stands, which change brought it, what became of it.
fn life(told: &IssueDetailRecord, width: Option<usize>) -> String {
    let issue: &IssueRecord = &told.issue;
    let mut text = format!("\n{BOLD}Since{BOLD:#}\n");
    if let Some(at) = issue.opened_at {
        let _ = writeln!(text, "  {}", time::short(at));
    }
    if let Some(at) = issue.reopened_at {
        let _ = writeln!(text, "  {RED}found again {}{RED:#}", time::short(at));
    }
    if let Some(by) = &told.change {
        let (revision, at, actor) = (by.revision, time::short(by.at), &by.actor);
        let line = if told.brought_by_change {
            format!(
                "brought by revision {revision} ({at}, recorded by {actor}): {}",
                by.summary.join("; ")
            )
        } else {
            format!(
                "the item has stood so since revision {revision} ({at}, recorded by {actor}); what \
                 brought the issue is another item, a decision or a check"
            )
        };
        text.push_str(&paragraph(&visible(&line), 2, width));
        if let Some(by) = by.attribution.as_ref().filter(|_| told.brought_by_change) {
            text.push_str(&paragraph(&by.text, 2, width));
        }
    }
    if let Some(at) = issue.resolved_at {
        let reason = crate::rows::status(issue).text;
        text.push_str(&styled(GREEN, &format!("resolved {}: {reason}", time::short(at)), 2, width));
    }
    if let Some(decision) = &issue.justification {
        let until = decision.until.map(|until| format!(" until {}", time::short(until)));
        let (by, until) = (visible(&decision.by.0), until.unwrap_or_default());
        let words = match issue.status {
            Status::Open => "was justified",
            _ => "justified",
        };
        let line = format!("{words} by {by}{until}: {}", visible(&decision.note));
        text.push_str(&paragraph(&line, 2, width));
    }
    if let Some(by) = &issue.suppressed {
        text.push_str(&paragraph(&super::rule::suppressed(by), 2, width));
    }
    text
}

/// The first of other open issues, and how many more there are.
fn neighbours(
    heading: &str,
    (told, all): (&[NeighbourRecord], u64),
    name: fn(&NeighbourRecord) -> &str,
    width: Option<usize>,
) -> String {
    if told.is_empty() {
        return String::new();
    }
    let row = |one: &NeighbourRecord| {
        vec![
            Cell::text(format!("  {}", one.id)),
            Cell::number(one.score).styled(output::severity(one.score)),
            Cell::text(name(one)),
            Cell::text(&one.detail),
        ]
    };
    let rows: Vec<_> = told.iter().take(NEIGHBOURS).map(row).collect();
    let mut text = format!("\n{BOLD}{heading}{BOLD:#}\n");
    text.push_str(&fitted(&["", "", "", ""], &[], &rows, width));
    if let Some(more) = all.checked_sub(NEIGHBOURS as u64).filter(|more| *more > 0) {
        let _ = writeln!(text, "  {DIM}and {more} more{DIM:#}");
    }
    text
}

/// A paragraph in a style.
fn styled(style: anstyle::Style, text: &str, indent: usize, width: Option<usize>) -> String {
    let mut styled = String::new();
    for line in paragraph(text, indent, width).lines() {
        let _ = writeln!(styled, "{style}{line}{style:#}");
    }
    styled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_says_why_and_how_to_fix() {
        for check in context::registry().checks() {
            let manual = check.manual();
            assert!(!manual.why.is_empty() && !manual.fix.is_empty(), "{}", check.id);
            assert!(!manual.fix.contains("```json fail"), "{}", check.id);
        }
    }
}
