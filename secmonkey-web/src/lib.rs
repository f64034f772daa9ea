//! secmonkey over HTTP: what `secmonkeyd` answers on its Unix socket and, where it is told to
//! listen, on a TCP port.
//!
//! [`router`] is everything and is for those who may do everything: the owner of the store,
//! through the socket in it. [`probes`] is what a monitoring system asks: `/healthz`,
//! `/readyz` and `/metrics`, which say nothing about what is in the accounts but their ids.
//!
//! Who runs scans is behind the trait [`Control`]: anyone who embeds secmonkey can mount the
//! router over their own.

pub mod api;
mod caller;
mod control;
mod error;
mod etag;
mod extract;
mod library;
mod metrics;
mod page;
mod probe;
mod reader;
mod scan;
#[cfg(unix)]
pub mod socket;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Extension, Router};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

pub use caller::Caller;
pub use control::{
    Changes, Control, Ended, Failed, Health, Measured, Notifier, Request, Running, Update,
};
pub use error::Problem;
pub use library::{Catalogue, Library};
pub use metrics::{Metrics, Outcome};

#[cfg(test)]
mod tests;

/// So many requests are answered from the record at once, others wait.
const ROOM: usize = 16;

/// So many follow events at once.
const FOLLOWERS: usize = 32;

/// What the routes answer from.
#[derive(Clone)]
pub struct Service {
    /// Who runs scans.
    pub control: Arc<dyn Control>,
    /// What was recorded.
    pub library: Arc<dyn Library>,
    /// What was measured since the process started.
    pub metrics: Metrics,
    /// Ends what would go on for ever: whoever follows events.
    pub stop: CancellationToken,
    room: Arc<Semaphore>,
    past: Arc<Semaphore>,
    followers: Arc<Semaphore>,
}

impl Service {
    /// Routes that answer from these.
    #[must_use]
    pub fn new(control: Arc<dyn Control>, library: Arc<dyn Library>, metrics: Metrics) -> Self {
        let room = |many| Arc::new(Semaphore::new(many));
        let (stop, followers) = (CancellationToken::new(), room(FOLLOWERS));
        Self { control, library, metrics, stop, room: room(ROOM), past: room(1), followers }
    }
}

/// Everything, for the owner of the store.
pub fn router(service: Service) -> Router {
    let own = Router::new()
        .route("/api/v1/state", get(scan::state))
        .merge(api::router())
        .layer(Extension(Caller::everywhere("socket")))
        .layer(DefaultBodyLimit::max(extract::LARGEST));
    whole(own.merge(monitoring()), service)
}

/// What a monitoring system asks.
pub fn probes(service: Service) -> Router {
    whole(monitoring(), service)
}

fn monitoring() -> Router<Service> {
    Router::new()
        .route("/healthz", get(probe::health))
        .route("/readyz", get(probe::ready))
        .route("/metrics", get(probe::metrics))
}

/// Routes that say what is not there.
fn whole(routes: Router<Service>, service: Service) -> Router {
    routes
        .method_not_allowed_fallback(error::wrong_method)
        .fallback(error::unknown)
        .with_state(service)
}
