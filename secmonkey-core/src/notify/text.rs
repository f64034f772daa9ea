//! Messages as text: for terminals, and for the plain half of a mail.

use std::borrow::Cow;

use super::{IssueChange, IssueKind, ItemChange, Message};
use crate::check::severity;
use crate::event::{Opened, Resolution};
use crate::item::Key;
use crate::render::{Line, lines, short, visible};

/// The longest name that is shown whole, in columns: AWS has few that are longer.
const NAME: usize = 256;
/// The longest detail.
const DETAIL: usize = 1024;
/// The longest line of a diff. What is cut is whole in `secmonkey diff`.
const VALUE: usize = 4096;
/// The longest title of an account in the subject, which has to say more than that.
const TITLE: usize = 100;

/// A name as it is shown.
pub(super) fn name(text: &str) -> String {
    short(&visible(text), NAME).into_owned()
}

/// A detail as it is shown.
pub(super) fn detail(text: &str) -> String {
    short(&visible(text), DETAIL).into_owned()
}

/// The lines of a change as they are shown.
pub(super) fn changed(change: &ItemChange) -> impl Iterator<Item = Line> {
    change.diff.iter().flat_map(lines).map(|mut line| {
        if let Cow::Owned(cut) = short(&line.text, VALUE) {
            line.text = cut;
        }
        line
    })
}

/// What a message is about, in one line.
#[must_use]
pub fn subject(message: &Message) -> String {
    let mut parts = Vec::new();
    let new = news(message);
    if let Some(worst) = new.iter().map(|(issue, _)| issue.finding.score).max() {
        parts.push(format!(
            "{} (worst {worst}, {})",
            count(new.len(), "new issue"),
            severity(worst)
        ));
    }
    let expired = expired(message);
    if let Some(worst) = expired.iter().map(|(issue, _)| issue.finding.score).max() {
        let many = if expired.len() == 1 { "speaks" } else { "speak" };
        parts.push(format!("{} {many} again (worst {worst})", count(expired.len(), "issue")));
    }
    let resolved = resolved(message).len();
    if resolved > 0 {
        parts.push(format!("{resolved} resolved"));
    }
    if !message.changes.is_empty() {
        parts.push(count(message.changes.len(), "change"));
    }
    if let Some(baseline) = &message.baseline {
        let items = usize::try_from(baseline.items).unwrap_or(usize::MAX);
        let issues = usize::try_from(baseline.issues).unwrap_or(usize::MAX);
        parts.push(format!("first look: {}, {}", count(items, "item"), count(issues, "issue")));
    }
    format!("{}: {}", short(&visible(&message.title), TITLE), parts.join(", "))
}

/// The message, line by line; the signs mark what came and what went.
#[must_use]
pub fn body(message: &Message) -> Vec<Line> {
    let mut text = Text::default();
    text.line(' ', &subject(message));
    text.section("New issues", &news(message), |text, family| text.family('+', family));
    text.section(EXPIRED, &expired(message), |text, family| text.family('+', family));
    text.section("Resolved issues", &resolved(message), |text, family| text.family('-', family));
    let changes: Vec<_> = message.changes.iter().collect();
    text.section("Changes", &changes, |text, change| text.change(change));
    if message.omitted > 0 {
        text.line(' ', "");
        text.line(' ', &format!("... and {} more than fit here", message.omitted));
    }
    text.0
}

/// An issue, and those that are only part of it.
pub(super) type Family<'a> = (&'a IssueChange, Vec<&'a IssueChange>);

/// The issues that were opened, reopened or widened.
pub(super) fn news(message: &Message) -> Vec<Family<'_>> {
    families(message, |kind| !matches!(kind, IssueKind::Resolved(_) | IssueKind::Expired))
}

/// What heads the issues whose justification ended.
pub(super) const EXPIRED: &str = "Issues that speak again";

/// The issues whose justification ended: they are not new, and nobody accepts them any more.
pub(super) fn expired(message: &Message) -> Vec<Family<'_>> {
    families(message, |kind| matches!(kind, IssueKind::Expired))
}

/// The issues that no longer stand.
pub(super) fn resolved(message: &Message) -> Vec<Family<'_>> {
    families(message, |kind| matches!(kind, IssueKind::Resolved(_)))
}

fn families(message: &Message, wanted: impl Fn(&IssueKind) -> bool) -> Vec<Family<'_>> {
    message.families().into_iter().filter(|(issue, _)| wanted(&issue.kind)).collect()
}

/// What became of an issue, where it is more than opened.
pub(super) fn remark(issue: &IssueChange) -> Cow<'_, str> {
    let said = match (&issue.kind, issue.justified) {
        (IssueKind::Opened, _) => "",
        (IssueKind::Reopened, true) => "again, justified",
        (IssueKind::Reopened, false) => "again",
        (IssueKind::Widened, true) => "wider, justified",
        (IssueKind::Widened, false) => "wider",
        (IssueKind::Expired, _) => "its justification ended",
        (IssueKind::Resolved(Resolution::Fixed), _) => "fixed",
        (IssueKind::Resolved(Resolution::ItemDeleted), _) => "the item is gone",
        (IssueKind::Resolved(Resolution::CheckChanged), _) => "the check judges otherwise now",
        (IssueKind::Resolved(Resolution::CheckRetired), _) => "the check no longer exists",
        (IssueKind::Resolved(Resolution::KnownNow { what }), _) => {
            return Cow::Owned(format!("known now: {}", name(what)));
        }
        (IssueKind::Resolved(Resolution::ReadNow { what }), _) => {
            return Cow::Owned(format!("read now: {}", name(what)));
        }
    };
    Cow::Borrowed(said)
}

/// What a finding says, and what could take it away and is not known.
pub(super) fn said(finding: &Opened) -> Cow<'_, str> {
    if finding.doubt.is_empty() {
        return Cow::Borrowed(&finding.detail);
    }
    let unread: Vec<_> = finding.doubt.iter().map(String::as_str).collect();
    Cow::Owned(format!("{} (in doubt: {} was never read)", finding.detail, unread.join(", ")))
}

/// What happened to an item, in one line.
pub(super) fn heading(change: &ItemChange) -> String {
    let Key { technology, region, id, .. } = &change.key;
    let shown = name(&change.name);
    let id = if change.name == *id || change.arn.as_ref() == Some(id) {
        String::new()
    } else {
        format!(" ({})", name(id))
    };
    format!(
        "{} {} {shown}{id}, {}, revision {}",
        change.kind.as_str().replace('_', " "),
        visible(technology),
        visible(region),
        change.revision
    )
}

/// `3 changes`, `1 change`.
fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[derive(Default)]
struct Text(Vec<Line>);

impl Text {
    fn line(&mut self, sign: char, text: &str) {
        self.0.push(Line { sign, text: text.to_owned() });
    }

    fn section<T>(&mut self, title: &str, all: &[T], each: impl Fn(&mut Self, &T)) {
        if all.is_empty() {
            return;
        }
        self.line(' ', "");
        self.line(' ', title);
        for one in all {
            each(self, one);
        }
    }

    fn family(&mut self, sign: char, (whole, parts): &Family<'_>) {
        self.issue(sign, whole);
        for part in parts {
            let Opened { check, detail: said, .. } = &part.finding;
            self.line(sign, &format!("{:>25}{check}: {}", "", detail(said)));
        }
    }

    fn issue(&mut self, sign: char, issue: &IssueChange) {
        let finding = &issue.finding;
        let remark = match remark(issue) {
            said if said.is_empty() => String::new(),
            said => format!(" [{said}]"),
        };
        self.line(
            sign,
            &format!(
                "{:>2} {:<8} {}  {} {}: {}{remark}",
                finding.score,
                severity(finding.score),
                finding.issue,
                finding.check,
                name(&issue.name),
                detail(&said(finding)),
            ),
        );
    }

    fn change(&mut self, change: &ItemChange) {
        self.line(' ', &heading(change));
        for sentence in &change.summary {
            self.line(' ', &format!("  {}", detail(sentence)));
        }
    }
}
