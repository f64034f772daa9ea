//! Scans and audits in numbers, and what they found.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{IssueRecord, Records};
use crate::event::{Failure, IssueCounts, ItemCounts, ScanId, ScopeId};
use crate::notify::{IssueKind, Undelivered};
use crate::pipeline::Summary;
use crate::query::{self, Error};

/// A scan.
#[derive(Debug, Clone, Serialize)]
pub struct ScanRecord {
    /// Names it; `null` before it started.
    pub scan: Option<ScanId>,
    /// When it started.
    pub started_at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// Whether it was stopped before it was done.
    pub interrupted: bool,
    /// Scopes that were looked at to the end.
    pub sweeps: u64,
    /// Looks that failed.
    pub failed_sweeps: Vec<FailureRecord>,
    /// Checks that could not decide because this scan failed to read something.
    pub undecided: Vec<UndecidedCheckRecord>,
    /// Calls to providers.
    pub api_calls: u64,
    /// Items, in numbers.
    pub items: ItemCounts,
    /// Issues, in numbers; those of first looks included.
    pub issues: IssueCounts,
    /// Issues that were opened or reopened; without those of first looks.
    pub opened: Vec<IssueRecord>,
    /// Issues that rest on more than before.
    pub widened: Vec<IssueRecord>,
    /// Issues whose justification ended.
    pub expired: Vec<IssueRecord>,
    /// Issues that were resolved.
    pub resolved: Vec<IssueRecord>,
    /// What was seen or decided for the first time ever.
    pub baseline: BaselineRecord,
    /// How many more changes of items and issues there are than messages hold.
    pub omitted: u64,
    /// Messages that could not be delivered. They are sent again with the next scan.
    pub undelivered: Vec<UndeliveredRecord>,
}

/// A look that failed.
#[derive(Debug, Clone, Serialize)]
pub struct FailureRecord {
    /// Where. The region is `*` where the regions could not be listed.
    pub scope: ScopeId,
    /// The provider's operation.
    pub operation: String,
    /// The resource id, where only one item is concerned.
    pub item: Option<String>,
    /// The pointer, where only one part of an item is concerned.
    pub part: Option<String>,
    /// What the provider or the network said.
    pub reason: String,
}

/// A check that could not decide.
#[derive(Debug, Clone, Serialize)]
pub struct UndecidedCheckRecord {
    /// Its id.
    pub check: String,
    /// About how many items.
    pub items: u64,
}

/// A message that was not delivered.
#[derive(Debug, Clone, Serialize)]
pub struct UndeliveredRecord {
    /// The notifier.
    pub notifier: String,
    /// Names the message for ever.
    pub message: String,
    /// Why.
    pub reason: String,
}

/// An audit of everything stored.
#[derive(Debug, Clone, Serialize)]
pub struct AuditRecord {
    /// Items that were judged.
    pub items: u64,
    /// Issues, in numbers.
    pub issues: IssueCounts,
}

impl From<&Failure> for FailureRecord {
    fn from(failure: &Failure) -> Self {
        let failure = failure.clone();
        Self {
            scope: failure.scope,
            operation: failure.operation,
            item: failure.item,
            part: failure.part,
            reason: failure.reason,
        }
    }
}

impl From<&Undelivered> for UndeliveredRecord {
    fn from(undelivered: &Undelivered) -> Self {
        Self {
            notifier: undelivered.notifier.clone(),
            message: undelivered.message.id.clone(),
            reason: undelivered.error.to_string(),
        }
    }
}

/// What was seen for the first time ever, in numbers.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct BaselineRecord {
    /// Items recorded.
    pub items: u64,
    /// Issues opened.
    pub issues: u64,
}

impl Records<'_> {
    /// A scan that took so long and so many calls.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn scan(
        &self,
        summary: &Summary,
        took: Duration,
        api_calls: u64,
    ) -> Result<ScanRecord, Error> {
        let mut record = ScanRecord {
            scan: summary.scan.clone(),
            started_at: summary.started_at,
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            interrupted: summary.interrupted,
            sweeps: summary.sweeps,
            failed_sweeps: summary.failures.iter().map(FailureRecord::from).collect(),
            undecided: summary
                .undecided
                .iter()
                .map(|(check, items)| UndecidedCheckRecord { check: check.clone(), items: *items })
                .collect(),
            api_calls,
            items: summary.items,
            issues: summary.issues,
            opened: Vec::new(),
            widened: Vec::new(),
            expired: Vec::new(),
            resolved: Vec::new(),
            baseline: BaselineRecord::default(),
            omitted: 0,
            undelivered: summary.undelivered.iter().map(UndeliveredRecord::from).collect(),
        };
        for message in &summary.messages {
            if let Some(baseline) = &message.baseline {
                record.baseline.items += baseline.items;
                record.baseline.issues += baseline.issues;
            }
            record.omitted += message.omitted;
            for change in &message.issues {
                let issue = query::issue(self.views, change.finding.issue.as_str())?;
                let issue = self.issue(&issue, &query::item_of(self.views, &issue)?);
                match &change.kind {
                    IssueKind::Opened | IssueKind::Reopened => record.opened.push(issue),
                    IssueKind::Widened => record.widened.push(issue),
                    IssueKind::Expired => record.expired.push(issue),
                    IssueKind::Resolved(_) => record.resolved.push(issue),
                }
            }
        }
        for list in
            [&mut record.opened, &mut record.widened, &mut record.expired, &mut record.resolved]
        {
            self.sort(list);
        }
        Ok(record)
    }
}
