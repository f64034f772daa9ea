//! Messages as a page: for the rich half of a mail.

use askama::Template;

use super::section::{Entry, IN_STORM, Section, decisions, footer, sections, unknown, worst};
use super::text::{changed, detail, heading, severities, subject};
use super::{ChangeKind, ItemChange, Message};
use crate::render::Line;
use crate::report::Report;

/// The message as HTML, with coloured diffs. Styles stand in the elements, because some
/// mail programs drop style sheets; the sheet is for those that darken.
///
/// # Errors
/// Where the template fails, which would be a mistake in it.
pub fn page(message: &Message) -> Result<String, askama::Error> {
    let baseline = message.baseline.as_ref();
    let most = if message.is_storm() { IN_STORM } else { usize::MAX };
    let (said, commands) = baseline.and_then(unknown).unwrap_or_default();
    Page {
        subject: subject(message),
        id: &message.id,
        severities: baseline.map(severities).unwrap_or_default(),
        sections: sections(message).into_iter().chain(baseline.and_then(worst)).collect(),
        unknown: said,
        commands,
        decisions: decisions(message),
        changes: message.changes.iter().take(most).map(Change::from).collect(),
        more_changes: message.changes.len().saturating_sub(most),
        reverted: message.reverted.iter().take(most).map(Change::from).collect(),
        daily: message.daily.as_ref().map(tables).unwrap_or_default(),
        link: message.link.as_deref().unwrap_or_default(),
        footer: footer(message),
        omitted: message.omitted,
    }
    .render()
}

#[derive(Template)]
#[template(path = "message.html")]
struct Page<'a> {
    subject: String,
    id: &'a str,
    severities: String,
    sections: Vec<Section>,
    unknown: String,
    commands: Vec<String>,
    decisions: Vec<String>,
    changes: Vec<Change>,
    more_changes: usize,
    reverted: Vec<Change>,
    daily: Vec<Table>,
    link: &'a str,
    footer: Vec<String>,
    omitted: u64,
}

/// A table of a report: its heading, its columns and its rows; where there are none, why.
struct Table {
    title: String,
    note: String,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// The tables of a report. A mail is no place for more than so many rows.
fn tables(report: &Report) -> Vec<Table> {
    const ROWS: usize = 50;
    let tables = report.sections.iter().map(|section| {
        let shown: Vec<_> = section.columns.iter().map(|one| !one.title.is_empty()).collect();
        let rows = section.rows.iter().take(ROWS).map(|row| {
            let cells = row.iter().zip(&section.columns).zip(&shown);
            let cells = cells.filter(|(_, shown)| **shown);
            cells.map(|((cell, column), _)| detail(&cell.shown(column))).collect()
        });
        let more = section.rows.len().saturating_sub(ROWS);
        let more = if more > 0 { format!("... and {more} more. ") } else { String::new() };
        let is_empty = section.rows.is_empty();
        let empty = if is_empty { section.empty.as_str() } else { "" };
        let titles = section.columns.iter().map(|one| one.title).filter(|one| !one.is_empty());
        Table {
            title: section.title.clone(),
            note: detail(&format!("{more}{empty} {}", section.note)).trim().to_owned(),
            columns: if is_empty { Vec::new() } else { titles.collect() },
            rows: rows.collect(),
        }
    });
    tables.collect()
}

impl Section {
    /// What is new is red, what is resolved green.
    fn colour(&self) -> &'static str {
        if self.sign == '-' { "#1a7f37" } else { "#cf222e" }
    }
}

impl Entry {
    fn colour(&self, section: &Section) -> &'static str {
        match self.score {
            _ if section.sign == '-' => section.colour(),
            0..=3 => "#57606a",
            4..=6 => "#9a6700",
            _ => section.colour(),
        }
    }

    fn more(&self) -> usize {
        self.issues - 1
    }
}

struct Change {
    heading: String,
    arn: String,
    summary: Vec<String>,
    lines: Vec<Line>,
}

impl From<&ItemChange> for Change {
    fn from(change: &ItemChange) -> Self {
        // A whole configuration says little in a mail.
        let is_first = change.kind == ChangeKind::Discovered;
        Self {
            heading: heading(change),
            arn: detail(change.arn.as_deref().unwrap_or_default()),
            summary: change.summary.iter().map(|sentence| detail(sentence)).collect(),
            lines: if is_first { Vec::new() } else { changed(change).collect() },
        }
    }
}

impl Change {
    fn colour(line: &Line) -> &'static str {
        match line.sign {
            '+' => "#dafbe1",
            '-' => "#ffebe9",
            _ => "#ffffff",
        }
    }
}
