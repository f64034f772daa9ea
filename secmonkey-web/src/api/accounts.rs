//! What is watched, and how that goes.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use secmonkey_core::account::{Account, AccountId};
use secmonkey_core::provider::Provider;
use secmonkey_core::record::{AccountRecord, AccountStateRecord};
use secmonkey_core::technology::Kind;
use secmonkey_core::{query, source};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::Service;
use crate::answer::Answered;
use crate::api::common::{Changed, Everything, IfMatch, NotThere, Refused, There};
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::etag::require_match;
use crate::extract::{Given, Named, Nothing, Params};
use crate::reader::{Reader, answering, deciding};

/// An account, with what only its provider reads.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountAnswer {
    /// What every provider has.
    #[serde(flatten)]
    account: AccountRecord,
    /// What its provider asks of it: a role, a partition, ...
    #[serde(flatten)]
    #[schema(value_type = Object)]
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
    Everything,
))]
pub async fn list(State(service): State<Service>, caller: Caller, _: Params<Nothing>) -> Answered {
    answering(service, caller, None, async move |reader| {
        reader.require_all()?;
        let accounts = reader.known.views.accounts()?;
        Ok(accounts.iter().map(|one| AccountAnswer::of(&reader, one)).collect::<Vec<_>>())
    })
    .await
}

/// Show an account
#[utoipa::path(get, path = "/accounts/{id}", operation_id = "show_account", tag = "accounts",
    params(("id" = AccountId, Path, description = "Its id, or its name")),
    responses(
        (status = 200, description = "The account", body = AccountAnswer),
        Everything, NotThere,
    ))]
pub async fn one(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(id): Named,
) -> Answered {
    answering(service, caller, None, async move |reader| {
        reader.require_all()?;
        Ok(AccountAnswer::of(&reader, &registered(&reader, &id)?))
    })
    .await
}

/// Say how the accounts are doing
///
/// When each was last looked at, what failed and why, which permissions are missing, and when
/// it is looked at next.
#[utoipa::path(get, path = "/account-states", operation_id = "list_account_states", tag = "accounts", responses(
    (status = 200, description = "Every account that is watched", body = [AccountStateRecord]),
    Everything,
))]
pub async fn states(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Answered {
    let scheduled = service.control.schedule().await?;
    answering(service, caller, None, async move |reader| {
        reader.require_all()?;
        let health = query::account_health(&reader.known)?;
        let records = health.iter().filter(|one| one.account.watched()).map(|one| {
            let state = scheduled.iter().find(|state| state.account == one.account.id);
            AccountStateRecord::new(one, state)
        });
        Ok(records.collect::<Vec<_>>())
    })
    .await
}

/// An account to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountRequest)]
pub struct Register {
    /// The provider's id of it.
    pub id: AccountId,
    /// Who runs it.
    pub provider: Provider,
    /// What people call it; unique.
    pub name: String,
    /// Whether it is somebody else's.
    #[serde(default)]
    #[schema(default = false)]
    pub third_party: bool,
    /// Whether it is read.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// The regions that are read; empty for all.
    #[serde(default)]
    #[schema(default = json!([]))]
    pub regions: Vec<String>,
    /// The regions that are not.
    #[serde(default)]
    #[schema(default = json!([]))]
    pub skip_regions: Vec<String>,
    /// What else names it in configurations.
    #[serde(default)]
    #[schema(default = json!({}), value_type = BTreeMap<String, String>)]
    pub names: BTreeMap<Kind, String>,
    /// What only its provider reads: `role`, `external_id`, `partition` of AWS.
    #[serde(default)]
    #[schema(default = json!({}))]
    pub settings: Map<String, Value>,
    /// Free text.
    #[serde(default)]
    #[schema(default = "")]
    pub notes: String,
}

impl Register {
    /// The account that is meant.
    pub fn account(self) -> Account {
        let mut account = Account::new(self.provider, self.id, self.name);
        account.third_party = self.third_party;
        account.active = self.active;
        account.regions = self.regions;
        account.skip_regions = self.skip_regions;
        account.names = self.names;
        account.settings = self.settings;
        account.notes = self.notes;
        account
    }
}

const fn yes() -> bool {
    true
}

/// Register an account
///
/// It is scanned within seconds.
#[utoipa::path(post, path = "/accounts", operation_id = "register_account", tag = "accounts",
    request_body = Register,
    responses(
        (status = 201, description = "It is registered", body = AccountAnswer),
        Refused, There,
    ))]
pub async fn register(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Given(given): Given<Register>,
) -> Answered {
    caller.require_all(Role::Admin)?;
    let registered = deciding(service, caller, async move |reader| {
        let account = reader.decisions.register(given.account()).await?;
        Ok(AccountAnswer::of(&reader, &account))
    });
    Ok(registered.await?.with(StatusCode::CREATED))
}

/// What changes of an account; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountChange)]
pub struct Edit {
    /// What people call it; unique.
    pub name: Option<String>,
    /// Whether it is somebody else's.
    pub third_party: Option<bool>,
    /// Whether it is read.
    pub active: Option<bool>,
    /// The regions that are read; empty for all.
    pub regions: Option<Vec<String>>,
    /// The regions that are not.
    pub skip_regions: Option<Vec<String>>,
    /// What else names it in configurations.
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    pub names: Option<BTreeMap<Kind, String>>,
    /// What only its provider reads; all of it.
    pub settings: Option<Map<String, Value>>,
    /// Free text.
    pub notes: Option<String>,
}

impl Edit {
    /// Changes an account so.
    pub fn apply(&self, account: &mut Account) {
        fn set<T: Clone>(to: &mut T, given: Option<&T>) {
            if let Some(given) = given {
                to.clone_from(given);
            }
        }
        set(&mut account.name, self.name.as_ref());
        set(&mut account.third_party, self.third_party.as_ref());
        set(&mut account.regions, self.regions.as_ref());
        set(&mut account.skip_regions, self.skip_regions.as_ref());
        set(&mut account.names, self.names.as_ref());
        set(&mut account.settings, self.settings.as_ref());
        set(&mut account.notes, self.notes.as_ref());
        if let Some(active) = self.active {
            account.active = active;
            // Whatever a source says of it, from now on this is decided.
            account.settings.remove(source::CLOSED);
        }
    }
}

/// Change an account
///
/// With `If-Match` only as it was when its `ETag` was read.
#[utoipa::path(patch, path = "/accounts/{id}", operation_id = "edit_account", tag = "accounts",
    params(("id" = AccountId, Path, description = "Its id, or its name"), IfMatch),
    request_body = Edit,
    responses(
        (status = 200, description = "As it is registered then", body = AccountAnswer),
        Refused, NotThere, Changed,
    ))]
pub async fn edit(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    _: Params<Nothing>,
    Named(id): Named,
    Given(given): Given<Edit>,
) -> Answered {
    caller.require_all(Role::Admin)?;
    deciding(service, caller, async move |reader| {
        let account = registered(&reader, &id)?;
        require_match(&headers, async || Ok(AccountAnswer::of(&reader, &account))).await?;
        let change = |account: &mut Account| given.apply(account);
        let updated = reader.decisions.update(account.id.as_str(), change).await?;
        Ok(AccountAnswer::of(&reader, &updated.account))
    })
    .await
}

/// Forget an account
///
/// What was recorded of it stays, unwatched. With `If-Match` only as it was when its `ETag` was
/// read.
#[utoipa::path(delete, path = "/accounts/{id}", operation_id = "remove_account",
    tag = "accounts",
    params(("id" = AccountId, Path, description = "Its id, or its name"), IfMatch),
    responses(
        (status = 200, description = "As it was registered", body = AccountAnswer),
        Refused, NotThere, Changed,
    ))]
pub async fn remove(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    _: Params<Nothing>,
    Named(id): Named,
) -> Answered {
    caller.require_all(Role::Admin)?;
    deciding(service, caller, async move |reader| {
        let account = registered(&reader, &id)?;
        require_match(&headers, async || Ok(AccountAnswer::of(&reader, &account))).await?;
        let account = reader.decisions.remove(account.id.as_str()).await?;
        Ok(AccountAnswer::of(&reader, &account))
    })
    .await
}

/// The account of an id or name.
pub fn registered(reader: &Reader, id: &str) -> Result<Account, Problem> {
    let accounts = reader.known.views.accounts()?;
    let account = accounts.get(id).or_else(|| accounts.find(id)).cloned();
    account.ok_or_else(|| Problem::missing(format!("no account `{id}` is registered")))
}
