//! Decisions for many findings at once: overrides of checks, and items to ignore.

use jiff::Timestamp;

use super::{Decided, Decisions, Error};
use crate::account::Account;
use crate::event::{Event, Position, StreamId};
use crate::governance::{Governance, Ignore, Override, RuleId, drifting, unfit};
use crate::nearest::{Named, Unknown};
use crate::query::Query;
use crate::registry::Registry;

/// What making a rule came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// It is in force from now on.
    New,
    /// It is in force instead of what was decided before about the same.
    Instead,
    /// It was in force just so.
    Unchanged,
}

impl Decisions {
    /// Lets a check say otherwise for some items than it does by itself.
    ///
    /// # Errors
    /// Where there is no such check, nothing would be said, or what it is about cannot be.
    pub async fn override_check(
        &self,
        rule: &Override,
        registry: &Registry,
    ) -> Result<Made, Error> {
        let rule = &self.check_override(rule, registry)?;
        self.decided(|| {
            let governance = self.in_force()?;
            let known = governance.overrides_of(&rule.check).iter();
            let known = known.map(|row| &row.rule).find(|known| known.id == rule.id);
            Ok(made(known, rule, || Event::CheckOverridden(rule.clone())))
        })
        .await
    }

    /// Refuses an override that cannot be, and answers with the one form of one that can.
    ///
    /// # Errors
    /// As [`override_check`](Self::override_check).
    pub fn check_override(&self, rule: &Override, registry: &Registry) -> Result<Override, Error> {
        self.fit_override(rule, registry, &[])
    }

    pub(super) fn fit_override(
        &self,
        rule: &Override,
        registry: &Registry,
        accounts: &[Account],
    ) -> Result<Override, Error> {
        let check = registry.find_check(&rule.check)?;
        self.fit(&rule.scope, &rule.reason, rule.until, (registry, accounts))?;
        if let Some(score) = rule.score.filter(|score| *score > 10) {
            return Err(Error::Score(score));
        }
        if rule.score.is_none() && rule.parameters.is_empty() && !rule.disabled {
            return Err(Error::NothingOverridden);
        }
        if let Some(term) = drifting(&rule.scope).filter(|_| !rule.parameters.is_empty()) {
            return Err(Error::Drifting(term.to_string()));
        }
        let mut fit = rule.clone();
        for (name, value) in &mut fit.parameters {
            *value = check.parameter(name)?.read(value)?;
        }
        Ok(fit)
    }

    /// Lets a check say again what it says by itself. Returns the override that counted.
    ///
    /// # Errors
    /// Where there is none for just these items.
    pub async fn reset_check(&self, check: &str, scope: &Query) -> Result<Override, Error> {
        let id = RuleId::of_override(check, scope);
        self.decided(|| {
            let governance = self.in_force()?;
            let all = governance.overrides_of(check);
            let Some(row) = all.iter().find(|row| row.rule.id == id) else {
                let scopes: Vec<_> = all.iter().map(|row| row.rule.scope.to_string()).collect();
                return Err(Error::NoRule(no_override(check, scope, &scopes)));
            };
            let event = Event::OverrideRemoved { id: id.clone() };
            Ok((row.rule.clone(), vec![Decided::new(StreamId::governance(), event)]))
        })
        .await
    }

    /// Ignores items. They are recorded and judged all the same.
    ///
    /// # Errors
    /// Where what it is about cannot be, or is everything.
    pub async fn ignore(&self, rule: &Ignore, registry: &Registry) -> Result<Made, Error> {
        self.check_ignore(rule, registry)?;
        self.decided(|| {
            let governance = self.in_force()?;
            let known = governance.ignores().iter().map(|row| &row.rule);
            let known = known.into_iter().find(|known| known.id == rule.id);
            Ok(made(known, rule, || Event::ItemsIgnored(rule.clone())))
        })
        .await
    }

    /// Refuses a rule that cannot ignore anything, or ignores everything.
    ///
    /// # Errors
    /// As [`ignore`](Self::ignore).
    pub fn check_ignore(&self, rule: &Ignore, registry: &Registry) -> Result<(), Error> {
        self.fit_ignore(rule, registry, &[])
    }

    pub(super) fn fit_ignore(
        &self,
        rule: &Ignore,
        registry: &Registry,
        accounts: &[Account],
    ) -> Result<(), Error> {
        self.fit(&rule.scope, &rule.reason, rule.until, (registry, accounts))?;
        if rule.scope == Query::All { Err(Error::IgnoresAll) } else { Ok(()) }
    }

    /// Ignores items no longer. Returns the rule that did.
    ///
    /// # Errors
    /// Where no rule in force has an id that starts so, or several have.
    pub async fn unignore(&self, id: &str) -> Result<Ignore, Error> {
        self.decided(|| {
            let governance = self.in_force()?;
            let ids = || governance.ignores().iter().map(|row| row.rule.id.as_str());
            let starts = |one: &str| one.starts_with(&id.to_lowercase());
            let rule = match ids().filter(|one| starts(one)).count() {
                1 => governance.ignores().iter().find(|row| starts(row.rule.id.as_str())),
                0 => None,
                several => {
                    return Err(Error::NoRule(format!("{several} rules start with `{id}`")));
                }
            };
            let Some(row) = rule else {
                return Err(Unknown::new(Named::IgnoreRule, id, ids()).into());
            };
            let event = Event::IgnoreRemoved { id: row.rule.id.clone() };
            Ok((row.rule.clone(), vec![Decided::new(StreamId::governance(), event)]))
        })
        .await
    }

    /// The rules in force. What is over counts no more, and can be decided anew.
    pub(super) fn in_force(&self) -> Result<Governance, Error> {
        Ok(Governance::at(&self.views, Position(u64::MAX), self.now())?)
    }

    /// Refuses what cannot be a rule, where these accounts are registered, too.
    fn fit(
        &self,
        scope: &Query,
        reason: &str,
        until: Option<Timestamp>,
        (registry, accounts): (&Registry, &[Account]),
    ) -> Result<(), Error> {
        if reason.trim().is_empty() {
            return Err(Error::NoReason);
        }
        if let Some(until) = until.filter(|until| *until <= self.now()) {
            return Err(Error::Over(until));
        }
        if let Some(term) = unfit(scope) {
            return Err(Error::Unfit(term.to_string()));
        }
        // Refuses names that nothing has.
        scope.clone().select_beside(&self.views, registry, accounts)?;
        Ok(())
    }
}

pub(super) fn made<R: PartialEq>(
    known: Option<&R>,
    rule: &R,
    event: impl FnOnce() -> Event,
) -> (Made, Vec<Decided>) {
    match known {
        Some(known) if known == rule => (Made::Unchanged, Vec::new()),
        known => {
            let made = if known.is_some() { Made::Instead } else { Made::New };
            (made, vec![Decided::new(StreamId::governance(), event())])
        }
    }
}

/// Says that there is no override for some items, and for which there is one.
fn no_override(check: &str, scope: &Query, scopes: &[String]) -> String {
    let name = |scope: &str| match scope {
        "" => "all items".to_owned(),
        scope => format!("`{scope}`"),
    };
    let wanted = name(&scope.to_string());
    match scopes {
        [] => format!("{check} has no override"),
        scopes => {
            let known: Vec<_> = scopes.iter().map(|scope| name(scope)).collect();
            format!("{check} has no override for {wanted}; there is one for {}", known.join(", "))
        }
    }
}
