//! The store, the scans, and what the daemon runs with.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use secmonkey_core::query;
use secmonkey_core::record::{CheckpointRecord, PastScanRecord, SigningKeyRecord};
use secmonkey_core::tlog::{Ledger, signing_keys};

use crate::Service;
use crate::api::record::signed;
use crate::api::settings::{Shown, shown};
use crate::caller::{Caller, Role};
use crate::control::Measured;
use crate::error::Problem;
use crate::extract::Nothing;
use crate::page::first;
use crate::pages::words::{self, When};
use crate::pages::{Asked, Frame, Html, Said};
use crate::reader::{Reader, reading};

/// So many of the last scans are told.
const SCANS: usize = 10;

#[derive(Template)]
#[template(path = "system.html")]
struct Page {
    frame: Frame,
    broken: Vec<String>,
    waiting: Vec<String>,
    /// In numbers; why not, where they cannot be read.
    measured: Result<Measured, String>,
    settings: Shown,
    store: String,
    checkpoint: Option<CheckpointRecord>,
    /// How many events were recorded since.
    unsigned: u64,
    keys: Vec<SigningKeyRecord>,
    scans: Vec<Scan>,
    gaps: u64,
}

struct Scan {
    id: String,
    started: When,
    ended: Option<When>,
    actor: String,
    /// What came of it.
    said: String,
}

/// How it stands with all of it.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
) -> Result<Html, Problem> {
    caller.require_all(Role::Admin)?;
    let (health, settings) = (service.control.health().await, shown(&service));
    let measured = service.control.measure().await.map_err(|problem| problem.detail);
    reading(service, caller, None, async move |reader: Reader| {
        let head = reader.log.head().await?.position.0;
        // Another process may keep the store.
        let ledger = reader.ledger().ok();
        let checkpoints = ledger.map(Ledger::checkpoints).transpose()?;
        let last = checkpoints.unwrap_or_default().pop();
        let checkpoint = last.map(|(note, one)| CheckpointRecord::new(&note, &one));
        let kept = ledger.map(Ledger::keys).transpose()?.unwrap_or_default();
        let rows = reader.known.views.scans().map(|row| {
            let row = row?;
            let place = std::cmp::Reverse(row.position);
            Ok::<_, Problem>((PastScanRecord::from(row), place))
        });
        let (scans, _) = first(rows, None, SCANS)?.parts();
        let all = query::Query::All.select(&reader.known.views, &reader.catalogue.registry)?;
        let gaps = query::coverage(&reader.known, &reader.catalogue.reads, &all)?.gaps();
        Html::of(&Page {
            broken: health.broken,
            waiting: health.waiting,
            store: measured.as_ref().map_or_else(|_| String::new(), |one| size(one.store_bytes)),
            unsigned: head.saturating_sub(checkpoint.as_ref().map_or(0, |one| one.size)),
            checkpoint,
            keys: signing_keys(&reader.known.views, &kept)?,
            scans: scans.iter().map(|scan| scan_of(scan, &frame)).collect(),
            gaps: gaps.failed
                + gaps.unread
                + gaps.undecided
                + gaps.not_judged
                + gaps.never_looked_at,
            measured,
            settings,
            frame,
        })
    })
    .await
}

/// `12.3 MiB`; nothing where it is not known.
fn size(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = units.into_iter().find(|(power, _)| bytes >> power > 0);
    match unit {
        _ if bytes == 0 => "not known".to_owned(),
        Some((power, unit)) => {
            let tenths = (u128::from(bytes) * 10) >> power;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} bytes"),
    }
}

fn scan_of(scan: &PastScanRecord, frame: &Frame) -> Scan {
    let said = match (&scan.interrupted, &scan.issues, scan.failures) {
        (Some(how), ..) => format!("{how:?}").to_lowercase(),
        (None, Some(issues), failures) => {
            let failed = failures.unwrap_or_default();
            let failed = if failed > 0 {
                format!(", {} failed", words::many(failed, "look"))
            } else {
                String::new()
            };
            format!(
                "{} opened, {} reopened, {} resolved{failed}",
                issues.opened, issues.reopened, issues.resolved
            )
        }
        (None, None, _) => "runs, or its process died".to_owned(),
    };
    Scan {
        id: scan.scan.to_string(),
        started: When::new(scan.started_at, frame.now),
        ended: scan.ended_at.map(|at| When::new(at, frame.now)),
        actor: scan.actor.to_string(),
        said,
    }
}

/// Signs the record as it is.
pub async fn sign(State(service): State<Service>, caller: Caller) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader: Reader| {
        signed(&reader, None).await?;
        Ok(Said::Signed.at("/system"))
    })
    .await
}
