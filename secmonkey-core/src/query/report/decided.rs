//! What people decided since a time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Reporting;
use crate::account::AccountId;
use crate::event::{Envelope, Event, IssueId, Position};
use crate::governance::{Ignore, Override, RuleId};
use crate::log::EventLog;
use crate::query::{Error, Query};
use crate::record::IssueRecord;
use crate::report::{Cell, Column, Section};
use crate::view::RuleRow;

/// How many events are read at a time.
const PAGE: usize = 512;

/// Something that somebody decided.
pub(super) struct Decided {
    kind: &'static str,
    score: Option<u8>,
    id: String,
    /// An item, the items of a rule, a network, an account.
    about: String,
    check: String,
    what: String,
    note: String,
    at: Timestamp,
    by: String,
    /// The account that it is about, where that is one.
    pub(super) account: Option<AccountId>,
}

impl Reporting<'_> {
    /// What people decided behind a position: about the issues and items that are asked about;
    /// about rules, networks and accounts where everything is.
    pub(super) async fn decided(
        &self,
        log: &dyn EventLog,
        from: Position,
        issues: &[IssueRecord],
    ) -> Result<Vec<Decided>, Error> {
        let asked: BTreeMap<&IssueId, &IssueRecord> =
            issues.iter().map(|issue| (&issue.id, issue)).collect();
        let mut all = Vec::new();
        let mut at = from;
        while at < self.position() {
            let page = log.read_all(at, PAGE).await?;
            let Some(last) = page.last() else { break };
            at = last.position;
            for envelope in page.iter().take_while(|one| one.position <= self.position()) {
                let found = match of_issue(envelope, &asked) {
                    Some(found) => Some(found),
                    None => match self.comment(envelope, &asked)? {
                        Some(found) => Some(found),
                        None if *self.query() == Query::All => self.of_rules(envelope)?,
                        None => None,
                    },
                };
                all.extend(found);
            }
        }
        Ok(all)
    }

    /// What was said about an item, one of its revisions or of its issues.
    fn comment(
        &self,
        envelope: &Envelope,
        asked: &BTreeMap<&IssueId, &IssueRecord>,
    ) -> Result<Option<Decided>, Error> {
        let Event::Commented(comment) = &envelope.event else { return Ok(None) };
        let Some(key) = envelope.stream.as_item() else { return Ok(None) };
        let issue = comment.issue.as_ref().and_then(|id| asked.get(id));
        if issue.is_none() && !self.is_asked(&key)? {
            return Ok(None);
        }
        let name = self.known.views.item(&key)?.map_or_else(|| key.id.clone(), |row| row.name);
        let what = match comment.revision {
            Some(revision) => format!("comment on revision {revision}"),
            None => "comment".to_owned(),
        };
        Ok(Some(Decided {
            score: issue.map(|issue| issue.score),
            id: comment.issue.as_ref().map(ToString::to_string).unwrap_or_default(),
            check: issue.map(|issue| issue.check.clone()).unwrap_or_default(),
            account: Some(key.account),
            ..Decided::new("comment", envelope, name, what, &comment.text)
        }))
    }

    /// What was decided about rules, networks and accounts.
    fn of_rules(&self, envelope: &Envelope) -> Result<Option<Decided>, Error> {
        let views = &self.known.views;
        let of_override = |rule: &Override, what: String, note: &str| Decided {
            id: rule.id.to_string(),
            check: rule.check.clone(),
            ..Decided::new("override", envelope, scope(&rule.scope), what, note)
        };
        let of_ignore = |rule: &Ignore, what: String, note: &str| Decided {
            id: rule.id.to_string(),
            ..Decided::new("ignore", envelope, scope(&rule.scope), what, note)
        };
        let network = |name: &str, what: String, note: &str| {
            Decided::new("network", envelope, name.to_owned(), what, note)
        };
        let account = |id: &AccountId, what: &str, note: &str| Decided {
            id: id.to_string(),
            account: Some(id.clone()),
            ..Decided::new("account", envelope, self.account(id), what.to_owned(), note)
        };
        Ok(Some(match &envelope.event {
            Event::CheckOverridden(rule) => {
                of_override(rule, until(&rule.says(), rule.until), &rule.reason)
            }
            Event::OverrideRemoved { id } => {
                let last = last(views.overrides()?, |rule| rule.id == *id);
                let Some(rule) = last else { return Ok(None) };
                of_override(&rule, format!("no longer {}", rule.says()), "")
            }
            Event::ItemsIgnored(rule) => {
                of_ignore(rule, until("ignored", rule.until), &rule.reason)
            }
            Event::Subscribed(one) => Decided {
                id: one.id.to_string(),
                ..Decided::new("subscription", envelope, one.name.clone(), one.says(), "")
            },
            Event::Unsubscribed { id } => {
                let last = last(views.subscriptions()?, |one| one.id == *id);
                let Some(one) = last else { return Ok(None) };
                let what = "no longer".to_owned();
                Decided {
                    id: id.to_string(),
                    ..Decided::new("subscription", envelope, one.name, what, "")
                }
            }
            Event::NotificationsSilenced(silence) => {
                let what = until("silenced", silence.until);
                let about = "all notifications".to_owned();
                Decided::new("silence", envelope, about, what, &silence.reason)
            }
            Event::NotificationsResumed => {
                let (about, what) = ("all notifications".to_owned(), "told again".to_owned());
                Decided::new("silence", envelope, about, what, "")
            }
            Event::IgnoreRemoved { id } => {
                let last = last(views.ignores()?, |rule| rule.id == *id);
                let Some(rule) = last else { return Ok(None) };
                of_ignore(&rule, "no longer ignored".to_owned(), "")
            }
            Event::ScheduleChanged(rule) => {
                let about = rule.scope().to_string();
                Decided::new("schedule", envelope, about, rule.says(), &rule.reason)
            }
            Event::ScheduleReset(scope) => {
                let what = "as configured again".to_owned();
                Decided::new("schedule", envelope, scope.to_string(), what, "")
            }
            Event::NetworkKnown(known) => {
                network(&known.name, format!("{} is known", known.cidr), &known.notes)
            }
            Event::NetworkForgotten { name } => network(name, "no longer known".to_owned(), ""),
            Event::AccountRegistered(one) => account(&one.id, "registered", &one.notes),
            Event::AccountUpdated(one) => account(&one.id, "changed", &one.notes),
            Event::AccountRemoved { id } => account(id, "no longer registered", ""),
            _ => return self.of_rights(envelope),
        }))
    }

    /// What was decided about who may ask over the API.
    fn of_rights(&self, envelope: &Envelope) -> Result<Option<Decided>, Error> {
        let views = &self.known.views;
        let user = |id: &RuleId| Ok::<_, Error>(last(views.users()?, |user| user.id == *id));
        let (kind, id, about, what) = match &envelope.event {
            Event::UserAdded(user) | Event::UserUpdated(user) => {
                ("user", &user.id, user.name.clone(), user.says())
            }
            Event::UserRemoved { id } => {
                let Some(user) = user(id)? else { return Ok(None) };
                ("user", id, user.name, "no longer let in".to_owned())
            }
            Event::PasswordChanged { user: id } => {
                let Some(user) = user(id)? else { return Ok(None) };
                ("user", id, user.name, "another password".to_owned())
            }
            Event::TokenIssued(token) => {
                ("token", &token.id, token.actor().to_string(), token.says())
            }
            Event::TokenRevoked { id } => {
                let last = last(views.tokens()?, |token| token.id == *id);
                let Some(token) = last else { return Ok(None) };
                ("token", id, token.actor().to_string(), "revoked".to_owned())
            }
            _ => return Ok(None),
        };
        let id = id.to_string();
        Ok(Some(Decided { id, ..Decided::new(kind, envelope, about, what, "") }))
    }

    /// The decisions, the first taken first.
    pub(super) fn decisions(&self, decided: Vec<Decided>) -> Section {
        let columns = vec![
            Column::new("score", "Score"),
            Column::new("id", "ID"),
            Column::new("item", "About"),
            Column::new("at", "At"),
            Column::new("by", "By").spare(),
            Column::new("check", "Check").spare(),
            Column::new("decision", "Decision"),
            Column::new("note", "Note"),
            Column::new("kind", ""),
        ];
        let mut section = Section::new("decided", "Decided", "nothing was decided", columns);
        if *self.query() != Query::All {
            "Rules, networks and accounts: in the report about everything"
                .clone_into(&mut section.note);
        }
        for one in decided {
            section.rows.push(vec![
                one.score.map_or(Cell::Nothing, Cell::Score),
                one.id.into(),
                one.about.into(),
                one.at.into(),
                one.by.into(),
                one.check.into(),
                one.what.into(),
                one.note.into(),
                one.kind.into(),
            ]);
        }
        section
    }
}

impl Decided {
    fn new(
        kind: &'static str,
        envelope: &Envelope,
        about: String,
        what: String,
        note: &str,
    ) -> Self {
        Self {
            kind,
            score: None,
            id: String::new(),
            about,
            check: String::new(),
            what,
            note: note.to_owned(),
            at: envelope.recorded_at,
            by: envelope.actor.to_string(),
            account: None,
        }
    }
}

/// What was decided about an issue that is asked about.
fn of_issue(envelope: &Envelope, asked: &BTreeMap<&IssueId, &IssueRecord>) -> Option<Decided> {
    let (id, what, note) = match &envelope.event {
        Event::IssueJustified { issue, note, until: end, .. } => {
            (issue, until("accepted", *end), note.as_str())
        }
        Event::JustificationWithdrawn { issue, .. } => (issue, "no longer accepted".to_owned(), ""),
        Event::JustificationExpired { issue, .. } => (issue, "its time ran out".to_owned(), ""),
        _ => return None,
    };
    let issue = asked.get(id)?;
    Some(Decided {
        score: Some(issue.score),
        id: issue.id.to_string(),
        check: issue.check.clone(),
        account: Some(issue.account.clone()),
        ..Decided::new("justification", envelope, issue.name.clone(), what, note)
    })
}

/// The items of a rule.
fn scope(query: &Query) -> String {
    if *query == Query::All { "all items".to_owned() } else { query.to_string() }
}

/// `accepted until 2026-01-31T00:00:00Z`.
fn until(what: &str, end: Option<Timestamp>) -> String {
    end.map_or_else(|| what.to_owned(), |end| format!("{what} until {end:.0}"))
}

/// What a rule said the last time that somebody decided about it.
fn last<R>(rows: Vec<RuleRow<R>>, is_meant: impl Fn(&R) -> bool) -> Option<R> {
    let meant = rows.into_iter().filter(|row| is_meant(&row.rule));
    meant.max_by_key(|row| row.made).map(|row| row.rule)
}
