//! A query, held against what there is.

use std::collections::{BTreeSet, HashSet};

use super::language::{Facts, Flag, Pattern, Standing, Term, row_term};
use super::{Error, Query, find};
use crate::account::{Account, AccountId, Accounts};
use crate::event::{IssueId, ScopeId};
use crate::issue::{Issue, Status};
use crate::item::{GLOBAL, Key};
use crate::nearest::{Named, Unknown};
use crate::registry::Registry;
use crate::replay::ItemRow;
use crate::view::{self, Views};

/// Items or issues that a query selects.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    query: Query,
    accounts: Accounts,
}

impl Query {
    /// What it selects, once everything that it names without a `*` is known to exist:
    /// accounts, technologies, regions and checks.
    ///
    /// # Errors
    /// Where something does not exist, with what it may have meant.
    pub fn select(self, views: &Views, registry: &Registry) -> Result<Selection, Error> {
        self.select_beside(views, registry, &[])
    }

    /// The same where these accounts are registered, too.
    pub(crate) fn select_beside(
        self,
        views: &Views,
        registry: &Registry,
        more: &[Account],
    ) -> Result<Selection, Error> {
        let mut accounts = views.accounts()?;
        for account in more {
            accounts.insert(account.clone());
        }
        for term in self.terms() {
            let named = match term {
                Term::Account(pattern) => (Named::Account, pattern),
                Term::Technology(pattern) => (Named::Technology, pattern),
                Term::Region(pattern) => (Named::Region, pattern),
                Term::Check(pattern) => (Named::Check, pattern),
                _ => continue,
            };
            if let (what, pattern) = named
                && let Some(name) = pattern.as_literal()
            {
                require(what, name, pattern, (views, registry, &accounts))?;
            }
        }
        Ok(Selection { query: self, accounts })
    }

    /// The query as lists of items ask it: without what is gone, what no scan looks at, and
    /// what is ignored, unless it speaks of that.
    pub(super) fn of_items(self) -> Self {
        let says_deleted = self.terms().any(|term| matches!(term, Term::Deleted(_)));
        let listed = self.of_watched();
        let listed = if says_deleted { listed } else { listed.and(Term::Deleted(Flag::False)) };
        let says_ignored = listed.terms().any(|term| matches!(term, Term::Ignored(_)));
        if says_ignored { listed } else { listed.and(Term::Ignored(Flag::False)) }
    }

    /// The query as lists of issues ask it: of open ones of what is watched, unless it says
    /// how they stand and whether that is so.
    pub(super) fn of_issues(self) -> Self {
        let says_status = self.terms().any(|term| matches!(term, Term::Status(_)));
        let listed = self.of_watched();
        let open = Term::Status(Standing::Is(Status::Open));
        if says_status { listed } else { listed.and(open) }
    }

    fn of_watched(self) -> Self {
        let says_watched = self.terms().any(|term| matches!(term, Term::Watched(_)));
        if says_watched { self } else { self.and(Term::Watched(Flag::True)) }
    }

    /// What is known where only some terms can be judged: `None` where the others decide.
    fn as_far_as(&self, known: &dyn Fn(&Term) -> Option<bool>) -> Option<bool> {
        let decided = |all: &[Self], by: bool| {
            let mut is_open = false;
            for one in all {
                match one.as_far_as(known) {
                    Some(found) if found == by => return Some(by),
                    Some(_) => {}
                    None => is_open = true,
                }
            }
            (!is_open).then_some(!by)
        };
        match self {
            Self::All => Some(true),
            Self::Term(term) => known(term),
            Self::Not(one) => one.as_far_as(known).map(|found| !found),
            Self::And(all) => decided(all, false),
            Self::Or(all) => decided(all, true),
        }
    }
}

/// Refuses a name that nothing has.
fn require(
    what: Named,
    name: &str,
    pattern: &Pattern,
    (views, registry, accounts): (&Views, &Registry, &Accounts),
) -> Result<(), Error> {
    match what {
        Named::Account => {
            let names = |one: &crate::account::Account| {
                pattern.fits(&one.name) || pattern.fits(one.id.as_str())
            };
            if !accounts.iter().any(names) {
                find::account_id(views, accounts, name)?;
            }
        }
        Named::Technology => {
            if !registry.technologies().any(|one| pattern.fits(&one.id)) {
                registry.find_technology(name)?;
            }
        }
        Named::Region => {
            let mut known = BTreeSet::from([GLOBAL.to_owned()]);
            for scope in views.scopes() {
                known.insert(scope?.scope.region);
            }
            known.remove("*");
            if !known.iter().any(|region| pattern.fits(region)) {
                return Err(Unknown::new(what, name, known).into());
            }
        }
        _ => {
            let mut is_known = registry.checks().any(|check| pattern.fits(&check.id));
            // A retired check may have found something.
            let mut issues = views.issues();
            while !is_known && let Some(issue) = issues.next() {
                is_known = pattern.fits(&issue?.finding.check);
            }
            if !is_known {
                registry.find_check(name)?;
            }
        }
    }
    Ok(())
}

impl Selection {
    /// The query.
    #[must_use]
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// What is registered of an account, where anything is.
    #[must_use]
    pub fn account(&self, account: &AccountId) -> Option<&Account> {
        self.accounts.get(account.as_str())
    }

    /// Whether something is among them.
    ///
    /// # Errors
    /// Where what the query asks for cannot be read.
    pub fn has<F: Facts>(&self, facts: &F) -> Result<bool, F::Error> {
        self.query.matches(facts)
    }

    /// Whether an item may be among them, by what is known of it without its configuration
    /// and its issues.
    #[must_use]
    pub fn may_have(&self, row: &ItemRow) -> bool {
        let account = self.account(&row.key.account);
        self.query.as_far_as(&|term| row_term(row, account, term)) != Some(false)
    }

    /// Whether an issue is among them, by what is known of it without its item and the rules in
    /// force; `None` where these decide. What no scan looks at may be deleted, and counts as
    /// watched then: only the item says so.
    pub(super) fn has_issue(
        &self,
        issue: &Issue,
        is_looked_at: bool,
        now: jiff::Timestamp,
    ) -> Option<bool> {
        let key = &issue.key;
        let known = |term: &Term| match term {
            Term::Watched(flag) => is_looked_at.then(|| flag.holds(true)),
            term => term.of_issue(issue, now).or_else(|| {
                self.scope_term(&key.account, &key.technology, Some(&key.region), term)
            }),
        };
        self.query.as_far_as(&known)
    }

    /// Whether items of a scope can be among them.
    #[must_use]
    pub fn covers(&self, scope: &ScopeId) -> bool {
        let region = (scope.region != "*").then_some(scope.region.as_str());
        let known = |term: &Term| self.scope_term(&scope.account, &scope.technology, region, term);
        self.query.as_far_as(&known) != Some(false)
    }

    /// Whether items of a technology of an account can be among them.
    #[must_use]
    pub fn concerns(&self, account: &AccountId, technology: &str) -> bool {
        let known = |term: &Term| self.scope_term(account, technology, None, term);
        self.query.as_far_as(&known) != Some(false)
    }

    fn scope_term(
        &self,
        account: &AccountId,
        technology: &str,
        region: Option<&str>,
        term: &Term,
    ) -> Option<bool> {
        match term {
            Term::Account(pattern) => {
                let known = self.account(account);
                let is_named = known.is_some_and(|known| pattern.fits(&known.name));
                Some(pattern.fits(account.as_str()) || is_named)
            }
            Term::AccountMember(name, pattern) => {
                let known = self.account(account);
                Some(known.is_some_and(|known| known.has(name, |text| pattern.fits(text))))
            }
            Term::Technology(pattern) => Some(pattern.fits(technology)),
            Term::Region(pattern) => region.map(|region| pattern.fits(region)),
            _ => None,
        }
    }

    /// The rows of items behind a key, in key order: all that may be among them, and where the
    /// index does not tell, others as well.
    pub(super) fn rows<'a>(
        &self,
        views: &'a Views,
        after: Option<&Key>,
    ) -> Box<dyn Iterator<Item = Result<ItemRow, view::Error>> + 'a> {
        match (views.candidates(&self.query, &self.accounts), after) {
            (None, None) => Box::new(views.items()),
            (None, Some(after)) => Box::new(views.items_after(after)),
            (Some(keys), after) => {
                let after = after.map(ToString::to_string);
                let keys = keys.filter(move |key| after.as_ref().is_none_or(|after| key > after));
                Box::new(keys.filter_map(|key| views.item(&key.parse().ok()?).transpose()))
            }
        }
    }

    /// Issues behind an id, in the order of their ids: all that may be among them, and where the
    /// index does not tell, others as well.
    pub(super) fn issues<'a>(
        &self,
        views: &'a Views,
        after: Option<&IssueId>,
    ) -> Result<Box<dyn Iterator<Item = Result<Issue, view::Error>> + 'a>, view::Error> {
        let Some(keys) = self.keys_of_issues(views) else {
            return Ok(match after {
                None => Box::new(views.issues()),
                Some(after) => Box::new(views.issues_after(after)),
            });
        };
        let mut issues = Vec::new();
        for key in keys {
            issues.extend(views.issues_of(&key)?);
        }
        issues.retain(|one| after.is_none_or(|after| one.finding.issue > *after));
        issues.sort_by(|one, other| one.finding.issue.cmp(&other.finding.issue));
        Ok(Box::new(issues.into_iter().map(Ok)))
    }

    /// The items whose issues may be among them; `None` where that is quicker asked of all issues.
    pub(super) fn keys_of_issues(&self, views: &Views) -> Option<HashSet<Key>> {
        let keys = views.issue_candidates(&self.query, &self.accounts)?;
        Some(keys.filter_map(|key| key.parse().ok()).collect())
    }

    /// Whether only issues that are not resolved can be among them.
    pub(super) fn is_of_standing(&self) -> bool {
        let known = |term: &Term| match term {
            Term::Status(Standing::Any) => Some(true),
            Term::Status(Standing::Is(status)) => Some(*status == Status::Resolved),
            _ => None,
        };
        self.query.as_far_as(&known) == Some(false)
    }
}
