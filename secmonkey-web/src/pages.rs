//! Pages: what people keep open all day. They are written here, from what the library answers,
//! and work without scripts.
//!
//! A page is a file beside the others: a handler, a [`Template`](askama::Template) with a
//! [`Frame`] in it, and a line in [`router`]. What it says of a request stands in [`Asked`] and
//! [`Fields`]; what goes wrong is a [`Problem`](crate::Problem), which [`failure`] makes a page
//! of for browsers.

use axum::Router;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use tower_http::compression::CompressionLayer;

use crate::{Service, assets};

mod accounts;
mod ask;
mod audit;
mod checks;
mod csv;
mod decide;
mod failure;
mod filled;
mod filter;
mod form;
mod frame;
mod html;
mod ignores;
mod issue;
mod issues;
mod item;
mod items;
mod markdown;
mod networks;
mod overrides;
mod overview;
mod password;
mod reports;
mod search;
mod sessions;
mod settings;
mod sign_in;
mod subscriptions;
mod system;
mod tokens;
mod users;
pub mod words;

pub use failure::failures;
pub use form::{Asked, Fields};
pub use frame::{Frame, Said};
pub use html::Html;

/// The pages, for whoever a layer around them says that it is.
pub fn router(service: Service) -> Router {
    Router::new()
        .route("/", get(overview::page))
        .route("/issues", get(issues::page))
        .route("/issues.csv", get(issues::table))
        .route("/issues/justify", post(decide::page))
        .route("/issues/{id}", get(issue::page).post(issue::decide))
        .route("/items", get(items::page))
        .route("/items.csv", get(items::table))
        .route("/items/{*key}", get(item::page).post(item::comment))
        .route("/accounts", get(accounts::page).post(accounts::add))
        .route("/accounts/{id}", get(accounts::one))
        .route("/accounts/{id}/edit", get(accounts::editing).post(accounts::edit))
        .route("/accounts/{id}/remove", get(accounts::leaving).post(accounts::remove))
        .route("/accounts/{id}/scan", post(accounts::scan))
        .route("/checks", get(checks::page))
        .route("/checks/{id}", get(checks::one))
        .route("/checks/{id}/override", post(overrides::make))
        .route("/overrides/remove", get(overrides::leaving).post(overrides::remove))
        .route("/ignores", get(ignores::page).post(ignores::make))
        .route("/ignores/remove", get(ignores::leaving).post(ignores::remove))
        .route("/networks", get(networks::page).post(networks::add))
        .route("/networks/remove", get(networks::leaving).post(networks::remove))
        .route("/users", get(users::page).post(users::add))
        .route("/users/edit", get(users::editing).post(users::edit))
        .route("/users/remove", get(users::leaving).post(users::remove))
        .route("/tokens", get(tokens::page).post(tokens::issue))
        .route("/tokens/revoke", get(tokens::leaving).post(tokens::revoke))
        .route("/sessions", get(sessions::page).post(sessions::end))
        .route("/password", get(password::page).post(password::change))
        .route("/subscriptions", get(subscriptions::page).post(subscriptions::add))
        .route("/subscriptions/remove", get(subscriptions::leaving).post(subscriptions::remove))
        .route("/subscriptions/silence", post(subscriptions::silence))
        .route("/reports", get(reports::page))
        .route("/reports/{name}", get(reports::one))
        .route("/audit", get(audit::page))
        .route("/system", get(system::page))
        .route("/system/sign", post(system::sign))
        .route("/settings", get(settings::page))
        .route("/sign-out", post(sign_in::sign_out))
        .with_state(service)
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(whole_for_others))
}

/// Leaves what another site leads to as it is: how long it is when compressed would tell that
/// site what stands beside what it asks for.
async fn whole_for_others(mut request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    next.run(request).await
}

/// What is for everybody over a network: the page to sign in on.
pub fn entrance(service: Service) -> Router {
    Router::new()
        .route("/sign-in", get(sign_in::page).post(sign_in::sign_in))
        .with_state(service)
        .layer(CompressionLayer::new())
}

/// What pages load.
pub fn loaded() -> Router {
    assets::router().layer(CompressionLayer::new())
}
