//! Checks that are functions, put together to an auditor.

use std::fmt;
use std::sync::Arc;

use super::{Auditor, Check, Findings, Undecided, World};
use crate::item::Item;

/// A check and the function that runs it.
#[derive(Clone)]
pub struct Rule {
    /// What is known of it beforehand.
    pub check: Check,
    /// Adds what it finds in an item; may read only what `check` declares.
    pub run: Run,
}

/// The function of a [`Rule`].
pub type Run = Arc<dyn Fn(&Item, &World<'_>, &mut Findings) -> Result<(), Undecided> + Send + Sync>;

impl Rule {
    /// A rule of a function or a closure.
    pub fn new<F>(check: Check, run: F) -> Self
    where
        F: Fn(&Item, &World<'_>, &mut Findings) -> Result<(), Undecided> + Send + Sync + 'static,
    {
        Self { check, run: Arc::new(run) }
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").field("check", &self.check).finish_non_exhaustive()
    }
}

/// An auditor made of rules: each on its own, none knows of the others.
///
/// Where many checks of one item need the same of it (a policy parsed, say), an
/// implementation of [`Auditor`] can make that once and hand it to all of them.
#[derive(Clone, Default)]
pub struct Catalogue {
    checks: Vec<Check>,
    /// One for each check.
    runs: Vec<Run>,
}

impl Catalogue {
    /// The auditor that runs these rules.
    #[must_use]
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let (checks, runs) = rules.into_iter().map(|rule| (rule.check, rule.run)).unzip();
        Self { checks, runs }
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue").field("checks", &self.checks).finish_non_exhaustive()
    }
}

impl Auditor for Catalogue {
    fn checks(&self) -> &[Check] {
        &self.checks
    }

    fn audit(&self, item: &Item, world: &World<'_>, found: &mut Findings) {
        for (check, run) in self.checks.iter().zip(&self.runs) {
            if check.technology == item.key.technology {
                found.run(check, |found| run(item, &world.for_check(check), found));
            }
        }
    }
}
