//! Whether what is asked for changed since it was read.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde::Serialize;

use crate::answer::Answer;
use crate::error::Problem;

/// Leaves out of an answer what who asks has already.
pub async fn conditional(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let mut answer = next.run(request).await;
    if !is_read || answer.status() != StatusCode::OK {
        return answer;
    }
    let tag = answer.headers().get(header::ETAG);
    if known.is_some_and(|known| tag.is_some_and(|tag| names(&known, tag))) {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer.headers_mut().remove(header::CONTENT_TYPE);
        *answer.body_mut() = Body::empty();
    }
    answer
}

/// Refuses an edit of what is not as it was when it was read, where whoever asks says how that
/// was.
pub async fn require_match<T: Serialize>(
    headers: &HeaderMap,
    read: impl AsyncFnOnce() -> Result<T, Problem>,
) -> Result<(), Problem> {
    let Some(known) = headers.get(header::IF_MATCH) else { return Ok(()) };
    let now = Answer::read(&read().await?)?;
    let is_known = now.tag().is_some_and(|tag| names(known, tag));
    if is_known { Ok(()) } else { Err(Problem::changed()) }
}

/// Whether a list of tags has one, or any tag will do.
fn names(list: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(list), Ok(tag)) = (list.to_str(), tag.to_str()) else { return false };
    let mut tags = list.split(',').map(|one| one.trim().trim_start_matches("W/"));
    tags.any(|one| one == tag || one == "*")
}
