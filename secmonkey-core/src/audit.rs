//! Auditing: what checks find in an item and the issues it has make events.
//!
//! Pure, as [`track`](crate::track) is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::account::{Account, Accounts};
use crate::check::{Auditor, Check, Finding, Findings, Undecided, World, reads};
use crate::config::Digest;
use crate::event::{Event, IssueId, Opened, Resolution};
use crate::item::{Item, Key};
use crate::view::Issue;

/// What an audit says about one item.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// What was found, by check and subject.
    pub findings: BTreeMap<(&'static str, String), Finding>,
    /// The checks that cannot know, and why: nothing opens or resolves.
    pub undecided: BTreeMap<&'static str, Undecided>,
    /// The checks that judged a value which could not be read this time: what they
    /// find counts, what they no longer find does not resolve.
    pub carried: BTreeSet<&'static str>,
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
    let mut verdict = Verdict::default();
    for auditor in auditors {
        let mut found = Findings::default();
        auditor.audit(item, world, &mut found);
        for check in applying(auditor.checks(), &item.key.technology) {
            if let Some(part) = never_read.iter().find(|part| reads(check, part)) {
                found.undecide(check, Undecided::Unread(part.clone()));
            } else if stale.iter().any(|part| reads(check, part)) {
                verdict.carried.insert(check.id);
            }
        }
        verdict.findings.extend(found.merged());
        verdict.undecided.append(&mut found.undecided().clone());
    }
    verdict.findings.retain(|(check, _), _| !verdict.undecided.contains_key(check));
    verdict
}

/// The checks that judge items of a technology.
fn applying<'a>(
    checks: &'a [&'static Check],
    technology: &'a str,
) -> impl Iterator<Item = &'static Check> + 'a {
    checks.iter().copied().filter(move |check| check.technology == technology)
}

/// The events that bring an item's issues up to a verdict.
///
/// `known` holds the ids of all checks that exist.
#[must_use]
pub fn settle(
    key: &Key,
    issues: &[Issue],
    verdict: &Verdict,
    known: &BTreeSet<&str>,
    now: Timestamp,
) -> Vec<Event> {
    let mut events: Vec<Event> = issues.iter().filter_map(|issue| expire(issue, now)).collect();
    let mut standing: BTreeMap<&IssueId, &Issue> =
        issues.iter().map(|issue| (&issue.finding.issue, issue)).collect();
    for finding in verdict.findings.values() {
        let finding = opened(key, finding);
        match standing.remove(&finding.issue) {
            None => events.push(Event::IssueOpened(finding)),
            Some(issue) if issue.resolved_at.is_some() => {
                events.push(Event::IssueReopened(finding));
            }
            Some(issue) if issue.finding != finding => events.push(Event::IssueUpdated(finding)),
            Some(_) => {}
        }
    }
    for (id, issue) in standing {
        let check = issue.finding.check.as_str();
        if issue.resolved_at.is_some()
            || verdict.undecided.contains_key(check)
            || verdict.carried.contains(check)
        {
            continue;
        }
        let reason =
            if known.contains(check) { Resolution::Fixed } else { Resolution::CheckRetired };
        events.push(Event::IssueResolved { issue: id.clone(), reason });
    }
    events
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
fn opened(key: &Key, finding: &Finding) -> Opened {
    Opened {
        issue: IssueId::of(key, finding.check, &finding.subject),
        check: finding.check.to_owned(),
        subject: finding.subject.clone(),
        score: finding.score,
        detail: finding.detail.clone(),
        evidence: finding.evidence.clone(),
        grounds: finding.grounds.clone(),
    }
}

/// The digest of all that decides over findings beside the items: the checks and the
/// registered accounts.
#[must_use]
pub fn catalogue(auditors: &[Arc<dyn Auditor>], accounts: &Accounts) -> Digest {
    #[derive(Serialize)]
    struct Rule<'a> {
        id: &'a str,
        version: u32,
        score: u8,
    }
    let mut rules: Vec<_> = checks(auditors)
        .map(|check| Rule { id: check.id, version: check.version, score: check.score })
        .collect();
    rules.sort_by_key(|rule| rule.id);
    let known: Vec<_> = accounts
        .iter()
        .map(|account| {
            let Account { id, third_party, canonical_id, organization, .. } = account;
            (id, third_party, account.watched(), canonical_id, organization)
        })
        .collect();
    Digest::of(&serde_json::json!({ "checks": rules, "accounts": known }))
}

/// Every check of every auditor.
pub fn checks(auditors: &[Arc<dyn Auditor>]) -> impl Iterator<Item = &'static Check> + '_ {
    auditors.iter().flat_map(|auditor| auditor.checks().iter().copied())
}

/// The score of an item: its open issues' scores added up, of each family only the
/// strongest.
///
/// `part_of` names the check that says the same as the given one in a wider sense.
#[must_use]
pub fn score<'a>(
    open: impl IntoIterator<Item = &'a Opened>,
    part_of: impl Fn(&str) -> Option<&'static str>,
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
