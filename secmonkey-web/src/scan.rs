//! Scans that somebody asks for.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;

use crate::Service;
use crate::control::{Measured, Request, Update};
use crate::error::Problem;

/// Looks at something now. The answer is a line of JSON for each [`Update`], as they come.
pub async fn now(State(service): State<Service>, body: Bytes) -> Result<Response, Problem> {
    let request: Request = serde_json::from_slice(&body)
        .map_err(|error| Problem::wrong(format!("the request is not understood: {error}")))?;
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
