//! Checks written in [Rego](https://www.openpolicyagent.org/docs/policy-language), as an
//! [`Auditor`]: rules of one's own, without Rust.
//!
//! A rule is two files: `NAME.rego`, and the page `NAME.md` beside it in the form that the
//! pages of all checks have ([`secmonkey_core::check::page`]), with a `json check` block for
//! what a check written in Rust declares in a constant. `NAME.json` is what rules find as
//! `data.NAME`.
//!
//! A rule is a pure function of the item, the world that it declares and, where it is timed,
//! the time it is asked for. Functions that would answer otherwise the next time are refused
//! when it is loaded, with the place and what to use instead; so is what would be undefined
//! without a word: a member that it does not declare to read, a file that is not there. What
//! fails, and what takes too long, leaves that rule undecided about that item.
//!
//! ```
//! use std::path::Path;
//!
//! use secmonkey_core::check::Auditor as _;
//! use secmonkey_core::registry::Registry;
//! use secmonkey_core::technology::Technology;
//! use secmonkey_rules::Rules;
//!
//! // What a program reads.
//! let ids = ["ebs_snapshot", "ebs_volume", "ec2_instance", "iam_user"];
//! let technologies = ids.map(|id| Technology { id: id.into(), ..Technology::DEFAULT });
//! let registry = Registry::new(technologies, []);
//!
//! let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/rules");
//! let rules = Rules::read(&folder, &registry)?;
//! let ids: Vec<_> = rules.checks().iter().map(|check| &*check.id).collect();
//! assert_eq!(ids[1], "iam_user.not_an_employee");
//! for check in rules.checks() {
//!     let (examples, wrong) = rules.test(check, &secmonkey_core::check::page::Page::parse(&check.page)?)?;
//!     assert!(examples >= 2 && wrong.is_empty(), "{wrong:?}");
//! }
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use secmonkey_core::check::page::{Example, Mismatch, Page};
use secmonkey_core::check::{Auditor, Catalogue, Check, Findings, World};
use secmonkey_core::item::Item;
use secmonkey_core::nearest::{Named, Unknown};
use secmonkey_core::registry::Registry;

mod error;
mod functions;
mod input;
mod load;
mod program;
mod tree;
mod vet;

pub use crate::error::Error;
use crate::load::{Data, Files, Source, data_of, line_of_check, load, page_of};

/// The rules of a folder, as they were when it was read.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    catalogue: Catalogue,
    /// One for each check.
    sources: Vec<Source>,
    data: Data,
    /// What is read, without these rules.
    registry: Registry,
}

impl Rules {
    /// Reads the rules of a folder and those below it, for a program that reads and judges
    /// what `registry` holds.
    ///
    /// # Errors
    /// Where a file cannot be read, a rule has no page or a page no rule, a rule is not in
    /// the language or does what rules may not, a page says too little, or an id is taken.
    pub fn read(folder: &Path, registry: &Registry) -> Result<Self, Error> {
        Self::of(Files::read(folder)?, registry)
    }

    fn of(files: Files, registry: &Registry) -> Result<Self, Error> {
        let Files { sources, data } = files;
        let mut rules = Vec::with_capacity(sources.len());
        let mut ids = BTreeSet::new();
        for source in &sources {
            let loaded = load(source, &data, registry)?;
            if !ids.insert(loaded.check.id.clone()) {
                let reason = format!("there are two rules `{}`", loaded.check.id);
                let line = line_of_check(&source.page);
                return Err(Error::Page { path: page_of(&source.path), line, reason });
            }
            rules.push(loaded);
        }
        for (rule, source) in rules.iter().zip(&sources) {
            let Some(whole) = &rule.check.part_of else { continue };
            if registry.check(whole).is_none() && !ids.contains(whole) {
                let known = registry.checks().map(|check| &check.id).chain(&ids);
                let reason = Unknown::new(Named::Check, whole, known).to_string();
                let line = line_of_check(&source.page);
                return Err(Error::Page { path: page_of(&source.path), line, reason });
            }
        }
        Ok(Self { catalogue: Catalogue::new(rules), sources, data, registry: registry.clone() })
    }

    /// The page of a rule, by the id of its check.
    #[must_use]
    pub fn page_of(&self, check: &str) -> Option<PathBuf> {
        Some(page_of(&self.source(check)?.path))
    }

    /// The file of a rule, by the id of its check.
    #[must_use]
    pub fn file_of(&self, check: &str) -> Option<&Path> {
        Some(&self.source(check)?.path)
    }

    fn source(&self, check: &str) -> Option<&Source> {
        let mut all = self.checks().iter().zip(&self.sources);
        all.find_map(|(one, source)| (one.id == check).then_some(source))
    }

    /// The examples of a page that the rule of a check answers otherwise than it says, and
    /// how many there are. Where a `world` block has `data`, that is what the rule finds in
    /// its data files.
    ///
    /// # Errors
    /// Where there is no such rule, or the data of an example is none that it could read.
    pub fn test(&self, check: &Check, page: &Page) -> Result<(usize, Vec<Mismatch>), Error> {
        let technology = self.registry.technology(&check.technology).cloned().unwrap_or_default();
        let mut wrong = Vec::new();
        for example in &page.examples {
            let answer = match data_of(example) {
                None => example.test(self, check, &technology),
                Some(data) => {
                    let auditor = self.with(check, example, data)?;
                    example.test(&auditor, check, &technology)
                }
            };
            wrong.extend(answer.err());
        }
        Ok((page.examples.len(), wrong))
    }

    /// The rule of a check alone, with other data.
    fn with(&self, check: &Check, example: &Example, data: Data) -> Result<Catalogue, Error> {
        let Some(source) = self.source(&check.id) else { return Ok(Catalogue::default()) };
        let mut all = self.data.clone();
        all.extend(data);
        let rule = load(source, &all, &self.registry).map_err(|error| Error::Page {
            path: page_of(&source.path),
            line: example.line,
            reason: error.to_string(),
        })?;
        Ok(Catalogue::new([rule]))
    }
}

impl Auditor for Rules {
    fn checks(&self) -> &[Check] {
        self.catalogue.checks()
    }

    fn audit(&self, item: &Item, world: &World<'_>, found: &mut Findings) {
        self.catalogue.audit(item, world, found);
    }
}
