//! What people decided, and who did: for those who have to answer for it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{Error, Known, find};
use crate::event::{Actor, Envelope, Event, StreamId, Version};
use crate::governance::{Ignore, Override, Silence, Subscription, Token, User};
use crate::issue::Status;
use crate::log::EventLog;
use crate::network::Network;
use crate::query::Query;
use crate::view::RuleRow;

/// How many events of a stream are read at a time.
const PAGE: usize = 256;

/// A decision that somebody took and nobody took back.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decision {
    /// `justification`, `override`, `ignore`, `schedule`, `network`, `account`, `subscription`,
    /// `silence`, `user` or `token`.
    pub kind: &'static str,
    /// What it is about: an issue, a check, a query, accounts and technologies, the name of a
    /// network, an account, the name of a subscription, a user, a token.
    pub about: String,
    /// What was decided, in a few words.
    pub says: String,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// When it ends; `null`: when it is taken back, or what it is about ends.
    pub until: Option<Timestamp>,
    /// Whether it counts: it is not over, and what it is about stands.
    pub counts: bool,
}

/// Every decision that nobody took back, by kind, the first taken first.
///
/// # Errors
/// Where the log or the views cannot be read.
pub async fn decisions(log: &dyn EventLog, known: &Known) -> Result<Vec<Decision>, Error> {
    let mut all = Vec::new();
    for issue in known.views.issues() {
        let issue = issue?;
        let Some(justification) = &issue.justification else { continue };
        let row = find::item_of(&known.views, &issue)?;
        all.push(Decision {
            kind: "justification",
            about: format!("{} {} on {}", issue.finding.issue, issue.finding.check, row.name),
            says: format!("score {} is acceptable", issue.finding.score),
            reason: justification.note.clone(),
            by: justification.by.clone(),
            at: justification.at,
            until: justification.until,
            counts: issue.status(known.now) == Status::Justified,
        });
    }
    all.sort_by(|a, b| (a.at, &a.about).cmp(&(b.at, &b.about)));
    rules(known, &mut all)?;
    for (network, vouched) in networks(log, known).await? {
        let Some(vouched) = vouched else { continue };
        all.push(Decision {
            kind: "network",
            says: format!("{} is known", network.cidr),
            ..taken(&vouched, network.name, network.notes)
        });
    }
    for account in known.views.accounts()?.iter() {
        let events = stream(log, &StreamId::account(&account.id), known.now).await?;
        let Some(envelope) = events.last() else { continue };
        let says = match (account.third_party, account.active) {
            (true, _) => "known, somebody else's",
            (false, true) => "watched",
            (false, false) => "ours, not watched",
        };
        all.push(Decision {
            kind: "account",
            says: says.to_owned(),
            ..taken(envelope, account.title(), account.notes.clone())
        });
    }
    telling(known, &mut all)?;
    rights(known, &mut all)?;
    Ok(all)
}

/// The networks that are known, each with the event that says so; `None` where that was cut.
///
/// # Errors
/// Where the log or the views cannot be read.
pub async fn networks(
    log: &dyn EventLog,
    known: &Known,
) -> Result<Vec<(Network, Option<Envelope>)>, Error> {
    let mut vouched = BTreeMap::new();
    for envelope in stream(log, &StreamId::governance(), known.now).await? {
        if let Event::NetworkKnown(network) = &envelope.event {
            vouched.insert(network.name.clone(), envelope);
        }
    }
    let mut all = Vec::new();
    for network in known.views.networks() {
        let network = network?;
        let event = vouched.remove(&network.name);
        all.push((network, event));
    }
    Ok(all)
}

/// Rules that stand: overrides, items to ignore, when what is looked at.
fn rules(known: &Known, all: &mut Vec<Decision>) -> Result<(), Error> {
    for row in known.views.overrides()?.into_iter().filter(|row| row.ended.is_none()) {
        let says = row.rule.says();
        let Override { check, scope, reason, until, .. } = row.rule;
        let items = if scope == Query::All { "all items".to_owned() } else { scope.to_string() };
        all.push(Decision {
            kind: "override",
            about: format!("{check} for {items}"),
            says,
            reason,
            by: row.by,
            at: row.at,
            until,
            counts: until.is_none_or(|until| known.now < until),
        });
    }
    for row in known.views.ignores()?.into_iter().filter(|row| row.ended.is_none()) {
        let Ignore { scope, reason, until, .. } = row.rule;
        all.push(Decision {
            kind: "ignore",
            about: scope.to_string(),
            says: "ignored".to_owned(),
            reason,
            by: row.by,
            at: row.at,
            until,
            counts: until.is_none_or(|until| known.now < until),
        });
    }
    for row in known.views.schedule()?.into_iter().filter(|row| row.ended.is_none()) {
        all.push(Decision {
            kind: "schedule",
            about: row.rule.scope().to_string(),
            says: row.rule.says(),
            reason: row.rule.reason,
            by: row.by,
            at: row.at,
            until: None,
            counts: true,
        });
    }
    Ok(())
}

/// Who is told of what, and whether anybody is.
fn telling(known: &Known, all: &mut Vec<Decision>) -> Result<(), Error> {
    for row in subscriptions(known)? {
        all.push(Decision {
            kind: "subscription",
            about: row.rule.name.clone(),
            says: row.rule.says(),
            reason: String::new(),
            by: row.by,
            at: row.at,
            until: None,
            counts: true,
        });
    }
    if let Some(row) = silence(known)? {
        let Silence { reason, until } = row.rule;
        all.push(Decision {
            kind: "silence",
            about: "all notifications".to_owned(),
            says: "silenced".to_owned(),
            reason,
            by: row.by,
            at: row.at,
            until,
            counts: true,
        });
    }
    Ok(())
}

/// Who may ask over the API, and what they may.
fn rights(known: &Known, all: &mut Vec<Decision>) -> Result<(), Error> {
    for row in users(known)? {
        all.push(Decision {
            kind: "user",
            says: row.rule.says(),
            about: row.rule.name,
            reason: String::new(),
            by: row.by,
            at: row.at,
            until: None,
            counts: true,
        });
    }
    for row in tokens(known)? {
        let (says, about, until) = (row.rule.says(), row.rule.actor().to_string(), row.rule.until);
        all.push(Decision {
            kind: "token",
            about,
            says,
            reason: String::new(),
            by: row.by,
            at: row.at,
            until: Some(until),
            counts: known.now < until,
        });
    }
    Ok(())
}

/// Everybody who may sign in, the first let in or changed first.
///
/// # Errors
/// Where the views cannot be read.
pub fn users(known: &Known) -> Result<Vec<RuleRow<User>>, Error> {
    let mut rows = known.views.users()?;
    rows.retain(|row| row.ended.is_none());
    Ok(rows)
}

/// The tokens that nobody revoked, the first issued first. Some may be over.
///
/// # Errors
/// Where the views cannot be read.
pub fn tokens(known: &Known) -> Result<Vec<RuleRow<Token>>, Error> {
    let mut rows = known.views.tokens()?;
    rows.retain(|row| row.ended.is_none());
    Ok(rows)
}

/// The subscriptions that count, the first made first.
///
/// # Errors
/// Where the views cannot be read.
pub fn subscriptions(known: &Known) -> Result<Vec<RuleRow<Subscription>>, Error> {
    let mut rows = known.views.subscriptions()?;
    rows.retain(|row| row.ended.is_none());
    Ok(rows)
}

/// The silence that holds; `None` where everybody is told.
///
/// # Errors
/// Where the views cannot be read.
pub fn silence(known: &Known) -> Result<Option<RuleRow<Silence>>, Error> {
    let mut rows = known.views.silences()?;
    rows.retain(|row| row.ended.is_none() && row.rule.until.is_none_or(|until| known.now < until));
    Ok(rows.pop())
}

/// A decision without an end, as its event tells.
fn taken(envelope: &Envelope, about: String, reason: String) -> Decision {
    let (by, at) = (envelope.actor.clone(), envelope.recorded_at);
    let says = String::new();
    Decision { kind: "", about, says, reason, by, at, until: None, counts: true }
}

/// The events of a stream that were recorded by a time.
async fn stream(
    log: &dyn EventLog,
    id: &StreamId,
    until: Timestamp,
) -> Result<Vec<Envelope>, Error> {
    let mut all = Vec::new();
    let mut next = Version(1);
    loop {
        let page = log.read_stream(id, next, PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        next = Version(last.version.0 + 1);
        all.extend(page.into_iter().filter(|envelope| envelope.recorded_at <= until));
    }
}
