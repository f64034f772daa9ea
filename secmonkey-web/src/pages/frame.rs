//! What stands around every page: who looks at it, where they may go, what is said once.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use secmonkey_core::render::visible;

use crate::access::By;
use crate::assets::{Asset, HTMX, ICON, KEYS, STYLE};
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::pages::settings;

/// The parameter that names what is said once.
pub const SAID: &str = "said";

/// A place that the bar at the top leads to.
struct Place {
    path: &'static str,
    name: &'static str,
    /// Whether somebody may go there.
    is_for: fn(&Caller) -> bool,
}

/// The bar at the top. A new section is a line here.
const PLACES: &[Place] = &[
    Place { path: "/", name: "Overview", is_for: |_| true },
    Place { path: "/issues", name: "Issues", is_for: |_| true },
    Place { path: "/items", name: "Items", is_for: |_| true },
    Place { path: "/accounts", name: "Accounts", is_for: Caller::sees_all },
    Place { path: "/checks", name: "Checks", is_for: |_| true },
    Place { path: "/reports", name: "Reports", is_for: Caller::sees_all },
    Place { path: settings::PATH, name: "Settings", is_for: |_| true },
];

/// What is said once, on the page that somebody is led to. Nothing else is said that stands in
/// an address: anybody can write one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    SignedOut,
    Justified,
    Withdrawn,
    Commented,
    NothingSelected,
    AccountAdded,
    AccountChanged,
    AccountRemoved,
    ScanStarted,
    Overridden,
    OverrideRemoved,
    Ignored,
    IgnoreRemoved,
    NetworkAdded,
    NetworkRemoved,
    UserAdded,
    UserChanged,
    UserRemoved,
    PasswordChanged,
    TokenRevoked,
    SessionEnded,
    Subscribed,
    Unsubscribed,
    Silenced,
    Resumed,
    Signed,
}

/// Each with its name and its words.
const ALL_SAID: &[(Said, &str, &str)] = &[
    (Said::SignedOut, "signed-out", "You are signed out."),
    (Said::Justified, "justified", "Accepted: they no longer count as open."),
    (Said::Withdrawn, "withdrawn", "The justification is withdrawn: it is open again."),
    (Said::Commented, "commented", "Your comment is recorded."),
    (Said::NothingSelected, "nothing-selected", "Nothing is selected: tick what you mean first."),
    (Said::AccountAdded, "account-added", "The account is registered. It is scanned soon."),
    (Said::AccountChanged, "account-changed", "The account is changed."),
    (
        Said::AccountRemoved,
        "account-removed",
        "The account is removed. What was recorded of it stays.",
    ),
    (Said::ScanStarted, "scan-started", "The scan is asked for. It runs as soon as there is room."),
    (Said::Overridden, "overridden", "The override is in force."),
    (Said::OverrideRemoved, "override-removed", "The override is removed."),
    (Said::Ignored, "ignored", "The rule is in force: these items are ignored."),
    (Said::IgnoreRemoved, "ignore-removed", "The rule is removed: these items count again."),
    (Said::NetworkAdded, "network-added", "The network is known from now on."),
    (Said::NetworkRemoved, "network-removed", "The network is not known any more."),
    (Said::UserAdded, "user-added", "They may sign in."),
    (Said::UserChanged, "user-changed", "The user is changed. It counts from their next page on."),
    (Said::UserRemoved, "user-removed", "The user is removed. Their sessions and tokens are over."),
    (
        Said::PasswordChanged,
        "password-changed",
        "The password is changed. All other sessions of that user are over.",
    ),
    (Said::TokenRevoked, "token-revoked", "The token is revoked. It lets nothing in any more."),
    (Said::SessionEnded, "session-ended", "The session is over."),
    (Said::Subscribed, "subscribed", "The subscription is in force."),
    (Said::Unsubscribed, "unsubscribed", "The subscription is removed."),
    (Said::Silenced, "silenced", "Nobody is told anything for now."),
    (Said::Resumed, "resumed", "Everybody is told again."),
    (Said::Signed, "signed", "The record is signed as it is now."),
];

impl Said {
    fn row(self) -> (&'static str, &'static str) {
        let row = ALL_SAID.iter().find(|(said, ..)| *said == self);
        row.map_or(("", ""), |(_, name, words)| (name, words))
    }

    /// Leads to a page, which says this.
    pub fn at(self, path: &str) -> Response {
        let (path, part) = path.split_once('#').unwrap_or((path, ""));
        let sign = if path.contains('?') { '&' } else { '?' };
        let part = if part.is_empty() { String::new() } else { format!("#{part}") };
        see(&format!("{path}{sign}{SAID}={}{part}", self.row().0))
    }
}

/// Leads to a page.
pub fn see(path: &str) -> Response {
    let mut answer = StatusCode::SEE_OTHER.into_response();
    // What is no header is no path that we wrote.
    let place = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    answer.headers_mut().insert(header::LOCATION, place);
    answer
}

/// What stands around every page.
#[derive(Debug, Clone)]
pub struct Frame {
    caller: Option<Caller>,
    /// The path of the page.
    path: String,
    /// What is said once.
    pub said: Option<&'static str>,
    /// What stands in the box for searching.
    pub q: String,
    /// Where searching leads.
    pub search: &'static str,
    /// What is wrong with what is searched for.
    pub trouble: Option<String>,
    /// By which ages are told.
    pub now: Timestamp,
}

/// A link of the bar at the top.
pub struct Link {
    pub path: &'static str,
    pub name: &'static str,
    /// Whether the page is there.
    pub is_here: bool,
}

impl Frame {
    /// Around the page at an address, for somebody or nobody.
    pub fn of(caller: Option<Caller>, uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default().as_bytes();
        let mut all = form_urlencoded::parse(query);
        let said = all.find(|(name, _)| name == SAID);
        let said = said.and_then(|(_, name)| ALL_SAID.iter().find(|row| row.1 == name));
        Self {
            caller,
            path: uri.path().to_owned(),
            said: said.map(|row| row.2),
            q: String::new(),
            search: "/items",
            trouble: None,
            now: Timestamp::now(),
        }
    }

    /// The same around a list: what is searched for, where, and what is wrong with that.
    pub fn searching(self, path: &'static str, q: String, trouble: Option<String>) -> Self {
        Self { q, search: path, trouble, ..self }
    }

    /// The links of the bar at the top.
    pub fn links(&self) -> Vec<Link> {
        let Some(caller) = &self.caller else { return Vec::new() };
        let is_here = |path: &str| match self.path.strip_prefix(path) {
            Some("") => true,
            Some(rest) => path != "/" && rest.starts_with('/'),
            None => false,
        };
        let theirs = PLACES.iter().filter(|place| (place.is_for)(caller));
        let link = |place: &Place| Link {
            path: place.path,
            name: place.name,
            is_here: is_here(place.path)
                || place.path == settings::PATH && settings::is_part(&self.path),
        };
        theirs.map(link).collect()
    }

    /// Who looks at it, as they are called.
    pub fn who(&self) -> Option<String> {
        let caller = self.caller.as_ref()?;
        let name = caller.user.clone().unwrap_or_else(|| caller.actor.to_string());
        Some(visible(&name).into_owned())
    }

    /// What they may do, in a word.
    pub fn role(&self) -> &'static str {
        self.caller.as_ref().map_or("", |caller| caller.role.as_str())
    }

    /// Whether there is a session to end.
    pub fn has_session(&self) -> bool {
        self.caller.as_ref().is_some_and(|caller| matches!(caller.by, By::Session(_)))
    }

    fn may(&self, role: Role) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.require(role).is_ok())
    }

    /// Whether they may comment.
    pub fn may_comment(&self) -> bool {
        self.may(Role::Comment)
    }

    /// Whether they may accept issues.
    pub fn may_justify(&self) -> bool {
        self.may(Role::Justify)
    }

    /// Whether they may do everything.
    pub fn may_all(&self) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.require_all(Role::Admin).is_ok())
    }

    pub fn style() -> &'static Asset {
        &STYLE
    }

    pub fn scripts() -> [&'static Asset; 2] {
        [&HTMX, &KEYS]
    }

    pub fn icon() -> &'static Asset {
        &ICON
    }

    pub fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

impl<S: Sync> FromRequestParts<S> for Frame {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        Ok(Self::of(Some(caller), &parts.uri))
    }
}
