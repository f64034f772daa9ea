//! One issue with all that helps to decide about it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{CommentRecord, IssueRecord, Records, RevisionRecord};
use crate::check::Check;
use crate::event::IssueId;
use crate::item::Key;
use crate::query::{IssueDetail, IssueState};

/// An issue with all that helps to decide about it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssueDetailRecord {
    /// The issue.
    #[serde(flatten)]
    pub issue: IssueRecord,
    /// The title of its check.
    pub title: String,
    /// What it finds and why that matters, as Markdown.
    pub why: String,
    /// How to mend it, as Markdown: commands stand in fenced blocks.
    pub fix: String,
    /// What was set of the check's parameters when it found this; empty where nothing was.
    pub parameters: BTreeMap<String, Value>,
    /// What stands where `evidence` points, in its order; what is no longer there is left
    /// out.
    pub shown: Vec<PlaceRecord>,
    /// The last change of the item before the issue was found, or found again.
    pub change: Option<RevisionRecord>,
    /// Whether that change brought the issue: the scan that recorded it found the issue.
    pub brought_by_change: bool,
    /// What was said about the issue.
    pub comments: Vec<CommentRecord>,
    /// Other open issues.
    pub neighbours: Neighbours,
}

/// A place of a configuration.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaceRecord {
    /// Where.
    pub pointer: String,
    /// What stands there.
    pub value: Value,
}

/// Open issues that have something in common with one.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Neighbours {
    /// Those of the same item, the strongest first.
    pub same_item: Vec<NeighbourRecord>,
    /// Those that the same check found elsewhere, the strongest first; 100 at most.
    pub same_check: Vec<NeighbourRecord>,
    /// How many the same check found elsewhere.
    pub same_check_total: u64,
}

/// An issue that has something in common with another.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NeighbourRecord {
    /// Names it.
    pub id: IssueId,
    /// The check that found it.
    pub check: String,
    /// The item it is about.
    pub key: Key,
    /// What people call the item.
    pub name: String,
    /// Its score.
    pub score: u8,
    /// Dates and facts, in one line.
    pub detail: String,
}

impl From<IssueRecord> for NeighbourRecord {
    fn from(issue: IssueRecord) -> Self {
        let IssueRecord { id, check, key, name, score, detail, .. } = issue;
        Self { id, check, key, name, score, detail }
    }
}

impl Records<'_> {
    /// An issue with all that helps to decide about it.
    #[must_use]
    pub fn issue_detail(&self, detail: IssueDetail) -> IssueDetailRecord {
        let issue = self.issue_state(&detail.state);
        let check = self.registry.check(&issue.check);
        let manual = check.map(Check::manual).unwrap_or_default();
        let place = |(pointer, value)| PlaceRecord { pointer, value };
        IssueDetailRecord {
            title: check.map_or(issue.check.as_str(), Check::title).to_owned(),
            why: manual.why,
            fix: manual.fix,
            parameters: detail.state.issue.finding.parameters,
            shown: detail.evidence.into_iter().map(place).collect(),
            change: detail.change.map(RevisionRecord::from),
            brought_by_change: detail.is_brought_by,
            comments: detail.comments.into_iter().map(CommentRecord::from).collect(),
            neighbours: Neighbours {
                same_item: self.neighbours(&detail.of_item),
                same_check: self.neighbours(&detail.of_check),
                same_check_total: detail.found_elsewhere,
            },
            issue,
        }
    }

    fn neighbours(&self, issues: &[IssueState]) -> Vec<NeighbourRecord> {
        let mut issues: Vec<_> = issues.iter().map(|one| self.issue_state(one)).collect();
        self.sort(&mut issues);
        issues.into_iter().map(NeighbourRecord::from).collect()
    }
}
