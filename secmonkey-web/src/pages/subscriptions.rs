//! Who is told of what, and whether anybody is.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use secmonkey_core::governance::Silence;
use secmonkey_core::query;
use secmonkey_core::record::{SilenceRecord, SubscriptionRecord};
use serde::Deserialize;

use crate::Service;
use crate::api::edit_notifications::SubscriptionGiven;
use crate::caller::{Caller, Role};
use crate::control::NotifierSettings;
use crate::error::Problem;
use crate::extract::Nothing;
use crate::pages::ask::Ask;
use crate::pages::filled::{Filled, mistake};
use crate::pages::users::in_query;
use crate::pages::words::{self, When};
use crate::pages::{Asked, Fields, Frame, Html, Said};
use crate::reader::{Reader, reading};

const LIST: &str = "/subscriptions";
const NAMES: &[&str] = &[
    "name",
    "outlet",
    "to",
    "query",
    "cadence",
    "quiet",
    "quiet_except",
    "changes",
    "report",
    "even_empty",
];
const SILENCE: &[&str] = &["reason", "until"];

#[derive(Template)]
#[template(path = "subscriptions.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
    silence: Option<Silenced>,
    form: Filled,
    silencing: Filled,
    outlets: Vec<(String, String)>,
}

struct Row {
    name: String,
    outlet: String,
    to: Option<String>,
    query: String,
    /// Of what, and when.
    says: Vec<String>,
    by: Option<(String, When)>,
    remove: String,
}

struct Silenced {
    reason: String,
    by: String,
    at: When,
    until: Option<When>,
}

/// Who is told of what.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
) -> Result<Html, Problem> {
    let notifiers = service.control.settings().notifiers;
    reading(service, caller, None, async move |reader| {
        reader.require_all()?;
        let form = Filled::of(NAMES, Fields::default());
        list(&reader, frame, &notifiers, form, Filled::of(SILENCE, Fields::default()))
    })
    .await
}

fn list(
    reader: &Reader,
    frame: Frame,
    notifiers: &[NotifierSettings],
    form: Filled,
    silencing: Filled,
) -> Result<Html, Problem> {
    let rows = query::subscriptions(&reader.known)?;
    let rows = rows.iter().map(|row| row_of(SubscriptionRecord::from(row), &frame)).collect();
    let silence = query::silence(&reader.known)?.as_ref().map(SilenceRecord::from);
    let outlet =
        |one: &NotifierSettings| (one.name.clone(), format!("{} ({})", one.name, one.kind));
    let status = form.status().max(silencing.status());
    let page = Html::of(&List {
        rows,
        silence: silence.map(|one| Silenced {
            reason: one.reason,
            by: one.by.to_string(),
            at: When::new(one.at, frame.now),
            until: one.until.map(|until| When::new(until, frame.now)),
        }),
        outlets: notifiers.iter().map(outlet).collect(),
        form,
        silencing,
        frame,
    })?;
    Ok(page.with(status))
}

fn row_of(one: SubscriptionRecord, frame: &Frame) -> Row {
    let what = match (one.report, one.changes) {
        (true, _) if one.even_empty => "the daily report, also where it is empty",
        (true, _) => "the daily report",
        (false, true) => "issues and changes",
        (false, false) => "issues",
    };
    let quiet = one.quiet.map(|hours| match one.quiet_except {
        Some(score) => format!("quiet {hours}, but for scores from {score}"),
        None => format!("quiet {hours}"),
    });
    let by = one.by.zip(one.at);
    Row {
        remove: words::about("/subscriptions/remove", "name", &one.name),
        says: [what.to_owned(), one.cadence].into_iter().chain(quiet).collect(),
        by: by.map(|(by, at)| (by.to_string(), When::new(at, frame.now))),
        name: one.name,
        outlet: one.outlet,
        to: one.to,
        query: one.query,
    }
}

/// Subscribes.
pub async fn add(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    let notifiers = service.control.settings().notifiers;
    reading(service, caller, None, async move |reader| match added(&reader, &fields).await {
        Ok(()) => Ok(Said::Subscribed.at(LIST)),
        Err(problem) => {
            let form = Filled::of(NAMES, fields).with(in_query(mistake(problem)?));
            let silencing = Filled::of(SILENCE, Fields::default());
            Ok(list(&reader, frame, &notifiers, form, silencing)?.into_response())
        }
    })
    .await
}

async fn added(reader: &Reader, fields: &Fields) -> Result<(), Problem> {
    let given = |name: &str| fields.given(name).map(str::to_owned);
    let score = fields.given("quiet_except").map(|score| {
        let wrong = |_| Problem::wrong(format!("a score is 0 to 10, not `{score}`"));
        score.parse().map_err(wrong).map_err(|problem| problem.of("quiet_except"))
    });
    let given = SubscriptionGiven {
        name: fields.one("name").to_owned(),
        outlet: fields.one("outlet").to_owned(),
        to: given("to"),
        query: fields.one("query").to_owned(),
        cadence: given("cadence"),
        quiet: given("quiet"),
        quiet_except: score.transpose()?,
        changes: fields.is_set("changes"),
        report: fields.is_set("report"),
        even_empty: fields.is_set("even_empty"),
    };
    let registry = &reader.catalogue.registry;
    reader.decisions.subscribe(&given.subscription()?, registry).await?;
    Ok(())
}

/// Tells nobody for now, or everybody again.
pub async fn silence(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    let notifiers = service.control.settings().notifiers;
    reading(service, caller, None, async move |reader| {
        if fields.is_set("resume") {
            reader.decisions.resume_notifications().await?;
            return Ok(Said::Resumed.at(LIST));
        }
        match silenced(&reader, &fields).await {
            Ok(()) => Ok(Said::Silenced.at(LIST)),
            Err(problem) => {
                let silencing = Filled::of(SILENCE, fields).with(mistake(problem)?);
                let form = Filled::of(NAMES, Fields::default());
                Ok(list(&reader, frame, &notifiers, form, silencing)?.into_response())
            }
        }
    })
    .await
}

async fn silenced(reader: &Reader, fields: &Fields) -> Result<(), Problem> {
    let until = reader.until(fields.given("until"))?;
    let silence = Silence { reason: fields.one("reason").to_owned(), until };
    reader.decisions.silence_notifications(&silence).await?;
    Ok(())
}

/// Which subscription.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    name: String,
}

/// Asks whether a subscription is to be removed.
pub async fn leaving(
    caller: Caller,
    frame: Frame,
    Asked(Which { name }): Asked<Which>,
) -> Result<Html, Problem> {
    caller.require_all(Role::Admin)?;
    Html::of(&Ask {
        frame,
        title: "Remove the subscription",
        name: name.clone(),
        about: vec!["Whoever hears of things by it hears of them no longer.".to_owned()],
        action: "/subscriptions/remove".to_owned(),
        fields: vec![("name", name)],
        button: "Remove it",
        back: LIST.to_owned(),
        place: "Subscriptions",
    })
}

/// Removes a subscription.
pub async fn remove(
    State(service): State<Service>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader| {
        let gone = reader.decisions.unsubscribe(fields.one("name")).await;
        gone.map_err(Problem::missing_name)?;
        Ok(Said::Unsubscribed.at(LIST))
    })
    .await
}
