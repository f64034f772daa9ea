//! What sets two points apart: of one item, or of two.

use jiff::Timestamp;
use json_patch::Patch;
use serde_json::Value;

use super::show::revision_at;
use super::{Error, Point, position_then};
use crate::diff::{self, apply};
use crate::event::Position;
use crate::item::Key;
use crate::log::{self, EventLog};
use crate::render::{Changed, Line, changes, inside, lines, sentences, visible};
use crate::replay::ItemRow;
use crate::technology::Technology;
use crate::view::{Revision, Views};

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// The item.
    pub key: Key,
    /// The revision it was at; `None` before it was first seen.
    pub revision: Option<u64>,
    /// When that revision was recorded.
    pub at: Option<Timestamp>,
    /// Its configuration; `null` where there was nothing.
    pub config: Value,
}

impl Side {
    /// Before an item was first seen.
    fn nothing(key: &Key) -> Self {
        Self { key: key.clone(), revision: None, at: None, config: Value::Null }
    }

    /// An item as it is.
    fn now(views: &Views, row: &ItemRow) -> Result<Self, Error> {
        let config = if row.deleted { None } else { views.config(&row.key)? };
        Ok(Self {
            key: row.key.clone(),
            revision: Some(row.revision),
            at: Some(row.last_changed),
            config: config.unwrap_or_default(),
        })
    }

    /// An item as it stood at a position.
    async fn at(
        log: &dyn EventLog,
        views: &Views,
        key: &Key,
        position: Position,
    ) -> Result<Self, Error> {
        let Some(found) = views.item_at(log, key, position).await? else {
            return Ok(Self::nothing(key));
        };
        Ok(Self {
            key: key.clone(),
            revision: Some(found.revision),
            at: Some(found.at),
            config: if found.deleted { Value::Null } else { found.item.config },
        })
    }
}

/// What sets two points apart.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The one.
    pub from: Side,
    /// The other.
    pub to: Side,
    /// What makes the other of the one.
    pub patch: Patch,
    /// The same for people, with what it was before.
    pub changed: Vec<Changed>,
    /// The same in sentences.
    pub summary: Vec<String>,
    /// The revisions of the item between them, the oldest first; none where they are of two
    /// items.
    pub revisions: Vec<Revision>,
}

impl Difference {
    /// What sets two sides apart, as configurations of a technology.
    ///
    /// # Errors
    /// Never for what is recorded.
    pub fn between(from: Side, to: Side, technology: &Technology) -> Result<Self, Error> {
        let patch = diff::diff(&from.config, &to.config, technology);
        let mut changed = changes(&from.config, &patch)?;
        changed.iter_mut().for_each(came_or_went);
        let summary = match (from.config.is_null(), to.config.is_null()) {
            (true, false) => vec!["first seen".to_owned()],
            (false, true) => vec!["gone".to_owned()],
            _ => sentences(technology, &from.config, &to.config),
        };
        Ok(Self { from, to, patch, changed, summary, revisions: Vec::new() })
    }

    /// The changes line by line. Beside each place stands what the elements are that it
    /// lies in: `/IpPermissions/1/IpRanges/0` alone tells nobody which rule that is.
    ///
    /// # Errors
    /// Never for what is recorded.
    pub fn lines(&self) -> Result<Vec<Line>, Error> {
        let mut config = self.from.config.clone();
        let mut all = Vec::new();
        for (operation, changed) in self.patch.iter().zip(&self.changed) {
            let mut lines = lines(changed);
            let inside = inside(&config, operation.path().as_str());
            if let (Some(first), false) = (lines.first_mut(), inside.is_empty()) {
                first.text.extend(["  (", &visible(&inside), ")"]);
            }
            all.append(&mut lines);
            apply(&mut config, &Patch(vec![operation.clone()]))?;
        }
        Ok(all)
    }
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

/// What sets two points of one item apart: the last change, if nobody says more; from a
/// point to now, if nobody says up to where.
///
/// # Errors
/// Where the item has no such revision, a point is in the future, or what was before was cut.
pub async fn diff(
    log: &dyn EventLog,
    views: &Views,
    technology: &Technology,
    row: &ItemRow,
    (from, to): (Option<Point>, Option<Point>),
    now: Timestamp,
) -> Result<Difference, Error> {
    let revisions = views.revisions(&row.key)?;
    let end = match (to, from) {
        (Some(point), _) => position(log, views, row, point, now).await?,
        (None, Some(_)) => log.head().await?.position,
        (None, None) => revisions.last().map_or(Position(0), |last| last.position),
    };
    let start = if let Some(point) = from {
        position(log, views, row, point, now).await?
    } else {
        // Right before the change: what was merely observed in between is not part of it.
        let start = last_until(&revisions, end)
            .map_or(Position(0), |last| Position(last.position.0.saturating_sub(1)));
        // What it was before that may be gone: it was not nothing.
        if let Some(cut) = log.cut().await?.filter(|cut| start < cut.through) {
            return Err(log::Error::Cut(Box::new(cut)).into());
        }
        start
    };
    let from = Side::at(log, views, &row.key, start).await?;
    let to = Side::at(log, views, &row.key, end).await?;
    let between = revisions.into_iter().filter(|one| start < one.position && one.position <= end);
    let revisions = between.collect();
    Ok(Difference { revisions, ..Difference::between(from, to, technology)? })
}

/// What sets two items apart as they are, or as they stood at a time, by the sets and keys of
/// the first one's technology.
///
/// # Errors
/// Where the time is to come, or one of them was not known then; where the log or the views
/// cannot be read.
pub async fn diff_items(
    log: &dyn EventLog,
    views: &Views,
    technology: &Technology,
    (one, other): (&ItemRow, &ItemRow),
    at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Difference, Error> {
    let Some(time) = at else {
        return Difference::between(Side::now(views, one)?, Side::now(views, other)?, technology);
    };
    let position = position_then(log, time, now).await?;
    let then = async |row: &ItemRow| {
        let side = Side::at(log, views, &row.key, position).await?;
        if side.revision.is_none() {
            return Err(Error::not_known_then(row));
        }
        Ok(side)
    };
    Difference::between(then(one).await?, then(other).await?, technology)
}

/// The last revision up to a position.
fn last_until(revisions: &[Revision], position: Position) -> Option<&Revision> {
    revisions.iter().rfind(|revision| revision.position <= position)
}

async fn position(
    log: &dyn EventLog,
    views: &Views,
    row: &ItemRow,
    point: Point,
    now: Timestamp,
) -> Result<Position, Error> {
    match point {
        Point::Revision(revision) => Ok(revision_at(views, row, revision)?.0),
        Point::At(time) => position_then(log, time, now).await,
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;
    use crate::technology::Set;

    const GROUP: Technology = Technology {
        sets: Cow::Borrowed(&[
            Set::new("/IpPermissions", &["IpProtocol", "FromPort", "ToPort"]),
            Set::new("/IpPermissions/*/IpRanges", &["CidrIp"]),
        ]),
        ..Technology::DEFAULT
    };

    fn text(old: &Value, new: &Value) -> String {
        let key: Key = "1/group/eu-west-1/sg-1".parse().unwrap();
        let side = |config: &Value| Side { config: config.clone(), ..Side::nothing(&key) };
        let difference = Difference::between(side(old), side(new), &GROUP).unwrap();
        let lines = difference.lines().unwrap();
        lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_change_says_in_which_rule_it_is() {
        let rule = |port: u16, blocks: &[&str]| {
            let ranges: Vec<_> = blocks.iter().map(|block| json!({"CidrIp": block})).collect();
            json!({"FromPort": port, "IpProtocol": "tcp", "IpRanges": ranges, "ToPort": port})
        };
        let old = json!({"IpPermissions": [rule(80, &["10.0.0.0/8"]), rule(443, &["10.0.0.0/8"])]});
        let new = json!({"IpPermissions": [
            rule(22, &["192.0.2.0/24"]), rule(80, &["10.0.0.0/8"]),
            rule(443, &["0.0.0.0/0", "10.0.0.0/8"]),
        ]});
        insta::assert_snapshot!(text(&old, &new));
    }

    #[test]
    fn what_came_and_what_went_were_not_null() {
        let config = json!({"GroupName": "web"});
        assert!(!text(&Value::Null, &config).contains("null"));
        assert!(!text(&config, &Value::Null).contains("null"));
    }
}
