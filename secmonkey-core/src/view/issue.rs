//! Issues: findings over time.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Error, Fold, Views, prefix, row_key};
use crate::event::{Actor, Envelope, Event, IssueId, Opened, Resolution};
use crate::item::Key;

const ISSUES: char = 'q';
const OF_ITEM: char = 'j';
const EXPIRIES: char = 'x';

/// A finding over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// The item it is about.
    pub key: Key,
    /// The finding as it stands, or last stood.
    pub finding: Opened,
    /// When it was first found.
    pub opened_at: Timestamp,
    /// When it was resolved, where it is.
    pub resolved_at: Option<Timestamp>,
    /// Why it was resolved, where it is.
    pub resolved_reason: Option<Resolution>,
    /// The decision that it is acceptable, where there is one.
    pub justification: Option<Justification>,
}

/// A decision that a finding is acceptable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Justification {
    /// Why.
    pub note: String,
    /// When it ends; `None`: with the finding.
    pub until: Option<Timestamp>,
    /// Who decided.
    pub by: Actor,
    /// When it was decided.
    pub at: Timestamp,
}

/// How an issue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The finding stands.
    Open,
    /// The finding stands and was found acceptable.
    Justified,
    /// The finding no longer stands.
    Resolved,
}

impl Issue {
    /// How it stands at a time: a justification counts until it ends.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        if self.resolved_at.is_some() {
            Status::Resolved
        } else if self.justified(now) {
            Status::Justified
        } else {
            Status::Open
        }
    }

    /// Whether a justification counts at a time.
    #[must_use]
    pub fn justified(&self, now: Timestamp) -> bool {
        self.justification
            .as_ref()
            .is_some_and(|justification| justification.until.is_none_or(|until| now < until))
    }

    /// Whether a finding rests on something that this one did not.
    #[must_use]
    pub fn widened_by(&self, finding: &BTreeSet<String>) -> bool {
        !finding.is_subset(&self.finding.grounds)
    }
}

impl Fold<'_> {
    pub(super) fn issue_event(&mut self, envelope: &Envelope) -> Result<(), Error> {
        let Some(key) = envelope.stream.as_item() else { return Ok(()) };
        match &envelope.event {
            Event::IssueOpened(finding) => {
                let issue = Issue {
                    key: key.clone(),
                    finding: finding.clone(),
                    opened_at: envelope.recorded_at,
                    resolved_at: None,
                    resolved_reason: None,
                    justification: None,
                };
                let of_item = row_key(OF_ITEM, &[&key.to_string(), finding.issue.as_str()]);
                self.put(&of_item, &finding.issue)?;
                self.put(&row_key(ISSUES, &[finding.issue.as_str()]), &issue)
            }
            Event::IssueUpdated(finding) => {
                self.issue(envelope, &finding.issue, |issue| issue.finding = finding.clone())
            }
            Event::IssueReopened(finding) => self.issue(envelope, &finding.issue, |issue| {
                issue.finding = finding.clone();
                (issue.resolved_at, issue.resolved_reason) = (None, None);
            }),
            Event::IssueResolved { issue: id, reason } => {
                let ended = *reason != Resolution::CheckRetired;
                self.issue(envelope, id, |issue| {
                    issue.resolved_at = Some(envelope.recorded_at);
                    issue.resolved_reason = Some(*reason);
                    if ended && issue.justification.as_ref().is_some_and(|j| j.until.is_none()) {
                        issue.justification = None;
                    }
                })
            }
            Event::IssueJustified { issue: id, note, until } => {
                self.forget_expiry(id)?;
                if let Some(until) = until {
                    self.put(&expiry(*until, id), id)?;
                }
                self.issue(envelope, id, |issue| {
                    issue.justification = Some(Justification {
                        note: note.clone(),
                        until: *until,
                        by: envelope.actor.clone(),
                        at: envelope.recorded_at,
                    });
                })
            }
            Event::JustificationWithdrawn { issue: id }
            | Event::JustificationExpired { issue: id } => {
                self.forget_expiry(id)?;
                self.issue(envelope, id, |issue| issue.justification = None)
            }
            _ => Ok(()),
        }
    }

    fn issue(
        &mut self,
        envelope: &Envelope,
        id: &IssueId,
        change: impl FnOnce(&mut Issue),
    ) -> Result<(), Error> {
        let place = row_key(ISSUES, &[id.as_str()]);
        let mut issue: Issue = self
            .get(&place)?
            .ok_or_else(|| Error::event(envelope, format!("the issue {id} is unknown")))?;
        change(&mut issue);
        self.put(&place, &issue)
    }

    fn forget_expiry(&mut self, id: &IssueId) -> Result<(), Error> {
        let issue: Option<Issue> = self.get(&row_key(ISSUES, &[id.as_str()]))?;
        let until = issue.and_then(|issue| issue.justification).and_then(|j| j.until);
        if let Some(until) = until {
            self.delete(&expiry(until, id));
        }
        Ok(())
    }
}

/// Sorts by the time at which the justification ends.
fn expiry(until: Timestamp, id: &IssueId) -> Vec<u8> {
    row_key(EXPIRIES, &[&format!("{:016x}", until.as_millisecond().max(0)), id.as_str()])
}

impl Views {
    /// Every issue, in order of their ids.
    pub fn issues(&self) -> impl Iterator<Item = Result<Issue, Error>> + '_ {
        self.under(prefix(ISSUES, "")).map(|row| Ok(row?.1))
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
            issues.extend(self.row::<Issue>(&row_key(ISSUES, &[id.as_str()]))?);
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
            let Some(issue) = self.row::<Issue>(&row_key(ISSUES, &[id.as_str()]))? else {
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
