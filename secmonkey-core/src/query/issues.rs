//! Searching issues.

use std::collections::{BTreeMap, HashSet, VecDeque};

use super::facts::{Lazy, Remembered};
use super::language::{Term, When};
use super::{Error, Known, Query, Selection, find};
use crate::event::{IssueId, ScopeId};
use crate::issue::{Issue, Rank, Status};
use crate::item::Key;
use crate::registry::Registry;
use crate::replay::ItemRow;
use crate::view::{self, Ended, Revision, ScanRow, Views};

/// The issues of so many items are quicker read than all that stand are gone through.
const FEW: usize = 512;

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
    let asked = Asked::new(known, registry, query)?;
    let issues = asked.selection.issues(&known.views, after)?;
    Ok(issues.filter_map(move |issue| {
        issue.map_err(Error::from).and_then(|one| asked.found(one)).transpose()
    }))
}

/// The same, the worst first (see [`Issue::rank`]), behind a rank where there is one: as many as
/// are asked for, of what whoever asks `sees`.
///
/// # Errors
/// As [`issues`].
pub fn worst_issues(
    known: &Known,
    registry: &Registry,
    query: Query,
    sees: impl Fn(&Key) -> Result<bool, Error>,
    (after, limit): (Option<&Rank>, usize),
) -> Result<Vec<FoundIssue>, Error> {
    let asked = Asked::new(known, registry, query)?;
    let visible = |issue: Issue| match asked.found(issue)? {
        Some(found) if sees(&found.issue.key)? => Ok(Some(found)),
        _ => Ok::<_, Error>(None),
    };
    let mut worst = Worst::new(after, limit);
    let keys = asked.selection.keys_of_issues(&known.views);
    let is_quicker = |keys: &HashSet<Key>| keys.len() <= FEW;
    if !asked.selection.is_of_standing() || keys.as_ref().is_some_and(is_quicker) {
        for issue in asked.selection.issues(&known.views, None)? {
            worst.offer(visible(issue?)?);
        }
        return Ok(worst.end());
    }
    let whole = |outline: &Issue| match &keys {
        Some(keys) if !keys.contains(&outline.key) => Ok(None),
        _ => asked.whole(outline),
    };
    // What rules give another score stands elsewhere than its check has it.
    let rescored = known.governance()?.rescored();
    let is_rescored = |outline: &Issue| rescored.contains(outline.finding.check.as_str());
    if !rescored.is_empty() {
        for outline in known.views.standing(None) {
            let outline = outline?;
            if is_rescored(&outline)
                && let Some(issue) = whole(&outline)?
            {
                worst.offer(visible(issue)?);
            }
        }
    }
    for outline in known.views.standing(after) {
        let outline = outline?;
        if worst.is_full_before(&outline.rank()) {
            break;
        }
        if !is_rescored(&outline)
            && let Some(issue) = whole(&outline)?
        {
            worst.offer(visible(issue)?);
        }
    }
    Ok(worst.end())
}

/// The outlines of the issues that a query finds, for who counts them: without their details and
/// evidence. Those that are not resolved come in the order of their checks' scores.
///
/// # Errors
/// As [`issues`].
pub fn issue_outlines<'a>(
    known: &'a Known,
    registry: &'a Registry,
    query: Query,
) -> Result<Box<dyn Iterator<Item = Result<Issue, Error>> + 'a>, Error> {
    let asked = Asked::new(known, registry, query)?;
    if !asked.selection.is_of_standing() {
        let found = asked.selection.issues(&known.views, None)?;
        let found = found.filter_map(move |issue| {
            issue.map_err(Error::from).and_then(|one| asked.found(one)).transpose()
        });
        return Ok(Box::new(found.map(|found| Ok(found?.issue))));
    }
    Ok(Box::new(known.views.standing(None).filter_map(move |outline| {
        let found = || {
            let outline = outline?;
            if asked.is_meant(&outline)? == Some(true) {
                return Ok(Some(outline));
            }
            let Some(issue) = asked.whole(&outline)? else { return Ok(None) };
            Ok(asked.found(issue)?.map(|found| found.issue))
        };
        found().transpose()
    })))
}

/// The issues that a query finds, one by one.
struct Asked<'a> {
    known: &'a Known,
    registry: &'a Registry,
    selection: Selection,
    remembered: Remembered,
}

impl<'a> Asked<'a> {
    fn new(known: &'a Known, registry: &'a Registry, query: Query) -> Result<Self, Error> {
        let selection = query.of_issues().select(&known.views, registry)?;
        Ok(Self { known, registry, selection, remembered: Remembered::default() })
    }

    /// Whether an issue is among them, as far as that is known without its item; `None` where
    /// the item or rules decide.
    fn is_meant(&self, issue: &Issue) -> Result<Option<bool>, Error> {
        if self.known.governance()?.concerns(&issue.finding.check) {
            return Ok(None);
        }
        let scope = ScopeId::of(&issue.key);
        let is_looked_at = self.remembered.unwatched_since(self.known, scope)?.is_none();
        Ok(self.selection.has_issue(issue, is_looked_at, self.known.now))
    }

    /// The whole issue of an outline, where it may be among them.
    fn whole(&self, outline: &Issue) -> Result<Option<Issue>, Error> {
        let key = &outline.key;
        if !self.selection.concerns(&key.account, &key.technology)
            || self.is_meant(outline)? == Some(false)
        {
            return Ok(None);
        }
        Ok(self.known.views.issue(&outline.finding.issue)?)
    }

    /// What of an issue is found.
    fn found(&self, mut issue: Issue) -> Result<Option<FoundIssue>, Error> {
        let Self { known, registry, selection, remembered } = self;
        // Of thousands of issues, the items are most of what there is to read.
        match self.is_meant(&issue)? {
            Some(false) => return Ok(None),
            Some(true) => return Ok(Some(FoundIssue { issue, row: None })),
            None => {}
        }
        let row = find::item_of(&known.views, &issue)?;
        if known.governance()?.concerns(&issue.finding.check) {
            remembered.rule((known, registry), &row, &mut issue)?;
        }
        let account = selection.account(&row.key.account);
        let one = Lazy::new((known, registry), remembered, account, row, Some(issue));
        let is_found = selection.has(&one)?;
        let Lazy { row, issue, .. } = one;
        Ok(issue.filter(|_| is_found).map(|issue| FoundIssue { issue, row: Some(row) }))
    }
}

/// The worst of what is offered, behind a rank: so many.
struct Worst<'a> {
    after: Option<&'a Rank>,
    limit: usize,
    all: BTreeMap<Rank, FoundIssue>,
}

impl<'a> Worst<'a> {
    fn new(after: Option<&'a Rank>, limit: usize) -> Self {
        Self { after, limit, all: BTreeMap::new() }
    }

    fn offer(&mut self, found: Option<FoundIssue>) {
        let Some(found) = found else { return };
        let rank = found.issue.rank();
        if self.after.is_none_or(|after| rank > *after) {
            self.all.insert(rank, found);
            if self.all.len() > self.limit {
                self.all.pop_last();
            }
        }
    }

    /// Whether nothing of a rank, or behind it, finds room.
    fn is_full_before(&self, rank: &Rank) -> bool {
        self.all.len() >= self.limit
            && self.all.last_key_value().is_none_or(|(last, _)| last < rank)
    }

    fn end(self) -> Vec<FoundIssue> {
        self.all.into_values().collect()
    }
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

#[cfg(test)]
mod tests;
