//! What the formats of others tell beside an issue: its check in words, the controls that it
//! breaks, and who reports it.

use std::collections::BTreeMap;

use super::{IssueRecord, Records};
use crate::provider::Provider;

/// A control of a framework that findings of a check break.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// The framework and its version: `CIS AWS Foundations Benchmark 5.0`.
    pub standard: String,
    /// The control, with what its framework is called for short: `CIS 5.0 3.2`.
    pub control: String,
}

/// A check, as whoever reads a finding elsewhere is told of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explained {
    /// What it finds, in a few words.
    pub title: String,
    /// What it finds and why that matters, as Markdown; may be empty.
    pub why: String,
    /// How to mend it, as Markdown; may be empty.
    pub fix: String,
    /// Its base score.
    pub score: u8,
    /// Who runs what it judges; `None` where nothing of its technology is read any more.
    pub provider: Option<Provider>,
    /// What AWS Security Hub calls resources of its technology; `None` where it has no name
    /// for them.
    pub resource_type: Option<&'static str>,
    /// The controls that its findings break.
    pub requirements: Vec<Requirement>,
}

/// The checks of some issues, each explained once.
#[derive(Debug, Clone, Default)]
pub struct Explanations {
    by_check: BTreeMap<String, Explained>,
}

impl Explanations {
    /// The check of an issue. One that this program no longer has is called by its id, and
    /// there is nothing more to say of it.
    #[must_use]
    pub fn of(&self, issue: &IssueRecord) -> Explained {
        let unknown = || Explained { title: issue.check.clone(), ..Explained::default() };
        self.by_check.get(&issue.check).cloned().unwrap_or_else(unknown)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Explained)> {
        self.by_check.iter().map(|(id, explained)| (id.as_str(), explained))
    }
}

impl Records<'_> {
    /// Explains the checks of these issues. `requirements` says which controls a check answers,
    /// `resource_type` what AWS Security Hub calls resources of a technology.
    #[must_use]
    pub fn explain(
        &self,
        issues: &[IssueRecord],
        requirements: impl Fn(&str) -> Vec<Requirement>,
        resource_type: impl Fn(&str) -> Option<&'static str>,
    ) -> Explanations {
        let mut by_check = BTreeMap::new();
        for issue in issues {
            if by_check.contains_key(&issue.check) {
                continue;
            }
            let technology = self.registry.technology(&issue.technology);
            let provider = technology.map(|technology| technology.provider.clone());
            let resource_type = resource_type(&issue.technology);
            let explained = match self.registry.check(&issue.check) {
                None => Explained {
                    title: issue.check.clone(),
                    score: issue.score,
                    provider,
                    resource_type,
                    ..Explained::default()
                },
                Some(check) => {
                    let manual = check.manual();
                    Explained {
                        title: check.title().to_owned(),
                        why: manual.why,
                        fix: manual.fix,
                        score: check.score,
                        provider,
                        resource_type,
                        requirements: requirements(&check.id),
                    }
                }
            };
            by_check.insert(issue.check.clone(), explained);
        }
        Explanations { by_check }
    }
}

/// A text as it is, or its beginning and `…` where it has more letters than a format takes.
pub(super) fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut clipped: String = text.chars().take(most.saturating_sub(1)).collect();
    clipped.truncate(clipped.trim_end().len());
    clipped.push('…');
    clipped
}

#[cfg(test)]
mod tests;
