//! Accounts: ours, and those we know of.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::item::is_part;
use crate::nearest::{Named, Nearest, Unknown};
use crate::provider::Provider;
use crate::render::{short, visible};
use crate::technology::Kind;

/// The provider's id of an account: twelve digits on AWS, a name on GitHub. Two accounts
/// of one store never share an id, whoever runs them.
///
/// Here it has to be fit for a key: one word of bounded length, without slashes and without
/// what does not show. What else makes an id is the provider's to say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

/// A text that is no account id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an account id: it is empty, too long, or has a blank, a slash or what does not show"
)]
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
        if is_part(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidAccountId(short(&visible(text), 120).into_owned()))
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
#[non_exhaustive]
pub struct Account {
    /// Who runs it.
    pub provider: Provider,
    /// The provider's id.
    pub id: AccountId,
    /// What people call it; unique among the registered.
    pub name: String,
    /// The regions to watch; empty for every enabled one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Regions not to watch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skip_regions: Vec<String>,
    /// Somebody else's account that we know of: never watched.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub third_party: bool,
    /// Whether it is watched.
    pub active: bool,
    /// What else names it in configurations, by the kind of the name: the canonical user id
    /// that S3 knows it by, the organization it belongs to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<Kind, String>,
    /// How it is accessed, and whatever else only its provider reads.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

impl Account {
    /// An active account without settings.
    #[must_use]
    pub fn new(provider: Provider, id: AccountId, name: impl Into<String>) -> Self {
        Self {
            provider,
            id,
            name: name.into(),
            regions: Vec::new(),
            skip_regions: Vec::new(),
            third_party: false,
            active: true,
            names: BTreeMap::new(),
            settings: Map::new(),
            notes: String::new(),
        }
    }

    /// Whether scans read it: ours and active.
    #[must_use]
    pub fn watched(&self) -> bool {
        self.active && !self.third_party
    }

    /// A setting that is a text; `None` where it is absent or empty.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Gives a setting another value; an empty text takes it away.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if value.is_empty() {
            self.settings.remove(name);
        } else {
            self.settings.insert(name.to_owned(), value.into());
        }
    }

    /// Whether a member of what is registered is such a text; members of `settings` and `names`
    /// go by their own names, and lists are asked one by one.
    #[must_use]
    pub fn has(&self, member: &str, is_meant: impl Fn(&str) -> bool) -> bool {
        let Ok(Value::Object(mut all)) = serde_json::to_value(self) else { return false };
        for (name, default) in [("third_party", Value::Bool(false)), ("notes", "".into())] {
            all.entry(name).or_insert(default);
        }
        let of = |group: &str| all.get(group).and_then(|group| group.get(member));
        let value = all.get(member).or_else(|| of("settings")).or_else(|| of("names"));
        let is = |value: &Value| match value {
            Value::String(text) => is_meant(text),
            Value::Null | Value::Array(_) | Value::Object(_) => false,
            other => is_meant(&other.to_string()),
        };
        match value {
            Some(Value::Array(all)) => all.iter().any(is),
            Some(value) => is(value),
            None => false,
        }
    }

    /// What messages and lists call it: `production (123456789012)`.
    #[must_use]
    pub fn title(&self) -> String {
        if self.name == self.id.as_str() {
            self.name.clone()
        } else {
            format!("{} ({})", self.name, self.id)
        }
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

    /// The account with this id or name.
    ///
    /// # Errors
    /// Where there is none, with what it may have meant.
    pub fn require(&self, id_or_name: &str) -> Result<&Account, Unknown> {
        self.find(id_or_name).ok_or_else(|| {
            let known = self.iter().flat_map(|one| [one.id.as_str(), one.name.as_str()]);
            let nearest = match Nearest::of(id_or_name, known) {
                // Ids alone tell nobody anything.
                Nearest::Far | Nearest::All(_) => {
                    Nearest::of(id_or_name, self.iter().map(|one| &one.name))
                }
                nearest => nearest,
            };
            Unknown { what: Named::Account, name: id_or_name.to_owned(), nearest }
        })
    }

    /// The accounts that are registered with this name of a kind.
    pub fn named(&self, kind: &Kind, name: &str) -> impl Iterator<Item = &Account> {
        self.iter()
            .filter(move |account| account.names.get(kind).is_some_and(|known| known == name))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_to_be_fit_for_a_key() {
        for text in ["123456789012", "netflix", "my-project-1", "é"] {
            assert!(text.parse::<AccountId>().is_ok(), "{text}");
        }
        for text in
            ["", "a/b", "a b", "a\0b", "\n", ".", "..", "a\u{202e}b", "a\u{9b}", &"a".repeat(500)]
        {
            let said = text.parse::<AccountId>().unwrap_err().to_string();
            assert!(said.len() < 300 && visible(&said) == said, "{said}");
        }
    }

    #[test]
    fn accounts_that_nobody_knows() {
        let none = Accounts::default().require("x").unwrap_err().to_string();
        assert_eq!(none, "unknown account `x`: none is registered");
        let one =
            Account::new(Provider::named("test"), "123456789012".parse().unwrap(), "lighthouse");
        let accounts: Accounts = std::iter::once(one).collect();
        let near = |name: &str| accounts.require(name).unwrap_err().to_string();
        assert_eq!(near("lighthose"), "unknown account `lighthose`; nearest: `lighthouse`");
        assert_eq!(near("123456789021"), "unknown account `123456789021`; nearest: `123456789012`");
        assert_eq!(near("x"), "unknown account `x`; there is `lighthouse`");
    }

    #[test]
    fn an_empty_setting_is_none() {
        let mut account = Account::new(Provider::named("test"), "1".parse().unwrap(), "one");
        account.set("role", "reader");
        assert_eq!(account.setting("role"), Some("reader"));
        account.set("role", "");
        assert_eq!(account.setting("role"), None);
        assert!(account.settings.is_empty());
    }
}
