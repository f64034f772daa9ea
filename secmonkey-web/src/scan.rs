//! Scans that somebody asks for.

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;

use crate::Service;
use crate::answer::{Answer, Answered, line_of};
use crate::api::common::Refused;
use crate::caller::{Caller, Role};
use crate::control::{Request, Update};
use crate::error::Problem;
use crate::extract::Given;

/// Look at something now
///
/// Before what is due. The answer is a line of JSON for each step, as they come.
#[utoipa::path(post, path = "/scans", operation_id = "start_scan", tag = "accounts",
    request_body = Request,
    responses(
        (status = 200, description = "How far it is, and what became of it", body = Update,
         content_type = "application/x-ndjson"),
        Refused,
    ))]
pub async fn now(
    State(service): State<Service>,
    caller: Caller,
    Given(request): Given<Request>,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    let running = service.control.scan(request, caller.actor).await?;
    let lines = stream::unfold(running.updates, |mut updates| async {
        let update = updates.recv().await?;
        Some((line_of(&update), updates))
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(lines)).into_response())
}

/// How it stands with scans, accounts and whoever is told.
pub async fn state(State(service): State<Service>) -> Answered {
    Answer::of(&service.control.measure().await?)
}
