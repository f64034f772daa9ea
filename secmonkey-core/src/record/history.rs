//! Revisions, and what sets two of them apart.

use jiff::Timestamp;
use json_patch::Patch;
use serde::Serialize;
use serde_json::Value;

use super::{AttributionRecord, AuthorRecord};
use crate::event::Position;
use crate::item::Key;
use crate::query::{Difference, Member, Side, Step};
use crate::replay::change_of;

/// A revision of an item.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevisionRecord {
    /// Counted from 1.
    pub revision: u64,
    /// Where its event stands in the log.
    pub position: Position,
    /// When it was recorded.
    pub at: Timestamp,
    /// What happened: `discovered`, `changed`, `rebased`, `deleted`, `returned`.
    pub kind: &'static str,
    /// From the configuration before; `null` for the first sight and for a deletion.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<serde_json::Value>>))]
    pub patch: Option<Patch>,
    /// Who recorded it.
    pub actor: String,
    /// Who changed the resource, as far as that is known.
    pub attribution: Option<AttributionRecord>,
    /// What changed, in sentences.
    pub summary: Vec<String>,
}

impl From<Step> for RevisionRecord {
    fn from(step: Step) -> Self {
        Self {
            attribution: AttributionRecord::of(&step.revision),
            summary: step.summary(),
            patch: change_of(&step.event).map(|change| change.patch.clone()),
            revision: step.revision.revision,
            position: step.revision.position,
            at: step.revision.at,
            kind: step.revision.kind.as_str(),
            actor: step.revision.actor.0,
        }
    }
}

/// A member of a configuration that holds no others, and the revision that last set it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlameRecord {
    /// Where it stands.
    pub pointer: String,
    /// What it is.
    pub value: Value,
    /// The revision, counted from 1.
    pub revision: u64,
    /// Where its event stands in the log.
    pub position: Position,
    /// When it was recorded.
    pub at: Timestamp,
    /// What happened: `discovered`, `changed`, `rebased`, `returned`; `carried` where it was
    /// set at or before this revision, and what came before was cut.
    pub kind: &'static str,
    /// Who recorded it.
    pub actor: String,
    /// Who changed the resource, as far as that is known.
    pub attribution: Option<AttributionRecord>,
}

impl From<Member<'_>> for BlameRecord {
    fn from(member: Member<'_>) -> Self {
        let Member { pointer, value, revision } = member;
        let by = revision.by.as_ref().map(|by| by.at(&pointer));
        Self {
            attribution: by.map(|by| AttributionRecord::new(by, revision.at)),
            pointer,
            value: value.clone(),
            revision: revision.revision,
            position: revision.position,
            at: revision.at,
            kind: revision.kind.as_str(),
            actor: revision.actor.0.clone(),
        }
    }
}

/// The difference between two points.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffRecord {
    /// The one.
    pub from: PointRecord,
    /// The other.
    pub to: PointRecord,
    /// What makes the other of the one.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<serde_json::Value>))]
    pub patch: Patch,
    /// The same in sentences.
    pub summary: Vec<String>,
    /// The revisions between them, with who made each; empty where two items are compared.
    pub revisions: Vec<AuthorRecord>,
}

/// A point in the life of an item; without a revision before it was first seen.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PointRecord {
    /// The item.
    pub key: Key,
    /// The revision it was at.
    pub revision: Option<u64>,
    /// When that revision was recorded.
    pub at: Option<Timestamp>,
}

impl From<&Side> for PointRecord {
    fn from(side: &Side) -> Self {
        Self { key: side.key.clone(), revision: side.revision, at: side.at }
    }
}

impl From<&Difference> for DiffRecord {
    fn from(difference: &Difference) -> Self {
        Self {
            from: (&difference.from).into(),
            to: (&difference.to).into(),
            patch: difference.patch.clone(),
            summary: difference.summary.clone(),
            revisions: difference.revisions.iter().map(AuthorRecord::from).collect(),
        }
    }
}
