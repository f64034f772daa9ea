//! How the daemon runs.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use secmonkey_aws::trail;
use secmonkey_core::IpNet;
use secmonkey_core::account::AccountId;
use secmonkey_core::governance::Role;
use secmonkey_core::query::Query;
use secmonkey_core::schedule::{Interval, Priority, Rule, Settings};
use serde::Deserialize;
use toml::Spanned;

/// How the daemon runs.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Daemon {
    /// Where the API, health and metrics are answered; nowhere if nobody says.
    pub listen: Option<SocketAddr>,
    /// The certificate of that port; it is not encrypted if nobody says.
    pub tls: Option<Tls>,
    /// How long people stay signed in.
    pub session: Session,
    /// Who signs people in instead.
    pub proxy: Option<Proxy>,
    /// The provider of OpenID Connect at which people sign in; none if nobody says.
    pub oidc: Option<Oidc>,
    /// How its log is written.
    pub log: LogFormat,
    /// How often everything is scanned; every hour if nobody says.
    pub interval: Interval,
    /// How many scans run at the same time; 8 if nobody says.
    pub tasks: Option<NonZeroUsize>,
    /// How many of them may be of one account; 2 if nobody says.
    pub tasks_per_account: Option<NonZeroUsize>,
    /// What is scanned more or less often.
    pub schedule: Vec<Spanned<Scheduled>>,
    /// Where people find it, for links in messages, and for browsers behind a proxy:
    /// `https://secmonkey.example.com`.
    pub public_url: Option<String>,
    /// Where changes are told of as they happen.
    pub events: Events,
    /// How accounts are taken over from AWS Organizations; not at all if nobody says.
    pub discover: Option<Discover>,
}

/// A certificate and its key. Both may be replaced while they are used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// A PEM file with the chain, the certificate itself first.
    pub certificate: PathBuf,
    /// A PEM file with its key.
    pub key: PathBuf,
}

/// How long people stay signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// Without asking for anything; 8 hours if nobody says.
    pub idle: Option<Interval>,
    /// At most; a day if nobody says.
    pub longest: Option<Interval>,
}

/// A provider of OpenID Connect.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// Its address, as it calls itself.
    pub issuer: String,
    /// What it calls this daemon.
    pub client_id: String,
    /// A file with what proves to it that it is this daemon; none for a public client.
    pub client_secret_file: Option<PathBuf>,
    /// What is asked for beside `openid`; `email` and `profile` if nobody says.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    /// The claim that is the name of a user; `email` if nobody says.
    #[serde(default = "email")]
    pub user: String,
    /// Whether a mail address counts that the provider has not verified.
    #[serde(default)]
    pub unverified_email: bool,
    /// The claim that has the groups of a user; `groups` if nobody says.
    #[serde(default = "groups")]
    pub groups: String,
    /// What those of a group may; the first that fits counts.
    #[serde(default)]
    pub roles: Vec<Granted>,
}

/// What those of a group may.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    /// The group, as the provider calls it.
    pub group: String,
    /// What they may do.
    pub role: Role,
    /// The items that they see; everything if nobody says.
    #[serde(default)]
    pub query: Query,
}

fn usual_scopes() -> Vec<String> {
    ["email", "profile"].map(str::to_owned).to_vec()
}

fn email() -> String {
    "email".to_owned()
}

fn groups() -> String {
    "groups".to_owned()
}

/// A proxy that signs people in and says who they are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Its addresses: from all others the header means nothing.
    pub addresses: Vec<IpNet>,
    /// The header in which it says the name of a user.
    pub header: String,
}

/// How accounts are taken over from AWS Organizations.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Discover {
    /// How often, beside the start: every day if nobody says.
    pub interval: Interval,
    /// Whose organization is asked, by the role of this registered account: id or name. That
    /// of the credentials if nobody says.
    pub account: Option<String>,
    /// The role by which new accounts are entered; the usual one if nobody says.
    pub role: Option<String>,
    /// The external id that their role asks for.
    pub external_id: Option<String>,
    /// Whether accounts that are not in the organization any more are no longer watched.
    pub deactivate_missing: bool,
}

impl Default for Discover {
    fn default() -> Self {
        let (account, role, external_id) = (None, None, None);
        Self { interval: Interval::DAY, account, role, external_id, deactivate_missing: false }
    }
}

/// Where changes are told of as they happen, and who made them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Events {
    /// The URL of an SQS queue that `secmonkey setup events` set up; none if nobody says.
    pub queue: Option<String>,
    /// Its region; that in the URL if nobody says.
    pub region: Option<String>,
    /// Whether scans ask CloudTrail who made the changes that they see.
    pub lookup: bool,
}

/// How a log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line of text for each thing that happens.
    #[default]
    Text,
    /// A line of JSON.
    Json,
}

/// When some of what is watched is scanned.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scheduled {
    /// The account's id; all accounts if nobody says.
    pub account: Option<AccountId>,
    /// The technology's id; all technologies if nobody says.
    pub technology: Option<String>,
    /// How often.
    pub interval: Option<Interval>,
    /// How early the account has its turn where not all can be scanned at once.
    pub priority: Option<Priority>,
    /// Whether it is not scanned at all.
    pub paused: bool,
}

impl Daemon {
    /// The queue of changes, where there is one.
    #[must_use]
    pub fn queue(&self) -> Option<trail::Settings> {
        let Events { queue, region, .. } = &self.events;
        Some(trail::Settings { url: queue.clone()?, region: region.clone() })
    }

    /// Whether passwords and tokens can be sent to where it listens without others reading them:
    /// over TLS, on this machine alone, or through a proxy that people reach over TLS.
    #[must_use]
    pub fn keeps_secrets(&self) -> bool {
        self.is_encrypted() || self.listen.is_some_and(|address| address.ip().is_loopback())
    }

    /// Whether people reach it over TLS.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        let proxied = self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
        self.tls.is_some() || proxied
    }

    /// How scans are scheduled.
    #[must_use]
    pub fn schedule(&self) -> Settings {
        let mut settings = Settings::default();
        settings.interval = self.interval;
        settings.tasks = self.tasks.map_or(settings.tasks, NonZeroUsize::get);
        settings.tasks_per_account =
            self.tasks_per_account.map_or(settings.tasks_per_account, NonZeroUsize::get);
        settings.rules = self.schedule.iter().map(|one| one.get_ref().rule()).collect();
        settings
    }
}

impl Scheduled {
    fn rule(&self) -> Rule {
        Rule {
            account: self.account.clone(),
            technology: self.technology.clone(),
            interval: self.interval,
            priority: self.priority,
            paused: self.paused,
            ..Rule::default()
        }
    }

    /// What is wrong with it, where something is.
    pub(super) fn fault(&self) -> Option<&'static str> {
        if self.interval.is_none() && self.priority.is_none() && !self.paused {
            Some("it says nothing: set `interval`, `priority` or `paused`")
        } else if self.priority.is_some() && self.technology.is_some() {
            Some("a priority is an account's: leave `technology` out")
        } else {
            None
        }
    }
}
