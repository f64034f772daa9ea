//! Where we stand.

use axum::extract::State;
use secmonkey_core::query;
use secmonkey_core::record::{OverviewRecord, StatusRecord};

use crate::Service;
use crate::answer::Answered;
use crate::api::common::Everything;
use crate::caller::Caller;
use crate::extract::{Nothing, Params};
use crate::reader::{Filter, answering, query_of};

/// Say where we stand
///
/// The worst of what is open, what the last scan changed, and what is not known.
#[utoipa::path(get, path = "/overview", operation_id = "show_overview", tag = "issues", responses(
    (status = 200, description = "Where we stand", body = OverviewRecord),
    Everything,
))]
pub async fn overview(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answered {
    answering(service, caller, None, async move |reader| {
        reader.require_all()?;
        let overview = query::overview(&reader.known, &reader.catalogue.reads)?;
        Ok(reader.records()?.overview(&overview))
    })
    .await
}

/// Say what was looked at, read and judged, and what was not
///
/// The query says of which accounts, technologies and regions.
#[utoipa::path(get, path = "/status", operation_id = "show_status", tag = "accounts", params(Filter), responses(
    (status = 200, description = "Every technology of every account", body = StatusRecord),
    Everything,
))]
pub async fn status(
    State(service): State<Service>,
    caller: Caller,
    Params(filter): Params<Filter>,
) -> Answered {
    answering(service, caller, filter.at, async move |reader| {
        reader.require_all()?;
        let query = query_of(filter.q.as_deref())?;
        let selection = query.select(&reader.known.views, &reader.catalogue.registry)?;
        let coverage = query::coverage(&reader.known, &reader.catalogue.reads, &selection)?;
        Ok(reader.records()?.status(&coverage))
    })
    .await
}
