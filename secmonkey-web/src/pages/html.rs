//! A page as it is sent.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::error::Problem;

/// A page loads our own style, scripts and pictures, and sends its forms to us: nothing else,
/// whatever somebody brings into it.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                          img-src 'self'; connect-src 'self'; form-action 'self'; \
                          base-uri 'none'; frame-ancestors 'none'";

/// A page.
#[derive(Debug)]
pub struct Html {
    status: StatusCode,
    text: String,
}

impl Html {
    /// The page of a template.
    pub fn of(page: &impl Template) -> Result<Self, Problem> {
        let text = page.render().map_err(|error| Problem::unread(&error))?;
        Ok(Self { status: StatusCode::OK, text })
    }

    /// The same with another status.
    pub fn with(self, status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, ..self }
    }
}

impl IntoResponse for Html {
    fn into_response(self) -> Response {
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        let policy = (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        // Our own forms say where they are from; no other site hears what is looked at.
        let referrer = (header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        // What somebody may see is no longer theirs to see once they signed out.
        let caching = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        (self.status, [kind, policy, referrer, caching], self.text).into_response()
    }
}
