//! Checks.

use serde::Serialize;

use super::{OverrideRecord, Records};
use crate::check::{Check, Parameter, severity};
use crate::provider::Provider;
use crate::query::Query;
use crate::registry::Registry;
use crate::texts::Texts;

/// A check.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckRecord {
    /// Its id.
    pub id: String,
    /// Whose technology it judges; `null` where no technology of this id is read.
    pub provider: Option<Provider>,
    /// The technology whose items it judges.
    pub technology: String,
    /// What it finds, in a few words.
    pub title: String,
    /// Its base score.
    pub score: u8,
    /// The severity people read in it.
    pub severity: &'static str,
    /// Whether what it finds counts: whether no override turns it off for all items.
    pub enabled: bool,
    /// What overrides may set for it.
    pub parameters: Vec<Parameter>,
    /// What somebody decided about it; those that count first come first.
    pub overrides: Vec<OverrideRecord>,
    /// The check that says the same in a wider sense.
    pub part_of: Option<String>,
}

impl CheckRecord {
    /// The record of a check, in a program that reads these technologies.
    #[must_use]
    pub fn new(check: &Check, registry: &Registry) -> Self {
        let technology = registry.technology(&check.technology);
        Self {
            id: check.id.clone().into_owned(),
            provider: technology.map(|technology| technology.provider.clone()),
            technology: check.technology.clone().into_owned(),
            title: check.title().to_owned(),
            score: check.score,
            severity: severity(check.score),
            enabled: true,
            parameters: check.parameters.to_vec(),
            overrides: Vec::new(),
            part_of: check.part_of.clone().map(std::borrow::Cow::into_owned),
        }
    }
}

/// A framework of controls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FrameworkRecord {
    /// Its id, by which reports ask for it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where its owner publishes it.
    pub home: String,
    /// Whether a later version took its place.
    pub retired: bool,
    /// How many of its controls are known.
    pub controls: u64,
}

/// A control of a framework that a check answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ControlRecord {
    /// The framework.
    pub framework: String,
    /// Its version.
    pub version: String,
    /// Whether a later version took its place.
    pub retired: bool,
    /// The control's id.
    pub id: String,
    /// What it asks for.
    pub title: String,
}

/// A check with its page.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckPageRecord {
    /// The check.
    #[serde(flatten)]
    pub check: CheckRecord,
    /// The members of a configuration that it reads, as pointers.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub reads: Texts,
    /// What else it asks about: parts of the known world, configurations of others.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub world: Texts,
    /// Whether what it says depends on the time.
    pub timed: bool,
    /// The controls that it answers.
    pub controls: Vec<ControlRecord>,
    /// The file of a rule of one's own; left out of others, and where files are nobody's
    /// business.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub rule: Option<String>,
    /// What it finds, why that matters and how to mend it, as Markdown.
    pub page: String,
}

impl Records<'_> {
    /// A check; of the provider whose technology it judges.
    #[must_use]
    pub fn check(&self, check: &Check) -> CheckRecord {
        let overrides = self.governance.overrides_of(&check.id);
        let is_off = overrides.iter().any(|row| row.rule.disabled && row.rule.scope == Query::All);
        let overrides = overrides.iter().map(OverrideRecord::from).collect();
        let record = CheckRecord::new(check, self.registry);
        CheckRecord { enabled: !is_off, overrides, ..record }
    }

    /// A check with its page, and the controls that it answers.
    #[must_use]
    pub fn check_page(&self, check: &Check, controls: Vec<ControlRecord>) -> CheckPageRecord {
        CheckPageRecord {
            check: self.check(check),
            reads: check.reads.clone(),
            world: check.world.clone(),
            timed: check.timed,
            controls,
            rule: None,
            page: check.page.clone().into_owned(),
        }
    }
}
