//! What notifiers have delivered, the keys that secret values are digested under, and those
//! that the log is signed with.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::table::{DIGEST_KEYS, SIGNING_KEYS, TOLD};
use super::{Error, Fold, Views, ordered, prefix, row_key};
use crate::event::{Envelope, Event, Position};

/// What a notifier has delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Everything up to this position,
    pub position: Position,
    /// and these messages behind it, with where they end.
    pub messages: BTreeMap<String, Position>,
}

/// A key that the log is signed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyRow {
    /// The public half, as text.
    pub key: String,
    /// When it was recorded.
    pub since: Timestamp,
}

impl Fold<'_> {
    pub(super) fn delivery_event(&mut self, envelope: &Envelope) -> Result<(), Error> {
        match &envelope.event {
            Event::Delivered { position, message } => {
                let Some(name) = envelope.stream.as_str().strip_prefix("notifier/") else {
                    return Ok(());
                };
                let place = row_key(TOLD, &[name]);
                let mut told: Told = self.get(&place)?.unwrap_or_default();
                if let Some(message) = message {
                    told.messages.insert(message.clone(), *position);
                } else {
                    told.position = *position;
                    told.messages.retain(|_, ends| *ends > *position);
                }
                self.put(&place, &told)
            }
            Event::DigestKeyUsed { key } => self.put(&row_key(DIGEST_KEYS, &[key]), key),
            Event::SigningKeyUsed { key } => {
                let place = ordered(envelope.position.0);
                let row = SigningKeyRow { key: key.clone(), since: envelope.recorded_at };
                self.put(&row_key(SIGNING_KEYS, &[&place]), &row)
            }
            _ => Ok(()),
        }
    }
}

impl Views {
    /// What a notifier has delivered; `None` where it is new.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn told(&self, notifier: &str) -> Result<Option<Told>, Error> {
        self.row(&row_key(TOLD, &[notifier]))
    }

    /// The ids of the keys that secret values were digested under.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn digest_keys(&self) -> Result<Vec<String>, Error> {
        self.under(prefix(DIGEST_KEYS, "")).map(|row| Ok(row?.1)).collect()
    }

    /// The keys that the log is signed with, in the order they were recorded.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn signing_keys(&self) -> Result<Vec<SigningKeyRow>, Error> {
        self.under(prefix(SIGNING_KEYS, "")).map(|row| Ok(row?.1)).collect()
    }
}
