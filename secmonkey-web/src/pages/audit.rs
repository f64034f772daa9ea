//! What people decided, the newest first.

use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use secmonkey_core::event::{Envelope, Event, Position};
use serde::Deserialize;

use crate::Service;
use crate::caller::Caller;
use crate::error::Problem;
use crate::page::behind;
use crate::pages::words::{self, When, item_path};
use crate::pages::{Asked, Frame, Html};
use crate::reader::{Reader, reading};

/// So many decisions stand on a page.
const ROWS: usize = 50;
/// So many events are looked through for them: most are of scans.
const EVENTS: u64 = 4_000;
/// So many are read at a time.
const FEW: u64 = 500;

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    frame: Frame,
    person: String,
    rows: Vec<Row>,
    /// How many events were looked through, and when the last of them was recorded.
    looked: u64,
    since: Option<When>,
    /// Where to look further back.
    older: Option<String>,
}

struct Row {
    at: When,
    who: String,
    /// Where whoever decided is alone.
    by_them: String,
    what: &'static str,
    about: String,
    /// The page of what it is about.
    path: Option<String>,
    why: String,
    until: Option<When>,
    position: u64,
}

/// Which decisions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// A text in the name of who decided.
    person: Option<String>,
    /// Before which position.
    before: Option<u64>,
}

/// What people decided.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    uri: Uri,
    Asked(which): Asked<Which>,
) -> Result<Html, Problem> {
    reading(service, caller, None, async move |reader| {
        reader.require_all()?;
        let person = which.person.unwrap_or_default().trim().to_owned();
        let head = reader.log.head().await?.position.0;
        let start = which.before.map_or(head, |before| before.saturating_sub(1).min(head));
        let found = found(&reader, start, &person).await?;
        let older = found.end > 0;
        let older = older.then(|| behind(&uri, "before", &(found.end + 1).to_string()));
        let rows = found.decided.iter().filter_map(|one| row(one, &frame)).collect();
        let since = found.since.map(|at| When::new(at, frame.now));
        Html::of(&Page { person, rows, looked: start - found.end, since, older, frame })
    })
    .await
}

/// Decisions, and how far back was looked.
struct Found {
    decided: Vec<Envelope>,
    /// The last position that was not looked at.
    end: u64,
    since: Option<jiff::Timestamp>,
}

/// Looks for decisions from a position on backwards.
async fn found(reader: &Reader, start: u64, person: &str) -> Result<Found, Problem> {
    let person = person.to_lowercase();
    let mut found = Found { decided: Vec::new(), end: start, since: None };
    while found.end > 0 && start - found.end < EVENTS {
        let before = found.end.saturating_sub(FEW);
        let many = usize::try_from(found.end - before).unwrap_or(usize::MAX);
        let page = match reader.log.read_all(Position(before), many).await {
            // What stood before is no longer kept.
            Err(secmonkey_core::log::Error::Cut(_)) => {
                found.end = 0;
                break;
            }
            page => page?,
        };
        let end = found.end;
        for event in page.into_iter().rev().filter(|event| event.position.0 <= end) {
            (found.end, found.since) =
                (event.position.0.saturating_sub(1), Some(event.recorded_at));
            let is_theirs = event.actor.to_string().to_lowercase().contains(&person);
            if is_theirs && told(&event.event).is_some() {
                found.decided.push(event);
                if found.decided.len() == ROWS {
                    return Ok(found);
                }
            }
        }
        found.end = found.end.min(before);
    }
    Ok(found)
}

fn row(envelope: &Envelope, frame: &Frame) -> Option<Row> {
    let Told { what, about, why, until } = told(&envelope.event)?;
    let key = envelope.stream.as_item();
    let path = match &envelope.event {
        Event::IssueJustified { issue, .. } | Event::JustificationWithdrawn { issue } => {
            Some(format!("/issues/{issue}"))
        }
        Event::CheckOverridden(rule) => Some(words::place("/checks", &rule.check)),
        _ => key.as_ref().map(item_path),
    };
    let who = envelope.actor.to_string();
    Some(Row {
        at: When::new(envelope.recorded_at, frame.now),
        by_them: words::about("/audit", "person", &who),
        who,
        what,
        about: if about.is_empty() { key.map_or(about, |key| key.to_string()) } else { about },
        path,
        why,
        until: until.map(|until| When::new(until, frame.now)),
        position: envelope.position.0,
    })
}

/// A decision in words.
struct Told {
    what: &'static str,
    about: String,
    why: String,
    until: Option<jiff::Timestamp>,
}

impl Told {
    fn new(what: &'static str, about: &(impl ToString + ?Sized)) -> Self {
        Self { what, about: about.to_string(), why: String::new(), until: None }
    }

    fn because(self, why: &str, until: Option<jiff::Timestamp>) -> Self {
        Self { why: why.to_owned(), until, ..self }
    }
}

/// What was decided; `None` where nobody decided anything.
fn told(event: &Event) -> Option<Told> {
    match event {
        Event::IssueJustified { issue, note, until } => {
            Some(Told::new("accepted an issue", issue).because(note, *until))
        }
        Event::JustificationWithdrawn { issue } => {
            Some(Told::new("withdrew a justification", issue))
        }
        Event::Commented(comment) => Some(Told::new("commented", "").because(&comment.text, None)),
        Event::AccountRegistered(account) => {
            Some(Told::new("registered an account", &account.title()).because(&account.notes, None))
        }
        Event::AccountUpdated(account) => {
            Some(Told::new("changed an account", &account.title()).because(&account.notes, None))
        }
        Event::AccountRemoved { id } => Some(Told::new("removed an account", id)),
        Event::NetworkKnown(network) => {
            let about = format!("{}, {}", network.name, network.cidr);
            Some(Told::new("vouched for a network", &about).because(&network.notes, None))
        }
        Event::NetworkForgotten { name } => Some(Told::new("removed a network", name)),
        Event::CheckOverridden(rule) => {
            let items = rule.scope.to_string();
            let items = if items.is_empty() { "all items" } else { &items };
            let about = format!("{} for {items}: {}", rule.check, rule.says());
            Some(Told::new("overrode a check", &about).because(&rule.reason, rule.until))
        }
        Event::OverrideRemoved { id } => Some(Told::new("removed an override", id)),
        Event::ItemsIgnored(rule) => {
            Some(Told::new("ignored items", &rule.scope).because(&rule.reason, rule.until))
        }
        Event::IgnoreRemoved { id } => Some(Told::new("removed an ignore rule", id)),
        Event::ScheduleChanged(rule) => {
            let about = format!("{}: {}", rule.scope(), rule.says());
            Some(Told::new("changed the schedule", &about).because(&rule.reason, None))
        }
        Event::ScheduleReset(scope) => Some(Told::new("reset the schedule", scope)),
        other => told_of_people(other),
    }
}

/// What was decided about who may what, and who is told.
fn told_of_people(event: &Event) -> Option<Told> {
    match event {
        Event::UserAdded(user) => {
            Some(Told::new("let a user in", &format!("{}: {}", user.name, user.says())))
        }
        Event::UserUpdated(user) => {
            Some(Told::new("changed a user", &format!("{}: {}", user.name, user.says())))
        }
        Event::UserRemoved { id } => Some(Told::new("removed a user", id)),
        Event::PasswordChanged { user } => Some(Told::new("changed the password of a user", user)),
        Event::TokenIssued(token) => {
            let about = format!("{}: {}", token.name, token.says());
            Some(Told::new("issued a token", &about).because("", Some(token.until)))
        }
        Event::TokenRevoked { id } => Some(Told::new("revoked a token", id)),
        Event::Subscribed(one) => {
            Some(Told::new("subscribed", &format!("{}: {}", one.name, one.says())))
        }
        Event::Unsubscribed { id } => Some(Told::new("removed a subscription", id)),
        Event::NotificationsSilenced(silence) => {
            Some(Told::new("silenced all messages", "").because(&silence.reason, silence.until))
        }
        Event::NotificationsResumed => Some(Told::new("had everybody told again", "")),
        Event::DigestKeyUsed { key } => Some(Told::new("used another key for digests", key)),
        Event::SigningKeyUsed { key } => Some(Told::new("used another key to sign", key)),
        Event::LogCut(_) => Some(Told::new("cut the beginning of the record", "")),
        _ => None,
    }
}
