//! Decisions about issues.

use jiff::Timestamp;

use super::{Decided, Decisions, Error, IssueState};
use crate::event::{Event, IssueId, StreamId};
use crate::issue::Issue;
use crate::query;

impl Decisions {
    /// Accepts the issue whose id starts so, and says why; until a time, or for as long as
    /// the finding stands. Returns how it stands then.
    ///
    /// # Errors
    /// Where there is no such issue, it is resolved, or nothing would be said.
    pub async fn justify(
        &self,
        issue: &str,
        note: &str,
        until: Option<Timestamp>,
    ) -> Result<IssueState, Error> {
        let note = note.trim();
        if note.is_empty() {
            return Err(Error::EmptyNote);
        }
        if let Some(until) = until.filter(|until| *until <= self.now()) {
            return Err(Error::Over(until));
        }
        self.about(issue, |issue| {
            let id = issue.finding.issue.clone();
            if issue.resolved_at.is_some() {
                return Err(Error::Resolved(id));
            }
            Ok(Event::IssueJustified { issue: id, note: note.to_owned(), until })
        })
        .await
    }

    /// Accepts several issues for one reason. Returns how they stand then; those before one
    /// that cannot be justified are, by then.
    ///
    /// # Errors
    /// As [`justify`](Self::justify).
    pub async fn justify_all(
        &self,
        issues: &[IssueId],
        note: &str,
        until: Option<Timestamp>,
    ) -> Result<Vec<IssueState>, Error> {
        let mut decided = Vec::with_capacity(issues.len());
        for issue in issues {
            decided.push(self.justify(issue.as_str(), note, until).await?);
        }
        Ok(decided)
    }

    /// Takes the justification of the issue back whose id starts so. Returns how it stands
    /// then.
    ///
    /// # Errors
    /// Where there is no such issue, or it is not justified.
    pub async fn unjustify(&self, issue: &str) -> Result<IssueState, Error> {
        self.about(issue, |issue| {
            let id = issue.finding.issue.clone();
            if issue.justification.is_none() {
                return Err(Error::NotJustified(id));
            }
            Ok(Event::JustificationWithdrawn { issue: id })
        })
        .await
    }

    pub(super) async fn about(
        &self,
        start: &str,
        decide: impl Fn(&Issue) -> Result<Event, Error>,
    ) -> Result<IssueState, Error> {
        let id = self
            .decided(|| {
                let key = query::issue(&self.views, start)?.key;
                // The version is read before what is decided on: whatever is written in
                // between then conflicts.
                let row = self.views.item(&key)?.ok_or(query::Error::Orphan(key))?;
                let issue = query::issue(&self.views, start)?;
                let decided = Decided {
                    stream: StreamId::item(&issue.key),
                    version: Some(row.version),
                    event: decide(&issue)?,
                };
                Ok((issue.finding.issue, vec![decided]))
            })
            .await?;
        Ok(self.known().issue_state(query::issue(&self.views, id.as_str())?)?)
    }
}
