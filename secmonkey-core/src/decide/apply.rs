//! Many decisions at once, as somebody declared them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Decided, Decisions, Error};
use crate::account::Account;
use crate::event::{Event, StreamId};
use crate::governance::{Ignore, Override};
use crate::network::Network;
use crate::record::{IgnoreRecord, OverrideRecord};
use crate::registry::Registry;

/// What somebody declares: it is so from now on. What is not declared stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Declared {
    /// Accounts that are registered.
    pub accounts: Vec<Account>,
    /// Networks that are known.
    pub networks: Vec<Network>,
    /// Items that are ignored.
    pub ignores: Vec<Ignore>,
    /// What checks say otherwise.
    pub overrides: Vec<Override>,
}

/// What declaring something changed, or would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// `account`, `network`, `ignore` or `override`.
    pub kind: &'static str,
    /// Which one: the id of an account, the name of a network, the query of a rule, the check
    /// and the query of an override.
    pub name: String,
    /// What becomes of it.
    pub change: Changed,
    /// What it was; `null` where it was not there.
    pub from: Option<Value>,
    /// What it is from now on.
    pub to: Value,
}

/// What becomes of something that is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// It was not there.
    Added,
    /// It was otherwise.
    Changed,
    /// It is so already.
    Unchanged,
}

impl Change {
    fn new(kind: &'static str, name: impl Into<String>, from: Option<Value>, to: Value) -> Self {
        let change = match &from {
            None => Changed::Added,
            Some(from) if *from == to => Changed::Unchanged,
            Some(_) => Changed::Changed,
        };
        Self { kind, name: name.into(), change, from, to }
    }
}

impl Decisions {
    /// Brings about what is declared, all of it or nothing, and says what that changes; with
    /// `dry_run` only says it.
    ///
    /// # Errors
    /// What is wrong with the first that cannot be.
    pub async fn apply(
        &self,
        declared: &Declared,
        registry: &Registry,
        dry_run: bool,
    ) -> Result<Vec<Change>, Error> {
        self.decided(|| {
            let mut planned = Plan::default();
            self.apply_accounts(&declared.accounts, &mut planned)?;
            self.apply_networks(&declared.networks, &mut planned)?;
            self.apply_rules(declared, registry, &mut planned)?;
            let Plan { changes, mut decided } = planned;
            if dry_run {
                decided.clear();
            }
            Ok((changes, decided))
        })
        .await
    }

    fn apply_accounts(&self, declared: &[Account], planned: &mut Plan) -> Result<(), Error> {
        let mut accounts = self.views.accounts()?;
        for account in declared {
            let mut account = account.clone();
            self.validate(&mut account, &accounts)?;
            let known = accounts.get(account.id.as_str()).map(|known| json!(known));
            let is_known = known.is_some();
            let change = Change::new("account", account.id.as_str(), known, json!(account));
            let event = if is_known { Event::AccountUpdated } else { Event::AccountRegistered };
            planned.push(change, StreamId::account(&account.id), || event(account.clone()));
            accounts.insert(account);
        }
        Ok(())
    }

    fn apply_networks(&self, declared: &[Network], planned: &mut Plan) -> Result<(), Error> {
        let mut known = BTreeMap::new();
        for network in self.views.networks() {
            let network = network?;
            known.insert(network.name.clone(), json!(network));
        }
        for network in declared {
            let network = Network { name: network.name.trim().to_owned(), ..network.clone() };
            if network.name.is_empty() {
                return Err(Error::UnnamedNetwork);
            }
            let to = json!(network);
            let from = known.insert(network.name.clone(), to.clone());
            let change = Change::new("network", network.name.as_str(), from, to);
            let event = || Event::NetworkKnown(network.clone());
            planned.push(change, StreamId::governance(), event);
        }
        Ok(())
    }

    fn apply_rules(
        &self,
        declared: &Declared,
        registry: &Registry,
        planned: &mut Plan,
    ) -> Result<(), Error> {
        let governance = self.in_force()?;
        let mut known: BTreeMap<_, _> = governance
            .overrides()
            .map(|row| (row.rule.id.clone(), said(&json!(OverrideRecord::from(&row.rule)))))
            .chain(
                governance
                    .ignores()
                    .iter()
                    .map(|row| (row.rule.id.clone(), said(&json!(IgnoreRecord::from(&row.rule))))),
            )
            .collect();
        for rule in &declared.ignores {
            self.fit_ignore(rule, registry, &declared.accounts)?;
            let to = said(&json!(IgnoreRecord::from(rule)));
            let from = known.insert(rule.id.clone(), to.clone());
            let change = Change::new("ignore", rule.scope.to_string(), from, to);
            planned.push(change, StreamId::governance(), || Event::ItemsIgnored(rule.clone()));
        }
        for rule in &declared.overrides {
            self.fit_override(rule, registry, &declared.accounts)?;
            let to = said(&json!(OverrideRecord::from(rule)));
            let from = known.insert(rule.id.clone(), to.clone());
            let name = format!("{} {}", rule.check, rule.scope);
            let change = Change::new("override", name.trim_end(), from, to);
            planned.push(change, StreamId::governance(), || Event::CheckOverridden(rule.clone()));
        }
        Ok(())
    }
}

/// What a rule says, without who made it and what it hits.
fn said(record: &Value) -> Value {
    let mut said = record.clone();
    if let Some(members) = said.as_object_mut() {
        for name in ["by", "at", "items", "issues"] {
            members.remove(name);
        }
    }
    said
}

/// What is to be appended, and what that changes.
#[derive(Default)]
struct Plan {
    changes: Vec<Change>,
    decided: Vec<Decided>,
}

impl Plan {
    fn push(&mut self, change: Change, stream: StreamId, event: impl FnOnce() -> Event) {
        if change.change != Changed::Unchanged {
            self.decided.push(Decided::new(stream, event()));
        }
        self.changes.push(change);
    }
}
