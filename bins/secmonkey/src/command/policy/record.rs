//! What `policy explain` says.

use std::collections::BTreeMap;

use secmonkey_core::check::{Finding, severity};
use secmonkey_policy::actions::AccessLevel;
use secmonkey_policy::document::Of;
use secmonkey_policy::{Condition, Pattern};
use serde::Serialize;

/// The policy of a resource, or of a role who may assume it.
#[derive(Debug, Clone, Serialize)]
pub struct ResourcePolicy {
    pub public: bool,
    pub who: Vec<Grant>,
    pub findings: Vec<PolicyFinding>,
}

/// Somebody who is let in, by one statement.
#[derive(Debug, Clone, Serialize)]
pub struct Grant {
    pub kind: &'static str,
    /// `*` for everybody.
    pub value: String,
    pub relation: &'static str,
    /// The account that stands behind them, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What people call them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For a service: in whose name it must act; left out where in anybody's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<Source>,
    /// Whether anybody on the internet may be this one.
    pub public: bool,
    pub actions: Vec<String>,
    /// What `actions` are less; left out where nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_actions: Vec<String>,
    /// Empty in a trust policy.
    pub resources: Vec<String>,
    /// What `resources` are less; left out where nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_resources: Vec<String>,
    pub conditions: Vec<ConditionRecord>,
    /// Where the statement stands in the policy; in that of an item, in its configuration.
    pub statement: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The statements that deny it to others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub denies: Vec<String>,
}

/// In whose name a service acts.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    pub kind: &'static str,
    pub value: String,
    pub relation: &'static str,
}

/// A condition.
#[derive(Debug, Clone, Serialize)]
pub struct ConditionRecord {
    pub operator: String,
    pub key: String,
    pub values: Vec<String>,
}

impl From<&Condition<'_>> for ConditionRecord {
    fn from(condition: &Condition<'_>) -> Self {
        Self {
            operator: condition.operator.text.to_owned(),
            key: condition.key.to_owned(),
            values: condition.values.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What a check says of a policy.
#[derive(Debug, Clone, Serialize)]
pub struct PolicyFinding {
    pub check: String,
    pub subject: String,
    pub score: u8,
    pub severity: &'static str,
    pub detail: String,
    pub evidence: Vec<String>,
}

impl From<Finding> for PolicyFinding {
    fn from(finding: Finding) -> Self {
        Self {
            check: finding.check.into_owned(),
            subject: finding.subject,
            score: finding.score,
            severity: severity(finding.score),
            detail: finding.detail,
            evidence: finding.evidence,
        }
    }
}

/// What is named, and what it is less: all but some is `*` less these.
pub fn named(of: &Of<Pattern<'_>>) -> (Vec<String>, Vec<String>) {
    let texts = |all: &[Pattern<'_>]| all.iter().map(ToString::to_string).collect();
    match of {
        Of::Only(some) => (texts(some), Vec::new()),
        Of::AllBut(some) => (vec!["*".to_owned()], texts(some)),
    }
}

/// What an identity may do, all of its policies taken together.
#[derive(Debug, Clone, Serialize)]
pub struct IdentityPolicy {
    pub full_admin: bool,
    pub permissions_management: bool,
    /// The ids of the ways by which it can gain permissions.
    pub privilege_escalation: Vec<&'static str>,
    pub actions_by_access_level: BTreeMap<AccessLevel, Vec<String>>,
    /// Actions that carry data away, and are allowed on everything.
    pub data_exfiltration: Vec<String>,
    /// Actions whose answer is a credential.
    pub credentials_exposure: Vec<String>,
    /// What the policies name that no known action is; left out where nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown_actions: Vec<String>,
    pub findings: Vec<PolicyFinding>,
}

/// A role: who may assume it, and what it then may do.
#[derive(Debug, Clone, Serialize)]
pub struct RolePolicies {
    #[serde(flatten)]
    pub trust: ResourcePolicy,
    pub permissions: IdentityPolicy,
}
