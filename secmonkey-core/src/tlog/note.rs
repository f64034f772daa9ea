//! Signed notes: a text, an empty line, and a line for every signature.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{SigningKey, VerifierKey};

/// What a line of a signature begins with.
const DASH: &str = "\u{2014} ";

/// More signatures are refused: every one costs a look. The specification wants 16 at least.
const SIGNATURES: usize = 64;

/// A text that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Malformed {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}

impl Malformed {
    pub(super) fn new(line: usize, reason: impl Into<String>) -> Self {
        Self { line, reason: reason.into() }
    }

    /// Refuses what steers a terminal, or hides; a line feed alone ends a line.
    pub(super) fn unless_plain(text: &str) -> Result<(), Self> {
        let steers = |line: &str| line.contains(|c: char| c < ' ');
        match text.split('\n').position(steers) {
            Some(at) => Err(Self::new(at + 1, "it holds a control character")),
            None => Ok(()),
        }
    }

    /// The same in a text that begins some lines further down.
    pub(super) fn below(self, lines: usize) -> Self {
        Self { line: self.line + lines, ..self }
    }
}

/// Why a note says nothing to who has a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Untrusted {
    /// Others signed it.
    #[error("it is not signed by {wanted} (key {id:08x}), but by {by}")]
    Unknown {
        /// The name of the key.
        wanted: String,
        /// Its id.
        id: u32,
        /// Who signed it, each with the id of the key.
        by: String,
    },
    /// The signature is not one over this text.
    #[error("the signature of {0} is not over this text: one of the two was changed")]
    Forged(String),
}

/// A text and who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// A signature under a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Who signed.
    pub name: String,
    /// Which of their keys.
    pub id: u32,
    bytes: Vec<u8>,
}

impl Note {
    /// A text that nobody has signed yet. It ends with a line feed.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self { text, signatures: Vec::new() }
    }

    /// Reads a note. Signatures are taken as they are: [`verify`](Self::verify) says what they
    /// are worth.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(note: &str) -> Result<Self, Malformed> {
        Malformed::unless_plain(note)?;
        let last = note.lines().count();
        if !note.ends_with('\n') {
            return Err(Malformed::new(last.max(1), "a line feed is missing at the end"));
        }
        let missing = || Malformed::new(last, "no empty line, and no signature behind it");
        let (text, signatures) = note.rsplit_once("\n\n").ok_or_else(missing)?;
        if signatures.is_empty() {
            return Err(Malformed::new(last, "no signature behind the empty line"));
        }
        let before = text.lines().count() + 1;
        let signatures: Vec<_> = signatures
            .lines()
            .enumerate()
            .map(|(at, line)| {
                Signature::parse(line).map_err(|e| Malformed::new(before + at + 1, e))
            })
            .collect::<Result<_, _>>()?;
        if signatures.len() > SIGNATURES {
            let at = before + SIGNATURES + 1;
            return Err(Malformed::new(at, format!("more than {SIGNATURES} signatures")));
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// What is signed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Who signed it, as they say.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Signs it, where this key has not.
    pub fn sign(&mut self, key: &SigningKey) {
        let verifier = key.verifier();
        if self.signature(verifier).is_none() {
            let (name, id) = (verifier.name().to_owned(), verifier.id());
            self.signatures.push(Signature { name, id, bytes: key.signature(&self.text) });
        }
    }

    /// Whether this key signed it.
    ///
    /// # Errors
    /// Where it did not.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), Untrusted> {
        let name = || key.name().to_owned();
        match self.signature(key) {
            Some(found) if key.verifies(&self.text, &found.bytes) => Ok(()),
            Some(_) => Err(Untrusted::Forged(name())),
            None => {
                let by =
                    self.signatures.iter().map(|one| format!("{} (key {:08x})", one.name, one.id));
                let by = by.collect::<Vec<_>>().join(", ");
                Err(Untrusted::Unknown { wanted: name(), id: key.id(), by })
            }
        }
    }

    fn signature(&self, key: &VerifierKey) -> Option<&Signature> {
        self.signatures.iter().find(|one| one.name == key.name() && one.id == key.id())
    }
}

impl Signature {
    fn parse(line: &str) -> Result<Self, &'static str> {
        let line =
            line.strip_prefix(DASH).ok_or("a signature begins with an em dash and a space")?;
        let (name, encoded) = line.split_once(' ').ok_or("a signature is a name and base64")?;
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') {
            return Err("the name of who signed is empty, or holds a space or a `+`");
        }
        let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| "the signature is no base64")?;
        let (id, bytes) = bytes.split_first_chunk().ok_or("the signature is too short")?;
        let (name, id) = (name.to_owned(), u32::from_be_bytes(*id));
        Ok(Self { name, id, bytes: bytes.to_vec() })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for Signature { name, id, bytes } in &self.signatures {
            let encoded = [id.to_be_bytes().as_slice(), bytes].concat();
            writeln!(f, "{DASH}{name} {}", BASE64_STANDARD.encode(encoded))?;
        }
        Ok(())
    }
}
