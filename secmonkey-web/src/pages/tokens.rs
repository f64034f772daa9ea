//! What lets programs in.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use secmonkey_core::governance::Role;
use secmonkey_core::record::TokenRecord;
use serde::Deserialize;

use crate::Service;
use crate::api::tokens::{Issue, issued, revoked, seen};
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::Nothing;
use crate::pages::ask::Ask;
use crate::pages::filled::{Filled, mistake};
use crate::pages::users::{in_query, role_of};
use crate::pages::words::{self, When};
use crate::pages::{Asked, Fields, Frame, Html, Said};
use crate::reader::reading;

const LIST: &str = "/tokens";
const NAMES: &[&str] = &["name", "role", "query", "until", "service"];

#[derive(Template)]
#[template(path = "tokens.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
    form: Filled,
    roles: Vec<(String, String)>,
    /// Whether they may issue one.
    may_issue: bool,
    /// Whether one is theirs if nobody says otherwise; else each is a service's.
    is_user: bool,
}

struct Row {
    name: String,
    whose: Option<String>,
    role: &'static str,
    query: String,
    until: When,
    is_over: bool,
    by: String,
    at: When,
    remove: String,
}

/// What lets programs in: one's own, all of it for who may do everything.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
) -> Result<Html, Problem> {
    list(service, caller, frame, Filled::of(NAMES, Fields::default())).await
}

async fn list(
    service: Service,
    caller: Caller,
    frame: Frame,
    form: Filled,
) -> Result<Html, Problem> {
    reading(service, caller.clone(), None, async move |reader| {
        let rows = seen(&reader, &caller)?;
        let rows = rows.iter().map(|row| row_of(TokenRecord::from(row), &frame)).collect();
        let roles = Role::ALL.into_iter().filter(|role| *role <= caller.role);
        let status = form.status();
        let page = Html::of(&List {
            rows,
            form,
            roles: roles.map(|one| (one.to_string(), format!("{one}: {}", one.says()))).collect(),
            may_issue: caller.require_person().is_ok()
                && (caller.user.is_some() || caller.may_all()),
            is_user: caller.user.is_some(),
            frame,
        })?;
        Ok(page.with(status))
    })
    .await
}

fn row_of(token: TokenRecord, frame: &Frame) -> Row {
    Row {
        remove: words::about("/tokens/revoke", "id", token.id.as_str()),
        name: token.name,
        whose: token.user,
        role: token.role.as_str(),
        query: token.query,
        until: When::new(token.until, frame.now),
        is_over: token.until <= frame.now,
        by: token.by.to_string(),
        at: When::new(token.at, frame.now),
    }
}

#[derive(Template)]
#[template(path = "token.html")]
struct Shown {
    frame: Frame,
    name: String,
    token: String,
    until: When,
}

/// Issues a token, and shows what proves it this once.
pub async fn issue(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Problem> {
    let given = Issue {
        name: fields.one("name").trim().to_owned(),
        role: role_of(&fields)?,
        query: fields.one("query").to_owned(),
        until: fields.given("until").map(str::to_owned),
        service: fields.is_set("service"),
    };
    match issued(service.clone(), caller.clone(), given).await {
        Ok(issued) => {
            let until = When::new(issued.record.until, frame.now);
            let (name, token) = (issued.record.name, issued.token);
            Ok(Html::of(&Shown { frame, name, token, until })?.with(201).into_response())
        }
        Err(problem) => {
            let form = Filled::of(NAMES, fields).with(in_query(mistake(problem)?));
            Ok(list(service, caller, frame, form).await?.into_response())
        }
    }
}

/// Which token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    id: String,
}

/// Asks whether a token is to be revoked.
pub async fn leaving(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    Asked(Which { id }): Asked<Which>,
) -> Result<Html, Problem> {
    reading(service, caller.clone(), None, async move |reader| {
        let row = seen(&reader, &caller)?.into_iter().find(|row| row.rule.id.as_str() == id);
        let row = row.ok_or_else(|| Problem::missing(format!("no token has the id `{id}`")))?;
        Html::of(&Ask {
            frame,
            title: "Revoke the token",
            name: row.rule.name,
            about: vec!["Whatever comes with it is refused, at once and for ever.".to_owned()],
            action: "/tokens/revoke".to_owned(),
            fields: vec![("id", id)],
            button: "Revoke it",
            back: LIST.to_owned(),
            place: "Tokens",
        })
    })
    .await
}

/// Revokes a token.
pub async fn revoke(
    State(service): State<Service>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    revoked(service, caller, fields.one("id").to_owned()).await?;
    Ok(Said::TokenRevoked.at(LIST))
}
