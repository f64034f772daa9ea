//! Scans and scopes: what was looked at, so that silence is explained.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Error, Fold, Views, prefix, row_key};
use crate::account::AccountId;
use crate::event::{Actor, Envelope, Event, Failure, Finished, Planned, ScanId, ScopeId};

const SCANS: char = 'n';
pub(super) const SCOPES: char = 's';

/// A scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanRow {
    /// Names it.
    pub id: ScanId,
    /// When it started.
    pub started_at: Timestamp,
    /// Who started it.
    pub actor: Actor,
    /// What it meant to look at.
    pub planned: Vec<Planned>,
    /// How it ended; `None` where it was interrupted or still runs.
    pub finished: Option<Finished>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// What is known of a scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScopeRow {
    /// Which scope.
    pub scope: ScopeId,
    /// When a sweep of it first came to its end; until then it is baseline.
    pub first_completed: Option<Timestamp>,
    /// When a sweep of it last came to its end.
    pub last_completed: Option<Timestamp>,
    /// The scan of that sweep.
    pub swept: Option<ScanId>,
    /// The last failure in it.
    pub last_failure: Option<(Timestamp, Failure)>,
    /// Since when no scan plans to look at it; `None` where one does.
    pub unwatched_since: Option<Timestamp>,
}

impl ScopeRow {
    fn new(scope: ScopeId) -> Self {
        Self {
            scope,
            first_completed: None,
            last_completed: None,
            swept: None,
            last_failure: None,
            unwatched_since: None,
        }
    }

    /// Whether nobody knows yet what is in it, and somebody means to look.
    pub(super) fn awaited(&self) -> bool {
        self.first_completed.is_none() && self.unwatched_since.is_none()
    }
}

impl Fold<'_> {
    pub(super) fn scan_event(&mut self, envelope: &Envelope) -> Result<(), Error> {
        match (&envelope.event, &envelope.scan) {
            (Event::ScanStarted { planned }, Some(scan)) => {
                let row = ScanRow {
                    id: scan.clone(),
                    started_at: envelope.recorded_at,
                    actor: envelope.actor.clone(),
                    planned: planned.clone(),
                    finished: None,
                    finished_at: None,
                };
                self.put(&row_key(SCANS, &[scan.as_str()]), &row)?;
                planned.iter().try_for_each(|planned| self.planned(envelope, planned))
            }
            (Event::SweepFailed(failure), _) => self.scope_row(&failure.scope, |scope| {
                scope.last_failure = Some((envelope.recorded_at, failure.clone()));
            }),
            (Event::ScanFinished(finished), Some(scan)) => self.finished(envelope, scan, finished),
            (Event::AccountRemoved { id }, _) => self.unwatch(id, envelope.recorded_at),
            (Event::AccountUpdated(account), _) if !account.watched() => {
                self.unwatch(&account.id, envelope.recorded_at)
            }
            _ => Ok(()),
        }
    }

    /// What is planned is watched. Where the plan is all there is, the rest is not.
    fn planned(&mut self, envelope: &Envelope, planned: &Planned) -> Result<(), Error> {
        for technology in &planned.technologies {
            let all = format!("{}/{technology}/", planned.account);
            for (_, row) in self.under::<ScopeRow>(&prefix(SCOPES, &all))? {
                let watched = planned.regions.contains(&row.scope.region);
                if watched && row.unwatched_since.is_some() {
                    self.scope_row(&row.scope, |scope| scope.unwatched_since = None)?;
                } else if !watched && planned.complete && row.unwatched_since.is_none() {
                    let since = Some(envelope.recorded_at);
                    self.scope_row(&row.scope, |scope| scope.unwatched_since = since)?;
                }
            }
        }
        Ok(())
    }

    fn finished(
        &mut self,
        envelope: &Envelope,
        scan: &ScanId,
        finished: &Finished,
    ) -> Result<(), Error> {
        let place = row_key(SCANS, &[scan.as_str()]);
        let mut row: ScanRow =
            self.get(&place)?.ok_or_else(|| Error::event(envelope, "the scan never started"))?;
        let at = envelope.recorded_at;
        row.finished = Some(finished.clone());
        row.finished_at = Some(at);
        self.put(&place, &row)?;
        for planned in &row.planned {
            for technology in &planned.technologies {
                for region in &planned.regions {
                    let scope = ScopeId {
                        account: planned.account.clone(),
                        technology: technology.clone(),
                        region: region.clone(),
                    };
                    if finished.failed.contains(&scope) || finished.skipped.contains(&scope) {
                        continue;
                    }
                    self.scope_row(&scope, |row| {
                        row.first_completed.get_or_insert(at);
                        row.last_completed = Some(at);
                        row.swept = Some(scan.clone());
                    })?;
                }
            }
        }
        Ok(())
    }

    fn unwatch(&mut self, account: &AccountId, since: Timestamp) -> Result<(), Error> {
        for (_, row) in self.under::<ScopeRow>(&prefix(SCOPES, &format!("{account}/")))? {
            if row.unwatched_since.is_none() {
                self.scope_row(&row.scope, |scope| scope.unwatched_since = Some(since))?;
            }
        }
        Ok(())
    }

    pub(super) fn scope(&self, scope: &ScopeId) -> Result<Option<ScopeRow>, Error> {
        self.get(&row_key(SCOPES, &[&scope.to_string()]))
    }

    fn scope_row(
        &mut self,
        scope: &ScopeId,
        change: impl FnOnce(&mut ScopeRow),
    ) -> Result<(), Error> {
        let mut row = self.scope(scope)?.unwrap_or_else(|| ScopeRow::new(scope.clone()));
        let awaited = row.awaited();
        change(&mut row);
        if row.awaited() != awaited {
            self.awaited(scope)?;
        }
        self.put(&row_key(SCOPES, &[&scope.to_string()]), &row)
    }
}

impl Views {
    /// What is known of a scope; `None` where no scan ever planned it.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn scope(&self, scope: &ScopeId) -> Result<Option<ScopeRow>, Error> {
        self.row(&row_key(SCOPES, &[&scope.to_string()]))
    }

    /// Every scope of an account.
    pub fn scopes_of(
        &self,
        account: &AccountId,
    ) -> impl Iterator<Item = Result<ScopeRow, Error>> + '_ {
        self.under(prefix(SCOPES, &format!("{account}/"))).map(|row| Ok(row?.1))
    }

    /// Every scan, oldest first.
    pub fn scans(&self) -> impl Iterator<Item = Result<ScanRow, Error>> + '_ {
        self.under(prefix(SCANS, "")).map(|row| Ok(row?.1))
    }
}
