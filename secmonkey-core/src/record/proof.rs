//! What is signed of the log, and what a proof proves.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::event::{Event, Position, Version};
use crate::item::Key;
use crate::replay::ChangeKind;
use crate::tlog::{Checkpoint, Note, Proven};

/// A key that the log is signed with.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SigningKeyRecord {
    /// The name of its file in the store; `None` where it is elsewhere.
    pub name: Option<String>,
    /// The public half, as others have it: `ORIGIN+ID+KEY`.
    pub key: String,
    /// The log's origin.
    pub origin: String,
    /// Since when the log says so; `None` where it does not.
    pub since: Option<Timestamp>,
}

impl SigningKeyRecord {
    /// The record of a key, of the name of its file and of since when the log says so.
    #[must_use]
    pub fn new(name: Option<String>, key: String, since: Option<Timestamp>) -> Self {
        let origin = key.split('+').next().unwrap_or_default().to_owned();
        Self { name, key, origin, since }
    }
}

/// A checkpoint.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckpointRecord {
    /// Which log.
    pub origin: String,
    /// How many events it covers: the position of the last.
    pub size: u64,
    /// The root of the tree over them, in base64.
    pub root: String,
    /// Who signed it, as the note says.
    pub signed_by: Vec<String>,
    /// The note itself.
    pub note: String,
}

impl CheckpointRecord {
    /// The record of a note and of what it says.
    #[must_use]
    pub fn new(note: &Note, checkpoint: &Checkpoint) -> Self {
        let Checkpoint { origin, size, root } = checkpoint.clone();
        let signed_by = note.signatures().iter().map(|one| one.name.clone()).collect();
        Self { origin, size, root: root.to_string(), signed_by, note: note.to_string() }
    }
}

/// What a proof proves: that this was recorded, then.
#[derive(Debug, Clone, Serialize)]
pub struct ProvenRecord {
    /// The item; `null` where the event is about something else.
    pub item: Option<Key>,
    /// The stream of the event.
    pub stream: String,
    /// The number of the event in its stream.
    pub version: Version,
    /// Where it stands in the log.
    pub position: Position,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When it was observed, by the observer's clock.
    pub observed_at: Timestamp,
    /// Who recorded it.
    pub actor: String,
    /// What happened: `discovered`, `changed`, `rebased`, `deleted`, `returned`, `too_large`;
    /// `null` where no revision came of it.
    pub kind: Option<&'static str>,
    /// The revision that it made.
    pub revision: Option<u64>,
    /// Whether the event itself says so. Else whoever made the proof does, and nothing proves
    /// it.
    pub revision_proven: bool,
    /// The event.
    pub event: Event,
    /// The configuration after it; `null` where it is gone, or did not come with the proof.
    pub config: Option<Value>,
    /// The log.
    pub origin: String,
    /// How many events the log had when it was signed.
    pub size: u64,
    /// The root that was signed, in base64.
    pub root: String,
}

impl From<Proven> for ProvenRecord {
    fn from(proven: Proven) -> Self {
        let Proven { envelope, config, revision, revision_said, checkpoint } = proven;
        Self {
            item: envelope.stream.as_item(),
            stream: envelope.stream.as_str().to_owned(),
            version: envelope.version,
            position: envelope.position,
            recorded_at: envelope.recorded_at,
            observed_at: envelope.observed_at,
            actor: envelope.actor.0,
            kind: ChangeKind::of(&envelope.event).map(ChangeKind::as_str),
            revision: revision.or(revision_said),
            revision_proven: revision.is_some(),
            event: envelope.event,
            config,
            origin: checkpoint.origin,
            size: checkpoint.size,
            root: checkpoint.root.to_string(),
        }
    }
}
