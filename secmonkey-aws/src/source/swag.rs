//! Inventories of SWAG, Netflix's collection of what is known of cloud accounts.
//!
//! Its schema 2 is a list of accounts, or an object with one in `accounts`; schema 1 is such an
//! object, with the account's number in `metadata`. Only what is said of AWS accounts is taken,
//! and not the address of an account, by which its root user's password is reset.

use secmonkey_core::account::AccountId;
use secmonkey_core::source::{Entry, State};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::AWS;

/// The services by which an inventory says whether and where an account is watched.
const OURS: [&str; 2] = ["secmonkey", "security_monkey"];
/// The states of accounts that are not in use.
const CLOSED: [&str; 3] = ["deprecated", "deleted", "in-active"];
/// The owner of accounts that are not ours.
const THIRD_PARTY: &str = "third-party";
/// The service status that is about every region.
const EVERYWHERE: &str = "all";
/// What is kept to search accounts by, as it is called in schema 2 and in schema 1.
const KEPT: [(&str, &str); 9] = [
    ("owner", "owner"),
    ("environment", "environment"),
    ("type", ""),
    ("domain", "domain"),
    ("sub_domain", "sub_domain"),
    ("sensitive", "cmc_required"),
    ("aliases", "alias"),
    ("contacts", "owners"),
    ("tags", "tags"),
];

/// The accounts of an inventory; `None` of what is none.
pub fn inventory(value: &Value) -> Option<&[Value]> {
    if let Some(accounts) = value.get("accounts") {
        return accounts.as_array().map(Vec::as_slice);
    }
    // What a list of our own does not have; that one has an address alone is a slip, and told.
    let has = |one: &Value, name: &str| one.get(name).is_some();
    let is_swag = |one: &Value| {
        ["schemaVersion", "account_status", "services"].iter().any(|name| has(one, name))
            || (has(one, "email") && has(one, "description"))
    };
    value.as_array().filter(|all| all.first().is_some_and(is_swag)).map(Vec::as_slice)
}

/// What an inventory says of AWS accounts, and how many others it names.
pub fn entries(inventory: &[Value]) -> Result<(Vec<Entry>, usize), String> {
    let mut all = Vec::new();
    let mut left_out = 0;
    for (number, value) in (1..).zip(inventory) {
        let entry = if value.get("metadata").is_some() { first(value) } else { second(value) };
        match entry.map_err(|error| format!("account {number}: {error}"))? {
            Some(entry) => all.push(entry),
            None => left_out += 1,
        }
    }
    Ok((all, left_out))
}

/// An account in schema 2.
#[derive(Deserialize)]
struct Second {
    id: AccountId,
    name: String,
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    account_status: Option<String>,
    #[serde(default)]
    services: Vec<Service>,
}

#[derive(Deserialize)]
struct Service {
    name: String,
    #[serde(default)]
    status: Vec<ServiceStatus>,
}

#[derive(Deserialize)]
struct ServiceStatus {
    region: String,
    #[serde(default)]
    enabled: bool,
}

fn second(value: &Value) -> Result<Option<Entry>, serde_json::Error> {
    if let Some(provider) = value.get("provider").and_then(Value::as_str)
        && provider != AWS.as_str()
    {
        return Ok(None);
    }
    let account = Second::deserialize(value)?;
    let mut entry = Entry::new(AWS, account.id);
    entry.name = Some(account.name);
    entry.notes = account.description;
    entry.third_party = account.owner.map(|owner| owner == THIRD_PARTY).filter(|is| *is);
    entry.settings = kept(value, |(now, _)| now);
    let service = account.services.iter().find(|one| OURS.contains(&one.name.as_str()));
    if let Some(service) = service {
        let said = |enabled: bool| -> Vec<String> {
            let all = service.status.iter().filter(|status| status.enabled == enabled);
            all.map(|status| status.region.clone()).collect()
        };
        let (mut on, mut off) = (said(true), said(false));
        if on.iter().any(|region| region == EVERYWHERE) {
            on.clear();
        } else {
            off.clear();
        }
        if is_on(service) {
            entry.regions = Some(on);
            entry.skip_regions = Some(off);
        }
    }
    entry.state = Some(state(account.account_status.as_deref(), service.is_none_or(is_on)));
    Ok(Some(entry))
}

fn is_on(service: &Service) -> bool {
    service.status.iter().any(|status| status.enabled)
}

/// An account in schema 1.
#[derive(Deserialize)]
struct First {
    name: String,
    metadata: Metadata,
    #[serde(default)]
    ours: Option<bool>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    account_status: Option<String>,
    #[serde(default, alias = "service")]
    services: Map<String, Value>,
}

#[derive(Deserialize)]
struct Metadata {
    account_number: AccountId,
}

fn first(value: &Value) -> Result<Option<Entry>, serde_json::Error> {
    if value.get("type").and_then(Value::as_str).is_some_and(|of| of != AWS.as_str()) {
        return Ok(None);
    }
    let account = First::deserialize(value)?;
    let mut entry = Entry::new(AWS, account.metadata.account_number);
    entry.name = Some(account.name);
    entry.notes = account.description;
    entry.third_party = account.ours.map(|ours| !ours);
    entry.settings = kept(value, |(_, then)| then);
    let service = OURS.iter().find_map(|name| account.services.get(*name));
    let is_on = service.and_then(|one| one.get("enabled")).and_then(Value::as_bool);
    entry.state = Some(state(account.account_status.as_deref(), is_on.unwrap_or(true)));
    Ok(Some(entry))
}

/// Whether an account is in use, as the inventory says it.
fn state(status: Option<&str>, is_watched: bool) -> State {
    match status {
        Some(status) if CLOSED.contains(&status) => State::Closed(status.to_owned()),
        _ if is_watched => State::Open,
        _ => State::Closed("security_monkey is off".to_owned()),
    }
}

/// What is kept of an account, by the names of schema 2; what is empty is taken away.
fn kept(
    value: &Value,
    called: fn((&'static str, &'static str)) -> &'static str,
) -> Map<String, Value> {
    let is_plain = |value: &Value| value.is_string() || value.is_boolean() || value.is_null();
    let mut all = Map::new();
    for names in KEPT {
        let Some(value) = value.get(called(names)) else { continue };
        let value = match value {
            Value::Array(list) if list.is_empty() => Value::Null,
            Value::Array(list) if list.iter().all(is_plain) => value.clone(),
            value if is_plain(value) => value.clone(),
            _ => continue,
        };
        all.insert(names.0.to_owned(), value);
    }
    all
}

#[cfg(test)]
mod tests;
