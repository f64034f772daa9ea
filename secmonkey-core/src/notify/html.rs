//! Messages as a page: for the rich half of a mail.

use std::borrow::Cow;

use askama::Template;

use super::text::{
    EXPIRED, Family, changed, detail, expired, heading, name, news, remark, resolved, said, subject,
};
use super::{ItemChange, Message};
use crate::check::severity;
use crate::render::Line;

/// The message as HTML, with coloured diffs. Styles stand in the elements, because
/// mail programs drop style sheets.
///
/// # Errors
/// Where the template fails, which would be a mistake in it.
pub fn page(message: &Message) -> Result<String, askama::Error> {
    Page {
        subject: subject(message),
        id: &message.id,
        sections: [
            ("New issues", news(message)),
            (EXPIRED, expired(message)),
            ("Resolved issues", resolved(message)),
        ]
        .into_iter()
        .filter(|(_, families)| !families.is_empty())
        .map(|(title, families)| (title, families.into_iter().map(Issue::from).collect()))
        .collect(),
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
    sections: Vec<(&'static str, Vec<Issue<'a>>)>,
    changes: Vec<Change>,
    omitted: u64,
}

struct Issue<'a> {
    id: &'a str,
    score: u8,
    severity: &'static str,
    colour: &'static str,
    check: &'a str,
    item: String,
    detail: String,
    remark: Cow<'a, str>,
    /// What is part of it: check and detail.
    parts: Vec<(&'a str, String)>,
}

impl<'a> From<Family<'a>> for Issue<'a> {
    fn from((issue, parts): Family<'a>) -> Self {
        let finding = &issue.finding;
        Self {
            id: finding.issue.as_str(),
            score: finding.score,
            severity: severity(finding.score),
            colour: match finding.score {
                0..=3 => "#57606a",
                4..=6 => "#9a6700",
                _ => "#cf222e",
            },
            check: &finding.check,
            item: name(&issue.name),
            detail: detail(&said(finding)),
            remark: remark(issue),
            parts: parts
                .into_iter()
                .map(|part| (part.finding.check.as_str(), detail(&said(&part.finding))))
                .collect(),
        }
    }
}

struct Change {
    heading: String,
    arn: String,
    lines: Vec<Line>,
}

impl From<&ItemChange> for Change {
    fn from(change: &ItemChange) -> Self {
        Self {
            heading: heading(change),
            arn: detail(change.arn.as_deref().unwrap_or_default()),
            lines: changed(change).collect(),
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
