//! What a program reads and judges: its technologies and checks.

use std::collections::BTreeMap;

use crate::check::Check;
use crate::nearest::{Named, Unknown};
use crate::technology::Technology;

/// The technologies that a program reads and the checks that it judges them by: what
/// questions and records need to know beside the log.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    technologies: BTreeMap<String, Technology>,
    checks: BTreeMap<String, Check>,
}

impl Registry {
    /// These technologies and checks.
    #[must_use]
    pub fn new(
        technologies: impl IntoIterator<Item = Technology>,
        checks: impl IntoIterator<Item = Check>,
    ) -> Self {
        let technologies = technologies.into_iter().map(|one| (one.id.clone().into_owned(), one));
        let checks = checks.into_iter().map(|one| (one.id.clone().into_owned(), one));
        Self { technologies: technologies.collect(), checks: checks.collect() }
    }

    /// The same without some technologies, which nobody means to read.
    #[must_use]
    pub fn without(mut self, technologies: &[String]) -> Self {
        self.technologies.retain(|id, _| !technologies.contains(id));
        self
    }

    /// The technology with this id.
    #[must_use]
    pub fn technology(&self, id: &str) -> Option<&Technology> {
        self.technologies.get(id)
    }

    /// The technologies, by id.
    pub fn technologies(&self) -> impl Iterator<Item = &Technology> {
        self.technologies.values()
    }

    /// The check with this id.
    #[must_use]
    pub fn check(&self, id: &str) -> Option<&Check> {
        self.checks.get(id)
    }

    /// The checks, by id.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.checks.values()
    }

    /// The wider check that a check is part of.
    #[must_use]
    pub fn part_of(&self, check: &str) -> Option<&str> {
        self.check(check)?.part_of.as_deref()
    }

    /// The technology with this id.
    ///
    /// # Errors
    /// Where there is none, with the nearest ids.
    pub fn find_technology(&self, id: &str) -> Result<&Technology, Unknown> {
        self.technology(id)
            .ok_or_else(|| Unknown::new(Named::Technology, id, self.technologies.keys()))
    }

    /// The check with this id.
    ///
    /// # Errors
    /// Where there is none, with the nearest ids.
    pub fn find_check(&self, id: &str) -> Result<&Check, Unknown> {
        self.check(id).ok_or_else(|| Unknown::new(Named::Check, id, self.checks.keys()))
    }

    /// Holds ids of technologies against those that there are.
    ///
    /// # Errors
    /// The first that there is not, with the nearest ids.
    pub fn require_technologies(&self, ids: &[String]) -> Result<(), Unknown> {
        ids.iter().try_for_each(|id| self.find_technology(id).map(drop))
    }
}
