//! Decisions about accounts.
//!
//! What is decided holds against the stream of the account itself. Two accounts that are
//! given one name at the same instant by two processes can therefore both have it: either
//! can be renamed then, and both can be named by their ids.

use super::{Decided, Decisions, Error, Taken};
use crate::account::{Account, AccountId, Accounts};
use crate::event::{Event, StreamId};
use crate::nearest::{Named, Unknown};

/// What an update came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// The account as it is registered now.
    pub account: Account,
    /// Whether anything changed.
    pub changed: bool,
}

/// What an import came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Accounts that are registered from now on.
    pub registered: u64,
    /// Accounts that are registered otherwise from now on.
    pub updated: u64,
    /// Accounts that were registered just so.
    pub unchanged: u64,
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

    /// Registers many accounts, or updates those that are registered: all of them or none.
    /// None is removed.
    ///
    /// # Errors
    /// What is wrong with the first that cannot be registered.
    pub async fn import(&self, all: &[Account]) -> Result<Imported, Error> {
        self.decided(|| {
            let mut accounts = self.views.accounts()?;
            let mut imported = Imported::default();
            let mut decided = Vec::new();
            for account in all {
                let mut account = account.clone();
                self.validate(&mut account, &accounts)?;
                let event = match accounts.get(account.id.as_str()) {
                    Some(known) if *known == account => {
                        imported.unchanged += 1;
                        None
                    }
                    Some(_) => {
                        imported.updated += 1;
                        Some(Event::AccountUpdated(account.clone()))
                    }
                    None => {
                        imported.registered += 1;
                        Some(Event::AccountRegistered(account.clone()))
                    }
                };
                let stream = StreamId::account(&account.id);
                decided.extend(event.map(|event| Decided::new(stream, event)));
                accounts.insert(account);
            }
            Ok((imported, decided))
        })
        .await
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
        if let Some(known) = others.get(account.id.as_str())
            && known.provider != account.provider
        {
            let provider = known.provider.clone();
            return Err(Error::OtherProvider { id: account.id.clone(), provider });
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
