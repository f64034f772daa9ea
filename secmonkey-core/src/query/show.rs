//! One item, now or at an instant.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{Error, ItemState, Known, Point, find};
use crate::event::Position;
use crate::issue::Issue;
use crate::log::{self, EventLog};
use crate::registry::Registry;
use crate::replay::ItemRow;
use crate::view::{CommentRow, Revision, Views};

/// All that is known of one item at an instant.
#[derive(Clone)]
pub struct Shown {
    /// What was known then. Of a past instant it knows the item alone.
    pub known: Known,
    /// The item, and how it stood.
    pub state: ItemState,
    /// Its configuration; the last known where it is gone.
    pub config: Option<Value>,
    /// The parts that were not read the last time, and since when.
    pub unread: BTreeMap<String, Timestamp>,
    /// Whether no check has seen it as it stands.
    pub is_unjudged: bool,
    /// What was said about it, its revisions and its issues.
    pub comments: Vec<CommentRow>,
    /// Its last revision, and who made that.
    pub revision: Option<Revision>,
    /// Its issues that stand: open, justified and suppressed ones.
    pub issues: Vec<Issue>,
}

/// An item by its key, ARN, id or name: as it is, or as it was known at a point of its life.
///
/// # Errors
/// Where there is no such item, or it was not known then.
pub async fn show(
    log: &dyn EventLog,
    views: &Views,
    registry: &Registry,
    name: &str,
    point: Option<Point>,
    now: Timestamp,
) -> Result<Shown, Error> {
    let row = find::item(views, name)?;
    let (known, row) = match point {
        None => (Known::new(views.clone(), now), row),
        Some(Point::At(time)) if time > now => return Err(Error::InTheFuture(time)),
        Some(Point::At(time)) => {
            let position = log::position_at(log, time).await?;
            past(log, views, &row, position, time).await?
        }
        Some(Point::Revision(revision)) => {
            let (position, at) = end_of(log, views, &row, revision).await?;
            past(log, views, &row, position, at).await?
        }
    };
    let mut issues = known.issues_of(&row)?;
    issues.retain(|issue| issue.resolved_at.is_none());
    Ok(Shown {
        config: known.views.config(&row.key)?,
        unread: Views::unread(&row),
        comments: known.views.comments(&row.key)?.into_iter().map(|(_, row)| row).collect(),
        revision: known.views.revision(&row.key, row.revision)?,
        is_unjudged: known.views.is_unjudged(&row.key)?,
        issues,
        state: known.state(row, registry)?,
        known,
    })
}

/// Where a revision ends: right before the next, or with the log.
async fn end_of(
    log: &dyn EventLog,
    views: &Views,
    row: &ItemRow,
    revision: u64,
) -> Result<(Position, Timestamp), Error> {
    let start = revision_at(views, row, revision)?;
    let next = views.revisions(&row.key)?.into_iter().find(|one| one.revision > revision);
    let end = match next {
        Some(next) => Position(next.position.0 - 1),
        None => log.head().await?.position,
    };
    let last = log.read_all(Position(end.0.saturating_sub(1)), 1).await?;
    // Where the log was cut, it may be gone.
    let last = last.first().filter(|last| last.position == end);
    Ok((end, last.map_or(start.1, |last| last.recorded_at)))
}

/// Where a revision stands in the log, and when it was recorded.
pub(crate) fn revision_at(
    views: &Views,
    row: &ItemRow,
    revision: u64,
) -> Result<(Position, Timestamp), Error> {
    let all = views.revisions(&row.key)?;
    let found = all.iter().find(|one| one.revision == revision);
    let found = found.ok_or_else(|| Error::NoRevision {
        name: row.name.clone(),
        revision,
        first: all.first().map_or(1, |first| first.revision),
        last: row.revision,
    })?;
    Ok((found.position, found.at))
}

/// What was known of an item at a position: its own events, folded up to there.
async fn past(
    log: &dyn EventLog,
    views: &Views,
    row: &ItemRow,
    position: Position,
    now: Timestamp,
) -> Result<(Known, ItemRow), Error> {
    let views = views.item_as_of(log, &row.key, position).await?;
    let then = views.item(&row.key)?.ok_or_else(|| Error::not_known_then(row))?;
    Ok((Known::new(views, now), then))
}
