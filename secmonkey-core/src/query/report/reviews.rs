//! Who looked through findings and decided about them, and when.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Reporting;
use crate::event::Actor;
use crate::query::Error;

/// What one person decided, of what still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reviews {
    /// Issues they justified.
    pub justified: usize,
    /// Rules they made: overrides of checks, and items to ignore.
    pub rules: usize,
    /// When they last decided.
    pub last: Timestamp,
}

impl Reporting<'_> {
    /// The decisions about findings that nobody took back, by who took them. Rules count
    /// whatever they are about; justifications, those of the issues that are asked about.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn reviews(&self) -> Result<BTreeMap<Actor, Reviews>, Error> {
        let mut all = BTreeMap::new();
        for issue in self.issues()? {
            if let Some(justification) = issue.justification {
                of(&mut all, justification.by, justification.at).justified += 1;
            }
        }
        let views = &self.known.views;
        let overrides = views.overrides()?.into_iter().filter(|row| row.ended.is_none());
        let overrides = overrides.map(|row| (row.by, row.at));
        let ignores = views.ignores()?.into_iter().filter(|row| row.ended.is_none());
        for (by, at) in overrides.chain(ignores.map(|row| (row.by, row.at))) {
            of(&mut all, by, at).rules += 1;
        }
        Ok(all)
    }
}

fn of(all: &mut BTreeMap<Actor, Reviews>, by: Actor, at: Timestamp) -> &mut Reviews {
    let one = all.entry(by).or_insert(Reviews { justified: 0, rules: 0, last: at });
    one.last = one.last.max(at);
    one
}
