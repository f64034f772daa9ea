//! Searching issues.

use std::collections::VecDeque;

use super::facts::{Lazy, Remembered};
use super::language::{Term, When};
use super::{Error, Known, Query, find};
use crate::event::{IssueId, ScopeId};
use crate::issue::{Issue, Status};
use crate::registry::Registry;
use crate::replay::ItemRow;
use crate::view::{self, Ended, Revision, ScanRow, Views};

/// An issue, and how it and its item stand at an instant.
#[derive(Debug, Clone)]
pub struct IssueState {
    /// The issue.
    pub issue: Issue,
    /// Its item.
    pub row: ItemRow,
    /// How it stands.
    pub status: Status,
    /// The revision of the item that brought it, where one did.
    pub brought_by: Option<Revision>,
}

impl Known {
    /// How an issue stands.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn issue_state(&self, mut issue: Issue) -> Result<IssueState, Error> {
        let row = find::item_of(&self.views, &issue)?;
        self.rule(&row, &mut issue)?;
        let brought_by = self.brought(&issue)?;
        Ok(IssueState { status: issue.status(self.now), row, issue, brought_by })
    }

    /// The revision that brought an issue.
    fn brought(&self, issue: &Issue) -> Result<Option<Revision>, Error> {
        Ok(self.views.brought(issue)?)
    }
}

/// The issues that a query finds, in order of their ids.
///
/// Without a term that says so (`status:`, `watched:`), only open issues are found, and none of
/// what no scan looks at any more.
///
/// # Errors
/// Where something that is named does not exist; then where the views cannot be read.
pub fn issues<'a>(
    known: &'a Known,
    registry: &'a Registry,
    query: Query,
) -> Result<impl Iterator<Item = Result<IssueState, Error>> + use<'a>, Error> {
    Ok(issues_after(known, registry, query, None)?.map(move |found| found?.state(known)))
}

/// The same behind an id, for who reads them page by page, sorts, or only counts them: how an
/// issue stands is read when it is asked for.
///
/// # Errors
/// As [`issues`].
pub fn issues_after<'a>(
    known: &'a Known,
    registry: &'a Registry,
    query: Query,
    after: Option<&IssueId>,
) -> Result<impl Iterator<Item = Result<FoundIssue, Error>> + use<'a>, Error> {
    let selection = query.of_issues().select(&known.views, registry)?;
    let remembered = Remembered::default();
    let issues = selection.issues(&known.views, after)?;
    Ok(issues.filter_map(move |issue| {
        let found = || {
            let mut issue = issue?;
            let is_ruled = known.governance()?.concerns(&issue.finding.check);
            if !is_ruled {
                let scope = ScopeId::of(&issue.key);
                let is_looked_at = remembered.unwatched_since(known, scope)?.is_none();
                // Of thousands of issues, the items are most of what there is to read.
                match selection.has_issue(&issue, is_looked_at, known.now) {
                    Some(false) => return Ok(None),
                    Some(true) => return Ok(Some(FoundIssue { issue, row: None })),
                    None => {}
                }
            }
            let row = find::item_of(&known.views, &issue)?;
            if is_ruled {
                remembered.rule((known, registry), &row, &mut issue)?;
            }
            let account = selection.account(&row.key.account);
            let one = Lazy::new((known, registry), &remembered, account, row, Some(issue));
            let is_found = selection.has(&one)?;
            let Lazy { row, issue, .. } = one;
            Ok(issue.filter(|_| is_found).map(|issue| FoundIssue { issue, row: Some(row) }))
        };
        found().transpose()
    }))
}

/// An issue that a query finds, as the rules in force have it.
#[derive(Debug, Clone)]
pub struct FoundIssue {
    /// The issue.
    pub issue: Issue,
    /// Its item, where that had to be read.
    row: Option<ItemRow>,
}

impl FoundIssue {
    /// How it and its item stand, and what brought it.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn state(self, known: &Known) -> Result<IssueState, Error> {
        let Self { issue, row } = self;
        let row = row.map_or_else(|| find::item_of(&known.views, &issue), Ok)?;
        let brought_by = known.brought(&issue)?;
        Ok(IssueState { status: issue.status(known.now), row, issue, brought_by })
    }
}

/// What was opened or reopened by the last scan, or resolved, or since; everything where there
/// was none.
///
/// # Errors
/// Where the views cannot be read.
pub fn since_last_scan(views: &Views) -> Result<Query, view::Error> {
    let last = last_scan(views)?;
    Ok(last.map(|scan| Term::Since(When::At(scan.started_at)).into()).unwrap_or_default())
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
        let check = whole.issue.finding.check.as_str();
        let subject = &whole.issue.finding.subject;
        if all.iter().any(|one| one.issue.finding.issue == whole.issue.finding.issue) {
            continue;
        }
        for part in known.issues_of(&whole.row)? {
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
