//! `PagerDuty`, by its Events API v2.

use std::path::PathBuf;

use async_trait::async_trait;
use secmonkey_core::notify::{Error, Message, MessageKind, Notifier, text};
use secmonkey_core::render::{short, visible};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{self, Http};
use crate::outline::link;
use crate::secret::Secret;
use crate::told::{self, Told};

/// The interface, for accounts of its first service region.
const URL: &str = "https://events.pagerduty.com/v2/enqueue";
/// The longest summary it takes, in characters.
const SUMMARY: usize = 1024;
/// So many issues of one message call somebody by themselves; the rest is one more call.
const CALLS: usize = 20;

/// Which service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The integration key of the service (Events API v2).
    pub routing_key: Secret,
    /// The interface; `https://events.eu.pagerduty.com/v2/enqueue` for accounts in Europe.
    #[serde(default = "url")]
    pub url: String,
    /// Whether it may be an address of one's own network, `http://` included.
    #[serde(default)]
    pub allow_private: bool,
    /// A file of certificate authorities to trust beside the system's, in PEM.
    pub ca: Option<PathBuf>,
}

fn url() -> String {
    URL.to_owned()
}

/// Makes an alert of each issue that somebody has to look at, and resolves it when the issue is
/// resolved or justified. `dedup_key` is the issue's id, so it is one alert however often it is
/// told. First looks and changes of items call nobody.
#[derive(Debug)]
pub struct PagerDuty {
    name: String,
    settings: Settings,
    http: Http,
}

impl PagerDuty {
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
impl Notifier for PagerDuty {
    fn name(&self) -> &str {
        &self.name
    }

    async fn check(&self) -> Result<(), Error> {
        self.settings.routing_key.read().await.map(drop)
    }

    async fn notify(&self, message: &Message) -> Result<(), Error> {
        let events = events(message);
        if events.is_empty() {
            return Ok(());
        }
        let key = self.settings.routing_key.read().await?;
        for mut event in events {
            event["routing_key"] = json!(key.expose());
            let request = self.http.post(&self.settings.url)?.json(&event);
            http::send(request).await?.accepted()?;
        }
        Ok(())
    }
}

/// A message as events, without the key.
pub(crate) fn events(message: &Message) -> Vec<Value> {
    if message.kind == MessageKind::Test {
        let payload = json!({
            "summary": short(&text::subject(message), SUMMARY),
            "source": "secmonkey",
            "severity": "info",
        });
        return vec![event(message, "trigger", &message.id, Some(payload)), {
            event(message, "resolve", &message.id, None)
        }];
    }
    let told = told::issues(message);
    let ended = told.iter().filter(|one| one.calls == Some(false));
    let mut events: Vec<_> = ended.map(|one| event(message, "resolve", &one.id(), None)).collect();
    let calls: Vec<_> = told.iter().filter(|one| one.calls == Some(true)).collect();
    let calling = calls.iter().take(CALLS);
    events.extend(
        calling.map(|one| event(message, "trigger", &one.id(), Some(payload(message, one)))),
    );
    if let Some(worst) = calls.get(CALLS) {
        let more = calls.len() - CALLS;
        let summary = format!("... and {more} more issues: {}", text::subject(message));
        let mut payload = payload(message, worst);
        payload["summary"] = json!(short(&summary, SUMMARY));
        events.push(event(message, "trigger", &message.id, Some(payload)));
    }
    events
}

fn event(message: &Message, action: &str, key: &str, payload: Option<Value>) -> Value {
    let mut event = json!({ "event_action": action, "dedup_key": short(key, 255) });
    if let Some(payload) = payload {
        event["payload"] = payload;
        event["client"] = json!("secmonkey");
        if let Some(link) = link(message) {
            event["client_url"] = json!(link);
        }
    }
    event
}

fn payload(message: &Message, told: &Told<'_>) -> Value {
    let members = told.members(message).into_iter();
    let mut details: Value =
        members.map(|(name, value)| (name, visible(&value).into_owned())).collect();
    details["detail"] = json!(text::detail(&told.finding.detail));
    details["fix"] = json!(text::detail(told.fix));
    details["subject"] = json!(text::detail(&told.finding.subject));
    details["about this message"] = json!(text::footer(message));
    json!({
        "summary": short(&told.line(), SUMMARY),
        "source": visible(&message.title),
        "severity": match told.severity() {
            "critical" => "critical",
            "high" => "error",
            "medium" => "warning",
            _ => "info",
        },
        "timestamp": told.at,
        "component": visible(&told.key.id),
        "group": visible(told.key.account.as_str()),
        "class": told.finding.check,
        "custom_details": details,
    })
}
