//! Proofs that an event stands in a log, for who has neither the log nor its store.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::checkpoint::number;
use super::{Checkpoint, Malformed, Note, Untrusted, VerifierKey};
use crate::config::Digest;
use crate::event::{Envelope, Event, Hash, Stored};
use crate::merkle::{self, Node};
use crate::replay::change_of;

/// The first line.
const VERSION: &str = "c2sp.org/tlog-proof@v1";

/// The way from a leaf to the root is never longer.
const PATH: usize = 64;

/// That one event stands in a log: a `tlog-proof`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// What goes with it. Nothing in the format proves it: [`verify`](Self::verify) does.
    pub extra: Option<Vec<u8>>,
    /// The number of the leaf, counted from 0.
    pub index: u64,
    /// The hashes beside the way from the leaf to the root.
    pub path: Vec<Node>,
    /// The checkpoint whose root that is.
    pub checkpoint: Note,
}

/// What a proof carries as extra data, as JSON: without it, the holder would have a hash and
/// nothing to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The very text of the leaf: the event's stored header, then its stored body, both JSON.
    pub leaf: String,
    /// The configuration after the event, of which the event has the digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
    /// Which revision of its item the event makes, as whoever made the proof says: an event
    /// itself tells its number among all events of the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// Why a proof proves nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// The checkpoint is not signed by who should have.
    #[error("the checkpoint in the proof: {0}")]
    Untrusted(#[from] Untrusted),
    /// The key signs for another log than the checkpoint is of.
    #[error("the checkpoint in the proof is of {origin}, the key signs for {signer}")]
    OtherLog {
        /// The origin in the checkpoint.
        origin: String,
        /// The name of the key.
        signer: String,
    },
    /// What is signed is no checkpoint.
    #[error("the checkpoint in the proof, {0}")]
    Checkpoint(#[from] Malformed),
    /// The proof has no event to read.
    #[error("the extra data of the proof holds no event: {0}")]
    Evidence(String),
    /// The event, its place and the hashes lead to another root.
    #[error(
        "event {position} is not in the log of the checkpoint: the event, its place or the hashes \
         were changed"
    )]
    NotIncluded {
        /// Where it is said to stand, counted from 1.
        position: u64,
    },
    /// The configuration that goes with it is not the one that was recorded.
    #[error(
        "the configuration that goes with the event was changed: it has the digest {found}, \
         {recorded} was recorded"
    )]
    Config {
        /// Its digest.
        found: Digest,
        /// The digest in the event.
        recorded: Digest,
    },
}

/// What a proof proves.
#[derive(Debug, Clone, PartialEq)]
pub struct Proven {
    /// The event, and where and when it was recorded. Its `hash` means nothing: the chain
    /// needs all events before it.
    pub envelope: Envelope,
    /// The configuration after it, which its digest proves.
    pub config: Option<Value>,
    /// The revision, where the event itself proves it.
    pub revision: Option<u64>,
    /// The revision as whoever made the proof says.
    pub revision_said: Option<u64>,
    /// The log.
    pub checkpoint: Checkpoint,
}

impl Proof {
    /// Reads a proof.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        Malformed::unless_plain(text)?;
        let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line)).peekable();
        match lines.next() {
            Some((_, VERSION)) => {}
            Some((_, line)) if line.starts_with("c2sp.org/tlog-proof@") => {
                return Err(Malformed::new(
                    1,
                    format!("a later form of proof, this reads {VERSION}"),
                ));
            }
            _ => return Err(Malformed::new(1, format!("a proof begins with `{VERSION}`"))),
        }
        let extra = lines.next_if(|(_, line)| line.starts_with("extra "));
        let decode = |line: &str| BASE64_STANDARD.decode(&line["extra ".len()..]).ok();
        let extra = extra
            .map(|(at, line)| decode(line).ok_or_else(|| Malformed::new(at, "no base64")))
            .transpose()?;
        let index = lines.next_if(|(_, line)| line.starts_with("index "));
        let index = index.and_then(|(_, line)| number(&line["index ".len()..]));
        let at = if extra.is_some() { 3 } else { 2 };
        let index = index.ok_or_else(|| Malformed::new(at, "expected `index` and a number"))?;
        let mut path = Vec::new();
        while let Some((at, line)) = lines.next_if(|(_, line)| !line.is_empty()) {
            let node = line.parse().map_err(|_| Malformed::new(at, "expected a hash in base64"))?;
            path.push(node);
            if path.len() > PATH {
                return Err(Malformed::new(at, "more hashes than any tree is high"));
            }
        }
        let Some((before, _)) = lines.next() else {
            return Err(Malformed::new(at + path.len(), "no checkpoint behind the hashes"));
        };
        let rest = text.splitn(before + 1, '\n').nth(before).unwrap_or_default();
        let checkpoint = Note::parse(rest).map_err(|error| error.below(before))?;
        Ok(Self { extra, index, path, checkpoint })
    }

    /// What it proves to who has the log's key.
    ///
    /// # Errors
    /// Where it proves nothing.
    pub fn verify(&self, key: &VerifierKey) -> Result<Proven, Invalid> {
        self.checkpoint.verify(key)?;
        let checkpoint = Checkpoint::of(&self.checkpoint)?;
        if checkpoint.origin != key.name() {
            let (origin, signer) = (checkpoint.origin, key.name().to_owned());
            return Err(Invalid::OtherLog { origin, signer });
        }
        let missing = || Invalid::Evidence("there is none".to_owned());
        let unread = |error: &dyn fmt::Display| Invalid::Evidence(error.to_string());
        let extra = self.extra.as_ref().ok_or_else(missing)?;
        let evidence: Evidence = serde_json::from_slice(extra).map_err(|error| unread(&error))?;

        let position = self.index.saturating_add(1);
        let leaf = Node::leaf(evidence.leaf.as_bytes(), b"");
        let root = merkle::root_of(leaf, self.index, checkpoint.size, &self.path);
        if root != Some(checkpoint.root) {
            return Err(Invalid::NotIncluded { position });
        }
        let stored = stored(&evidence.leaf).map_err(|error| unread(&error))?;
        let envelope = stored.decode(&Hash::START).map_err(|error| unread(&error))?;
        if envelope.position.0 != position {
            // The log itself is at odds with its tree.
            return Err(Invalid::NotIncluded { position });
        }
        let config = evidence.config;
        if let Some(config) = &config {
            let found = Digest::of(config);
            match digest_of(&envelope.event) {
                Some(recorded) if recorded == found => {}
                Some(recorded) => return Err(Invalid::Config { found, recorded }),
                None => {
                    return Err(Invalid::Evidence("this event has no configuration".to_owned()));
                }
            }
        }
        let revision = match &envelope.event {
            Event::ItemDiscovered(_) => Some(1),
            event => change_of(event).and_then(|change| change.full.as_ref()).map(|it| it.revision),
        };
        Ok(Proven { envelope, config, revision, revision_said: evidence.revision, checkpoint })
    }
}

/// Where the header of a leaf ends, its body begins: both are one JSON object.
fn stored(leaf: &str) -> Result<Stored, serde_json::Error> {
    let mut objects = serde_json::Deserializer::from_str(leaf).into_iter::<serde::de::IgnoredAny>();
    objects.next().transpose()?;
    let (header, body) = leaf.split_at(objects.byte_offset());
    Ok(Stored { header: header.into(), body: body.into() })
}

/// The digest of the configuration after an event.
fn digest_of(event: &Event) -> Option<Digest> {
    match event {
        Event::ItemDiscovered(first) => Some(first.digest),
        event => change_of(event).map(|change| change.digest),
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{VERSION}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64_STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for node in &self.path {
            writeln!(f, "{node}")?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}
