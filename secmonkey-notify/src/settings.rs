//! What a configuration file says of channels: `[notify.NAME]`, a table each.

use std::collections::BTreeMap;
use std::sync::Arc;

use secmonkey_core::nearest;
use secmonkey_core::notify::Notifier;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use crate::{console, exec, jira, pagerduty, slack, smtp, splunk, syslog, teams, webhook};

/// What is wrong with the settings of a channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("notify.{channel}: {reason}")]
pub struct Error {
    /// Its name.
    pub channel: String,
    /// What is wrong.
    pub reason: String,
}

/// The channels that a configuration declares, by name. `kind` says what each is, and may be
/// left out where the name does: `[notify.slack]`, and `[notify.pager] kind = "pagerduty"`.
///
/// ```
/// use secmonkey_notify::settings::Channels;
///
/// let channels: Channels = toml::from_str(
///     r#"
///     [console]
///     [on-call]
///     kind = "exec"
///     command = ["/usr/local/bin/page"]
///     "#,
/// )?;
/// let notifiers = channels.notifiers()?;
/// assert_eq!(notifiers.iter().map(|one| one.name()).collect::<Vec<_>>(), ["console", "on-call"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Channels(BTreeMap<String, Declared>);

impl Channels {
    /// What is declared, by name: for kinds that another crate has.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Declared)> {
        self.0.iter().map(|(name, declared)| (name.as_str(), declared))
    }

    /// All of them, where every kind is one of [`KINDS`].
    ///
    /// # Errors
    /// What is wrong with the settings of one.
    pub fn notifiers(&self) -> Result<Vec<Arc<dyn Notifier>>, Error> {
        self.notifiers_and(&[], |_, _| Ok(None))
    }

    /// All of them; those of other kinds are made by the caller, of their name and what is
    /// declared of them.
    ///
    /// # Errors
    /// What is wrong with the settings of one.
    pub fn notifiers_and(
        &self,
        others: &[&str],
        other: impl Fn(&str, &Declared) -> Result<Option<Arc<dyn Notifier>>, String>,
    ) -> Result<Vec<Arc<dyn Notifier>>, Error> {
        let mut all = Vec::new();
        for (name, declared) in self.iter() {
            let error = |reason| Error { channel: name.to_owned(), reason };
            let kind = declared.kind(name);
            let notifier = match declared.channel(name).map_err(error)? {
                Some(channel) => Some(channel.notifier(name).map_err(error)?),
                None => other(name, declared).map_err(error)?,
            };
            let unknown =
                || nearest::unknown("kind", kind, KINDS.into_iter().chain(others.iter().copied()));
            all.push(notifier.ok_or_else(|| error(unknown()))?);
        }
        Ok(all)
    }
}

/// What is declared of one channel, before its kind is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    kind: Option<String>,
    members: Map<String, Value>,
}

impl Declared {
    /// What kind of channel it is, where it has this name.
    #[must_use]
    pub fn kind<'a>(&'a self, name: &'a str) -> &'a str {
        self.kind.as_deref().unwrap_or(name)
    }

    /// Its settings, as those of one kind.
    ///
    /// # Errors
    /// What is wrong with them, in one line, with the nearest for a name that is unknown.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, String> {
        let settings = T::deserialize(Value::Object(self.members.clone()));
        settings.map_err(|error| nearest::explain("setting", &error.to_string()))
    }

    /// Its settings, where its kind is one of [`KINDS`].
    ///
    /// # Errors
    /// As [`Self::settings`].
    pub fn channel(&self, name: &str) -> Result<Option<Channel>, String> {
        Ok(Some(match self.kind(name) {
            "console" => Channel::Console(self.settings()?),
            "exec" => Channel::Exec(self.settings()?),
            "jira" => Channel::Jira(self.settings()?),
            "pagerduty" => Channel::PagerDuty(self.settings()?),
            "slack" => Channel::Slack(self.settings()?),
            "smtp" => Channel::Smtp(Box::new(self.settings()?)),
            "splunk" => Channel::Splunk(self.settings()?),
            "syslog" => Channel::Syslog(self.settings()?),
            "teams" => Channel::Teams(self.settings()?),
            "webhook" => Channel::Webhook(self.settings()?),
            _ => return Ok(None),
        }))
    }
}

impl<'de> Deserialize<'de> for Declared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Map::deserialize(deserializer)?;
        let kind = match members.remove("kind") {
            None => None,
            Some(Value::String(kind)) => Some(kind),
            Some(_) => return Err(de::Error::custom("`kind` is a text")),
        };
        Ok(Self { kind, members })
    }
}

/// The kinds of channels.
pub const KINDS: [&str; 10] = [
    "console",
    "exec",
    "jira",
    "pagerduty",
    "slack",
    "smtp",
    "splunk",
    "syslog",
    "teams",
    "webhook",
];

/// The settings of a channel.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Channel {
    /// Whoever looks at this process.
    Console(console::Settings),
    /// A program of one's own.
    Exec(exec::Settings),
    /// A ticket for each check and account.
    Jira(jira::Settings),
    /// Alerts, each until its issue is resolved.
    PagerDuty(pagerduty::Settings),
    /// A channel of Slack.
    Slack(slack::Settings),
    /// Mail through any server.
    Smtp(Box<smtp::Settings>),
    /// Splunk's HTTP Event Collector.
    Splunk(splunk::Settings),
    /// Any server of syslog.
    Syslog(syslog::Settings),
    /// A chat or channel of Microsoft Teams.
    Teams(teams::Settings),
    /// Any program that listens.
    Webhook(webhook::Settings),
}

impl Channel {
    /// The channel, of this name.
    ///
    /// # Errors
    /// What is wrong with its settings, in one line.
    pub fn notifier(self, name: &str) -> Result<Arc<dyn Notifier>, String> {
        Ok(match self {
            Self::Console(settings) => Arc::new(console::Console::new(name, settings)),
            Self::Exec(settings) => Arc::new(exec::Exec::new(name, settings)?),
            Self::Jira(settings) => Arc::new(jira::Jira::new(name, settings)?),
            Self::PagerDuty(settings) => Arc::new(pagerduty::PagerDuty::new(name, settings)?),
            Self::Slack(settings) => Arc::new(slack::Slack::new(name, settings)?),
            Self::Smtp(settings) => Arc::new(smtp::Smtp::new(name, *settings)?),
            Self::Splunk(settings) => Arc::new(splunk::Splunk::new(name, settings)?),
            Self::Syslog(settings) => Arc::new(syslog::Syslog::new(name, settings)?),
            Self::Teams(settings) => Arc::new(teams::Teams::new(name, settings)?),
            Self::Webhook(settings) => Arc::new(webhook::Webhook::new(name, settings)?),
        })
    }
}
