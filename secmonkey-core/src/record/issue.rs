//! Issues.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::{AuthorRecord, Records};
use crate::account::AccountId;
use crate::check::{Finding, severity};
use crate::event::{IssueId, Resolution};
use crate::governance::{Ruled, Suppression};
use crate::issue::{Issue, Justification, Status};
use crate::item::{Item, Key};
use crate::notify::{IssueChange, IssueKind};
use crate::query::IssueState;
use crate::replay::ItemRow;

/// An issue.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssueRecord {
    /// Names it for ever.
    pub id: IssueId,
    /// The check that found it.
    pub check: String,
    /// The item it is about.
    pub key: Key,
    /// The item's account.
    pub account: AccountId,
    /// The account's name, where it is registered.
    pub account_name: Option<String>,
    /// The item's technology.
    pub technology: String,
    /// The item's region.
    pub region: String,
    /// The provider's id of the item.
    pub resource_id: String,
    /// What people call the item.
    pub name: String,
    /// The item's ARN, where it has one.
    pub arn: Option<String>,
    /// What inside the item it is about; empty for the whole item.
    pub subject: String,
    /// Its score: that of the check, or of the override that counts.
    pub score: u8,
    /// The score that the check gives.
    pub base_score: u8,
    /// The severity people read in it.
    pub severity: &'static str,
    /// How it stands.
    pub status: Status,
    /// Dates and facts, in one line.
    pub detail: String,
    /// Pointers into the configuration.
    pub evidence: Vec<String>,
    /// What is not known that could take it away.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub doubt: BTreeSet<String>,
    /// When it was first found; `null` for what nobody recorded.
    pub opened_at: Option<Timestamp>,
    /// When it was last found again after it had been resolved; left out where it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub reopened_at: Option<Timestamp>,
    /// When it was resolved, where it is.
    pub resolved_at: Option<Timestamp>,
    /// Why it was resolved, where it is: `fixed`, `known_now`, ...
    pub resolved_reason: Option<&'static str>,
    /// What became known, where that resolved it.
    pub resolved_by: Option<String>,
    /// The decision that it is acceptable, where there is one.
    pub justification: Option<Justification>,
    /// The rule that suppresses it, where one does.
    pub suppressed: Option<Suppression>,
    /// The check that says the same in a wider sense.
    pub part_of: Option<String>,
    /// The change of the item that brought it, or brought it back, with who made that; left
    /// out where something else did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub brought_by: Option<AuthorRecord>,
    /// Whether it stands below a wider issue in its list.
    #[serde(skip)]
    pub is_part: bool,
}

impl IssueRecord {
    /// Since when it stands as it does: resolved, found again, or found at all.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        self.resolved_at.or(self.reopened_at).or(self.opened_at)
    }
}

/// What a message says of an issue; when is not in it.
impl From<&IssueChange> for IssueRecord {
    fn from(change: &IssueChange) -> Self {
        let IssueChange { key, name, finding, kind, part_of, .. } = change;
        let status = match kind {
            IssueKind::Resolved(_) => Status::Resolved,
            _ if change.justified => Status::Justified,
            _ => Status::Open,
        };
        Self {
            id: finding.issue.clone(),
            check: finding.check.clone(),
            account: key.account.clone(),
            account_name: None,
            technology: key.technology.clone(),
            region: key.region.clone(),
            resource_id: key.id.clone(),
            key: key.clone(),
            name: name.clone(),
            arn: None,
            subject: finding.subject.clone(),
            score: finding.score,
            base_score: finding.score,
            severity: severity(finding.score),
            status,
            detail: finding.detail.clone(),
            evidence: finding.evidence.clone(),
            doubt: finding.doubt.clone(),
            opened_at: None,
            reopened_at: None,
            resolved_at: None,
            resolved_reason: None,
            resolved_by: None,
            justification: None,
            suppressed: None,
            part_of: part_of.clone(),
            brought_by: None,
            is_part: false,
        }
    }
}

/// What became known so that a finding no longer stands.
fn became_known(reason: &Resolution) -> Option<&String> {
    match reason {
        Resolution::KnownNow { what } | Resolution::ReadNow { what } => Some(what),
        _ => None,
    }
}

impl Records<'_> {
    /// An issue of an item.
    #[must_use]
    pub fn issue(&self, issue: &Issue, row: &ItemRow) -> IssueRecord {
        let finding = &issue.finding;
        let reason = issue.resolved_reason.as_ref();
        IssueRecord {
            id: finding.issue.clone(),
            check: finding.check.clone(),
            account: issue.key.account.clone(),
            account_name: self.account_name(&issue.key.account),
            technology: issue.key.technology.clone(),
            region: issue.key.region.clone(),
            resource_id: issue.key.id.clone(),
            key: issue.key.clone(),
            name: row.name.clone(),
            arn: row.arn.clone(),
            subject: finding.subject.clone(),
            score: finding.score,
            base_score: issue.ruling.base_score.unwrap_or(finding.score),
            severity: severity(finding.score),
            status: issue.status(self.now),
            detail: finding.detail.clone(),
            evidence: finding.evidence.clone(),
            doubt: finding.doubt.clone(),
            opened_at: Some(issue.opened_at),
            reopened_at: issue.reopened_at,
            resolved_at: issue.resolved_at,
            resolved_reason: reason.map(Resolution::as_str),
            resolved_by: reason.and_then(became_known).cloned(),
            justification: issue.justification.clone(),
            suppressed: issue.ruling.suppressed.clone(),
            part_of: self.registry.part_of(&finding.check).map(str::to_owned),
            brought_by: None,
            is_part: false,
        }
    }

    /// An issue as a search found it.
    #[must_use]
    pub fn issue_state(&self, state: &IssueState) -> IssueRecord {
        let brought_by = state.brought_by.as_ref().map(AuthorRecord::from);
        IssueRecord { brought_by, ..self.issue(&state.issue, &state.row) }
    }

    /// What a check says about an item that nobody recorded as an issue.
    #[must_use]
    pub fn finding(&self, finding: &Finding, item: &Item) -> IssueRecord {
        IssueRecord {
            id: IssueId::of(&item.key, &finding.check, &finding.subject),
            check: finding.check.clone().into_owned(),
            account: item.key.account.clone(),
            account_name: self.account_name(&item.key.account),
            technology: item.key.technology.clone(),
            region: item.key.region.clone(),
            resource_id: item.key.id.clone(),
            key: item.key.clone(),
            name: item.name.clone(),
            arn: item.arn.clone(),
            subject: finding.subject.clone(),
            score: finding.score,
            base_score: finding.score,
            severity: severity(finding.score),
            status: Status::Open,
            detail: finding.detail.clone(),
            evidence: finding.evidence.clone(),
            doubt: finding.doubt.clone(),
            opened_at: None,
            reopened_at: None,
            resolved_at: None,
            resolved_reason: None,
            resolved_by: None,
            justification: None,
            suppressed: None,
            part_of: self.registry.part_of(&finding.check).map(str::to_owned),
            brought_by: None,
            is_part: false,
        }
    }
}

impl IssueRecord {
    /// The same as the rules in force have it.
    #[must_use]
    pub fn ruled(mut self, ruled: Ruled) -> Self {
        if let Some(score) = ruled.score {
            self.score = score;
            self.severity = severity(score);
        }
        if ruled.suppressed.is_some() {
            self.status = Status::Suppressed;
            self.suppressed = ruled.suppressed;
        }
        self
    }
}
