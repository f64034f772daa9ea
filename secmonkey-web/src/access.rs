//! Who asks over a network: by a session in a browser, by a token, or by what a proxy says.

use std::cmp::Reverse;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use secmonkey_core::IpNet;
use secmonkey_core::governance::{RuleId, Token, User};
use secmonkey_core::pipeline::Clock;
use secmonkey_core::query::{self, Known};
#[cfg(feature = "oidc")]
use secmonkey_core::view::RuleRow;
use secmonkey_core::view::{self, Views};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use crate::Service;
use crate::caller::Caller;
use crate::error::Problem;

mod attempts;
#[cfg(feature = "oidc")]
pub mod oidc;
mod password;
mod secrets;
mod source;

use attempts::Attempts;
use password::Hashing;
pub(crate) use password::SHORTEST as SHORTEST_PASSWORD;
pub use password::check as check_password;
pub use secrets::{Digest, Forgetful, Session, Vault};
use secrets::{Kept, Secrets};
pub use source::Source;
use source::peer;

/// What the browser keeps. Browsers send a cookie of this prefix only over TLS, or to the
/// machine that they run on, and let no other host set it.
pub const COOKIE: &str = "__Host-secmonkey";
/// What a token begins with, so that tools that look for secrets find one.
pub const TOKEN: &str = "smk_";
/// Somebody has so many sessions at most; the oldest ends when they sign in once more.
pub(crate) const SESSIONS: usize = 20;

/// What somebody who is not signed in may ask.
const OPEN: [(Method, &str); 2] =
    [(Method::POST, "/api/v1/session"), (Method::GET, "/api/v1/openapi.json")];

/// How people and programs are let in over a network.
#[derive(Debug, Clone)]
pub struct Entry {
    /// A session ends where nothing was asked for so long.
    pub idle: SignedDuration,
    /// A session ends after so long.
    pub longest: SignedDuration,
    /// Who signs people in instead; nobody if nobody says.
    pub proxy: Option<Proxy>,
    /// Where people find it, as `https://secmonkey.example.com`: pages of this origin may ask
    /// for changes, whatever a proxy makes of the `Host`.
    pub public_url: Option<String>,
    /// Whether connections are encrypted, here or by a proxy.
    pub encrypted: bool,
}

impl Default for Entry {
    fn default() -> Self {
        let (idle, longest) = (SignedDuration::from_hours(8), SignedDuration::from_hours(24));
        Self { idle, longest, proxy: None, public_url: None, encrypted: false }
    }
}

/// A proxy that signs people in and says who they are.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// Its addresses: from all others the header means nothing.
    pub addresses: Vec<IpNet>,
    /// The header in which it says the name of a user.
    pub header: String,
}

/// How people and programs are let in, and what proves who they are.
pub struct Access {
    entry: Entry,
    origins: CsrfLayer,
    kept: Kept,
    hashing: Hashing,
    attempts: Attempts,
    clock: Clock,
}

/// How somebody was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Through the socket of the store.
    Socket,
    /// By a session.
    Session(Digest),
    /// By a token.
    Token(RuleId),
    /// By a proxy.
    Proxy,
}

impl Access {
    /// Lets people in by what a vault has.
    ///
    /// # Errors
    /// Where the vault cannot be read, or the public URL is none.
    pub fn open(vault: Arc<dyn Vault>, entry: Entry) -> io::Result<Self> {
        let (hashing, attempts) = (Hashing::default(), Attempts::default());
        let clock: Clock = Arc::new(Timestamp::now);
        let mut origins = CsrfLayer::new();
        if let Some(url) = &entry.public_url {
            let trusted = origins.add_trusted_origin(url.trim_end_matches('/'));
            origins = trusted.map_err(io::Error::other)?;
        }
        Ok(Self { entry, origins, kept: Kept::open(vault)?, hashing, attempts, clock })
    }

    /// Takes the time from elsewhere.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Refuses changes that the page of another origin asks for.
    pub(crate) fn same_origin(&self) -> CsrfLayer<fn(ProtectionError) -> Response> {
        self.origins.clone().with_rejection_response(refused)
    }

    /// How people and programs are let in.
    pub(crate) fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Whether connections are encrypted, here or by a proxy.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.entry.encrypted
    }

    /// What somebody who was let in may now; `None` where they would be let in no longer.
    pub(crate) async fn renewed(
        &self,
        views: &Views,
        caller: &Caller,
    ) -> Result<Option<Caller>, Problem> {
        let renewed = match &caller.by {
            By::Socket => Ok(caller.clone()),
            By::Token(id) => self.of_token(views, id.clone()).await,
            By::Session(digest) => self.of_session(views, digest.clone()).await.map(|one| one.0),
            By::Proxy => {
                let id = RuleId::of_user(caller.user.as_deref().unwrap_or_default());
                let user = user(views, id).await?;
                user.map(|user| Caller::of_user(&user, By::Proxy)).ok_or_else(over)
            }
        };
        match renewed {
            Err(problem) if problem.status == 401 => Ok(None),
            renewed => renewed.map(Some),
        }
    }

    /// Who asks; `None` where nothing says so.
    pub(crate) async fn caller(
        &self,
        views: &Views,
        parts: &Parts,
    ) -> Result<Option<Caller>, Problem> {
        if let Some(bearer) = parts.headers.get(header::AUTHORIZATION) {
            let secret = bearer.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
            let Some(secret) = secret else {
                return Err(Problem::unauthorized("`Authorization` is `Bearer`, and a token"));
            };
            return self.by_token(views, secret.trim()).await.map(Some);
        }
        if let Some(caller) = self.by_proxy(views, parts).await? {
            return Ok(Some(caller));
        }
        match cookie(&parts.headers, COOKIE) {
            Some(secret) => self.by_session(views, parts, &secret).await.map(Some),
            None => Ok(None),
        }
    }

    async fn by_token(&self, views: &Views, secret: &str) -> Result<Caller, Problem> {
        let id = self.kept.now().tokens.get(&Digest::of(secret)).cloned();
        self.of_token(views, id.ok_or_else(over)?).await
    }

    async fn of_token(&self, views: &Views, id: RuleId) -> Result<Caller, Problem> {
        let token = read(views, move |views| views.token(&id)).await?.ok_or_else(over)?.rule;
        if token.until <= self.now() {
            return Err(over());
        }
        let user = match &token.user {
            Some(name) => Some(user(views, RuleId::of_user(name)).await?.ok_or_else(over)?),
            None => None,
        };
        Ok(Caller::of_token(&token, user.as_ref()))
    }

    async fn by_proxy(&self, views: &Views, parts: &Parts) -> Result<Option<Caller>, Problem> {
        let Some(proxy) = &self.entry.proxy else { return Ok(None) };
        let Some(said) = parts.headers.get(&proxy.header) else { return Ok(None) };
        if !peer(parts).is_some_and(|peer| proxy.addresses.iter().any(|net| net.contains(&peer))) {
            return Ok(None);
        }
        let name = said.to_str().unwrap_or_default().trim();
        let user = user(views, RuleId::of_user(name)).await?;
        let user =
            user.ok_or_else(|| Problem::forbidden("the proxy names nobody who is a user"))?;
        Ok(Some(Caller::of_user(&user, By::Proxy)))
    }

    async fn by_session(
        &self,
        views: &Views,
        parts: &Parts,
        secret: &str,
    ) -> Result<Caller, Problem> {
        let (caller, session) = self.of_session(views, Digest::of(secret)).await?;
        // Browsers say where a request comes from. One that changes something and does not say
        // so was sent by no browser of today, though it has what only a browser keeps.
        let says = [header::ORIGIN.as_str(), "sec-fetch-site"];
        if !parts.method.is_safe() && !says.iter().any(|name| parts.headers.contains_key(*name)) {
            return Err(Problem::forbidden("it does not say which page sends it: use a token"));
        }
        let now = self.now();
        if now.duration_since(session.seen) > self.entry.idle / 10 {
            let digest = Digest::of(secret);
            let seen = move |secrets: &mut Secrets| {
                if let Some(session) = secrets.sessions.get_mut(&digest) {
                    session.seen = now;
                }
            };
            self.kept.edit(seen).await?;
        }
        Ok(caller)
    }

    async fn of_session(
        &self,
        views: &Views,
        digest: Digest,
    ) -> Result<(Caller, Session), Problem> {
        let session = self.kept.now().sessions.get(&digest).cloned().ok_or_else(over)?;
        if self.is_over(&session, self.now()) {
            return Err(over());
        }
        let user = user(views, session.user.clone()).await?.ok_or_else(over)?;
        Ok((Caller::of_user(&user, By::Session(digest)), session))
    }

    /// Whether what a browser keeps is of a session that is not over.
    pub(crate) async fn knows_session(&self, views: &Views, secret: &str) -> bool {
        self.of_session(views, Digest::of(secret)).await.is_ok()
    }

    fn is_over(&self, session: &Session, now: Timestamp) -> bool {
        now.duration_since(session.seen) > self.entry.idle
            || now.duration_since(session.began) > self.entry.longest
    }

    /// Signs somebody in. Returns what the browser is to keep.
    pub(crate) async fn sign_in(
        &self,
        views: &Views,
        (name, password): (&str, String),
        source: &Source,
    ) -> Result<(User, String), Problem> {
        let said = source.address.map(|address| address.to_string());
        if let Err(wait) = self.attempts.take(source.address, name, Instant::now()) {
            tracing::warn!(name, address = said, "too many attempts to sign in");
            return Err(Problem::too_many(wait));
        }
        let user = user(views, RuleId::of_user(name)).await?;
        let hash = user.as_ref().and_then(|user| self.kept.now().passwords.get(&user.id).cloned());
        let fits = self.hashing.fits(password, hash).await?;
        let Some(user) = user.filter(|_| fits) else {
            tracing::warn!(name, address = said, "a wrong name or password");
            return Err(Problem::unauthorized("the name or the password is wrong"));
        };
        self.attempts.succeeded(source.address, name);
        let secret = self.open_session(&user, source).await?;
        Ok((user, secret))
    }

    /// Begins a session of somebody who proved who they are. Returns what the browser is to keep.
    pub(crate) async fn open_session(
        &self,
        user: &User,
        source: &Source,
    ) -> Result<String, Problem> {
        let said = source.address.map(|address| address.to_string());
        let (secret, now) = (random()?, self.now());
        let session = Session {
            user: user.id.clone(),
            began: now,
            seen: now,
            address: said.clone(),
            agent: source.agent.clone(),
        };
        let digest = Digest::of(&secret);
        let edit = |secrets: &mut Secrets| {
            secrets.sessions.retain(|_, session| !self.is_over(session, now));
            let theirs = secrets.sessions.iter().filter(|(_, session)| session.user == user.id);
            let mut theirs: Vec<_> = theirs.map(|(key, one)| (one.seen, key.clone())).collect();
            theirs.sort_by_key(|(seen, _)| Reverse(*seen));
            for (_, oldest) in theirs.iter().skip(SESSIONS - 1) {
                secrets.sessions.remove(oldest);
            }
            secrets.sessions.insert(digest, session);
        };
        self.kept.edit(edit).await?;
        tracing::info!(actor = %user.actor(), address = said, "signed in");
        Ok(secret)
    }

    /// The user of a name, and who decided about them last.
    #[cfg(feature = "oidc")]
    pub(crate) async fn user(
        &self,
        views: &Views,
        name: &str,
    ) -> Result<Option<RuleRow<User>>, Problem> {
        let id = RuleId::of_user(name);
        read(views, move |views| views.user(&id)).await
    }

    /// Everybody who may sign in.
    pub(crate) async fn users(&self, views: &Views) -> Result<Vec<User>, Problem> {
        let known = Known::new(views.clone(), self.now());
        let users = tokio::task::spawn_blocking(move || query::users(&known)).await;
        let users = users.map_err(|error| Problem::unread(&error))??;
        Ok(users.into_iter().map(|row| row.rule).collect())
    }

    /// The sessions of somebody, or of everybody, that are not over.
    pub(crate) fn sessions(&self, user: Option<&RuleId>) -> Vec<(Digest, Session)> {
        let (secrets, now) = (self.kept.now(), self.now());
        let all = secrets.sessions.iter().filter(|(_, session)| !self.is_over(session, now));
        let all = all.filter(|(_, session)| user.is_none_or(|user| session.user == *user));
        all.map(|(digest, session)| (digest.clone(), session.clone())).collect()
    }

    /// Ends a session.
    pub(crate) async fn end(&self, session: Digest) -> Result<(), Problem> {
        self.kept.edit(|secrets| drop(secrets.sessions.remove(&session))).await
    }

    /// When a session ends if nothing is asked until then.
    pub(crate) fn ends(&self, session: &Session) -> Timestamp {
        let idle = session.seen.saturating_add(self.entry.idle);
        let longest = session.began.saturating_add(self.entry.longest);
        let [idle, longest] = [idle, longest].map(|end| end.unwrap_or(Timestamp::MAX));
        idle.min(longest)
    }

    /// Whether somebody has this password.
    pub(crate) async fn fits(
        &self,
        user: &RuleId,
        address: Option<IpAddr>,
        password: String,
    ) -> Result<bool, Problem> {
        let taken = self.attempts.take(address, user.as_str(), Instant::now());
        taken.map_err(Problem::too_many)?;
        let hash = self.kept.now().passwords.get(user).cloned();
        let fits = self.hashing.fits(password, hash).await?;
        if fits {
            self.attempts.succeeded(address, user.as_str());
        }
        Ok(fits)
    }

    /// Whether somebody has a password.
    pub(crate) fn has_password(&self, user: &RuleId) -> bool {
        self.kept.now().passwords.contains_key(user)
    }

    /// Gives somebody another password, or none. Their sessions end, but for the one that says
    /// so.
    pub(crate) async fn set_password(
        &self,
        user: &RuleId,
        password: Option<String>,
        by: &By,
    ) -> Result<(), Problem> {
        let hash = match password {
            Some(password) => Some(self.hashing.hash(password).await?),
            None => None,
        };
        let edit = |secrets: &mut Secrets| {
            secrets.sessions.retain(|digest, session| {
                session.user != *user || matches!(by, By::Session(own) if own == digest)
            });
            match hash {
                Some(hash) => drop(secrets.passwords.insert(user.clone(), hash)),
                None => drop(secrets.passwords.remove(user)),
            }
        };
        self.kept.edit(edit).await
    }

    /// Forgets everything that lets a user in, and these tokens.
    pub(crate) async fn forget(&self, user: &RuleId, tokens: &[RuleId]) -> Result<(), Problem> {
        let edit = |secrets: &mut Secrets| {
            secrets.forget_user(user);
            for token in tokens {
                secrets.forget_token(token);
            }
        };
        self.kept.edit(edit).await
    }

    /// Forgets everything that lets a user in, and all tokens of theirs.
    pub(crate) async fn shut_out(&self, views: &Views, user: &User) -> Result<(), Problem> {
        let tokens = read(views, Views::tokens).await?.into_iter().map(|row| row.rule);
        let theirs = tokens.filter(|token| token.user.as_ref() == Some(&user.name));
        self.forget(&user.id, &theirs.map(|token| token.id).collect::<Vec<_>>()).await
    }

    /// Makes what proves that a program has a token.
    pub(crate) async fn mint(&self, token: &RuleId) -> Result<String, Problem> {
        let secret = format!("{TOKEN}{}", random()?);
        let digest = Digest::of(&secret);
        let edit = |secrets: &mut Secrets| {
            secrets.forget_token(token);
            secrets.tokens.insert(digest, token.clone());
        };
        self.kept.edit(edit).await?;
        Ok(secret)
    }

    /// Forgets what proves that a program has a token.
    pub(crate) async fn revoke(&self, token: &RuleId) -> Result<(), Problem> {
        self.kept.edit(|secrets| secrets.forget_token(token)).await
    }
}

/// Finds out who asks, and refuses whoever may not.
pub async fn identify(State(service): State<Service>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let is_open =
        OPEN.iter().any(|(method, path)| parts.method == *method && parts.uri.path() == *path);
    if !is_open {
        match service.access.caller(&service.library.views(), &parts).await {
            Ok(Some(caller)) => {
                parts.extensions.insert(caller.clone());
                let mut answer = next.run(Request::from_parts(parts, body)).await;
                answer.extensions_mut().insert(caller);
                return answer;
            }
            Ok(None) => return Problem::unauthorized("sign in, or send a token").into_response(),
            Err(problem) => return problem.into_response(),
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

impl Caller {
    /// Somebody who signed in.
    pub(crate) fn of_user(user: &User, by: By) -> Self {
        let (role, scope) = (user.role, user.scope.clone());
        Self { actor: user.actor(), role, scope, user: Some(user.name.clone()), by }
    }

    /// A program: it may what its token says, and never more than whose it is.
    fn of_token(token: &Token, user: Option<&User>) -> Self {
        let (mut role, mut scope) = (token.role, token.scope.clone());
        if let Some(user) = user {
            role = role.min(user.role);
            scope = user.scope.clone().and(scope);
        }
        Self {
            actor: token.actor(),
            role,
            scope,
            user: token.user.clone(),
            by: By::Token(token.id.clone()),
        }
    }
}

/// Reads the views, on a thread that may block.
async fn read<T: Send + 'static>(
    views: &Views,
    read: impl FnOnce(&Views) -> Result<T, view::Error> + Send + 'static,
) -> Result<T, Problem> {
    let views = views.clone();
    let read = tokio::task::spawn_blocking(move || read(&views)).await;
    Ok(read.map_err(|error| Problem::unread(&error))??)
}

/// The user of an id.
async fn user(views: &Views, id: RuleId) -> Result<Option<User>, Problem> {
    Ok(read(views, move |views| views.user(&id)).await?.map(|row| row.rule))
}

/// What lets nobody in, or not any more. Which of these it is is nobody's business.
fn over() -> Problem {
    Problem::unauthorized("it is unknown, over or revoked: sign in again, or send another token")
}

/// Another origin asked for a change.
fn refused(_: ProtectionError) -> Response {
    Problem::forbidden("the page of another site asks for this").into_response()
}

/// Whether an address is a path of ours, and no browser takes it for another site's.
pub(crate) fn is_own(to: &str) -> bool {
    let mut letters = to.chars();
    letters.next() == Some('/')
        && !matches!(letters.next(), Some('/' | '\\'))
        && !to.chars().any(|letter| letter.is_control() || letter == '\\')
}

/// What the browser keeps under a name.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    let mut all = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
    let own = all.find_map(|one| one.trim().strip_prefix(name)?.strip_prefix('='));
    own.map(str::to_owned)
}

/// A secret of 256 random bits.
fn random() -> Result<String, Problem> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(|error| {
        tracing::error!(%error, "the system has no random bits");
        Problem::failed("it was not answered: the log of secmonkeyd says why")
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bits))
}
