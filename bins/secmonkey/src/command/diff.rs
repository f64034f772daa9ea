//! `secmonkey diff`

use json_patch::Patch;
use secmonkey_core::diff::{PatchError, apply, diff};
use secmonkey_core::event::Position;
use secmonkey_core::log::EventLog as _;
use secmonkey_core::render::{Changed, Line, changes, lines, visible};
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
    let all = all_lines(from.config, &record.patch, &told)?;
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

/// The changes line by line. Beside each place stands what the elements are that it lies
/// in: `/IpPermissions/1/IpRanges/0` alone tells nobody which rule that is.
fn all_lines(mut config: Value, patch: &Patch, told: &[Changed]) -> Result<Vec<Line>, Error> {
    let failed = |error: PatchError| Error::Store(error.to_string());
    let mut all = Vec::new();
    for (operation, changed) in patch.iter().zip(told) {
        let mut lines = lines(changed);
        let inside = inside(&config, operation.path().as_str());
        if let (Some(first), false) = (lines.first_mut(), inside.is_empty()) {
            first.text.extend(["  (", &visible(&inside), ")"]);
        }
        all.append(&mut lines);
        apply(&mut config, &Patch(vec![operation.clone()])).map_err(failed)?;
    }
    Ok(all)
}

/// The plain members of the list elements that a place lies in: `FromPort 22`.
fn inside(config: &Value, pointer: &str) -> String {
    const MEMBERS: usize = 4;
    const LONGEST: usize = 40;
    let parents = pointer.match_indices('/').skip(1).map(|(at, _)| &pointer[..at]);
    let elements = parents.filter(|parent| {
        let list = parent.rsplit_once('/').and_then(|(list, _)| config.pointer(list));
        list.is_some_and(Value::is_array)
    });
    let members = elements.filter_map(|element| config.pointer(element)?.as_object());
    let said = members.flat_map(|members| {
        members.iter().filter(|(_, value)| !value.is_object() && !value.is_array()).take(MEMBERS)
    });
    let short = said.map(|(name, value)| match value {
        Value::String(text) => format!("{name} {text}"),
        other => format!("{name} {other}"),
    });
    short.filter(|text| text.chars().count() <= LONGEST).collect::<Vec<_>>().join(", ")
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

#[cfg(test)]
mod tests {
    use secmonkey_core::technology::{Set, Technology};
    use serde_json::json;

    use super::*;

    const GROUP: Technology = Technology {
        sets: &[
            Set { at: "/IpPermissions", key: &["IpProtocol", "FromPort", "ToPort"] },
            Set { at: "/IpPermissions/*/IpRanges", key: &["CidrIp"] },
        ],
        ..Technology::DEFAULT
    };

    fn text(old: &Value, new: &Value) -> String {
        let patch = diff(old, new, &GROUP);
        let mut told = changes(old, &patch).unwrap();
        told.iter_mut().for_each(came_or_went);
        let lines = all_lines(old.clone(), &patch, &told).unwrap();
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
