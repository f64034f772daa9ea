//! Auditing: what checks find in an item and the issues it has make events.
//!
//! Pure, as [`track`](crate::track) is.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::check::{
    Auditor, Check, Finding, Findings, Merged, Settings, Undecided, World, doubts, reads,
};
use crate::config::Digest;
use crate::event::{self, CheckUsed, Event, IssueId, Opened, OverrideUsed, Resolution};
use crate::governance::Governance;
use crate::issue::Issue;
use crate::item::{Item, Key};

/// What an audit says about one item.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// What was found, by check and subject.
    pub findings: Merged,
    /// The checks that cannot know, and why: nothing opens or resolves.
    pub undecided: BTreeMap<Cow<'static, str>, Undecided>,
    /// The checks that judged a value which could not be read this time: what they
    /// find counts, what they no longer find does not resolve.
    pub carried: BTreeSet<Cow<'static, str>>,
    /// The checks that were not asked: nothing opens or resolves.
    pub left_out: BTreeSet<Cow<'static, str>>,
    /// What was set for the checks.
    pub settings: Settings,
}

/// Judges one item by every auditor.
///
/// `never_read` and `stale` are the pointers of parts that were never read, and of
/// those that keep an older value.
pub fn judge(
    auditors: &[Arc<dyn Auditor>],
    item: &Item,
    world: &World<'_>,
    never_read: &BTreeSet<String>,
    stale: &BTreeSet<String>,
) -> Verdict {
    judge_into(Findings::default(), auditors, item, world, never_read, stale)
}

/// As [`judge`], by the checks that these findings do not leave out
/// ([`Findings::only`]).
pub fn judge_into(
    mut found: Findings,
    auditors: &[Arc<dyn Auditor>],
    item: &Item,
    world: &World<'_>,
    never_read: &BTreeSet<String>,
    stale: &BTreeSet<String>,
) -> Verdict {
    let mut verdict = Verdict { settings: world.settings().clone(), ..Verdict::default() };
    for auditor in auditors {
        auditor.audit(item, world, &mut found);
        for check in applying(auditor.checks(), &item.key.technology) {
            if !found.runs(check) {
                verdict.left_out.insert(check.id.clone());
            } else if let Some(part) =
                never_read.iter().find(|part| reads(check, part) && !doubts(check, part))
            {
                // What was read and cannot be understood stays told.
                if !matches!(found.undecided().get(&check.id), Some(Undecided::Malformed(_))) {
                    found.undecide(check, Undecided::Unread(part.clone()));
                }
            } else if stale.iter().any(|part| reads(check, part)) {
                verdict.carried.insert(check.id.clone());
            }
        }
    }
    (verdict.findings, verdict.undecided) = found.into_parts();
    let known = checks(auditors).filter(|check| !check.doubts.is_empty());
    for check in known.filter(|check| check.technology == item.key.technology) {
        let unread: Vec<_> = never_read.iter().filter(|part| doubts(check, part)).collect();
        let findings = verdict.findings.values_mut().filter(|found| found.check == check.id);
        for finding in findings {
            finding.doubt.extend(unread.iter().map(|part| (*part).clone()));
        }
    }
    verdict.findings.retain(|(check, _), _| !verdict.undecided.contains_key(check));
    verdict
}

/// The checks that judge items of a technology.
fn applying<'a>(checks: &'a [Check], technology: &str) -> impl Iterator<Item = &'a Check> {
    checks.iter().filter(move |check| check.technology == technology)
}

/// What happened since an item was last judged, as far as it tells why a finding is gone.
#[derive(Debug, Clone, Default)]
pub struct Since {
    /// Whether the item itself changed, or a part of it was read again.
    pub item_changed: bool,
    /// The technologies of the account of which items changed.
    pub technologies: BTreeSet<String>,
    /// The accounts and networks that somebody told us of.
    pub said: Vec<String>,
    /// Whether whose a name or an address is changed, whoever said so.
    pub known_changed: bool,
    /// The versions of the checks that judged then.
    pub checks: BTreeMap<String, CheckUsed>,
}

impl Since {
    /// What was in doubt and has been read since: a technology, or a part of the item.
    fn read_of(&self, doubt: &BTreeSet<String>) -> Vec<String> {
        let is_read = |what: &&String| {
            self.technologies.contains(*what) || (what.starts_with('/') && self.item_changed)
        };
        doubt.iter().filter(is_read).cloned().collect()
    }

    /// Why a check finds no more what it found then.
    fn resolution(&self, check: &Check) -> Resolution {
        let then = self.checks.get(check.id.as_ref());
        // What overrides set is held against what the finding was made with, item by item.
        let now = used(check, &Governance::default());
        let is_as_now =
            |then: &&CheckUsed| (then.version, &then.parameters) == (now.version, &now.parameters);
        if then.is_some_and(|then| !is_as_now(&then)) {
            return Resolution::CheckChanged;
        }
        let elsewhere = self.technologies.iter().any(|changed| check.world.contains(changed));
        let asks = ["accounts", "known", "networks"].iter().any(|one| check.world.contains(one));
        if self.item_changed || elsewhere || !asks {
            return Resolution::Fixed;
        }
        match self.said.as_slice() {
            [] if self.known_changed => {
                Resolution::KnownNow { what: "what an account's configurations name".to_owned() }
            }
            [] => Resolution::Fixed,
            said => Resolution::KnownNow { what: listed(said) },
        }
    }
}

/// The first few, and how many more.
fn listed(said: &[String]) -> String {
    const FEW: usize = 3;
    let first = said.iter().take(FEW).map(String::as_str).collect::<Vec<_>>().join(", ");
    match said.len().saturating_sub(FEW) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// The events that bring an item's issues up to a verdict.
///
/// `checks` holds all checks that exist, by id.
#[must_use]
pub fn settle(
    key: &Key,
    issues: &[Issue],
    verdict: &Verdict,
    checks: &BTreeMap<&str, &Check>,
    since: &Since,
) -> Vec<Event> {
    let mut events = Vec::new();
    let mut standing: BTreeMap<&IssueId, &Issue> =
        issues.iter().map(|issue| (&issue.finding.issue, issue)).collect();
    for finding in verdict.findings.values() {
        let id = IssueId::of(key, &finding.check, &finding.subject);
        let opened = opened(id.clone(), finding, &verdict.settings);
        match standing.remove(&id) {
            None => events.push(Event::IssueOpened(opened)),
            Some(issue) if issue.resolved_at.is_some() => {
                events.push(Event::IssueReopened(opened));
            }
            Some(issue) if issue.finding != opened => events.push(Event::IssueUpdated(opened)),
            Some(_) => {}
        }
    }
    for (id, issue) in standing {
        let check = issue.finding.check.as_str();
        if issue.resolved_at.is_some()
            || verdict.undecided.contains_key(check)
            || verdict.carried.contains(check)
            || verdict.left_out.contains(check)
        {
            continue;
        }
        let read = since.read_of(&issue.finding.doubt);
        let reason = match checks.get(check) {
            None => Resolution::CheckRetired,
            Some(_) if issue.finding.parameters != *verdict.settings.of(check) => {
                Resolution::CheckChanged
            }
            Some(_) if !read.is_empty() => Resolution::ReadNow { what: listed(&read) },
            Some(check) => since.resolution(check),
        };
        events.push(Event::IssueResolved { issue: id.clone(), reason });
    }
    events
}

/// The event that says which checks cannot decide about an item; `None` where they are
/// those that could not before.
///
/// `is_first` says whether no check was asked about the item before.
#[must_use]
pub fn undecided(
    before: &BTreeMap<String, event::Undecided>,
    verdict: &Verdict,
    is_first: bool,
) -> Option<Event> {
    let mut now: BTreeMap<String, event::Undecided> = verdict
        .undecided
        .iter()
        .map(|(check, why)| {
            let never_decided = before.get(check.as_ref()).map_or(is_first, |it| it.never_decided);
            let because = why.to_string();
            (check.clone().into_owned(), event::Undecided { because, never_decided })
        })
        .collect();
    for (check, why) in before.iter().filter(|(check, _)| verdict.left_out.contains(check.as_str()))
    {
        now.insert(check.clone(), why.clone());
    }
    (now != *before).then_some(Event::ChecksUndecided { undecided: now })
}

/// The events that end the issues of an item that is gone.
#[must_use]
pub fn bury(issues: &[Issue]) -> Vec<Event> {
    issues
        .iter()
        .filter(|issue| issue.resolved_at.is_none())
        .map(|issue| Event::IssueResolved {
            issue: issue.finding.issue.clone(),
            reason: Resolution::ItemDeleted,
        })
        .collect()
}

/// The event that ends a justification whose time ran out.
#[must_use]
pub fn expire(issue: &Issue, now: Timestamp) -> Option<Event> {
    let expired = issue.justification.is_some() && !issue.justified(now);
    expired.then(|| Event::JustificationExpired { issue: issue.finding.issue.clone() })
}

/// A finding as an event holds it.
fn opened(issue: IssueId, finding: &Finding, settings: &Settings) -> Opened {
    let Finding { check, subject, score, detail, evidence, grounds, doubt } = finding;
    Opened {
        issue,
        check: check.to_string(),
        subject: subject.clone(),
        score: *score,
        detail: detail.clone(),
        evidence: evidence.clone(),
        grounds: grounds.clone(),
        doubt: doubt.clone(),
        parameters: settings.of(check).clone(),
    }
}

/// A check as an audit uses it.
fn used(check: &Check, governance: &Governance) -> CheckUsed {
    let mut parameters = BTreeMap::from([("score".to_owned(), check.score.into())]);
    let declared = check.parameters.iter();
    parameters.extend(declared.map(|it| (it.name.clone().into_owned(), it.default())));
    let overrides = governance.overrides_of(&check.id).iter().map(|row| &row.rule);
    let overrides = overrides.filter(|rule| !rule.parameters.is_empty()).map(|rule| OverrideUsed {
        query: rule.scope.clone(),
        parameters: rule.parameters.clone(),
    });
    CheckUsed {
        id: check.id.clone().into_owned(),
        technology: check.technology.clone().into_owned(),
        version: check.version,
        parameters,
        overrides: overrides.collect(),
        part_of: check.part_of.clone().map(Cow::into_owned),
    }
}

/// The checks of all auditors as an audit uses them under the rules in force, with a digest
/// that names them.
#[must_use]
pub fn catalogue(
    auditors: &[Arc<dyn Auditor>],
    governance: &Governance,
) -> (Digest, Vec<CheckUsed>) {
    let mut all: Vec<_> = checks(auditors).map(|check| used(check, governance)).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    let digest = Digest::of(&serde_json::json!(all));
    (digest, all)
}

/// Every check of every auditor.
pub fn checks(auditors: &[Arc<dyn Auditor>]) -> impl Iterator<Item = &Check> {
    auditors.iter().flat_map(|auditor| auditor.checks())
}

/// The score of an item: its open issues' scores added up, of each family only the
/// strongest.
///
/// `part_of` names the check that says the same as the given one in a wider sense.
#[must_use]
pub fn score<'a>(
    open: impl IntoIterator<Item = &'a Opened>,
    part_of: impl Fn(&str) -> Option<&'a str>,
) -> u32 {
    let mut families: BTreeMap<(&str, &str), u8> = BTreeMap::new();
    for finding in open {
        let (family, subject) = match part_of(&finding.check) {
            Some(whole) => (whole, ""),
            None => (finding.check.as_str(), finding.subject.as_str()),
        };
        let strongest = families.entry((family, subject)).or_default();
        *strongest = finding.score.max(*strongest);
    }
    families.into_values().map(u32::from).sum()
}
