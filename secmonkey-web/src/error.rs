//! What went wrong, as RFC 9457 says it.

use std::time::Duration;

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use secmonkey_core::render::visible;
use secmonkey_core::{decide, log, query, view};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::body_of;

/// A problem, for programs and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[error("{detail}")]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// What it is about, in the words of the status.
    pub title: String,
    /// What is wrong and what to do, in one line.
    pub detail: String,
    /// What of the request is wrong: the name of a parameter, or the place in its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<String>,
    /// After how many seconds it may be tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retry_after: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or_default().to_owned();
        Self {
            status: status.as_u16(),
            title,
            detail: detail.into(),
            field: None,
            retry_after: None,
        }
    }

    /// What was asked for cannot be.
    #[must_use]
    pub fn wrong(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// What was asked for is not there.
    #[must_use]
    pub fn missing(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// Somebody was faster.
    #[must_use]
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// It is not as whoever asks takes it to be.
    #[must_use]
    pub fn changed() -> Self {
        let text = "it changed since its `ETag` was read: read it again, and decide anew";
        Self::new(StatusCode::PRECONDITION_FAILED, text)
    }

    /// What cannot be decided; where the path names nothing that is there, it is missing.
    pub(crate) fn missing_name(error: decide::Error) -> Self {
        match error {
            decide::Error::Unknown(unknown) => Self::missing(unknown.to_string()),
            error => error.into(),
        }
    }

    /// It is not known who asks.
    #[must_use]
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, detail)
    }

    /// It was tried too often.
    #[must_use]
    pub fn too_many(wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        let detail = format!("too many attempts: try again in {seconds} s");
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, detail);
        Self { retry_after: Some(seconds), ..problem }
    }

    /// Who asks may not.
    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// It cannot be done now.
    #[must_use]
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// It failed, and who asked is not to blame.
    #[must_use]
    pub fn failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// The record cannot be read. Why is for the operator: it may name files.
    pub(crate) fn unread(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "the record cannot be read");
        Self::failed("the record cannot be read: the log of secmonkeyd says why")
    }

    /// What of the request it is about.
    #[must_use]
    pub fn of(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }
}

impl From<query::Error> for Problem {
    fn from(error: query::Error) -> Self {
        use query::Error as Query;
        match error {
            Query::UnknownItem { .. }
            | Query::NothingRecorded(_)
            | Query::UnknownIssue { .. }
            | Query::NoRevision { .. }
            | Query::NoPlace { .. }
            | Query::NotKnownThen { .. } => Self::missing(error.to_string()),
            Query::Unknown(_) => Self::wrong(error.to_string()).of("q"),
            Query::BeforeTheFirst { .. } | Query::InTheFuture(_) => {
                Self::wrong(error.to_string()).of("at")
            }
            Query::AfterTheEnd { .. } => Self::wrong(error.to_string()).of("since"),
            Query::AmbiguousItem { .. } | Query::AmbiguousIssue { .. } => {
                Self::wrong(error.to_string())
            }
            Query::Log(error) => error.into(),
            Query::View(error) => error.into(),
            error => Self::unread(&error),
        }
    }
}

impl From<view::Error> for Problem {
    fn from(error: view::Error) -> Self {
        match error {
            view::Error::Log(error) => error.into(),
            error => Self::unread(&error),
        }
    }
}

impl From<log::Error> for Problem {
    fn from(error: log::Error) -> Self {
        match error {
            // What was there is gone on purpose.
            log::Error::Cut(_) => Self::new(StatusCode::GONE, error.to_string()),
            error => Self::unread(&error),
        }
    }
}

impl From<decide::Error> for Problem {
    fn from(error: decide::Error) -> Self {
        match error {
            decide::Error::Query(error) => error.into(),
            decide::Error::Log(error) => error.into(),
            decide::Error::View(error) => error.into(),
            decide::Error::Append(error) => {
                tracing::error!(%error, "a decision was not recorded");
                Self::unavailable("it was not recorded: the log of secmonkeyd says why")
            }
            error => {
                let problem = match &error {
                    decide::Error::Registered(_)
                    | decide::Error::KnownNetwork { .. }
                    | decide::Error::UserExists(_)
                    | decide::Error::TokenExists(_)
                    | decide::Error::LastAdmin(_) => Self::conflict(error.to_string()),
                    _ => Self::wrong(error.to_string()),
                };
                Self { field: blamed(&error).map(str::to_owned), ..problem }
            }
        }
    }
}

/// What of a decision is wrong, where one member alone is to blame.
fn blamed(error: &decide::Error) -> Option<&'static str> {
    match error {
        decide::Error::EmptyNote => Some("note"),
        decide::Error::EmptyComment => Some("text"),
        decide::Error::Over(_) => Some("until"),
        decide::Error::NoReason => Some("reason"),
        decide::Error::Score(_) => Some("score"),
        decide::Error::IgnoresAll | decide::Error::Unfit(_) | decide::Error::Drifting(_) => {
            Some("query")
        }
        decide::Error::Registered(_) => Some("id"),
        decide::Error::Unnamed(_)
        | decide::Error::NameTaken { .. }
        | decide::Error::UnnamedNetwork
        | decide::Error::KnownNetwork { .. }
        | decide::Error::UnnamedSubscription
        | decide::Error::Name { .. }
        | decide::Error::UserExists(_)
        | decide::Error::TokenExists(_) => Some("name"),
        _ => None,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status);
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let problem = [(header::CONTENT_TYPE, "application/problem+json")];
        // What somebody asked for is repeated in one line, whatever it holds.
        let detail = visible(&self.detail).into_owned();
        let field = self.field.as_deref().map(|field| visible(field).into_owned());
        let retry_after = self.retry_after;
        let told = self.clone();
        // Texts and a number cannot fail to be written; were they to, the status says enough.
        let body = body_of(&Self { detail, field, ..self }).unwrap_or_default();
        let mut answer = (status, problem, body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        if let Some(seconds) = retry_after {
            answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        // For whoever makes a page of it.
        answer.extensions_mut().insert(told);
        answer
    }
}

/// It is there, for other methods.
pub async fn wrong_method(method: Method, uri: Uri) -> Problem {
    let detail = format!("`{}` is not there for {method}", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

/// Nothing is there.
pub async fn unknown(uri: Uri) -> Problem {
    Problem::missing(format!("there is no `{}`", uri.path()))
}
