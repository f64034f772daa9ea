//! What goes wrong, as a page: what happened, what to do, and the way back.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use secmonkey_core::render::visible;

use crate::Service;
use crate::caller::Caller;
use crate::error::Problem;
use crate::pages::frame::see;
use crate::pages::{Frame, Html, sign_in, words};

/// What goes wrong.
#[derive(Template)]
#[template(path = "failure.html")]
struct Page {
    frame: Frame,
    /// What happened, in a few words.
    title: &'static str,
    /// What is wrong, in one line.
    detail: String,
    /// What to do.
    advice: &'static str,
    status: u16,
}

/// Makes a page of what goes wrong, for browsers; programs keep what they are told. Whoever is
/// not signed in is led to where they can be.
pub async fn failures(State(service): State<Service>, request: Request, next: Next) -> Response {
    if !wants_page(request.headers(), request.uri()) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let answer = next.run(Request::from_parts(parts, body)).await;
    let Some(problem) = answer.extensions().get::<Problem>().cloned() else { return answer };
    let told = answer.extensions().get::<Caller>().or_else(|| asked.extensions.get()).cloned();
    let caller = caller(&service, told, &asked).await;
    let is_read = matches!(asked.method, Method::GET | Method::HEAD);
    if problem.status == 401 && is_read && caller.is_none() {
        return to_sign_in(&asked);
    }
    let page = page(caller, &asked.uri, &problem);
    match Html::of(&page) {
        Ok(html) => with_headers(html.with(problem.status).into_response(), &answer),
        Err(_) => answer,
    }
}

/// Whether a page is wanted: browsers say so. The API answers as it always does.
fn wants_page(headers: &HeaderMap, uri: &Uri) -> bool {
    let says = headers.get_all(header::ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    let mut kinds = says.flat_map(|value| value.split(','));
    let is_html =
        |kind: &str| kind.split(';').next().is_some_and(|kind| kind.trim() == "text/html");
    !uri.path().starts_with("/api/") && kinds.any(is_html)
}

/// Who asked: as the layer said that finds out, or found out here where none is around what is
/// not there.
async fn caller(service: &Service, told: Option<Caller>, asked: &Parts) -> Option<Caller> {
    let is_read = matches!(asked.method, Method::GET | Method::HEAD);
    if told.is_some() || !is_read {
        return told;
    }
    service.access.caller(&service.library.views(), asked).await.ok().flatten()
}

/// Leads to the page to sign in on, and from there back.
fn to_sign_in(asked: &Parts) -> Response {
    let to = asked.uri.path_and_query().map_or("/", |path| path.as_str());
    let place = sign_in::place(to);
    if !asked.headers.contains_key("hx-request") {
        return see(&place);
    }
    // A part of a page cannot be the page to sign in on: the script goes there.
    let mut answer = StatusCode::OK.into_response();
    if let Ok(place) = HeaderValue::from_str(&place) {
        answer.headers_mut().insert("hx-redirect", place);
    }
    answer
}

fn with_headers(mut page: Response, answer: &Response) -> Response {
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = answer.headers().get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}

fn page(caller: Option<Caller>, uri: &Uri, problem: &Problem) -> Page {
    let (title, advice) = match problem.status {
        401 => (
            "You are not signed in",
            "Your session is over. Sign in, go back to the page before this one, and send it again: \
             your browser keeps what you typed.",
        ),
        403 => ("You may not do this", "Ask whoever manages users here if you should be able to."),
        404 => (
            "This is not there",
            "It may be gone, be called otherwise now, or not be yours to see. Search for it.",
        ),
        405 | 422 => (
            "This cannot be asked so",
            "Go back, change what is named above, and try again: your browser keeps what you typed.",
        ),
        409 | 412 => (
            "Something changed meanwhile",
            "Go back, load the page again to see how it stands now, and decide anew.",
        ),
        410 => (
            "This was cut from the record",
            "The beginning of the record is no longer kept: ask for a later time.",
        ),
        413 => ("This is too long", "Send less at once: your browser keeps what you typed."),
        429 => ("Too many attempts", "Wait as long as is said above, then try again."),
        503 => (
            "Too much is asked for at the moment",
            "Nothing was changed. Load the page again in a moment.",
        ),
        504 | 408 => ("This took too long", "Ask for less, or try again in a moment."),
        _ => (
            "Something is broken here",
            "You are not to blame. Whoever runs secmonkey finds more in its log.",
        ),
    };
    let detail = visible(&problem.detail).into_owned();
    Page { frame: Frame::of(caller, uri), title, detail, advice, status: problem.status }
}
