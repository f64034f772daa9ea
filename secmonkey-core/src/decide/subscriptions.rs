//! Decisions about who is told of what, and when nobody is.

use super::rules::{Made, made};
use super::{Decided, Decisions, Error};
use crate::account::Account;
use crate::event::{Event, StreamId};
use crate::governance::{Cadence, RuleId, Silence, Subscription};
use crate::nearest::{Named, Unknown};
use crate::query;
use crate::registry::Registry;
use crate::view::RuleRow;

impl Decisions {
    /// Has somebody told of what a query means; instead of what the subscription of this name
    /// said before, where there is one.
    ///
    /// # Errors
    /// Where what it says cannot be.
    pub async fn subscribe(
        &self,
        subscription: &Subscription,
        registry: &Registry,
    ) -> Result<Made, Error> {
        let one = &self.check_subscription(subscription, registry)?;
        self.decided(|| {
            let known = self.subscribed()?;
            let known = known.iter().map(|row| &row.rule).find(|known| known.id == one.id);
            Ok(made(known, one, || Event::Subscribed(one.clone())))
        })
        .await
    }

    /// Refuses a subscription that cannot be, and answers with the one form of one that can.
    ///
    /// # Errors
    /// As [`subscribe`](Self::subscribe).
    pub fn check_subscription(
        &self,
        subscription: &Subscription,
        registry: &Registry,
    ) -> Result<Subscription, Error> {
        self.fit_subscription(subscription, registry, &[])
    }

    pub(super) fn fit_subscription(
        &self,
        subscription: &Subscription,
        registry: &Registry,
        accounts: &[Account],
    ) -> Result<Subscription, Error> {
        let name = subscription.name.trim().to_owned();
        let id = RuleId::of_subscription(&name);
        let fit = Subscription { id, name, ..subscription.clone() };
        let invalid = |reason: &str| Error::Subscription {
            name: fit.name.clone(),
            reason: reason.to_owned(),
        };
        if fit.name.is_empty() {
            return Err(Error::UnnamedSubscription);
        }
        if fit.outlet.trim().is_empty() {
            return Err(invalid("say which notifier tells, by its name in the configuration"));
        }
        if fit.report && !matches!(fit.cadence, Cadence::Daily(_)) {
            return Err(invalid("a daily report needs its hour: `daily at 08:00 Europe/Rome`"));
        }
        if fit.even_empty && !fit.report {
            return Err(invalid("only the daily report comes where it is empty"));
        }
        match fit.quiet_except {
            Some(_) if fit.quiet.is_none() => {
                return Err(invalid("there are no quiet hours to except anything from"));
            }
            Some(score) if score > 10 => return Err(Error::Score(score)),
            _ => {}
        }
        // Refuses names that nothing has.
        fit.query.clone().select_beside(&self.views, registry, accounts)?;
        Ok(fit)
    }

    /// Ends the subscription of a name or of an id that starts so. Returns what it said.
    ///
    /// # Errors
    /// Where there is none, or several start so.
    pub async fn unsubscribe(&self, name: &str) -> Result<Subscription, Error> {
        self.decided(|| {
            let known = self.subscribed()?;
            let by_id = || {
                let mut starts = known.iter().filter(|row| row.rule.id.as_str().starts_with(name));
                let first = starts.next().filter(|_| !name.is_empty());
                first.filter(|_| starts.next().is_none())
            };
            let Some(row) = known.iter().find(|row| row.rule.name == name).or_else(by_id) else {
                let names = known.iter().map(|row| row.rule.name.as_str());
                return Err(Unknown::new(Named::Subscription, name, names).into());
            };
            let event = Event::Unsubscribed { id: row.rule.id.clone() };
            Ok((row.rule.clone(), vec![Decided::new(StreamId::governance(), event)]))
        })
        .await
    }

    /// Silences all notifications, until a time or until they are
    /// [resumed](Self::resume_notifications). What happens meanwhile is told together at the
    /// end, in one message to each who asked.
    ///
    /// # Errors
    /// Without a reason; where the time is over.
    pub async fn silence_notifications(&self, silence: &Silence) -> Result<Made, Error> {
        let reason = silence.reason.trim().to_owned();
        let silence = Silence { reason, ..silence.clone() };
        if silence.reason.is_empty() {
            return Err(Error::NoReason);
        }
        if let Some(until) = silence.until.filter(|until| *until <= self.now()) {
            return Err(Error::Over(until));
        }
        self.decided(|| {
            let known = self.silenced()?;
            let event = || Event::NotificationsSilenced(silence.clone());
            Ok(made(known.as_ref().map(|row| &row.rule), &silence, event))
        })
        .await
    }

    /// Has everybody told again. Returns why nobody was.
    ///
    /// # Errors
    /// Where nothing is silenced.
    pub async fn resume_notifications(&self) -> Result<Silence, Error> {
        self.decided(|| {
            let silence = self.silenced()?.ok_or(Error::NotSilenced)?;
            let event = Event::NotificationsResumed;
            Ok((silence.rule, vec![Decided::new(StreamId::governance(), event)]))
        })
        .await
    }

    pub(super) fn subscribed(&self) -> Result<Vec<RuleRow<Subscription>>, Error> {
        Ok(query::subscriptions(&self.known())?)
    }

    fn silenced(&self) -> Result<Option<RuleRow<Silence>>, Error> {
        Ok(query::silence(&self.known())?)
    }
}
