//! What people decided: for who sees everything, because rules are about all that they fit.

use axum::Json;
use axum::extract::State;
use secmonkey_core::query::{self, Decision, ignore_impact, override_impact};
use secmonkey_core::record::{
    IgnoreRecord, NetworkRecord, OverrideRecord, ScheduleRecord, SilenceRecord, SubscriptionRecord,
};

use crate::Service;
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::{Nothing, Params};
use crate::reader::{Reader, reading};

type Answer<T> = Result<Json<T>, Problem>;

/// Answers who sees everything.
async fn all<T: Send + 'static>(
    service: Service,
    caller: Caller,
    answer: impl AsyncFnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
) -> Answer<T> {
    let found = reading(service, caller, None, async move |reader: Reader| {
        reader.require_all()?;
        answer(&reader).await
    });
    found.await.map(Json)
}

/// List every decision that nobody took back
#[utoipa::path(get, path = "/decisions", operation_id = "list_decisions", tag = "decisions", responses(
    (status = 200, description = "By kind, the first taken first", body = [Decision]),
    (status = 403, description = "It is for who sees everything", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn decisions(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answer<Vec<Decision>> {
    all(service, caller, async |reader: &Reader| {
        Ok(query::decisions(&*reader.log, &reader.known).await?)
    })
    .await
}

/// List the overrides of checks
///
/// With how many items and findings each is about.
#[utoipa::path(get, path = "/overrides", operation_id = "list_overrides", tag = "decisions", responses(
    (status = 200, description = "Every override in force", body = [OverrideRecord]),
    (status = 403, description = "It is for who sees everything", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn overrides(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answer<Vec<OverrideRecord>> {
    all(service, caller, async |reader: &Reader| {
        let (known, registry) = (&reader.known, &reader.catalogue.registry);
        let rows = known.governance()?.overrides().map(|row| {
            let impact = override_impact(known, registry, &row.rule)?;
            Ok(OverrideRecord::from(row).counted(&impact))
        });
        rows.collect()
    })
    .await
}

/// List the rules that ignore items
///
/// With how many items and findings each is about.
#[utoipa::path(get, path = "/ignores", operation_id = "list_ignores", tag = "decisions", responses(
    (status = 200, description = "Every rule in force", body = [IgnoreRecord]),
    (status = 403, description = "It is for who sees everything", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn ignores(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answer<Vec<IgnoreRecord>> {
    all(service, caller, async |reader: &Reader| {
        let (known, registry) = (&reader.known, &reader.catalogue.registry);
        let rows = known.governance()?.ignores().iter().map(|row| {
            let impact = ignore_impact(known, registry, &row.rule)?;
            Ok(IgnoreRecord::from(row).counted(&impact))
        });
        rows.collect()
    })
    .await
}

/// List the networks that are known
#[utoipa::path(get, path = "/networks", operation_id = "list_networks", tag = "decisions", responses(
    (status = 200, description = "Every network", body = [NetworkRecord]),
    (status = 403, description = "It is for who sees everything", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn networks(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answer<Vec<NetworkRecord>> {
    all(service, caller, async |reader: &Reader| {
        let records = reader.records()?;
        let networks = reader.known.views.networks();
        networks.map(|network| Ok(records.network(network?))).collect()
    })
    .await
}

/// List what is decided about when something is looked at
#[utoipa::path(get, path = "/schedule", operation_id = "list_schedule", tag = "decisions", responses(
    (status = 200, description = "Every rule in force", body = [ScheduleRecord]),
    (status = 403, description = "It is for who sees everything", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn schedule(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answer<Vec<ScheduleRecord>> {
    all(service, caller, async |reader: &Reader| {
        Ok(reader.known.views.schedule()?.iter().map(ScheduleRecord::from).collect())
    })
    .await
}

/// List who is told of what, and when
#[utoipa::path(get, path = "/subscriptions", operation_id = "list_subscriptions", tag = "decisions", responses(
    (status = 200, description = "Every subscription", body = [SubscriptionRecord]),
    (status = 403, description = "It is for who sees everything", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn subscriptions(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answer<Vec<SubscriptionRecord>> {
    all(service, caller, async |reader: &Reader| {
        Ok(query::subscriptions(&reader.known)?.iter().map(SubscriptionRecord::from).collect())
    })
    .await
}

/// Say whether anybody is told anything
#[utoipa::path(get, path = "/silence", operation_id = "show_silence", tag = "decisions", responses(
    (status = 200, description = "Since when nobody is; null where they are",
     body = Option<SilenceRecord>),
    (status = 403, description = "It is for who sees everything", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn silence(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answer<Option<SilenceRecord>> {
    all(service, caller, async |reader: &Reader| {
        Ok(query::silence(&reader.known)?.as_ref().map(SilenceRecord::from))
    })
    .await
}
