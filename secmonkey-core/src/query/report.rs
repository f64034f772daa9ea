//! The questions that reports answer.
//!
//! All begin with a [`Reporting`], which knows what is asked about and what of that was not
//! looked at; every report ends with it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::language::{Pattern, Standing, Term};
use super::{Error, Known, Query, Selection, coverage, issues};
use crate::event::Position;
use crate::item::Key;
use crate::record::{CoverageRecord, Fact, GapKind, IssueRecord, Order, Records, StatusRecord};
use crate::registry::Registry;
use crate::report::{Cell, Column, Report, Section};

mod asked;
mod coverage_report;
mod daily;
mod decided;
mod evidence;
mod exposed;
mod found;
mod reviews;

pub use asked::{ProviderReports, ReportKind, Reports};
pub use evidence::Evidence;
pub use reviews::Reviews;

/// How many scopes there are, and how many of them were looked at to the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    /// Accounts x technologies x regions that somebody means to look at.
    pub scopes: u64,
    /// Those that were looked at to the end, the last time somebody tried.
    pub complete: u64,
}

/// What reports are made from.
pub struct Reporting<'a> {
    /// What is known.
    pub known: &'a Known,
    /// What is read and judged.
    pub registry: &'a Registry,
    /// Makes records.
    pub records: Records<'a>,
    /// What was not looked at, read or judged of what is asked about.
    pub coverage: StatusRecord,
    query: Query,
    selection: Selection,
    position: Position,
    checks: Option<BTreeSet<String>>,
}

impl<'a> Reporting<'a> {
    /// Reports about what a query selects, of what was known at a position of the log.
    /// `registry` knows whatever was ever read, `reads` what is read now.
    ///
    /// # Errors
    /// Where something that the query names does not exist; then where the views cannot be read.
    pub fn new(
        known: &'a Known,
        registry: &'a Registry,
        reads: &Registry,
        query: Query,
        position: Position,
    ) -> Result<Self, Error> {
        let records = Records::new(known, registry)?;
        let selection = query.clone().select(&known.views, registry)?;
        let coverage = records.status(&coverage(known, reads, &selection)?);
        Ok(Self { known, registry, records, coverage, query, selection, position, checks: None })
    }

    /// The same about these technologies alone.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn of_technologies(
        mut self,
        reads: &Registry,
        technologies: &BTreeSet<&str>,
    ) -> Result<Self, Error> {
        let term = |id: &&str| Term::Technology(Pattern::literal(*id));
        let query = self.query.clone().and(Query::any(technologies.iter().map(term)));
        let selection = query.select(&self.known.views, self.registry)?;
        self.coverage = self.records.status(&coverage(self.known, reads, &selection)?);
        self.coverage.accounts.retain(|one| technologies.contains(one.technology.as_str()));
        self.selection = selection;
        Ok(self)
    }

    /// The same about these checks alone.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn of_checks(self, reads: &Registry, checks: BTreeSet<String>) -> Result<Self, Error> {
        let registry = self.registry;
        let judged = checks.iter().filter_map(|id| registry.check(id));
        let technologies = judged.map(|check| check.technology.as_ref()).collect();
        let mut narrowed = self.of_technologies(reads, &technologies)?;
        narrowed.checks = Some(checks);
        Ok(narrowed)
    }

    /// The checks that are asked about; `None` for all.
    #[must_use]
    pub fn checks(&self) -> Option<&BTreeSet<String>> {
        self.checks.as_ref()
    }

    /// The log's position that the report speaks of.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// What is asked about.
    #[must_use]
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// A report that says of what and when it is.
    #[must_use]
    pub fn start(&self, name: &'static str, title: impl Into<String>) -> Report {
        let mut report = Report::new(name, title, self.known.now);
        let of = match &self.query {
            Query::All => "everything that is watched".to_owned(),
            query => query.to_string(),
        };
        report.about("of", "Of", of);
        report.about("position", "Log position", self.position.0);
        report
    }

    /// The report with what was not looked at, and with its sentence: what was found, and how
    /// much was looked at.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn end(
        &self,
        mut report: Report,
        said: &str,
        remarks: Vec<String>,
    ) -> Result<Report, Error> {
        let looked = self.looked(None)?;
        report.about("scopes", "Scopes", looked.scopes);
        report.about("scopes_complete", "Looked at to the end", looked.complete);
        let gaps = self.not_looked_at(remarks, None);
        report.summary = format!("{said}; {}{}", looked.said(), below(&gaps));
        report.sections.push(gaps);
        Ok(report)
    }

    /// How much was looked at, ever or since a time.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn looked(&self, since: Option<Timestamp>) -> Result<Looked, Error> {
        let mut looked = Looked::default();
        for row in self.known.views.scopes() {
            let row = row?;
            let is_meant = row.scope.region != "*"
                && row.unwatched_since.is_none()
                && !row.skipped
                && self.selection.covers(&row.scope);
            if is_meant {
                looked.scopes += 1;
                let is_complete = row.last_failure.is_none()
                    && row.last_completed.is_some_and(|at| since.is_none_or(|since| at >= since));
                looked.complete += u64::from(is_complete);
            }
        }
        // In how many regions nobody knows.
        let is_unknown = |one: &&CoverageRecord| one.never_looked_at == ["*"];
        looked.scopes += self.coverage.accounts.iter().filter(is_unknown).count() as u64;
        Ok(looked)
    }

    /// What was not looked at, read or judged, and not since a time; before it remarks of the
    /// same kind.
    fn not_looked_at(&self, remarks: Vec<String>, since: Option<Timestamp>) -> Section {
        let columns = vec![
            Column::new("account", "Account"),
            Column::new("technology", "Technology"),
            Column::new("gap", "").spare(),
            Column::new("what", "What"),
        ];
        let empty = if self.coverage.accounts.is_empty() {
            "nothing was ever looked at"
        } else {
            "everything was looked at, read and judged"
        };
        let mut section = Section::new("not_looked_at", "Not looked at", empty, columns);
        let row = |account: &str, technology: &str, gap: &str, what: String| {
            vec![account.into(), technology.into(), gap.into(), what.into()]
        };
        for remark in remarks {
            section.rows.push(row("", "", "remark", remark));
        }
        for scan in &self.coverage.unfinished_scans {
            let text = format!("the scan {} did not come to its end", scan.scan);
            section.rows.push(row("", "", "unfinished", text));
        }
        for place in &self.coverage.accounts {
            let account = self.account(&place.account);
            let gaps = place.gaps();
            let concerns = |check: &str| self.checks.as_ref().is_none_or(|all| all.contains(check));
            let late = since.zip(place.last_complete).filter(|(since, last)| {
                last < since && place.unwatched_since.is_none() && gaps.is_empty()
            });
            if let Some((since, last)) = late {
                let text = format!("not all of it since {since:.0}: last on {last:.0}");
                section.rows.push(row(&account, &place.technology, "not_since", text));
            }
            for gap in gaps {
                if gap.kind != GapKind::Undecided || gap.check().is_some_and(concerns) {
                    let kind = gap.kind.as_str();
                    section.rows.push(row(&account, &place.technology, kind, gap.text));
                }
            }
        }
        section
    }

    /// What people call an account.
    fn account(&self, id: &crate::account::AccountId) -> String {
        self.records.account_name(id).unwrap_or_else(|| id.to_string())
    }

    /// The issues that are asked about, however they stand, of what is watched.
    fn issues(&self) -> Result<Vec<IssueRecord>, Error> {
        let query = self.query.clone().and(Term::Status(Standing::Any));
        let mut all = Vec::new();
        for state in issues(self.known, self.registry, query)? {
            let issue = self.records.issue_state(&state?);
            if self.checks.as_ref().is_none_or(|checks| checks.contains(&issue.check)) {
                all.push(issue);
            }
        }
        Ok(all)
    }

    /// Whether an item is asked about.
    fn is_asked(&self, key: &Key) -> Result<bool, Error> {
        if self.query == Query::All {
            return Ok(true);
        }
        let Some(row) = self.known.views.item(key)? else { return Ok(false) };
        let remembered = super::facts::Remembered::default();
        let account = self.selection.account(&row.key.account);
        let asked = (self.known, self.registry);
        let item = super::facts::Lazy::new(asked, &remembered, account, row, None);
        self.selection.has(&item)
    }

    /// A section of issues, a line a fact, the strongest first.
    fn facts(
        &self,
        (name, title, empty): (&'static str, &str, &str),
        when: Column,
        issues: Vec<IssueRecord>,
        at: impl Fn(&IssueRecord) -> Option<Timestamp>,
    ) -> Section {
        let columns = vec![
            Column::new("score", "Score"),
            Column::new("id", "ID"),
            Column::new("item", "Item"),
            Column::new("account", "Account").spare(),
            Column::new("region", "Region").spare(),
            when,
            Column::new("check", "Check").spare(),
            Column::new("status", "Status").spare(),
            Column::new("issues", ""),
            Column::new("key", ""),
            Column::new("what", "What"),
        ];
        let mut section = Section::new(name, title, empty, columns);
        for fact in self.records.facts(issues, Order::Worst) {
            section.rows.push(self.fact(&fact, &at));
        }
        section
    }

    fn fact(&self, fact: &Fact, at: &impl Fn(&IssueRecord) -> Option<Timestamp>) -> Vec<Cell> {
        let lead = &fact.lead;
        let doubt = match lead.doubt.len() {
            0 => String::new(),
            _ => " (in doubt: not everything could be read)".to_owned(),
        };
        let status = match (lead.resolved_reason, lead.status) {
            (Some(reason), _) => reason.replace('_', " "),
            (None, status) => word(status).to_owned(),
        };
        vec![
            Cell::Score(lead.score),
            lead.id.as_str().into(),
            fact.items().into(),
            self.account(&lead.account).into(),
            lead.region.as_str().into(),
            at(lead).into(),
            lead.check.as_str().into(),
            status.into(),
            fact.count().into(),
            lead.key.to_string().into(),
            format!("{}{doubt}", fact.detail).into(),
        ]
    }
}

fn word(status: crate::issue::Status) -> &'static str {
    use crate::issue::Status;
    match status {
        Status::Open => "open",
        Status::Justified => "justified",
        Status::Suppressed => "suppressed",
        Status::Resolved => "resolved",
    }
}

/// `; 3 gaps are listed`.
fn below(gaps: &Section) -> String {
    match gaps.rows.len() {
        0 => String::new(),
        1 => "; 1 gap is listed".to_owned(),
        some => format!("; {some} gaps are listed"),
    }
}

impl Looked {
    /// `412 of 412 scopes were looked at`.
    #[must_use]
    pub fn said(self) -> String {
        match self {
            Self { scopes: 0, .. } => "nothing was ever looked at".to_owned(),
            Self { scopes: 1, complete } => format!("{complete} of 1 scope was looked at"),
            Self { scopes, complete } => format!("{complete} of {scopes} scopes were looked at"),
        }
    }
}

/// `1 item`, `2 items`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests;
