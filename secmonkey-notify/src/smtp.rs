//! Mail through any server.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secmonkey_core::notify::mail::Mail;
use secmonkey_core::notify::receivers::Receivers;
use secmonkey_core::notify::{Error, Message, Notifier};
use secmonkey_core::outside::{keep_out, line};
use serde::Deserialize;

use crate::secret::Secret;
use crate::tls;

/// How long the server may take for each step.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long one mail may take.
const WHOLE: Duration = Duration::from_mins(1);

/// From whom, to whom, through which server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The server.
    pub host: String,
    /// Its port. Where nobody says: 587 for STARTTLS, 465 for TLS, 25 without either.
    pub port: Option<u16>,
    /// How the connection is encrypted: `starttls` if nobody says.
    #[serde(default)]
    pub security: Security,
    /// Who sends, as the server knows them; with a `password`. Without either the server is
    /// not told.
    pub user: Option<String>,
    /// The password of `user`.
    pub password: Option<Secret>,
    /// The sender: `secmonkey <secmonkey@example.org>`.
    pub from: String,
    /// The receivers of what names none itself, as what people subscribed to does: each gets a
    /// mail of their own, and sees no other.
    #[serde(default)]
    pub to: Vec<String>,
    /// A file of certificate authorities to trust beside the system's, in PEM.
    pub ca: Option<PathBuf>,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// It begins in the clear and is encrypted before anything is said; a server that cannot
    /// is told nothing.
    #[default]
    Starttls,
    /// From its beginning.
    Tls,
    /// Not at all: for a server on this machine.
    None,
}

impl Security {
    const fn port(self) -> u16 {
        match self {
            Self::Starttls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// Sends a mail to each receiver.
///
/// `Message-ID` stays the same however often a message is sent. Mail of one account has one
/// `List-Id`, and is shown together, that about one item alone beside what else is about it.
pub struct Smtp {
    name: String,
    settings: Settings,
    from: Mailbox,
    to: Vec<Mailbox>,
    tls: Tls,
    receivers: Receivers,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Smtp {
    /// A channel of this name.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(name: impl Into<String>, settings: Settings) -> Result<Self, String> {
        let from = mailbox(&settings.from).map_err(|why| format!("from: {why}"))?;
        let to = settings.to.iter().map(|to| mailbox(to)).collect::<Result<_, _>>();
        let to = to.map_err(|why| format!("to: {why}"))?;
        if settings.host.is_empty() || settings.host.contains(|c: char| c.is_whitespace()) {
            return Err(format!("host: `{}` is no name of a server", settings.host));
        }
        if settings.user.is_some() != settings.password.is_some() {
            return Err("user and password belong together: give both or neither".to_owned());
        }
        let tls = match settings.security {
            Security::Starttls => Tls::Required(tls(&settings.host, settings.ca.as_deref())?),
            Security::Tls => Tls::Wrapper(tls(&settings.host, settings.ca.as_deref())?),
            Security::None if settings.password.is_some() => {
                return Err("security: a password is not sent in the clear".to_owned());
            }
            Security::None if !is_here(&settings.host) => {
                return Err(format!(
                    "security: without encryption mail goes to a server on this machine \
                     (localhost), not to {}",
                    settings.host
                ));
            }
            Security::None => Tls::None,
        };
        let receivers = Receivers::default();
        Ok(Self { name: name.into(), settings, from, to, tls, receivers })
    }

    async fn server(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, Error> {
        let Settings { host, port, security, user, password, .. } = &self.settings;
        let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port.unwrap_or(security.port()))
            .tls(self.tls.clone())
            .timeout(Some(PATIENCE));
        if let (Some(user), Some(password)) = (user, password) {
            let password = password.read().await?.expose().to_owned();
            // As AUTH sends it: a server may repeat what it was sent in what it refuses.
            for sent in [format!("\0{user}\0{password}"), password.clone()] {
                keep_out(&BASE64_STANDARD.encode(sent));
            }
            server = server.credentials(Credentials::new(user.clone(), password));
        }
        Ok(server.build())
    }

    /// Who gets a message.
    fn who_gets(&self, message: &Message) -> Result<Vec<Mailbox>, Error> {
        match &message.to {
            Some(to) => Ok(vec![mailbox(to).map_err(|why| Error::Refused(line(&why)))?]),
            None if self.to.is_empty() => Err(Error::Refused(
                "nobody gets this mail: name receivers as `to`, or in what is subscribed to"
                    .to_owned(),
            )),
            None => Ok(self.to.clone()),
        }
    }
}

#[async_trait]
impl Notifier for Smtp {
    fn name(&self) -> &str {
        &self.name
    }

    async fn check(&self) -> Result<(), Error> {
        let tried = tokio::time::timeout(WHOLE, self.server().await?.test_connection()).await;
        match tried.map_err(|_| Error::Late(WHOLE))? {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::Unavailable("the server has no time for us".to_owned())),
            Err(error) => Err(failed(&error, &self.settings.host)),
        }
    }

    async fn notify(&self, message: &Message) -> Result<(), Error> {
        let mail = Mail::of(message).map_err(|error| Error::Refused(error.to_string()))?;
        let receivers = self.who_gets(message)?;
        let server = self.server().await?;
        let (server, mail) = (&server, &mail);
        let send = |to: &'_ Mailbox| {
            let composed = compose(mail, &self.from, to, SystemTime::now());
            let address = to.email.clone();
            async move {
                let composed =
                    composed.map_err(|error| Error::Refused(line(&error.to_string())))?;
                let sent = tokio::time::timeout(WHOLE, server.send(composed)).await;
                let sent = sent.map_err(|_| Error::Late(WHOLE))?;
                sent.map(drop).map_err(|error| failed(&error, &address))
            }
        };
        self.receivers.each(message, &receivers, |to| to.email.as_ref(), send).await
    }
}

/// Whether a name means this machine.
fn is_here(host: &str) -> bool {
    let number = host.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || number.is_ok_and(|number| number.is_loopback())
}

fn mailbox(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|error| format!("`{text}` is no mail address: {error}"))
}

fn tls(host: &str, ca: Option<&Path>) -> Result<TlsParameters, String> {
    let mut tls = TlsParameters::builder(host.to_owned());
    if let Some(path) = ca {
        // Read once to say what is wrong with it in our words.
        tls::authorities(path)?;
        let pem = fs::read(path).map_err(|error| format!("ca {}: {error}", path.display()))?;
        let ca = Certificate::from_pem(&pem);
        tls = tls.add_root_certificate(ca.map_err(|error| format!("ca: {error}"))?);
    }
    tls.build().map_err(|error| format!("TLS: {error}"))
}

fn failed(error: &lettre::transport::smtp::Error, about: impl std::fmt::Display) -> Error {
    let said = line(&format!("{about}: {error}"));
    if error.is_permanent() || error.is_client() {
        Error::Refused(said)
    } else {
        Error::Unavailable(said)
    }
}

/// One mail to one receiver.
fn compose(
    mail: &Mail,
    from: &Mailbox,
    to: &Mailbox,
    at: SystemTime,
) -> Result<lettre::Message, lettre::error::Error> {
    let domain = from.email.domain();
    // Names of mail are of plain letters.
    let domain = if domain.is_ascii() { domain } else { "secmonkey.invalid" };
    let references: Vec<_> =
        mail.references(domain).iter().map(|thread| format!("<{thread}>")).collect();
    let parts = MultiPart::alternative().boundary(format!("={}=", mail.message_id("secmonkey")));
    lettre::Message::builder()
        .from(from.clone())
        .to(to.clone())
        .date(at)
        .subject(&mail.subject)
        .message_id(Some(format!("<{}>", mail.message_id(domain))))
        .references(references.join(" "))
        .header(ListId(format!("<{}>", mail.list_id(domain))))
        .header(AutoSubmitted)
        .multipart(
            parts
                .singlepart(SinglePart::plain(mail.text.clone()))
                .singlepart(SinglePart::html(mail.html.clone())),
        )
}

/// Which list a mail is of (RFC 2919).
#[derive(Debug, Clone)]
struct ListId(String);

impl Header for ListId {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Id")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

/// That no person wrote it (RFC 3834): nobody's answering machine answers.
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
