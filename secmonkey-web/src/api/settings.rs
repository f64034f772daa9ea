//! What the daemon runs with.

use axum::extract::State;
use secmonkey_core::governance::Role;
use secmonkey_core::record::FrameworkRecord;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Entry, SESSIONS, SHORTEST_PASSWORD};
use crate::answer::{Answer, Answered};
use crate::api::common::Refused;
use crate::api::tokens;
use crate::caller::Caller;
use crate::control::Settings;
use crate::extract::{LARGEST, Nothing, Params};
use crate::page::MOST;
use crate::{EXPORTS, FOLLOWERS, Service};

/// What it runs with, that is no secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SettingsRecord)]
pub struct Shown {
    /// What runs scans.
    pub daemon: Settings,
    /// Where people find it; `null` where nobody says.
    pub public_url: Option<String>,
    /// Whether connections are encrypted, here or by a proxy.
    pub encrypted: bool,
    /// How long people stay signed in.
    pub sessions: SessionSettings,
    /// How people sign in.
    sign_in: SignInSettings,
    /// The frameworks of which there are reports.
    frameworks: Vec<FrameworkRecord>,
    /// How much of something there may be.
    limits: Limits,
}

/// How long people stay signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionSettings {
    /// Without asking for anything, in seconds.
    pub idle_seconds: i64,
    /// At most, in seconds.
    pub longest_seconds: i64,
}

/// How people sign in, beside a name and a password.
#[derive(Debug, Serialize, ToSchema)]
struct SignInSettings {
    /// At a provider of OpenID Connect; `null` where there is none.
    oidc: Option<OidcSettings>,
    /// At a proxy, which says who they are; `null` where there is none.
    proxy: Option<ProxySettings>,
}

/// A provider of OpenID Connect.
#[derive(Debug, Serialize, ToSchema)]
struct OidcSettings {
    /// Its address, as it calls itself.
    issuer: String,
    /// What it calls this daemon.
    client_id: String,
    /// The claim that is the name of a user.
    user_claim: String,
    /// The claim that has their groups.
    groups_claim: String,
    /// What those of a group may; the first that fits counts.
    roles: Vec<GroupSettings>,
}

/// What those of a group may.
#[derive(Debug, Serialize, ToSchema)]
struct GroupSettings {
    /// The group, as the provider calls it.
    group: String,
    /// What they may do.
    role: Role,
    /// The items that they see, as a query; empty for everything.
    query: String,
}

/// A proxy that says who people are.
#[derive(Debug, Serialize, ToSchema)]
struct ProxySettings {
    /// Its addresses, as CIDR blocks.
    addresses: Vec<String>,
    /// The header in which it says the name of a user.
    header: String,
}

/// How much of something there may be.
#[derive(Debug, Serialize, ToSchema)]
struct Limits {
    /// What a request may hold, in bytes.
    request_bytes: u64,
    /// The rows of a page.
    page_rows: u64,
    /// How many follow events at once.
    followers: u64,
    /// How many export everything at once.
    exports: u64,
    /// The sessions that somebody has open.
    sessions_per_user: u64,
    /// How long a token lasts, in seconds.
    token_seconds: i64,
    /// The characters that a password has at least.
    password_characters: u64,
}

/// Show the settings
///
/// What the daemon runs with, but for secrets: as it was started, and as its configuration says
/// since.
#[utoipa::path(get, path = "/settings", operation_id = "show_settings", tag = "access",
    responses(
        (status = 200, description = "What it runs with", body = Shown),
        Refused,
    ))]
pub async fn settings(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answered {
    caller.require_all(Role::Admin)?;
    Answer::read(&shown(&service))
}

/// What it runs with.
pub fn shown(service: &Service) -> Shown {
    let entry = service.access.entry();
    Shown {
        daemon: service.control.settings(),
        public_url: entry.public_url.clone(),
        encrypted: entry.encrypted,
        sessions: SessionSettings {
            idle_seconds: entry.idle.as_secs(),
            longest_seconds: entry.longest.as_secs(),
        },
        sign_in: SignInSettings { oidc: oidc(service), proxy: proxy(entry) },
        frameworks: service.library.catalogue().reports.frameworks(),
        limits: Limits {
            request_bytes: LARGEST as u64,
            page_rows: MOST.into(),
            followers: FOLLOWERS as u64,
            exports: EXPORTS as u64,
            sessions_per_user: SESSIONS as u64,
            token_seconds: tokens::LONGEST.as_secs(),
            password_characters: SHORTEST_PASSWORD as u64,
        },
    }
}

fn proxy(entry: &Entry) -> Option<ProxySettings> {
    let proxy = entry.proxy.as_ref()?;
    let addresses = proxy.addresses.iter().map(ToString::to_string).collect();
    Some(ProxySettings { addresses, header: proxy.header.clone() })
}

#[cfg(not(feature = "oidc"))]
fn oidc(_: &Service) -> Option<OidcSettings> {
    None
}

#[cfg(feature = "oidc")]
fn oidc(service: &Service) -> Option<OidcSettings> {
    let provider = service.open_id.as_ref()?.provider();
    let roles = provider.grants.iter().map(|grant| GroupSettings {
        group: grant.group.clone(),
        role: grant.role,
        query: grant.scope.to_string(),
    });
    Some(OidcSettings {
        issuer: provider.issuer.to_string(),
        client_id: provider.client_id.clone(),
        user_claim: provider.user.clone(),
        groups_claim: provider.groups.clone(),
        roles: roles.collect(),
    })
}
