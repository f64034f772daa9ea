//! How accounts are doing: when they were last looked at, what fails, which permissions lack.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Error, Known};
use crate::account::Account;
use crate::event::Failure;
use crate::view::{ScopeRow, Views};
use crate::watch::Cause;

/// How an account is doing.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountHealth {
    /// The account.
    pub account: Account,
    /// When a technology in a region was last looked at to the end; `None` where none ever
    /// was.
    pub last_success: Option<Timestamp>,
    /// When everything in it had last been looked at to the end; `None` where something never
    /// was.
    pub last_complete: Option<Timestamp>,
    /// The last failure that no later look made up for, and when it happened.
    pub last_failure: Option<(Timestamp, Failure)>,
    /// In how many regions of technologies something fails.
    pub failing: u64,
    /// The operations that were denied, and no later look was allowed.
    pub denied: BTreeSet<String>,
    /// Why the account cannot be entered at all; `None` where it can.
    pub locked_out: Option<String>,
}

/// How every registered account of ours is doing, by name.
///
/// # Errors
/// Where the views cannot be read.
pub fn account_health(known: &Known) -> Result<Vec<AccountHealth>, Error> {
    let accounts = known.views.accounts()?;
    let ours = accounts.iter().filter(|account| !account.third_party);
    let mut all = ours.map(|one| health(&known.views, one)).collect::<Result<Vec<_>, _>>()?;
    all.sort_by(|a, b| (&a.account.name, &a.account.id).cmp(&(&b.account.name, &b.account.id)));
    Ok(all)
}

/// How one account is doing.
///
/// # Errors
/// Where the views cannot be read.
pub fn health(views: &Views, account: &Account) -> Result<AccountHealth, Error> {
    let mut health = AccountHealth {
        account: account.clone(),
        last_success: None,
        last_complete: None,
        last_failure: None,
        failing: 0,
        denied: BTreeSet::new(),
        locked_out: None,
    };
    // When everything was looked at: `None` where something was not.
    let mut complete: Option<Option<Timestamp>> = None;
    let mut everywhere = Vec::new();
    let mut last: BTreeMap<String, Option<Timestamp>> = BTreeMap::new();
    for row in views.scopes_of(&account.id) {
        let row = row?;
        if row.unwatched_since.is_some() || row.skipped {
            continue;
        }
        if row.scope.region == "*" {
            everywhere.push(row);
            continue;
        }
        let completed = row.last_completed;
        complete = Some(complete.map_or(completed, |oldest| oldest.min(completed)));
        health.last_success = health.last_success.max(completed);
        let of_technology = last.entry(row.scope.technology.clone()).or_default();
        *of_technology = (*of_technology).max(completed);
        health.take(row);
    }
    // Regions that could not be listed: until some region was read again.
    for row in everywhere {
        let read = last.get(&row.scope.technology).copied().flatten();
        if row.last_failure.as_ref().is_some_and(|(at, _)| read.is_none_or(|read| *at > read)) {
            complete = Some(None);
            health.take(row);
        }
    }
    health.last_complete = complete.flatten();
    Ok(health)
}

impl AccountHealth {
    /// Takes over what fails in a scope.
    fn take(&mut self, row: ScopeRow) {
        self.denied.extend(row.denied.into_keys());
        let Some((at, failure)) = row.last_failure else { return };
        self.failing += 1;
        if self.last_failure.as_ref().is_none_or(|(last, _)| at >= *last) {
            let locked_out = failure.cause == Some(Cause::Credentials);
            self.locked_out = locked_out.then(|| failure.reason.clone());
            self.last_failure = Some((at, failure));
        }
    }
}

#[cfg(test)]
mod tests;
