//! What the log says where its beginning was cut.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Hash, Position, Version};
use crate::account::AccountId;
use crate::issue::Issue;
use crate::replay::ItemRow;
use crate::view::{CommentRow, Judged, LastAudit, Revision, ScanRow, ScopeRow};

/// The beginning of the log was cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogCut {
    /// The last position of what was cut.
    pub through: Position,
    /// The hash chain up to there.
    pub hash: Hash,
    /// The root of the Merkle tree over the events up to there.
    pub root: Hash,
    /// SHA-256 of what is kept of them: their leaves, and what stands in their place.
    pub remains: Hash,
    /// What went.
    #[serde(flatten)]
    pub went: Went,
}

/// What went with the beginning of a log, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Went {
    /// Events of which only the leaf is kept.
    pub events: u64,
    /// Revisions of items.
    pub revisions: u64,
    /// The items that have lost a revision.
    pub items: u64,
    /// Issues that were resolved.
    pub issues: u64,
    /// Justifications that had ended.
    pub justifications: u64,
    /// Scans.
    pub scans: u64,
}

/// An item as it stood where the log was cut, in place of its events up to there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CarriedItem {
    /// What was known of it.
    pub row: ItemRow,
    /// Its (last) configuration.
    pub config: Value,
    /// The revision it was at.
    pub revision: Revision,
    /// Earlier revisions that brought one of these issues.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brought: Vec<Revision>,
    /// Its issues that stood, or that anything later speaks of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
    /// What was said about it, with where that stood in its stream.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<(Version, CommentRow)>,
    /// The event that no audit had seen yet; `None` where all were seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unjudged: Option<Position>,
}

/// What was looked at and judged where the log was cut, in place of the events of scans.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CarriedScans {
    /// By account.
    pub accounts: Vec<CarriedAccount>,
    /// The scans that later answers speak of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scans: Vec<ScanRow>,
    /// Where the last change of the known world stood.
    #[serde(default)]
    pub known_changed: Position,
}

/// What was looked at and judged in an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CarriedAccount {
    /// Which account.
    pub account: AccountId,
    /// Its last whole audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<LastAudit>,
    /// Its scopes, with the checks that were asked about them.
    pub scopes: Vec<(ScopeRow, Judged)>,
}
