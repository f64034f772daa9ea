//! What people ask for and send: the parameters of a page, and the fields of a form.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::error::Problem;
use crate::extract::{LARGEST, parameters};
use crate::pages::frame::SAID;

/// The parameters of a page, but for what is only said once.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parameters(&parts.uri, |name| name != SAID).map(Self)
    }
}

/// The fields of a form as somebody filled them in: kept as they are, to be shown again where
/// something is wrong with them.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The fields behind the `?`.
    pub fn of_query(query: Option<&str>) -> Self {
        Self::of(query.unwrap_or_default().as_bytes())
    }

    fn of(text: &[u8]) -> Self {
        let lines = |text: &str| text.replace("\r\n", "\n");
        let fields = form_urlencoded::parse(text);
        Self(fields.map(|(name, value)| (name.into_owned(), lines(&value))).collect())
    }

    /// What a field says; nothing where there is none.
    pub fn one(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(one, _)| one == name);
        found.map_or("", |(_, value)| value)
    }

    /// The same without what surrounds it; `None` where it is empty.
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.one(name).trim()).filter(|text| !text.is_empty())
    }

    /// All that fields of one name say.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// The fields whose names start so, with what they say.
    pub fn starting<'a>(&'a self, start: &'a str) -> impl Iterator<Item = (String, String)> + 'a {
        self.0.iter().filter(move |(name, _)| name.starts_with(start)).cloned()
    }

    /// Whether a box is ticked.
    pub fn is_set(&self, name: &str) -> bool {
        self.given(name).is_some()
    }
}

impl<'a> FromIterator<(&'a str, String)> for Fields {
    fn from_iter<I: IntoIterator<Item = (&'a str, String)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let body = Limited::new(request.into_body(), LARGEST).collect().await;
        let body = body.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
            Some(_) => Problem::too_large(),
            None => Problem::wrong("the form did not come whole: send it again"),
        })?;
        Ok(Self::of(&body.to_bytes()))
    }
}
