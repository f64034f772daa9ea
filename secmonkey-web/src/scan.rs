//! Scans that somebody asks for.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;
use secmonkey_core::query::Query;

use crate::Service;
use crate::caller::Caller;
use crate::control::{Measured, Request, Update};
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
        (status = 403, description = "It is for who sees everything", body = Problem,
         content_type = "application/problem+json"),
        (status = 413, description = "The body is too long", body = Problem,
         content_type = "application/problem+json"),
        (status = 422, description = "What is asked for is not there", body = Problem,
         content_type = "application/problem+json"),
    ))]
pub async fn now(
    State(service): State<Service>,
    caller: Caller,
    Given(request): Given<Request>,
) -> Result<Response, Problem> {
    if caller.scope != Query::All {
        return Err(Problem::forbidden("this is for who sees everything"));
    }
    let running = service.control.scan(request).await?;
    let lines = stream::unfold(running.updates, |mut updates| async {
        let update = updates.recv().await?;
        Some((line(&update), updates))
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(lines)).into_response())
}

fn line(update: &Update) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = serde_json::to_vec(update)?;
    line.push(b'\n');
    Ok(line)
}

/// How it stands with scans, accounts and whoever is told.
pub async fn state(State(service): State<Service>) -> Result<Json<Measured>, Problem> {
    service.control.measure().await.map(Json)
}
