//! The REST API: one registration for each route and its description.

use axum::Router;
use axum::http::header;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{Service, etag, scan};

mod accounts;
mod catalogue;
mod events;
mod issues;
mod items;
mod rules;
mod scans;
mod standing;

/// What the document says of all routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "secmonkey",
        description = "What was recorded of cloud accounts, what is wrong there, and what was decided \
                       about it.\n\nLists come page by page: where there are more rows, the header \
                       `Link` has the address of the next page (RFC 8288). What is wrong with a \
                       request is told as `application/problem+json` (RFC 9457), with the parameter \
                       or the place in the body as `field`. Answers have an `ETag`. Times are RFC \
                       3339 in UTC; where one is asked for, `yesterday` or `last friday 14:00` will \
                       do as well. Fields may be added and are never renamed."
    ),
    tags(
        (name = "items", description = "Resources, their configurations and how these came to be"),
        (name = "issues", description = "What is wrong"),
        (name = "accounts", description = "What is watched, and how that goes"),
        (name = "decisions", description = "What people decided"),
        (name = "catalogue", description = "What is read, and by which rules it is judged"),
        (name = "record", description = "The events that all else follows from"),
    )
)]
struct Document;

/// The routes with their description.
fn described() -> OpenApiRouter<Service> {
    let routes = OpenApiRouter::new()
        .routes(routes!(items::list))
        .routes(routes!(items::one))
        .routes(routes!(items::issues))
        .routes(routes!(items::revisions))
        .routes(routes!(items::blame))
        .routes(routes!(items::diff))
        .routes(routes!(items::exposure))
        .routes(routes!(issues::list))
        .routes(routes!(issues::one))
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::one))
        .routes(routes!(accounts::states))
        .routes(routes!(standing::overview))
        .routes(routes!(standing::status))
        .routes(routes!(catalogue::technologies))
        .routes(routes!(catalogue::checks))
        .routes(routes!(catalogue::check))
        .routes(routes!(rules::decisions))
        .routes(routes!(rules::overrides))
        .routes(routes!(rules::ignores))
        .routes(routes!(rules::networks))
        .routes(routes!(rules::schedule))
        .routes(routes!(rules::subscriptions))
        .routes(routes!(rules::silence))
        .routes(routes!(scans::list, scan::now))
        .routes(routes!(scans::one))
        .routes(routes!(events::list));
    let routes = routes.layer(middleware::from_fn(etag::conditional));
    let routes = routes.routes(routes!(events::stream));
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", routes)
}

/// The description of the API, as `OpenAPI` 3.1.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().into_openapi()
}

/// The routes under `/api/v1`, for whoever a layer around them says that it is.
pub fn router() -> Router<Service> {
    let (router, document) = described().split_for_parts();
    let document = document.to_pretty_json().unwrap_or_default();
    let json = [(header::CONTENT_TYPE, "application/json")];
    let document = move || async move { (json, document).into_response() as Response };
    let document = get(document).layer(middleware::from_fn(etag::conditional));
    router.route("/api/v1/openapi.json", document)
}
