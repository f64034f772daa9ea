//! Searching items.

use std::collections::BTreeSet;

use ipnet::IpNet;
use serde_json::Value;

use super::{Error, ItemState, Known, find};
use crate::account::AccountId;
use crate::event::{Opened, ScopeId};
use crate::issue::Issue;
use crate::item::GLOBAL;
use crate::nearest::{Named, Unknown};
use crate::network;
use crate::registry::Registry;
use crate::replay::ItemRow;
use crate::view::{self, Views};

/// Which items, for every list of items or of their issues. Empty lists are all of them.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Accounts, by id or name.
    pub accounts: Vec<String>,
    /// Technologies, by id.
    pub technologies: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
    /// A pattern for the name, now or once; `*` stands for anything.
    pub name: Option<String>,
    /// A pattern for the ARN, now or once; `*` stands for anything.
    pub arn: Option<String>,
    /// A text in the name, the ARN or the id, now or once, in whatever case; for issues also
    /// in the check, the detail or the start of the issue's id.
    pub search: Option<String>,
}

impl Filter {
    /// The items that are meant, once everything that is named is known to exist.
    ///
    /// # Errors
    /// Where something does not exist, with what it may have meant.
    pub fn select(mut self, views: &Views, registry: &Registry) -> Result<Selection, Error> {
        registry.require_technologies(&self.technologies)?;
        self.search = self.search.map(|text| text.to_lowercase());
        let registered = views.accounts()?;
        let accounts = self
            .accounts
            .iter()
            .map(|name| find::account_id(views, &registered, name))
            .collect::<Result<_, _>>()?;
        require_regions(views, &self.regions)?;
        Ok(Selection { accounts, filter: self })
    }
}

/// Refuses regions in which nothing was ever looked at.
fn require_regions(views: &Views, wanted: &[String]) -> Result<(), Error> {
    if wanted.is_empty() {
        return Ok(());
    }
    let mut known = BTreeSet::from([GLOBAL.to_owned()]);
    for scope in views.scopes() {
        known.insert(scope?.scope.region);
    }
    known.remove("*");
    match wanted.iter().find(|region| !known.contains(*region)) {
        None => Ok(()),
        Some(region) => Err(Unknown::new(Named::Region, region, known).into()),
    }
}

/// Items that a [`Filter`] selects.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    accounts: BTreeSet<AccountId>,
    filter: Filter,
}

impl Selection {
    /// Whether an item is among them.
    #[must_use]
    pub fn has(&self, row: &ItemRow) -> bool {
        let search = self.filter.search.as_deref();
        self.has_but_for_search(row) && search.is_none_or(|text| is_said_of(row, text))
    }

    /// Whether an issue of an item is among them: what is searched for may also stand in the
    /// issue.
    pub(super) fn has_issue(&self, issue: &Issue, row: &ItemRow) -> bool {
        let search = self.filter.search.as_deref();
        self.has_but_for_search(row)
            && search.is_none_or(|text| {
                let Opened { issue: id, check, detail, .. } = &issue.finding;
                is_said_of(row, text)
                    || check.to_lowercase().contains(text)
                    || detail.to_lowercase().contains(text)
                    || id.as_str().starts_with(text)
            })
    }

    fn has_but_for_search(&self, row: &ItemRow) -> bool {
        let is_called = |pattern: &str, now: Option<&str>| {
            now.is_some_and(|now| matches(pattern, now))
                || row.former.iter().any(|once| matches(pattern, once))
        };
        let Filter { name, arn, .. } = &self.filter;
        self.covers(&row.scope())
            && name.as_ref().is_none_or(|name| is_called(name, Some(&row.name)))
            && arn.as_ref().is_none_or(|arn| is_called(arn, row.arn.as_deref()))
    }

    /// Whether items of a scope can be among them.
    #[must_use]
    pub fn covers(&self, scope: &ScopeId) -> bool {
        let regions = &self.filter.regions;
        self.concerns(&scope.account, &scope.technology)
            && (regions.is_empty() || scope.region == "*" || regions.contains(&scope.region))
    }

    /// Whether items of a technology of an account can be among them.
    #[must_use]
    pub fn concerns(&self, account: &AccountId, technology: &str) -> bool {
        let technologies = &self.filter.technologies;
        (self.accounts.is_empty() || self.accounts.contains(account))
            && (technologies.is_empty() || technologies.iter().any(|one| one == technology))
    }

    /// The rows of all items, or of those of the accounts that were named: in key order.
    pub(super) fn rows<'a>(
        &self,
        views: &'a Views,
    ) -> Box<dyn Iterator<Item = Result<ItemRow, view::Error>> + 'a> {
        if self.accounts.is_empty() {
            return Box::new(views.items());
        }
        let accounts: Vec<_> = self.accounts.iter().cloned().collect();
        Box::new(accounts.into_iter().flat_map(|account| views.items_of(&account)))
    }
}

/// Which items, as to whether they are still there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Presence {
    /// What is there and watched.
    #[default]
    Watched,
    /// What is gone.
    Gone,
    /// Everything, also what no scan looks at any more.
    All,
}

/// A search over items.
#[derive(Debug, Clone, Default)]
pub struct ItemSearch {
    /// Which items.
    pub filter: Filter,
    /// Whether they are still there.
    pub presence: Presence,
    /// With this text in name, ARN, id or configuration, in whatever case.
    pub text: Option<String>,
    /// With addresses in the configuration.
    pub cidr: Option<Addresses>,
    /// With this score at least.
    pub min_score: Option<u32>,
}

/// Addresses to look for in configurations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The block; what contains it or lies in it is found.
    pub block: IpNet,
    /// Only this very block.
    pub is_exact: bool,
    /// Only where the pointer begins so; empty for anywhere.
    pub below: String,
}

impl From<IpNet> for Addresses {
    fn from(block: IpNet) -> Self {
        Self { block, is_exact: false, below: String::new() }
    }
}

/// Where a configuration holds addresses that were looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The pointer.
    pub pointer: String,
    /// What stands there.
    pub block: IpNet,
}

impl Match {
    /// Whether it names every address there is, and so anything that is looked for.
    #[must_use]
    pub fn is_everywhere(&self) -> bool {
        self.block.prefix_len() == 0
    }
}

impl Addresses {
    /// Where a configuration holds them; the narrowest block first.
    fn found(&self, config: &Value) -> Vec<Match> {
        let mut found = Vec::new();
        self.collect(config, String::new(), &mut found);
        found.sort_by_key(|one| std::cmp::Reverse(one.block.prefix_len()));
        found
    }

    fn collect(&self, config: &Value, at: String, found: &mut Vec<Match>) {
        match config {
            Value::Object(members) => {
                for (name, value) in members {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    self.collect(value, format!("{at}/{name}"), found);
                }
            }
            Value::Array(elements) => {
                for (number, value) in elements.iter().enumerate() {
                    self.collect(value, format!("{at}/{number}"), found);
                }
            }
            Value::String(text) => {
                let is_below = at
                    .strip_prefix(&self.below)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                if let Some(block) = network::block(text).filter(|_| is_below)
                    && if self.is_exact { block == self.block } else { meets(block, self.block) }
                {
                    found.push(Match { pointer: at, block });
                }
            }
            _ => {}
        }
    }
}

/// Whether one of two blocks contains the other.
fn meets(one: IpNet, other: IpNet) -> bool {
    one.contains(&other) || other.contains(&one)
}

/// The items that a search finds, in key order. One configuration at a time is in memory.
///
/// # Errors
/// Where something that is named does not exist; then where the views cannot be read.
pub fn items<'a>(
    known: &'a Known,
    registry: &'a Registry,
    search: ItemSearch,
) -> Result<impl Iterator<Item = Result<ItemState, Error>> + use<'a>, Error> {
    let views = &known.views;
    let ItemSearch { filter, presence, text, cidr, min_score } = search;
    let selection = filter.select(views, registry)?;
    let text = text.map(|text| text.to_lowercase());
    Ok(selection.rows(views).filter_map(move |row| {
        let found = || {
            let row = row?;
            let is_meant = match presence {
                Presence::Watched => !row.deleted,
                Presence::Gone => row.deleted,
                Presence::All => true,
            };
            if !is_meant || !selection.has(&row) {
                return Ok(None);
            }
            let mut matched = Vec::new();
            if text.is_some() || cidr.is_some() {
                let config = views.config(&row.key)?.unwrap_or_default();
                if text.as_ref().is_some_and(|text| !says(&row, &config, text)) {
                    return Ok(None);
                }
                if let Some(cidr) = &cidr {
                    matched = cidr.found(&config);
                    if matched.is_empty() {
                        return Ok(None);
                    }
                }
            }
            let state = ItemState { matched, ..known.state(row, registry)? };
            let is_listed = presence != Presence::Watched || state.unwatched_since.is_none();
            let is_strong = min_score.is_none_or(|least| state.score >= least);
            Ok((is_listed && is_strong).then_some(state))
        };
        found().transpose()
    }))
}

/// Whether what an item is called, or was, holds a text, given in lower case.
fn is_said_of(row: &ItemRow, text: &str) -> bool {
    let holds = |one: &str| one.to_lowercase().contains(text);
    holds(&row.name)
        || row.arn.as_deref().is_some_and(holds)
        || holds(&row.key.id)
        || row.former.iter().any(|once| holds(once))
}

/// Whether a text fits a pattern in which `*` stands for anything. Case does not matter.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut pieces = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// Whether an item says a text, given in lower case.
pub(super) fn says(row: &ItemRow, config: &Value, text: &str) -> bool {
    let holds = |one: &str| one.to_lowercase().contains(text);
    holds(&row.name)
        || row.arn.as_deref().is_some_and(holds)
        || holds(&row.key.id)
        || any(config, &holds)
}

/// Whether a name or a value anywhere in a configuration fits.
fn any(config: &Value, fits: &dyn Fn(&str) -> bool) -> bool {
    match config {
        Value::Object(members) => {
            members.iter().any(|(name, value)| fits(name) || any(value, fits))
        }
        Value::Array(elements) => elements.iter().any(|element| any(element, fits)),
        Value::String(text) => fits(text),
        Value::Null => false,
        other => fits(&other.to_string()),
    }
}

/// Whether a configuration holds an address or a block that contains the other or lies
/// in it.
pub(super) fn touches(config: &Value, block: IpNet) -> bool {
    match config {
        Value::Object(members) => members.values().any(|value| touches(value, block)),
        Value::Array(elements) => elements.iter().any(|value| touches(value, block)),
        Value::String(text) => network::block(text).is_some_and(|found| meets(found, block)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text) in [
            ("web", "web"),
            ("WEB", "web"),
            ("web-*", "web-1"),
            ("*-prod", "web-prod"),
            ("*", ""),
            ("w*b*1", "web-b-1"),
            ("a*a", "aa"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("web", "web-1"), ("a*a", "a"), ("*x", "y"), ("w*b", "wx"), ("", "a")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn addresses_are_told_with_their_place() {
        let config = json!({
            "IpPermissions": [{ "IpRanges": [{ "CidrIp": "0.0.0.0/0" }, { "CidrIp": "203.0.113.0/24" }] }],
            "IpPermissionsEgress": [{ "IpRanges": [{ "CidrIp": "203.0.0.0/16" }] }],
            "Tags": { "a/b": "203.0.113.7" },
        });
        let found = |is_exact, below: &str| -> Vec<String> {
            let block = "203.0.113.0/24".parse().unwrap();
            let addresses = Addresses { block, is_exact, below: below.to_owned() };
            addresses.found(&config).into_iter().map(|one| one.pointer).collect()
        };
        let ingress = ["/IpPermissions/0/IpRanges/1/CidrIp", "/IpPermissions/0/IpRanges/0/CidrIp"];
        assert_eq!(
            found(false, ""),
            ["/Tags/a~1b", ingress[0], "/IpPermissionsEgress/0/IpRanges/0/CidrIp", ingress[1]],
        );
        assert_eq!(found(true, ""), [ingress[0]]);
        assert_eq!(found(false, "/IpPermissions"), ingress);
    }

    #[test]
    fn a_block_is_found_wherever_it_stands() {
        let config = json!({
            "IpPermissions": [{ "IpRanges": [{ "CidrIp": "10.0.0.0/8" }] }],
            "Policy": { "Statement": [{
                "Condition": { "IpAddress": { "aws:SourceIp": ["203.0.113.7", "2001:db8::/32"] } },
            }] },
            "Description": "10.9.9.9 is no address of its own here",
        });
        let touches = |block: &str| touches(&config, block.parse().unwrap());
        for block in ["10.1.2.3/32", "10.0.0.0/8", "0.0.0.0/0", "203.0.113.0/24", "2001:db8:1::/48"]
        {
            assert!(touches(block), "{block}");
        }
        for block in ["11.0.0.0/8", "203.0.113.8/32", "2001:db9::/32"] {
            assert!(!touches(block), "{block}");
        }
    }
}
