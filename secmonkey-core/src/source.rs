//! Where accounts come from: whoever else keeps a list of them, such as the cloud's own
//! directory or an inventory in a file.
//!
//! [`Decisions::discover`](crate::decide::Decisions::discover) takes over what a source says.
//! What it does not say stays as people set it, and nobody is removed because a list lacks them.
//!
//! A source of one's own:
//!
//! ```
//! use async_trait::async_trait;
//! use secmonkey_core::provider::Provider;
//! use secmonkey_core::source::{AccountSource, Entry, Error, Listing, State, Whole};
//! use secmonkey_core::watch::{Listed, pages};
//!
//! struct Inventory;
//!
//! #[async_trait]
//! impl AccountSource for Inventory {
//!     fn title(&self) -> String {
//!         "the inventory".to_owned()
//!     }
//!
//!     async fn accounts(&self) -> Result<Listing, Error> {
//!         let mut listing = pages("inventory:List", |_token| async {
//!             // Here it would be asked, page by page.
//!             let page = vec![("123456789012", "production", "in use"), ("1", "lab", "retired")];
//!             Ok(Listed::page(page, None))
//!         });
//!         let mut entries = Vec::new();
//!         while let Some(page) = listing.next().await? {
//!             for (id, name, status) in page {
//!                 let id = id.parse().map_err(|_| Error::Unreadable(format!("id `{id}`")))?;
//!                 let mut entry = Entry::new(Provider::named("aws"), id);
//!                 entry.name = Some(name.to_owned());
//!                 entry.state = Some(match status {
//!                     "in use" => State::Open,
//!                     other => State::Closed(other.to_owned()),
//!                 });
//!                 entries.push(entry);
//!             }
//!         }
//!         // Who is registered and not among these, the inventory knows no more.
//!         let whole = Whole::new(Provider::named("aws"), listing.end()?);
//!         Ok(Listing { entries, whole: Some(whole) })
//!     }
//! }
//!
//! # use std::sync::Arc;
//! # use secmonkey_core::{decide::{Decisions, Missing}, event::Actor, log::memory::Memory, view::Views};
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! # let log = Arc::new(Memory::default());
//! let decisions = Decisions::new(log, Views::in_memory(), Actor::from("alice"));
//! let changes = decisions.discover(&Inventory, Missing::Tell, false).await?;
//! assert_eq!(changes.len(), 2);
//! # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::account::{Account, AccountId, Accounts};
use crate::provider::Provider;
use crate::technology::Kind;
use crate::watch::{self, Complete};

/// The setting that says why a source had an account deactivated, in the source's own word.
/// Such an account is active again once the source says so; one that people deactivated is not.
pub const CLOSED: &str = "closed";

/// The word for an account that a source does not know any more.
const MISSING: &str = "missing";

/// Somebody who keeps a list of accounts.
#[async_trait]
pub trait AccountSource: Send + Sync {
    /// What messages call it: `AWS Organizations`, the name of a file.
    fn title(&self) -> String;

    /// The accounts as the source knows them now.
    ///
    /// # Errors
    /// Where there is no list, it cannot be read, or its reading ended early. A listing that
    /// was cut is an error, or comes without [`Listing::whole`].
    async fn accounts(&self) -> Result<Listing, Error>;
}

/// What a source lists.
#[derive(Debug, Default)]
pub struct Listing {
    /// What it says, an account each. Of several about one account the last counts.
    pub entries: Vec<Entry>,
    /// Says that there are no others. Without it, nobody is missing.
    pub whole: Option<Whole>,
}

/// The proof that a source has named all accounts that it knows, and which those are.
#[derive(Debug)]
pub struct Whole {
    /// That the listing came to its end.
    pub proof: Complete,
    /// Who runs the accounts.
    pub provider: Provider,
    /// The names that every account of the source is registered with, such as that of an
    /// organization. Accounts without them are no matter of the source.
    pub names: BTreeMap<Kind, String>,
}

impl Whole {
    /// The whole of what a provider runs for us.
    #[must_use]
    pub fn new(provider: Provider, proof: Complete) -> Self {
        Self { proof, provider, names: BTreeMap::new() }
    }

    /// Whether the source would name an account if it still knew it.
    fn covers(&self, account: &Account) -> bool {
        account.provider == self.provider
            && !account.third_party
            && self.names.iter().all(|(kind, name)| account.names.get(kind) == Some(name))
    }
}

/// What a source says of an account. What it does not say stays as people set it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Who runs the account.
    pub provider: Provider,
    /// The provider's id.
    pub id: AccountId,
    /// What people call it; a new account of which no name is said is called by its id.
    pub name: Option<String>,
    /// What it is called where another account has its name. `None`: a name that is taken is
    /// an error.
    pub name_if_taken: Option<String>,
    /// Whether it is in use.
    pub state: Option<State>,
    /// Whether it is somebody else's.
    pub third_party: Option<bool>,
    /// The regions to watch; empty for every enabled one.
    pub regions: Option<Vec<String>>,
    /// Regions not to watch.
    pub skip_regions: Option<Vec<String>>,
    /// What else names it in configurations; an empty name takes one away.
    pub names: BTreeMap<Kind, String>,
    /// What only its provider reads, and whatever else is to be searched by; null and an empty
    /// text take a setting away.
    pub settings: Map<String, Value>,
    /// Settings for an account that is registered because of this: how it is entered, until
    /// somebody says otherwise.
    pub initial: Map<String, Value>,
    /// Free text.
    pub notes: Option<String>,
}

/// Whether an account is in use, as a source says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is. Whether it is watched is for people to say, unless the source had closed it.
    Open,
    /// It is not, in the source's own word: `SUSPENDED`. It is not watched until it is open.
    Closed(String),
    /// The source is where people say whether it is watched.
    Watched(bool),
}

impl Entry {
    /// An account of which nothing but its id is said.
    #[must_use]
    pub fn new(provider: Provider, id: AccountId) -> Self {
        Self {
            provider,
            id,
            name: None,
            name_if_taken: None,
            state: None,
            third_party: None,
            regions: None,
            skip_regions: None,
            names: BTreeMap::new(),
            settings: Map::new(),
            initial: Map::new(),
            notes: None,
        }
    }

    /// The account as it is registered where it was not yet.
    #[must_use]
    pub fn registered(&self) -> Account {
        let mut account = Account::new(self.provider.clone(), self.id.clone(), self.id.as_str());
        account.settings.clone_from(&self.initial);
        self.update(&mut account);
        account
    }

    /// Changes what is registered to what is said.
    pub fn update(&self, account: &mut Account) {
        fn take<T: Clone>(said: Option<&T>, now: &mut T) {
            if let Some(said) = said {
                now.clone_from(said);
            }
        }
        account.provider.clone_from(&self.provider);
        take(self.name.as_ref(), &mut account.name);
        take(self.third_party.as_ref(), &mut account.third_party);
        take(self.regions.as_ref(), &mut account.regions);
        take(self.skip_regions.as_ref(), &mut account.skip_regions);
        take(self.notes.as_ref(), &mut account.notes);
        match &self.state {
            None => {}
            Some(State::Open) => {
                let was_closed = account.settings.remove(CLOSED).is_some();
                account.active |= was_closed;
            }
            Some(State::Closed(why)) => close(account, why),
            Some(State::Watched(active)) => {
                account.active = *active;
                account.settings.remove(CLOSED);
            }
        }
        for (kind, name) in &self.names {
            if name.is_empty() {
                account.names.remove(kind);
            } else {
                account.names.insert(kind.clone(), name.clone());
            }
        }
        for (name, value) in &self.settings {
            if value.is_null() || value.as_str() == Some("") {
                account.settings.remove(name);
            } else {
                account.settings.insert(name.clone(), value.clone());
            }
        }
    }
}

/// Deactivates an account for a reason; one that people deactivated stays theirs to decide.
fn close(account: &mut Account, why: &str) {
    if account.active || account.setting(CLOSED).is_some() {
        account.active = false;
        account.set(CLOSED, why);
    }
}

impl Listing {
    /// The accounts that are listed as they are registered once that is taken over, by id.
    pub(crate) fn registered(&self, known: &Accounts) -> Vec<Account> {
        let entries: BTreeMap<_, _> = self.entries.iter().map(|entry| (&entry.id, entry)).collect();
        let others = known.iter().filter(|account| !entries.contains_key(&account.id));
        let mut named: HashMap<String, &AccountId> =
            others.map(|account| (account.name.clone(), &account.id)).collect();
        let mut all = Vec::with_capacity(entries.len());
        for (id, entry) in &entries {
            let mut account = match known.get(id.as_str()) {
                Some(known) if known.provider == entry.provider => {
                    let mut account = known.clone();
                    entry.update(&mut account);
                    account
                }
                // That is refused where it is registered with another provider.
                _ => entry.registered(),
            };
            account.name = account.name.trim().into();
            let is_id = account.name != id.as_str()
                && (known.get(&account.name).is_some()
                    || entries.keys().any(|other| other.as_str() == account.name));
            if let Some(other) = &entry.name_if_taken
                && (is_id || named.contains_key(&account.name))
            {
                other.trim().clone_into(&mut account.name);
            }
            named.insert(account.name.clone(), id);
            all.push(account);
        }
        all
    }

    /// The watched accounts that the source does not know any more, by id.
    pub(crate) fn missing<'a>(&self, known: &'a Accounts) -> Vec<&'a Account> {
        let Some(whole) = &self.whole else { return Vec::new() };
        let listed: BTreeSet<_> = self.entries.iter().map(|entry| &entry.id).collect();
        let is_missing = |account: &&Account| {
            account.watched() && whole.covers(account) && !listed.contains(&account.id)
        };
        known.iter().filter(is_missing).collect()
    }
}

/// An account that a source does not know any more, as it is registered from then on.
pub(crate) fn left(account: &Account) -> Account {
    let mut account = account.clone();
    close(&mut account, MISSING);
    account
}

/// Why a source lists nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no list: the account is in no organization.
    #[error("{0}")]
    NoList(String),
    /// There is one, and somebody else may read it: who, and what to do.
    #[error("{0}")]
    Denied(String),
    /// What it says is not understood.
    #[error("{0}")]
    Unreadable(String),
    /// Its reading failed or ended early.
    #[error(transparent)]
    Unread(#[from] watch::Error),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Box<dyn std::error::Error + Send + Sync>),
}

#[cfg(test)]
mod tests;
