//! Decisions about the keys that the log is signed with.

use super::{Decided, Decisions, Error};
use crate::event::{Event, StreamId};
use crate::tlog::VerifierKey;

impl Decisions {
    /// Records that checkpoints of the log are signed with a key from now on. The name of the
    /// first one is the log's origin from then on.
    ///
    /// # Errors
    /// Where the key is that of another log: its name is not the log's origin.
    pub async fn sign_with(&self, key: &VerifierKey) -> Result<(), Error> {
        self.decided(|| {
            let known = self.views.signing_keys()?;
            let text = key.to_string();
            if known.iter().any(|one| one.key == text) {
                return Ok(((), Vec::new()));
            }
            let others = known.iter().filter_map(|one| one.key.parse::<VerifierKey>().ok());
            if let Some(other) = others.into_iter().find(|other| other.name() != key.name()) {
                let (key, origin) = (key.name().to_owned(), other.name().to_owned());
                return Err(Error::OtherOrigin { key, origin });
            }
            let event = Event::SigningKeyUsed { key: text };
            Ok(((), vec![Decided::new(StreamId::governance(), event)]))
        })
        .await
    }
}
