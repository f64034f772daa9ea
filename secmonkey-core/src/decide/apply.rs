//! Many decisions at once, as somebody declared them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Decided, Decisions, Error};
use crate::account::Account;
use crate::event::{Event, StreamId};
use crate::governance::{Ignore, Override, Subscription};
use crate::network::Network;
use crate::record::{IgnoreRecord, OverrideRecord, ScheduleRecord, SubscriptionRecord};
use crate::registry::Registry;
use crate::schedule;

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
    /// When accounts and technologies are looked at.
    pub schedule: Vec<schedule::Rule>,
    /// Who is told of what.
    pub subscriptions: Vec<Subscription>,
}

/// What declaring something, or taking over what a source says, changed or would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// `account`, `network`, `ignore`, `override`, `schedule` or `subscription`.
    pub kind: &'static str,
    /// Which one: the id of an account, the name of a network, the query of a rule, the check
    /// and the query of an override, what a rule of the schedule is about, the name of a
    /// subscription.
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
    /// It is there, and who knows of it elsewhere knows it no more. It stays as it is.
    Missing,
}

impl Change {
    /// A watched account that a source does not know any more.
    pub(super) fn missing(account: &Account) -> Self {
        let (name, is) = (account.id.to_string(), json!(account));
        Self { kind: "account", name, change: Changed::Missing, from: Some(is.clone()), to: is }
    }

    pub(super) fn new(
        kind: &'static str,
        name: impl Into<String>,
        from: Option<Value>,
        to: Value,
    ) -> Self {
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
            self.plan_accounts(&declared.accounts, &self.views.accounts()?, &mut planned)?;
            self.apply_networks(&declared.networks, &mut planned)?;
            self.apply_rules(declared, registry, &mut planned)?;
            self.apply_schedule(declared, registry, &mut planned)?;
            self.apply_subscriptions(declared, registry, &mut planned)?;
            Ok(planned.decided(dry_run))
        })
        .await
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
            let rule = &self.fit_override(rule, registry, &declared.accounts)?;
            let to = said(&json!(OverrideRecord::from(rule)));
            let from = known.insert(rule.id.clone(), to.clone());
            let name = format!("{} {}", rule.check, rule.scope);
            let change = Change::new("override", name.trim_end(), from, to);
            planned.push(change, StreamId::governance(), || Event::CheckOverridden(rule.clone()));
        }
        Ok(())
    }

    fn apply_schedule(
        &self,
        declared: &Declared,
        registry: &Registry,
        planned: &mut Plan,
    ) -> Result<(), Error> {
        let in_force = self.schedule_in_force()?.into_iter();
        let as_said = |rule: &schedule::Rule| said(&json!(ScheduleRecord::from(rule)));
        let mut known: BTreeMap<_, _> =
            in_force.map(|rule| (rule.scope(), as_said(&rule))).collect();
        for rule in &declared.schedule {
            self.fit_schedule(rule, registry, &declared.accounts)?;
            let (scope, to) = (rule.scope(), as_said(rule));
            let from = known.insert(scope.clone(), to.clone());
            let change = Change::new("schedule", scope.to_string(), from, to);
            planned.push(change, StreamId::governance(), || Event::ScheduleChanged(rule.clone()));
        }
        Ok(())
    }

    fn apply_subscriptions(
        &self,
        declared: &Declared,
        registry: &Registry,
        planned: &mut Plan,
    ) -> Result<(), Error> {
        let mut known: BTreeMap<_, _> = self
            .subscribed()?
            .into_iter()
            .map(|row| (row.rule.id.clone(), said(&json!(SubscriptionRecord::from(&row.rule)))))
            .collect();
        for one in &declared.subscriptions {
            let one = &self.fit_subscription(one, registry, &declared.accounts)?;
            let to = said(&json!(SubscriptionRecord::from(one)));
            let from = known.insert(one.id.clone(), to.clone());
            let change = Change::new("subscription", one.name.as_str(), from, to);
            planned.push(change, StreamId::governance(), || Event::Subscribed(one.clone()));
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
pub(super) struct Plan {
    pub(super) changes: Vec<Change>,
    decided: Vec<Decided>,
}

impl Plan {
    /// What changes, and what is appended: nothing where that is only to be said.
    pub(super) fn decided(self, dry_run: bool) -> (Vec<Change>, Vec<Decided>) {
        (self.changes, if dry_run { Vec::new() } else { self.decided })
    }

    pub(super) fn push(&mut self, change: Change, stream: StreamId, event: impl FnOnce() -> Event) {
        if change.change != Changed::Unchanged {
            self.decided.push(Decided::new(stream, event()));
        }
        self.changes.push(change);
    }
}
