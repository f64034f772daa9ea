//! What proves who somebody is: hashes of passwords, digests of tokens and of sessions.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secmonkey_core::governance::RuleId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use crate::error::Problem;

/// Where what proves who somebody is is kept: beside the log, which is copied and exported, and
/// never in it.
pub trait Vault: Send + Sync + 'static {
    /// What was kept last; `None` where nothing ever was.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn read(&self) -> io::Result<Option<Vec<u8>>>;

    /// Keeps this instead, durably and for the owner alone: after a crash either is there.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn replace(&self, content: &[u8]) -> io::Result<()>;
}

/// Nothing that is kept: for tests, and for who lets nobody in by password, token or session.
#[derive(Debug, Default)]
pub struct Forgetful(std::sync::Mutex<Option<Vec<u8>>>);

impl Vault for Forgetful {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn replace(&self, content: &[u8]) -> io::Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(content.to_vec());
        Ok(())
    }
}

/// What proves who somebody is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Secrets {
    /// The hash of a password as a PHC string, by the id of the user.
    #[serde(default)]
    pub passwords: BTreeMap<RuleId, String>,
    /// The id of a token, by its digest.
    #[serde(default)]
    pub tokens: BTreeMap<Digest, RuleId>,
    /// Sessions, by the digest of what the browser keeps.
    #[serde(default)]
    pub sessions: BTreeMap<Digest, Session>,
}

/// Somebody who signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Who.
    pub user: RuleId,
    /// When they signed in.
    pub began: Timestamp,
    /// When something was asked for the last time, to a tenth of the time that a session may be
    /// idle.
    pub seen: Timestamp,
    /// From which address they signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// With what, as it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// SHA-256 of a secret of 256 random bits, in base64: such a secret cannot be guessed from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of a secret.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(secret)))
    }

    /// What people name it by.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl Secrets {
    /// Forgets everything that lets a user in.
    pub fn forget_user(&mut self, user: &RuleId) {
        self.passwords.remove(user);
        self.sessions.retain(|_, session| session.user != *user);
    }

    /// Forgets what proves that a program has a token.
    pub fn forget_token(&mut self, token: &RuleId) {
        self.tokens.retain(|_, known| known != token);
    }
}

/// The secrets, kept in a vault.
pub struct Kept {
    vault: Arc<dyn Vault>,
    /// As the vault has them.
    now: Arc<RwLock<Arc<Secrets>>>,
    /// Held by who changes them, until that is durable.
    writing: Arc<Mutex<()>>,
}

impl Kept {
    /// What a vault has.
    pub fn open(vault: Arc<dyn Vault>) -> io::Result<Self> {
        let secrets = match vault.read()? {
            Some(content) => serde_json::from_slice(&content).map_err(io::Error::other)?,
            None => Secrets::default(),
        };
        let now = Arc::new(RwLock::new(Arc::new(secrets)));
        Ok(Self { vault, now, writing: Arc::default() })
    }

    /// As they are.
    pub fn now(&self) -> Arc<Secrets> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes them. They count once they are durable, also where nobody waits for that any more.
    pub async fn edit<T>(&self, edit: impl FnOnce(&mut Secrets) -> T + Send) -> Result<T, Problem> {
        let writing = self.writing.clone().lock_owned().await;
        let before = self.now();
        let mut secrets = Secrets::clone(&before);
        let answer = edit(&mut secrets);
        if secrets == *before {
            return Ok(answer);
        }
        let content = serde_json::to_vec_pretty(&secrets).map_err(|error| failed(&error))?;
        let (vault, now) = (self.vault.clone(), self.now.clone());
        // Whoever asked may go away meanwhile: what is written counts, and the next change waits.
        let write = move || {
            let _writing = writing;
            vault.replace(&content)?;
            *now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(secrets);
            io::Result::Ok(())
        };
        let written = tokio::task::spawn_blocking(write).await;
        written.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
        Ok(answer)
    }
}

fn failed(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "who may ask cannot be kept");
    Problem::failed("it was not kept: the log of secmonkeyd says why")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// Writes when it is told to.
    struct Slow {
        begun: tokio::sync::mpsc::UnboundedSender<()>,
        go: std::sync::Mutex<mpsc::Receiver<()>>,
        kept: Forgetful,
    }

    impl Vault for Slow {
        fn read(&self) -> io::Result<Option<Vec<u8>>> {
            self.kept.read()
        }

        fn replace(&self, content: &[u8]) -> io::Result<()> {
            self.begun.send(()).map_err(io::Error::other)?;
            self.go.lock().unwrap().recv().map_err(io::Error::other)?;
            self.kept.replace(content)
        }
    }

    #[tokio::test]
    async fn what_is_written_counts_though_who_asked_is_gone_and_the_next_waits() {
        let (begun, mut writes) = tokio::sync::mpsc::unbounded_channel();
        let (sender, go) = mpsc::channel();
        let vault = Slow { begun, go: std::sync::Mutex::new(go), kept: Forgetful::default() };
        let vault = Arc::new(vault);
        let kept = Arc::new(Kept::open(vault.clone()).unwrap());
        let add = |name: &'static str| {
            let kept = kept.clone();
            tokio::spawn(async move {
                let edit = |secrets: &mut Secrets| {
                    secrets.passwords.insert(RuleId::of_user(name), "hash".to_owned());
                };
                kept.edit(edit).await.unwrap();
            })
        };
        let first = add("ann");
        writes.recv().await.unwrap();
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        // Two that write at once would take each other's file.
        let second = add("bob");
        let early = tokio::time::timeout(Duration::from_millis(50), writes.recv()).await;
        assert!(early.is_err(), "the second wrote beside the first");
        sender.send(()).unwrap();
        sender.send(()).unwrap();
        second.await.unwrap();
        assert_eq!(kept.now().passwords.len(), 2);
        let content = vault.read().unwrap().unwrap();
        assert_eq!(serde_json::from_slice::<Secrets>(&content).unwrap(), *kept.now());
    }
}
