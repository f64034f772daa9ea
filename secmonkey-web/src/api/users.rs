//! Who may ask, and what they may: for who may do everything.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use secmonkey_core::governance::{Role, RuleId, User};
use secmonkey_core::query;
use secmonkey_core::record::UserRecord;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Service;
use crate::access::{Access, Source, check_password};
use crate::answer::{Answer, Answered};
use crate::api::common::{Changed, IfMatch, NotThere, Refused, There, TooMany};
use crate::caller::Caller;
use crate::error::Problem;
use crate::etag::require_match;
use crate::extract::{Given, Named, Nothing, Params};
use crate::reader::{Reader, answering, deciding, reading, scope_of};

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleRecord {
    /// What it is called.
    role: Role,
    /// What it lets somebody do.
    description: &'static str,
}

/// List the roles
///
/// Each may do what those before it may.
#[utoipa::path(get, path = "/roles", operation_id = "list_roles", tag = "access",
    responses((status = 200, description = "The least first", body = [RoleRecord])))]
pub async fn roles(_: Caller, _: Params<Nothing>) -> Answered {
    Answer::read(&Role::ALL.map(|role| RoleRecord { role, description: role.says() }))
}

/// List the users
#[utoipa::path(get, path = "/users", operation_id = "list_users", tag = "access",
    responses(
        (status = 200, description = "Everybody who may sign in, by name", body = [UserRecord]),
        Refused,
    ))]
pub async fn list(State(service): State<Service>, caller: Caller, _: Params<Nothing>) -> Answered {
    caller.require_all(Role::Admin)?;
    answering(service, caller, None, async |reader| {
        let mut rows = query::users(&reader.known)?;
        rows.sort_by(|a, b| a.rule.name.cmp(&b.rule.name));
        Ok(rows.iter().map(UserRecord::from).collect::<Vec<_>>())
    })
    .await
}

/// Show a user
///
/// Oneself; anybody for who may do everything.
#[utoipa::path(get, path = "/users/{name}", operation_id = "show_user", tag = "access",
    params(("name" = String, Path, description = "Their name")),
    responses(
        (status = 200, description = "Who they are, and what they may", body = UserRecord),
        NotThere,
    ))]
pub async fn one(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(name): Named,
) -> Answered {
    answering(service, caller.clone(), None, async move |reader| {
        if caller.require_all(Role::Admin).is_err() && !is_own(&caller, &name) {
            return Err(missing(&name));
        }
        record(&reader, &name)
    })
    .await
}

/// Somebody who may sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserRequest)]
pub struct Add {
    /// The name they sign in with: letters, digits and `. _ - @ +`.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The items that they see, as a query about these; empty for everything.
    #[serde(default)]
    #[schema(default = "")]
    pub query: String,
    /// Their password; without one they cannot sign in by themselves, but a proxy can sign them
    /// in.
    #[serde(default)]
    #[schema(format = Password)]
    pub password: Option<String>,
}

/// Let somebody in
#[utoipa::path(post, path = "/users", operation_id = "add_user", tag = "access",
    request_body = Add,
    responses(
        (status = 201, description = "They may sign in", body = UserRecord),
        Refused, There,
    ))]
pub async fn add(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Given(given): Given<Add>,
) -> Answered {
    Ok(Answer::of(&added(service, caller, given).await?)?.with(StatusCode::CREATED))
}

/// Lets somebody in, for who may do that.
pub async fn added(service: Service, caller: Caller, given: Add) -> Result<UserRecord, Problem> {
    caller.require_all(Role::Admin)?;
    caller.require_person()?;
    if let Some(password) = &given.password {
        check_password(password, given.name.trim())?;
    }
    let (access, by) = (service.access.clone(), caller.by.clone());
    reading(service, caller, None, async move |reader| {
        let scope = scope_of(&given.query)?;
        let user = User { scope, ..User::new(given.name, given.role) };
        let user = reader.decisions.add_user(&user, &reader.catalogue.registry).await?;
        // What a user of this name had before they were removed lets nobody in.
        access.forget(&user.id, &[]).await?;
        if let Some(password) = given.password {
            access.set_password(&user.id, Some(password), &by).await?;
        }
        record(&reader, &user.name)
    })
    .await
}

/// What changes of a user; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserChange)]
pub struct Edit {
    /// What they may do.
    pub role: Option<Role>,
    /// The items that they see, as a query about these; empty for everything.
    pub query: Option<String>,
}

impl Edit {
    /// Changes what a user may, for who may do that.
    pub async fn apply(&self, reader: &Reader, name: &str) -> Result<UserRecord, Problem> {
        let scope = self.query.as_deref().map(scope_of).transpose()?;
        let change = |user: &mut User| {
            user.role = self.role.unwrap_or(user.role);
            if let Some(scope) = &scope {
                user.scope.clone_from(scope);
            }
        };
        let edited = reader.decisions.edit_user(name, &reader.catalogue.registry, change).await;
        let (_, user) = edited.map_err(Problem::missing_name)?;
        record(reader, &user.name)
    }
}

/// Change what a user may
///
/// It counts from the next request of theirs on. With `If-Match` only as it was when its `ETag`
/// was read.
#[utoipa::path(patch, path = "/users/{name}", operation_id = "edit_user", tag = "access",
    params(("name" = String, Path, description = "Their name"), IfMatch),
    request_body = Edit,
    responses(
        (status = 200, description = "What they may then", body = UserRecord),
        Refused, NotThere, There, Changed,
    ))]
pub async fn edit(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    _: Params<Nothing>,
    Named(name): Named,
    Given(given): Given<Edit>,
) -> Answered {
    caller.require_all(Role::Admin)?;
    caller.require_person()?;
    deciding(service, caller, async move |reader| {
        require_match(&headers, async || record(&reader, &name)).await?;
        given.apply(&reader, &name).await
    })
    .await
}

/// Let somebody in no longer
///
/// Their sessions end, and their tokens are revoked. What they decided stays, with their name.
#[utoipa::path(delete, path = "/users/{name}", operation_id = "remove_user", tag = "access",
    params(("name" = String, Path, description = "Their name"), IfMatch),
    responses(
        (status = 200, description = "What they could", body = UserRecord),
        Refused, NotThere, There, Changed,
    ))]
pub async fn remove(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    _: Params<Nothing>,
    Named(name): Named,
) -> Answered {
    caller.require_all(Role::Admin)?;
    caller.require_person()?;
    let access = service.access.clone();
    deciding(service, caller, async move |reader| {
        let before = record(&reader, &name)?;
        require_match(&headers, async || record(&reader, &name)).await?;
        gone(&reader, &access, &name).await?;
        Ok(before)
    })
    .await
}

/// Lets somebody in no longer.
pub async fn gone(reader: &Reader, access: &Access, name: &str) -> Result<(), Problem> {
    let removed = reader.decisions.remove_user(name).await;
    let user = removed.map_err(Problem::missing_name)?;
    access.shut_out(&reader.known.views, &user).await
}

/// A password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordRequest)]
pub struct Password {
    /// The new one: at least 12 characters, and none of the commonest.
    #[schema(format = Password)]
    pub password: String,
    /// The one before: whoever changes their own says it.
    #[serde(default)]
    #[schema(format = Password)]
    pub current: Option<String>,
}

/// Change a password
///
/// One's own, which takes the one before; anybody's for who may do everything. All other
/// sessions of theirs end.
#[utoipa::path(put, path = "/users/{name}/password", operation_id = "change_password",
    tag = "access",
    params(("name" = String, Path, description = "Their name")),
    request_body = Password,
    responses(
        (status = 204, description = "It is the password from now on"),
        Refused, NotThere, TooMany,
    ))]
pub async fn change_password(
    State(service): State<Service>,
    caller: Caller,
    source: Source,
    _: Params<Nothing>,
    Named(name): Named,
    Given(given): Given<Password>,
) -> Result<StatusCode, Problem> {
    password_changed(service, caller, &source, name, given).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes a password, for who may do that.
pub async fn password_changed(
    service: Service,
    caller: Caller,
    source: &Source,
    name: String,
    given: Password,
) -> Result<(), Problem> {
    caller.require_person()?;
    let is_own = is_own(&caller, &name);
    if !is_own {
        caller.require_all(Role::Admin)?;
    }
    check_password(&given.password, &name)?;
    let (access, id) = (service.access.clone(), RuleId::of_user(&name));
    if is_own && access.has_password(&id) {
        let current = given.current.unwrap_or_default();
        if !access.fits(&id, source.address, current).await? {
            return Err(Problem::wrong("this is not the password until now").of("current"));
        }
    }
    let by = caller.by.clone();
    let changed = reading(service, caller, None, async move |reader| {
        let changed = reader.decisions.change_password(&name).await;
        let user = changed.map_err(Problem::missing_name)?;
        access.set_password(&user.id, Some(given.password), &by).await
    });
    changed.await
}

/// Whether a name is that of who asks.
fn is_own(caller: &Caller, name: &str) -> bool {
    caller.user.as_deref().is_some_and(|own| RuleId::of_user(own) == RuleId::of_user(name))
}

/// The user of a name, as they stand now.
pub fn record(reader: &Reader, name: &str) -> Result<UserRecord, Problem> {
    let row = reader.again().views.user(&RuleId::of_user(name))?;
    row.as_ref().map(UserRecord::from).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> Problem {
    Problem::missing(format!("there is no user `{name}`"))
}
