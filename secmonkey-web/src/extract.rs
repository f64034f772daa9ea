//! What a request says, read so that what is wrong with it is told with its place.

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::error::Problem;

/// What a request may hold, in bytes.
pub const LARGEST: usize = 1 << 20;

/// The parameters behind the `?`.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parameters(&parts.uri, |_| true).map(Self)
    }
}

/// Those parameters behind the `?` whose names are among these.
pub fn parameters<T: DeserializeOwned>(
    uri: &Uri,
    among: impl Fn(&str) -> bool,
) -> Result<T, Problem> {
    let text = uri.query().unwrap_or_default();
    let mut kept = form_urlencoded::Serializer::new(String::new());
    kept.extend_pairs(form_urlencoded::parse(text.as_bytes()).filter(|(name, _)| among(name)));
    let kept = kept.finish();
    let read = serde_urlencoded::Deserializer::new(form_urlencoded::parse(kept.as_bytes()));
    serde_path_to_error::deserialize(read).map_err(|error| located(&error))
}

/// No parameters: one that a route does not know would be taken for one that it heeds.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// The one part of a path that differs.
pub struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(name) = Path::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::missing("the path is no text in UTF-8"))?;
        Ok(Self(name))
    }
}

/// A body of JSON; nothing stands for an object without members.
pub struct Given<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Given<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let body = Limited::new(request.into_body(), LARGEST).collect().await;
        let body = body.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
            Some(_) => Problem::too_large(),
            None => Problem::wrong("the body of the request did not come whole"),
        })?;
        let body = body.to_bytes();
        let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
        let mut read = serde_json::Deserializer::from_slice(text);
        let given = serde_path_to_error::deserialize(&mut read);
        let given = given.map_err(|error| located(&error))?;
        read.end().map_err(|error| Problem::wrong(format!("the body is no JSON: {error}")))?;
        Ok(Self(given))
    }
}

fn located<E: std::fmt::Display>(error: &serde_path_to_error::Error<E>) -> Problem {
    let problem = Problem::wrong(format!("the request is not understood: {}", error.inner()));
    match error.path().to_string().as_str() {
        "." => problem,
        path => problem.of(path),
    }
}

impl Problem {
    pub(crate) fn too_large() -> Self {
        let detail = format!("a request has at most {LARGEST} bytes");
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE.as_u16(),
            title: "Payload Too Large".to_owned(),
            ..Self::wrong(detail)
        }
    }
}
