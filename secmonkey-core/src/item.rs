//! Items: single resources, and the keys that name them for ever.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::{AccountId, InvalidAccountId};

/// The region of resources that one listing covers for all regions.
pub const GLOBAL: &str = "global";

/// What names a resource for ever: account, technology, region, resource id.
///
/// Written `123456789012/security_group/eu-west-1/sg-0a1b2c3d`. The resource id is
/// the provider's unique id where it has one, else the ARN; it may hold slashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key {
    /// The account it is in.
    pub account: AccountId,
    /// The technology's id.
    pub technology: String,
    /// The region that was listed, [`GLOBAL`] where one listing covers all.
    pub region: String,
    /// The provider's unique id, else the ARN.
    pub id: String,
}

/// A text that is no item key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// A segment is missing or empty.
    #[error("`{0}` is not an item key: expected account/technology/region/id")]
    Form(String),
    /// The first segment is no account id.
    #[error(transparent)]
    Account(#[from] InvalidAccountId),
}

impl FromStr for Key {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut segments = text.splitn(4, '/');
        let mut next = || {
            segments
                .next()
                .filter(|segment| !segment.is_empty())
                .ok_or_else(|| InvalidKey::Form(text.to_owned()))
        };
        Ok(Self {
            account: next()?.parse()?,
            technology: next()?.to_owned(),
            region: next()?.to_owned(),
            id: next()?.to_owned(),
        })
    }
}

impl TryFrom<String> for Key {
    type Error = InvalidKey;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.to_string()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.account, self.technology, self.region, self.id)
    }
}

/// One resource with its configuration, as checks see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What names it for ever.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// Its ARN, where it has one.
    pub arn: Option<String>,
    /// Its configuration in canonical form.
    pub config: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_what_it_prints_even_with_slashes_in_the_id() {
        let text = "123456789012/iam_server_certificate/global/arn:aws:iam::123456789012:cert/a/b";
        let key: Key = text.parse().unwrap();
        assert_eq!(key.id, "arn:aws:iam::123456789012:cert/a/b");
        assert_eq!(key.to_string(), text);
    }

    #[test]
    fn a_key_with_a_segment_missing_is_refused() {
        for text in ["", "123456789012", "123456789012/a/b", "123456789012//b/c", "1 2/a/b/c"] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }
}
