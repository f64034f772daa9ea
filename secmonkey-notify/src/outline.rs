//! A message in parts, for receivers that show blocks: chats and cards.

use secmonkey_core::notify::section::{Section, sections, unknown, worst};
use secmonkey_core::notify::text::{changed, detail, heading, severities};
use secmonkey_core::notify::{ChangeKind, Message, MessageKind, text};

/// So many lines of each diff: the rest is for whoever asks.
const DIFF: usize = 30;
/// So many changes: no receiver shows more.
const CHANGES: usize = 60;

/// A message in parts, the most important first. What it holds is safe to show, and nothing of
/// it is markup yet.
pub(crate) struct Outline {
    pub parts: Vec<Part>,
    /// What the message itself left out.
    omitted: u64,
}

/// A part that is shown as a whole or not at all.
pub(crate) enum Part {
    /// What the next ones are.
    Title(String),
    /// Issues that are one thing to do.
    Fact {
        /// `-` where nobody has to do anything any more.
        mark: char,
        score: u8,
        severity: &'static str,
        /// Which items, and where.
        what: String,
        /// What was found, and how to mend it.
        lines: Vec<String>,
        /// The check and the id.
        small: String,
    },
    /// What happened to an item.
    Change { heading: String, lines: Vec<String>, diff: Vec<String> },
    /// What belongs to nothing else.
    Said(Vec<String>),
}

impl Outline {
    pub fn of(message: &Message) -> Self {
        let mut parts = Vec::new();
        if message.kind != MessageKind::Changes {
            return Self { parts: as_text(message), omitted: 0 };
        }
        for section in sections(message) {
            add(&mut parts, section);
        }
        if let Some(baseline) = &message.baseline {
            let found = severities(baseline);
            if !found.is_empty() {
                parts.push(Part::Said(vec![format!("First look: {found}")]));
            }
            if let Some(section) = worst(baseline) {
                add(&mut parts, section);
            }
            if let Some((said, commands)) = unknown(baseline) {
                parts.push(Part::Said([vec![said], commands].concat()));
            }
        }
        if !message.changes.is_empty() {
            parts.push(Part::Title("Changes".to_owned()));
        }
        for change in message.changes.iter().take(CHANGES) {
            // A whole configuration says little in a message.
            let is_first = change.kind == ChangeKind::Discovered;
            let mut diff: Vec<_> = if is_first { Vec::new() } else { changed(change).collect() };
            let more = diff.len().saturating_sub(DIFF);
            diff.truncate(DIFF);
            let mut diff: Vec<_> = diff.iter().map(ToString::to_string).collect();
            if more > 0 {
                diff.push(format!("... and {more} more lines"));
            }
            let summary = change.summary.iter().take(DIFF);
            parts.push(Part::Change {
                heading: heading(change),
                lines: summary.map(|sentence| detail(sentence)).collect(),
                diff,
            });
        }
        let omitted = message.changes.len().saturating_sub(CHANGES) as u64;
        Self { parts, omitted: message.omitted + omitted }
    }

    /// How much of the message is not told where only so many parts are shown.
    pub fn left(&self, shown: usize) -> u64 {
        let parts = self.parts.iter().skip(shown);
        let left = parts.filter(|part| !matches!(part, Part::Title(_))).count();
        self.omitted + left as u64
    }
}

/// A report or decisions: what is one paragraph as text is one part.
fn as_text(message: &Message) -> Vec<Part> {
    let lines: Vec<_> =
        text::said(message).iter().map(|line| line.to_string().trim_end().to_owned()).collect();
    // The first line is the subject.
    let paragraphs = lines.get(1..).unwrap_or_default().split(String::is_empty);
    paragraphs.filter(|lines| !lines.is_empty()).map(|lines| Part::Said(lines.to_vec())).collect()
}

fn add(parts: &mut Vec<Part>, section: Section) {
    parts.push(Part::Title(section.title.clone()));
    for entry in section.entries {
        let remark =
            if entry.remark.is_empty() { String::new() } else { format!(" [{}]", entry.remark) };
        let mut lines = vec![format!("{}{remark}", entry.detail)];
        lines.extend(entry.parts.iter().map(|(check, detail)| format!("{detail} ({check})")));
        if !entry.fix.is_empty() {
            lines.push(format!("Fix: {}", entry.fix));
        }
        let more = match entry.issues {
            0 | 1 => String::new(),
            issues => format!(" and {} more", issues - 1),
        };
        parts.push(Part::Fact {
            mark: section.sign,
            score: entry.score,
            severity: entry.severity,
            what: format!("{}, {}", entry.items, entry.region),
            lines,
            small: format!("{}, issue {}{more}", entry.check, entry.id),
        });
    }
}

/// Where the message leads, as far as it is a plain address. The first line of its [`end`] says
/// the same.
pub(crate) fn link(message: &Message) -> Option<&str> {
    let link = message.link.as_deref()?;
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '|' | '"');
    let is_http = link.starts_with("https://") || link.starts_with("http://");
    (is_http && link.chars().all(is_plain)).then_some(link)
}

/// The end of a message; its id where it has no other. Never empty.
pub(crate) fn end(message: &Message) -> Vec<String> {
    let mut end = text::footer(message);
    if end.is_empty() {
        end.push(format!("secmonkey, message {}", message.id));
    }
    end
}
