//! Searching issues.

use super::{Error, Filter, Known, find};
use crate::issue::{Issue, Status};
use crate::nearest::{Named, Unknown};
use crate::registry::Registry;
use crate::replay::ItemRow;
use crate::view::{self, Views};

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
    let IssueSearch { filter, status: wanted, checks, min_score, unwatched } = search;
    let selection = filter.select(views, registry)?;
    require_checks(views, registry, &checks)?;
    Ok(views.issues().filter_map(move |issue| {
        let found = || {
            let issue = issue?;
            let status = issue.status(known.now);
            let is_meant = (wanted.is_empty() || wanted.contains(&status))
                && (checks.is_empty() || checks.contains(&issue.finding.check))
                && min_score.is_none_or(|least| issue.finding.score >= least)
                && selection.concerns(&issue.key.account, &issue.key.technology);
            if !is_meant {
                return Ok(None);
            }
            let state = known.issue_state(issue)?;
            let is_listed =
                selection.has(&state.row) && (unwatched || is_watched(views, &state.row)?);
            Ok(is_listed.then_some(state))
        };
        found().transpose()
    }))
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
