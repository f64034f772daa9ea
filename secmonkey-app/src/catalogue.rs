//! What is read and judged: what secmonkey brings, and what a configuration file declares.

use std::iter;
use std::sync::Arc;

use secmonkey_aws::{compliance, kind, settings};
use secmonkey_core::account::Account;
use secmonkey_core::check::{Auditor, Check};
use secmonkey_core::record::ControlRecord;
use secmonkey_core::registry::Registry;
use secmonkey_core::technology::Technology;
use secmonkey_rules::Rules;
use serde::Serialize;

use crate::config::Config;
use crate::error::Error;

/// Technologies and checks, those of a configuration file included.
#[derive(Clone)]
pub struct Catalogue {
    registry: Registry,
    rules: Option<Arc<Rules>>,
}

impl Catalogue {
    /// What secmonkey brings, and what this file declares. Its folder of rules is read.
    ///
    /// # Errors
    /// Where a rule cannot be read.
    pub fn of(config: &Config) -> Result<Self, Error> {
        let technologies: Vec<_> = config.technologies().collect();
        let built_in = registry(&technologies, None);
        let Some(folder) = &config.rules else {
            return Ok(Self { registry: built_in, rules: None });
        };
        let rules = Arc::new(Rules::read(folder, &built_in)?);
        Ok(Self { registry: registry(&technologies, Some(&rules)), rules: Some(rules) })
    }

    /// What is read and judged.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The rules of one's own.
    #[must_use]
    pub const fn rules(&self) -> Option<&Arc<Rules>> {
        self.rules.as_ref()
    }

    /// Whatever judges items.
    #[must_use]
    pub fn auditors(&self) -> Vec<Arc<dyn Auditor>> {
        let built_in: Arc<dyn Auditor> = Arc::new(secmonkey_aws::check::catalogue());
        let own = self.rules.as_ref().map(|rules| Arc::clone(rules) as Arc<dyn Auditor>);
        iter::once(built_in).chain(own).collect()
    }
}

impl Default for Catalogue {
    /// What secmonkey brings.
    fn default() -> Self {
        Self { registry: registry(&[], None), rules: None }
    }
}

fn registry(declared: &[Technology], rules: Option<&Arc<Rules>>) -> Registry {
    let technologies = secmonkey_aws::watch::technologies();
    let built_in = secmonkey_aws::check::catalogue();
    let rules = rules.into_iter().flat_map(|rules| rules.checks());
    Registry::new(
        technologies.into_iter().chain(declared.iter().cloned()),
        built_in.checks().iter().chain(rules).cloned(),
    )
}

/// The controls of frameworks that a check answers.
#[must_use]
pub fn controls(check: &Check) -> Vec<ControlRecord> {
    let controls = compliance::controls_of(&check.id);
    let record = controls.map(|(framework, control)| ControlRecord {
        framework: framework.name.clone(),
        version: framework.version.clone(),
        retired: framework.retired.is_some(),
        id: control.id.clone(),
        title: control.title.clone(),
    });
    record.collect()
}

/// What AWS asks of an account, under names of its own beside those of
/// [`AccountRecord`](secmonkey_core::record::AccountRecord).
#[derive(Debug, Clone, Serialize)]
pub struct AwsAccount {
    /// The role that is assumed in it.
    pub role: Option<String>,
    /// The external id that goes with the role.
    pub external_id: Option<String>,
    /// Its partition: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// What names it in access control lists of S3.
    pub canonical_id: Option<String>,
    /// Its organization.
    pub organization: Option<String>,
}

impl From<&Account> for AwsAccount {
    fn from(account: &Account) -> Self {
        Self {
            role: settings::role(account).map(str::to_owned),
            external_id: settings::external_id(account).map(str::to_owned),
            partition: settings::partition(account).to_owned(),
            canonical_id: account.names.get(&kind::CANONICAL_USER).cloned(),
            organization: account.names.get(&kind::ORGANIZATION).cloned(),
        }
    }
}
