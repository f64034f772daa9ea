//! Decisions about when accounts and technologies are looked at.

use super::rules::made;
use super::{Decided, Decisions, Error, Made};
use crate::account::{Account, Accounts};
use crate::event::{Event, StreamId};
use crate::nearest::{Named, Unknown};
use crate::registry::Registry;
use crate::schedule::{Rule, Scope};

impl Decisions {
    /// Decides when something is looked at, instead of what was decided about just that before.
    ///
    /// # Errors
    /// Where there is no such account or technology, or nothing would be said.
    pub async fn schedule(&self, rule: &Rule, registry: &Registry) -> Result<Made, Error> {
        self.decided(|| {
            self.fit_schedule(rule, registry, &[])?;
            let known = self.scheduled(&rule.scope())?;
            Ok(made(known.as_ref(), rule, || Event::ScheduleChanged(rule.clone())))
        })
        .await
    }

    /// Changes what is decided about when something is looked at: what `change` leaves alone
    /// stays. A rule that says nothing any more is taken back. Returns the rule in force then.
    ///
    /// # Errors
    /// As [`schedule`](Self::schedule).
    pub async fn reschedule(
        &self,
        scope: &Scope,
        registry: &Registry,
        change: impl Fn(&mut Rule),
    ) -> Result<Option<Rule>, Error> {
        self.decided(|| {
            let known = self.scheduled(scope)?;
            let mut rule = known.clone().unwrap_or_else(|| Rule::about(scope.clone()));
            change(&mut rule);
            (rule.account, rule.technology) = (scope.account.clone(), scope.technology.clone());
            if !rule.is_empty() {
                self.fit_schedule(&rule, registry, &[])?;
                let event = || Event::ScheduleChanged(rule.clone());
                let (_, decided) = made(known.as_ref(), &rule, event);
                return Ok((Some(rule), decided));
            }
            let reset =
                || Decided::new(StreamId::governance(), Event::ScheduleReset(scope.clone()));
            Ok((None, known.map(|_| reset()).into_iter().collect()))
        })
        .await
    }

    /// Takes back what was decided about when something is looked at. Returns what that was.
    ///
    /// # Errors
    /// Where nothing was decided about just that.
    pub async fn reset_schedule(&self, scope: &Scope) -> Result<Rule, Error> {
        self.decided(|| {
            let Some(rule) = self.scheduled(scope)? else {
                let known = self.schedule_in_force()?;
                let known = known.iter().map(|rule| rule.scope().to_string());
                return Err(Unknown::new(Named::ScheduleRule, &scope.to_string(), known).into());
            };
            let event = Event::ScheduleReset(scope.clone());
            Ok((rule, vec![Decided::new(StreamId::governance(), event)]))
        })
        .await
    }

    /// Refuses a rule that says nothing, or is about what there is not; these accounts are as
    /// good as registered.
    pub(super) fn fit_schedule(
        &self,
        rule: &Rule,
        registry: &Registry,
        accounts: &[Account],
    ) -> Result<(), Error> {
        if let Some(technology) = &rule.technology {
            registry.find_technology(technology)?;
            if rule.priority.is_some() {
                return Err(Error::PriorityOfTechnology(technology.clone()));
            }
        }
        if let Some(account) = &rule.account
            && !accounts.iter().any(|one| one.id == *account)
        {
            let registered: Accounts = self.views.accounts()?;
            registered.require(account.as_str())?;
        }
        if rule.is_empty() { Err(Error::NothingScheduled) } else { Ok(()) }
    }

    /// What is decided about just that.
    fn scheduled(&self, scope: &Scope) -> Result<Option<Rule>, Error> {
        Ok(self.schedule_in_force()?.into_iter().find(|rule| rule.scope() == *scope))
    }

    /// What is decided of the schedule.
    pub(super) fn schedule_in_force(&self) -> Result<Vec<Rule>, Error> {
        let rows = self.views.schedule()?.into_iter();
        Ok(rows.filter(|row| row.ended.is_none()).map(|row| row.rule).collect())
    }
}
