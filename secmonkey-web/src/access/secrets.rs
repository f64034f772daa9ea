//! What proves who somebody is: hashes of passwords, digests of tokens and of sessions.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secmonkey_core::event::Actor;
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    now: RwLock<Arc<Secrets>>,
    /// Held by who changes them.
    writing: Mutex<()>,
}

impl Kept {
    /// What a vault has.
    pub fn open(vault: Arc<dyn Vault>) -> io::Result<Self> {
        let secrets = match vault.read()? {
            Some(content) => serde_json::from_slice(&content).map_err(io::Error::other)?,
            None => Secrets::default(),
        };
        Ok(Self { vault, now: RwLock::new(Arc::new(secrets)), writing: Mutex::default() })
    }

    /// As they are.
    pub fn now(&self) -> Arc<Secrets> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes them. They count once they are durable.
    pub async fn edit<T>(&self, edit: impl FnOnce(&mut Secrets) -> T + Send) -> Result<T, Problem> {
        let _writing = self.writing.lock().await;
        let before = self.now();
        let mut secrets = Secrets::clone(&before);
        let answer = edit(&mut secrets);
        if secrets == *before {
            return Ok(answer);
        }
        let content = serde_json::to_vec_pretty(&secrets).map_err(|error| failed(&error))?;
        let vault = self.vault.clone();
        let written = tokio::task::spawn_blocking(move || vault.replace(&content)).await;
        written.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(secrets);
        Ok(answer)
    }
}

fn failed(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "who may ask cannot be kept");
    Problem::failed("it was not kept: the log of secmonkeyd says why")
}

/// Who did what with a session, for the log of the process.
pub fn told(what: &str, actor: &Actor, address: Option<&str>) {
    tracing::info!(%actor, address = address.unwrap_or("unknown"), "{what}");
}
