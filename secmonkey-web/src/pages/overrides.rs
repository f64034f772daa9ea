//! Letting a check say otherwise: first what that hits, then the decision.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use secmonkey_core::check::Check;
use secmonkey_core::governance::Override;
use secmonkey_core::query::{Effect, Impact};
use secmonkey_core::view::RuleRow;
use serde::Deserialize;

use crate::Service;
use crate::api::edit_rules::{Considered, OverrideGiven, override_of};
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::extract::Named;
use crate::pages::ask::Ask;
use crate::pages::checks::{LIST, shown};
use crate::pages::filled::{Filled, mistake};
use crate::pages::words::{self, When, item_path};
use crate::pages::{Asked, Fields, Frame, Html, Said};
use crate::reader::{Reader, reading};

/// The fields of the form, beside those of the parameters.
pub const NAMES: &[&str] = &["query", "score", "disabled", "reason", "until"];

/// The field in which a parameter is set.
pub fn field(parameter: &str) -> String {
    format!("set-{parameter}")
}

/// An override in force.
pub struct Row {
    pub said: String,
    /// The items it is about, as a query; empty for all.
    pub query: String,
    pub reason: String,
    pub by: String,
    pub at: When,
    pub until: Option<When>,
    pub items: u64,
    pub issues: u64,
    pub remove: String,
}

impl Row {
    pub fn of(row: &RuleRow<Override>, said: String, impact: &Impact, now: Timestamp) -> Self {
        Self {
            said,
            query: row.rule.scope.to_string(),
            reason: row.rule.reason.clone(),
            by: row.by.to_string(),
            at: When::new(row.at, now),
            until: row.rule.until.map(|until| When::new(until, now)),
            items: impact.items,
            issues: impact.issues,
            remove: words::about("/overrides/remove", "id", row.rule.id.as_str()),
        }
    }
}

/// What a rule would hit, before it is made.
pub struct Hit {
    pub items: u64,
    pub issues: u64,
    /// The first few items: names and pages.
    pub examples: Vec<(String, String)>,
    /// How many more there are.
    pub more: u64,
}

impl From<&Impact> for Hit {
    fn from(impact: &Impact) -> Self {
        let examples: Vec<_> =
            impact.examples.iter().map(|(key, name)| (name.clone(), item_path(key))).collect();
        let more = impact.items.saturating_sub(examples.len() as u64);
        Self { items: impact.items, issues: impact.issues, examples, more }
    }
}

#[derive(Template)]
#[template(path = "override.html")]
struct Preview {
    frame: Frame,
    check: String,
    title: String,
    path: String,
    said: String,
    query: String,
    reason: String,
    until: Option<When>,
    hit: Hit,
    effect: Option<Effect>,
    hidden: Vec<(String, String)>,
}

/// Shows what an override hits, and makes it once that is confirmed.
pub async fn make(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    Named(id): Named,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader| {
        let registry = &reader.catalogue.registry;
        let check = registry.find_check(&id);
        let check = check.map_err(|unknown| Problem::missing(unknown.to_string()))?;
        let made = match considered(&reader, check, &fields) {
            Ok(_) if fields.is_set("change") => {
                let form = Filled::of(NAMES, fields);
                return Ok(shown(&reader, frame, check, form)?.into_response());
            }
            Ok(considered) if !fields.is_set("confirm") => {
                return Ok(preview(frame, check, &considered, fields)?.into_response());
            }
            Ok(considered) => {
                let made = reader.decisions.override_check(&considered.rule, registry).await;
                made.map_err(Problem::from)
            }
            Err(problem) => Err(problem),
        };
        match made {
            Ok(_) => Ok(Said::Overridden.at(&words::place(LIST, &check.id))),
            Err(problem) => {
                let form = Filled::of(NAMES, fields).with(mistake(problem)?);
                Ok(shown(&reader, frame, check, form)?.into_response())
            }
        }
    })
    .await
}

/// What somebody means, and what it would be about.
fn considered(reader: &Reader, check: &Check, fields: &Fields) -> Result<Considered, Problem> {
    let score = fields.given("score").map(|score| {
        let wrong = |_| Problem::wrong(format!("a score is 0 to 10, not {score}")).of("score");
        score.parse().map_err(wrong)
    });
    let mut parameters = serde_json::Map::new();
    for parameter in check.parameters.iter() {
        let field = field(&parameter.name);
        if let Some(text) = fields.given(&field) {
            let value = parameter.parse(text);
            let value = value.map_err(|error| Problem::wrong(error.to_string()).of(field))?;
            parameters.insert(parameter.name.to_string(), value);
        }
    }
    let given = OverrideGiven {
        check: check.id.to_string(),
        query: fields.one("query").to_owned(),
        score: score.transpose()?,
        parameters,
        disabled: fields.is_set("disabled"),
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

fn preview(
    frame: Frame,
    check: &Check,
    considered: &Considered,
    fields: Fields,
) -> Result<Html, Problem> {
    let rule = &considered.rule;
    Html::of(&Preview {
        check: check.id.to_string(),
        title: check.title().to_owned(),
        path: words::place(LIST, &check.id),
        said: rule.says(),
        query: rule.scope.to_string(),
        reason: rule.reason.clone(),
        until: rule.until.map(|until| When::new(until, frame.now)),
        hit: Hit::from(&considered.impact),
        effect: considered.effect,
        hidden: Filled::of(NAMES, fields).hidden(),
        frame,
    })
}

/// Which override.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    id: String,
}

/// Asks whether an override is to be removed.
pub async fn leaving(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    Asked(Which { id }): Asked<Which>,
) -> Result<Html, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader| {
        let row = override_of(&reader, &id)?;
        let items = match row.rule.scope.to_string() {
            all if all.is_empty() => "It is about all items.".to_owned(),
            query => format!("It is about `{query}`."),
        };
        Html::of(&Ask {
            frame,
            title: "Remove the override of",
            back: words::place(LIST, &row.rule.check),
            about: vec![
                format!("It says: {}. Why: {}. {items}", row.rule.says(), row.rule.reason),
                "The check says again what it says by itself, or what another override says."
                    .to_owned(),
            ],
            name: row.rule.check,
            action: "/overrides/remove".to_owned(),
            fields: vec![("id", id)],
            button: "Remove it",
            place: "Check",
        })
    })
    .await
}

/// Removes an override.
pub async fn remove(
    State(service): State<Service>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader| {
        let row = override_of(&reader, fields.one("id"))?;
        reader.decisions.reset_check(&row.rule.check, &row.rule.scope).await?;
        Ok(Said::OverrideRemoved.at(&words::place(LIST, &row.rule.check)))
    })
    .await
}
