//! What people decided: for who sees everything, because rules are about all that they fit.

use axum::extract::State;
use secmonkey_core::query::{self, Decision, ignore_impact, override_impact};
use secmonkey_core::record::{
    IgnoreRecord, NetworkRecord, OverrideRecord, ScheduleRecord, SilenceRecord, SubscriptionRecord,
};
use serde::Serialize;

use crate::Service;
use crate::answer::Answered;
use crate::api::common::Everything;
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::{Nothing, Params};
use crate::reader::{Reader, answering};

/// Answers who sees everything.
async fn all<T: Serialize>(
    service: Service,
    caller: Caller,
    read: impl AsyncFnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
) -> Answered {
    answering(service, caller, None, async move |reader: Reader| {
        reader.require_all()?;
        read(&reader).await
    })
    .await
}

/// List every decision that nobody took back
#[utoipa::path(get, path = "/decisions", operation_id = "list_decisions", tag = "decisions", responses(
    (status = 200, description = "By kind, the first taken first", body = [Decision]),
    Everything,
))]
pub async fn decisions(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answered {
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
    Everything,
))]
pub async fn overrides(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answered {
    all(service, caller, async |reader: &Reader| {
        let (known, registry) = (&reader.known, &reader.catalogue.registry);
        let rows = known.governance()?.overrides().map(|row| {
            let impact = override_impact(known, registry, &row.rule)?;
            Ok(OverrideRecord::from(row).counted(&impact))
        });
        rows.collect::<Result<Vec<_>, Problem>>()
    })
    .await
}

/// List the rules that ignore items
///
/// With how many items and findings each is about.
#[utoipa::path(get, path = "/ignores", operation_id = "list_ignores", tag = "decisions", responses(
    (status = 200, description = "Every rule in force", body = [IgnoreRecord]),
    Everything,
))]
pub async fn ignores(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answered {
    all(service, caller, async |reader: &Reader| {
        let (known, registry) = (&reader.known, &reader.catalogue.registry);
        let rows = known.governance()?.ignores().iter().map(|row| {
            let impact = ignore_impact(known, registry, &row.rule)?;
            Ok(IgnoreRecord::from(row).counted(&impact))
        });
        rows.collect::<Result<Vec<_>, Problem>>()
    })
    .await
}

/// List the networks that are known
#[utoipa::path(get, path = "/networks", operation_id = "list_networks", tag = "decisions", responses(
    (status = 200, description = "Every network", body = [NetworkRecord]),
    Everything,
))]
pub async fn networks(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answered {
    all(service, caller, async |reader: &Reader| {
        let records = reader.records()?;
        let networks = reader.known.views.networks();
        let networks = networks.map(|network| Ok(records.network(network?)));
        networks.collect::<Result<Vec<_>, Problem>>()
    })
    .await
}

/// List what is decided about when something is looked at
#[utoipa::path(get, path = "/schedule", operation_id = "list_schedule", tag = "decisions", responses(
    (status = 200, description = "Every rule in force", body = [ScheduleRecord]),
    Everything,
))]
pub async fn schedule(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answered {
    all(service, caller, async |reader: &Reader| {
        let rules = reader.known.views.schedule()?;
        Ok(rules.iter().map(ScheduleRecord::from).collect::<Vec<_>>())
    })
    .await
}

/// List who is told of what, and when
#[utoipa::path(get, path = "/subscriptions", operation_id = "list_subscriptions", tag = "decisions", responses(
    (status = 200, description = "Every subscription", body = [SubscriptionRecord]),
    Everything,
))]
pub async fn subscriptions(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answered {
    all(service, caller, async |reader: &Reader| {
        let all = query::subscriptions(&reader.known)?;
        Ok(all.iter().map(SubscriptionRecord::from).collect::<Vec<_>>())
    })
    .await
}

/// Say whether anybody is told anything
#[utoipa::path(get, path = "/silence", operation_id = "show_silence", tag = "decisions", responses(
    (status = 200, description = "Since when nobody is; null where they are",
     body = Option<SilenceRecord>),
    Everything,
))]
pub async fn silence(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answered {
    all(service, caller, async |reader: &Reader| {
        Ok(query::silence(&reader.known)?.as_ref().map(SilenceRecord::from))
    })
    .await
}
