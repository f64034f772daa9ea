//! Items.

use ipnet::IpNet;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{AttributionRecord, CommentRecord, Records};
use crate::account::AccountId;
use crate::event::TooLarge;
use crate::governance::Suppression;
use crate::item::Key;
use crate::query::{ItemState, Match, Shown};

/// An item.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemRecord {
    /// What names it for ever.
    pub key: Key,
    /// The account it is in.
    pub account: AccountId,
    /// The account's name, where it is registered.
    pub account_name: Option<String>,
    /// The technology's id.
    pub technology: String,
    /// The region that was listed.
    pub region: String,
    /// The provider's id of it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its ARN, where it has one.
    pub arn: Option<String>,
    /// Its last revision.
    pub revision: u64,
    /// When it was first recorded.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// When its last revision was recorded.
    pub last_changed: Timestamp,
    /// Whether it is gone.
    pub deleted: bool,
    /// Since when no scan looks at it; `null` where one does.
    pub unwatched_since: Option<Timestamp>,
    /// The rule that ignores it; `null` where none does.
    pub ignored: Option<Suppression>,
    /// What its open issues add up to.
    pub score: u32,
    /// How many open issues it has.
    pub issues: usize,
    /// Where addresses that were looked for stand, the narrowest block first; left out where
    /// none were.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matched: Vec<MatchRecord>,
}

/// Where a configuration holds addresses that were looked for.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MatchRecord {
    /// The pointer.
    pub pointer: String,
    /// What stands there.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub cidr: IpNet,
    /// What it says, where a front has words for it: `ingress tcp/22 203.0.113.0/24`.
    pub rule: Option<String>,
}

impl From<&Match> for MatchRecord {
    fn from(found: &Match) -> Self {
        Self { pointer: found.pointer.clone(), cidr: found.block, rule: None }
    }
}

/// An item with its configuration.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShownRecord {
    /// The item.
    #[serde(flatten)]
    pub item: ItemRecord,
    /// `null` where it was gone.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub config: Option<Value>,
    /// What it is now, where that is too large to keep: the configuration is an older one.
    pub too_large: Option<TooLarge>,
    /// The parts that were not read the last time.
    pub unread: Vec<UnreadRecord>,
    /// The checks that cannot decide about it.
    pub undecided: Vec<UndecidedRecord>,
    /// What was said about it, its revisions and its issues.
    pub comments: Vec<CommentRecord>,
    /// Whether checks have seen it as it is.
    pub judged: bool,
    /// Who made its last revision, as far as that is known.
    pub attribution: Option<AttributionRecord>,
}

/// A part that keeps an older value, or was never read.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnreadRecord {
    /// Where it stands in the configuration; empty for all of it.
    pub pointer: String,
    /// Since when.
    pub since: Timestamp,
}

/// A check that cannot decide about an item.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UndecidedRecord {
    /// Its id.
    pub check: String,
    /// What it would have to know.
    pub because: String,
}

impl Records<'_> {
    /// An item.
    #[must_use]
    pub fn item(&self, state: &ItemState) -> ItemRecord {
        let row = &state.row;
        ItemRecord {
            key: row.key.clone(),
            account: row.key.account.clone(),
            account_name: self.account_name(&row.key.account),
            technology: row.key.technology.clone(),
            region: row.key.region.clone(),
            id: row.key.id.clone(),
            name: row.name.clone(),
            arn: row.arn.clone(),
            revision: row.revision,
            first_seen: row.first_seen,
            last_seen: state.last_seen,
            last_changed: row.last_changed,
            deleted: row.deleted,
            unwatched_since: state.unwatched_since,
            ignored: state.ignored.clone(),
            score: state.score,
            issues: state.open.len(),
            matched: state.matched.iter().map(MatchRecord::from).collect(),
        }
    }

    /// An item with its configuration.
    #[must_use]
    pub fn shown(&self, shown: &Shown) -> ShownRecord {
        let row = &shown.state.row;
        let unread = |(pointer, since): (&String, &Timestamp)| UnreadRecord {
            pointer: pointer.clone(),
            since: *since,
        };
        let undecided = row.undecided.iter().map(|(check, why)| UndecidedRecord {
            check: check.clone(),
            because: why.because.clone(),
        });
        ShownRecord {
            item: self.item(&shown.state),
            config: if row.deleted { None } else { shown.config.clone() },
            too_large: row.too_large.clone(),
            unread: shown.unread.iter().map(unread).collect(),
            undecided: undecided.collect(),
            comments: shown.comments.iter().cloned().map(CommentRecord::from).collect(),
            judged: !shown.is_unjudged,
            attribution: shown.revision.as_ref().and_then(AttributionRecord::of),
        }
    }
}
