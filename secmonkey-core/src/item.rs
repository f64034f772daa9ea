//! Items: single resources, and the keys that name them for ever.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::{AccountId, InvalidAccountId};
use crate::render::{short, visible};

/// The region of resources that one listing covers for all regions.
pub const GLOBAL: &str = "global";

/// A part of a key before the id is no longer, in bytes. No provider has any that comes near.
const LONGEST_PART: usize = 128;
/// An id is no longer, in bytes: so long may an ARN be.
const LONGEST_ID: usize = 2048;

/// Whether a text can be a part of a key before the id: one word that shows as what it is, and
/// no way through folders.
pub(crate) fn is_part(text: &str) -> bool {
    let unfit = |c: char| c == '/' || c.is_whitespace();
    !matches!(text, "" | "." | "..")
        && text.len() <= LONGEST_PART
        && !text.contains(unfit)
        && visible(text) == text
}

/// A part of a key in what is said about it.
fn shown(text: &str) -> String {
    short(&visible(text), 120).into_owned()
}

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
    /// What stands before the id is nothing that can be recorded.
    #[error(
        "the {what} `{text}` is empty, too long, or has a blank, a slash or what does not show"
    )]
    Part {
        /// Which of them.
        what: &'static str,
        /// The text as it can be shown.
        text: String,
    },
    /// The id is none that can be recorded.
    #[error("the id `{0}` is empty, a dot or two, too long, or has a control character")]
    Id(String),
}

impl Key {
    /// Refuses a key that is not to be recorded. Whatever enters a log is asked, from whomever it
    /// comes: a watcher, a file, another log. What is recorded is read as it is.
    ///
    /// An id may be nearly anything, because it is the provider's: slashes and blanks, too.
    ///
    /// # Errors
    /// Which part is unfit, in one line.
    pub fn check(&self) -> Result<(), InvalidKey> {
        let Self { account, technology, region, id } = self;
        let parts = [("account", account.as_str()), ("technology", technology), ("region", region)];
        if let Some((what, text)) = parts.into_iter().find(|(_, text)| !is_part(text)) {
            return Err(InvalidKey::Part { what, text: shown(text) });
        }
        if matches!(id.as_str(), "" | "." | "..")
            || id.len() > LONGEST_ID
            || id.contains(char::is_control)
        {
            return Err(InvalidKey::Id(shown(id)));
        }
        Ok(())
    }
}

impl FromStr for Key {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut segments = text.splitn(4, '/');
        let mut next = || {
            segments
                .next()
                .filter(|segment| !segment.is_empty())
                .ok_or_else(|| InvalidKey::Form(shown(text)))
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

    fn key(technology: &str, region: &str, id: &str) -> Key {
        let account = "123456789012".parse().unwrap();
        Key {
            account,
            technology: technology.to_owned(),
            region: region.to_owned(),
            id: id.to_owned(),
        }
    }

    #[test]
    fn what_providers_call_their_resources_can_be_recorded() {
        let long = "a".repeat(LONGEST_ID);
        for id in ["sg-1", "arn:aws:iam::1:cert/a/b", "two words", "a/../b", "größe", &long] {
            assert_eq!(key("security_group", "eu-west-1", id).check(), Ok(()), "{id}");
        }
    }

    #[test]
    fn a_key_that_could_be_taken_for_another_is_not_recorded() {
        let long = "a".repeat(LONGEST_PART + 1);
        for part in [
            "",
            ".",
            "..",
            "a/b",
            "../b",
            "a b",
            "a\u{1b}[2J",
            "a\n",
            "a\u{202e}b",
            "a\u{9b}",
            &long,
        ] {
            for (what, key) in
                [("technology", key(part, "r", "i")), ("region", key("t", part, "i"))]
            {
                let said = key.check().unwrap_err().to_string();
                assert!(said.starts_with(&format!("the {what} `")), "{said}");
                assert!(said.lines().count() == 1 && said.len() < 300, "{said}");
                assert_eq!(visible(&said), said);
            }
        }
        let long = "a".repeat(LONGEST_ID + 1);
        for id in ["", ".", "..", "a\0b", "a\nb", "\u{9b}31m", &long] {
            let said = key("t", "r", id).check().unwrap_err().to_string();
            assert!(said.starts_with("the id `") && said.len() < 300, "{said}");
            assert_eq!(visible(&said), said);
        }
    }
}
