//! Scans, as the log tells of them.

use axum::extract::{OriginalUri, State};
use secmonkey_core::event::ScanId;
use secmonkey_core::record::PastScanRecord;

use crate::Service;
use crate::answer::Answered;
use crate::api::common::{Everything, NotThere};
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::{Named, Nothing, Params};
use crate::page::{Listed, Paging, first};
use crate::reader::{answering, reading};

/// List the scans
///
/// The last comes first.
#[utoipa::path(get, path = "/scans", operation_id = "list_scans", tag = "accounts", params(Paging), responses(
    (status = 200, description = "A page of scans", body = [PastScanRecord],
     headers(("Link" = String, description = "The next page, where there is one"))),
    Everything,
))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    Listed(paging, Nothing {}): Listed<Nothing>,
) -> Answered {
    let (limit, after) = (paging.limit()?, paging.after()?);
    reading(service, caller, None, async move |reader| {
        reader.require_all()?;
        let rows = reader.known.views.scans().map(|row| {
            let row = row?;
            let place = std::cmp::Reverse(row.position);
            Ok::<_, Problem>((PastScanRecord::from(row), place))
        });
        first(rows, after.as_ref(), limit)?.answer(&uri)
    })
    .await
}

/// Show a scan
#[utoipa::path(get, path = "/scans/{id}", operation_id = "show_scan", tag = "accounts",
    params(("id" = ScanId, Path, description = "Its id")),
    responses(
        (status = 200, description = "The scan", body = PastScanRecord),
        Everything, NotThere,
    ))]
pub async fn one(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(id): Named,
) -> Answered {
    answering(service, caller, None, async move |reader| {
        let missing = || Problem::missing(format!("there is no scan `{id}`"));
        let id: ScanId = serde_json::from_value(id.as_str().into()).map_err(|_| missing())?;
        reader.require_all()?;
        let row = reader.known.views.scan(&id)?.ok_or_else(missing)?;
        Ok(PastScanRecord::from(row))
    })
    .await
}
