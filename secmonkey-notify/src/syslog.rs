//! Syslog (RFC 5424), over UDP (RFC 5426), TCP (RFC 6587, counted) and TLS (RFC 5425).

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use secmonkey_core::nearest;
use secmonkey_core::notify::{Error, Message, MessageKind, Notifier, text};
use secmonkey_core::outside::line;
use secmonkey_core::render::visible;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio_rustls::TlsConnector;

use crate::tls;
use crate::told::{self, change_line, change_members};

/// How long one message may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the server may take to say that it read to the end. Most say nothing.
const GOODBYE: Duration = Duration::from_secs(1);
/// The longest record over UDP, in bytes: every receiver takes so much.
const DATAGRAM: usize = 2048;
/// The longest record over TCP and TLS.
const RECORD: usize = 8192;
/// A value of structured data has so many bytes at most; fewer where all of them would take more
/// than half of a record.
const VALUES: [usize; 3] = [512, 256, 128];
/// So few in any case, with which they never do.
const SHORTEST: usize = 64;
/// Whose members of structured data they are: the number that is nobody's (RFC 5612).
const STRUCTURE: &str = "secmonkey@32473";

/// Which server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The server.
    pub host: String,
    /// Its port. Where nobody says: 6514 for TLS, else 514.
    pub port: Option<u16>,
    /// How records get there: `tls` if nobody says. Only `tls` is encrypted, and `udp` loses
    /// records and nobody knows.
    #[serde(default)]
    pub transport: Transport,
    /// The facility: `local0` if nobody says.
    #[serde(default)]
    pub facility: Facility,
    /// What records call this machine; its own name if nobody says.
    pub hostname: Option<String>,
    /// A file of certificate authorities to trust beside the system's, in PEM.
    pub ca: Option<PathBuf>,
}

/// How records get to the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// A datagram each.
    Udp,
    /// A connection for each message.
    Tcp,
    /// The same, encrypted.
    #[default]
    Tls,
}

/// The names of facilities, in the order of their numbers.
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7",
];

/// What a record belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Facility(u8);

impl Default for Facility {
    fn default() -> Self {
        Self(16)
    }
}

impl TryFrom<String> for Facility {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let number = (0..).zip(FACILITIES).find(|(_, known)| *known == name);
        number
            .map(|(number, _)| Self(number))
            .ok_or_else(|| nearest::unknown("facility", &name, FACILITIES))
    }
}

/// Sends a record for each issue and each item that a message tells of, and one for what is
/// neither. The id of the message is in each, and stays the same however often it is sent.
#[derive(Debug)]
pub struct Syslog {
    name: String,
    settings: Settings,
    hostname: String,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl Syslog {
    /// A channel of this name.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(name: impl Into<String>, settings: Settings) -> Result<Self, String> {
        let tls = match settings.transport {
            Transport::Tls => {
                let host = ServerName::try_from(settings.host.clone());
                let host =
                    host.map_err(|_| format!("host: `{}` is no name of a server", settings.host))?;
                Some((tls::client(settings.ca.as_deref())?, host))
            }
            _ if settings.ca.is_some() => {
                return Err("ca: only transport = \"tls\" has certificates".to_owned());
            }
            _ => None,
        };
        let own = || hostname::get().ok().and_then(|name| name.into_string().ok());
        let hostname = settings.hostname.clone().or_else(own).unwrap_or_default();
        let hostname = word(&hostname, 255);
        Ok(Self { name: name.into(), settings, hostname, tls })
    }

    /// Sends records; connects and no more where there are none.
    async fn sent(&self, records: &[String]) -> Result<(), Error> {
        let Settings { host, .. } = &self.settings;
        let late = |_| Error::Unavailable(format!("{host}: not within {} s", PATIENCE.as_secs()));
        let sent = tokio::time::timeout(PATIENCE, self.send(records)).await.map_err(late)?;
        sent.map_err(|error| Error::Unavailable(line(&format!("{host}: {error}"))))
    }

    async fn send(&self, records: &[String]) -> std::io::Result<()> {
        let Settings { host, port, .. } = &self.settings;
        let usual = if self.tls.is_some() { 6514 } else { 514 };
        let place = (host.as_str(), port.unwrap_or(usual));
        if self.settings.transport == Transport::Udp {
            let mut addresses = lookup_host(place).await?;
            let none = || std::io::Error::other("the name has no address");
            return datagrams(addresses.next().ok_or_else(none)?, records).await;
        }
        let stream = TcpStream::connect(place).await?;
        match &self.tls {
            Some((config, host)) => {
                let connector = TlsConnector::from(Arc::clone(config));
                counted(connector.connect(host.clone(), stream).await?, records).await
            }
            None => counted(stream, records).await,
        }
    }
}

async fn datagrams(to: SocketAddr, records: &[String]) -> std::io::Result<()> {
    let any: SocketAddr = match to {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(to).await?;
    for record in records {
        socket.send(record.as_bytes()).await?;
    }
    Ok(())
}

/// Each record behind its length in bytes.
async fn counted(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    records: &[String],
) -> std::io::Result<()> {
    for record in records {
        stream.write_all(format!("{} {record}", record.len()).as_bytes()).await?;
    }
    stream.flush().await?;
    stream.shutdown().await?;
    // Nothing is confirmed in syslog. What a server does that refuses is close the connection
    // before it has read all: that is heard here.
    match tokio::time::timeout(GOODBYE, stream.read(&mut [0; 64])).await {
        Ok(Err(error)) if error.kind() != std::io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(()),
    }
}

#[async_trait]
impl Notifier for Syslog {
    fn name(&self) -> &str {
        &self.name
    }

    async fn check(&self) -> Result<(), Error> {
        self.sent(&[]).await
    }

    async fn notify(&self, message: &Message) -> Result<(), Error> {
        let longest = if self.settings.transport == Transport::Udp { DATAGRAM } else { RECORD };
        let records =
            records(message, self.settings.facility, &self.hostname, std::process::id(), longest);
        self.sent(&records).await
    }
}

/// A message as records, without what frames them.
pub(crate) fn records(
    message: &Message,
    facility: Facility,
    hostname: &str,
    process: u32,
    longest: usize,
) -> Vec<String> {
    let record = |severity: u8, at: Timestamp, id: &str, members: &[(&str, String)], said: &str| {
        let priority = facility.0 * 8 + severity;
        let mut record = format!("<{priority}>1 {at:.6} {hostname} secmonkey {process} ");
        // Whole: a record that is cut within it is none.
        let mut data = VALUES.into_iter().map(|most| structured(members, most));
        let data = data.find(|data| data.len() <= longest / 2);
        let data = data.unwrap_or_else(|| structured(members, SHORTEST));
        // What follows is text in UTF-8. A `String` takes all that is written to it.
        let _ = write!(record, "{} {data} \u{feff}{said}", word(id, 32));
        if record.len() > longest {
            let end = (0..=longest).rev().find(|end| record.is_char_boundary(*end));
            record.truncate(end.unwrap_or_default());
        }
        record
    };
    let list = |members: std::collections::BTreeMap<&'static str, String>| {
        members.into_iter().filter(|(name, _)| *name != "event").collect::<Vec<_>>()
    };
    let issues = told::issues(message).into_iter().map(|told| {
        let severity = match (told.calls, told.severity()) {
            (Some(false), _) => 6,
            (_, "critical") => 2,
            (_, "high") => 3,
            (_, "medium") => 4,
            _ => 5,
        };
        let id = format!("issue_{}", told.what);
        record(severity, told.at, &id, &list(told.members(message)), &told.line())
    });
    let items = message.changes.iter().map(|change| {
        let id = format!("item_{}", change.kind.as_str());
        let members = list(change_members(message, change));
        record(6, change.at, &id, &members, &change_line(change))
    });
    let mut all: Vec<_> = issues.chain(items).collect();
    if message.kind != MessageKind::Changes || message.baseline.is_some() || all.is_empty() {
        let members = [("message", message.id.clone()), ("account", message.account.to_string())];
        all.push(record(6, message.started_at, "message", &members, &text::subject(message)));
    }
    all
}

/// Members as structured data, each value cut to so many bytes.
fn structured(members: &[(&str, String)], most: usize) -> String {
    let mut data = format!("[{STRUCTURE}");
    for (name, value) in members {
        data.extend([" ", *name, "=\""]);
        let end = data.len() + most - '…'.len_utf8();
        for letter in visible(value).chars() {
            let escape = if matches!(letter, '\\' | '"' | ']') { "\\" } else { "" };
            if data.len() + escape.len() + letter.len_utf8() > end {
                data.push('…');
                break;
            }
            data.push_str(escape);
            data.push(letter);
        }
        data.push('"');
    }
    data.push(']');
    data
}

/// A text as a field of the header: no blanks, plain signs only.
fn word(text: &str, longest: usize) -> String {
    let word: String = text.chars().filter(char::is_ascii_graphic).take(longest).collect();
    if word.is_empty() { "-".to_owned() } else { word }
}
