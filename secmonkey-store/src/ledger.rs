//! What is kept beside the log, as the core asks for it.

use async_trait::async_trait;
use secmonkey_core::event::{Position, Stored};
use secmonkey_core::log;
use secmonkey_core::merkle::Node;
use secmonkey_core::tlog::{Checkpoint, Ledger, Note, VerifierKey};

use crate::{Error, Store};

#[async_trait]
impl Ledger for Store {
    fn checkpoints(&self) -> Result<Vec<(Note, Checkpoint)>, log::Error> {
        Self::checkpoints(self).map_err(failed)
    }

    fn keys(&self) -> Result<Vec<(String, VerifierKey)>, log::Error> {
        let named = self.key_names().map_err(failed)?.into_iter().map(|name| {
            let key = self.key(&name)?;
            Ok((name, key.verifier().clone()))
        });
        named.collect::<Result<_, _>>().map_err(failed)
    }

    async fn sign(&self, key: &str) -> Result<Note, log::Error> {
        // A name, and no path to a file that is elsewhere.
        if !self.key_names().map_err(failed)?.iter().any(|name| name == key) {
            return Err(log::Error::Store(format!("the store has no key `{key}`").into()));
        }
        let key = self.key(key).map_err(failed)?;
        self.checkpoint(&key).await
    }

    async fn inclusion(
        &self,
        position: Position,
        size: u64,
    ) -> Result<(Stored, Vec<Node>), log::Error> {
        Self::inclusion(self, position, size).await
    }
}

fn failed(error: Error) -> log::Error {
    log::Error::Store(error.into())
}
