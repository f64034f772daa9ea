//! What was looked at.

use std::collections::BTreeMap;

use super::{Reporting, count};
use crate::query::Error;
use crate::record::{CoverageRecord, GapKind};
use crate::report::{Cell, Column, Report, Section};

/// How an account stands.
#[derive(Default)]
struct Tally {
    technologies: u64,
    whole: u64,
    never: u64,
    failed: u64,
    undecided: u64,
    oldest: Option<jiff::Timestamp>,
}

impl Reporting<'_> {
    /// Of each account and technology, when it was last looked at to the end, and what was not.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn coverage(&self) -> Result<Report, Error> {
        let report = self.start("coverage", "What was looked at");
        let nothing = "nothing was ever looked at";
        let columns = vec![
            Column::new("account", "Account"),
            Column::new("technologies", "Technologies"),
            Column::new("whole", "Whole"),
            Column::new("never", "Never"),
            Column::new("failed", "Failed"),
            Column::new("undecided", "Undecided"),
            Column::new("oldest", "Oldest look").or("never"),
        ];
        let mut accounts = Section::new("accounts", "By account", nothing, columns);
        let columns = vec![
            Column::new("account", "Account").spare(),
            Column::new("technology", "Technology"),
            Column::new("last_complete", "Last complete").or("never"),
            Column::new("state", "State"),
        ];
        let mut places = Section::new("technologies", "By technology", nothing, columns);
        let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
        for place in &self.coverage.accounts {
            let account = self.account(&place.account);
            places.rows.push(vec![
                account.as_str().into(),
                place.technology.as_str().into(),
                place.last_complete.into(),
                state(place).into(),
            ]);
            tallies.entry(account).or_default().add(place);
        }
        for (account, tally) in tallies {
            let oldest = Cell::from(tally.oldest.filter(|_| tally.never == 0));
            accounts.rows.push(vec![
                account.into(),
                tally.technologies.into(),
                tally.whole.into(),
                tally.never.into(),
                tally.failed.into(),
                tally.undecided.into(),
                oldest,
            ]);
        }
        "Technologies in numbers; whole is what was looked at, read and judged without a gap"
            .clone_into(&mut accounts.note);
        let said = match accounts.rows.len() {
            0 => "no account is known".to_owned(),
            some => count(some, "account"),
        };
        self.end(Report { sections: vec![accounts, places], ..report }, &said, Vec::new())
    }
}

impl Tally {
    fn add(&mut self, place: &CoverageRecord) {
        if place.unwatched_since.is_some() {
            return;
        }
        let gaps = place.gaps();
        let has = |kind| u64::from(gaps.iter().any(|gap| gap.kind == kind));
        self.technologies += 1;
        self.whole += u64::from(gaps.is_empty() && place.last_complete.is_some());
        self.never += has(GapKind::NeverLookedAt);
        self.failed += has(GapKind::Failed);
        self.undecided += has(GapKind::Undecided);
        self.oldest = match (self.oldest, place.last_complete) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}

/// `complete`, or in what ways it is not.
fn state(place: &CoverageRecord) -> String {
    if let Some(since) = place.unwatched_since {
        return format!("unwatched since {since:.0}");
    }
    let mut kinds: Vec<_> = place.gaps().iter().map(|gap| gap.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let said: Vec<_> = kinds.iter().map(|kind| kind.as_str().replace('_', " ")).collect();
    match said.as_slice() {
        [] if place.last_complete.is_some() => "complete".to_owned(),
        // The service is in none of the regions.
        [] => "not there".to_owned(),
        said => said.join(", "),
    }
}
