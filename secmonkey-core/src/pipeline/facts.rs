//! What checks look up beside their item, answered from the views.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map};
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;

use crate::account::AccountId;
use crate::check::page::texts_at;
use crate::check::{Facts, Undecided};
use crate::event::ScopeId;
use crate::item::{GLOBAL, Item, Key};
use crate::network::{Block, Network};
use crate::technology::Kind;
use crate::texts::Texts;
use crate::view::{self, ItemRow, Views};

/// How many blocks are remembered, at a few hundred bytes each.
const REMEMBERED: usize = 10_000;

/// What checks look up, as these views know it. Answers are remembered: ask anew where
/// the views may have moved on.
#[must_use]
pub fn facts(views: &Views) -> impl Facts + use<> {
    ViewFacts::new(views.clone())
}

/// All items of a technology of an account.
type All = BTreeMap<(AccountId, String), Arc<[Item]>>;

/// Items by what they name.
type Naming = BTreeMap<String, BTreeSet<Key>>;

/// What checks look up, from the views.
pub(super) struct ViewFacts {
    views: Views,
    /// What keeps names of a kind from being nobody's, once it was asked for.
    unlisted: Mutex<BTreeMap<Kind, Option<String>>>,
    /// The items of a scope by their ARNs and names, once one was looked for.
    called: Mutex<BTreeMap<ScopeId, BTreeMap<String, Key>>>,
    /// The items of a scope by what their configurations name at some pointers, once somebody
    /// asked.
    naming: Mutex<BTreeMap<(ScopeId, Vec<String>), Naming>>,
    /// All items of technologies of accounts, once somebody asked.
    all: Mutex<All>,
    /// Whose the last blocks are that were asked for: several checks ask for each, and many
    /// items name the same.
    blocks: Mutex<HashMap<IpNet, Vec<Block>>>,
    /// The registered networks, once somebody asked.
    networks: Mutex<Option<Arc<[Network]>>>,
}

impl ViewFacts {
    pub(super) fn new(views: Views) -> Self {
        Self {
            views,
            unlisted: Mutex::default(),
            called: Mutex::default(),
            naming: Mutex::default(),
            all: Mutex::default(),
            blocks: Mutex::default(),
            networks: Mutex::default(),
        }
    }

    /// Whether nobody's configuration names something of a kind because it is nobody's.
    fn listed(&self, kind: &Kind) -> Result<(), Undecided> {
        let mut unlisted = self.unlisted.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = match unlisted.entry(kind.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(self.views.unlisted(kind).map_err(failed)?),
        };
        answer.clone().map_or(Ok(()), |scope| Err(Undecided::Unlisted(scope)))
    }

    /// Fails where a scope was never listed to its end.
    fn completed(&self, scope: &ScopeId) -> Result<(), Undecided> {
        let known = self.views.scope(scope).map_err(failed)?;
        let listed = known.is_some_and(|scope| scope.first_completed.is_some());
        if listed { Ok(()) } else { Err(Undecided::Unlisted(scope.to_string())) }
    }

    /// The items of a technology in every region of an account.
    fn everywhere(&self, account: &AccountId, technology: &str) -> Result<Arc<[Item]>, Undecided> {
        if let Some(unlisted) = self.views.unlisted_in(account, technology).map_err(failed)? {
            return Err(Undecided::Unlisted(unlisted));
        }
        let mut items = Vec::new();
        for scope in self.views.scopes_in(account, technology) {
            for row in self.views.items_in(&scope.map_err(failed)?.scope) {
                let row = row.map_err(failed)?;
                if !row.deleted {
                    items.push(self.whole(row)?);
                }
            }
        }
        Ok(items.into())
    }

    /// An item with its configuration.
    fn whole(&self, row: ItemRow) -> Result<Item, Undecided> {
        let config = self.views.config(&row.key).map_err(failed)?.unwrap_or_default();
        Ok(Item { key: row.key, name: row.name, arn: row.arn, config })
    }

    /// The key of the item of a scope that has this ARN or name.
    fn key_of(&self, scope: ScopeId, called: &str) -> Result<Option<Key>, Undecided> {
        let mut known = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = match known.entry(scope) {
            Entry::Occupied(keys) => keys.into_mut(),
            Entry::Vacant(place) => {
                let mut keys = BTreeMap::new();
                for row in self.views.items_in(place.key()) {
                    let row = row.map_err(failed)?;
                    if !row.deleted {
                        keys.extend(row.arn.map(|arn| (arn, row.key.clone())));
                        keys.insert(row.name, row.key);
                    }
                }
                place.insert(keys)
            }
        };
        Ok(keys.get(called).cloned())
    }
}

/// The items of a scope by what they name at some pointers.
fn naming(views: &Views, scope: &ScopeId, at: &Texts) -> Result<Naming, view::Error> {
    let mut found = Naming::new();
    for row in views.items_in(scope) {
        let row = row?;
        if row.deleted {
            continue;
        }
        let config = views.config(&row.key)?.unwrap_or_default();
        for text in texts_at(&config, at) {
            found.entry(text).or_default().insert(row.key.clone());
        }
    }
    Ok(found)
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that `map_err` asks for")]
fn failed(error: view::Error) -> Undecided {
    Undecided::Failed(error.to_string())
}

impl Facts for ViewFacts {
    fn item(&self, key: &Key) -> Result<Option<Item>, Undecided> {
        self.completed(&ScopeId::of(key))?;
        let row = self.views.item(key).map_err(failed)?.filter(|row| !row.deleted);
        row.map(|row| self.whole(row)).transpose()
    }

    fn find(
        &self,
        account: &AccountId,
        technology: &str,
        called: &str,
    ) -> Result<Option<Item>, Undecided> {
        let scope = ScopeId {
            account: account.clone(),
            technology: technology.to_owned(),
            region: GLOBAL.to_owned(),
        };
        self.completed(&scope)?;
        self.key_of(scope, called)?.map_or(Ok(None), |key| self.item(&key))
    }

    fn naming(&self, scope: &ScopeId, at: &Texts, name: &str) -> Result<BTreeSet<Key>, Undecided> {
        self.completed(scope)?;
        let mut known = self.naming.lock().unwrap_or_else(PoisonError::into_inner);
        let naming = match known.entry((scope.clone(), at.iter().map(str::to_owned).collect())) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let naming = naming(&self.views, scope, at).map_err(failed)?;
                place.insert(naming)
            }
        };
        Ok(naming.get(name).cloned().unwrap_or_default())
    }

    fn all(&self, account: &AccountId, technology: &str) -> Result<Arc<[Item]>, Undecided> {
        let mut known = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match known.entry((account.clone(), technology.to_owned())) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(place) => Arc::clone(place.insert(self.everywhere(account, technology)?)),
        })
    }

    fn owners(&self, kind: &Kind, name: &str) -> Result<BTreeSet<AccountId>, Undecided> {
        let owners = self.views.owners(kind, name).map_err(failed)?;
        if owners.is_empty() {
            self.listed(kind)?;
        }
        Ok(owners)
    }

    fn blocks(&self, block: IpNet) -> Result<Vec<Block>, Undecided> {
        let mut known = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let blocks = match known.entry(block) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(place) => {
                place.insert(self.views.blocks(block).map_err(failed)?)
            }
        };
        if blocks.is_empty() {
            self.listed(&Kind::BLOCK)?;
        }
        Ok(blocks.clone())
    }

    fn networks(&self) -> Result<Arc<[Network]>, Undecided> {
        let mut known = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref() {
            return Ok(Arc::clone(known));
        }
        let all: Vec<_> = self.views.networks().collect::<Result<_, _>>().map_err(failed)?;
        Ok(Arc::clone(known.insert(all.into())))
    }
}
