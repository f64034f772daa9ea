//! The keys that notes are signed with, as texts.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signer as _, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// The kind of signature, as the specification numbers it: Ed25519 over the text of the note.
const ED25519: u8 = 1;

/// What the text of a signing key begins with.
const PRIVATE: &str = "PRIVATE+KEY+";

/// A text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKey {
    /// It has another form.
    #[error("not a key: expected NAME+ID+KEY, as `secmonkey keys list` prints it")]
    Form,
    /// It is a signing key, which nobody else should have.
    #[error("a signing key: name the verifier key, as `secmonkey keys list` prints it")]
    Private,
    /// Names are one word.
    #[error("the name `{0}` of a key is empty, or holds a space or a `+`")]
    Name(String),
    /// Of another kind of signature, or no key of that kind.
    #[error("the key of {0} is no Ed25519 key")]
    Kind(String),
    /// The id is not that of the name and the key: a letter of one of them is wrong.
    #[error("the id of the key of {0} does not fit its name and key")]
    Id(String),
}

/// The public half of a key: tells whether a note was signed with the other.
///
/// As text, `NAME+ID+KEY`: the name of who signs, for a log its origin; eight hexadecimal
/// digits; base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl VerifierKey {
    fn new(name: &str, key: VerifyingKey) -> Result<Self, InvalidKey> {
        if name.is_empty()
            || name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
        {
            return Err(InvalidKey::Name(name.to_owned()));
        }
        let mut hasher = Sha256::new();
        hasher.update(name);
        hasher.update([b'\n', ED25519]);
        hasher.update(key.as_bytes());
        let hash: [u8; 32] = hasher.finalize().into();
        let id = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
        Ok(Self { name: name.to_owned(), id, key })
    }

    /// Who signs with it: the origin of a log.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What tells keys of one name apart.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Whether a signature over a text was made with the other half.
    pub(super) fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.id, BASE64_STANDARD.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        if text.starts_with(PRIVATE) {
            return Err(InvalidKey::Private);
        }
        let (name, id, bytes) = parts(text)?;
        let key =
            VerifyingKey::from_bytes(&bytes).map_err(|_| InvalidKey::Kind(name.to_owned()))?;
        let read = Self::new(name, key)?;
        if read.id == id { Ok(read) } else { Err(InvalidKey::Id(name.to_owned())) }
    }
}

/// The name, the id and the key of a text; base64 may hold a `+`, names may not.
fn parts(text: &str) -> Result<(&str, u32, [u8; 32]), InvalidKey> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(InvalidKey::Form);
    };
    let id = u32::from_str_radix(id, 16).ok().filter(|_| id.len() == 8).ok_or(InvalidKey::Form)?;
    let bytes = BASE64_STANDARD.decode(key).map_err(|_| InvalidKey::Form)?;
    match bytes.split_first() {
        Some((&ED25519, key)) => Ok((name, id, key.try_into().map_err(|_| InvalidKey::Form)?)),
        _ => Err(InvalidKey::Kind(name.to_owned())),
    }
}

/// A key that signs. Its text, which is secret, is that of Go's `sumdb/note`:
/// `PRIVATE+KEY+NAME+ID+SEED`.
#[derive(Clone)]
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    verifier: VerifierKey,
}

impl SigningKey {
    /// The key that grows from 32 random bytes.
    ///
    /// # Errors
    /// Where the name is not one word, or holds a `+`.
    pub fn new(name: &str, seed: [u8; 32]) -> Result<Self, InvalidKey> {
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        let verifier = VerifierKey::new(name, key.verifying_key())?;
        Ok(Self { key, verifier })
    }

    /// The key in a text.
    ///
    /// # Errors
    /// Where there is none.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let (name, id, seed) = parts(text.strip_prefix(PRIVATE).ok_or(InvalidKey::Form)?)?;
        let key = Self::new(name, seed)?;
        if key.verifier.id == id { Ok(key) } else { Err(InvalidKey::Id(name.to_owned())) }
    }

    /// The key as text: for a file that nobody else reads.
    #[must_use]
    pub fn secret_text(&self) -> String {
        let seed = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        let VerifierKey { name, id, .. } = &self.verifier;
        format!("{PRIVATE}{name}+{id:08x}+{}", BASE64_STANDARD.encode(seed))
    }

    /// The half that others have.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    pub(super) fn signature(&self, text: &str) -> Vec<u8> {
        self.key.sign(text.as_bytes()).to_vec()
    }
}

/// Without the secret.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.verifier.to_string()).finish()
    }
}
