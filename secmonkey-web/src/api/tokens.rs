//! What lets programs in.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Unit};
use secmonkey_core::governance::{Role, Token};
use secmonkey_core::query;
use secmonkey_core::record::TokenRecord;
use secmonkey_core::view::RuleRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Service;
use crate::answer::{Answer, Answered};
use crate::api::common::{NotThere, Refused, There};
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::{Given, Named, Nothing, Params};
use crate::reader::{Reader, answering, reading, scope_of};

/// How long a token lasts if nobody says,
const USUAL: SignedDuration = SignedDuration::from_hours(90 * 24);
/// and at most.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// List the tokens
///
/// One's own; all of them for who may do everything.
#[utoipa::path(get, path = "/tokens", operation_id = "list_tokens", tag = "access",
    responses((status = 200, description = "The first issued first; some may be over",
        body = [TokenRecord])))]
pub async fn list(State(service): State<Service>, caller: Caller, _: Params<Nothing>) -> Answered {
    answering(service, caller.clone(), None, async move |reader| {
        Ok(seen(&reader, &caller)?.iter().map(TokenRecord::from).collect::<Vec<_>>())
    })
    .await
}

/// What lets a program in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TokenRequest)]
pub struct Issue {
    /// What people call it: letters, digits and `. _ - @ +`.
    pub name: String,
    /// What it may do; what who asks may, if nobody says.
    #[serde(default)]
    pub role: Option<Role>,
    /// The items that it sees, as a query about these; empty for all that who asks sees.
    #[serde(default)]
    #[schema(default = "")]
    pub query: String,
    /// When it ends: a time as people write it; in 90 days if nobody says, and in 366 at most.
    #[serde(default)]
    pub until: Option<String>,
    /// Whether it is a service's, and not of who asks: it stays when they are removed. For who
    /// may do everything.
    #[serde(default)]
    #[schema(default = false)]
    pub service: bool,
}

/// A token, and what proves that a program has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IssuedToken)]
pub struct Issued {
    #[serde(flatten)]
    pub record: TokenRecord,
    /// What a program sends as `Authorization: Bearer`. It is shown this once, and nobody can
    /// find it out again.
    pub token: String,
}

/// Issue a token
///
/// It may never do or see more than whose it is. A token cannot issue another one.
#[utoipa::path(post, path = "/tokens", operation_id = "issue_token", tag = "access",
    request_body = Issue,
    responses(
        (status = 201, description = "It lets a program in", body = Issued),
        Refused, There,
    ))]
pub async fn issue(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Given(given): Given<Issue>,
) -> Result<Response, Problem> {
    let issued = issued(service, caller, given).await?;
    let mut answer = Answer::of(&issued)?.with(StatusCode::CREATED).into_response();
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// Issues a token, for who may do that.
pub async fn issued(service: Service, caller: Caller, given: Issue) -> Result<Issued, Problem> {
    caller.require_person()?;
    let role = given.role.unwrap_or(caller.role);
    caller.require(role)?;
    let user = caller.user.clone().filter(|_| !given.service);
    if user.is_none() {
        caller.require_all(Role::Admin)?;
    }
    let access = service.access.clone();
    reading(service, caller, None, async move |reader| {
        let usual = reader.now.saturating_add(USUAL).map_err(|error| Problem::unread(&error))?;
        let usual = usual.round(Unit::Second).map_err(|error| Problem::unread(&error))?;
        let until = reader.until(given.until.as_deref())?.unwrap_or(usual);
        if until.duration_since(reader.now) > LONGEST {
            return Err(Problem::wrong("a token lasts 366 days at most").of("until"));
        }
        let scope = scope_of(&given.query)?;
        let token = Token { scope, ..Token::new(given.name, user, role, until) };
        let registry = reader.sees_all().then_some(&reader.catalogue.registry);
        let token = reader.decisions.issue_token(&token, registry).await?;
        let secret = access.mint(&token.id).await?;
        let row = reader.again().views.token(&token.id)?;
        let row = row.ok_or_else(|| Problem::conflict("somebody revoked it meanwhile"))?;
        Ok(Issued { record: TokenRecord::from(&row), token: secret })
    })
    .await
}

/// Revoke a token
///
/// One's own; anybody's for who may do everything. It lets nothing in from then on.
#[utoipa::path(delete, path = "/tokens/{id}", operation_id = "revoke_token", tag = "access",
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "What it could", body = TokenRecord),
        NotThere,
    ))]
pub async fn revoke(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(id): Named,
) -> Answered {
    Answer::of(&revoked(service, caller, id).await?)
}

/// Revokes a token, for who may do that.
pub async fn revoked(service: Service, caller: Caller, id: String) -> Result<TokenRecord, Problem> {
    let access = service.access.clone();
    reading(service, caller.clone(), None, async move |reader| {
        let row = seen(&reader, &caller)?.into_iter().find(|row| row.rule.id.as_str() == id);
        let missing = || Problem::missing(format!("no token has the id `{id}`: /tokens finds ids"));
        let row = row.ok_or_else(missing)?;
        let revoked = reader.decisions.revoke_token(row.rule.id.as_str()).await;
        revoked.map_err(Problem::missing_name)?;
        access.revoke(&row.rule.id).await?;
        Ok(TokenRecord::from(&row))
    })
    .await
}

/// The tokens that somebody may see and revoke.
pub fn seen(reader: &Reader, caller: &Caller) -> Result<Vec<RuleRow<Token>>, Problem> {
    let mut tokens = query::tokens(&reader.known)?;
    if caller.require_all(Role::Admin).is_err() {
        tokens.retain(|row| caller.user.is_some() && row.rule.user == caller.user);
    }
    Ok(tokens)
}
