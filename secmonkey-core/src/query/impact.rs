//! What a rule is about, as things stand: before it is made, and for as long as it is in force.

use std::collections::BTreeSet;

use super::language::{Flag, Pattern, Standing, Term};
use super::{Error, Known, issues, items};
use crate::governance::{Ignore, Override};
use crate::item::Key;
use crate::query::Query;
use crate::registry::Registry;

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

/// The items in which an override changes what stands of a check, and how much that is.
///
/// # Errors
/// Where something that the rule names does not exist, or the views cannot be read.
pub fn override_impact(
    known: &Known,
    registry: &Registry,
    rule: &Override,
) -> Result<Impact, Error> {
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
