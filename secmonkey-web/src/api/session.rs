//! Signing in and out, and the sessions that are open.

use std::cmp::Reverse;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use secmonkey_core::governance::{Role, RuleId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Service;
use crate::access::{By, COOKIE, Digest, Session, Source};
use crate::answer::{Answer, Answered};
use crate::api::common::{NotThere, There, TooMany};
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::{Given, Named, Nothing, Params};

/// A name and its password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignInRequest)]
pub struct SignIn {
    /// The name of a user.
    name: String,
    /// Their password.
    #[schema(format = Password)]
    password: String,
}

/// Who asks, and what they may.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallerRecord)]
pub struct Whoever {
    /// What the log calls them.
    actor: String,
    /// The user that they are, or whose token it is; `null`: the owner of the store, or a
    /// service.
    user: Option<String>,
    /// What they may do.
    role: Role,
    /// The items that they see, as a query; empty for everything.
    query: String,
    /// How they were let in: `socket`, `session`, `token` or `proxy`.
    by: &'static str,
}

impl From<&Caller> for Whoever {
    fn from(caller: &Caller) -> Self {
        Self {
            actor: caller.actor.to_string(),
            user: caller.user.clone(),
            role: caller.role,
            query: caller.scope.to_string(),
            by: match caller.by {
                By::Socket => "socket",
                By::Session(_) => "session",
                By::Token(_) => "token",
                By::Proxy => "proxy",
            },
        }
    }
}

/// Sign in
///
/// With a name and a password. The answer sets a cookie, which a browser sends from then on.
/// Programs come with a token instead.
#[utoipa::path(post, path = "/session", operation_id = "sign_in", tag = "access",
    request_body = SignIn, security(()),
    responses(
        (status = 200, description = "Who signed in", body = Whoever),
        TooMany,
    ))]
pub async fn sign_in(
    State(service): State<Service>,
    source: Source,
    _: Params<Nothing>,
    Given(given): Given<SignIn>,
) -> Result<Response, Problem> {
    let (views, access) = (service.library.views(), &service.access);
    let (user, secret) =
        access.sign_in(&views, (given.name.trim(), given.password), &source).await?;
    let caller = Caller::of_user(&user, By::Session(Digest::of(&secret)));
    let mut answer = Answer::of(&Whoever::from(&caller))?.into_response();
    set_cookie(&mut answer, &secret, "");
    Ok(answer)
}

/// Say who asks
#[utoipa::path(get, path = "/session", operation_id = "show_session", tag = "access",
    responses((status = 200, description = "Who asks, and what they may", body = Whoever)))]
pub async fn who(caller: Caller, _: Params<Nothing>) -> Answered {
    Answer::read(&Whoever::from(&caller))
}

/// Sign out
///
/// The session ends at once, wherever its cookie is.
#[utoipa::path(delete, path = "/session", operation_id = "sign_out", tag = "access",
    responses(
        (status = 204, description = "The session is over"),
        There,
    ))]
pub async fn sign_out(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Result<Response, Problem> {
    let By::Session(session) = caller.by else {
        return Err(Problem::conflict("it is no session that asks: there is none to end"));
    };
    service.access.end(session).await?;
    tracing::info!(actor = %caller.actor, "signed out");
    let mut answer = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut answer, "", "; Max-Age=0");
    let clear = HeaderValue::from_static("\"cache\", \"cookies\", \"storage\"");
    answer.headers_mut().insert("clear-site-data", clear);
    Ok(answer)
}

/// Lets the browser keep a secret, or forget it.
pub fn set_cookie(answer: &mut Response, secret: &str, more: &str) {
    let cookie = format!("{COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Lax{more}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// Somebody who signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionRecord)]
pub struct Open {
    /// Names it: a part of the digest of its cookie.
    pub id: String,
    /// Who signed in.
    pub user: String,
    /// When.
    pub began: Timestamp,
    /// When something was asked for the last time; to the hour, or better.
    pub seen: Timestamp,
    /// When it ends if nothing is asked until then.
    pub ends: Timestamp,
    /// From which address; `null` where that is not known.
    pub address: Option<String>,
    /// With what, as it said; `null` where it did not.
    pub agent: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// List the sessions that are open
///
/// One's own; of everybody for who may do everything.
#[utoipa::path(get, path = "/sessions", operation_id = "list_sessions", tag = "access",
    responses((status = 200, description = "The sessions, the newest first", body = [Open])))]
pub async fn list(State(service): State<Service>, caller: Caller, _: Params<Nothing>) -> Answered {
    Answer::read(&open(&service, &caller).await?)
}

/// The sessions that somebody may see, the newest first.
pub async fn open(service: &Service, caller: &Caller) -> Result<Vec<Open>, Problem> {
    let names = names(service).await?;
    let mut open: Vec<_> = seen(service, caller)
        .into_iter()
        .filter_map(|(digest, session)| {
            let user = names.iter().find(|(id, _)| *id == session.user)?.1.clone();
            let current = matches!(&caller.by, By::Session(own) if *own == digest);
            let ends = service.access.ends(&session);
            let Session { began, seen, address, agent, .. } = session;
            let id = digest.short().to_owned();
            Some(Open { id, user, began, seen, ends, address, agent, current })
        })
        .collect();
    open.sort_by_key(|session| Reverse(session.began));
    Ok(open)
}

/// End a session
///
/// One's own; anybody's for who may do everything.
#[utoipa::path(delete, path = "/sessions/{id}", operation_id = "end_session", tag = "access",
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 204, description = "It is over"),
        NotThere,
    ))]
pub async fn end(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(id): Named,
) -> Result<StatusCode, Problem> {
    ended(&service, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a session of an id, for who may do that.
pub async fn ended(service: &Service, caller: &Caller, id: &str) -> Result<(), Problem> {
    let found = seen(service, caller).into_iter().find(|(digest, _)| digest.short() == id);
    let missing = || Problem::missing(format!("no session has the id `{id}`: /sessions finds ids"));
    let (digest, session) = found.ok_or_else(missing)?;
    service.access.end(digest).await?;
    tracing::info!(actor = %caller.actor, user = %session.user, "ended a session");
    Ok(())
}

/// The sessions that somebody may see and end.
fn seen(service: &Service, caller: &Caller) -> Vec<(Digest, Session)> {
    if caller.require_all(Role::Admin).is_ok() {
        return service.access.sessions(None);
    }
    match caller.user.as_deref().filter(|_| caller.require_person().is_ok()) {
        Some(user) => service.access.sessions(Some(&RuleId::of_user(user))),
        None => Vec::new(),
    }
}

/// The names of users, by id.
async fn names(service: &Service) -> Result<Vec<(RuleId, String)>, Problem> {
    let users = service.access.users(&service.library.views()).await?;
    Ok(users.into_iter().map(|user| (user.id, user.name)).collect())
}
