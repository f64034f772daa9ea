//! What a monitoring system asks.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::answer::{Answer, Answered};
use crate::error::Problem;
use crate::{Health, Service};

/// Whether the process works: where it does not, a new start may help.
pub async fn health(State(service): State<Service>) -> Answered {
    let health = service.control.health().await;
    told(health.broken.is_empty(), &health)
}

/// Whether it does its work now.
pub async fn ready(State(service): State<Service>) -> Answered {
    let health = service.control.health().await;
    told(health.broken.is_empty() && health.waiting.is_empty(), &health)
}

fn told(well: bool, health: &Health) -> Answered {
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(Answer::of(health)?.with(status))
}

/// What was measured, as `OpenMetrics`.
pub async fn metrics(State(service): State<Service>) -> Result<Response, Problem> {
    let measured = service.control.measure().await?;
    let text = service.metrics.encode(&measured).map_err(|e| Problem::failed(e.to_string()))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
