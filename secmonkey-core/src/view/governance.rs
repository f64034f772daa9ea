//! Rules that people made, and what they said about items.
//!
//! A rule that is removed or replaced keeps its row: what was in force at an instant is asked
//! for ever.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::table::{
    COMMENTS, IGNORES, IN_FORCE, OVERRIDES, SCHEDULE, SILENCES, SUBSCRIPTIONS, TOKENS, USERS,
};
use super::{Error, Fold, Views, ordered, prefix, row_key};
use crate::event::{Actor, Envelope, Event, Position, Version};
use crate::governance::{Comment, Ignore, Override, RuleId, Silence, Subscription, Token, User};
use crate::item::Key;
use crate::schedule;

/// A rule, who made it, and how long it stood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleRow<R> {
    /// The rule.
    #[serde(flatten)]
    pub rule: R,
    /// Who decided.
    pub by: Actor,
    /// When it was decided.
    pub at: Timestamp,
    /// Where that stands in the log.
    pub made: Position,
    /// Where it stands in the log that the rule was removed or replaced; `None` where it was
    /// not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Position>,
}

impl<R> RuleRow<R> {
    /// Whether it had been made and not removed up to a position of the log.
    #[must_use]
    pub fn stands_at(&self, position: Position) -> bool {
        self.made <= position && self.ended.is_none_or(|ended| ended > position)
    }
}

/// A comment, and who made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommentRow {
    /// What was said, about what.
    #[serde(flatten)]
    pub comment: Comment,
    /// Who said it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

impl Fold<'_> {
    pub(super) fn governance_event(&mut self, envelope: &Envelope) -> Result<(), Error> {
        match &envelope.event {
            Event::CheckOverridden(rule) => {
                self.rule_made(OVERRIDES, &rule.id, rule.clone(), envelope)
            }
            Event::ItemsIgnored(rule) => self.rule_made(IGNORES, &rule.id, rule.clone(), envelope),
            Event::OverrideRemoved { id } => self.rule_ended::<Override>(OVERRIDES, id),
            Event::IgnoreRemoved { id } => self.rule_ended::<Ignore>(IGNORES, id),
            Event::ScheduleChanged(rule) => {
                let id = RuleId::of_schedule(&rule.scope());
                self.rule_made(SCHEDULE, &id, rule.clone(), envelope)
            }
            Event::ScheduleReset(scope) => {
                self.rule_ended::<schedule::Rule>(SCHEDULE, &RuleId::of_schedule(scope))
            }
            Event::Subscribed(one) => self.rule_made(SUBSCRIPTIONS, &one.id, one.clone(), envelope),
            Event::Unsubscribed { id } => self.rule_ended::<Subscription>(SUBSCRIPTIONS, id),
            Event::UserAdded(user) | Event::UserUpdated(user) => {
                self.rule_made(USERS, &user.id, user.clone(), envelope)
            }
            Event::UserRemoved { id } => self.rule_ended::<User>(USERS, id),
            Event::TokenIssued(token) => self.rule_made(TOKENS, &token.id, token.clone(), envelope),
            Event::TokenRevoked { id } => self.rule_ended::<Token>(TOKENS, id),
            Event::NotificationsSilenced(silence) => {
                self.rule_made(SILENCES, &RuleId::of_silence(), silence.clone(), envelope)
            }
            Event::NotificationsResumed => {
                self.rule_ended::<Silence>(SILENCES, &RuleId::of_silence())
            }
            _ => Ok(()),
        }
    }

    fn rule_made<R: Serialize + DeserializeOwned>(
        &mut self,
        table: char,
        id: &RuleId,
        rule: R,
        envelope: &Envelope,
    ) -> Result<(), Error> {
        self.rule_ended::<R>(table, id)?;
        let made = envelope.position;
        let (by, at) = (envelope.actor.clone(), envelope.recorded_at);
        self.put(&row_key(IN_FORCE, &[id.as_str()]), &made)?;
        let row = RuleRow { rule, by, at, made, ended: None };
        self.put(&row_key(table, &[&ordered(made.0)]), &row)
    }

    fn rule_ended<R: Serialize + DeserializeOwned>(
        &mut self,
        table: char,
        id: &RuleId,
    ) -> Result<(), Error> {
        let place = row_key(IN_FORCE, &[id.as_str()]);
        let Some(made) = self.get::<Position>(&place)? else { return Ok(()) };
        self.delete(&place);
        let place = row_key(table, &[&ordered(made.0)]);
        let Some(mut row) = self.get::<RuleRow<R>>(&place)? else { return Ok(()) };
        row.ended = Some(self.position);
        self.put(&place, &row)
    }

    /// Takes over what somebody said about an item.
    pub(super) fn commented(
        &mut self,
        key: &Key,
        comment: &Comment,
        envelope: &Envelope,
    ) -> Result<(), Error> {
        let place = row_key(COMMENTS, &[&key.to_string(), &ordered(envelope.version.0)]);
        let (by, at) = (envelope.actor.clone(), envelope.recorded_at);
        self.put(&place, &CommentRow { comment: comment.clone(), by, at })
    }
}

impl Views {
    /// Every override that was ever made, in the order they were made.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn overrides(&self) -> Result<Vec<RuleRow<Override>>, Error> {
        self.under(prefix(OVERRIDES, "")).map(|row| Ok(row?.1)).collect()
    }

    /// Every rule that ever ignored items, in the order they were made.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn ignores(&self) -> Result<Vec<RuleRow<Ignore>>, Error> {
        self.under(prefix(IGNORES, "")).map(|row| Ok(row?.1)).collect()
    }

    /// What was ever decided about when something is looked at, in the order it was.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn schedule(&self) -> Result<Vec<RuleRow<schedule::Rule>>, Error> {
        self.under(prefix(SCHEDULE, "")).map(|row| Ok(row?.1)).collect()
    }

    /// Everybody who might ever sign in, in the order they were let in or changed.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn users(&self) -> Result<Vec<RuleRow<User>>, Error> {
        self.under(prefix(USERS, "")).map(|row| Ok(row?.1)).collect()
    }

    /// The user of an id, where they may sign in.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn user(&self, id: &RuleId) -> Result<Option<RuleRow<User>>, Error> {
        self.in_force(USERS, id)
    }

    /// The token of an id, where nobody revoked it. It may be over.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn token(&self, id: &RuleId) -> Result<Option<RuleRow<Token>>, Error> {
        self.in_force(TOKENS, id)
    }

    fn in_force<R: DeserializeOwned>(
        &self,
        table: char,
        id: &RuleId,
    ) -> Result<Option<RuleRow<R>>, Error> {
        let made = self.row::<Position>(&row_key(IN_FORCE, &[id.as_str()]))?;
        let Some(made) = made else { return Ok(None) };
        self.row(&row_key(table, &[&ordered(made.0)]))
    }

    /// Every token that there ever was, in the order they were issued.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn tokens(&self) -> Result<Vec<RuleRow<Token>>, Error> {
        self.under(prefix(TOKENS, "")).map(|row| Ok(row?.1)).collect()
    }

    /// Every subscription that there ever was, in the order they were made.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn subscriptions(&self) -> Result<Vec<RuleRow<Subscription>>, Error> {
        self.under(prefix(SUBSCRIPTIONS, "")).map(|row| Ok(row?.1)).collect()
    }

    /// Every silence that there ever was, in order of time.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn silences(&self) -> Result<Vec<RuleRow<Silence>>, Error> {
        self.under(prefix(SILENCES, "")).map(|row| Ok(row?.1)).collect()
    }

    /// What was said about an item, its revisions and its issues, in order of time.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn comments(&self, key: &Key) -> Result<Vec<(Version, CommentRow)>, Error> {
        let start = row_key(COMMENTS, &[&key.to_string(), ""]);
        let version = |place: &[u8]| {
            let digits = place.get(start.len()..).and_then(|end| std::str::from_utf8(end).ok());
            Version(digits.and_then(|text| u64::from_str_radix(text, 16).ok()).unwrap_or_default())
        };
        self.under::<CommentRow>(start.clone())
            .map(|row| row.map(|(place, row)| (version(&place), row)))
            .collect()
    }
}
