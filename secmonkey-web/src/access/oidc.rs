//! Signing in by OpenID Connect: the provider is asked who somebody is, by discovery, with the
//! code flow, PKCE and a nonce.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Url};
use rustls::crypto::aws_lc_rs;
use secmonkey_core::governance::Role;
use secmonkey_core::outside::line;
use secmonkey_core::query::Query;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::secrets::Digest;
use super::{is_own, random};
use crate::error::Problem;

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// So much of an answer is read.
const ANSWER: usize = 1 << 20;
/// Somebody has so long to sign in at the provider.
const SIGNING_IN: Duration = Duration::from_mins(10);
/// So many sign in at once at most.
const MOST: usize = 1_000;
/// What the provider says of itself is asked for again after so long,
const FRESH: Duration = Duration::from_hours(1);
/// and at once for a key that is not known, but not again before this.
const AGAIN: Duration = Duration::from_mins(1);
/// Clocks may differ by so many seconds.
const LEEWAY: u64 = 60;
/// By public keys alone: what is signed with a secret that others know proves nothing.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// A provider of OpenID Connect, and what is asked of it.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its address, as it calls itself; `/.well-known/openid-configuration` below it says the rest.
    pub issuer: Url,
    /// What it calls this daemon.
    pub client_id: String,
    /// What proves to it that it is this daemon; `None` for a public client.
    pub client_secret: Option<String>,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that is the name of a user.
    pub user: String,
    /// Whether a mail address counts that the provider has not verified.
    pub unverified_email: bool,
    /// The claim that has their groups.
    pub groups: String,
    /// What those of a group may; the first that fits counts.
    pub grants: Vec<Grant>,
    /// Where the provider sends people back to.
    pub redirect: Url,
}

/// What those of a group may.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The group, as the provider calls it.
    pub group: String,
    /// What they may do.
    pub role: Role,
    /// The items that they see.
    pub scope: Query,
}

/// Why a provider cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Whoever is on the way could say who somebody is.
    #[error("`{0}` is not asked over TLS: its address has to begin with https://")]
    Plain(Url),
    /// What speaks TLS could not be made.
    #[error("TLS: {0}")]
    Tls(#[from] reqwest::Error),
}

/// Who the provider says that somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name of the user.
    pub name: String,
    /// Their groups.
    pub groups: Vec<String>,
}

/// Asks a provider who people are.
pub struct OpenId {
    provider: Provider,
    http: Client,
    known: tokio::sync::Mutex<Option<Known>>,
    pending: Mutex<HashMap<Digest, Pending>>,
}

/// What a provider said of itself.
#[derive(Clone)]
struct Known {
    described: Arc<Described>,
    keys: Arc<JwkSet>,
    at: Instant,
    /// When it was asked for a key that was not known.
    missed: Option<Instant>,
}

/// The parts of a provider's description that matter here.
#[derive(Debug, Deserialize)]
struct Described {
    issuer: String,
    #[serde(deserialize_with = "url")]
    authorization_endpoint: Url,
    #[serde(deserialize_with = "url")]
    token_endpoint: Url,
    #[serde(deserialize_with = "url")]
    jwks_uri: Url,
}

/// Somebody who was sent to the provider.
struct Pending {
    state: String,
    nonce: String,
    verifier: String,
    to: String,
    at: Instant,
}

/// What the provider gives for a code.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl OpenId {
    /// Asks this provider.
    ///
    /// # Errors
    /// Where it cannot be asked over TLS.
    pub fn new(provider: Provider) -> Result<Self, Unusable> {
        static CHOSEN: Once = Once::new();
        let host = provider.issuer.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let is_here =
            host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
        if provider.issuer.scheme() != "https" && !is_here {
            return Err(Unusable::Plain(provider.issuer));
        }
        // The process may have chosen already: by the same library then.
        CHOSEN.call_once(|| drop(aws_lc_rs::default_provider().install_default()));
        let http = Client::builder().timeout(PATIENCE).redirect(Policy::none()).build()?;
        let (known, pending) = (tokio::sync::Mutex::default(), Mutex::default());
        Ok(Self { provider, http, known, pending })
    }

    /// The provider that is asked.
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// Where to send somebody who wants to sign in, and what their browser is to keep until they
    /// come back. They go on at `to`, a path of ours.
    pub(crate) async fn begin(&self, to: &str) -> Result<(Url, String), Problem> {
        let known = self.known(|_| true).await?;
        let [secret, state, nonce, verifier] = [random()?, random()?, random()?, random()?];
        let mut address = known.described.authorization_endpoint.clone();
        let scopes = ["openid"].into_iter().chain(self.provider.scopes.iter().map(String::as_str));
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.provider.client_id)
            .append_pair("redirect_uri", self.provider.redirect.as_str())
            .append_pair("scope", &scopes.collect::<Vec<_>>().join(" "))
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)))
            .append_pair("code_challenge_method", "S256");
        let to = if is_own(to) { to } else { "/" };
        let pending = Pending { state, nonce, verifier, to: to.to_owned(), at: Instant::now() };
        let mut all = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, one| one.at.elapsed() < SIGNING_IN);
        if all.len() >= MOST {
            return Err(Problem::unavailable("too many sign in at the moment: try again"));
        }
        all.insert(Digest::of(&secret), pending);
        Ok((address, secret))
    }

    /// Who somebody is who came back from the provider, and where they go on.
    pub(crate) async fn end(
        &self,
        secret: &str,
        state: &str,
        code: &str,
    ) -> Result<(Identity, String), Problem> {
        let pending = {
            let mut all = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            // Whatever comes of it: once.
            all.remove(&Digest::of(secret))
        };
        let pending = pending.filter(|one| one.at.elapsed() < SIGNING_IN && one.state == state);
        let pending = pending.ok_or_else(|| {
            refused("it was not begun in this browser, or took longer than ten minutes")
        })?;
        let known = self.known(|_| true).await?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.provider.redirect.as_str()),
            ("client_id", &self.provider.client_id),
            ("code_verifier", &pending.verifier),
        ];
        form.extend(self.provider.client_secret.as_deref().map(|it| ("client_secret", it)));
        let asked = self.http.post(known.described.token_endpoint.clone()).form(&form);
        let tokens: Tokens = self.json(asked, "exchanges no code").await?;
        let claims = self.verified(&tokens.id_token, &pending.nonce).await?;
        Ok((self.identity(&claims)?, pending.to))
    }

    /// The claims of a token that this provider made for this daemon, for this one signing in.
    async fn verified(&self, token: &str, nonce: &str) -> Result<Map<String, Value>, Problem> {
        let header = decode_header(token).map_err(|_| refused("the provider's token is none"))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(refused("the provider's token is not signed with a public key"));
        }
        let kid = header.kid.as_deref();
        let known = self.known(|keys| key(keys, kid).is_some()).await?;
        let key = key(&known.keys, kid);
        let key = key.ok_or_else(|| refused("the provider's token is signed with no key of it"))?;
        let key = DecodingKey::from_jwk(key)
            .map_err(|_| refused("the provider's token is signed with a key of an unknown kind"))?;
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&known.described.issuer]);
        validation.set_audience(&[&self.provider.client_id]);
        let read = decode::<Map<String, Value>>(token, &key, &validation);
        let claims = read.map_err(|error| refused(why(error.kind())))?.claims;
        if claims.get("nonce").and_then(Value::as_str) != Some(nonce) {
            return Err(refused("the provider's token is of another signing in"));
        }
        // One that is for several says for whom it was made.
        let party = claims.get("azp").and_then(Value::as_str);
        let many = claims.get("aud").and_then(Value::as_array).is_some_and(|all| all.len() > 1);
        if party.is_some_and(|party| party != self.provider.client_id) || many && party.is_none() {
            return Err(refused("the provider's token was made for somebody else"));
        }
        Ok(claims)
    }

    fn identity(&self, claims: &Map<String, Value>) -> Result<Identity, Problem> {
        let Provider { user, groups, unverified_email, .. } = &self.provider;
        let name = claims.get(user).and_then(Value::as_str).filter(|name| !name.is_empty());
        let name =
            name.ok_or_else(|| refused(&format!("the provider's token has no `{}`", line(user))))?;
        let is_verified = claims.get("email_verified").and_then(Value::as_bool) == Some(true);
        if user == "email" && !is_verified && !unverified_email {
            return Err(refused("the provider has not verified the mail address"));
        }
        let groups = match claims.get(groups) {
            Some(Value::Array(all)) => {
                all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(Value::String(one)) => vec![one.clone()],
            _ => Vec::new(),
        };
        Ok(Identity { name: name.to_owned(), groups })
    }

    /// What the provider says of itself; anew where that is old, or where it has no key that is
    /// asked for.
    async fn known(&self, has_it: impl Fn(&JwkSet) -> bool) -> Result<Known, Problem> {
        let mut last = self.known.lock().await;
        let mut missed = last.as_ref().and_then(|known| known.missed);
        if let Some(known) = last.as_ref() {
            let is_recent = if has_it(&known.keys) {
                known.at.elapsed() < FRESH
            } else {
                missed.replace(Instant::now()).is_some_and(|at| at.elapsed() < AGAIN)
            };
            if is_recent {
                return Ok(known.clone());
            }
        }
        let issuer = self.provider.issuer.as_str().trim_end_matches('/');
        let place = format!("{issuer}/.well-known/openid-configuration");
        let described: Described =
            self.json(self.http.get(place), "does not say what it is").await?;
        if described.issuer.trim_end_matches('/') != issuer {
            return Err(unavailable(&format!("calls itself {}", line(&described.issuer))));
        }
        let plain =
            [&described.authorization_endpoint, &described.token_endpoint, &described.jwks_uri];
        if issuer.starts_with("https://") && plain.iter().any(|url| url.scheme() != "https") {
            return Err(unavailable("has addresses without TLS"));
        }
        let asked = self.http.get(described.jwks_uri.clone());
        let keys: JwkSet = self.json(asked, "does not say its keys").await?;
        let (described, keys) = (Arc::new(described), Arc::new(keys));
        Ok(last.insert(Known { described, keys, at: Instant::now(), missed }).clone())
    }

    async fn json<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        fails: &str,
    ) -> Result<T, Problem> {
        let failed = |error: &dyn std::fmt::Display| {
            tracing::warn!(error = %line(&error.to_string()), "the provider of OpenID Connect {fails}");
            unavailable(fails)
        };
        let mut answer = request.send().await.map_err(|error| failed(&error.without_url()))?;
        if !answer.status().is_success() {
            return Err(failed(&answer.status()));
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| failed(&error.without_url()))? {
            body.extend_from_slice(&part);
            if body.len() > ANSWER {
                return Err(failed(&"its answer has no end"));
            }
        }
        serde_json::from_slice(&body).map_err(|error| failed(&error))
    }
}

fn url<'de, D: Deserializer<'de>>(text: D) -> Result<Url, D::Error> {
    String::deserialize(text)?.parse().map_err(D::Error::custom)
}

/// The key of an id; the only one, where none is named.
fn key<'a>(keys: &'a JwkSet, kid: Option<&str>) -> Option<&'a Jwk> {
    match (kid, keys.keys.as_slice()) {
        (Some(kid), _) => keys.find(kid),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

fn why(error: &ErrorKind) -> &'static str {
    match error {
        ErrorKind::ExpiredSignature => "the provider's token is over",
        ErrorKind::ImmatureSignature => "the provider's token is not valid yet: compare the clocks",
        ErrorKind::InvalidIssuer => "the provider's token is of another provider",
        ErrorKind::InvalidAudience => "the provider's token is for somebody else",
        ErrorKind::InvalidSignature => "the provider's token is not signed by it",
        _ => "the provider's token is none that can be used",
    }
}

fn refused(why: &str) -> Problem {
    tracing::warn!(why, "signing in by OpenID Connect was refused");
    Problem::unauthorized(format!("not signed in: {why}"))
}

fn unavailable(what: &str) -> Problem {
    Problem::unavailable(format!("the provider of OpenID Connect {what}"))
}
