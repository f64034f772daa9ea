//! What names things in the log: issues, scopes, positions, streams, scans, actors.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::account::AccountId;
use crate::item::{InvalidKey, Key};

/// What can succeed or fail on its own, seen from one technology.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScopeId {
    /// The account.
    pub account: AccountId,
    /// The technology's id.
    pub technology: String,
    /// The region that is listed; `*` where the regions themselves could not be listed.
    pub region: String,
}

impl ScopeId {
    /// The scope that an item is listed in.
    #[must_use]
    pub fn of(key: &Key) -> Self {
        Self {
            account: key.account.clone(),
            technology: key.technology.clone(),
            region: key.region.clone(),
        }
    }
}

impl fmt::Display for ScopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.account, self.technology, self.region)
    }
}

/// Ten base32 characters of SHA-256 over some texts.
pub(crate) fn short_id(parts: &[&str]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut hasher = Sha256::new();
    for part in parts {
        // Lengths keep ("ab", "c") and ("a", "bc") apart.
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let hash = hasher.finalize();
    let bits = hash.iter().take(8).fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    (0..10)
        .map(|n| char::from(ALPHABET[usize::try_from(bits >> (59 - 5 * n) & 31).unwrap_or(0)]))
        .collect()
}

/// Ten base32 characters that name an issue: of SHA-256 over item key, check and subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IssueId(String);

impl IssueId {
    /// The id of what `check` says about `subject` inside the item.
    #[must_use]
    pub fn of(key: &Key, check: &str, subject: &str) -> Self {
        Self(short_id(&[&key.to_string(), check, subject]))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IssueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an event stands in the whole log, counted from 1. 0 is before the first.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Position {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Where an event stands in its stream, counted from 1. 0 is before the first.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Version(pub u64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What events belong together and are ordered by one expected version:
/// `item/KEY`, `scan/ID`, `account/ID`, `governance`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamId(String);

impl StreamId {
    /// The stream of an item: its configurations and its issues.
    #[must_use]
    pub fn item(key: &Key) -> Self {
        Self(format!("item/{key}"))
    }

    /// The stream of a scan.
    #[must_use]
    pub fn scan(id: &ScanId) -> Self {
        Self(format!("scan/{id}"))
    }

    /// The stream of an account.
    #[must_use]
    pub fn account(id: &AccountId) -> Self {
        Self(format!("account/{id}"))
    }

    /// The stream of what a notifier has delivered.
    #[must_use]
    pub fn notifier(name: &str) -> Self {
        Self(format!("notifier/{name}"))
    }

    /// The stream of what settled, and is to be told.
    #[must_use]
    pub fn notifications() -> Self {
        Self("notifications".to_owned())
    }

    /// The stream of what people decide for everything: networks.
    #[must_use]
    pub fn governance() -> Self {
        Self("governance".to_owned())
    }

    /// The stream as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Refuses the stream of an item or an account that is not to be recorded: see [`Key::check`].
    ///
    /// # Errors
    /// What is unfit about it, in one line.
    pub fn check(&self) -> Result<(), InvalidKey> {
        match self.0.split_once('/') {
            Some(("item", key)) => key.parse::<Key>()?.check(),
            Some(("account", id)) => Ok(id.parse::<AccountId>().map(drop)?),
            _ => Ok(()),
        }
    }

    /// The item whose stream this is.
    #[must_use]
    pub fn as_item(&self) -> Option<Key> {
        self.0.strip_prefix("item/")?.parse().ok()
    }
}

impl From<String> for StreamId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names a scan; later scans sort after earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScanId(String);

impl ScanId {
    /// The id of the scan that started then.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self(start.strftime("%Y%m%dT%H%M%S%3fZ").to_string())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who made the event happen: a user's name, `scheduler`, `cli`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Actor(pub String);

impl From<&str> for Actor {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_keeps_its_id() {
        let key: Key = "111122223333/security_group/eu-west-1/sg-1".parse().unwrap();
        let id = IssueId::of(&key, "security_group.open", "ssh");
        assert_eq!(id.as_str(), "j2edu2mwlu");
        assert_ne!(id, IssueId::of(&key, "security_group.opens", "sh"));
    }

    #[test]
    fn a_stream_of_what_is_not_to_be_recorded_is_refused() {
        for stream in ["item/1/queue/r/a/../b", "account/1", "scan/x", "notifier/a b", "governance"]
        {
            assert_eq!(StreamId::from(stream.to_owned()).check(), Ok(()), "{stream}");
        }
        for stream in
            ["item/", "item/1/queue/r", "item/1/queue/../q", "account/a\u{1b}", "account/.."]
        {
            assert!(StreamId::from(stream.to_owned()).check().is_err(), "{stream}");
        }
    }
}
