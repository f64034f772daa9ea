//! What was looked at, read and judged, and what was not: why there is nothing where
//! nothing is found.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Error, Known, Selection};
use crate::account::AccountId;
use crate::event::{Failure, ScopeId};
use crate::registry::Registry;
use crate::replay::ItemRow;
use crate::technology::Technology;
use crate::view::{Ended, ScanRow, ScopeRow, Views};

/// Stands for all regions where it is not known which there are.
const EVERYWHERE: &str = "*";

/// What was looked at, read and judged.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Every technology of every account, in order: what was ever planned, and what was
    /// never though somebody could look.
    pub places: Vec<Place>,
    /// Scans since the last that came to its end: they were interrupted, run, or their
    /// process died.
    pub unfinished: Vec<ScanRow>,
}

/// One technology in one account.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The account.
    pub account: AccountId,
    /// The technology's id.
    pub technology: String,
    /// When all of its regions had last been looked at to the end; `None` where one never
    /// was.
    pub last_complete: Option<Timestamp>,
    /// The last failures that no later look made up for, and when they happened. The
    /// region is `*` where the regions could not be listed.
    pub failed: Vec<(Timestamp, Failure)>,
    /// The parts of items that keep an older value or were never read, by pointer.
    pub unread: BTreeMap<String, Unread>,
    /// Items with such parts.
    pub unread_items: u64,
    /// The checks that cannot decide, each with what it would have to know.
    pub undecided: BTreeMap<Undecided, u64>,
    /// Items that such checks cannot decide about.
    pub undecided_items: u64,
    /// Items that no check has seen as they are.
    pub not_judged: u64,
    /// The regions that nobody ever looked at; `*` for all.
    pub never_looked_at: Vec<String>,
    /// Since when no scan looks at it; `None` where one does.
    pub unwatched_since: Option<Timestamp>,
}

/// A part that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// Of how many items.
    pub items: u64,
    /// Since when, of any of them.
    pub since: Timestamp,
}

/// A check that cannot decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undecided {
    /// Its id.
    pub check: String,
    /// What it would have to know.
    pub because: String,
}

/// What was not looked at, read or judged, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Gaps {
    /// Looks that failed and that no later one made up for.
    pub failed: u64,
    /// Items with parts that are not read.
    pub unread: u64,
    /// Items that a check cannot decide about.
    pub undecided: u64,
    /// Items that no check has seen as they are.
    pub not_judged: u64,
    /// Regions of technologies that nobody ever looked at.
    pub never_looked_at: u64,
    /// Scans that did not come to their end.
    pub unfinished: u64,
}

impl Gaps {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Place {
    fn new(account: &AccountId, technology: &str) -> Self {
        Self {
            account: account.clone(),
            technology: technology.to_owned(),
            last_complete: None,
            failed: Vec::new(),
            unread: BTreeMap::new(),
            unread_items: 0,
            undecided: BTreeMap::new(),
            undecided_items: 0,
            not_judged: 0,
            never_looked_at: Vec::new(),
            unwatched_since: None,
        }
    }

    /// Whether everything in it was looked at, read and judged.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.failed.is_empty()
            && self.unread.is_empty()
            && self.undecided.is_empty()
            && self.not_judged == 0
            && self.never_looked_at.is_empty()
    }

    /// Takes over what is known of its scopes.
    fn scopes(&mut self, scopes: &[ScopeRow]) {
        let (everywhere, scopes): (Vec<_>, Vec<_>) =
            scopes.iter().partition(|row| row.scope.region == EVERYWHERE);
        let watched: Vec<_> = scopes.iter().filter(|row| row.unwatched_since.is_none()).collect();
        if watched.is_empty() {
            self.unwatched_since = scopes.iter().filter_map(|row| row.unwatched_since).max();
        }
        let read: Vec<_> = watched.iter().filter(|row| !row.skipped).collect();
        let completed = read.iter().map(|row| row.last_completed);
        // `None` comes first: one that never completed decides.
        self.last_complete = completed.min().flatten();
        for row in read {
            match &row.last_failure {
                Some(failure) => self.failed.push(failure.clone()),
                None if row.awaited() => self.never_looked_at.push(row.scope.region.clone()),
                None => {}
            }
        }
        // Regions that could not be listed: until some region was read again.
        let last = scopes.iter().filter_map(|row| row.last_completed).max();
        self.failed.extend(
            everywhere
                .iter()
                .filter_map(|row| row.last_failure.clone())
                .filter(|(at, _)| last.is_none_or(|last| *at > last)),
        );
    }

    /// Takes over what is known of one of its items.
    fn item(&mut self, row: &ItemRow) {
        let parts = Views::unread(row);
        self.unread_items += u64::from(!parts.is_empty());
        for (pointer, since) in parts {
            let unread = self.unread.entry(pointer).or_insert(Unread { items: 0, since });
            unread.items += 1;
            unread.since = unread.since.min(since);
        }
        self.undecided_items += u64::from(!row.undecided.is_empty());
        for (check, why) in &row.undecided {
            let undecided = Undecided { check: check.clone(), because: why.because.clone() };
            *self.undecided.entry(undecided).or_default() += 1;
        }
    }
}

impl Coverage {
    /// What was not looked at, read or judged, in numbers.
    #[must_use]
    pub fn gaps(&self) -> Gaps {
        let mut gaps = Gaps { unfinished: self.unfinished.len() as u64, ..Gaps::default() };
        for place in &self.places {
            gaps.failed += place.failed.len() as u64;
            gaps.unread += place.unread_items;
            gaps.undecided += place.undecided_items;
            gaps.not_judged += place.not_judged;
            gaps.never_looked_at += place.never_looked_at.len() as u64;
        }
        gaps
    }
}

/// What was looked at, read and judged of what is selected. What is unwatched has no gaps:
/// nobody means to look.
///
/// # Errors
/// Where the views cannot be read.
pub fn coverage(
    known: &Known,
    registry: &Registry,
    selection: &Selection,
) -> Result<Coverage, Error> {
    let views = &known.views;
    let mut scopes: BTreeMap<(AccountId, String), Vec<ScopeRow>> = BTreeMap::new();
    for row in views.scopes() {
        let row = row?;
        if selection.covers(&row.scope) {
            let ScopeId { account, technology, .. } = row.scope.clone();
            scopes.entry((account, technology)).or_default().push(row);
        }
    }
    let mut places: BTreeMap<(AccountId, String), Place> = BTreeMap::new();
    for ((account, technology), scopes) in &scopes {
        let mut place = Place::new(account, technology);
        place.scopes(scopes);
        places.insert((account.clone(), technology.clone()), place);
    }
    let accounts = views.accounts()?;
    for account in accounts.iter().filter(|account| account.watched()) {
        let ours = |one: &&Technology| one.provider == account.provider;
        for technology in registry.technologies().filter(ours) {
            let id = technology.id.as_ref();
            if selection.concerns(&account.id, id) {
                places.entry((account.id.clone(), id.to_owned())).or_insert_with(|| {
                    let mut place = Place::new(&account.id, id);
                    place.never_looked_at.push(EVERYWHERE.to_owned());
                    place
                });
            }
        }
    }
    let is_watched = |scope: &ScopeId| {
        let place = (scope.account.clone(), scope.technology.clone());
        let mut rows = scopes.get(&place).into_iter().flatten();
        rows.any(|row| row.scope == *scope && row.unwatched_since.is_none())
    };
    for row in views.incomplete() {
        let row = row?;
        if selection.may_have(&row) && is_watched(&row.scope()) {
            let place = (row.key.account.clone(), row.key.technology.clone());
            if let Some(place) = places.get_mut(&place) {
                place.item(&row);
            }
        }
    }
    let named: BTreeSet<_> = places.keys().map(|(account, _)| account.clone()).collect();
    for account in named {
        for key in views.unjudged(&account)? {
            let scope = ScopeId::of(&key);
            if selection.covers(&scope)
                && is_watched(&scope)
                && let Some(place) = places.get_mut(&(key.account, key.technology))
            {
                place.not_judged += 1;
            }
        }
    }
    Ok(Coverage { places: places.into_values().collect(), unfinished: unfinished(views)? })
}

/// The scans since the last that came to its end.
fn unfinished(views: &Views) -> Result<Vec<ScanRow>, Error> {
    let mut unfinished = Vec::new();
    for scan in views.scans() {
        let scan = scan?;
        match scan.ended {
            Some(Ended::Finished(_)) => unfinished.clear(),
            Some(Ended::Interrupted(_)) | None => unfinished.push(scan),
        }
    }
    Ok(unfinished)
}
