//! Signing in and out.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse as _, Response};

use crate::Service;
use crate::access::{By, COOKIE, Source, cookie, is_own};
use crate::api::set_cookie;
use crate::caller::Caller;
use crate::error::Problem;
use crate::pages::frame::see;
use crate::pages::{Fields, Frame, Html, Said, words};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    frame: Frame,
    /// Where to go on.
    to: String,
    /// The name as it was typed.
    name: String,
    /// Why nobody was signed in.
    trouble: Option<String>,
    /// Where a provider signs people in.
    provider: Option<String>,
}

/// Where to sign in, and to go on from there.
pub fn place(to: &str) -> String {
    match to {
        "/" => "/sign-in".to_owned(),
        _ => format!("/sign-in?{}", encoded("to", to)),
    }
}

fn encoded(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

/// Where to go on: a path of ours, whatever an address says.
fn onward(to: &str) -> &str {
    let is_path = is_own(to) && to.is_ascii() && to.parse::<Uri>().is_ok();
    if is_path && !to.starts_with("/sign-") { to } else { "/" }
}

fn page_of(service: &Service, uri: &Uri, fields: &Fields, trouble: Option<String>) -> Page {
    let to = onward(fields.one("to")).to_owned();
    Page {
        frame: Frame::of(None, uri),
        provider: has_provider(service).then(|| format!("/auth/oidc?{}", encoded("to", &to))),
        name: fields.one("name").to_owned(),
        to,
        trouble,
    }
}

#[cfg(feature = "oidc")]
fn has_provider(service: &Service) -> bool {
    service.open_id.is_some()
}

#[cfg(not(feature = "oidc"))]
fn has_provider(_: &Service) -> bool {
    false
}

/// The page to sign in on.
pub async fn page(
    State(service): State<Service>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let fields = Fields::of_query(uri.query());
    if is_signed_in(&service, &headers).await {
        return Ok(see(onward(fields.one("to"))));
    }
    let page = page_of(&service, &uri, &fields, None);
    Ok(Html::of(&page)?.into_response())
}

async fn is_signed_in(service: &Service, headers: &HeaderMap) -> bool {
    let Some(secret) = cookie(headers, COOKIE) else { return false };
    service.access.knows_session(&service.library.views(), &secret).await
}

/// Signs somebody in, and leads them to where they wanted to go.
pub async fn sign_in(
    State(service): State<Service>,
    source: Source,
    uri: Uri,
    fields: Fields,
) -> Result<Response, Problem> {
    let views = service.library.views();
    let (name, password) = (fields.one("name").trim(), fields.one("password").to_owned());
    match service.access.sign_in(&views, (name, password), &source).await {
        Ok((_, secret)) => {
            let mut answer = see(onward(fields.one("to")));
            set_cookie(&mut answer, &secret, "");
            Ok(answer)
        }
        Err(problem) if matches!(problem.status, 401 | 429) => {
            let page = page_of(&service, &uri, &fields, Some(problem.detail.clone()));
            let mut answer = Html::of(&page)?.with(problem.status).into_response();
            if let Some(seconds) = problem.retry_after {
                answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            Ok(answer)
        }
        Err(problem) => Err(problem),
    }
}

/// Ends the session.
pub async fn sign_out(State(service): State<Service>, caller: Caller) -> Result<Response, Problem> {
    let By::Session(session) = caller.by else {
        return Err(Problem::conflict("it is no session that asks: there is none to end"));
    };
    service.access.end(session).await?;
    tracing::info!(actor = %caller.actor, "signed out");
    let mut answer = Said::SignedOut.at("/sign-in");
    set_cookie(&mut answer, "", "; Max-Age=0");
    let clear = HeaderValue::from_static("\"cache\", \"cookies\", \"storage\"");
    answer.headers_mut().insert("clear-site-data", clear);
    Ok(answer)
}
