//! Splunk, by its HTTP Event Collector.

use std::path::PathBuf;

use async_trait::async_trait;
use reqwest::header::AUTHORIZATION;
use secmonkey_core::notify::{Error, Message, MessageKind, Notifier, payload, text};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{self, Http};
use crate::secret::Secret;
use crate::told;

/// What one request may take, in bytes.
const REQUEST: usize = 512 * 1024;

/// Which collector.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The collector: `https://splunk.example.org:8088/services/collector/event`.
    pub url: String,
    /// Its token.
    pub token: Secret,
    /// The index; the token's own if nobody says.
    pub index: Option<String>,
    /// The source; `secmonkey` if nobody says.
    #[serde(default = "source")]
    pub source: String,
    /// Whether it may be an address of one's own network, `http://` included.
    #[serde(default)]
    pub allow_private: bool,
    /// A file of certificate authorities to trust beside the system's, in PEM.
    pub ca: Option<PathBuf>,
}

fn source() -> String {
    "secmonkey".to_owned()
}

/// Sends an event for each issue and each item that a message tells of: `secmonkey:issue` and
/// `secmonkey:item`; and `secmonkey:message` for what is neither. `message` in each is the id of
/// the message, which stays the same however often it is sent.
#[derive(Debug)]
pub struct Splunk {
    name: String,
    settings: Settings,
    http: Http,
}

impl Splunk {
    /// A channel of this name.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(name: impl Into<String>, settings: Settings) -> Result<Self, String> {
        let http = Http::new(settings.allow_private, settings.ca.as_deref())?;
        http.check(&settings.url).map_err(|why| format!("url: {why}"))?;
        Ok(Self { name: name.into(), settings, http })
    }
}

#[async_trait]
impl Notifier for Splunk {
    fn name(&self) -> &str {
        &self.name
    }

    async fn check(&self) -> Result<(), Error> {
        self.settings.token.read().await.map(drop)
    }

    async fn notify(&self, message: &Message) -> Result<(), Error> {
        let token = self.settings.token.read().await?;
        let mut events = events(message, &self.settings).into_iter().peekable();
        while events.peek().is_some() {
            let mut body = String::new();
            while let Some(event) =
                events.next_if(|event| body.is_empty() || body.len() + event.len() < REQUEST)
            {
                body.push_str(&event);
                body.push('\n');
            }
            let request = self.http.post(&self.settings.url)?;
            let request = request.header(AUTHORIZATION, format!("Splunk {}", token.expose()));
            http::send(request.body(body)).await?.accepted()?;
        }
        Ok(())
    }
}

/// A message as events, each in one line.
pub(crate) fn events(message: &Message, settings: &Settings) -> Vec<String> {
    let event = |kind: &str, at: jiff::Timestamp, event: Value| {
        let mut all = json!({
            "time": at.as_second(),
            "host": "secmonkey",
            "source": settings.source,
            "sourcetype": format!("secmonkey:{kind}"),
            "event": event,
        });
        if let Some(index) = &settings.index {
            all["index"] = json!(index);
        }
        payload::line(&all)
    };
    let issues = told::issues(message).into_iter().map(|told| {
        let mut members = json!(told.members(message));
        members["name"] = json!(told.name);
        members["subject"] = json!(told.finding.subject);
        members["detail"] = json!(told.finding.detail);
        members["fix"] = json!(told.fix);
        members["score"] = json!(told.finding.score);
        event("issue", told.at, members)
    });
    let items = message.changes.iter().map(|change| {
        let mut members = json!(told::change_members(message, change));
        members["name"] = json!(change.name);
        members["arn"] = json!(change.arn);
        members["summary"] = json!(change.summary);
        event("item", change.at, members)
    });
    let mut all: Vec<_> = issues.chain(items).collect();
    if message.kind != MessageKind::Changes || message.baseline.is_some() || all.is_empty() {
        let about = json!({
            "message": message.id,
            "event": message.kind,
            "account": message.account,
            "subject": text::subject(message),
            "link": message.link,
            "why": message.why,
        });
        all.push(event("message", message.started_at, about));
    }
    all
}
