//! The REST API: one registration for each route and its description.

use axum::Router;
use axum::middleware;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::error::Problem;
use crate::{Service, etag, idempotency, scan};

pub(crate) mod accounts;
mod catalogue;
pub(crate) mod common;
pub(crate) mod decide;
pub(crate) mod edit_notifications;
pub(crate) mod edit_rules;
mod events;
mod export;
pub(crate) mod issues;
pub(crate) mod items;
pub(crate) mod record;
pub(crate) mod reports;
mod rules;
mod scans;
pub(crate) mod session;
pub(crate) mod settings;
mod standing;
pub(crate) mod tokens;
pub(crate) mod users;

pub(crate) use common::RIGHTS;
pub(crate) use session::set_cookie;

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
        (name = "reports", description = "Answers for others, to be filed, printed and sent; as Markdown or CSV, too"),
        (name = "accounts", description = "What is watched, and how that goes"),
        (name = "decisions", description = "What people decided"),
        (name = "catalogue", description = "What is read, and by which rules it is judged"),
        (name = "access", description = "Who may ask, and what they may"),
        (name = "record", description = "The events that all else follows from"),
    ),
    components(schemas(Problem))
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
        .routes(routes!(record::proof))
        .routes(routes!(export::configurations))
        .routes(routes!(issues::list))
        .routes(routes!(issues::one))
        .routes(routes!(accounts::list, accounts::register))
        .routes(routes!(accounts::one, accounts::edit, accounts::remove))
        .routes(routes!(accounts::states))
        .routes(routes!(standing::overview))
        .routes(routes!(standing::status))
        .routes(routes!(reports::daily))
        .routes(routes!(reports::compliance))
        .routes(routes!(reports::access_keys))
        .routes(routes!(reports::unused))
        .routes(routes!(reports::public))
        .routes(routes!(reports::exposure))
        .routes(routes!(reports::coverage))
        .routes(routes!(catalogue::technologies))
        .routes(routes!(catalogue::frameworks))
        .routes(routes!(catalogue::checks))
        .routes(routes!(catalogue::check))
        .routes(routes!(rules::decisions))
        .routes(routes!(decide::justify, decide::unjustify))
        .routes(routes!(decide::justify_many))
        .routes(routes!(decide::comment_item))
        .routes(routes!(decide::comment_issue))
        .routes(routes!(rules::overrides, edit_rules::override_check))
        .routes(routes!(edit_rules::remove_override))
        .routes(routes!(rules::ignores, edit_rules::ignore))
        .routes(routes!(edit_rules::remove_ignore))
        .routes(routes!(rules::networks, edit_rules::know))
        .routes(routes!(edit_rules::forget))
        .routes(routes!(rules::schedule, edit_rules::schedule, edit_rules::reset))
        .routes(routes!(rules::subscriptions, edit_notifications::subscribe))
        .routes(routes!(edit_notifications::unsubscribe))
        .routes(routes!(rules::silence, edit_notifications::silence, edit_notifications::resume))
        .routes(routes!(scans::list, scan::now))
        .routes(routes!(scans::one, scans::stop))
        .routes(routes!(record::keys))
        .routes(routes!(record::checkpoints, record::sign))
        .routes(routes!(events::list))
        .routes(routes!(session::who, session::sign_in, session::sign_out))
        .routes(routes!(session::list))
        .routes(routes!(session::end))
        .routes(routes!(users::roles))
        .routes(routes!(users::list, users::add))
        .routes(routes!(users::one, users::edit, users::remove))
        .routes(routes!(users::change_password))
        .routes(routes!(tokens::list, tokens::issue))
        .routes(routes!(tokens::revoke))
        .routes(routes!(settings::settings));
    let routes = routes.layer(middleware::from_fn(etag::conditional));
    let routes = routes.routes(routes!(events::stream));
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", routes)
}

/// The description of the API, as `OpenAPI` 3.1.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = described().into_openapi();
    common::complete(&mut document);
    document
}

/// The routes under `/api/v1`, for whoever a layer around them says that it is.
pub fn router(service: Service) -> Router {
    let (router, mut document) = described().split_for_parts();
    let once = middleware::from_fn_with_state(service.clone(), idempotency::once);
    common::complete(&mut document);
    let document = Answer::read(&document);
    let document =
        get(move || async move { document.clone() }).layer(middleware::from_fn(etag::conditional));
    router.layer(once).route("/api/v1/openapi.json", document).with_state(service)
}
