//! Searching issues.

use std::collections::VecDeque;

use ipnet::IpNet;
use jiff::Timestamp;
use serde_json::Value;

use super::items::{says, touches};
use super::{Error, Filter, Known, find};
use crate::issue::{Issue, Status};
use crate::nearest::{Named, Unknown};
use crate::registry::Registry;
use crate::replay::ItemRow;
use crate::view::{self, Ended, ScanRow, Views};

/// A search over issues.
#[derive(Debug, Clone, Default)]
pub struct IssueSearch {
    /// Of which items.
    pub filter: Filter,
    /// How they stand; empty for all.
    pub status: Vec<Status>,
    /// Found by these checks; empty for all.
    pub checks: Vec<String>,
    /// With this score at least.
    pub min_score: Option<u8>,
    /// Of items with this text in name, ARN, id or configuration, in whatever case.
    pub text: Option<String>,
    /// With an address or a block in what the finding points at that contains this one or
    /// lies in it.
    pub cidr: Option<IpNet>,
    /// Opened or reopened, or where resolved ones are asked for resolved, at this time or
    /// later.
    pub since: Option<Timestamp>,
    /// Opened or reopened by the last scan, or since.
    pub new: bool,
    /// Also of items that no scan looks at any more.
    pub unwatched: bool,
}

/// An issue, and how it and its item stand at an instant.
#[derive(Debug, Clone)]
pub struct IssueState {
    /// The issue.
    pub issue: Issue,
    /// Its item.
    pub row: ItemRow,
    /// How it stands.
    pub status: Status,
}

impl Known {
    /// How an issue stands.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn issue_state(&self, issue: Issue) -> Result<IssueState, Error> {
        let row = find::item_of(&self.views, &issue)?;
        Ok(IssueState { status: issue.status(self.now), row, issue })
    }
}

/// The issues that a search finds, in order of their ids.
///
/// # Errors
/// Where something that is named does not exist; then where the views cannot be read.
pub fn issues<'a>(
    known: &'a Known,
    registry: &'a Registry,
    search: IssueSearch,
) -> Result<impl Iterator<Item = Result<IssueState, Error>> + use<'a>, Error> {
    let views = &known.views;
    let IssueSearch { filter, status: wanted, checks, min_score, unwatched, .. } = search;
    let IssueSearch { text, cidr, mut since, new, .. } = search;
    let text = text.map(|text| text.to_lowercase());
    if new && let Some(last) = last_scan(views)? {
        since = since.max(Some(last.started_at));
    }
    let selection = filter.select(views, registry)?;
    require_checks(views, registry, &checks)?;
    Ok(views.issues().filter_map(move |issue| {
        let found = || {
            let issue = issue?;
            let status = issue.status(known.now);
            let is_meant = (wanted.is_empty() || wanted.contains(&status))
                && (checks.is_empty() || checks.contains(&issue.finding.check))
                && min_score.is_none_or(|least| issue.finding.score >= least)
                && since.is_none_or(|since| moved(&issue, status) >= since)
                && selection.concerns(&issue.key.account, &issue.key.technology);
            if !is_meant {
                return Ok(None);
            }
            let state = known.issue_state(issue)?;
            if !selection.has_issue(&state.issue, &state.row)
                || !unwatched && !is_watched(views, &state.row)?
            {
                return Ok(None);
            }
            if text.is_some() || cidr.is_some() {
                let config = views.config(&state.row.key)?.unwrap_or_default();
                if text.as_ref().is_some_and(|text| !says(&state.row, &config, text))
                    || cidr.is_some_and(|block| !rests_on(&state.issue, &config, block))
                {
                    return Ok(None);
                }
            }
            Ok(Some(state))
        };
        found().transpose()
    }))
}

/// Issues with all that is only part of them and stands as they do, each once: whoever
/// decides about the whole decides about its parts.
///
/// # Errors
/// Where the views cannot be read.
pub fn with_parts(
    known: &Known,
    registry: &Registry,
    issues: Vec<IssueState>,
) -> Result<Vec<IssueState>, Error> {
    let mut all: Vec<IssueState> = Vec::new();
    let mut next: VecDeque<IssueState> = issues.into();
    while let Some(whole) = next.pop_front() {
        let (key, check) = (&whole.issue.key, whole.issue.finding.check.as_str());
        let subject = &whole.issue.finding.subject;
        if all.iter().any(|one| one.issue.finding.issue == whole.issue.finding.issue) {
            continue;
        }
        for part in known.views.issues_of(key)? {
            let is_part = registry.part_of(&part.finding.check) == Some(check)
                && (subject.is_empty() || part.finding.subject == *subject)
                && part.status(known.now) == whole.status;
            if is_part {
                next.push_back(known.issue_state(part)?);
            }
        }
        all.push(whole);
    }
    Ok(all)
}

/// When an issue came to stand as it does, as far as it is news.
fn moved(issue: &Issue, status: Status) -> Timestamp {
    match (status, issue.resolved_at) {
        (Status::Resolved, Some(at)) => at,
        _ => issue.stands_since(),
    }
}

/// Whether what a finding points at touches a block; of one that points nowhere, the item.
fn rests_on(issue: &Issue, config: &Value, block: IpNet) -> bool {
    let evidence = &issue.finding.evidence;
    if evidence.is_empty() {
        return touches(config, block);
    }
    evidence.iter().filter_map(|at| config.pointer(at)).any(|found| touches(found, block))
}

/// The last scan that came to its end, or recorded anything before it was stopped.
///
/// # Errors
/// Where the views cannot be read.
pub fn last_scan(views: &Views) -> Result<Option<ScanRow>, view::Error> {
    let mut last = None;
    for scan in views.scans() {
        let scan = scan?;
        if matches!(scan.ended, Some(Ended::Finished(_))) || last.is_none() {
            last = Some(scan);
        }
    }
    Ok(last)
}

/// Whether scans still look at an item, or it is known to be gone.
fn is_watched(views: &Views, row: &ItemRow) -> Result<bool, view::Error> {
    let scope = views.scope(&row.scope())?;
    Ok(row.deleted || scope.is_none_or(|scope| scope.unwatched_since.is_none()))
}

/// Refuses checks that neither exist nor ever found anything.
fn require_checks(views: &Views, registry: &Registry, wanted: &[String]) -> Result<(), Error> {
    for id in wanted.iter().filter(|id| registry.check(id).is_none()) {
        let mut is_retired = false;
        for issue in views.issues() {
            is_retired |= issue?.finding.check == *id;
        }
        if !is_retired {
            let known = registry.checks().map(|check| check.id.as_ref());
            return Err(Unknown::new(Named::Check, id, known).into());
        }
    }
    Ok(())
}
