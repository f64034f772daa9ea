//! The one HTTP client under all SDK clients: it refuses truncated answers.
//!
//! The SDK's XML decoders read a body that was cut as a shorter list, and a shorter list
//! reads as "the rest was deleted". So every answer is read whole and looked at before a
//! decoder sees it: XML has to be closed by its last tag, JSON has to end, the length has
//! to be the announced one. Anything else is an I/O error, which the SDK retries.
//!
//! Credentials are fetched without this client: what the instance metadata service
//! answers is plain text, and a credential that was cut is refused by the next call.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use quick_xml::events::Event;
use serde::de::IgnoredAny;
use tokio::time::{Instant, sleep, timeout};

use crate::budget::Budget;

/// What an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The time to establish a connection.
    pub connect: Duration,
    /// The time without a byte, before the first and between any two.
    pub idle: Duration,
    /// The time for one attempt, from sending to the last byte.
    pub attempt: Duration,
    /// The size of a body, in bytes.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            // GetAccountAuthorizationDetails may think for a while.
            idle: Duration::from_secs(30),
            attempt: Duration::from_secs(90),
            body: 64 * 1024 * 1024,
        }
    }
}

/// An HTTP client whose answers are whole.
#[derive(Debug, Clone)]
pub struct Client {
    inner: SharedHttpConnector,
    limits: Limits,
    budget: Option<Arc<Budget>>,
}

impl Client {
    /// A client over HTTPS that honours the proxy variables of the environment.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(limits.connect)
            .read_timeout(limits.idle)
            .build();
        let connector = Connector::builder()
            .connector_settings(settings)
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
            .build();
        Self::over(connector, limits)
    }

    /// A client over another way to send requests.
    #[must_use]
    pub fn over(inner: impl HttpConnector + 'static, limits: Limits) -> Self {
        Self { inner: SharedHttpConnector::new(inner), limits, budget: None }
    }

    /// The same client, the same connections; every attempt waits for its place in
    /// `budget`. The wait is no part of the attempt's time.
    #[must_use]
    pub fn within(&self, budget: Arc<Budget>) -> Self {
        Self { budget: Some(budget), ..self.clone() }
    }
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Client {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.clone();
        HttpConnectorFuture::new(async move {
            if let Some(budget) = &client.budget {
                let wait = budget.reserve(Instant::now().into_std());
                if !wait.is_zero() {
                    sleep(wait).await;
                }
            }
            let attempt = timeout(client.limits.attempt, client.attempt(request)).await;
            attempt.map_err(|_| {
                ConnectorError::timeout(Box::new(Broken::Slow(client.limits.attempt)))
            })?
        })
    }
}

impl Client {
    async fn attempt(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let method = request.method().to_owned();
        let mut response = self.inner.call(request).await?;
        let body = self.read(response.take_body()).await?;
        let announced = response.headers().get("content-length");
        check(&method, response.status().as_u16(), announced, is_html(&response), &body)
            .map_err(|broken| ConnectorError::io(Box::new(broken)))?;
        if let Some(budget) = &self.budget
            && throttled(response.status().as_u16(), &body)
        {
            budget.throttled(Instant::now().into_std());
        }
        *response.body_mut() = SdkBody::from(body);
        Ok(response)
    }

    /// Reads a body to its end, within bounds of size and patience.
    async fn read(&self, mut body: SdkBody) -> Result<Bytes, ConnectorError> {
        let mut read = BytesMut::new();
        loop {
            let frame = timeout(self.limits.idle, body.frame()).await.map_err(|_| {
                ConnectorError::timeout(Box::new(Broken::Stalled(self.limits.idle)))
            })?;
            match frame {
                None => return Ok(read.freeze()),
                Some(Err(error)) => return Err(ConnectorError::io(error)),
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        if read.len() + data.len() > self.limits.body {
                            let broken = Broken::Huge(self.limits.body);
                            return Err(ConnectorError::other(Box::new(broken), None));
                        }
                        read.extend_from_slice(data);
                    }
                }
            }
        }
    }
}

/// Why an answer was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// It is not as long as announced.
    Length {
        /// The announced length.
        announced: String,
        /// The length in bytes.
        read: usize,
    },
    /// It has no body where one is due.
    Empty,
    /// It is XML that does not end with its first element.
    Xml(String),
    /// It is JSON that does not end.
    Json(String),
    /// It is neither XML nor JSON.
    Foreign,
    /// It is larger than this many bytes.
    Huge(usize),
    /// No byte came for this long.
    Stalled(Duration),
    /// It was not complete after this long.
    Slow(Duration),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { announced, read } => {
                write!(f, "the answer was cut: {read} bytes instead of {announced}")
            }
            Self::Empty => f.write_str("the answer is empty"),
            Self::Xml(reason) => write!(f, "the answer is no complete XML: {reason}"),
            Self::Json(reason) => write!(f, "the answer is no complete JSON: {reason}"),
            Self::Foreign => f.write_str("the answer is neither XML nor JSON"),
            Self::Huge(limit) => write!(f, "the answer is larger than {limit} bytes"),
            Self::Stalled(limit) => write!(f, "the answer stopped for {} s", limit.as_secs()),
            Self::Slow(limit) => write!(f, "no complete answer within {} s", limit.as_secs()),
        }
    }
}

impl std::error::Error for Broken {}

/// Whether an answer is whole.
fn check(
    method: &str,
    status: u16,
    announced: Option<&str>,
    html: bool,
    body: &[u8],
) -> Result<(), Broken> {
    // The length of a HEAD answer is that of the body it does not have.
    if method == "HEAD" {
        return Ok(());
    }
    if let Some(announced) = announced
        && announced.trim().parse() != Ok(body.len())
    {
        return Err(Broken::Length { announced: announced.to_owned(), read: body.len() });
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
    let success = (200..300).contains(&status);
    match body.first() {
        // S3 answers changes without a body. Everything we read has one, even where there
        // is nothing to say: an empty element.
        None if status == 204 || success && matches!(method, "PUT" | "DELETE") => Ok(()),
        None => Err(Broken::Empty),
        // An error page of something in between: it holds no answer to be misread, and its
        // status tells more than a complaint about its form.
        Some(_) if html && !success => Ok(()),
        Some(b'<') => xml(body),
        Some(b'{' | b'[') => serde_json::from_slice::<IgnoredAny>(body)
            .map(|_| ())
            .map_err(|error| Broken::Json(error.to_string())),
        Some(_) if success => Err(Broken::Foreign),
        Some(_) => Ok(()),
    }
}

/// Whether a body is one element, closed by its own tag, and nothing after it.
fn xml(body: &[u8]) -> Result<(), Broken> {
    let broken = |reason: &str| Err(Broken::Xml(reason.to_owned()));
    let Ok(text) = std::str::from_utf8(body) else { return broken("it is not UTF-8") };
    let mut reader = quick_xml::Reader::from_str(text);
    let mut depth = 0_usize;
    let mut closed = false;
    loop {
        let event = reader.read_event().map_err(|error| Broken::Xml(error.to_string()))?;
        match event {
            Event::Start(_) | Event::Empty(_) if closed => return broken("a second element"),
            Event::Start(_) => depth += 1,
            Event::Empty(_) => closed = depth == 0,
            // The reader has compared the names: it fails on an end without a start.
            Event::End(_) => {
                depth -= 1;
                closed = depth == 0;
            }
            Event::Text(text) if depth == 0 && !text.as_ref().trim_ascii().is_empty() => {
                return broken("text outside of the element");
            }
            Event::CData(_) | Event::GeneralRef(_) if depth == 0 => {
                return broken("text outside of the element");
            }
            Event::Eof if closed => return Ok(()),
            Event::Eof => return broken("it is not closed"),
            _ => {}
        }
    }
}

fn is_html(response: &HttpResponse) -> bool {
    response
        .headers()
        .get("content-type")
        .is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

/// Whether the service says that it is asked too fast.
pub(crate) fn throttled(status: u16, body: &[u8]) -> bool {
    status == 429 || status >= 400 && error_code(body).is_some_and(is_throttling)
}

/// Whether an error code means that the service is asked too fast.
pub(crate) fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequests"
            | "TooManyRequestsException"
            | "SlowDown"
            | "BandwidthLimitExceeded"
            | "PriorRequestNotComplete"
            | "EC2ThrottledException"
    )
}

/// The error code of an XML answer.
fn error_code(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("<Code>")?;
    Some(rest.split_once("</Code>")?.0.trim())
}
