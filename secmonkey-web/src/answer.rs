//! Answers, as they are sent. They are written and digested where they are read, on a thread that
//! may block: a large one costs the reactor nothing.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secmonkey_core::render;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::error::Problem;

/// What a route answers.
pub type Answered = Result<Answer, Problem>;

/// An answer: JSON, if nothing else is said.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    /// What stands in the header `Content-Type`.
    kind: &'static str,
    body: Bytes,
    /// What stands in the header `Link`.
    link: Option<HeaderValue>,
    tag: Option<HeaderValue>,
}

impl Answer {
    /// What became of something.
    pub fn of(value: &impl Serialize) -> Answered {
        let body = body_of(value).map_err(|error| Problem::unread(&error))?.into();
        let (status, kind) = (StatusCode::OK, "application/json");
        Ok(Self { status, kind, body, link: None, tag: None })
    }

    /// What was read, with its entity tag.
    pub fn read(value: &impl Serialize) -> Answered {
        Self::of(value)?.tagged()
    }

    /// The same of a page of a list, with where the next page is.
    pub fn page(rows: &impl Serialize, link: Option<HeaderValue>) -> Answered {
        Self { link, ..Self::of(rows)? }.tagged()
    }

    /// The same of rows that are written already.
    pub fn written(rows: &[Vec<u8>], link: Option<HeaderValue>) -> Answered {
        let (status, kind) = (StatusCode::OK, "application/json");
        let body = [b"[", rows.join(&b',').as_slice(), b"]"].concat().into();
        Self { status, kind, body, link, tag: None }.tagged()
    }

    /// What was read, as a text of another kind.
    pub fn text(kind: &'static str, text: String) -> Answered {
        let (status, body) = (StatusCode::OK, text.into());
        Self { status, kind, body, link: None, tag: None }.tagged()
    }

    fn tagged(self) -> Answered {
        let link = self.link.as_ref().map_or(&[] as &[u8], HeaderValue::as_bytes);
        let digest = Sha256::new().chain_update(link).chain_update(&self.body).finalize();
        let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..16]));
        let tag = HeaderValue::try_from(tag).map_err(|error| Problem::unread(&error))?;
        Ok(Self { tag: Some(tag), ..self })
    }

    /// The same with another status.
    pub fn with(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Its entity tag, where it is of what was read.
    pub fn tag(&self) -> Option<&HeaderValue> {
        self.tag.as_ref()
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut answer = Response::new(Body::from(self.body));
        *answer.status_mut() = self.status;
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if let Some(link) = self.link {
            headers.insert(header::LINK, link);
        }
        if let Some(tag) = self.tag {
            headers.insert(header::ETAG, tag);
            // What somebody may see is for no cache that others share, and may change at once.
            let caching = HeaderValue::from_static("private, no-cache");
            headers.insert(header::CACHE_CONTROL, caching);
        }
        answer
    }
}

/// A value as JSON, as all of it is sent: characters that would show as none, or move others, are
/// escaped, because what is sent may be looked at in a terminal.
pub fn body_of(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    render::json(value).map(String::into_bytes)
}

/// The same as a line of several.
pub fn line_of(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = body_of(value)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_would_hide_in_a_terminal_is_escaped_and_means_what_it_meant() {
        let hidden =
            ['\u{80}', '\u{9b}', '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}'];
        let hidden = hidden.into_iter().chain(['\u{2066}', '\u{2069}', '\u{1b}', '\u{e0041}']);
        let value = json!({ "größe": hidden.collect::<String>() });
        let body = body_of(&value).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), value);
        let text = String::from_utf8(body).unwrap();
        assert_eq!(
            text,
            "{\"größe\":\"\\u0080\\u009b\\u061c\\u200e\\u200f\\u202a\\u202e\\u2066\\u2069\\u001b\
             \\udb40\\udc41\"}"
        );
    }
}
