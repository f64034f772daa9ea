//! Messages as a page: for the rich half of a mail.

use askama::Template;

use super::mail::{PAGE, encoded};
use super::section::{Entry, IN_STORM, Section, decisions, sections, unknown, worst};
use super::text::{author, changed, detail, heading, severities, subject, why};
use super::{ChangeKind, ItemChange, Message};
use crate::render::{Line, visible};
use crate::report::Report;

/// What is shown of a message: of some there is more than a mail may hold.
#[derive(Debug, Clone, Copy)]
struct Room {
    /// Facts in each section.
    entries: usize,
    /// What is only part of each.
    parts: usize,
    /// Changes.
    changes: usize,
    /// Lines of each change's diff, and sentences about it.
    lines: usize,
}

impl Room {
    const ALL: Self = Self { entries: 200, parts: 20, changes: 200, lines: 400 };

    /// Less: long diffs go first, because they can be asked for.
    fn less(self) -> Option<Self> {
        match self {
            Self { lines: 4.., .. } => Some(Self { lines: self.lines / 3, ..self }),
            Self { parts: 3.., .. } => Some(Self { parts: 2, ..self }),
            Self { entries: 2.., .. } | Self { changes: 2.., .. } => Some(Self {
                entries: self.entries.div_ceil(2),
                changes: self.changes.div_ceil(2),
                ..self
            }),
            Self { lines: 1.., .. } | Self { parts: 1.., .. } => {
                Some(Self { lines: 0, parts: 0, ..self })
            }
            _ => None,
        }
    }
}

/// The message as HTML, with coloured diffs. Styles stand in the elements, because some
/// mail programs drop style sheets; the sheet is for those that darken. It is never longer
/// than a mail may be: what does not fit is counted.
///
/// # Errors
/// Where the template fails, which would be a mistake in it.
pub fn page(message: &Message) -> Result<String, askama::Error> {
    let mut page = Page::of(message);
    let mut room = Room::ALL;
    loop {
        page.fit(room);
        let rendered = page.render()?;
        match room.less() {
            Some(less) if encoded(&rendered) > PAGE => room = less,
            _ => return Ok(rendered),
        }
    }
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
    reverted: Vec<Change>,
    daily: Vec<Table>,
    omitted: u64,
    link: &'a str,
    why: Vec<String>,
}

/// Whether a text leads to a page and to nothing else.
fn is_link(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://")) && visible(text) == text
}

impl<'a> Page<'a> {
    fn of(message: &'a Message) -> Self {
        let baseline = message.baseline.as_ref();
        let (said, commands) = baseline.and_then(unknown).unwrap_or_default();
        // More would not be read, and be in the way of what there is.
        let most = if message.is_storm() { IN_STORM } else { Room::ALL.changes };
        let changes = message.changes.iter().take(most);
        let reverted = message.reverted.iter().take(most);
        let left_out = |all: usize| all.saturating_sub(most) as u64;
        let omitted = left_out(message.changes.len()) + left_out(message.reverted.len());
        Self {
            subject: subject(message),
            id: &message.id,
            severities: baseline.map(severities).unwrap_or_default(),
            sections: sections(message).into_iter().chain(baseline.and_then(worst)).collect(),
            unknown: said,
            commands,
            decisions: decisions(message),
            changes: changes.map(Change::from).collect(),
            reverted: reverted.map(Change::from).collect(),
            daily: message.daily.as_ref().map(tables).unwrap_or_default(),
            omitted: message.omitted + omitted,
            link: message.link.as_deref().filter(|link| is_link(link)).unwrap_or_default(),
            why: why(message),
        }
    }

    /// Leaves out what there is no room for, and counts it.
    fn fit(&mut self, room: Room) {
        for section in &mut self.sections {
            self.omitted += cut(&mut section.entries, room.entries);
            for entry in &mut section.entries {
                entry.parts.truncate(room.parts);
            }
        }
        self.omitted += cut(&mut self.decisions, room.entries);
        for changes in [&mut self.changes, &mut self.reverted] {
            self.omitted += cut(changes, room.changes);
            for change in changes {
                change.fit(room.lines);
            }
        }
        for table in &mut self.daily {
            self.omitted += cut(&mut table.rows, room.changes);
        }
    }
}

/// Keeps so many; says how many went.
fn cut<T>(all: &mut Vec<T>, most: usize) -> u64 {
    let surplus = all.len().saturating_sub(most);
    all.truncate(most);
    surplus as u64
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
    author: Option<String>,
    lines: Vec<Line>,
    /// How many lines and sentences there are that are not here.
    cut: usize,
}

impl From<&ItemChange> for Change {
    fn from(change: &ItemChange) -> Self {
        // A whole configuration says little in a mail.
        let is_first = change.kind == ChangeKind::Discovered;
        let summary = change.summary.iter().take(Room::ALL.lines);
        Self {
            heading: heading(change),
            arn: detail(change.arn.as_deref().unwrap_or_default()),
            summary: summary.map(|sentence| detail(sentence)).collect(),
            author: author(change),
            lines: if is_first { Vec::new() } else { changed(change).collect() },
            cut: change.summary.len().saturating_sub(Room::ALL.lines),
        }
    }
}

impl Change {
    fn fit(&mut self, lines: usize) {
        self.cut += self.lines.len().saturating_sub(lines);
        self.cut += self.summary.len().saturating_sub(lines);
        self.lines.truncate(lines);
        self.summary.truncate(lines);
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
