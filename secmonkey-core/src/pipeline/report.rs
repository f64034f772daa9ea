//! What people are told of a scan.

use jiff::Timestamp;

use super::IssueCounts;
use super::sweep::Swept;
use crate::account::Account;
use crate::event::{Failure, ScanId};
use crate::notify::{Baseline, IssueChange, IssueKind, Message};

/// A message lists this many issues and counts the rest.
const TOLD: usize = 500;

/// What an account's part of a scan brought, as far as people are told.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) issues: IssueCounts,
    pub(super) strongest_new: Option<u8>,
    pub(super) messages: Vec<Message>,
    pub(super) undelivered: Vec<(String, String)>,
    pub(super) failures: Vec<Failure>,
    told: Vec<IssueChange>,
    omitted: u64,
    baseline: u64,
}

impl Report {
    /// Counts an issue's change, and keeps it for the message unless it belongs to the
    /// first look ever.
    pub(super) fn issue(&mut self, change: IssueChange, baseline: bool) {
        match change.kind {
            IssueKind::Opened => self.issues.opened += 1,
            IssueKind::Reopened => self.issues.reopened += 1,
            IssueKind::Resolved(_) => self.issues.resolved += 1,
            IssueKind::Widened => {}
        }
        if matches!(change.kind, IssueKind::Opened | IssueKind::Reopened) {
            self.strongest_new = self.strongest_new.max(Some(change.finding.score));
        }
        if baseline && change.kind == IssueKind::Opened {
            self.baseline += 1;
        } else if self.told.len() < TOLD {
            self.told.push(change);
        } else {
            self.omitted += 1;
        }
    }

    /// The account's message.
    pub(super) fn message(
        &mut self,
        account: &Account,
        scan: ScanId,
        started_at: Timestamp,
        swept: &Swept,
    ) -> Message {
        let mut changes = swept.changes.clone();
        changes.sort_by(|a, b| a.key.cmp(&b.key));
        let mut issues = std::mem::take(&mut self.told);
        issues.sort_by(|a, b| {
            (b.finding.score, &a.key, &a.finding.check, &a.finding.subject).cmp(&(
                a.finding.score,
                &b.key,
                &b.finding.check,
                &b.finding.subject,
            ))
        });
        let baseline = Baseline { items: swept.baseline, issues: self.baseline };
        Message {
            account: if account.name == account.id.as_str() {
                account.name.clone()
            } else {
                format!("{} ({})", account.name, account.id)
            },
            scan,
            started_at,
            changes,
            issues,
            omitted: swept.changes_omitted + self.omitted,
            baseline: (baseline != Baseline::default()).then_some(baseline),
            failures: swept.failures.clone(),
        }
    }
}
