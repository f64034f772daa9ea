//! What a rule sees.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use regorus::Value;
use secmonkey_core::account::{Account, AccountId};
use secmonkey_core::check::page::mask;
use secmonkey_core::check::{Check, Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_core::network::Network;
use serde_json::json;

/// So many values an item's configuration, or all items of a technology, may hold: a value
/// takes about a hundred bytes, and the time of a rule grows with them.
pub(crate) const MOST_VALUES: usize = 500_000;

/// All items of a technology of an account as rules see them, made once an audit.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<Vec<Listed>>);

/// So many lists are remembered: those of an audit of a few accounts.
const REMEMBERED: usize = 16;

#[derive(Debug)]
struct Listed {
    account: AccountId,
    technology: String,
    /// What it was made of: another audit has another list.
    of: Arc<[Item]>,
    value: Value,
}

impl Seen {
    /// The items of a technology, made a value where they are not yet.
    fn items(
        &self,
        account: &AccountId,
        technology: &str,
        all: &Arc<[Item]>,
    ) -> Result<Value, Undecided> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_of = |one: &Listed| one.account == *account && one.technology == technology;
        if let Some(one) = known.iter().find(|one| is_of(one) && Arc::ptr_eq(&one.of, all)) {
            return Ok(one.value.clone());
        }
        let mut room = MOST_VALUES;
        let mut items = Vec::with_capacity(all.len());
        for item in all.iter() {
            room = room.checked_sub(size(&item.config, room)).ok_or_else(|| {
                Undecided::Failed(format!(
                    "the {} items of {technology} hold more than {MOST_VALUES} values",
                    all.len()
                ))
            })?;
            items.push(of_item(item, item.config.clone())?);
        }
        let value = Value::from(items);
        known.retain(|one| !is_of(one));
        if known.len() >= REMEMBERED {
            known.remove(0);
        }
        let (account, technology) = (account.clone(), technology.to_owned());
        known.push(Listed { account, technology, of: Arc::clone(all), value: value.clone() });
        Ok(value)
    }
}

/// What a rule sees of an item and the world around it, and what of that is not known and
/// could only take a finding away.
pub(crate) fn input(
    check: &Check,
    item: &Item,
    world: &World<'_>,
    seen: &Seen,
) -> Result<(Value, Vec<String>), Undecided> {
    let config = mask(&item.config, &check.reads);
    if size(&config, MOST_VALUES) > MOST_VALUES {
        return Err(Undecided::Failed(format!(
            "its configuration holds more than {MOST_VALUES} values"
        )));
    }
    let mut all = BTreeMap::from([("item".into(), of_item(item, config)?)]);
    let mut doubts = Vec::new();
    let mut around = BTreeMap::new();
    let mut items = BTreeMap::new();
    for what in check.world.iter() {
        match what {
            "accounts" => {
                let accounts = world.accounts()?.iter().map(of_account);
                around.insert("accounts".into(), Value::from(accounts.collect::<Vec<_>>()));
            }
            "networks" => {
                let networks = world.networks()?;
                let networks: Vec<_> = networks.iter().map(of_network).collect();
                around.insert("networks".into(), Value::from(networks));
            }
            technology => {
                let known = match world.all(&item.key.account, technology) {
                    Ok(known) => seen.items(&item.key.account, technology, &known)?,
                    Err(Undecided::Unlisted(_)) if check.doubts.contains(technology) => {
                        doubts.push(technology.to_owned());
                        Value::from(Vec::new())
                    }
                    Err(unknown) => return Err(unknown),
                };
                items.insert(technology.into(), known);
            }
        }
    }
    if !items.is_empty() {
        around.insert("items".into(), Value::from(items));
    }
    if !around.is_empty() {
        all.insert("world".into(), Value::from(around));
    }
    if !check.parameters.is_empty() {
        let mut parameters = BTreeMap::new();
        for one in check.parameters.iter() {
            let set = world.parameter(&one.name)?;
            let set = value(set).map_err(|error| Undecided::Failed(error.to_string()))?;
            parameters.insert((&*one.name).into(), set);
        }
        all.insert("parameters".into(), Value::from(parameters));
    }
    if check.timed {
        all.insert("as_of".into(), Value::from(world.now()?.to_string()));
    }
    Ok((Value::from(all), doubts))
}

fn of_item(item: &Item, config: serde_json::Value) -> Result<Value, Undecided> {
    let key = &item.key;
    let config = value(config)
        .map_err(|error| Undecided::Failed(format!("the configuration of {key}: {error}")))?;
    let mut all = BTreeMap::from([
        ("key".into(), key.to_string().into()),
        ("id".into(), key.id.as_str().into()),
        ("name".into(), item.name.as_str().into()),
        ("account".into(), key.account.as_str().into()),
        ("region".into(), key.region.as_str().into()),
        ("technology".into(), key.technology.as_str().into()),
        ("config".into(), config),
    ]);
    all.extend(item.arn.as_deref().map(|arn| ("arn".into(), arn.into())));
    Ok(Value::from(all))
}

/// JSON as the engine holds it.
///
/// # Errors
/// Where it is nested too deeply.
pub(crate) fn value(json: serde_json::Value) -> Result<Value, serde_json::Error> {
    serde_json::from_value(json)
}

fn of_account(account: &Account) -> Value {
    let Account { provider, id, name, third_party, active, .. } = account;
    Value::from(json!({
        "provider": provider.as_str(),
        "id": id.as_str(),
        "name": name,
        "third_party": third_party,
        "active": active,
    }))
}

fn of_network(network: &Network) -> Value {
    let Network { name, cidr, account, .. } = network;
    let mut all = json!({ "name": name, "cidr": cidr.to_string() });
    if let Some(account) = account {
        all["account"] = account.as_str().into();
    }
    Value::from(all)
}

/// How many values a value holds, itself included; counted no further than just above `most`.
fn size(value: &serde_json::Value, most: usize) -> usize {
    let mut waiting = vec![value];
    let mut count = 0;
    while let Some(value) = waiting.pop() {
        count += 1;
        if count > most {
            break;
        }
        match value {
            serde_json::Value::Array(all) => waiting.extend(all),
            serde_json::Value::Object(all) => waiting.extend(all.values()),
            _ => {}
        }
    }
    count
}
