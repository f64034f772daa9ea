//! HTTP as all channels speak it: to the internet only unless told otherwise, no redirects,
//! no answer read without end.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use secmonkey_core::notify::Error;
use secmonkey_core::outside::{keep_out, line};
use serde_json::Value;

use crate::address::special;
use crate::secret::Secret;
use crate::tls;

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may take to connect.
const CONNECT: Duration = Duration::from_secs(10);
/// So much of an answer is read.
const ANSWER: usize = 64 * 1024;

/// A client that reaches what its channel may reach.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    encrypted: Client,
    /// Where private addresses are allowed. They, and only they, are reached without TLS, too.
    plain: Option<Client>,
}

/// Which addresses a client may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Those of the internet.
    Public,
    /// Those that are none of the internet.
    Private,
    /// All.
    All,
}

impl Reach {
    /// Why an address is not reached; `None` where it is.
    fn refuses(self, address: IpAddr) -> Option<String> {
        match (self, special(address)) {
            (Self::Public, Some(what)) => Some(format!(
                "{address}, which is {what}: set allow_private = true where that is meant"
            )),
            (Self::Private, None) => {
                Some(format!("{address} in the internet, which is told nothing without TLS"))
            }
            _ => None,
        }
    }
}

/// The names that a client may reach.
struct Guard(Reach);

/// A name that leads to nowhere that may be reached.
#[derive(Debug, thiserror::Error)]
#[error("{name} is {why}")]
struct OutOfReach {
    name: String,
    why: String,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let name = name.as_str();
            let mut why = None;
            let mut reached: Vec<SocketAddr> = Vec::new();
            for address in tokio::net::lookup_host((name, 0)).await? {
                match reach.refuses(address.ip()) {
                    Some(refused) => why = Some(refused),
                    None => reached.push(address),
                }
            }
            match why {
                Some(why) if reached.is_empty() => {
                    Err(OutOfReach { name: name.to_owned(), why }.into())
                }
                _ => Ok(Box::new(reached.into_iter()) as Addrs),
            }
        })
    }
}

impl Http {
    /// A client that also trusts the authorities in a file.
    pub fn new(allow_private: bool, ca: Option<&Path>) -> Result<Self, String> {
        let tls = tls::client(ca)?;
        let client = |reach| {
            Client::builder()
                .tls_backend_preconfigured(tls.as_ref().clone())
                .dns_resolver(Arc::new(Guard(reach)))
                // A redirect leads where nobody has said that messages may go.
                .redirect(Policy::none())
                // A proxy would resolve names itself.
                .no_proxy()
                .referer(false)
                .connect_timeout(CONNECT)
                .timeout(PATIENCE)
                // One message in a while: a connection is not worth keeping.
                .pool_max_idle_per_host(0)
                .user_agent(concat!("secmonkey/", env!("CARGO_PKG_VERSION")))
                .build()
                .map_err(|error| format!("HTTP: {error}"))
        };
        Ok(if allow_private {
            Self { encrypted: client(Reach::All)?, plain: Some(client(Reach::Private)?) }
        } else {
            Self { encrypted: client(Reach::Public)?, plain: None }
        })
    }

    /// What is wrong with an address that is no secret.
    pub fn check(&self, url: &str) -> Result<(), String> {
        let url = self.place(url)?.1;
        if url.username().is_empty() && url.password().is_none() {
            Ok(())
        } else {
            Err("an address holds no credentials: they are secrets of their own".to_owned())
        }
    }

    /// Where an address leads, and with which client.
    fn place(&self, url: &str) -> Result<(&Client, Url), String> {
        // What is no address may be a secret: it is not repeated.
        let url = Url::parse(url).map_err(|error| format!("that is no address: {error}"))?;
        let (client, reach) = match (url.scheme(), &self.plain) {
            ("https", None) => (&self.encrypted, Reach::Public),
            ("https", Some(_)) => (&self.encrypted, Reach::All),
            ("http", Some(plain)) => (plain, Reach::Private),
            ("http", None) => {
                return Err(
                    "http:// is not encrypted: write https://, or allow_private = true for \
                            an address of your own network"
                        .to_owned(),
                );
            }
            _ => return Err("that is no https:// address".to_owned()),
        };
        // Numbers are not resolved, so nobody else looks at them.
        let number = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse().ok());
        if let Some(why) = number.and_then(|number| reach.refuses(number)) {
            return Err(format!("the address is {why}"));
        }
        Ok((client, url))
    }

    /// A request, to be sent by [`send`].
    pub fn request(&self, method: Method, url: &str) -> Result<RequestBuilder, Error> {
        let (client, url) = self.place(url).map_err(Error::Refused)?;
        Ok(client.request(method, url))
    }

    /// Posts a message to an address that is a secret of its own, as a link to a chat is.
    pub async fn tell(&self, url: &Secret, body: &Value) -> Result<(), Error> {
        let url = url.read().await?;
        keep_out_url(url.expose());
        send(self.post(url.expose())?.json(body)).await?.accepted().map(drop)
    }

    /// Whether an address that is a secret is there, and may be reached. Asks nobody.
    pub async fn reaches(&self, url: &Secret) -> Result<(), Error> {
        self.place(url.read().await?.expose()).map(drop).map_err(Error::Refused)
    }

    /// A POST, to be sent by [`send`].
    pub fn post(&self, url: &str) -> Result<RequestBuilder, Error> {
        self.request(Method::POST, url)
    }
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    retry_after: Option<String>,
    /// The start of it.
    pub body: String,
}

/// Sends a request, and reads the start of what is answered.
pub(crate) async fn send(request: RequestBuilder) -> Result<Answer, Error> {
    let mut response = request.send().await.map_err(failed)?;
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(line);
    let mut body = Vec::new();
    while body.len() < ANSWER {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = ANSWER - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            Ok(None) => break,
            // It was received: what is said of it beyond that counts less.
            Err(_) if status.is_success() => break,
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(Answer { status, retry_after, body: String::from_utf8_lossy(&body).into_owned() })
}

impl Answer {
    /// What it means for the message.
    pub fn accepted(self) -> Result<String, Error> {
        if self.status.is_success() {
            return Ok(self.body);
        }
        let status = self.status;
        let mut said = format!("HTTP {status}");
        if let Some(after) = &self.retry_after {
            said.extend([", try again after ", after]);
        }
        if status.is_redirection() {
            said.push_str(": it leads elsewhere; write the address that it leads to");
        } else if !self.body.trim().is_empty() {
            said.extend([": ", &line(&self.body)]);
        }
        Err(if is_passing(status) { Error::Unavailable(said) } else { Error::Refused(said) })
    }
}

/// Whether the same request may be answered otherwise later.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
        )
}

/// Why there was no answer. Addresses are left out: they may be secrets.
fn failed(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let is_late = error.is_timeout();
    let mut cause: &dyn std::error::Error = &error;
    loop {
        if cause.is::<OutOfReach>() {
            return Error::Refused(line(&cause.to_string()));
        }
        match cause.source() {
            Some(source) => cause = source,
            None => break,
        }
    }
    let late = if is_late { "no answer in time: " } else { "" };
    Error::Unavailable(line(&format!("{late}{cause}")))
}

/// Keeps an address out of everything that is said: all of it, and what of it is secret when
/// others repeat only that.
pub(crate) fn keep_out_url(url: &str) {
    keep_out(url);
    let Ok(url) = Url::parse(url) else { return };
    let words = url.path_segments().into_iter().flatten().map(Cow::Borrowed);
    let values = url.query_pairs().map(|(_, value)| value);
    // Words of an interface are no secrets, and stand in many places.
    for word in words.chain(values).filter(|word| word.len() >= 16) {
        keep_out(&word);
    }
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (user, password) = (decoded(url.username()), url.password().map(decoded));
    if password.is_some() || !user.is_empty() {
        keep_out_basic(&user, password.as_deref().unwrap_or_default());
        // Where there is no other, the name is the secret.
        keep_out(&password.unwrap_or(user));
    }
}

/// A name and a password as `Authorization: Basic` has them, kept out of everything that is said:
/// a server may repeat what it was sent.
pub(crate) fn keep_out_basic(user: &str, password: &str) -> String {
    let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
    keep_out(&pair);
    pair
}
