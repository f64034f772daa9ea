//! What is watched, and how that goes.

use axum::Json;
use axum::extract::State;
use secmonkey_core::account::{Account, AccountId};
use secmonkey_core::query;
use secmonkey_core::record::{AccountRecord, AccountStateRecord};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::Service;
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::{Named, Nothing, Params};
use crate::reader::{Reader, reading};

/// An account, with what only its provider reads.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountAnswer {
    /// What every provider has.
    #[serde(flatten)]
    account: AccountRecord,
    /// What its provider asks of it: a role, a partition, ...
    #[serde(flatten)]
    more: Map<String, Value>,
}

impl AccountAnswer {
    fn of(reader: &Reader, account: &Account) -> Self {
        Self { account: account.into(), more: (reader.catalogue.account)(account) }
    }
}

/// List the accounts
#[utoipa::path(get, path = "/accounts", operation_id = "list_accounts", tag = "accounts", responses(
    (status = 200, description = "Every account that is registered", body = [AccountAnswer]),
    (status = 403, description = "It is for who sees everything", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Result<Json<Vec<AccountAnswer>>, Problem> {
    let found = reading(service, caller, None, async move |reader| {
        reader.require_all()?;
        let accounts = reader.known.views.accounts()?;
        Ok(accounts.iter().map(|one| AccountAnswer::of(&reader, one)).collect())
    });
    found.await.map(Json)
}

/// Show an account
#[utoipa::path(get, path = "/accounts/{id}", operation_id = "show_account", tag = "accounts",
    params(("id" = AccountId, Path, description = "Its id, or its name")),
    responses(
        (status = 200, description = "The account", body = AccountAnswer),
        (status = 403, description = "It is for who sees everything", body = Problem,
         content_type = "application/problem+json"),
        (status = 404, description = "It is not registered", body = Problem,
         content_type = "application/problem+json"),
    ))]
pub async fn one(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(id): Named,
) -> Result<Json<AccountAnswer>, Problem> {
    let found = reading(service, caller, None, async move |reader| {
        reader.require_all()?;
        let accounts = reader.known.views.accounts()?;
        let account = accounts.get(&id).or_else(|| accounts.find(&id));
        let missing = || Problem::missing(format!("no account `{id}` is registered"));
        account.map(|one| AccountAnswer::of(&reader, one)).ok_or_else(missing)
    });
    found.await.map(Json)
}

/// Say how the accounts are doing
///
/// When each was last looked at, what failed and why, which permissions are missing, and when
/// it is looked at next.
#[utoipa::path(get, path = "/account-states", operation_id = "list_account_states", tag = "accounts", responses(
    (status = 200, description = "Every account that is watched", body = [AccountStateRecord]),
    (status = 403, description = "It is for who sees everything", body = Problem,
     content_type = "application/problem+json"),
    (status = 503, description = "Nobody schedules at the moment", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn states(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Result<Json<Vec<AccountStateRecord>>, Problem> {
    let scheduled = service.control.schedule().await?;
    let found = reading(service, caller, None, async move |reader| {
        reader.require_all()?;
        let health = query::account_health(&reader.known)?;
        let records = health.iter().filter(|one| one.account.watched()).map(|one| {
            let state = scheduled.iter().find(|state| state.account == one.account.id);
            AccountStateRecord::new(one, state)
        });
        Ok(records.collect())
    });
    found.await.map(Json)
}
