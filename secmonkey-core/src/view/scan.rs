//! Scans and scopes: what was looked at and judged, so that silence is explained.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::table::{JUDGED, OPEN, SCANS, SCOPES};
use super::{Error, Fold, Views, prefix, row_key};
use crate::account::AccountId;
use crate::event::{
    Actor, CheckUsed, Counts, Envelope, Event, Failure, Interruption, Planned, Position, ScanId,
    ScopeId, Swept,
};
use crate::watch::Cause;

/// A scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanRow {
    /// Names it.
    pub id: ScanId,
    /// Where it started in the log.
    pub position: Position,
    /// When it started.
    pub started_at: Timestamp,
    /// Who started it.
    pub actor: Actor,
    /// What it meant to look at.
    pub planned: Vec<Planned>,
    /// How it ended; `None` where it still runs, or its process died.
    pub ended: Option<Ended>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// How a scan ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It came to its end.
    Finished(Counts),
    /// It ended before it was done.
    Interrupted(Interruption),
}

/// What is known of a scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScopeRow {
    /// Which scope.
    pub scope: ScopeId,
    /// When a sweep of it first came to its end; until then it is baseline.
    pub first_completed: Option<Completed>,
    /// When a sweep of it last came to its end.
    pub last_completed: Option<Timestamp>,
    /// When the scan of that sweep began: everything in the scope was read since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_started: Option<Timestamp>,
    /// The shape it was last read with.
    pub shape: Option<u32>,
    /// The last failure in it since a sweep of it came to its end.
    pub last_failure: Option<(Timestamp, Failure)>,
    /// The operations that were denied, and when last, since a sweep that was not denied them
    /// came to its end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub denied: BTreeMap<String, Timestamp>,
    /// Whether the service does not exist in the region.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skipped: bool,
    /// Since when no scan plans to look at it; `None` where one does.
    pub unwatched_since: Option<Timestamp>,
}

/// When a scope was first known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completed {
    /// When.
    pub at: Timestamp,
    /// Where in the log.
    pub position: Position,
}

impl ScopeRow {
    fn new(scope: ScopeId) -> Self {
        Self {
            scope,
            first_completed: None,
            last_completed: None,
            last_started: None,
            shape: None,
            last_failure: None,
            denied: BTreeMap::new(),
            skipped: false,
            unwatched_since: None,
        }
    }

    /// Whether nobody knows yet what is in it, and somebody means to look.
    #[must_use]
    pub fn awaited(&self) -> bool {
        self.first_completed.is_none() && !self.skipped && self.unwatched_since.is_none()
    }
}

/// The checks that were asked about a scope, and where in the log first: until then what a
/// check finds there is baseline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged(BTreeMap<String, Position>);

impl Judged {
    /// Where a check of this version was first asked; `None` where it never was.
    #[must_use]
    pub fn first(&self, check: &str, version: u32) -> Option<Position> {
        self.0.get(&judged_by(check, version)).copied()
    }

    /// Where any check was first asked.
    #[must_use]
    pub fn start(&self) -> Option<Position> {
        self.0.values().min().copied()
    }
}

/// A check that judges otherwise is another one.
fn judged_by(check: &str, version: u32) -> String {
    format!("{check}@{version}")
}

impl Fold<'_> {
    pub(super) fn scan_event(&mut self, envelope: &Envelope) -> Result<(), Error> {
        match (&envelope.event, &envelope.scan) {
            (Event::ScanStarted { planned }, Some(scan)) => {
                let row = ScanRow {
                    id: scan.clone(),
                    position: envelope.position,
                    started_at: envelope.recorded_at,
                    actor: envelope.actor.clone(),
                    planned: planned.clone(),
                    ended: None,
                    ended_at: None,
                };
                self.put(&row_key(SCANS, &[scan.as_str()]), &row)?;
                self.put(&row_key(OPEN, &[scan.as_str()]), scan)?;
                planned.iter().try_for_each(|planned| self.planned(envelope, planned))
            }
            (Event::SweepFailed(failure), _) => {
                self.part_failed(envelope, failure)?;
                self.scope_row(&failure.scope, |scope| {
                    let at = envelope.recorded_at;
                    scope.last_failure = Some((at, failure.clone()));
                    if failure.cause == Some(Cause::Denied) {
                        scope.denied.insert(failure.operation.clone(), at);
                    }
                })
            }
            (Event::Swept(swept), _) => self.swept(envelope, swept),
            (Event::ScanFinished(counts), Some(scan)) => {
                self.ended(envelope, scan, Ended::Finished(counts.clone()))
            }
            (Event::ScanInterrupted { by }, Some(scan)) => {
                self.ended(envelope, scan, Ended::Interrupted(*by))
            }
            _ => Ok(()),
        }
    }

    /// What is planned is watched. Where the plan is all there is, the rest is not.
    fn planned(&mut self, envelope: &Envelope, planned: &Planned) -> Result<(), Error> {
        for technology in &planned.technologies {
            let all = format!("{}/{technology}/", planned.account);
            let mut missing: Vec<&String> = planned.regions.iter().collect();
            for (_, row) in self.under::<ScopeRow>(&prefix(SCOPES, &all))? {
                let watched = planned.regions.contains(&row.scope.region);
                missing.retain(|region| **region != row.scope.region);
                if watched && row.unwatched_since.is_some() {
                    self.scope_row(&row.scope, |scope| scope.unwatched_since = None)?;
                } else if !watched && planned.complete && row.unwatched_since.is_none() {
                    let since = Some(envelope.recorded_at);
                    self.scope_row(&row.scope, |scope| scope.unwatched_since = since)?;
                }
            }
            for region in missing {
                let scope = ScopeId {
                    account: planned.account.clone(),
                    technology: technology.clone(),
                    region: region.clone(),
                };
                self.scope_row(&scope, |_| {})?;
            }
        }
        Ok(())
    }

    fn swept(&mut self, envelope: &Envelope, swept: &Swept) -> Result<(), Error> {
        self.read = None;
        let started = match &envelope.scan {
            Some(scan) => {
                self.get::<ScanRow>(&row_key(SCANS, &[scan.as_str()]))?.map(|scan| scan.started_at)
            }
            None => None,
        };
        for scope in swept.scopes.of(&swept.account) {
            if swept.failed.iter().any(|failed| failed.is(&scope)) {
                continue;
            }
            if swept.skipped.iter().any(|skipped| skipped.is(&scope)) {
                self.scope_row(&scope, |row| row.skipped = true)?;
                continue;
            }
            let completed = Completed { at: envelope.recorded_at, position: envelope.position };
            let shape = swept.shapes.get(&scope.technology).copied();
            let is_over = |row: &ScopeRow| {
                // Failures of items and parts stand as long as the sweep they are of is the
                // last.
                row.last_failure.as_ref().is_some_and(|(at, failure)| {
                    failure.item.is_none() || started.is_some_and(|started| *at < started)
                })
            };
            self.scope_row(&scope, |row| {
                row.first_completed.get_or_insert(completed);
                row.last_completed = Some(completed.at);
                row.last_started = started.or(Some(completed.at));
                row.shape = shape.or(row.shape);
                row.skipped = false;
                row.denied.retain(|_, at| started.is_none_or(|started| *at >= started));
                if is_over(row) {
                    row.last_failure = None;
                }
            })?;
            self.parts_read(envelope, &scope)?;
        }
        Ok(())
    }

    /// Since when everything in a scope is known: the beginning of the last scan that read it
    /// to its end.
    pub(super) fn read_since(&mut self, scope: &ScopeId) -> Result<Option<Timestamp>, Error> {
        if let Some((known, since)) = &self.read
            && known == scope
        {
            return Ok(*since);
        }
        let row = self.get::<ScopeRow>(&row_key(SCOPES, &[&scope.to_string()]))?;
        let since = row.and_then(|row| row.last_started);
        self.read = Some((scope.clone(), since));
        Ok(since)
    }

    fn ended(&mut self, envelope: &Envelope, scan: &ScanId, how: Ended) -> Result<(), Error> {
        let place = row_key(SCANS, &[scan.as_str()]);
        let mut row: ScanRow =
            self.get(&place)?.ok_or_else(|| Error::event(envelope, "the scan never started"))?;
        row.ended = Some(how);
        row.ended_at = Some(envelope.recorded_at);
        self.delete(&row_key(OPEN, &[scan.as_str()]));
        self.put(&place, &row)
    }

    pub(super) fn unwatch(&mut self, account: &AccountId, since: Timestamp) -> Result<(), Error> {
        for (_, row) in self.under::<ScopeRow>(&prefix(SCOPES, &format!("{account}/")))? {
            if row.unwatched_since.is_none() {
                self.scope_row(&row.scope, |scope| scope.unwatched_since = Some(since))?;
            }
        }
        Ok(())
    }

    /// Checks were asked about a scope.
    pub(super) fn scope_judged(
        &mut self,
        scope: &ScopeId,
        checks: &[CheckUsed],
    ) -> Result<(), Error> {
        let place = row_key(JUDGED, &[&scope.to_string()]);
        let mut judged: Judged = self.get(&place)?.unwrap_or_default();
        let before = judged.0.len();
        for check in checks.iter().filter(|check| check.technology == scope.technology) {
            judged.0.entry(judged_by(&check.id, check.version)).or_insert(self.position);
        }
        // A scope without checks was judged, too: an own check of tomorrow is news there.
        judged.0.entry(String::new()).or_insert(self.position);
        if judged.0.len() > before { self.put(&place, &judged) } else { Ok(()) }
    }

    pub(super) fn scope(&self, scope: &ScopeId) -> Result<Option<ScopeRow>, Error> {
        self.get(&row_key(SCOPES, &[&scope.to_string()]))
    }

    fn scope_row(
        &mut self,
        scope: &ScopeId,
        change: impl FnOnce(&mut ScopeRow),
    ) -> Result<(), Error> {
        let known = self.scope(scope)?;
        let awaited = known.as_ref().is_some_and(ScopeRow::awaited);
        let mut row = known.unwrap_or_else(|| ScopeRow::new(scope.clone()));
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

    /// Every scope that was ever planned, by account, technology and region.
    pub fn scopes(&self) -> impl Iterator<Item = Result<ScopeRow, Error>> + '_ {
        self.under(prefix(SCOPES, "")).map(|row| Ok(row?.1))
    }

    /// Every scope of an account.
    pub fn scopes_of(
        &self,
        account: &AccountId,
    ) -> impl Iterator<Item = Result<ScopeRow, Error>> + '_ {
        self.under(prefix(SCOPES, &format!("{account}/"))).map(|row| Ok(row?.1))
    }

    /// Every scope of one technology of an account.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn scopes_in(
        &self,
        account: &AccountId,
        technology: &str,
    ) -> impl Iterator<Item = Result<ScopeRow, Error>> + '_ {
        self.under(prefix(SCOPES, &format!("{account}/{technology}/"))).map(|row| Ok(row?.1))
    }

    /// Which checks were asked about a scope, and since when.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn judged(&self, scope: &ScopeId) -> Result<Judged, Error> {
        Ok(self.row(&row_key(JUDGED, &[&scope.to_string()]))?.unwrap_or_default())
    }

    /// Every scan, oldest first.
    pub fn scans(&self) -> impl Iterator<Item = Result<ScanRow, Error>> + '_ {
        self.under(prefix(SCANS, "")).map(|row| Ok(row?.1))
    }

    /// A scan.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn scan(&self, id: &ScanId) -> Result<Option<ScanRow>, Error> {
        self.row(&row_key(SCANS, &[id.as_str()]))
    }

    /// The scans that have no end in the log: they run, or their process died.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn open_scans(&self) -> Result<Vec<ScanId>, Error> {
        self.under(prefix(OPEN, "")).map(|row| Ok(row?.1)).collect()
    }
}
