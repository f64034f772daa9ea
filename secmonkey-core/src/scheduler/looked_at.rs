//! What was last looked at, as the log tells it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::account::AccountId;
use crate::view::{Error, Views};

/// When each technology of an account was last looked at in all of its regions, whether that
/// came to its end or failed. One that never was, or not in a region that is to be looked at,
/// is missing: so is what a scan had not come to when it was interrupted.
///
/// # Errors
/// Where the views cannot be read.
pub fn looked_at(views: &Views, account: &AccountId) -> Result<BTreeMap<String, Timestamp>, Error> {
    // `None`: some region was not looked at.
    let mut times: BTreeMap<String, Option<Timestamp>> = BTreeMap::new();
    let mut everywhere = BTreeMap::new();
    let mut nowhere = BTreeSet::new();
    for row in views.scopes_of(account) {
        let row = row?;
        if row.unwatched_since.is_some() {
            continue;
        }
        let failed = row.last_failure.as_ref().map(|(at, _)| *at);
        let at = row.last_completed.max(failed);
        let technology = row.scope.technology;
        if row.scope.region == "*" {
            everywhere.extend(at.map(|at| (technology, at)));
        } else if row.skipped {
            nowhere.insert(technology);
        } else {
            times.entry(technology).and_modify(|oldest| *oldest = at.min(*oldest)).or_insert(at);
        }
    }
    // Where the regions could not be listed, all of them failed.
    for (technology, at) in everywhere {
        let time = times.entry(technology).or_default();
        *time = (*time).max(Some(at));
    }
    let mut all: BTreeMap<_, _> =
        times.iter().filter_map(|(name, at)| Some((name.clone(), (*at)?))).collect();
    // A service that exists in no region was looked at with the others.
    if let Some(last) = all.values().max().copied() {
        nowhere.retain(|technology| !times.contains_key(technology));
        all.extend(nowhere.into_iter().map(|technology| (technology, last)));
    }
    Ok(all)
}
