//! Accounts: ours, and those we know of.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The provider's id of an account: twelve digits on AWS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

/// A text that is no account id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an account id: expected twelve digits")]
pub struct InvalidAccountId(String);

impl AccountId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidAccountId(text.to_owned()))
        }
    }
}

impl TryFrom<String> for AccountId {
    type Error = InvalidAccountId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One account as it was registered.
///
/// Registered accounts are *friendly* unless marked as a third party; every other
/// account is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The provider's id.
    pub id: AccountId,
    /// What people call it; unique among the registered.
    pub name: String,
    /// The role to assume in it. `None` uses the credentials as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Handed over when the role is assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The regions to watch; empty for every enabled one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Regions not to watch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skip_regions: Vec<String>,
    /// The partition: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// Somebody else's account that we know of: never watched.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub third_party: bool,
    /// Whether it is watched.
    pub active: bool,
    /// The id that S3 access control lists name it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_id: Option<String>,
    /// The organization it belongs to: `o-` and ten letters and digits or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

impl Account {
    /// An active account of the `aws` partition, read with the credentials as they are.
    #[must_use]
    pub fn new(id: AccountId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            role: None,
            external_id: None,
            regions: Vec::new(),
            skip_regions: Vec::new(),
            partition: "aws".to_owned(),
            third_party: false,
            active: true,
            canonical_id: None,
            organization: None,
            notes: String::new(),
        }
    }

    /// Whether scans read it: ours and active.
    #[must_use]
    pub fn watched(&self) -> bool {
        self.active && !self.third_party
    }
}

/// The registered accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    by_id: BTreeMap<AccountId, Account>,
}

impl Accounts {
    /// The account with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Account> {
        id.parse().ok().and_then(|id: AccountId| self.by_id.get(&id))
    }

    /// The account with this id or name.
    #[must_use]
    pub fn find(&self, id_or_name: &str) -> Option<&Account> {
        self.get(id_or_name).or_else(|| self.iter().find(|account| account.name == id_or_name))
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.by_id.values()
    }

    /// Adds or replaces one.
    pub fn insert(&mut self, account: Account) {
        self.by_id.insert(account.id.clone(), account);
    }

    /// Takes one out.
    pub fn remove(&mut self, id: &AccountId) {
        self.by_id.remove(id);
    }
}

impl FromIterator<Account> for Accounts {
    fn from_iter<I: IntoIterator<Item = Account>>(accounts: I) -> Self {
        let mut all = Self::default();
        for account in accounts {
            all.insert(account);
        }
        all
    }
}
