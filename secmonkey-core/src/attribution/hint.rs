//! What a provider tells of a call, and which items it is about.

use std::collections::{BTreeMap, BTreeSet};

use super::Call;
use crate::account::AccountId;
use crate::event::ScopeId;
use crate::item::{GLOBAL, Key};
use crate::registry::Registry;
use crate::replay::ItemRow;
use crate::technology::Reach;
use crate::view::{self, Views};

/// What a provider tells of a call: that something may have changed, and who did it. Never
/// the truth: what is recorded is what a look sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The call.
    pub call: Call,
    /// The account whose resources it is about.
    pub account: AccountId,
    /// The region that it was made in.
    pub region: String,
    /// Whether it only read.
    pub read_only: bool,
    /// Why it failed, where it did.
    pub error: Option<String>,
    /// What it names.
    pub about: Vec<About>,
}

impl Hint {
    /// Whether it can have changed anything.
    #[must_use]
    pub fn may_change(&self) -> bool {
        !self.read_only && self.error.is_none() && !self.about.is_empty()
    }
}

/// A resource that a call names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Its technology; `None` where any item of the account may be meant that has this id or
    /// ARN.
    pub technology: Option<String>,
    /// Its id, where the call tells it: such a resource is looked at even where nobody knows
    /// it yet.
    pub id: Option<String>,
    /// Its name, ARN or id, whichever the call tells.
    pub name: Option<String>,
    /// What the call writes of it, as in [`Call::writes`]; empty where nobody knows.
    pub writes: Vec<String>,
}

/// An item that a hint is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The item.
    pub key: Key,
    /// What is known of it; `None` where nothing is yet.
    pub row: Option<ItemRow>,
    /// What people call it, as the hint has it.
    pub name: Option<String>,
    /// What the call writes of it.
    pub writes: Vec<String>,
}

/// The items that hints are about, each by the place of its hint.
pub type Targets = Vec<(usize, Target)>;

/// Names that are looked for in a scope, or in a whole account, with who asks.
type Names<'a> = BTreeMap<&'a str, Vec<(usize, &'a About)>>;

/// Finds the items that hints are about. What is read-only, failed or of a foreign account is
/// about none.
///
/// # Errors
/// Where the views cannot be read.
pub fn targets(views: &Views, registry: &Registry, hints: &[Hint]) -> Result<Targets, view::Error> {
    let accounts = views.accounts()?;
    let mut found = Targets::new();
    let mut in_scopes: BTreeMap<ScopeId, Names<'_>> = BTreeMap::new();
    let mut in_accounts: BTreeMap<&AccountId, Names<'_>> = BTreeMap::new();
    for (index, hint) in hints.iter().enumerate() {
        if !hint.may_change() || accounts.get(hint.account.as_str()).is_none() {
            continue;
        }
        for about in &hint.about {
            let Some(technology) = &about.technology else {
                if let Some(name) = about.name.as_deref().or(about.id.as_deref()) {
                    let names = in_accounts.entry(&hint.account).or_default();
                    names.entry(name).or_default().push((index, about));
                }
                continue;
            };
            let Some(facts) = registry.technology(technology) else { continue };
            let region = match facts.reach {
                Reach::Global => GLOBAL.to_owned(),
                Reach::Regional => hint.region.clone(),
            };
            let scope =
                ScopeId { account: hint.account.clone(), technology: technology.clone(), region };
            if let Some(id) = &about.id {
                let ScopeId { account, technology, region } = scope;
                let key = Key { account, technology, region, id: id.clone() };
                let row = views.item(&key)?;
                let (name, writes) = (about.name.clone(), about.writes.clone());
                found.push((index, Target { key, row, name, writes }));
            } else if let Some(name) = &about.name {
                let names = in_scopes.entry(scope).or_default();
                names.entry(name).or_default().push((index, about));
            }
        }
    }
    for (scope, names) in &in_scopes {
        find(views.items_in(scope), names, is_called, &mut found)?;
    }
    for (account, names) in &in_accounts {
        let is_it =
            |row: &ItemRow, name: &str| row.key.id == name || row.arn.as_deref() == Some(name);
        find(views.items_of(account), names, is_it, &mut found)?;
    }
    // One call may name an item twice: by its id, and by its name.
    found.sort_by(|(a, one), (b, other)| {
        (a, &one.key).cmp(&(b, &other.key)).then_with(|| other.writes.cmp(&one.writes))
    });
    found.dedup_by(|(a, one), (b, other)| {
        let is_same = a == b && one.key == other.key;
        if is_same {
            let both: BTreeSet<_> = other.writes.drain(..).chain(one.writes.drain(..)).collect();
            other.writes = both.into_iter().collect();
        }
        is_same
    });
    // What is named by no more than an ARN or an id may be in any region; the call was made in
    // one.
    found.retain(|(index, target)| {
        let region = &target.key.region;
        hints.get(*index).is_some_and(|hint| region == GLOBAL || *region == hint.region)
    });
    Ok(found)
}

fn is_called(row: &ItemRow, name: &str) -> bool {
    row.name == name || row.key.id == name || row.arn.as_deref() == Some(name)
}

/// Finds items by their names; of several of one name, those that exist, else the one that
/// went last.
fn find(
    rows: impl Iterator<Item = Result<ItemRow, view::Error>>,
    names: &Names<'_>,
    is_it: impl Fn(&ItemRow, &str) -> bool,
    found: &mut Targets,
) -> Result<(), view::Error> {
    let mut fits: BTreeMap<&str, Vec<ItemRow>> = BTreeMap::new();
    for row in rows {
        let row = row?;
        let known = [Some(row.name.as_str()), Some(row.key.id.as_str()), row.arn.as_deref()];
        let meant: BTreeSet<_> = known.into_iter().flatten().collect();
        for called in meant {
            let Some((name, _)) = names.get_key_value(called) else { continue };
            if !is_it(&row, name) {
                continue;
            }
            let fits = fits.entry(name).or_default();
            let is_better = |known: &ItemRow| {
                (!row.deleted, row.last_changed) > (!known.deleted, known.last_changed)
            };
            match fits.first() {
                Some(known) if known.deleted && is_better(known) => *fits = vec![row.clone()],
                Some(known) if row.deleted || known.deleted => {}
                _ => fits.push(row.clone()),
            }
        }
    }
    for (name, rows) in fits {
        for (index, about) in names.get(name).into_iter().flatten() {
            for row in &rows {
                let target = Target {
                    key: row.key.clone(),
                    name: Some(row.name.clone()),
                    row: Some(row.clone()),
                    writes: about.writes.clone(),
                };
                found.push((*index, target));
            }
        }
    }
    Ok(())
}
