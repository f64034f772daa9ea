//! What checks say of everything in their scope.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Reporting, count};
use crate::issue::Status;
use crate::query::Error;
use crate::record::CoverageRecord;

/// What one check says of everything in its scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Findings that are open.
    pub open: usize,
    /// Findings that somebody accepted.
    pub justified: usize,
    /// Items about which it could not decide.
    pub undecided: usize,
    /// Why it says nothing of some of what is in its scope; empty where all of that was listed
    /// to the end and it was asked about it.
    pub missing: Vec<String>,
    /// When all that is in its scope had last been looked at to the end.
    pub looked_at: Option<Timestamp>,
}

impl Reporting<'_> {
    /// What each of the checks says.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn evidence<'c>(
        &self,
        checks: impl IntoIterator<Item = &'c str>,
    ) -> Result<BTreeMap<&'c str, Evidence>, Error> {
        let mut all = BTreeMap::new();
        for check in checks {
            if !all.contains_key(check) {
                all.insert(check, self.scope_of(check)?);
            }
        }
        for issue in self.issues()? {
            if let Some(evidence) = all.get_mut(issue.check.as_str()) {
                match issue.status {
                    Status::Open => evidence.open += 1,
                    // What a rule keeps out of sight was accepted, too.
                    Status::Justified | Status::Suppressed => evidence.justified += 1,
                    Status::Resolved => {}
                }
            }
        }
        Ok(all)
    }

    /// How much of the scope of a check was looked at and judged.
    fn scope_of(&self, id: &str) -> Result<Evidence, Error> {
        let mut evidence = Evidence::default();
        let Some(check) = self.registry.check(id) else {
            evidence.missing.push("no such check is run".to_owned());
            return Ok(evidence);
        };
        let places: Vec<&CoverageRecord> = self
            .coverage
            .accounts
            .iter()
            .filter(|one| one.technology == check.technology && one.unwatched_since.is_none())
            .collect();
        if places.is_empty() {
            evidence.missing.push(format!("nobody looks at {}", check.technology));
        }
        for place in places {
            let account = self.account(&place.account);
            let undecided = place.undecided.iter().filter(|one| one.check == id);
            evidence.undecided += undecided
                .map(|one| usize::try_from(one.items).unwrap_or(usize::MAX))
                .sum::<usize>();
            let what = match place {
                _ if !place.never_looked_at.is_empty() => "never looked at".to_owned(),
                _ if !place.failed.is_empty() => "a look failed".to_owned(),
                _ if place.not_judged > 0 => {
                    let number = usize::try_from(place.not_judged).unwrap_or(usize::MAX);
                    format!("{} not judged", count(number, "item"))
                }
                _ if !self.was_asked(place, id, check.version)? => "not asked yet".to_owned(),
                _ => {
                    let looked = (evidence.looked_at, place.last_complete);
                    evidence.looked_at = match looked {
                        (Some(one), Some(other)) => Some(one.min(other)),
                        (one, other) => one.or(other),
                    };
                    continue;
                }
            };
            evidence.missing.push(format!("{} of {account}: {what}", check.technology));
        }
        Ok(evidence)
    }

    /// Whether a check of this version was asked about all of a technology of an account that
    /// was looked at.
    fn was_asked(&self, place: &CoverageRecord, check: &str, version: u32) -> Result<bool, Error> {
        let views = &self.known.views;
        for scope in views.scopes_in(&place.account, &place.technology) {
            let scope = scope?;
            let is_meant =
                scope.last_completed.is_some() && !scope.skipped && scope.unwatched_since.is_none();
            if is_meant && views.judged(&scope.scope)?.first(check, version).is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
