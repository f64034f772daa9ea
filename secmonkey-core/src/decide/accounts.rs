//! Decisions about accounts.
//!
//! What is decided holds against the stream of the account itself. Two accounts that are
//! given one name at the same instant by two processes can therefore both have it: either
//! can be renamed then, and both can be named by their ids.

use serde_json::json;

use super::apply::Plan;
use super::{Change, Changed, Decided, Decisions, Error, Taken};
use crate::account::{Account, AccountId, Accounts};
use crate::event::{Event, StreamId};
use crate::nearest::{Named, Unknown};
use crate::source::{self, AccountSource};

/// What an update came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// The account as it is registered now.
    pub account: Account,
    /// Whether anything changed.
    pub changed: bool,
}

/// What taking over a list came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Accounts that are registered from now on.
    pub registered: u64,
    /// Accounts that are registered otherwise from now on.
    pub updated: u64,
    /// Accounts that were registered just so.
    pub unchanged: u64,
}

impl Imported {
    /// The changes, counted.
    #[must_use]
    pub fn of(changes: &[Change]) -> Self {
        let count = |what| changes.iter().filter(|one| one.change == what).count() as u64;
        Self {
            registered: count(Changed::Added),
            updated: count(Changed::Changed),
            unchanged: count(Changed::Unchanged),
        }
    }
}

/// What becomes of accounts that a source does not know any more. None is removed: what was
/// recorded of them stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Missing {
    /// They stay as they are, and are told.
    #[default]
    Tell,
    /// They are not watched until the source knows them again.
    Deactivate,
}

impl Decisions {
    /// Registers an account. Returns it as it is registered.
    ///
    /// # Errors
    /// Where it is registered already, or cannot be as it is.
    pub async fn register(&self, account: Account) -> Result<Account, Error> {
        self.decided(|| {
            let accounts = self.views.accounts()?;
            if let Some(known) = accounts.get(account.id.as_str()) {
                return Err(Error::Registered(Box::new(known.clone())));
            }
            let mut account = account.clone();
            self.validate(&mut account, &accounts)?;
            let event = Event::AccountRegistered(account.clone());
            let decided = Decided::new(StreamId::account(&account.id), event);
            Ok((account, vec![decided]))
        })
        .await
    }

    /// Changes what is registered about the account of an id or name. Its id and its
    /// provider stay.
    ///
    /// # Errors
    /// Where nobody is registered so, or the account cannot be what it became.
    pub async fn update(
        &self,
        id_or_name: &str,
        change: impl Fn(&mut Account),
    ) -> Result<Updated, Error> {
        self.decided(|| {
            let accounts = self.views.accounts()?;
            let known = accounts.require(id_or_name)?;
            let mut account = known.clone();
            change(&mut account);
            (account.id, account.provider) = (known.id.clone(), known.provider.clone());
            self.validate(&mut account, &accounts)?;
            let changed = account != *known;
            let event = Event::AccountUpdated(account.clone());
            let decided = Decided::new(StreamId::account(&account.id), event);
            let decided = changed.then_some(decided).into_iter().collect();
            Ok((Updated { account, changed }, decided))
        })
        .await
    }

    /// Forgets the account of an id or name; what was recorded of it stays, unwatched.
    /// Returns what was registered.
    ///
    /// # Errors
    /// Where nobody is registered so.
    pub async fn remove(&self, id_or_name: &str) -> Result<Account, Error> {
        self.decided(|| {
            let accounts = self.views.accounts()?;
            let account = accounts.require(id_or_name)?.clone();
            let event = Event::AccountRemoved { id: account.id.clone() };
            let decided = Decided::new(StreamId::account(&account.id), event);
            Ok((account, vec![decided]))
        })
        .await
    }

    /// Takes over what a source says of accounts, all of it or nothing: registers those that it
    /// names, changes what it says otherwise, and tells who is missing. Taken over again, it
    /// changes nothing. With `dry_run` only says what would change.
    ///
    /// # Errors
    /// Where the source lists nothing; where somebody missing is to be deactivated and the source
    /// did not name all; what is wrong with the first account that cannot be.
    pub async fn discover(
        &self,
        source: &dyn AccountSource,
        missing: Missing,
        dry_run: bool,
    ) -> Result<Vec<Change>, Error> {
        let title = source.title();
        let listing = match source.accounts().await {
            Ok(listing) => listing,
            Err(error) => return Err(Error::Source { title, error }),
        };
        if missing == Missing::Deactivate && listing.whole.is_none() {
            return Err(Error::NotWhole(title));
        }
        self.decided(|| {
            let known = self.views.accounts()?;
            let mut planned = Plan::default();
            let mut said = listing.registered(&known);
            let mut told = Vec::new();
            for account in listing.missing(&known) {
                match missing {
                    Missing::Tell => told.push(Change::missing(account)),
                    Missing::Deactivate => said.push(source::left(account)),
                }
            }
            self.plan_accounts(&said, &known, &mut planned)?;
            planned.changes.extend(told);
            Ok(planned.decided(dry_run))
        })
        .await
    }

    /// Plans what makes accounts so. They are held against each other as they will be, so that
    /// one may take the name that another gives up.
    pub(super) fn plan_accounts(
        &self,
        declared: &[Account],
        known: &Accounts,
        planned: &mut Plan,
    ) -> Result<(), Error> {
        let mut accounts = known.clone();
        for account in declared {
            if let Some(known) = known.get(account.id.as_str()) {
                same_provider(account, known)?;
            }
            let name = account.name.trim().to_owned();
            accounts.insert(Account { name, ..account.clone() });
        }
        for account in declared {
            let mut account = account.clone();
            self.validate(&mut account, &accounts)?;
            let known = known.get(account.id.as_str()).map(|known| json!(known));
            let is_known = known.is_some();
            let change = Change::new("account", account.id.as_str(), known, json!(account));
            let event = if is_known { Event::AccountUpdated } else { Event::AccountRegistered };
            planned.push(change, StreamId::account(&account.id), || event(account));
        }
        Ok(())
    }

    /// Brings an account into form, and refuses what cannot be beside the others.
    pub(super) fn validate(&self, account: &mut Account, others: &Accounts) -> Result<(), Error> {
        for regions in [&mut account.regions, &mut account.skip_regions] {
            regions.sort();
            regions.dedup();
        }
        account.name = account.name.trim().to_owned();
        if account.name.is_empty() {
            return Err(Error::Unnamed(account.id.clone()));
        }
        if let Some(known) = others.get(account.id.as_str()) {
            same_provider(account, known)?;
        }
        let is_other = |other: &&Account| other.id != account.id;
        for other in others.iter().filter(is_other) {
            let taken = |name: &str, whose, other: &AccountId| Error::NameTaken {
                id: account.id.clone(),
                name: name.to_owned(),
                whose,
                other: other.clone(),
            };
            if other.name == account.name {
                return Err(taken(&account.name, Taken::Name, &other.id));
            }
            if other.id.as_str() == account.name {
                return Err(taken(&account.name, Taken::Id, &other.id));
            }
            if other.name == account.id.as_str() {
                return Err(taken(&other.name, Taken::Name, &other.id));
            }
        }
        match self.providers.get(&account.provider) {
            Some(validate) => validate(account)
                .map_err(|reason| Error::Invalid { id: account.id.clone(), reason }),
            None if self.providers.is_empty() => Ok(()),
            None => {
                let known = self.providers.keys().map(crate::provider::Provider::as_str);
                Err(Unknown::new(Named::Provider, account.provider.as_str(), known).into())
            }
        }
    }
}

/// Refuses what another provider's account has the id of.
fn same_provider(account: &Account, known: &Account) -> Result<(), Error> {
    if known.provider == account.provider {
        return Ok(());
    }
    let provider = known.provider.clone();
    Err(Error::OtherProvider { id: account.id.clone(), provider })
}
