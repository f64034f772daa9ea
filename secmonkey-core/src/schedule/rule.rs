//! What is said about when accounts and technologies are looked at, and which of it counts.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Interval;
use crate::account::AccountId;

/// What a rule is about: an account, a technology, one in the other, or everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// The account; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The technology's id; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technology: Option<String>,
}

impl Scope {
    /// Everything.
    pub const ALL: Self = Self { account: None, technology: None };

    /// All technologies of an account.
    #[must_use]
    pub fn account(account: AccountId) -> Self {
        Self { account: Some(account), technology: None }
    }

    /// A technology in all accounts.
    #[must_use]
    pub fn technology(technology: impl Into<String>) -> Self {
        Self { account: None, technology: Some(technology.into()) }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.account, &self.technology) {
            (None, None) => f.write_str("everything"),
            (Some(account), None) => write!(f, "account {account}"),
            (None, Some(technology)) => f.write_str(technology),
            (Some(account), Some(technology)) => write!(f, "{technology} in account {account}"),
        }
    }
}

/// How early an account has its turn where several are due and not all can start.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Priority {
    /// As if it were due an hour later.
    Low,
    /// The most overdue comes first.
    #[default]
    Normal,
    /// As if it were due an hour earlier. Nobody starves: who waited for more than an hour
    /// longer comes first all the same.
    High,
}

impl Priority {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    /// How much longer than a low one it is taken to have waited.
    pub(super) const fn head_start(self) -> Duration {
        match self {
            Self::Low => Duration::ZERO,
            Self::Normal => Duration::from_hours(1),
            Self::High => Duration::from_hours(2),
        }
    }
}

/// When something is looked at: what the configuration says, or somebody decided.
///
/// The most specific rule that sets something counts: a technology of an account, then the
/// account, then the technology, then all. Of two about the same, the decision counts. A
/// pause counts for all that it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The account; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The technology's id; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technology: Option<String>,
    /// How often it is looked at; `None`: as a less specific rule says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// How early the account has its turn; only where the rule names no technology.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Whether it is not looked at until the rule is taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl Rule {
    /// A rule that says nothing yet.
    #[must_use]
    pub fn about(scope: Scope) -> Self {
        let Scope { account, technology } = scope;
        Self { account, technology, ..Self::default() }
    }

    /// What it is about.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope { account: self.account.clone(), technology: self.technology.clone() }
    }

    /// Whether it says anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.interval.is_none() && self.priority.is_none() && !self.paused
    }

    /// What it says, in a few words: `every 15m, priority high, paused`.
    #[must_use]
    pub fn says(&self) -> String {
        let interval = self.interval.map(|interval| format!("every {interval}"));
        let priority = self.priority.map(|priority| format!("priority {}", priority.as_str()));
        let paused = self.paused.then(|| "paused".to_owned());
        interval.into_iter().chain(priority).chain(paused).collect::<Vec<_>>().join(", ")
    }
}

/// Rules by account and technology; an empty name stands for all.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules(BTreeMap<String, BTreeMap<String, Rule>>);

impl Rules {
    pub(super) fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut all: BTreeMap<String, BTreeMap<String, Rule>> = BTreeMap::new();
        for rule in rules {
            let account = rule.account.clone().map(String::from).unwrap_or_default();
            let technology = rule.technology.clone().unwrap_or_default();
            all.entry(account).or_default().insert(technology, rule);
        }
        Self(all)
    }

    fn get(&self, account: &str, technology: &str) -> Option<&Rule> {
        self.0.get(account)?.get(technology)
    }
}

/// What counts for a technology of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    pub(super) interval: Interval,
    pub(super) paused: bool,
}

/// The rules in force: those of the configuration, and what people decided.
#[derive(Debug, Clone, Default)]
pub(super) struct InForce {
    pub(super) configured: Rules,
    pub(super) decided: Rules,
}

impl InForce {
    /// The rules about a technology of an account, the one that counts most first.
    fn about<'a>(
        &'a self,
        account: &'a str,
        technology: &'a str,
    ) -> impl Iterator<Item = &'a Rule> {
        [(account, technology), (account, ""), ("", technology), ("", "")].into_iter().flat_map(
            move |(account, technology)| {
                let of = |rules: &'a Rules| rules.get(account, technology);
                [of(&self.decided), of(&self.configured)].into_iter().flatten()
            },
        )
    }

    pub(super) fn pace(&self, account: &AccountId, technology: &str, usual: Interval) -> Pace {
        let mut interval = None;
        let mut paused = false;
        for rule in self.about(account.as_str(), technology) {
            interval = interval.or(rule.interval);
            paused |= rule.paused;
        }
        Pace { interval: interval.unwrap_or(usual), paused }
    }

    pub(super) fn priority(&self, account: &AccountId) -> Priority {
        // Once for the account, once for all.
        let mut rules = self.about(account.as_str(), "");
        rules.find_map(|rule| rule.priority).unwrap_or_default()
    }
}
