//! Messages as a page: for the rich half of a mail.

use askama::Template;

use super::section::{Entry, Section, sections, unknown, worst};
use super::text::{author, changed, detail, heading, severities, subject};
use super::{ChangeKind, ItemChange, Message};
use crate::render::Line;

/// The message as HTML, with coloured diffs. Styles stand in the elements, because some
/// mail programs drop style sheets; the sheet is for those that darken.
///
/// # Errors
/// Where the template fails, which would be a mistake in it.
pub fn page(message: &Message) -> Result<String, askama::Error> {
    let baseline = message.baseline.as_ref();
    let (said, commands) = baseline.and_then(unknown).unwrap_or_default();
    Page {
        subject: subject(message),
        id: &message.id,
        severities: baseline.map(severities).unwrap_or_default(),
        sections: sections(message).into_iter().chain(baseline.and_then(worst)).collect(),
        unknown: said,
        commands,
        changes: message.changes.iter().map(Change::from).collect(),
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
    changes: Vec<Change>,
    omitted: u64,
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
}

impl From<&ItemChange> for Change {
    fn from(change: &ItemChange) -> Self {
        // A whole configuration says little in a mail.
        let is_first = change.kind == ChangeKind::Discovered;
        Self {
            heading: heading(change),
            arn: detail(change.arn.as_deref().unwrap_or_default()),
            summary: change.summary.iter().map(|sentence| detail(sentence)).collect(),
            author: author(change),
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
