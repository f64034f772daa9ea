//! Messages as JSON to any program that listens, signed as Standard Webhooks.

use std::collections::BTreeMap;
use std::path::PathBuf;

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use secmonkey_core::notify::{Error, Message, Notifier, payload};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

use crate::http::{self, Http};
use crate::secret::{self, Secret, Text};

/// How the secrets of Standard Webhooks begin.
const SECRET: &str = "whsec_";

/// Where messages go, and how the receiver knows that they are ours.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address, `https://`. May be a secret.
    pub url: Text,
    /// What messages are signed with, as `whsec_` and base64, or as any text. Without it they
    /// are not signed.
    pub secret: Option<Secret>,
    /// More headers, by name. What authorises has to be a secret.
    #[serde(default)]
    pub headers: BTreeMap<String, Text>,
    /// Whether it may be an address of one's own network, `http://` included.
    #[serde(default)]
    pub allow_private: bool,
    /// A file of certificate authorities to trust beside the system's, in PEM.
    pub ca: Option<PathBuf>,
}

/// Sends messages as JSON.
///
/// The body is `{"type": "secmonkey.changes", "timestamp", "data"}`, where `data` is the
/// message. `webhook-id` stays the same however often a message is sent.
#[derive(Debug)]
pub struct Webhook {
    name: String,
    settings: Settings,
    http: Http,
}

/// Parts of names of headers whose values are secrets.
const SECRETS: [&str; 7] = ["auth", "cookie", "credential", "key", "password", "secret", "token"];

impl Webhook {
    /// A channel of this name.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(name: impl Into<String>, settings: Settings) -> Result<Self, String> {
        let http = Http::new(settings.allow_private, settings.ca.as_deref())?;
        if let Some(url) = settings.url.plain() {
            http.check(url).map_err(|why| format!("url: {why}"))?;
        }
        for (name, value) in &settings.headers {
            let lower = name.to_ascii_lowercase();
            if HeaderName::try_from(name).is_err() {
                return Err(format!("headers: `{name}` is no name of a header"));
            }
            if lower.starts_with("webhook-")
                || ["content-length", "content-type", "host"].contains(&lower.as_str())
            {
                return Err(format!("headers: `{name}` is set by each message"));
            }
            let Some(value) = value.plain() else { continue };
            if SECRETS.iter().any(|part| lower.contains(part)) {
                return Err(format!(
                    "headers.{name} is a secret: write {{ env = \"NAME\" }}, {{ file = \"/PATH\" }} \
                     or {{ command = [...] }}"
                ));
            }
            if HeaderValue::from_str(value).is_err() {
                return Err(format!("headers.{name} holds what no header can"));
            }
        }
        Ok(Self { name: name.into(), settings, http })
    }
}

#[async_trait]
impl Notifier for Webhook {
    fn name(&self) -> &str {
        &self.name
    }

    async fn check(&self) -> Result<(), Error> {
        let url = self.settings.url.read().await?;
        if self.settings.url.plain().is_none() {
            http::keep_out_url(&url);
        }
        self.http.post(&url).map(drop)?;
        if let Some(secret) = &self.settings.secret {
            secret.read().await?;
        }
        secret::read_all(&self.settings.headers).await.map(drop)
    }

    async fn notify(&self, message: &Message) -> Result<(), Error> {
        let url = self.settings.url.read().await?;
        if self.settings.url.plain().is_none() {
            http::keep_out_url(&url);
        }
        let body = payload::line(&body(message));
        let (id, at) = (id(message), Timestamp::now().as_second());
        let mut request = self.http.post(&url)?.header(CONTENT_TYPE, "application/json");
        for (name, value) in secret::read_all(&self.settings.headers).await? {
            let invalid = |_| Error::Refused(format!("headers.{name} holds what no header can"));
            let mut value = HeaderValue::from_str(&value).map_err(invalid)?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        request = request.header("webhook-id", &id).header("webhook-timestamp", at);
        if let Some(secret) = &self.settings.secret {
            let secret = secret.read().await?;
            let signature = sign(secret.expose(), &id, at, &body)?;
            request = request.header("webhook-signature", signature);
        }
        http::send(request.body(body)).await?.accepted().map(drop)
    }
}

fn body(message: &Message) -> serde_json::Value {
    let kind = json!(message.kind);
    json!({
        "type": format!("secmonkey.{}", kind.as_str().unwrap_or("message")),
        "timestamp": message.started_at,
        "data": payload::json(message, payload::LONGEST),
    })
}

/// What names the message, as a header can hold it.
fn id(message: &Message) -> String {
    let plain = |c: char| if c.is_ascii_graphic() { c } else { '_' };
    message.id.chars().map(plain).collect()
}

/// The signature of a body, as `webhook-signature` holds it.
fn sign(secret: &str, id: &str, at: i64, body: &str) -> Result<String, Error> {
    let key = match secret.strip_prefix(SECRET) {
        Some(encoded) => BASE64_STANDARD.decode(encoded).map_err(|_| {
            Error::Refused(format!("the secret begins with {SECRET} and is no base64 behind it"))
        })?,
        None => secret.as_bytes().to_vec(),
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&key)
        .map_err(|error| Error::Refused(format!("the secret is no key: {error}")))?;
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    Ok(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standard() {
        // The example of the specification, and of its libraries.
        let signed = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(sign("whsec_%%%%", "a", 1, "").is_err());
        assert!(sign("any text", "a", 1, "").is_ok());
    }
}
