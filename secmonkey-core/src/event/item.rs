//! What the log says of items: their configurations, and what checks find in them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use json_patch::Patch;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::IssueId;
use crate::config::Digest;

/// The first sight of an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Discovered {
    /// What people call it.
    pub name: String,
    /// Its ARN, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The technology's shape it was read with.
    pub shape: u32,
    /// The configuration in canonical form.
    pub config: Value,
    /// The digest of the configuration.
    pub digest: Digest,
    /// Parts that could not be read yet.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unread: BTreeSet<String>,
}

/// A step from one configuration of an item to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// RFC 6902, minimal.
    pub patch: Patch,
    /// The digest of the configuration after it.
    pub digest: Digest,
    /// The whole item after it, every now and then: replay starts here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full: Option<Box<Full>>,
    /// The new name, where it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The new ARN, where it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
}

/// All that the configuration events up to one of them say of an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Full {
    /// The configuration.
    pub config: Value,
    /// What people call it.
    pub name: String,
    /// Its ARN, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// Names and ARNs it once had.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub former: BTreeSet<String>,
    /// The revision it is at.
    pub revision: u64,
    /// When that revision was recorded; where this very event makes it, it says so itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_changed: Option<Timestamp>,
    /// When it was first recorded.
    pub first_seen: Timestamp,
    /// The technology's shape it was last read with.
    pub shape: u32,
    /// Parts that were never read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unread: BTreeSet<String>,
}

/// A step that comes from our reading, not from the resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rebased {
    /// The step.
    #[serde(flatten)]
    pub change: Change,
    /// What changed in our reading.
    pub reason: Rebase,
    /// The technology's shape it was read with.
    pub shape: u32,
    /// Parts that could still not be read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unread: BTreeSet<String>,
}

/// The step from the last known configuration to that of the returned item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Returned {
    /// The step.
    #[serde(flatten)]
    pub change: Change,
    /// The technology's shape it was read with.
    pub shape: u32,
    /// Parts that could not be read since it returned.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unread: BTreeSet<String>,
}

/// A configuration that is too large to keep whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TooLarge {
    /// About what it takes, in bytes.
    pub bytes: u64,
    /// Its digest, in whatever order its lists came: see [`Digest::of_unordered`].
    pub digest: Digest,
}

/// Why an item was rebased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rebase {
    /// A release reads the technology in another shape.
    Shape,
    /// A part was read for the first time.
    FirstRead,
}

/// A finding as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// The issue it is the state of.
    pub issue: IssueId,
    /// The id of the check that found it.
    pub check: String,
    /// What inside the item it is about; empty for the whole item.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The base score, 0 to 10.
    pub score: u8,
    /// Dates and facts, in one line; never ages.
    pub detail: String,
    /// Pointers into the configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// What the finding rests on, one word each: more of them is a wider finding.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub grounds: BTreeSet<String>,
    /// What was not known that could have taken it away.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub doubt: BTreeSet<String>,
    /// What was set for the check otherwise than by default when it found this.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
}

/// Why an issue was resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resolution {
    /// The check no longer finds it in the item, or in what it looks up beside it.
    Fixed,
    /// The item is as it was; whose a name or an address is became known.
    KnownNow {
        /// What became known: `network office`, `account production (123456789012)`.
        what: String,
    },
    /// What was in doubt when it was found is read now, and takes it away.
    ReadNow {
        /// What is read now: `s3_account`, a pointer.
        what: String,
    },
    /// The item is confirmed gone.
    ItemDeleted,
    /// The check judges otherwise than it did: another version, or other parameters for the item.
    CheckChanged,
    /// No check of this id exists any more.
    CheckRetired,
}

impl Resolution {
    /// The word for it, as in JSON: `fixed`, `known_now`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::KnownNow { .. } => "known_now",
            Self::ReadNow { .. } => "read_now",
            Self::ItemDeleted => "item_deleted",
            Self::CheckChanged => "check_changed",
            Self::CheckRetired => "check_retired",
        }
    }

    /// Whether what was found is no more: this ends a justification without a date.
    #[must_use]
    pub fn ends_decision(&self) -> bool {
        matches!(self, Self::Fixed | Self::ItemDeleted)
    }
}

/// Why a check cannot decide about an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undecided {
    /// What it would have to know, in one line.
    pub because: String,
    /// Whether it never decided about the item before: its first decision then alerts
    /// nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub never_decided: bool,
}
