//! Who changed a resource: what the provider's own log of calls says of a change that we
//! recorded.
//!
//! We see *what* changed by looking; the provider's log says *who* called it. Nothing there
//! names the change: a call is held against the readings of the resource that it names
//! ([`Reading`]), and what fits is the change's [`Attribution`], with how sure that is
//! ([`Confidence`]). It is a fold over the calls that are known, whatever order they come in,
//! however often: the same calls give the same attribution.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod events;
mod hint;
mod reading;
mod text;

pub use events::{Ack, ChangeEvents, ChangeLog, Delivery, Error, Poison};
pub use hint::{About, Hint, Target, Targets, targets};
pub use reading::{Reading, readings, settle};

/// So many calls of one change are kept, the likeliest: nobody reads more.
pub const MOST: usize = 32;

/// How sure it is who changed a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Confidence {
    /// One call was made between two readings, and what changed is what it writes.
    Exact,
    /// One call was made between two readings; what it writes is not known.
    Likely,
    /// Several were: one of them, or each its part.
    OneOf,
}

impl Confidence {
    /// The word for it, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Likely => "likely",
            Self::OneOf => "one_of",
        }
    }
}

/// What of an item's change is attributed: an event of the item's stream.
///
/// A call that comes to light late makes another one, on the same revision; what they say
/// adds up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributed {
    /// The revision that the calls made.
    pub revision: u64,
    /// Who made them.
    #[serde(flatten)]
    pub by: Attribution,
}

/// Who changed a resource, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attribution {
    /// How sure it is.
    pub confidence: Confidence,
    /// Every call that may have made the change, in the order of their times: one, unless the
    /// confidence is [`OneOf`](Confidence::OneOf).
    pub calls: Vec<Call>,
    /// Whether there were more than [`MOST`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// A call that changed a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Call {
    /// The provider's id of the event.
    pub event_id: String,
    /// What copies of the event in other accounts have in common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub shared_event_id: Option<String>,
    /// What was called, in the provider's words: `AuthorizeSecurityGroupIngress`.
    pub event_name: String,
    /// Of which service, in the provider's words: `ec2.amazonaws.com`.
    pub event_source: String,
    /// When, by the service's clock.
    pub event_time: Timestamp,
    /// Who called.
    #[serde(flatten)]
    pub who: Who,
    /// The service that called on somebody's behalf: `CloudFormation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub via: Option<String>,
    /// Where the call came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub source_ip: Option<String>,
    /// With which program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub user_agent: Option<String>,
    /// Which members of the item's configuration it is known to write, as pointers that may
    /// have `*` for a segment; `""` where it makes or ends the whole resource. Empty where
    /// that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<String>,
}

/// Who made a call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Who {
    /// What names the principal for ever: its ARN, a service, an account.
    pub principal: String,
    /// What kind of principal that is: `user`, `role`, `root`, `service`, `account`, ...
    pub kind: String,
    /// What people call it: the name of the user or the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub name: Option<String>,
    /// The name of the role's session: often a person, where they sign on through one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub session: Option<String>,
    /// Who the session is really of: set once, and kept through every role after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub source_identity: Option<String>,
    /// Who took on the role, and who that one's before, as far as that was seen; the first
    /// comes first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<String>,
}

impl Call {
    /// Whether it is known what it writes.
    fn is_exact(&self) -> bool {
        !self.writes.is_empty()
    }
}

impl Attribution {
    /// What some calls come to; `None` where there are none.
    #[must_use]
    pub fn of(calls: impl IntoIterator<Item = Call>) -> Option<Self> {
        // Which copy of a call is kept must not depend on which came first.
        let mut calls: Vec<_> = calls.into_iter().collect();
        calls.sort_by(|a, b| a.event_id.cmp(&b.event_id).then(b.writes.cmp(&a.writes)));
        let mut ids = BTreeSet::new();
        let mut shared = BTreeSet::new();
        calls.retain(|call| {
            let is_new = ids.insert(call.event_id.clone());
            let is_alone = call.shared_event_id.as_ref().is_none_or(|id| shared.insert(id.clone()));
            is_new && is_alone
        });
        // The last before the reading are the likeliest.
        calls.sort_by(|a, b| {
            let order = |call: &Call| (!call.is_exact(), std::cmp::Reverse(call.event_time));
            order(a).cmp(&order(b)).then_with(|| a.event_id.cmp(&b.event_id))
        });
        let more = calls.len() > MOST;
        calls.truncate(MOST);
        calls.sort_by(|a, b| (a.event_time, &a.event_id).cmp(&(b.event_time, &b.event_id)));
        let confidence = match calls.as_slice() {
            [] => return None,
            [one] if one.is_exact() => Confidence::Exact,
            [_] => Confidence::Likely,
            _ => Confidence::OneOf,
        };
        Some(Self { confidence, calls, more })
    }

    /// What is known of a change together.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        let more = self.more || other.more;
        let calls = self.calls.iter().chain(&other.calls).cloned();
        // There is one where there were two.
        let both = Self::of(calls).unwrap_or(self);
        Self { more: both.more || more, ..both }
    }

    /// What is known of one member of the configuration that the change set: of several calls,
    /// those that write it.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Self {
        let writes = |call: &&Call| reading::writes(&call.writes, pointer);
        if self.more || self.calls.iter().any(|call| !call.is_exact()) {
            return self.clone();
        }
        Self::of(self.calls.iter().filter(writes).cloned()).unwrap_or_else(|| self.clone())
    }
}

#[cfg(test)]
mod tests;
