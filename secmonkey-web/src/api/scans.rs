//! Scans, as the log tells of them.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use secmonkey_core::event::ScanId;
use secmonkey_core::record::PastScanRecord;

use crate::Service;
use crate::answer::Answered;
use crate::api::common::{Everything, NotThere, Over, Refused};
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::extract::{Named, Nothing, Params};
use crate::page::{Listed, Paging, first};
use crate::reader::{Reader, answering, deciding, reading};

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
    answering(service, caller, None, async move |reader| found(&reader, &id)).await
}

/// Stop a scan that runs
///
/// What it read by then is recorded; that it was stopped is, soon after. What it did not look at
/// is looked at when that is due again.
#[utoipa::path(delete, path = "/scans/{id}", operation_id = "stop_scan", tag = "accounts",
    params(("id" = ScanId, Path, description = "Its id")),
    responses(
        (status = 202, description = "The scan, which ends now", body = PastScanRecord),
        Refused, NotThere, Over,
    ))]
pub async fn stop(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(id): Named,
) -> Answered {
    caller.require_all(Role::Admin)?;
    let (control, actor) = (service.control.clone(), caller.actor.clone());
    let answer = deciding(service, caller, async move |reader: Reader| {
        let scan = found(&reader, &id)?;
        if !control.stop(&scan.scan, &actor).await {
            return Err(Problem::conflict(format!("the scan `{id}` does not run any more")));
        }
        tracing::info!(scan = id, %actor, "a scan is stopped");
        Ok(scan)
    });
    Ok(answer.await?.with(StatusCode::ACCEPTED))
}

/// The scan of an id, for who sees everything.
fn found(reader: &Reader, id: &str) -> Result<PastScanRecord, Problem> {
    let missing = || Problem::missing(format!("there is no scan `{id}`"));
    let scan: ScanId = serde_json::from_value(id.into()).map_err(|_| missing())?;
    reader.require_all()?;
    let row = reader.known.views.scan(&scan)?.ok_or_else(missing)?;
    Ok(PastScanRecord::from(row))
}
