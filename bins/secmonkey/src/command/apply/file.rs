//! Files that declare accounts, networks and rules.

use ipnet::IpNet;
use secmonkey_core::Timestamp;
use secmonkey_core::account::{Account, Accounts};
use secmonkey_core::decide::Declared;
use secmonkey_core::governance::{Ignore, Override};
use secmonkey_core::network::Network;
use secmonkey_core::query::Query;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::command::account::Listed;
use crate::config;
use crate::time;

/// What a file declares.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    account: Vec<Listed>,
    network: Vec<NetworkEntry>,
    ignore: Vec<IgnoreEntry>,
    r#override: Vec<OverrideEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkEntry {
    name: String,
    cidr: IpNet,
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    notes: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IgnoreEntry {
    #[serde(deserialize_with = "query")]
    query: Query,
    reason: String,
    #[serde(default)]
    until: Option<Day>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OverrideEntry {
    check: String,
    #[serde(default, deserialize_with = "query")]
    query: Query,
    #[serde(default)]
    score: Option<u8>,
    #[serde(default)]
    disabled: bool,
    reason: String,
    #[serde(default)]
    until: Option<Day>,
}

fn query<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Query, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|error| D::Error::custom(format!("`{text}`: {error}")))
}

/// A time that is the same whenever the file is read: a date or a time of TOML, or a text.
#[derive(Debug, Clone, Copy)]
struct Day(Timestamp);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text,
            toml::Value::Datetime(date) => date.to_string(),
            other => format!("a {}", other.type_str()),
        };
        if text.starts_with(|c: char| c.is_ascii_digit()) && !text.ends_with(" ago") {
            return time::parse(&text, Timestamp::now()).map(Self).map_err(D::Error::custom);
        }
        let wrong = format!("`{text}` is not a time: write 2026-01-31 or 2026-01-31T14:00:00Z");
        Err(D::Error::custom(wrong))
    }
}

/// Reads a file.
pub fn parse(text: &str) -> Result<File, String> {
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    toml::from_str(text).map_err(|error| config::explain(text, &error))
}

impl File {
    /// What it declares, beside the accounts that are registered.
    pub fn declared(self, registered: &Accounts) -> Result<Declared, String> {
        let accounts: Vec<_> = self.account.into_iter().map(Account::from).collect();
        let mut known = registered.clone();
        for account in &accounts {
            known.insert(account.clone());
        }
        let network = |entry: NetworkEntry| {
            let account = entry.account.as_deref().map(|name| known.require(name)).transpose();
            let account = account.map_err(|unknown| unknown.to_string())?;
            let account = account.map(|account| account.id.clone());
            let NetworkEntry { name, cidr, notes, .. } = entry;
            if cidr.trunc() != cidr {
                return Err(format!("network {name}: `{cidr}` has bits set behind its prefix"));
            }
            Ok(Network { name, cidr, account, notes })
        };
        Ok(Declared {
            networks: self.network.into_iter().map(network).collect::<Result<_, _>>()?,
            ignores: self
                .ignore
                .into_iter()
                .map(|entry| Ignore {
                    until: entry.until.map(|day| day.0),
                    ..Ignore::new(entry.query, entry.reason.trim())
                })
                .collect(),
            overrides: self
                .r#override
                .into_iter()
                .map(|entry| Override {
                    score: entry.score,
                    disabled: entry.disabled,
                    until: entry.until.map(|day| day.0),
                    ..Override::new(entry.check, entry.query, entry.reason.trim())
                })
                .collect(),
            accounts,
        })
    }
}
