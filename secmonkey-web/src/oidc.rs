//! Where people are sent to sign in at a provider of OpenID Connect, and where they come back to.

use axum::Router;
use axum::extract::{Query as Parameters, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use secmonkey_core::decide::Decisions;
use secmonkey_core::event::Actor;
use secmonkey_core::governance::{RuleId, User};
use serde::Deserialize;

use crate::Service;
use crate::access::oidc::{Identity, OpenId};
use crate::access::{self, Source};
use crate::error::Problem;

/// Who adds and changes users by what the provider says, as the log calls it.
const ACTOR: &str = "oidc";
/// What the browser keeps until it comes back from the provider. It comes from another site then,
/// which `Lax` lets through for what only reads.
const COOKIE: &str = "__Host-secmonkey-oidc";

/// Where to go on once one is signed in.
#[derive(Deserialize)]
struct Begin {
    #[serde(default)]
    to: String,
}

/// What the provider says of somebody whom it sends back.
#[derive(Deserialize)]
struct Back {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    error: String,
}

/// The routes, which answer 404 where there is no provider.
pub fn router(service: Service) -> Router {
    Router::new()
        .route("/auth/oidc", get(begin))
        .route("/auth/oidc/callback", get(end))
        .with_state(service)
}

async fn begin(
    State(service): State<Service>,
    Parameters(asked): Parameters<Begin>,
) -> Result<Response, Problem> {
    let (address, secret) = provider(&service)?.begin(&asked.to).await?;
    redirect(address.as_str(), &[(COOKIE, &secret, "; Max-Age=600")])
}

async fn end(
    State(service): State<Service>,
    source: Source,
    headers: HeaderMap,
    Parameters(back): Parameters<Back>,
) -> Result<Response, Problem> {
    let open_id = provider(&service)?;
    if !back.error.is_empty() {
        return Err(Problem::unauthorized(format!(
            "not signed in: the provider says `{}`",
            back.error
        )));
    }
    let secret = access::cookie(&headers, COOKIE).unwrap_or_default();
    let (identity, to) = open_id.end(&secret, &back.state, &back.code).await?;
    let user = admitted(&service, open_id, &identity).await?;
    let session = service.access.open_session(&user, &source).await?;
    redirect(&to, &[(access::COOKIE, &session, ""), (COOKIE, "", "; Max-Age=0")])
}

fn provider(service: &Service) -> Result<&OpenId, Problem> {
    let missing = || Problem::missing("nobody signs in by OpenID Connect here");
    service.open_id.as_deref().ok_or_else(missing)
}

/// The user that somebody is. What a person decided of them stands; of all others their groups
/// decide, each time they sign in.
async fn admitted(
    service: &Service,
    open_id: &OpenId,
    identity: &Identity,
) -> Result<User, Problem> {
    let grants = &open_id.provider().grants;
    let grant = grants.iter().find(|grant| identity.groups.contains(&grant.group));
    let views = service.library.views();
    let known = service.access.user(&views, &identity.name).await?;
    let decisions: Decisions = service.library.decisions(Actor::from(ACTOR));
    let catalogue = service.library.catalogue();
    let registry = &catalogue.registry;
    match (known, grant) {
        (Some(row), _) if row.by != Actor::from(ACTOR) => Ok(row.rule),
        (Some(row), Some(grant)) => {
            let change = |user: &mut User| {
                (user.role, user.scope) = (grant.role, grant.scope.clone());
            };
            Ok(decisions.edit_user(&row.rule.name, registry, change).await?.1)
        }
        (Some(row), None) => {
            let user = row.rule;
            let removed = decisions.remove_user(&user.name).await;
            // Also where they stay a user: as the last who may do everything.
            service.access.shut_out(&views, &user).await?;
            match removed {
                Ok(_) => {
                    tracing::warn!(actor = %user.actor(), "removed: in no group that is let in");
                }
                Err(error) => tracing::error!(actor = %user.actor(), %error, "not removed"),
            }
            Err(Problem::forbidden(format!(
                "`{}` is let in no longer: none of their groups is",
                identity.name
            )))
        }
        (None, Some(grant)) => {
            let user = User::new(identity.name.as_str(), grant.role);
            // What a user of this name had before they were removed lets nobody in.
            service.access.forget(&RuleId::of_user(&user.name), &[]).await?;
            let user = User { scope: grant.scope.clone(), ..user };
            Ok(decisions.add_user(&user, registry).await?)
        }
        (None, None) => Err(Problem::forbidden(format!(
            "`{}` is no user, and none of their groups is let in",
            identity.name
        ))),
    }
}

fn redirect(to: &str, cookies: &[(&str, &str, &str)]) -> Result<Response, Problem> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(|error| Problem::unread(&error));
    let mut answer = StatusCode::SEE_OTHER.into_response();
    answer.headers_mut().insert(header::LOCATION, value(to)?);
    for (name, secret, more) in cookies {
        let cookie = format!("{name}={secret}; Path=/; Secure; HttpOnly; SameSite=Lax{more}");
        answer.headers_mut().append(header::SET_COOKIE, value(&cookie)?);
    }
    Ok(answer)
}
