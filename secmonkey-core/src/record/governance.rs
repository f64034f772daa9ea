//! Rules that people made, and comments.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::account::AccountId;
use crate::event::{Actor, IssueId};
use crate::governance::{Ignore, Override, RuleId};
use crate::query::{Effect, Impact};
use crate::schedule::{self, Interval, Priority};
use crate::view::{CommentRow, RuleRow};

/// An override of a check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OverrideRecord {
    /// Names it for ever.
    pub id: RuleId,
    /// The check.
    pub check: String,
    /// The items it is about, as a query; empty for all.
    pub query: String,
    /// The score that it gives; `null`: as the check says.
    pub score: Option<u8>,
    /// What it sets of the check's parameters.
    pub parameters: BTreeMap<String, Value>,
    /// Whether it turns the check off.
    pub disabled: bool,
    /// Why.
    pub reason: String,
    /// When it ends; `null`: when it is removed.
    pub until: Option<Timestamp>,
    /// Who decided; `null` before that.
    pub by: Option<Actor>,
    /// When it was decided; `null` before that.
    pub at: Option<Timestamp>,
    /// How many items it is about now; `null` where nobody counted.
    pub items: Option<u64>,
    /// How many standing findings of the check they have.
    pub issues: Option<u64>,
    /// What its parameters would change of what is found; only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
}

/// A rule that ignores items.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IgnoreRecord {
    /// Names it for ever.
    pub id: RuleId,
    /// The items it is about, as a query.
    pub query: String,
    /// Why.
    pub reason: String,
    /// When it ends; `null`: when it is removed.
    pub until: Option<Timestamp>,
    /// Who decided; `null` before that.
    pub by: Option<Actor>,
    /// When it was decided; `null` before that.
    pub at: Option<Timestamp>,
    /// How many items it ignores now; `null` where nobody counted.
    pub items: Option<u64>,
    /// How many standing findings they have.
    pub issues: Option<u64>,
}

/// What is decided about when something is looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScheduleRecord {
    /// The account; `null` for all.
    pub account: Option<AccountId>,
    /// The technology's id; `null` for all.
    pub technology: Option<String>,
    /// How often, as `15m`, `1h`, `1d`, `1w`; `null`: as a less specific rule says.
    pub interval: Option<Interval>,
    /// How early an account has its turn: `low`, `normal`, `high`; `null`: as a less specific
    /// rule says.
    pub priority: Option<Priority>,
    /// Whether it is not looked at.
    pub paused: bool,
    /// Why; empty where nobody said.
    pub reason: String,
    /// Who decided; `null` before that.
    pub by: Option<Actor>,
    /// When it was decided; `null` before that.
    pub at: Option<Timestamp>,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CommentRecord {
    /// What was said.
    pub text: String,
    /// About which revision; `null` where about none in particular.
    pub revision: Option<u64>,
    /// About which issue; `null` where about none in particular.
    pub issue: Option<IssueId>,
    /// Who said it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

impl From<&Override> for OverrideRecord {
    fn from(rule: &Override) -> Self {
        Self {
            id: rule.id.clone(),
            check: rule.check.clone(),
            query: rule.scope.to_string(),
            score: rule.score,
            parameters: rule.parameters.clone(),
            disabled: rule.disabled,
            reason: rule.reason.clone(),
            until: rule.until,
            by: None,
            at: None,
            items: None,
            issues: None,
            effect: None,
        }
    }
}

impl From<&RuleRow<Override>> for OverrideRecord {
    fn from(row: &RuleRow<Override>) -> Self {
        Self { by: Some(row.by.clone()), at: Some(row.at), ..Self::from(&row.rule) }
    }
}

impl OverrideRecord {
    /// The same with what it is about.
    #[must_use]
    pub fn counted(self, impact: &Impact) -> Self {
        Self { items: Some(impact.items), issues: Some(impact.issues), ..self }
    }
}

impl From<&Ignore> for IgnoreRecord {
    fn from(rule: &Ignore) -> Self {
        Self {
            id: rule.id.clone(),
            query: rule.scope.to_string(),
            reason: rule.reason.clone(),
            until: rule.until,
            by: None,
            at: None,
            items: None,
            issues: None,
        }
    }
}

impl From<&RuleRow<Ignore>> for IgnoreRecord {
    fn from(row: &RuleRow<Ignore>) -> Self {
        Self { by: Some(row.by.clone()), at: Some(row.at), ..Self::from(&row.rule) }
    }
}

impl IgnoreRecord {
    /// The same with what it is about.
    #[must_use]
    pub fn counted(self, impact: &Impact) -> Self {
        Self { items: Some(impact.items), issues: Some(impact.issues), ..self }
    }
}

impl From<&schedule::Rule> for ScheduleRecord {
    fn from(rule: &schedule::Rule) -> Self {
        Self {
            account: rule.account.clone(),
            technology: rule.technology.clone(),
            interval: rule.interval,
            priority: rule.priority,
            paused: rule.paused,
            reason: rule.reason.clone(),
            by: None,
            at: None,
        }
    }
}

impl From<&RuleRow<schedule::Rule>> for ScheduleRecord {
    fn from(row: &RuleRow<schedule::Rule>) -> Self {
        Self { by: Some(row.by.clone()), at: Some(row.at), ..Self::from(&row.rule) }
    }
}

impl From<CommentRow> for CommentRecord {
    fn from(row: CommentRow) -> Self {
        let CommentRow { comment, by, at } = row;
        Self { text: comment.text, revision: comment.revision, issue: comment.issue, by, at }
    }
}
