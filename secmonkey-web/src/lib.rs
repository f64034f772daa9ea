//! secmonkey over HTTP: what `secmonkeyd` answers on its Unix socket and, where it is told to
//! listen, on a TCP port.
//!
//! [`owners`] is for the owner of the store, who may do everything, through the socket in it.
//! [`public`] is for whoever comes over a network: people sign in, programs send a token, and
//! each sees and does what was decided of them; browsers get pages, programs the API. What a monitoring system asks is there for
//! everybody: `/healthz`, `/readyz` and `/metrics`, which say nothing about what is in the
//! accounts but their ids.
//!
//! Who runs scans is behind the trait [`Control`]: anyone who embeds secmonkey can mount the
//! router over their own.

pub mod access;
mod answer;
pub mod api;
mod assets;
mod browse;
mod caller;
mod control;
mod error;
mod etag;
mod extract;
mod guard;
mod idempotency;
mod library;
mod metrics;
#[cfg(feature = "oidc")]
mod oidc;
mod page;
mod pages;
pub mod port;
mod probe;
mod reader;
mod scan;
#[cfg(unix)]
pub mod socket;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Extension, Router, middleware};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyDeadlineLayer;

pub use access::{Access, Entry, Proxy, Vault};
pub use caller::{Caller, Role};
pub use control::{
    Changes, Control, Ended, Failed, Health, Measured, Notifier, NotifierSettings, Request,
    Running, Settings, Update,
};
pub use error::Problem;
pub use library::{Catalogue, Library};
pub use metrics::{Metrics, Outcome};

#[cfg(test)]
mod tests;

/// So many requests are answered from the record at once, others wait.
const ROOM: usize = 16;

/// The body of a request has so long to come, however slowly.
const PATIENCE: Duration = Duration::from_secs(30);

/// So many follow events at once.
const FOLLOWERS: usize = 32;

/// So many export everything at once.
const EXPORTS: usize = 2;

/// What the routes answer from.
#[derive(Clone)]
pub struct Service {
    /// Who runs scans.
    pub control: Arc<dyn Control>,
    /// What was recorded.
    pub library: Arc<dyn Library>,
    /// Who is let in over a network.
    pub access: Arc<Access>,
    /// Whom a provider lets in; nobody where there is none.
    #[cfg(feature = "oidc")]
    pub open_id: Option<Arc<access::oidc::OpenId>>,
    /// What was measured since the process started.
    pub metrics: Metrics,
    /// Ends what would go on for ever: whoever follows events.
    pub stop: CancellationToken,
    room: Arc<Semaphore>,
    past: Arc<Semaphore>,
    followers: Arc<Semaphore>,
    exports: Arc<Semaphore>,
    answers: idempotency::Answers,
}

impl Service {
    /// Routes that answer from these.
    #[must_use]
    pub fn new(
        control: Arc<dyn Control>,
        library: Arc<dyn Library>,
        access: Access,
        metrics: Metrics,
    ) -> Self {
        let room = |many| Arc::new(Semaphore::new(many));
        let (stop, followers) = (CancellationToken::new(), room(FOLLOWERS));
        Self {
            control,
            library,
            access: Arc::new(access),
            #[cfg(feature = "oidc")]
            open_id: None,
            metrics,
            stop,
            room: room(ROOM),
            past: room(1),
            followers,
            exports: room(EXPORTS),
            answers: idempotency::Answers::default(),
        }
    }
}

/// Everything, for the owner of the store.
pub fn owners(service: Service) -> Router {
    let own = Router::new().route("/api/v1/state", get(scan::state)).with_state(service.clone());
    let own = own
        .merge(api::router(service.clone()))
        .merge(pages::router(service.clone()))
        .layer(DefaultBodyLimit::max(extract::LARGEST));
    whole(own.merge(browse::router()).merge(pages::loaded()).merge(monitoring(service.clone())))
        .layer(middleware::from_fn_with_state(service, pages::failures))
        .layer(Extension(Caller::everywhere("socket")))
}

/// The API for whoever signs in or sends a token, and what a monitoring system asks.
pub fn public(service: Service) -> Router {
    let access = service.access.clone();
    let known = api::router(service.clone())
        .merge(pages::router(service.clone()))
        .layer(DefaultBodyLimit::max(extract::LARGEST))
        .layer(middleware::from_fn_with_state(service.clone(), access::identify));
    #[cfg(feature = "oidc")]
    let known = known.merge(oidc::router(service.clone()));
    let open = browse::router().merge(pages::loaded()).merge(pages::entrance(service.clone()));
    whole(known.merge(open).merge(monitoring(service.clone())))
        .layer(RequestBodyDeadlineLayer::new(PATIENCE))
        .layer(access.same_origin())
        .layer(CatchPanicLayer::custom(guard::defect))
        .layer(middleware::from_fn_with_state(service, pages::failures))
        .layer(middleware::from_fn_with_state(access, guard::headers))
}

/// What a monitoring system asks alone: for a port on which no secret can be sent.
pub fn probes(service: Service) -> Router {
    whole(monitoring(service))
}

fn monitoring(service: Service) -> Router {
    Router::new()
        .route("/healthz", get(probe::health))
        .route("/readyz", get(probe::ready))
        .route("/metrics", get(probe::metrics))
        .with_state(service)
}

/// Routes that say what is not there.
fn whole(routes: Router) -> Router {
    routes.method_not_allowed_fallback(error::wrong_method).fallback(error::unknown)
}
