//! What is kept beside a log for who checks it, and proofs made with it.

use async_trait::async_trait;

use super::{Checkpoint, Evidence, Invalid, Note, Proof, VerifierKey};
use crate::event::{Position, Stored};
use crate::log::{self, EventLog};
use crate::merkle::Node;
use crate::query::Recorded;
use crate::record::SigningKeyRecord;
use crate::view::{self, Views};

/// What is kept beside a log for who checks it: its checkpoints, the keys that sign them, and
/// the Merkle tree over its events.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// The checkpoints that were signed, by size.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn checkpoints(&self) -> Result<Vec<(Note, Checkpoint)>, log::Error>;

    /// The keys that are kept, by name.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn keys(&self) -> Result<Vec<(String, VerifierKey)>, log::Error>;

    /// Signs the log as it is, with the key of this name, and keeps the checkpoint.
    ///
    /// # Errors
    /// Where no such key is kept, or the log does not go on from what was signed before.
    async fn sign(&self, key: &str) -> Result<Note, log::Error>;

    /// The bytes of an event that the tree covers, and what proves that they are one of the
    /// first `size`.
    ///
    /// # Errors
    /// Where there are not so many, or they cannot be read.
    async fn inclusion(
        &self,
        position: Position,
        size: u64,
    ) -> Result<(Stored, Vec<Node>), log::Error>;
}

/// Why something cannot be proven.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unproven {
    /// The checkpoint is older than what is to be proven.
    #[error(
        "revision {revision} of `{name}` is event {position}, and the checkpoint is of the first \
         {size} only: prove it against a later one"
    )]
    TooEarly {
        /// What people call the item.
        name: String,
        /// The revision.
        revision: u64,
        /// Where its event stands.
        position: Position,
        /// How many events the checkpoint is of.
        size: u64,
    },
    /// Events are gone that the checkpoint is of.
    #[error("the log is cut: it has {head} events, the checkpoint is of {size}")]
    Lost {
        /// How many there are.
        head: Position,
        /// How many there were.
        size: u64,
    },
    /// The log is not the one that was signed.
    #[error("{0}; see `secmonkey verify`: the log is not the one that was signed")]
    Refuted(Invalid),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The event cannot be written down.
    #[error("the event cannot be written down: {0}")]
    Evidence(String),
}

/// Proves a revision of an item against a checkpoint; `keys` are those of the log.
///
/// # Errors
/// Where the checkpoint does not cover it, or would convince nobody.
pub async fn prove(
    ledger: &dyn Ledger,
    log: &dyn EventLog,
    keys: &[VerifierKey],
    recorded: &Recorded,
    (note, checkpoint): (Note, Checkpoint),
) -> Result<Proof, Unproven> {
    let Recorded { row, revision, config } = recorded;
    let (position, size) = (revision.position, checkpoint.size);
    if size < position.0 {
        let (name, revision) = (row.name.clone(), revision.revision);
        return Err(Unproven::TooEarly { name, revision, position, size });
    }
    let head = log.head().await?.position;
    if size > head.0 {
        return Err(Unproven::Lost { head, size });
    }
    let (stored, path) = ledger.inclusion(position, size).await?;
    let unwritten = |error: &dyn std::fmt::Display| Unproven::Evidence(error.to_string());
    let leaf = String::from_utf8([stored.header, stored.body].concat());
    let leaf = leaf.map_err(|error| unwritten(&error))?;
    let evidence = Evidence { leaf, config: config.clone(), revision: Some(revision.revision) };
    let extra = serde_json::to_vec(&evidence).map_err(|error| unwritten(&error))?;
    let proof = Proof { extra: Some(extra), index: position.0 - 1, path, checkpoint: note };
    // Nobody is given what would not convince us.
    let key = keys.iter().find(|key| proof.checkpoint.verify(key).is_ok());
    match key.map(|key| proof.verify(key)) {
        Some(Err(error)) => Err(Unproven::Refuted(error)),
        _ => Ok(proof),
    }
}

/// The keys that the log says it is signed with.
///
/// # Errors
/// Where the views cannot be read.
pub fn recorded_keys(views: &Views) -> Result<Vec<VerifierKey>, view::Error> {
    let rows = views.signing_keys()?;
    Ok(rows.iter().filter_map(|row| row.key.parse().ok()).collect())
}

/// The keys of the log, and those that are kept and that it does not know.
///
/// # Errors
/// Where the views cannot be read.
pub fn signing_keys(
    views: &Views,
    kept: &[(String, VerifierKey)],
) -> Result<Vec<SigningKeyRecord>, view::Error> {
    let mut kept: Vec<_> = kept.iter().map(|(name, key)| (name.clone(), key.to_string())).collect();
    let mut keys = Vec::new();
    for row in views.signing_keys()? {
        let file = kept.iter().position(|(_, key)| *key == row.key);
        let name = file.map(|at| kept.remove(at).0);
        keys.push(SigningKeyRecord::new(name, row.key, Some(row.since)));
    }
    keys.extend(kept.into_iter().map(|(name, key)| SigningKeyRecord::new(Some(name), key, None)));
    Ok(keys)
}
