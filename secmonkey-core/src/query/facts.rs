//! What is known of an item, read when a query asks for it.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use jiff::Timestamp;
use serde_json::Value;

use super::language::{Facts, Subject};
use super::{Error, Known};
use crate::account::Account;
use crate::event::ScopeId;
use crate::governance::ItemRuling;
use crate::issue::Issue;
use crate::item::Key;
use crate::registry::Registry;
use crate::replay::ItemRow;
use crate::view;

/// Of so many items is remembered what the rules say, and of so many scopes whether they are
/// watched.
const MOST: usize = 65_536;

/// What is remembered from one item to the next.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    unwatched: RefCell<HashMap<ScopeId, Option<Timestamp>>>,
    rulings: RefCell<HashMap<Key, ItemRuling>>,
}

impl Remembered {
    /// Lets the rules in force say what they say of an issue. They are asked once about an item,
    /// whose configuration they may have to read; issues come in any order.
    pub(super) fn rule(
        &self,
        (known, registry): (&Known, &Registry),
        row: &ItemRow,
        issue: &mut Issue,
    ) -> Result<(), view::Error> {
        let mut rulings = self.rulings.borrow_mut();
        if rulings.len() >= MOST {
            rulings.clear();
        }
        let ruling = match rulings.entry(row.key.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(known.item_ruling(registry, row)?),
        };
        ruling.rule(issue);
        Ok(())
    }

    /// Since when no scan looks at a scope. Items come one scope after the other, issues in any
    /// order.
    pub(super) fn unwatched_since(
        &self,
        known: &Known,
        scope: ScopeId,
    ) -> Result<Option<Timestamp>, view::Error> {
        let mut unwatched = self.unwatched.borrow_mut();
        if unwatched.len() >= MOST {
            unwatched.clear();
        }
        Ok(match unwatched.entry(scope) {
            Entry::Occupied(since) => *since.get(),
            Entry::Vacant(place) => {
                let row = known.views.scope(place.key())?;
                *place.insert(row.and_then(|row| row.unwatched_since))
            }
        })
    }
}

/// An item, or an issue of it.
pub(super) struct Lazy<'a> {
    known: &'a Known,
    registry: &'a Registry,
    remembered: &'a Remembered,
    account: Option<&'a Account>,
    pub(super) row: ItemRow,
    pub(super) issue: Option<Issue>,
    config: OnceCell<Value>,
    issues: OnceCell<Vec<Issue>>,
}

impl<'a> Lazy<'a> {
    pub(super) fn new(
        (known, registry): (&'a Known, &'a Registry),
        remembered: &'a Remembered,
        account: Option<&'a Account>,
        row: ItemRow,
        issue: Option<Issue>,
    ) -> Self {
        let (config, issues) = Default::default();
        Self { known, registry, remembered, account, row, issue, config, issues }
    }
}

/// The value of a cell, made where there is none yet.
fn get_or_read<T>(
    cell: &OnceCell<T>,
    read: impl FnOnce() -> Result<T, view::Error>,
) -> Result<&T, Error> {
    let read = match cell.get() {
        Some(value) => return Ok(value),
        None => read()?,
    };
    Ok(cell.get_or_init(|| read))
}

impl Facts for Lazy<'_> {
    type Error = Error;

    fn subject(&self) -> Subject<'_> {
        self.issue.as_ref().map_or(Subject::Item, Subject::Issue)
    }

    fn row(&self) -> &ItemRow {
        &self.row
    }

    fn account(&self) -> Option<&Account> {
        self.account
    }

    fn now(&self) -> Timestamp {
        self.known.now
    }

    fn config(&self) -> Result<&Value, Error> {
        let read = || Ok(self.known.views.config(&self.row.key)?.unwrap_or_default());
        get_or_read(&self.config, read)
    }

    fn issues(&self) -> Result<&[Issue], Error> {
        let read = || self.known.issues_of(&self.row);
        get_or_read(&self.issues, read).map(Vec::as_slice)
    }

    fn score(&self) -> Result<u32, Error> {
        Ok(self.known.score(self.registry, self.issues()?))
    }

    fn is_ignored(&self) -> Result<bool, Error> {
        Ok(self.known.ignored(&self.row)?.is_some())
    }

    fn is_watched(&self) -> Result<bool, Error> {
        let since = self.remembered.unwatched_since(self.known, self.row.scope())?;
        Ok(self.row.deleted || since.is_none())
    }
}
