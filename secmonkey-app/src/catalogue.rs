//! What is read and judged: what secmonkey brings, and what a configuration file declares.

use std::iter;
use std::sync::Arc;

use secmonkey_core::check::Auditor;
use secmonkey_core::registry::Registry;
use secmonkey_core::technology::Technology;
use secmonkey_rules::Rules;

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
