//! Items that nobody wants to hear of: first what a rule hits, then the decision.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use secmonkey_core::governance::Ignore;
use secmonkey_core::query::{Impact, ignore_impact};
use serde::Deserialize;

use crate::Service;
use crate::api::edit_rules::{IgnoreGiven, ignore_of};
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::extract::Nothing;
use crate::pages::ask::Ask;
use crate::pages::filled::{Filled, mistake};
use crate::pages::overrides::Hit;
use crate::pages::words::{self, When, found_path};
use crate::pages::{Asked, Fields, Frame, Html, Said};
use crate::reader::{Reader, reading};

const LIST: &str = "/ignores";
const NAMES: &[&str] = &["query", "reason", "until"];

#[derive(Template)]
#[template(path = "ignores.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
    form: Filled,
}

struct Row {
    query: String,
    /// The list of what it ignores.
    path: String,
    reason: String,
    by: String,
    at: When,
    until: Option<When>,
    items: u64,
    issues: u64,
    remove: String,
}

/// What is ignored.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
) -> Result<Html, Problem> {
    reading(service, caller, None, async move |reader| {
        reader.require_all()?;
        list(&reader, frame, Filled::of(NAMES, Fields::default()))
    })
    .await
}

fn list(reader: &Reader, frame: Frame, form: Filled) -> Result<Html, Problem> {
    let (known, registry) = (&reader.known, &reader.catalogue.registry);
    let rows = known.governance()?.ignores().iter().map(|row| {
        let impact = ignore_impact(known, registry, &row.rule)?;
        let query = row.rule.scope.to_string();
        Ok::<_, Problem>(Row {
            path: found_path("/items", format!("ignored:true ({query})")),
            query,
            reason: row.rule.reason.clone(),
            by: row.by.to_string(),
            at: When::new(row.at, frame.now),
            until: row.rule.until.map(|until| When::new(until, frame.now)),
            items: impact.items,
            issues: impact.issues,
            remove: words::about("/ignores/remove", "id", row.rule.id.as_str()),
        })
    });
    let rows = rows.collect::<Result<_, _>>()?;
    let status = form.status();
    Ok(Html::of(&List { frame, rows, form })?.with(status))
}

#[derive(Template)]
#[template(path = "ignore.html")]
struct Preview {
    frame: Frame,
    query: String,
    reason: String,
    until: Option<When>,
    hit: Hit,
    hidden: Vec<(String, String)>,
}

/// Shows what a rule ignores, and makes it once that is confirmed.
pub async fn make(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader| {
        let made = match considered(&reader, &fields) {
            Ok(_) if fields.is_set("change") => {
                return Ok(list(&reader, frame, Filled::of(NAMES, fields))?.into_response());
            }
            Ok((rule, impact)) if !fields.is_set("confirm") => {
                return Ok(preview(frame, &rule, &impact, fields)?.into_response());
            }
            Ok((rule, _)) => {
                let registry = &reader.catalogue.registry;
                reader.decisions.ignore(&rule, registry).await.map_err(Problem::from)
            }
            Err(problem) => Err(problem),
        };
        match made {
            Ok(_) => Ok(Said::Ignored.at(LIST)),
            Err(problem) => {
                let form = Filled::of(NAMES, fields).with(mistake(problem)?);
                Ok(list(&reader, frame, form)?.into_response())
            }
        }
    })
    .await
}

fn considered(reader: &Reader, fields: &Fields) -> Result<(Ignore, Impact), Problem> {
    let given = IgnoreGiven {
        query: fields.one("query").to_owned(),
        reason: fields.one("reason").to_owned(),
        until: fields.given("until").map(str::to_owned),
        dry_run: false,
    };
    given.considered(reader).map_err(|problem| match problem.field.as_deref() {
        // What a query names and nothing has.
        Some("q") => problem.of("query"),
        _ => problem,
    })
}

fn preview(frame: Frame, rule: &Ignore, impact: &Impact, fields: Fields) -> Result<Html, Problem> {
    Html::of(&Preview {
        query: rule.scope.to_string(),
        reason: rule.reason.clone(),
        until: rule.until.map(|until| When::new(until, frame.now)),
        hit: Hit::from(impact),
        hidden: Filled::of(NAMES, fields).hidden(),
        frame,
    })
}

/// Which rule.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    id: String,
}

/// Asks whether a rule is to be removed.
pub async fn leaving(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    Asked(Which { id }): Asked<Which>,
) -> Result<Html, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader| {
        let row = ignore_of(&reader, &id)?;
        Html::of(&Ask {
            frame,
            title: "Remove the rule",
            name: row.rule.scope.to_string(),
            about: vec![
                format!("Why these items are ignored: {}.", row.rule.reason),
                "What is found of them counts again, at once.".to_owned(),
            ],
            action: "/ignores/remove".to_owned(),
            fields: vec![("id", id)],
            button: "Remove it",
            back: LIST.to_owned(),
            place: "Ignore rules",
        })
    })
    .await
}

/// Removes a rule.
pub async fn remove(
    State(service): State<Service>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader| {
        let row = ignore_of(&reader, fields.one("id"))?;
        reader.decisions.unignore(row.rule.id.as_str()).await?;
        Ok(Said::IgnoreRemoved.at(LIST))
    })
    .await
}
