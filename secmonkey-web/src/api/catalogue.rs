//! What is read, and by which rules it is judged.

use axum::extract::State;
use secmonkey_core::record::{CheckPageRecord, CheckRecord, FrameworkRecord, TechnologyRecord};

use crate::Service;
use crate::answer::{Answer, Answered};
use crate::api::common::NotThere;
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::{Named, Nothing, Params};
use crate::reader::{Reader, answering};

/// List the technologies
///
/// Each kind of resource, its checks and the permissions that reading it takes.
#[utoipa::path(get, path = "/technologies", operation_id = "list_technologies", tag = "catalogue", responses(
    (status = 200, description = "Every technology", body = [TechnologyRecord]),
))]
pub async fn technologies(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answered {
    answering(service, caller, None, async move |reader| {
        let (registry, reads) = (&reader.catalogue.registry, &reader.catalogue.reads);
        let records = registry.technologies().map(|one| TechnologyRecord {
            enabled: reads.technology(&one.id).is_some(),
            ..TechnologyRecord::new(one, registry)
        });
        Ok(records.collect::<Vec<_>>())
    })
    .await
}

/// List the frameworks
///
/// Those of which there are reports on compliance.
#[utoipa::path(get, path = "/frameworks", operation_id = "list_frameworks", tag = "catalogue", responses(
    (status = 200, description = "Every framework", body = [FrameworkRecord]),
))]
pub async fn frameworks(State(service): State<Service>, _: Caller, _: Params<Nothing>) -> Answered {
    Answer::read(&service.library.catalogue().reports.frameworks())
}

/// List the checks
#[utoipa::path(get, path = "/checks", operation_id = "list_checks", tag = "catalogue", responses(
    (status = 200, description = "Every check", body = [CheckRecord]),
))]
pub async fn checks(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answered {
    answering(service, caller, None, async move |reader| {
        let records = reader.records()?;
        let checks = reader.catalogue.registry.checks().map(|check| {
            let mut check = records.check(check);
            hide(&reader, &mut check);
            check
        });
        Ok(checks.collect::<Vec<_>>())
    })
    .await
}

/// Show a check
///
/// What it finds, why that matters, how to mend it.
#[utoipa::path(get, path = "/checks/{id}", operation_id = "show_check", tag = "catalogue",
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The check", body = CheckPageRecord),
        NotThere,
    ))]
pub async fn check(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(id): Named,
) -> Answered {
    answering(service, caller, None, async move |reader| {
        let check = reader.catalogue.registry.find_check(&id);
        let check = check.map_err(|unknown| Problem::missing(unknown.to_string()))?;
        let controls = (reader.catalogue.controls)(check);
        let mut page = reader.records()?.check_page(check, controls);
        hide(&reader, &mut page.check);
        Ok(page)
    })
    .await
}

/// Overrides are for who sees everything.
fn hide(reader: &Reader, check: &mut CheckRecord) {
    if !reader.sees_all() {
        check.overrides.clear();
    }
}
