//! What notifiers have delivered, and the keys that secret values are digested under.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Error, Fold, Views, prefix, row_key};
use crate::event::{Envelope, Event, Position};

const TOLD: char = 'd';
const DIGEST_KEYS: char = 'y';

/// What a notifier has delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Everything up to this position,
    pub position: Position,
    /// and these messages behind it.
    pub messages: BTreeSet<String>,
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
                match message {
                    Some(message) => drop(told.messages.insert(message.clone())),
                    None => told = Told { position: *position, messages: BTreeSet::new() },
                }
                self.put(&place, &told)
            }
            Event::DigestKeyUsed { key } => self.put(&row_key(DIGEST_KEYS, &[key]), key),
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
}
