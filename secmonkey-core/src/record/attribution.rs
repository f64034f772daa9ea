//! Who changed a resource.

use jiff::Timestamp;
use serde::Serialize;

use crate::attribution::Attribution;
use crate::view::Revision;

/// Who changed a resource, as far as that is known.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttributionRecord {
    /// Who, in a word or two: `alice`, `alice or bob`.
    pub who: String,
    /// The same in one sentence, with what was called from where.
    pub text: String,
    /// How sure it is, and the calls.
    #[serde(flatten)]
    pub by: Attribution,
}

impl AttributionRecord {
    /// An attribution of a change that was recorded at a time.
    #[must_use]
    pub fn new(by: Attribution, at: Timestamp) -> Self {
        Self { who: by.short(), text: by.sentence(at), by }
    }

    /// Who made a revision.
    #[must_use]
    pub fn of(revision: &Revision) -> Option<Self> {
        Some(Self::new(revision.by.clone()?, revision.at))
    }
}

/// A revision, and who made it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuthorRecord {
    /// Counted from 1.
    pub revision: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who made it, as far as that is known.
    pub attribution: Option<AttributionRecord>,
}

impl From<&Revision> for AuthorRecord {
    fn from(revision: &Revision) -> Self {
        Self {
            revision: revision.revision,
            at: revision.at,
            attribution: AttributionRecord::of(revision),
        }
    }
}
