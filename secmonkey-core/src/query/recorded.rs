//! The event that made a revision.

use jiff::Timestamp;
use serde_json::Value;

use super::history::States;
use super::show::revision_at;
use super::{Error, Point, find, position_then};
use crate::event::Event;
use crate::log::{self, EventLog};
use crate::replay::ItemRow;
use crate::view::{Revision, Views};

/// A revision as its event recorded it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The item, as it is now.
    pub row: ItemRow,
    /// The revision, and where its event stands.
    pub revision: Revision,
    /// The configuration right after that event; `None` where it is gone or was too large to
    /// keep. What was only observed later is no part of it.
    pub config: Option<Value>,
}

/// The event that made a revision of an item: the last where no point is named, else the
/// revision, or the one that stood at a time.
///
/// # Errors
/// Where there is no such item or revision, or it was not known then.
pub async fn recorded(
    log: &dyn EventLog,
    views: &Views,
    name: &str,
    point: Option<Point>,
    now: Timestamp,
) -> Result<Recorded, Error> {
    let row = find::item(views, name)?;
    let all = views.revisions(&row.key)?;
    let number = match point {
        None => row.revision,
        Some(Point::Revision(revision)) => revision,
        Some(Point::At(time)) => {
            let position = position_then(log, time, now).await?;
            let then = all.iter().rev().find(|one| one.position <= position);
            then.ok_or_else(|| Error::not_known_then(&row))?.revision
        }
    };
    // Says which there are.
    revision_at(views, &row, number)?;
    let (first, last) = (all.first().map_or(1, |first| first.revision), row.revision);
    let mut states = States::new(&row.key, all);
    while let Some(state) = states.next(log).await? {
        if state.revision.revision == number {
            if matches!(state.event, Event::ItemCarried(_))
                && let Some(cut) = log.cut().await?
            {
                return Err(log::Error::Cut(Box::new(cut)).into());
            }
            let is_kept = !matches!(state.event, Event::ItemDeleted | Event::ItemTooLarge(_));
            let config = is_kept.then_some(state.config);
            return Ok(Recorded { row, revision: state.revision, config });
        }
    }
    Err(Error::NoRevision { name: row.name, revision: number, first, last })
}
