//! The accounts of an organization, as AWS Organizations lists them.

use async_trait::async_trait;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::types;
use secmonkey_core::account::{Account, AccountId};
use secmonkey_core::source::{AccountSource, Entry, Error, Listing, State, Whole};
use secmonkey_core::watch::{self, Cause, Complete, Listed, pages};
use serde_json::Map;

use crate::error::{failed, is_absent};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::watch::organizations::account::LIST;
use crate::watch::organizations::{self, NOT_IN_USE, PAGE};
use crate::{AWS, kind, settings};

const ORGANIZATION: Operation = organizations::ORGANIZATION.absent(&[NOT_IN_USE]);

/// What whoever asks needs to be allowed.
pub const PERMISSIONS: &[&str] = &[ORGANIZATION.permission, LIST.permission];

/// The state of accounts that are in use.
const ACTIVE: &str = "ACTIVE";

/// AWS Organizations as its management account or a delegated administrator sees it.
///
/// ```no_run
/// use secmonkey_aws::session::{Config, Sessions};
/// use secmonkey_aws::source::Organization;
/// use secmonkey_core::source::AccountSource;
///
/// # async fn example() -> Result<(), secmonkey_core::source::Error> {
/// let sessions = Sessions::load(Config::default()).await;
/// let organization = Organization::new(sessions).role("audit/Reader");
/// println!("{} accounts", organization.accounts().await?.entries.len());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Organization {
    sessions: Sessions,
    account: Option<Account>,
    role: Option<String>,
    external_id: Option<String>,
}

impl Organization {
    /// The organization of the account that the credentials belong to.
    #[must_use]
    pub fn new(sessions: Sessions) -> Self {
        Self { sessions, account: None, role: None, external_id: None }
    }

    /// Asks as this account, whose role is assumed where it has one.
    #[must_use]
    pub fn ask_as(self, account: Account) -> Self {
        Self { account: Some(account), ..self }
    }

    /// The role by which accounts are entered that are not registered yet; the usual one, if
    /// nobody says. The account of the credentials is entered without.
    #[must_use]
    pub fn role(self, role: impl Into<String>) -> Self {
        Self { role: Some(role.into()), ..self }
    }

    /// The external id that their role asks for.
    #[must_use]
    pub fn external_id(self, external_id: impl Into<String>) -> Self {
        Self { external_id: Some(external_id.into()), ..self }
    }

    /// What an account of the organization is said to be.
    fn entry(&self, of: &str, own: &AccountId, listed: &types::Account) -> Result<Entry, Error> {
        let id = listed.id.as_deref().unwrap_or_default();
        let unreadable = |error| Error::Unreadable(format!("{}: {error}", LIST.permission));
        let id: AccountId = id.parse().map_err(unreadable)?;
        let mut entry = Entry::new(AWS, id.clone());
        if let Some(name) = listed.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
            entry.name = Some(name.to_owned());
            // Nothing hinders an organization from calling two accounts the same.
            entry.name_if_taken = Some(format!("{name} {id}"));
        }
        entry.state = state(listed).map(|state| match state {
            ACTIVE => State::Open,
            other => State::Closed(other.to_owned()),
        });
        entry.names.insert(kind::ORGANIZATION, of.to_owned());
        if let Some(partition) = listed.arn.as_deref().and_then(settings::partition_of) {
            entry.settings.insert(settings::PARTITION.to_owned(), partition.into());
        }
        if id != *own {
            let said = [(settings::ROLE, &self.role), (settings::EXTERNAL_ID, &self.external_id)];
            let said = said.into_iter().filter_map(|(name, value)| {
                value.as_deref().map(|value| (name.to_owned(), value.into()))
            });
            entry.initial = said.collect::<Map<_, _>>();
        }
        Ok(entry)
    }
}

/// The state of an account, in AWS's word. `Status` is what it was called before, and what
/// stand-ins for AWS still answer.
fn state(account: &types::Account) -> Option<&str> {
    let state = account.state.as_ref().map(types::AccountState::as_str);
    state.or_else(|| account.status.as_ref().map(types::AccountStatus::as_str))
}

#[async_trait]
impl AccountSource for Organization {
    fn title(&self) -> String {
        "AWS Organizations".to_owned()
    }

    async fn accounts(&self) -> Result<Listing, Error> {
        let caller = self.sessions.caller().await.map_err(|error| Error::Other(error.into()))?;
        let own = caller.account.clone();
        let account = self.account.clone().unwrap_or_else(|| caller.into());
        let client = self.sessions.organizations(&account);

        let organization = match client.describe_organization().send().await {
            Ok(answer) => answer.organization,
            Err(error) if is_absent(ORGANIZATION, &error) => {
                return Err(Error::NoList(format!("account {} is in no organization", account.id)));
            }
            Err(error) => return Err(failed(ORGANIZATION, &error).into()),
        };
        let missing = || {
            let reason = "the answer names no organization";
            watch::Error::new(ORGANIZATION, Cause::Garbled, reason)
        };
        let organization = organization.ok_or_else(missing)?;
        let of = organization.id.ok_or_else(missing)?;
        let manager = organization.master_account_id.unwrap_or_default();

        let (listed, proof) = match list(&client).await {
            Ok(listed) => listed,
            Err(error) if error.cause == Cause::Denied && manager != account.id.as_str() => {
                return Err(Error::Denied(format!(
                    "account {} is a member of {of}, whose accounts its management account \
                     {manager} lists, or whom that delegated it ({error})",
                    account.id
                )));
            }
            Err(error) => return Err(error.into()),
        };
        let entries = listed.iter().map(|one| self.entry(&of, &own, one));
        let entries = entries.collect::<Result<_, _>>()?;
        let mut whole = Whole::new(AWS, proof);
        whole.names.insert(kind::ORGANIZATION, of);
        Ok(Listing { entries, whole: Some(whole) })
    }
}

/// All accounts, to the last.
async fn list(client: &Client) -> Result<(Vec<types::Account>, Complete), watch::Error> {
    let mut listing = pages(LIST, |token| {
        let call = client.list_accounts().max_results(PAGE).set_next_token(token);
        async move {
            let page = call.send().await.map_err(|error| failed(LIST, &error))?;
            Ok(Listed::page(page.accounts, page.next_token))
        }
    });
    let mut all = Vec::new();
    while let Some(page) = listing.next().await? {
        all.extend(page);
    }
    Ok((all, listing.end()?))
}
