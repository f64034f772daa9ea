//! `secmonkey diff`

use secmonkey_core::diff::diff;
use secmonkey_core::event::Position;
use secmonkey_core::log::EventLog as _;
use secmonkey_core::render::{Changed, changes, lines, visible};
use secmonkey_core::view::{ItemRow, Revision};
use secmonkey_core::{Timestamp, item::Key};
use serde_json::Value;

use super::show::revision_at;
use crate::args::{Diff, Point};
use crate::console;
use crate::context::{self, Context, Opened};
use crate::error::{Error, Exit};
use crate::output::{self, BOLD};
use crate::record::{DiffRecord, PointRecord};
use crate::{select, time};

pub async fn run(context: &Context, args: Diff) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let row = select::item(&opened.views, &args.item.name)?;
    let other = match &args.with {
        Some(name) => Some(select::item(&opened.views, name)?),
        None => None,
    };
    let (from, to) = match &other {
        Some(other) => (Side::now(&opened, &row)?, Side::now(&opened, other)?),
        None => sides(&opened, &row, &args).await?,
    };
    let technology = context::technology(&row.key.technology);
    if other.as_ref().is_some_and(|other| other.key.technology != row.key.technology) {
        context.output.note("the two are of different technologies");
    }
    let patch = diff(&from.config, &to.config, &technology);
    let mut told =
        changes(&from.config, &patch).map_err(|error| Error::Store(error.to_string()))?;
    told.iter_mut().for_each(came_or_went);
    let record = DiffRecord {
        from: from.point,
        to: to.point,
        patch,
        summary: told.iter().map(ToString::to_string).collect(),
    };
    if !context.output.is_table() {
        context.output.object(&record)?;
        return Ok(Exit::Done);
    }
    let heading = match &other {
        Some(other) => format!("{} against {}", visible(&row.name), visible(&other.name)),
        None => format!("{}: {} to {}", visible(&row.name), name(&record.from), name(&record.to)),
    };
    let all: Vec<_> = told.iter().flat_map(lines).collect();
    output::print(&format!("{BOLD}{heading}{BOLD:#}\n{}", console::lines(&all)))?;
    if all.is_empty() {
        context.output.note("no difference");
    }
    Ok(Exit::Done)
}

/// Nothing at all is no value that was replaced.
fn came_or_went(changed: &mut Changed) {
    if let Changed::Replaced { pointer, old, new } = changed
        && pointer.is_empty()
    {
        let pointer = std::mem::take(pointer);
        *changed = match (old.take(), new.take()) {
            (Value::Null, value) => Changed::Added { pointer, value },
            (value, Value::Null) => Changed::Removed { pointer, value },
            (old, new) => Changed::Replaced { pointer, old, new },
        };
    }
}

fn name(point: &PointRecord) -> String {
    match (point.revision, point.at) {
        (Some(revision), Some(at)) => format!("revision {revision} ({})", time::exact(at)),
        _ => "nothing".to_owned(),
    }
}

/// One side of a comparison.
struct Side {
    point: PointRecord,
    /// `null` where there was nothing.
    config: Value,
}

impl Side {
    /// Before an item was first seen.
    fn nothing(key: &Key) -> Self {
        let point = PointRecord { key: key.clone(), revision: None, at: None };
        Self { point, config: Value::Null }
    }

    /// An item as it is.
    fn now(opened: &Opened, row: &ItemRow) -> Result<Self, Error> {
        let config = if row.deleted { None } else { opened.views.config(&row.key)? };
        let point = PointRecord {
            key: row.key.clone(),
            revision: Some(row.revision),
            at: Some(row.last_changed),
        };
        Ok(Self { point, config: config.unwrap_or_default() })
    }

    /// An item as it stood at a position.
    async fn at(opened: &Opened, key: &Key, position: Position) -> Result<Self, Error> {
        let found = opened.views.item_at(opened.log.as_ref(), key, position).await?;
        Ok(found.map_or_else(
            || Self::nothing(key),
            |found| Self {
                point: PointRecord {
                    key: key.clone(),
                    revision: Some(found.revision),
                    at: Some(found.at),
                },
                config: if found.deleted { Value::Null } else { found.item.config },
            },
        ))
    }
}

/// The two sides that were asked for: the last change, if nobody says more.
async fn sides(opened: &Opened, row: &ItemRow, args: &Diff) -> Result<(Side, Side), Error> {
    let key = &row.key;
    let revisions = opened.views.revisions(key)?;
    let to = match args.to {
        Some(point) => position(opened, row, point).await?,
        None if args.from.is_some() => opened.log.head().await?.position,
        None => {
            last_until(&revisions, Position(u64::MAX)).map_or(Position(0), |last| last.position)
        }
    };
    let from = match args.from {
        Some(point) => position(opened, row, point).await?,
        // Right before the change: what was merely observed in between is not part of it.
        None => last_until(&revisions, to)
            .map_or(Position(0), |last| Position(last.position.0.saturating_sub(1))),
    };
    let (from, to) = (Side::at(opened, key, from).await?, Side::at(opened, key, to).await?);
    Ok((from, to))
}

/// The last revision up to a position.
fn last_until(revisions: &[Revision], position: Position) -> Option<&Revision> {
    revisions.iter().rfind(|revision| revision.position <= position)
}

async fn position(opened: &Opened, row: &ItemRow, point: Point) -> Result<Position, Error> {
    match point {
        Point::Revision(revision) => Ok(revision_at(&opened.views, row, revision)?.0),
        Point::At(time) if time > Timestamp::now() => {
            Err(Error::usage(format!("{time:.0} is in the future")))
        }
        Point::At(time) => opened.position_at(time).await,
    }
}
