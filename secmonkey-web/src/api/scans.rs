//! Scans, as the log tells of them.

use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::response::Response;
use secmonkey_core::event::ScanId;
use secmonkey_core::record::PastScanRecord;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Service;
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::{Named, Nothing, Params};
use crate::page::{cursor, first, limit};
use crate::reader::reading;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// How many rows a page has, 1 to 1,000.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// Where the page begins, as the page before it said.
    cursor: Option<String>,
}

/// List the scans
///
/// The last comes first.
#[utoipa::path(get, path = "/scans", operation_id = "list_scans", tag = "accounts", params(Which), responses(
    (status = 200, description = "A page of scans", body = [PastScanRecord],
     headers(("Link" = String, description = "The next page, where there is one"))),
    (status = 403, description = "It is for who sees everything", body = Problem,
     content_type = "application/problem+json"),
    (status = 422, description = "The page cannot be", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    Params(which): Params<Which>,
) -> Result<Response, Problem> {
    let limit = limit(which.limit)?;
    let after = cursor(which.cursor.as_deref())?;
    let page = reading(service, caller, None, async move |reader| {
        reader.require_all()?;
        let rows = reader.known.views.scans().map(|row| {
            let row = row?;
            let place = std::cmp::Reverse(row.position);
            Ok::<_, Problem>((PastScanRecord::from(row), place))
        });
        first(rows, after.as_ref(), limit)
    });
    page.await?.answer(&uri)
}

/// Show a scan
#[utoipa::path(get, path = "/scans/{id}", operation_id = "show_scan", tag = "accounts",
    params(("id" = ScanId, Path, description = "Its id")),
    responses(
        (status = 200, description = "The scan", body = PastScanRecord),
        (status = 403, description = "It is for who sees everything", body = Problem,
     content_type = "application/problem+json"),
        (status = 404, description = "It is not there", body = Problem,
         content_type = "application/problem+json"),
    ))]
pub async fn one(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(id): Named,
) -> Result<Json<PastScanRecord>, Problem> {
    let found = reading(service, caller, None, async move |reader| {
        let missing = || Problem::missing(format!("there is no scan `{id}`"));
        let id: ScanId = serde_json::from_value(id.as_str().into()).map_err(|_| missing())?;
        reader.require_all()?;
        let row = reader.known.views.scan(&id)?.ok_or_else(missing)?;
        Ok(PastScanRecord::from(row))
    });
    found.await.map(Json)
}
