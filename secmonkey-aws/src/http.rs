//! The one HTTP client under all SDK clients: it refuses truncated answers.
//!
//! The SDK's XML decoders read a body that was cut as a shorter list, and a shorter list
//! reads as "the rest was deleted". So every answer is read whole and looked at before a
//! decoder sees it: XML has to be closed by its last tag, JSON has to end, the length has
//! to be the announced one. Anything else is an I/O error, which the SDK retries.
//!
//! Credentials are fetched without this client: what the instance metadata service
//! answers is plain text, and a credential that was cut is refused by the next call.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use crate::breaker::{Admission, Breaker, Failure, Refused};
use crate::cause;
use crate::clock::Heard;
use crate::lane::Lane;

pub(crate) mod code;

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
            // A lost packet is sent again after one, three and seven seconds.
            connect: Duration::from_secs(10),
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
    addresses: Arc<Addresses>,
    heard: Arc<Heard>,
    /// Answers that throttled.
    throttled: Arc<AtomicU64>,
    /// Held by who has a large answer.
    large: Arc<Semaphore>,
    lane: Option<Arc<Lane>>,
}

impl Client {
    /// A client over HTTPS that honours the proxy variables of the environment.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        // The first byte is waited for here, together with all others.
        let settings = HttpConnectorSettings::builder().connect_timeout(limits.connect).build();
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
        let inner = SharedHttpConnector::new(inner);
        Self {
            inner,
            limits,
            addresses: Arc::default(),
            heard: Arc::default(),
            throttled: Arc::default(),
            large: Arc::new(Semaphore::new(1)),
            lane: None,
        }
    }

    /// What time the answers told.
    pub(crate) fn heard(&self) -> &Heard {
        &self.heard
    }

    /// How many answers throttled.
    pub(crate) fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    /// The same client, the same connections; every attempt goes by `lane`. What it waits
    /// there is no part of the attempt's time.
    #[must_use]
    pub fn by(&self, lane: Arc<Lane>) -> Self {
        Self { lane: Some(lane), ..self.clone() }
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
        HttpConnectorFuture::new(async move { client.send(request).await })
    }
}

/// Why there is no answer to hand on.
struct Failed {
    error: ConnectorError,
    /// Whether there was an answer at all.
    reached: bool,
}

impl Client {
    /// Sends a request when it is its turn, and learns from what comes of it.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let address = address(request.uri());
        let (lane, endpoint) = self.admit(&address).await.map_err(unretried)?;
        let attempt = timeout(self.limits.attempt, self.attempt(&address, request)).await;
        let outcome = attempt.unwrap_or_else(|_| {
            let broken = Box::new(Broken::Slow(self.limits.attempt));
            Err(Failed { error: ConnectorError::timeout(broken), reached: true })
        });
        let now = Instant::now().into_std();
        match outcome {
            Ok(response) => {
                self.addresses.answered(&address);
                self.heard.answer(response.headers().get("date"), now);
                if let (Some(shared), Some(admission)) = (&self.lane, lane)
                    && learn(shared, admission, &response, now) == Some(Failure::Throttled)
                {
                    self.throttled.fetch_add(1, Ordering::Relaxed);
                }
                Ok(response)
            }
            Err(Failed { error, reached }) => {
                let why = || reason(&error);
                if let Some(admission) = lane {
                    let failure = if reached { Failure::Garbled } else { Failure::Unreachable };
                    admission.failed(now, failure, why);
                }
                if reached {
                    self.addresses.answered(&address);
                    return Err(error);
                }
                self.heard.failure(&why());
                let endpoint = endpoint.map_or_else(|| self.addresses.watch(&address, now), Ok);
                let Ok(endpoint) = endpoint else { return Err(unretried(error)) };
                let breaker = endpoint.breaker();
                if endpoint.failed(now, Failure::Unreachable, why) {
                    // Scans go on elsewhere for minutes before they say what failed.
                    tracing::warn!("{}", why());
                }
                // To ask for an address again is for the next call to do.
                Err(if breaker.is_open() { unretried(error) } else { error })
            }
        }
    }

    /// Waits for the budget; says no where others have found that nobody answers.
    async fn admit(
        &self,
        address: &str,
    ) -> Result<(Option<Admission>, Option<Admission>), Refused> {
        let endpoint = self.addresses.failing(address);
        if let Some(lane) = &self.lane {
            // Who is refused waits for nothing and spends nothing.
            let now = Instant::now().into_std();
            let mut asked = endpoint.iter().chain([&lane.breaker]);
            if let Some(refused) = asked.find_map(|breaker| breaker.refuses(now)) {
                return Err(refused);
            }
            let wait = lane.budget.reserve(now);
            if !wait.is_zero() {
                lane.waits(wait, now);
                sleep(wait).await;
            }
        }
        let now = Instant::now().into_std();
        let lane = self.lane.as_ref().map(|lane| lane.breaker.admit(now)).transpose()?;
        let endpoint = self.addresses.failing(address);
        let endpoint = endpoint.map(|breaker| breaker.admit(now)).transpose()?;
        Ok((lane, endpoint))
    }

    async fn attempt(&self, address: &str, request: HttpRequest) -> Result<HttpResponse, Failed> {
        let method = request.method().to_owned();
        let unreached = |error| Failed { error, reached: false };
        let head = timeout(self.limits.idle, self.inner.call(request)).await.map_err(|_| {
            let broken = Broken::Silent { address: address.to_owned(), limit: self.limits.idle };
            unreached(ConnectorError::timeout(Box::new(broken)))
        })?;
        let mut response = head.map_err(|error| unreached(named(address, &error)))?;

        let garbled = |error| Failed { error, reached: true };
        let body = response.take_body();
        let announced = response.headers().get("content-length");
        let body = self.read(body).await.map_err(garbled)?;
        check(&method, response.status().as_u16(), announced, is_html(&response), &body)
            .map_err(|broken| garbled(ConnectorError::io(Box::new(broken))))?;
        *response.body_mut() = SdkBody::from(body);
        Ok(response)
    }

    /// Reads a body to its end, within bounds of size and patience. Of large ones there is
    /// one at a time, until its decoder is done with it.
    async fn read(&self, mut body: SdkBody) -> Result<Bytes, ConnectorError> {
        let mut read = BytesMut::new();
        let mut alone = None;
        loop {
            let frame = timeout(self.limits.idle, body.frame()).await.map_err(|_| {
                ConnectorError::timeout(Box::new(Broken::Stalled(self.limits.idle)))
            })?;
            match frame {
                None => {
                    let body = read.freeze();
                    return Ok(match alone {
                        Some(alone) => Bytes::from_owner(Large { body, _alone: alone }),
                        None => body,
                    });
                }
                Some(Err(error)) => return Err(ConnectorError::io(error)),
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        if read.len() + data.len() > self.limits.body {
                            let broken = Broken::Huge(self.limits.body);
                            return Err(ConnectorError::other(Box::new(broken), None));
                        }
                        if alone.is_none() && read.len() + data.len() > LARGE {
                            let large = Arc::clone(&self.large).acquire_owned().await;
                            alone = Some(large.map_err(unretried)?);
                        }
                        read.extend_from_slice(data);
                    }
                }
            }
        }
    }
}

/// An answer that is larger than this, in bytes, is decoded while no other such is.
const LARGE: usize = 4 << 20;

/// A large answer.
struct Large {
    body: Bytes,
    _alone: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Large {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// Takes what an answer says about the service; how it failed, where it did.
fn learn(
    lane: &Lane,
    admission: Admission,
    response: &HttpResponse,
    now: std::time::Instant,
) -> Option<Failure> {
    let status = response.status().as_u16();
    let body = response.body().bytes().unwrap_or_default();
    let failure = if code::throttled(status, response.headers(), body) {
        lane.budget.throttled(now);
        Failure::Throttled
    } else if is_failing(status) {
        Failure::Failed
    } else {
        admission.succeeded();
        return None;
    };
    admission.failed(now, failure, || said(response));
    Some(failure)
}

/// What an error answer says, in two words.
pub(crate) fn said(response: &HttpResponse) -> String {
    let status = response.status().as_u16();
    match code::of(response.headers(), response.body().bytes().unwrap_or_default()) {
        Some(code) => format!("{status} {code}"),
        None => format!("status {status}"),
    }
}

/// Whether a status says that the service fails, and may not for ever.
pub(crate) fn is_failing(status: u16) -> bool {
    status >= 500 && !matches!(status, 501 | 505)
}

/// The addresses that do not answer. Accounts, regions and services share them.
#[derive(Debug, Default)]
struct Addresses(Mutex<HashMap<String, Arc<Breaker>>>);

impl Addresses {
    /// The breaker of an address that did not answer last.
    fn failing(&self, address: &str) -> Option<Arc<Breaker>> {
        self.lock().get(address).cloned()
    }

    /// Begins to count the failures of an address.
    fn watch(&self, address: &str, now: std::time::Instant) -> Result<Admission, Refused> {
        let breaker = Arc::clone(self.lock().entry(address.to_owned()).or_default());
        breaker.admit(now)
    }

    fn answered(&self, address: &str) {
        self.lock().remove(address);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Breaker>>> {
        // Whole after every step: a panic elsewhere does not harm it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Host and port of a URI, as people name an endpoint, and without the password that an
/// endpoint of one's own may have.
fn address(uri: &str) -> String {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority).to_owned()
}

/// An error of the connection with the address it is about.
fn named(address: &str, error: &ConnectorError) -> ConnectorError {
    let (io, late) = (error.is_io(), error.is_timeout());
    let kind = error.as_other();
    // The outermost error says only of which kind it is.
    let reason = std::error::Error::source(error).map_or_else(|| error.to_string(), cause::chain);
    let broken = Box::new(Broken::Unreachable { address: address.to_owned(), reason });
    if late {
        ConnectorError::timeout(broken)
    } else if io {
        ConnectorError::io(broken)
    } else {
        ConnectorError::other(broken, kind)
    }
}

/// An error in one line.
pub(crate) fn reason(error: &ConnectorError) -> String {
    match cause::find::<Broken>(error) {
        Some(broken) => broken.to_string(),
        None => cause::chain(error),
    }
}

/// An error that the SDK takes as it is.
fn unretried(error: impl Into<aws_smithy_runtime_api::box_error::BoxError>) -> ConnectorError {
    ConnectorError::other(error.into(), None)
}

/// Why there is no answer, or none to be read.
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
    /// There is no connection to this address.
    Unreachable {
        /// Host and port.
        address: String,
        /// What the network says.
        reason: String,
    },
    /// This address answers nothing.
    Silent {
        /// Host and port.
        address: String,
        /// For how long.
        limit: Duration,
    },
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
            Self::Unreachable { address, reason } => {
                write!(f, "cannot reach {address}: {reason}")
            }
            Self::Silent { address, limit } => {
                write!(f, "no answer from {address} within {} s", limit.as_secs())
            }
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
