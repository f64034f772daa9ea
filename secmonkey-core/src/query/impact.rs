//! What a rule is about, as things stand: before it is made, and for as long as it is in force.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::language::{Flag, Pattern, Standing, Term};
use super::{Error, Known, issues, items};
use crate::check::{Auditor, Findings, World};
use crate::governance::{Governance, Ignore, Override};
use crate::item::Key;
use crate::pipeline;
use crate::query::Query;
use crate::registry::Registry;
use crate::replay::ItemRow;

/// So many items are named as examples.
const EXAMPLES: usize = 5;

/// What a rule is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Impact {
    /// Items that are there.
    pub items: u64,
    /// Their findings that stand, justified ones among them.
    pub issues: u64,
    /// The first few of the items, with what people call them.
    pub examples: Vec<(Key, String)>,
}

/// What parameters change of what a check finds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Effect {
    /// Findings that there are only with them.
    pub opens: u64,
    /// Findings that there are no more with them.
    pub ends: u64,
}

impl Impact {
    /// Whether the rule is about nothing that is there.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items == 0
    }

    fn example(&mut self, key: &Key, name: &str) {
        if self.examples.len() < EXAMPLES {
            self.examples.push((key.clone(), name.to_owned()));
        }
    }
}

/// The items in which an override changes what stands of a check, and how much that is; of one
/// that sets parameters, all items that the check judges by them.
///
/// # Errors
/// Where something that the rule names does not exist, or the views cannot be read.
pub fn override_impact(
    known: &Known,
    registry: &Registry,
    rule: &Override,
) -> Result<Impact, Error> {
    if !rule.parameters.is_empty() {
        let mut impact = Impact::default();
        for row in judged(known, registry, rule)? {
            let row = row?;
            let standing = known.views.issues_of(&row.key)?;
            let standing = standing.iter().filter(|issue| issue.resolved_at.is_none());
            let of_check = standing.filter(|issue| issue.finding.check == rule.check);
            impact.items += 1;
            impact.issues += of_check.count() as u64;
            impact.example(&row.key, &row.name);
        }
        return Ok(impact);
    }
    let query = rule.scope.clone().and(Term::Check(Pattern::literal(&rule.check)));
    let query = query.and(Term::Status(Standing::Any)).and(Term::Deleted(Flag::False));
    let mut impact = Impact::default();
    let mut seen = BTreeSet::new();
    for state in issues(known, registry, query)? {
        let state = state?;
        if state.issue.resolved_at.is_some() {
            continue;
        }
        impact.issues += 1;
        if seen.insert(state.row.key.clone()) {
            impact.items += 1;
            impact.example(&state.row.key, &state.row.name);
        }
    }
    Ok(impact)
}

/// The items that a check judges by what an override sets for them.
fn judged<'a>(
    known: &'a Known,
    registry: &'a Registry,
    rule: &Override,
) -> Result<impl Iterator<Item = Result<ItemRow, Error>> + 'a, Error> {
    let technology = registry.check(&rule.check).map(|check| check.technology.as_ref());
    let technology = Term::Technology(Pattern::literal(technology.unwrap_or_default()));
    let found = items(known, registry, of_any(rule.scope.clone().and(technology)))?;
    Ok(found.map(|state| Ok(state?.row)))
}

/// How many findings of its check an override with parameters would open and end, judged now.
///
/// # Errors
/// Where something that the rule names does not exist, or the views cannot be read.
pub fn override_effect(
    known: &Known,
    registry: &Registry,
    auditors: &[Arc<dyn Auditor>],
    rule: &Override,
) -> Result<Effect, Error> {
    let accounts = known.views.accounts()?;
    let before = known.governance()?;
    let after = before.clone().with(rule.clone(), accounts.clone());
    let facts = pipeline::facts(&known.views);
    let world = World::new(known.now, &accounts, &facts);
    let mut effect = Effect::default();
    for row in judged(known, registry, rule)? {
        let row = row?;
        let found = |governance: &Governance| {
            let check = rule.check.clone();
            let found = Findings::only(move |one| one.id == check);
            let verdict =
                pipeline::verdict(found, auditors, &known.views, &row, &world, governance)?;
            Ok::<BTreeSet<_>, Error>(verdict.findings.into_keys().collect())
        };
        let (before, after) = (found(before)?, found(&after)?);
        effect.opens += after.difference(&before).count() as u64;
        effect.ends += before.difference(&after).count() as u64;
    }
    Ok(effect)
}

/// The items that a rule ignores, and what stands of their findings.
///
/// # Errors
/// Where something that the rule names does not exist, or the views cannot be read.
pub fn ignore_impact(known: &Known, registry: &Registry, rule: &Ignore) -> Result<Impact, Error> {
    let mut impact = Impact::default();
    for state in items(known, registry, of_any(rule.scope.clone()))? {
        let row = state?.row;
        impact.items += 1;
        let standing = known.views.issues_of(&row.key)?;
        let standing = standing.iter().filter(|issue| issue.resolved_at.is_none()).count();
        impact.issues += standing as u64;
        impact.example(&row.key, &row.name);
    }
    Ok(impact)
}

/// What a rule is about, whether or not another one ignores it.
fn of_any(scope: Query) -> Query {
    scope.and(Term::Ignored(Flag::Any))
}
