//! Issues: findings over time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::{Actor, Envelope, Event, IssueId, Opened, Resolution};
use crate::governance::Ruling;
use crate::item::Key;

/// A finding over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// The item it is about.
    pub key: Key,
    /// The finding as it stands, or last stood.
    pub finding: Opened,
    /// When it was first found.
    pub opened_at: Timestamp,
    /// When it was last found again after it had been resolved, where it was.
    pub reopened_at: Option<Timestamp>,
    /// When it was resolved, where it is.
    pub resolved_at: Option<Timestamp>,
    /// Why it was resolved, where it is.
    pub resolved_reason: Option<Resolution>,
    /// The decision that it is acceptable, where there is one.
    pub justification: Option<Justification>,
    /// The revision of the item that brought it, or brought it back: the same scan recorded
    /// both. `None` where something else did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought_by: Option<u64>,
    /// What the rules in force say of it; nothing in what is stored.
    #[serde(skip)]
    pub ruling: Ruling,
}

/// A decision that a finding is acceptable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Justification {
    /// Why.
    pub note: String,
    /// When it ends; `None`: with the finding.
    pub until: Option<Timestamp>,
    /// Who decided.
    pub by: Actor,
    /// When it was decided.
    pub at: Timestamp,
}

/// How an issue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Status {
    /// The finding stands.
    Open,
    /// The finding stands and was found acceptable.
    Justified,
    /// The finding stands; its check is turned off for the item, or the item is ignored.
    Suppressed,
    /// The finding no longer stands.
    Resolved,
}

/// Where an issue stands among others, the worst first: the strongest, of these what the internet
/// reaches, then what strangers reach, then what is privileged; of these the newest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rank {
    score: Reverse<u8>,
    exposed: Exposed,
    /// Since when it stands, in milliseconds since 1970.
    since: Reverse<i64>,
    id: IssueId,
}

impl Rank {
    /// The score.
    #[must_use]
    pub fn score(&self) -> u8 {
        self.score.0
    }

    /// The same as text that sorts so.
    pub(crate) fn as_key(&self) -> String {
        let (score, exposed) = (u8::MAX - self.score.0, self.exposed as u8);
        let since = u64::MAX - self.since.0.max(0).unsigned_abs();
        format!("{score:02x}{exposed:x}{since:016x}{}", self.id)
    }
}

/// What stands before what at the same score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Exposed {
    /// What the internet reaches.
    Internet,
    /// What strangers reach.
    Strangers,
    /// What may do much.
    Privileged,
    /// What nobody else reaches.
    Inside,
}

impl Exposed {
    /// How exposed it is what a check finds, as far as its name says. What is not in use has a
    /// low score already.
    pub(crate) fn of(check: &str) -> Self {
        let says = |words: &[&str]| words.iter().any(|word| check.contains(word));
        if check.contains("egress") {
            Self::Inside
        } else if says(&["internet", "public"]) {
            Self::Internet
        } else if says(&["unknown", "cross_account"]) {
            Self::Strangers
        } else if says(&["admin", "escalation", "permissions_management", "mfa", "root"]) {
            Self::Privileged
        } else {
            Self::Inside
        }
    }
}

impl Issue {
    /// Where it stands among others.
    #[must_use]
    pub fn rank(&self) -> Rank {
        Rank {
            score: Reverse(self.finding.score),
            exposed: Exposed::of(&self.finding.check),
            since: Reverse(self.stands_since().as_millisecond()),
            id: self.finding.issue.clone(),
        }
    }

    /// The same without what is long and says nothing of how it stands: the detail and evidence
    /// of the finding, and the note of the decision.
    pub(crate) fn outline(&self) -> Self {
        let finding = Opened {
            detail: String::new(),
            evidence: Vec::new(),
            grounds: BTreeSet::new(),
            doubt: BTreeSet::new(),
            parameters: BTreeMap::new(),
            ..self.finding.clone()
        };
        let justification = self.justification.clone();
        let justification = justification.map(|it| Justification { note: String::new(), ..it });
        Self { finding, justification, ..self.clone() }
    }

    /// How it stands at a time: a justification counts until it ends, and before a rule that
    /// suppresses.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        if self.resolved_at.is_some() {
            Status::Resolved
        } else if self.justified(now) {
            Status::Justified
        } else if self.ruling.suppressed.is_some() {
            Status::Suppressed
        } else {
            Status::Open
        }
    }

    /// Whether a justification counts at a time.
    #[must_use]
    pub fn justified(&self, now: Timestamp) -> bool {
        self.justification
            .as_ref()
            .is_some_and(|justification| justification.until.is_none_or(|until| now < until))
    }

    /// Since when it stands: since it was last found again, else since it was first found.
    #[must_use]
    pub fn stands_since(&self) -> Timestamp {
        self.reopened_at.unwrap_or(self.opened_at)
    }

    /// When it came to stand as it does at a time, as far as it is news: since when it is
    /// resolved, else since when it stands.
    #[must_use]
    pub fn moved(&self, now: Timestamp) -> Timestamp {
        match (self.status(now), self.resolved_at) {
            (Status::Resolved, Some(at)) => at,
            _ => self.stands_since(),
        }
    }

    /// Whether a finding rests on something that this one did not.
    #[must_use]
    pub fn widened_by(&self, grounds: &BTreeSet<String>) -> bool {
        !grounds.is_subset(&self.finding.grounds)
    }

    /// The issue that an event speaks of; `None` where it speaks of none.
    #[must_use]
    pub fn of(event: &Event) -> Option<&IssueId> {
        match event {
            Event::IssueOpened(finding)
            | Event::IssueUpdated(finding)
            | Event::IssueReopened(finding) => Some(&finding.issue),
            Event::IssueResolved { issue, .. }
            | Event::IssueJustified { issue, .. }
            | Event::JustificationWithdrawn { issue }
            | Event::JustificationExpired { issue } => Some(issue),
            _ => None,
        }
    }

    /// The issue that a finding opens at a time.
    pub(crate) fn opened(key: &Key, finding: &Opened, opened_at: Timestamp) -> Self {
        Self {
            key: key.clone(),
            finding: finding.clone(),
            opened_at,
            reopened_at: None,
            resolved_at: None,
            resolved_reason: None,
            justification: None,
            brought_by: None,
            ruling: Ruling::default(),
        }
    }

    /// The issue after an event that speaks of it.
    pub(crate) fn step(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::IssueUpdated(finding) => self.finding = finding.clone(),
            Event::IssueReopened(finding) => {
                self.finding = finding.clone();
                self.reopened_at = Some(envelope.recorded_at);
                (self.resolved_at, self.resolved_reason) = (None, None);
            }
            Event::IssueResolved { reason, .. } => {
                self.resolved_at = Some(envelope.recorded_at);
                self.resolved_reason = Some(reason.clone());
                let undated = self.justification.as_ref().is_some_and(|it| it.until.is_none());
                if reason.ends_decision() && undated {
                    self.justification = None;
                }
            }
            Event::IssueJustified { note, until, .. } => {
                self.justification = Some(Justification {
                    note: note.clone(),
                    until: *until,
                    by: envelope.actor.clone(),
                    at: envelope.recorded_at,
                });
            }
            Event::JustificationWithdrawn { .. } | Event::JustificationExpired { .. } => {
                self.justification = None;
            }
            _ => {}
        }
    }
}
