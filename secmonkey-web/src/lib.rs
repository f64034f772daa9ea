//! secmonkey over HTTP: what `secmonkeyd` answers on its Unix socket and, where it is told to
//! listen, on a TCP port.
//!
//! [`router`] is everything and is for those who may do everything: the owner of the store,
//! through the socket in it. [`probes`] is what a monitoring system asks: `/healthz`,
//! `/readyz` and `/metrics`, which say nothing about what is in the accounts but their ids.
//!
//! Who runs scans is behind the trait [`Control`]: anyone who embeds secmonkey can mount the
//! router over their own.

mod control;
mod error;
mod metrics;
mod probe;
mod scan;
#[cfg(unix)]
pub mod socket;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

pub use control::{
    Changes, Control, Ended, Failed, Health, Measured, Notifier, Request, Running, Update,
};
pub use error::Problem;
pub use metrics::{Metrics, Outcome};

#[cfg(test)]
mod tests;

/// What a request may hold, in bytes.
const LARGEST: usize = 1 << 20;

/// What the routes answer from.
#[derive(Clone)]
pub struct Service {
    /// Who runs scans.
    pub control: Arc<dyn Control>,
    /// What was measured since the process started.
    pub metrics: Metrics,
}

/// Everything, for the owner of the store.
pub fn router(service: Service) -> Router {
    let own = Router::new()
        .route("/api/v1/scans", post(scan::now))
        .route("/api/v1/state", get(scan::state))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(service.clone());
    probes(service).merge(own)
}

/// What a monitoring system asks.
pub fn probes(service: Service) -> Router {
    Router::new()
        .route("/healthz", get(probe::health))
        .route("/readyz", get(probe::ready))
        .route("/metrics", get(probe::metrics))
        .fallback(error::unknown)
        .with_state(service)
}
