//! Where we stand.

use axum::Json;
use axum::extract::State;
use secmonkey_core::query;
use secmonkey_core::record::{OverviewRecord, StatusRecord};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Service;
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::{Nothing, Params};
use crate::reader::{query_of, reading};

/// Say where we stand
///
/// The worst of what is open, what the last scan changed, and what is not known.
#[utoipa::path(get, path = "/overview", operation_id = "show_overview", tag = "issues", responses(
    (status = 200, description = "Where we stand", body = OverviewRecord),
    (status = 403, description = "It is for who sees everything", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn overview(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Result<Json<OverviewRecord>, Problem> {
    let found = reading(service, caller, None, async move |reader| {
        reader.require_all()?;
        let overview = query::overview(&reader.known, &reader.catalogue.reads)?;
        Ok(reader.records()?.overview(&overview))
    });
    found.await.map(Json)
}

/// What is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct About {
    /// The query that says which accounts, technologies and regions; all where there is none.
    q: Option<String>,
    /// The instant, where it is not now.
    at: Option<String>,
}

/// Say what was looked at, read and judged, and what was not
#[utoipa::path(get, path = "/status", operation_id = "show_status", tag = "accounts", params(About), responses(
    (status = 200, description = "Every technology of every account", body = StatusRecord),
    (status = 403, description = "It is for who sees everything", body = Problem,
     content_type = "application/problem+json"),
    (status = 422, description = "The query or the instant cannot be", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn status(
    State(service): State<Service>,
    caller: Caller,
    Params(about): Params<About>,
) -> Result<Json<StatusRecord>, Problem> {
    let found = reading(service, caller, about.at, async move |reader| {
        reader.require_all()?;
        let query = query_of(about.q.as_deref())?;
        let selection = query.select(&reader.known.views, &reader.catalogue.registry)?;
        let coverage = query::coverage(&reader.known, &reader.catalogue.reads, &selection)?;
        Ok(reader.records()?.status(&coverage))
    });
    found.await.map(Json)
}
