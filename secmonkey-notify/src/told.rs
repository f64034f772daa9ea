//! What a message tells one by one, for receivers that keep each issue by itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secmonkey_core::check::severity;
use secmonkey_core::event::Opened;
use secmonkey_core::item::Key;
use secmonkey_core::notify::{DecisionKind, IssueChange, IssueKind, ItemChange, Message, text};
use secmonkey_core::render::{short, visible};

/// The longest line, in characters.
const LINE: usize = 1000;

/// What became of one issue.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    pub key: &'a Key,
    pub name: &'a str,
    pub finding: &'a Opened,
    /// What happened, in a word.
    pub what: &'static str,
    /// Whether somebody has to do something about it from now on; `None` where nothing changed
    /// in that.
    pub calls: Option<bool>,
    pub fix: &'a str,
    pub at: Timestamp,
}

/// What a message tells of issues, each once and the worst first. What is only part of another
/// issue, and became the same, is told with it.
pub(crate) fn issues(message: &Message) -> Vec<Told<'_>> {
    let changed = message.issues.iter().filter(|issue| !is_part(message, issue));
    let changed = changed.map(|issue| {
        let calls = match issue.kind {
            IssueKind::Resolved(_) => Some(false),
            // Somebody has said that it is acceptable.
            _ if issue.justified => None,
            _ => Some(true),
        };
        Told {
            key: &issue.key,
            name: &issue.name,
            finding: &issue.finding,
            what: word(&issue.kind),
            calls,
            fix: &issue.fix,
            at: message.started_at,
        }
    });
    let decided = message.decisions.iter().map(|decision| {
        let (what, calls) = match decision.what {
            DecisionKind::Justified { .. } => ("justified", Some(false)),
            DecisionKind::Withdrawn => ("justification_withdrawn", Some(true)),
            DecisionKind::Commented { .. } => ("commented", None),
            // A kind of a later release.
            _ => ("decided", None),
        };
        let (key, name, finding) = (&decision.key, &decision.name[..], &decision.finding);
        Told { key, name, finding, what, calls, fix: "", at: decision.at }
    });
    let mut all: Vec<_> = changed.chain(decided).collect();
    all.sort_by_key(|told| std::cmp::Reverse(told.finding.score));
    all
}

fn is_part(message: &Message, part: &IssueChange) -> bool {
    let is_resolved = |issue: &IssueChange| matches!(issue.kind, IssueKind::Resolved(_));
    part.part_of.as_ref().is_some_and(|whole| {
        message.issues.iter().any(|issue| {
            issue.finding.check == *whole
                && issue.key == part.key
                && is_resolved(issue) == is_resolved(part)
        })
    })
}

/// What became of an issue, in a word.
const fn word(kind: &IssueKind) -> &'static str {
    match kind {
        IssueKind::Opened => "opened",
        IssueKind::Reopened => "reopened",
        IssueKind::Widened => "widened",
        IssueKind::Expired => "justification_expired",
        IssueKind::Resolved(_) => "resolved",
        // A kind of a later release.
        _ => "changed",
    }
}

impl Told<'_> {
    /// The issue's id: what names it for ever.
    pub fn id(&self) -> String {
        self.finding.issue.to_string()
    }

    pub fn severity(&self) -> &'static str {
        severity(self.finding.score)
    }

    /// It in one line, without what happened to it.
    pub fn line(&self) -> String {
        let Key { account, technology, region, id, .. } = self.key;
        let name = if self.name.is_empty() || self.name == id {
            id.clone()
        } else {
            format!("{} ({id})", self.name)
        };
        let said = format!(
            "{} {}: {technology} {name}, {region}, {account}: {}",
            self.finding.score,
            self.severity(),
            self.finding.detail,
        );
        short(&visible(&said), LINE).into_owned()
    }

    /// Its members as machines read them, by name.
    pub fn members(&self, message: &Message) -> BTreeMap<&'static str, String> {
        let mut members = members(message, self.key);
        members.extend([
            ("event", format!("issue_{}", self.what)),
            ("issue", self.id()),
            ("check", self.finding.check.clone()),
            ("score", self.finding.score.to_string()),
            ("severity", self.severity().to_owned()),
        ]);
        members
    }
}

/// A change in one line.
pub(crate) fn change_line(change: &ItemChange) -> String {
    let mut said = format!("{}, {}", text::heading(change), visible(change.key.account.as_str()));
    if !change.summary.is_empty() {
        said.extend([": ", &visible(&change.summary.join("; "))]);
    }
    short(&said, LINE).into_owned()
}

/// The members of a change as machines read them, by name.
pub(crate) fn change_members(
    message: &Message,
    change: &ItemChange,
) -> BTreeMap<&'static str, String> {
    let mut members = members(message, &change.key);
    members.extend([
        ("event", format!("item_{}", change.kind.as_str())),
        ("revision", change.revision.to_string()),
        ("recorded_by", change.actor.0.clone()),
    ]);
    members
}

fn members(message: &Message, key: &Key) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("message", message.id.clone()),
        ("account", key.account.to_string()),
        ("technology", key.technology.clone()),
        ("region", key.region.clone()),
        ("resource", key.id.clone()),
    ])
}
