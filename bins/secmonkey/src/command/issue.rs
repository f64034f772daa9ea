//! `secmonkey issue`

use std::fmt::Write as _;

use futures::TryStreamExt as _;
use secmonkey_core::check::{Check, page::Page};
use secmonkey_core::issue::Status;
use secmonkey_core::query::{self, IssueSearch, Step};
use secmonkey_core::record::{IssueRecord, Records, RevisionRecord};
use secmonkey_core::render::{visible, visible_json};
use serde::Serialize;
use serde_json::Value;

use crate::args::IssueOf;
use crate::console::count;
use crate::context::{self, Context, Opened};
use crate::error::{Error, Exit};
use crate::output::{self, BOLD, DIM, GREEN, YELLOW};
use crate::table::paragraph;
use crate::time;

/// Lines of a configuration that are shown of each place a finding points at.
const LINES: usize = 24;
/// Items of the same kind that are named.
const NEIGHBOURS: usize = 5;

pub async fn run(context: &Context, args: IssueOf) -> Result<Exit, Error> {
    let opened = context.open().await?;
    tell(context, &opened, &args.issue).await?;
    Ok(Exit::Done)
}

/// An issue with all that helps to decide about it.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    issue: IssueRecord,
    /// The title of its check.
    title: String,
    /// What the check says about why it matters.
    why: String,
    /// What it says about how to mend it.
    fix: String,
    /// The revision that brought it.
    brought_by: Option<RevisionRecord>,
    /// What the finding points at.
    shown: Vec<Place>,
    /// The ids of other open issues of this check.
    neighbours: Vec<String>,
    #[serde(skip)]
    names: Vec<String>,
}

/// A place of the configuration.
#[derive(Serialize)]
struct Place {
    pointer: String,
    value: Value,
}

/// Tells all about the issue whose id starts so.
pub async fn tell(context: &Context, opened: &Opened, start: &str) -> Result<(), Error> {
    let known = opened.known(None).await?;
    let registry = context::registry();
    let records = Records::new(&known, registry)?;
    let state = known.issue_state(query::issue(&known.views, start)?)?;
    let issue = records.issue_state(&state);
    let config = known.views.config(&issue.key)?.unwrap_or_default();
    let shown = issue
        .evidence
        .iter()
        .filter_map(|at| Some(Place { pointer: at.clone(), value: config.pointer(at)?.clone() }));
    let shown: Vec<_> = shown.collect();

    let technology = context::technology(&issue.key.technology);
    let steps = query::history(opened.log.as_ref(), &known, &technology, &issue.key);
    let steps: Vec<Step> = steps.try_collect().await?;
    let by_then = |step: &Step| issue.opened_at.is_some_and(|at| step.revision.at <= at);
    let brought_by = steps.into_iter().rfind(by_then).map(RevisionRecord::from);

    let search = IssueSearch {
        checks: vec![issue.check.clone()],
        status: vec![Status::Open],
        ..IssueSearch::default()
    };
    let (mut neighbours, mut names) = (Vec::new(), Vec::new());
    for other in query::issues(&known, registry, search)? {
        let other = records.issue_state(&other?);
        if other.id != issue.id {
            if other.key != issue.key && !names.contains(&other.name) {
                names.push(other.name);
            }
            neighbours.push(other.id.to_string());
        }
    }
    let check = registry.check(&issue.check);
    let (why, fix) = check.map(|check| manual(&check.page)).unwrap_or_default();
    let title = check.map_or(issue.check.as_str(), Check::title).to_owned();
    let told = Told { issue, title, why, fix, brought_by, shown, neighbours, names };
    if context.output.is_table() {
        output::print(&text(&told)?)
    } else {
        context.output.object(&told)
    }
}

/// Why it matters and how to mend it, as the page of a check says.
pub fn manual(page: &str) -> (String, String) {
    let text = Page::parse(page).map_or_else(|_| page.to_owned(), |page| page.text);
    let (why, fix) = text.split_once("**Fix:**").unwrap_or((&text, ""));
    (said(why), said(fix))
}

/// Paragraphs without what leads over to an example.
fn said(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim);
    let kept: Vec<_> = paragraphs.filter(|text| !text.is_empty() && !text.ends_with(':')).collect();
    kept.join("\n\n").replace("**", "")
}

fn text(told: &Told) -> Result<String, Error> {
    let Told { issue, .. } = told;
    let mut text = String::new();
    let colour = output::severity(issue.score);
    let _ = writeln!(text, "{BOLD}{}{BOLD:#}", visible(&told.title));
    let _ = writeln!(
        text,
        "{DIM}{}  {}{DIM:#}  {colour}{} {}{colour:#}",
        issue.id, issue.check, issue.score, issue.severity
    );
    let account = issue.account_name.as_deref().unwrap_or(issue.account.as_str());
    let place = format!("{} in {}, {account}", issue.technology, issue.region);
    let _ = writeln!(text, "{BOLD}{}{BOLD:#}  {}", visible(&issue.name), visible(&place));
    let _ = writeln!(text, "{DIM}{}{DIM:#}\n", visible(&issue.key.to_string()));
    text.push_str(&paragraph(&visible(&issue.detail), 2));
    for what in &issue.doubt {
        let _ = writeln!(
            text,
            "  {YELLOW}in doubt: {} was never read, and could take it away{YELLOW:#}",
            visible(what)
        );
    }
    let _ = writeln!(text, "\n{BOLD}Since{BOLD:#}");
    if let Some(at) = issue.opened_at {
        let _ = writeln!(text, "  {}", time::short(at));
    }
    if let Some(by) = &told.brought_by {
        text.push_str(&paragraph(
            &visible(&format!("revision {}: {}", by.revision, by.summary.join("; "))),
            2,
        ));
    }
    if let Some(at) = issue.resolved_at {
        let reason = issue.resolved_reason.unwrap_or_default().replace('_', " ");
        let _ = writeln!(text, "  {GREEN}resolved {}: {reason}{GREEN:#}", time::short(at));
    }
    if let Some(decision) = &issue.justification {
        let until = decision.until.map(|until| format!(" until {}", time::short(until)));
        let (by, until) = (visible(&decision.by.0), until.unwrap_or_default());
        let line = format!("justified by {by}{until}: {}", visible(&decision.note));
        text.push_str(&paragraph(&line, 2));
    }
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
            text.push_str(&markdown(part));
        }
    }
    if issue.resolved_at.is_none() && issue.justification.is_none() {
        let _ = writeln!(
            text,
            "\n{DIM}Or accept it: secmonkey justify {} --note 'why'{DIM:#}",
            issue.id
        );
    }
    if !told.names.is_empty() {
        let more = told.names.len().saturating_sub(NEIGHBOURS);
        let mut others = told.names[..told.names.len() - more].join(", ");
        if more > 0 {
            let _ = write!(others, " and {more} more");
        }
        let _ = writeln!(text, "\n{BOLD}The same elsewhere{BOLD:#}");
        text.push_str(&paragraph(&visible(&others), 2));
    }
    Ok(text)
}

/// Paragraphs that wrap, and code as it stands, so that it can be copied.
fn markdown(page: &str) -> String {
    let mut text = String::new();
    let mut words = String::new();
    let mut is_code = false;
    let flush = |words: &mut String, text: &mut String| {
        if !words.is_empty() {
            text.push_str(&paragraph(&visible(words.trim()), 2));
            words.clear();
        }
    };
    for line in page.lines() {
        if line.starts_with("```") {
            flush(&mut words, &mut text);
            is_code = !is_code;
        } else if is_code {
            let _ = writeln!(text, "    {}", visible(line));
        } else if line.trim().is_empty() {
            flush(&mut words, &mut text);
            text.push('\n');
        } else {
            let _ = write!(words, "{line} ");
        }
    }
    flush(&mut words, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_says_why_and_how_to_fix() {
        for check in context::registry().checks() {
            let (why, fix) = manual(&check.page);
            assert!(!why.is_empty() && !fix.is_empty(), "{}", check.id);
            assert!(!fix.contains("```json fail"), "{}", check.id);
        }
    }

    #[test]
    fn commands_stand_as_they_are_to_be_pasted() {
        let long = "word ".repeat(60);
        let command = format!("aws ec2 x {}", "y".repeat(150));
        let text = markdown(&format!("{long}\n\n```sh\n{command}\n```\n"));
        assert!(text.contains(&format!("    {command}\n")), "{text}");
        assert!(text.lines().next().unwrap().len() <= 100);
    }
}
