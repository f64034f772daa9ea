//! Answers that say whether they changed.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::error::Problem;

/// Gives what is read an entity tag, and leaves out what who asks has already.
pub async fn conditional(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let answer = next.run(request).await;
    if !is_read || answer.status() != StatusCode::OK {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    // Routes answer from memory: what they hold, they held before.
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return Problem::unread(&error).into_response(),
    };
    let next = parts.headers.get(header::LINK).map_or(&[] as &[u8], HeaderValue::as_bytes);
    let digest = Sha256::new().chain_update(next).chain_update(&body).finalize();
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..16]));
    set(&mut parts.headers, &tag);
    if known.is_some_and(|known| names(&known, &tag)) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(body))
}

fn set(headers: &mut HeaderMap, tag: &str) {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    // What somebody may see is for no cache that others share, and may change at once.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
}

/// Whether a list of tags has one, or any tag will do.
fn names(list: &HeaderValue, tag: &str) -> bool {
    let Ok(list) = list.to_str() else { return false };
    let mut tags = list.split(',').map(|one| one.trim().trim_start_matches("W/"));
    tags.any(|one| one == tag || one == "*")
}
