//! Messages as text: for terminals, and for the plain half of a mail.

use std::borrow::Cow;

use super::section::{Entry, IN_STORM, Section, decisions, sections, unknown, worst};
use super::{Baseline, IssueChange, IssueKind, ItemChange, Message, MessageKind};
use crate::check::severity;
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

/// Where in a line with a sign begins what is said, behind score and severity.
pub const SAID: usize = 12;

/// A name as it is shown.
pub(super) fn name(text: &str) -> String {
    short(&visible(text), NAME).into_owned()
}

/// A detail as it is shown: what hides is escaped, what is long is cut.
#[must_use]
pub fn detail(text: &str) -> String {
    short(&visible(text), DETAIL).into_owned()
}

/// The lines of a change as they are shown.
pub fn changed(change: &ItemChange) -> impl Iterator<Item = Line> {
    change.diff.iter().flat_map(lines).map(|mut line| {
        if let Cow::Owned(cut) = short(&line.text, VALUE) {
            line.text = cut;
        }
        line
    })
}

/// Who made a change, in one sentence, where that is known.
pub(super) fn author(change: &ItemChange) -> Option<String> {
    change.by.as_ref().map(|by| detail(&by.sentence(change.at)))
}

/// The longest name and the longest detail in a subject.
const WORST: usize = 80;

/// What a message is about, in one line: what happened in which account, and the worst of it.
#[must_use]
pub fn subject(message: &Message) -> String {
    let title = short(&visible(&message.title), TITLE).into_owned();
    match (message.kind, &message.daily) {
        (MessageKind::Test, _) => return title,
        (_, Some(report)) => return format!("{title}: {}", visible(&report.summary)),
        _ => {}
    }
    let mut parts = Vec::new();
    if !message.decisions.is_empty() {
        let worst = message.decisions.iter().map(|one| one.finding.score).max();
        let worst = worst.map(|worst| format!(" (worst {worst}, {})", severity(worst)));
        let what = count(message.decisions.len(), "decision");
        parts.push(format!("{what}{}", worst.unwrap_or_default()));
    }
    let issues = |kind: fn(&IssueKind) -> bool| {
        let all: Vec<_> = message.issues.iter().filter(|issue| kind(&issue.kind)).collect();
        let worst = all.iter().map(|issue| issue.finding.score).max();
        worst.map(|worst| (all.iter().filter(|issue| !is_part(message, issue)).count(), worst))
    };
    let is_new = |kind: &IssueKind| !matches!(kind, IssueKind::Resolved(_) | IssueKind::Expired);
    if let Some((number, worst)) = issues(is_new) {
        parts.push(format!("{} (worst {worst}, {})", count(number, "new issue"), severity(worst)));
    }
    if let Some((number, worst)) = issues(|kind| matches!(kind, IssueKind::Expired)) {
        let many = if number == 1 { "speaks" } else { "speak" };
        parts.push(format!("{} {many} again (worst {worst})", count(number, "issue")));
    }
    if let Some((number, _)) = issues(|kind| matches!(kind, IssueKind::Resolved(_))) {
        parts.push(format!("{number} resolved"));
    }
    if !message.changes.is_empty() {
        parts.push(count(message.changes.len(), "change"));
    }
    if !message.reverted.is_empty() {
        parts.push(format!("{} changed and changed back", message.reverted.len()));
    }
    if !message.passing.is_empty() {
        parts.push(format!("{} came and went", count(message.passing.len(), "issue")));
    }
    if let Some(baseline) = &message.baseline {
        let items = usize::try_from(baseline.items).unwrap_or(usize::MAX);
        let issues = usize::try_from(baseline.issues).unwrap_or(usize::MAX);
        let worst = baseline.worst.iter().map(|issue| issue.finding.score).max();
        let worst = worst.map(|worst| format!(" (worst {worst}, {})", severity(worst)));
        parts.push(format!(
            "first look: {}, {}{}",
            count(items, "item"),
            count(issues, "issue"),
            worst.unwrap_or_default()
        ));
    }
    let new = message.issues.iter().filter(|issue| is_new(&issue.kind));
    let worst = new.max_by_key(|issue| (issue.finding.score, issue.part_of.is_none()));
    let worst = worst.map(|worst| {
        let name = short(&visible(&worst.name), WORST).into_owned();
        format!(": {name}: {}", short(&visible(&worst.finding.detail), WORST))
    });
    format!("{title}: {}{}", parts.join(", "), worst.unwrap_or_default())
}

/// The message, line by line; the signs mark what is new and what is resolved.
#[must_use]
pub fn body(message: &Message) -> Vec<Line> {
    let mut text = Text(said(message));
    let end = footer(message);
    if !end.is_empty() {
        text.line(' ', "");
    }
    for line in end {
        text.line(' ', &line);
    }
    text.0
}

/// As [`body`], without the [`footer`].
#[must_use]
pub fn said(message: &Message) -> Vec<Line> {
    let mut text = Text::of(message);
    if let Some(baseline) = &message.baseline {
        text.first_look(baseline);
    }
    if let Some(report) = &message.daily {
        text.line(' ', "");
        for line in report.markdown().lines() {
            text.line(' ', line);
        }
    }
    text.0
}

/// What a reader may want to know of the message itself: where there is more, why it came, how
/// to get no more of it.
#[must_use]
pub fn footer(message: &Message) -> Vec<String> {
    let link = message.link.iter().map(|link| format!("More: {}", visible(link)));
    link.chain(why(message)).collect()
}

/// Why a message came, and how to get no more of it.
pub(super) fn why(message: &Message) -> Vec<String> {
    let mut lines = Vec::new();
    match &message.why[..] {
        [] => {}
        [why] => lines.push(format!("Why you got this: {}", detail(why))),
        several => {
            lines.push("Why you got this:".to_owned());
            lines.extend(several.iter().map(|why| format!("- {}", detail(why))));
        }
    }
    if let Some(how) = &message.how_to_stop {
        lines.push(format!("To get no more of it: {}", detail(how)));
    }
    lines
}

/// As [`body`], without the [`footer`] and what a first look found: for where that is shown beside it.
#[must_use]
pub fn news(message: &Message) -> Vec<Line> {
    Text::of(message).0
}

/// What happened to an item, in one line.
#[must_use]
pub fn heading(change: &ItemChange) -> String {
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

/// What a first look found, by severity: `2 critical, 5 high`.
#[must_use]
pub fn severities(baseline: &Baseline) -> String {
    let known = ["critical", "high", "medium", "low", "info"];
    let told = known.iter().filter_map(|one| Some((one, baseline.severities.get(one)?)));
    told.map(|(severity, number)| format!("{number} {severity}")).collect::<Vec<_>>().join(", ")
}

#[derive(Default)]
struct Text(Vec<Line>);

impl Text {
    fn of(message: &Message) -> Self {
        let mut text = Self::default();
        text.line(' ', &subject(message));
        for section in sections(message) {
            text.section(&section);
        }
        let decided = decisions(message);
        if !decided.is_empty() {
            text.title("Decisions");
            for line in decided {
                text.line(' ', &line);
            }
        }
        let most = if message.is_storm() { IN_STORM } else { usize::MAX };
        if !message.changes.is_empty() {
            text.title("Changes");
            for change in message.changes.iter().take(most) {
                text.change(change);
            }
            if message.changes.len() > most {
                let more = message.changes.len() - most;
                text.line(' ', &format!("... and {}", count(more, "change")));
            }
        }
        if !message.reverted.is_empty() {
            text.title("Changed and changed back");
            for change in message.reverted.iter().take(most) {
                text.change(change);
            }
        }
        if message.omitted > 0 {
            text.title(&format!("... and {} more than fit here", message.omitted));
        }
        text
    }

    fn line(&mut self, sign: char, text: &str) {
        self.0.push(Line { sign, text: text.to_owned() });
    }

    fn title(&mut self, text: &str) {
        self.line(' ', "");
        self.line(' ', text);
    }

    fn section(&mut self, section: &Section) {
        self.title(&section.title);
        for entry in &section.entries {
            self.entry(section.sign, entry);
        }
    }

    fn entry(&mut self, sign: char, entry: &Entry) {
        let Entry { score, severity, items, region, detail, remark, .. } = entry;
        let remark = if remark.is_empty() { String::new() } else { format!(" [{remark}]") };
        self.line(sign, &format!("{score:>2} {severity:<8} {items}, {region}: {detail}{remark}"));
        let mut below = |text: &str| self.line(' ', &format!("{:SAID$}{text}", ""));
        for (check, detail) in &entry.parts {
            below(&format!("{check}: {detail}"));
        }
        if !entry.fix.is_empty() {
            below(&format!("fix: {}", entry.fix));
        }
        let more = match entry.issues {
            1 => String::new(),
            issues => format!(" and {} more", issues - 1),
        };
        below(&format!("{}{more}, {}", entry.id, entry.check));
    }

    fn change(&mut self, change: &ItemChange) {
        self.line(' ', &heading(change));
        for sentence in &change.summary {
            self.line(' ', &format!("  {}", detail(sentence)));
        }
        if let Some(by) = author(change) {
            self.line(' ', &format!("  {by}"));
        }
    }

    fn first_look(&mut self, baseline: &Baseline) {
        if !baseline.severities.is_empty() {
            self.title(&severities(baseline));
        }
        if let Some(worst) = worst(baseline) {
            self.section(&worst);
        }
        if let Some((said, commands)) = unknown(baseline) {
            self.title(&said);
            for command in commands {
                self.line(' ', &format!("  {command}"));
            }
        }
    }
}

/// Whether an issue is only part of another one that the message tells alike.
fn is_part(message: &Message, part: &IssueChange) -> bool {
    let is_alike =
        |a: &IssueKind, b: &IssueKind| std::mem::discriminant(a) == std::mem::discriminant(b);
    part.part_of.as_ref().is_some_and(|check| {
        message.issues.iter().any(|whole| {
            whole.finding.check == *check
                && whole.key == part.key
                && is_alike(&whole.kind, &part.kind)
        })
    })
}
