//! What some checks find: what is idle, what the internet reaches.

use std::collections::BTreeSet;

use super::{Reporting, count};
use crate::issue::Status;
use crate::query::Error;
use crate::record::IssueRecord;
use crate::report::{Column, Report};

impl Reporting<'_> {
    /// What the checks that are asked about find now, the accepted included.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn found(&self, name: &'static str, title: &str, nothing: &str) -> Result<Report, Error> {
        let report = self.start(name, title);
        let mut issues = self.issues()?;
        issues.retain(|one| one.status != Status::Resolved);
        let items: BTreeSet<_> = issues.iter().map(|one| &one.key).collect();
        let accepted = issues.iter().filter(|one| one.status == Status::Justified).count();
        let said = match items.len() {
            0 => nothing.to_owned(),
            some => format!(
                "{}, {} ({accepted} accepted)",
                count(some, "item"),
                count(issues.len(), "finding")
            ),
        };
        let what = (name, "Found", nothing);
        let section = self.facts(what, Column::new("since", "Since"), issues, IssueRecord::since);
        self.end(Report { sections: vec![section], ..report }, &said, Vec::new())
    }
}
