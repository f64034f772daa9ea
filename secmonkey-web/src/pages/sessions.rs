//! Who is signed in.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::Service;
use crate::api::session::{ended, open};
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::Nothing;
use crate::pages::words::{self, When};
use crate::pages::{Asked, Fields, Frame, Html, Said};

const LIST: &str = "/sessions";

#[derive(Template)]
#[template(path = "sessions.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    user: String,
    began: When,
    seen: When,
    ends: When,
    address: Option<String>,
    agent: Option<String>,
    is_own: bool,
}

/// Who is signed in: oneself, everybody for who may do everything.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
) -> Result<Html, Problem> {
    let when = |at| When::new(at, frame.now);
    let rows = open(&service, &caller).await?.into_iter().map(|one| Row {
        id: one.id,
        user: one.user,
        began: when(one.began),
        seen: when(one.seen),
        ends: when(one.ends),
        address: one.address,
        agent: one.agent,
        is_own: one.current,
    });
    let rows = rows.collect();
    Html::of(&Page { frame, rows })
}

/// Ends a session.
pub async fn end(
    State(service): State<Service>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    ended(&service, &caller, fields.one("id")).await?;
    Ok(Said::SessionEnded.at(LIST))
}
