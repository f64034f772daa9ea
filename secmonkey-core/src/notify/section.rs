//! What a message says of issues, before it is text, a page or the blocks of a chat: one fact,
//! one entry. All of it is safe to show: what hides is escaped, what is long is cut.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::text::{detail, name};
use super::{Baseline, DecisionKind, DecisionTold, IssueChange, IssueKind, Message};
use crate::check::severity;
use crate::event::Resolution;
use crate::issue::Status;
use crate::query::{Stranger, Unvouched};
use crate::record::{Fact, IssueRecord, Order, fold, rank};
use crate::render::visible;

/// So many of the worst that a first look found are shown, and of what is unknown.
const FEW: usize = 5;
/// So many facts of a kind are shown in a storm, and so many changes.
pub(super) const IN_STORM: usize = 10;

/// Issues of which the same became.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Section {
    /// What became of them: `New issues`.
    pub title: String,
    /// `+` where somebody has to do something, `-` where nobody has to any more.
    pub sign: char,
    /// The worst first.
    pub entries: Vec<Entry>,
}

/// One fact: issues that are one thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The id of one of its issues.
    pub id: String,
    /// The check that found it.
    pub check: String,
    /// How bad it is, from 0 to 10.
    pub score: u8,
    /// The score in a word.
    pub severity: &'static str,
    /// How many issues it is, without those that are only part of others.
    pub issues: usize,
    /// The items in few words.
    pub items: String,
    /// Where they are: a region, or how many.
    pub region: String,
    /// What was found.
    pub detail: String,
    /// What became of it, where it is more than opened.
    pub remark: String,
    /// How to mend it; empty where nobody has to.
    pub fix: String,
    /// What is only part of it: check and detail.
    pub parts: Vec<(String, String)>,
}

/// What is said of issues, the sections that say nothing left out.
#[must_use]
pub fn sections(message: &Message) -> Vec<Section> {
    let is_new = |kind: &IssueKind| !matches!(kind, IssueKind::Resolved(_) | IssueKind::Expired);
    let of = |wanted: &dyn Fn(&IssueKind) -> bool| {
        entries(message.issues.iter().filter(|issue| wanted(&issue.kind)))
    };
    let passing = entries(&message.passing);
    let all = [
        ("New issues", '+', of(&is_new)),
        // They are not new, and nobody accepts them any more.
        ("Issues that speak again", '+', of(&|kind| matches!(kind, IssueKind::Expired))),
        ("Resolved issues", '-', of(&|kind| matches!(kind, IssueKind::Resolved(_)))),
        ("Came and went before anybody was told", '-', passing),
    ];
    let most = if message.is_storm() { IN_STORM } else { usize::MAX };
    let all = all.into_iter().filter(|(.., entries)| !entries.is_empty());
    all.map(|(title, sign, mut entries)| {
        let title = match entries.len() {
            many if many > most => format!("{title}: the worst {most} of {many}"),
            _ => title.to_owned(),
        };
        entries.truncate(most);
        Section { title, sign, entries }
    })
    .collect()
}

/// The worst that a first look found.
#[must_use]
pub fn worst(baseline: &Baseline) -> Option<Section> {
    let mut entries = entries(&baseline.worst);
    // What scores nothing asks for nothing.
    entries.retain(|entry| entry.score > 0);
    entries.truncate(FEW);
    let title = "The worst of what is there".to_owned();
    (!entries.is_empty()).then_some(Section { title, sign: '+', entries })
}

/// What a first look does not know: a sentence, and commands that vouch for it.
#[must_use]
pub fn unknown(baseline: &Baseline) -> Option<(String, Vec<String>)> {
    let shown = &baseline.unknown[..baseline.unknown.len().min(FEW)];
    let issues: usize = shown.iter().map(|one| one.issues).sum();
    let (what, commands): (Vec<_>, Vec<_>) = shown.iter().map(vouch).unzip();
    let vanish = if issues == 1 { "1 issue vanishes" } else { &format!("{issues} issues vanish") };
    let said = format!("{vanish} if these are yours or trusted: {}", what.join(", "));
    (!shown.is_empty()).then_some((said, commands))
}

fn vouch(unknown: &Unvouched) -> (String, String) {
    match &unknown.what {
        Stranger::Network(block) => {
            (block.to_string(), format!("secmonkey network add --name NAME --cidr {block}"))
        }
        Stranger::Account(id) => {
            let id = visible(id.as_str());
            let command = format!("secmonkey account add --id {id} --name NAME --third-party");
            (format!("account {id}"), command)
        }
    }
}

/// Folded, what became the same of it together; the worst first.
fn entries<'m>(issues: impl IntoIterator<Item = &'m IssueChange>) -> Vec<Entry> {
    let mut by_remark: BTreeMap<String, Vec<&IssueChange>> = BTreeMap::new();
    for issue in issues {
        by_remark.entry(remark(issue)).or_default().push(issue);
    }
    let mut facts = Vec::new();
    for (remark, issues) in by_remark {
        let fixes: BTreeMap<_, _> =
            issues.iter().map(|one| (one.finding.check.clone(), one.fix.clone())).collect();
        let records = issues.into_iter().map(IssueRecord::from).collect();
        for fact in fold(records, Order::Worst) {
            let fix = fixes.get(&fact.lead.check).cloned().unwrap_or_default();
            facts.push((fact, remark.clone(), fix));
        }
    }
    facts.sort_by_cached_key(|(fact, ..)| rank(&fact.lead));
    facts.into_iter().map(|(fact, remark, fix)| entry(&fact, remark, &fix)).collect()
}

fn entry(fact: &Fact, remark: String, fix: &str) -> Entry {
    let lead = &fact.lead;
    let regions: BTreeSet<_> = fact.issues().map(|one| one.region.as_str()).collect();
    // What says the same in the same words is said once.
    let parts = fact.others.iter().filter(|one| one.is_part && one.detail != lead.detail);
    Entry {
        id: lead.id.to_string(),
        check: lead.check.clone(),
        score: lead.score,
        severity: lead.severity,
        issues: fact.count(),
        items: name(&fact.items()),
        region: match regions.len() {
            1 => visible(&lead.region).into_owned(),
            more => format!("{more} regions"),
        },
        detail: detail(&in_doubt(&fact.detail, &lead.doubt)),
        fix: if lead.status == Status::Resolved { String::new() } else { detail(fix) },
        remark,
        parts: parts
            .map(|part| (part.check.clone(), detail(&in_doubt(&part.detail, &part.doubt))))
            .collect(),
    }
}

/// What people decided, a line each; what was decided alike is one line.
pub(super) fn decisions(message: &Message) -> Vec<String> {
    let mut alike: BTreeMap<String, Vec<&DecisionTold>> = BTreeMap::new();
    for one in &message.decisions {
        let said = match &one.what {
            DecisionKind::Justified { note, until: None } => format!("accepted: {note}"),
            DecisionKind::Justified { note, until: Some(until) } => {
                format!("accepted until {until:.0}: {note}")
            }
            DecisionKind::Withdrawn => "no longer accepted".to_owned(),
            DecisionKind::Commented { text } => format!("remarked: {text}"),
        };
        alike.entry(format!("{} {said}", one.by)).or_default().push(one);
    }
    let most = if message.is_storm() { IN_STORM } else { usize::MAX };
    let mut lines = Vec::new();
    for (said, mut all) in alike {
        all.sort_by_key(|one| std::cmp::Reverse(one.finding.score));
        let count = all.len();
        let issues = if count == 1 { "1 issue".to_owned() } else { format!("{count} issues") };
        lines.push(format!("{} ({issues})", detail(&said)));
        for one in all.iter().take(most) {
            let (score, severity) = (one.finding.score, severity(one.finding.score));
            let (item, what) = (name(&one.name), detail(&one.finding.detail));
            lines.push(format!("{score:>2} {severity:<8} {item}: {what}"));
        }
        if count > most {
            lines.push(format!("... and {} more", count - most));
        }
    }
    lines
}

/// What became of an issue, where it is more than opened.
fn remark(issue: &IssueChange) -> String {
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
            return format!("known now: {}", name(what));
        }
        (IssueKind::Resolved(Resolution::ReadNow { what }), _) => {
            return format!("read now: {}", name(what));
        }
    };
    said.to_owned()
}

/// What a finding says, and what could take it away and is not known.
fn in_doubt<'a>(detail: &'a str, doubt: &BTreeSet<String>) -> Cow<'a, str> {
    if doubt.is_empty() {
        return Cow::Borrowed(detail);
    }
    let unread: Vec<_> = doubt.iter().map(String::as_str).collect();
    Cow::Owned(format!("{detail} (in doubt: {} was never read)", unread.join(", ")))
}
