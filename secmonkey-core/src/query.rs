//! Questions about what was recorded: search, one item, its history, differences, issues,
//! where we stand, and what was not looked at. Each now, or as it was known at an instant.
//!
//! The command line, pages and programs ask the same functions; [`record`](crate::record)
//! makes the JSON of the answers. Lists are iterators that keep one configuration at a
//! time in memory.
//!
//! ```
//! use secmonkey_core::Timestamp;
//! use secmonkey_core::query::{self, Known, Query};
//! use secmonkey_core::registry::Registry;
//! use secmonkey_core::view::Views;
//!
//! let known = Known::new(Views::in_memory(), Timestamp::UNIX_EPOCH);
//! let asked: Query = "203.0.113.7 changed:<7d".parse()?;
//! let found = query::items(&known, &Registry::default(), asked)?.collect::<Result<Vec<_>, _>>()?;
//! assert!(found.is_empty());
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use crate::audit;
use crate::diff::PatchError;
use crate::event::{IssueId, Position};
use crate::governance::{Governance, ItemFacts, ItemRuling, Ruled, Suppression};
use crate::issue::{Issue, Status};
use crate::item::{Item, Key};
use crate::log::{self, EventLog};
use crate::nearest::{Nearest, Unknown};
use crate::registry::Registry;
use crate::replay::ItemRow;
use crate::view::{self, Views};

mod accounts;
mod blame;
mod configuration;
mod coverage;
mod decisions;
mod detail;
mod diff;
mod exposure;
mod facts;
mod find;
mod history;
mod impact;
mod issue_history;
mod issues;
mod items;
pub mod language;
mod newest;
mod overview;
mod recorded;
mod related;
mod report;
mod selection;
mod show;

pub use accounts::{AccountHealth, account_health, health};
pub use blame::{Blame, Blamed, Member, blame};
pub use configuration::configuration;
pub use coverage::{Coverage, Gaps, Place, Undecided, Unread, coverage};
pub use decisions::{Decision, decisions, networks, silence, subscriptions, tokens, users};
pub use detail::{IssueDetail, issue_detail};
pub use diff::{Difference, Side, diff, diff_items};
pub use exposure::{Exposure, ExposureSearch, Exposures, Interval, Moment, exposure};
pub use find::{account_id, is_issue, issue, item, item_of};
pub use history::{Step, history};
pub use impact::{Effect, Impact, ignore_impact, override_effect, override_impact};
pub use issue_history::{Happened, issue_history};
pub use issues::{
    FoundIssue, IssueState, issue_outlines, issues, issues_after, last_scan, since_last_scan,
    with_parts, worst_issues,
};
pub use items::{Match, items, items_after};
pub use language::{Query, QueryError};
pub use newest::{Newest, newest};
pub(crate) use overview::Tally;
pub use overview::{Overview, Since, Stranger, Unvouched, overview, overview_of};
pub use recorded::{Recorded, recorded};
pub use related::{Related, related};
pub use report::{
    Evidence, Looked, ProviderReports, ReportKind, Reporting, Reports, Reviews, count,
};
pub use selection::Selection;
pub(crate) use show::revision_at;
pub use show::{Shown, show};

/// What is known at an instant.
#[derive(Clone)]
pub struct Known {
    /// The views of that instant.
    pub views: Views,
    /// The instant: justifications hold or have ended by it.
    pub now: Timestamp,
    /// The rules in force then, read when they are asked for.
    governance: Arc<OnceLock<Governance>>,
}

impl Known {
    /// What these views know, at a time.
    #[must_use]
    pub fn new(views: Views, now: Timestamp) -> Self {
        Self { views, now, governance: Arc::default() }
    }

    /// What was known at a time: the views as of the last event recorded by then.
    ///
    /// # Errors
    /// Where the time is to come, or before the first event; where the log cannot be read.
    pub async fn at(
        log: &dyn EventLog,
        views: &Views,
        time: Timestamp,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let position = position_then(log, time, now).await?;
        Ok(Self::new(views.as_of(log, position).await?, time))
    }

    /// How an item stands.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn state(&self, row: ItemRow, registry: &Registry) -> Result<ItemState, Error> {
        let mut open = self.issues_of(&row)?;
        let score = self.score(registry, &open);
        open.retain(|issue| issue.status(self.now) == Status::Open);
        let place = self.views.scope(&row.scope())?;
        Ok(ItemState {
            last_seen: self.views.last_seen(&row)?,
            unwatched_since: place.and_then(|place| place.unwatched_since),
            matched: Vec::new(),
            ignored: self.ignored(&row)?,
            row,
            open,
            score,
        })
    }

    /// The rules in force.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn governance(&self) -> Result<&Governance, view::Error> {
        if let Some(governance) = self.governance.get() {
            return Ok(governance);
        }
        let read = Governance::at(&self.views, Position(u64::MAX), self.now)?;
        Ok(self.governance.get_or_init(|| read))
    }

    /// Every issue that an item ever had, as the rules in force have it.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn issues_of(&self, row: &ItemRow) -> Result<Vec<Issue>, view::Error> {
        let mut issues = self.views.issues_of(&row.key)?;
        let governance = self.governance()?;
        if !governance.is_empty() {
            let item = self.facts(governance, row);
            for issue in &mut issues {
                governance.rule(issue, &item)?;
            }
        }
        Ok(issues)
    }

    /// Lets the rules in force say what they say of an issue of an item.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn rule(&self, row: &ItemRow, issue: &mut Issue) -> Result<(), view::Error> {
        let governance = self.governance()?;
        if !governance.concerns(&issue.finding.check) {
            return Ok(());
        }
        governance.rule(issue, &self.facts(governance, row))
    }

    /// What the rules in force say of whatever a check finds in an item.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn ruled(&self, row: &ItemRow, check: &str) -> Result<Ruled, view::Error> {
        let governance = self.governance()?;
        if !governance.concerns(check) {
            return Ok(Ruled::default());
        }
        governance.ruled(check, &self.facts(governance, row))
    }

    /// The same of an item that nobody recorded.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn ruled_unrecorded(&self, item: &Item, check: &str) -> Result<Ruled, view::Error> {
        let governance = self.governance()?;
        if !governance.concerns(check) {
            return Ok(Ruled::default());
        }
        let row = ItemRow::unrecorded(item, self.now);
        governance.ruled(check, &governance.facts(&row, || Ok(item.config.clone())))
    }

    /// What the rules in force say of whatever is found in an item.
    fn item_ruling(&self, registry: &Registry, row: &ItemRow) -> Result<ItemRuling, view::Error> {
        let governance = self.governance()?;
        // What becomes of a check that is gone nobody knows.
        let is_asked = |check: &str| {
            registry.check(check).is_none_or(|check| check.technology == row.key.technology)
        };
        governance.of_item(&self.facts(governance, row), is_asked)
    }

    /// The rule that ignores an item, where one does.
    ///
    /// # Errors
    /// Where the views cannot be read.
    pub fn ignored(&self, row: &ItemRow) -> Result<Option<Suppression>, view::Error> {
        let governance = self.governance()?;
        if governance.ignores().is_empty() {
            return Ok(None);
        }
        governance.ignored(&self.facts(governance, row))
    }

    fn facts<'a>(
        &'a self,
        governance: &'a Governance,
        row: &'a ItemRow,
    ) -> ItemFacts<'a, view::Error> {
        governance.facts(row, || Ok(self.views.config(&row.key)?.unwrap_or_default()))
    }

    /// What those of the issues of an item add up to that are open.
    fn score(&self, registry: &Registry, issues: &[Issue]) -> u32 {
        let open = issues.iter().filter(|issue| issue.status(self.now) == Status::Open);
        audit::score(open.map(|issue| &issue.finding), |check| registry.part_of(check))
    }
}

/// The position of the last event that was recorded by a time.
///
/// # Errors
/// Where the time is to come, or before the first event; where the log cannot be read.
pub async fn position_then(
    log: &dyn EventLog,
    time: Timestamp,
    now: Timestamp,
) -> Result<Position, Error> {
    if time > now {
        return Err(Error::InTheFuture(time));
    }
    let position = log::position_at(log, time).await?;
    match log.read_all(Position(0), 1).await?.first() {
        Some(first) if position == Position(0) => {
            Err(Error::BeforeTheFirst { time, first: first.recorded_at })
        }
        _ => Ok(position),
    }
}

/// How an item stands at an instant.
#[derive(Debug, Clone)]
pub struct ItemState {
    /// The item.
    pub row: ItemRow,
    /// Its open issues.
    pub open: Vec<Issue>,
    /// What they add up to.
    pub score: u32,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// Since when no scan looks at it; `None` where one does.
    pub unwatched_since: Option<Timestamp>,
    /// The rule that ignores it, where one does.
    pub ignored: Option<Suppression>,
    /// Where addresses that were looked for stand, the narrowest block first; empty where none
    /// were.
    pub matched: Vec<Match>,
}

/// A point in the life of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// A revision.
    Revision(u64),
    /// A time.
    At(Timestamp),
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No account, technology, region or check has this name.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// No item is recorded at all.
    #[error("no item `{0}`: nothing is recorded yet")]
    NothingRecorded(String),
    /// No item has this key, ARN, id or name.
    #[error("no item has the key, ARN, id or name `{name}`{nearest}")]
    UnknownItem {
        /// What was asked for.
        name: String,
        /// The names it may have meant.
        nearest: Nearest,
    },
    /// Several items have this ARN, id or name.
    #[error(
        "`{name}` names {} items, name one by its key: {}",
        .candidates.len() + .more,
        listed(.candidates, *.more)
    )]
    AmbiguousItem {
        /// What was asked for.
        name: String,
        /// The first of them.
        candidates: Vec<Key>,
        /// How many more there are.
        more: usize,
    },
    /// No issue's id starts so.
    #[error("no issue starts with `{start}`{nearest}")]
    UnknownIssue {
        /// What was asked for.
        start: String,
        /// The ids it may have meant.
        nearest: Nearest,
    },
    /// Several issues' ids start so.
    #[error("{} start with `{start}`: {}", several(.candidates, *.is_cut), named(.candidates, *.is_cut))]
    AmbiguousIssue {
        /// What was asked for.
        start: String,
        /// The first of them, with their checks.
        candidates: Vec<(IssueId, String)>,
        /// Whether there are more.
        is_cut: bool,
    },
    /// The item has no such revision.
    #[error(
        "`{name}` has no revision {revision}: it has {first} to {last}{}",
        if *.first > 1 { ", what came before was cut" } else { "" }
    )]
    NoRevision {
        /// What people call the item.
        name: String,
        /// The revision that was asked for.
        revision: u64,
        /// Its first.
        first: u64,
        /// Its last.
        last: u64,
    },
    /// The item's configuration has no such place.
    #[error("`{name}` has nothing at `{pointer}`{nearest}")]
    NoPlace {
        /// What people call the item.
        name: String,
        /// The place that was asked for.
        pointer: String,
        /// The places that may be meant.
        nearest: Nearest,
    },
    /// The item was first seen later.
    #[error("`{name}` was not known then: it was first seen at {first_seen}")]
    NotKnownThen {
        /// What people call the item.
        name: String,
        /// When it was first recorded.
        first_seen: Timestamp,
    },
    /// Nothing was recorded yet.
    #[error("nothing was recorded by {time:.0}: the first event is of {first:.0}")]
    BeforeTheFirst {
        /// The time that was asked for.
        time: Timestamp,
        /// When the first event was recorded.
        first: Timestamp,
    },
    /// A report would begin after its end.
    #[error("{since:.0} is after the end of the report, {end:.0}")]
    AfterTheEnd {
        /// When it would begin.
        since: Timestamp,
        /// When it ends.
        end: Timestamp,
    },
    /// Nobody knows yet what will be.
    #[error("{0:.0} is in the future")]
    InTheFuture(Timestamp),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The views cannot be read.
    #[error(transparent)]
    View(#[from] view::Error),
    /// A recorded change does not fit what was recorded before it.
    #[error("a recorded change does not apply: {0}")]
    Patch(#[from] PatchError),
    /// An issue is recorded of an item that is not.
    #[error("the item {0} of an issue is unknown")]
    Orphan(Key),
}

impl Error {
    /// An item was first seen later than it is asked for.
    fn not_known_then(row: &ItemRow) -> Self {
        Self::NotKnownThen { name: row.name.clone(), first_seen: row.first_seen }
    }
}

fn listed(candidates: &[Key], more: usize) -> String {
    let keys = candidates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if more == 0 { keys } else { format!("{keys} and {more} more") }
}

fn several(candidates: &[(IssueId, String)], is_cut: bool) -> String {
    let more = if is_cut { "more than " } else { "" };
    format!("{more}{} issues", candidates.len())
}

fn named(candidates: &[(IssueId, String)], is_cut: bool) -> String {
    let named: Vec<_> = candidates.iter().map(|(id, check)| format!("{id} ({check})")).collect();
    let more = if is_cut { " and more" } else { "" };
    named.join(", ") + more
}

#[cfg(test)]
mod tests;
