//! What every answer over a network says to browsers, and what stands between them and a defect.

use std::any::Any;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::access::Access;
use crate::error::Problem;

/// Nothing here is a page, and no page may hold or load it.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; sandbox";
const HEADERS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];
/// What an answer may say otherwise.
const USUAL: [(HeaderName, &str); 3] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];
/// A year, as browsers ask for it.
const TRANSPORT: &str = "max-age=31536000";

/// Says to browsers what they may do with an answer.
pub async fn headers(State(access): State<Arc<Access>>, request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in USUAL {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if access.is_encrypted() {
        let value = HeaderValue::from_static(TRANSPORT);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    answer
}

/// A route has a defect: who asks learns no more than that.
#[expect(clippy::needless_pass_by_value, reason = "so it is handed over")]
pub fn defect(defect: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let said = defect.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| defect.downcast_ref::<&str>().copied()).unwrap_or_default();
    tracing::error!(said, "a request was not answered: a defect, please report it");
    Problem::failed("it was not answered: the log of secmonkeyd says why").into_response()
}
