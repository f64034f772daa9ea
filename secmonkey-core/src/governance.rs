//! What people decide for many findings at once: overrides of checks, and items to ignore.
//!
//! Nothing that is recorded changes by such a rule, and nothing is deleted: events carry base
//! scores, and what is asked is answered by the rules of that instant. A rule that is removed,
//! or is over, leaves no trace in what it was about; justifications outlive it.
//!
//! Parameters are another matter: they decide over what is found, so they count where items are
//! judged. The audit records which were in force, and judges anew what is stored when they change.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::AccountId;
use crate::check::parameter::shown;
use crate::event::short_id;
use crate::query::Query;
use crate::query::language::{Term, When};
use crate::schedule::Scope;

mod ruling;
mod subscription;
mod user;

pub(crate) use ruling::ItemRuling;
pub use ruling::{Governance, ItemFacts, Ruled, Ruling, Suppressed, Suppression};
pub use subscription::{Cadence, InvalidTime, LocalTime, QuietHours, Silence, Subscription};
pub use user::{Role, Token, UnknownRole, User};

/// Ten base32 characters that name a rule: of SHA-256 over what it is about. Deciding anew
/// about the same replaces what was decided before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(String);

impl RuleId {
    /// The id of the override of a check for what a query means.
    #[must_use]
    pub fn of_override(check: &str, scope: &Query) -> Self {
        Self(short_id(&["override", check, &scope.to_string()]))
    }

    /// The id of the rule that ignores what a query means.
    #[must_use]
    pub fn of_ignore(scope: &Query) -> Self {
        Self(short_id(&["ignore", &scope.to_string()]))
    }

    /// The id of what is decided about when something is looked at.
    #[must_use]
    pub fn of_schedule(scope: &Scope) -> Self {
        let account = scope.account.as_ref().map(AccountId::as_str).unwrap_or_default();
        let technology = scope.technology.as_deref().unwrap_or_default();
        Self(short_id(&["schedule", account, technology]))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a check says, said otherwise for some items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Override {
    /// Names it for ever.
    pub id: RuleId,
    /// The check.
    pub check: String,
    /// The items whose findings it is about.
    pub scope: Query,
    /// The score of what the check finds, 0 to 10; `None`: as the check says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// What it sets of the check's parameters, by name: these decide over what is found.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
    /// Whether what the check finds is suppressed. It resolves nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// Why.
    pub reason: String,
    /// When it ends; `None`: when it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Items that nobody wants to hear of. They are recorded and judged as all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ignore {
    /// Names it for ever.
    pub id: RuleId,
    /// The items.
    pub scope: Query,
    /// Why.
    pub reason: String,
    /// When it ends; `None`: when it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Override {
    /// An override that says nothing yet.
    #[must_use]
    pub fn new(check: impl Into<String>, scope: Query, reason: impl Into<String>) -> Self {
        let check = check.into();
        Self {
            id: RuleId::of_override(&check, &scope),
            check,
            scope,
            score: None,
            parameters: BTreeMap::new(),
            disabled: false,
            reason: reason.into(),
            until: None,
        }
    }

    /// What it says, in a few words: `score 3, max_age_days = 180`.
    #[must_use]
    pub fn says(&self) -> String {
        says(self.score, &self.parameters, self.disabled)
    }
}

/// What an override says, in a few words.
#[must_use]
pub fn says(score: Option<u8>, parameters: &BTreeMap<String, Value>, disabled: bool) -> String {
    let off = disabled.then(|| "turned off".to_owned());
    let score = score.filter(|_| !disabled).map(|score| format!("score {score}"));
    let set = parameters.iter().map(|(name, value)| format!("{name} = {}", shown(value)));
    off.into_iter().chain(score).chain(set).collect::<Vec<_>>().join(", ")
}

impl Ignore {
    /// A rule that ignores what a query means.
    #[must_use]
    pub fn new(scope: Query, reason: impl Into<String>) -> Self {
        let id = RuleId::of_ignore(&scope);
        Self { id, scope, reason: reason.into(), until: None }
    }
}

/// What somebody said about an item, one of its revisions or one of its issues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    /// What was said.
    pub text: String,
    /// About which of the item's issues; `None`: about the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<crate::event::IssueId>,
    /// About which of the item's revisions; `None`: about the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// The term of a query that cannot say what a rule is about, where there is one: rules are
/// about items as they are recorded, and not about issues, about what scans look at, or about
/// what rules decide.
#[must_use]
pub fn unfit(scope: &Query) -> Option<&Term> {
    let is_unfit = |term: &&Term| {
        term.is_of_issue() || matches!(term, Term::Score(..) | Term::Ignored(_) | Term::Watched(_))
    };
    scope.terms().find(is_unfit)
}

/// The term of a query that means other items as time goes by, where there is one: what is judged
/// would have to be judged again though nothing happened.
#[must_use]
pub fn drifting(scope: &Query) -> Option<&Term> {
    let is_age = |when: &When| matches!(when, When::Age(..));
    let drifts = |term: &&Term| match term {
        Term::Changed(_, when) | Term::FirstSeen(_, when) => is_age(when),
        _ => false,
    };
    scope.terms().find(drifts)
}
