//! Issues, and when their justifications end.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::table::{EXPIRIES, ISSUES, OF_ITEM, STANDING};
use super::{Error, Fold, Issue, Views, prefix, row_key};
use crate::event::{Envelope, IssueId};
use crate::issue::Rank;
use crate::item::Key;

impl Fold<'_> {
    pub(super) fn issue(&self, id: &IssueId) -> Result<Option<Issue>, Error> {
        self.get(&row_key(ISSUES, &[id.as_str()]))
    }

    /// The issues of an item.
    pub(super) fn issues_of(&self, key: &Key) -> Result<BTreeMap<IssueId, Issue>, Error> {
        let ids = self.under::<IssueId>(&row_key(OF_ITEM, &[&key.to_string(), ""]))?;
        let mut issues = BTreeMap::new();
        for (_, id) in ids {
            if let Some(issue) = self.issue(&id)? {
                issues.insert(id, issue);
            }
        }
        Ok(issues)
    }

    /// Takes over an issue after an event.
    pub(super) fn issue_stepped(
        &mut self,
        envelope: &Envelope,
        before: Option<&Issue>,
        id: &IssueId,
        after: &Issue,
    ) -> Result<(), Error> {
        let until = |issue: &Issue| issue.justification.as_ref().and_then(|it| it.until);
        let (old, new) = (before.and_then(until), until(after));
        if old != new {
            if let Some(old) = old {
                self.delete(&expiry(old, id));
            }
            if let Some(new) = new {
                self.put(&expiry(new, id), id)?;
            }
        }
        let standing = |issue: &Issue| issue.resolved_at.is_none().then(|| issue.outline());
        let (old, new) = (before.and_then(standing), standing(after));
        if old != new {
            if let Some(old) = old {
                self.delete(&place(&old.rank()));
            }
            if let Some(new) = new {
                self.put(&place(&new.rank()), &new)?;
            }
        }
        if before.is_none()
            && let Some(key) = envelope.stream.as_item()
        {
            self.put(&row_key(OF_ITEM, &[&key.to_string(), id.as_str()]), id)?;
        }
        self.put(&row_key(ISSUES, &[id.as_str()]), after)
    }
}

/// Sorts by the time at which the justification ends.
fn expiry(until: Timestamp, id: &IssueId) -> Vec<u8> {
    row_key(EXPIRIES, &[&format!("{:016x}", until.as_millisecond().max(0)), id.as_str()])
}

/// Sorts as issues stand.
fn place(rank: &Rank) -> Vec<u8> {
    row_key(STANDING, &[&rank.as_key()])
}

impl Views {
    /// The outlines of the issues that are not resolved, the worst first, as their checks have it;
    /// behind a rank where there is one. See [`Issue::rank`].
    pub(crate) fn standing(
        &self,
        after: Option<&Rank>,
    ) -> impl Iterator<Item = Result<Issue, Error>> + use<'_> {
        self.under_from(prefix(STANDING, ""), after.map(place)).map(|row| Ok(row?.1))
    }

    /// The issue of an id.
    pub(crate) fn issue(&self, id: &IssueId) -> Result<Option<Issue>, Error> {
        self.row(&row_key(ISSUES, &[id.as_str()]))
    }

    /// Every issue, in order of their ids.
    pub fn issues(&self) -> impl Iterator<Item = Result<Issue, Error>> + '_ {
        self.under(prefix(ISSUES, "")).map(|row| Ok(row?.1))
    }

    /// Every issue behind an id, in order of their ids.
    pub fn issues_after(
        &self,
        id: &IssueId,
    ) -> impl Iterator<Item = Result<Issue, Error>> + use<'_> {
        let behind = row_key(ISSUES, &[id.as_str()]);
        self.under_from(prefix(ISSUES, ""), Some(behind)).map(|row| Ok(row?.1))
    }

    /// The issues whose id starts with `start`.
    pub fn issues_starting(&self, start: &str) -> impl Iterator<Item = Result<Issue, Error>> + '_ {
        self.under(prefix(ISSUES, start)).map(|row| Ok(row?.1))
    }

    /// Every issue an item ever had.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn issues_of(&self, key: &Key) -> Result<Vec<Issue>, Error> {
        let ids = self.under::<IssueId>(row_key(OF_ITEM, &[&key.to_string(), ""]));
        let mut issues = Vec::new();
        for row in ids {
            let (_, id) = row?;
            issues.extend(self.issue(&id)?);
        }
        Ok(issues)
    }

    /// The issues whose justification ends at or before `now` and still stands.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn expired(&self, now: Timestamp) -> Result<Vec<Issue>, Error> {
        let mut issues = Vec::new();
        for row in self.under::<IssueId>(prefix(EXPIRIES, "")) {
            let (_, id) = row?;
            let Some(issue) = self.issue(&id)? else {
                continue;
            };
            if issue.justified(now) {
                break;
            }
            issues.push(issue);
        }
        Ok(issues)
    }
}
