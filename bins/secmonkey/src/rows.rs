//! How records stand in lists: the columns of CSV, and the cells of tables.

use std::fmt::Write as _;

use secmonkey_app::error::Error;
use secmonkey_core::account::AccountId;
use secmonkey_core::event::Envelope;
use secmonkey_core::issue::Status;
use secmonkey_core::record::{
    BlameRecord, CheckRecord, ExposureRecord, IssueRecord, ItemRecord, NetworkRecord,
    RevisionRecord, SigningKeyRecord, TechnologyRecord,
};
use serde::Serialize;

use crate::output::{self, Cell, DIM, Row};
use crate::time;

mod rules;

impl Row for SigningKeyRecord {
    const FIELDS: &'static [&'static str] = &["name", "key", "origin", "since"];
    const HEADINGS: &'static [&'static str] = &["NAME", "KEY"];

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::text(self.name.as_deref().unwrap_or_default()), Cell::text(&self.key)]
    }
}

impl Row for ItemRecord {
    const FIELDS: &'static [&'static str] = &[
        "key",
        "account",
        "account_name",
        "technology",
        "region",
        "id",
        "name",
        "arn",
        "revision",
        "first_seen",
        "last_seen",
        "last_changed",
        "deleted",
        "unwatched_since",
        "ignored",
        "score",
        "issues",
    ];
    const HEADINGS: &'static [&'static str] =
        &["SCORE", "TECHNOLOGY", "NAME", "REGION", "ACCOUNT", "REVISION", "LAST CHANGED", "ID"];
    const SPARE: &'static [&'static str] = &["REVISION", "ACCOUNT", "LAST CHANGED", "REGION"];

    fn cells(&self) -> Vec<Cell> {
        item_cells(self).into()
    }
}

/// The cells of an item, one under each heading.
fn item_cells(item: &ItemRecord) -> [Cell; 8] {
    let style = if item.deleted || item.unwatched_since.is_some() || item.ignored.is_some() {
        DIM
    } else {
        anstyle::Style::new()
    };
    let name = match (item.deleted, item.unwatched_since) {
        (true, _) => format!("{} (deleted)", item.name),
        (false, Some(since)) => {
            format!("{} (unwatched since {})", item.name, time::short(since))
        }
        (false, None) if item.ignored.is_some() => format!("{} (ignored)", item.name),
        (false, None) => item.name.clone(),
    };
    [
        Cell::number(item.score)
            .styled(output::severity(u8::try_from(item.score).unwrap_or(u8::MAX))),
        Cell::text(&item.technology),
        Cell::text(name).styled(style),
        Cell::text(&item.region),
        Cell::text(item.account_name.as_deref().unwrap_or(item.account.as_str())),
        Cell::number(item.revision),
        Cell::text(time::short(item.last_changed)),
        // The name says it already.
        Cell::text(if item.id == item.name { "" } else { &item.id }),
    ]
}

/// An item in a search for addresses: with the places that matched.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Matched(pub ItemRecord);

/// This many places of an item are told in a table.
const PLACES: usize = 2;

impl Row for Matched {
    const FIELDS: &'static [&'static str] = &[
        "key",
        "account",
        "account_name",
        "technology",
        "region",
        "id",
        "name",
        "arn",
        "revision",
        "first_seen",
        "last_seen",
        "last_changed",
        "deleted",
        "unwatched_since",
        "ignored",
        "score",
        "issues",
        "matched",
    ];
    const HEADINGS: &'static [&'static str] =
        &["SCORE", "TECHNOLOGY", "NAME", "REGION", "ACCOUNT", "ID", "MATCH"];
    const SPARE: &'static [&'static str] = &["ID", "ACCOUNT", "REGION"];

    fn cells(&self) -> Vec<Cell> {
        let [score, technology, name, region, account, _, _, id] = item_cells(&self.0);
        let matched = &self.0.matched;
        let told = matched.iter().take(PLACES).map(|place| match &place.rule {
            Some(rule) => rule.clone(),
            None => format!("{} {}", place.pointer, place.cidr),
        });
        let mut told = told.collect::<Vec<_>>().join(", ");
        if let Some(more) = matched.len().checked_sub(PLACES).filter(|more| *more > 0) {
            let _ = write!(told, " and {more} more");
        }
        vec![score, technology, name, region, account, id, Cell::text(told)]
    }
}

impl Row for IssueRecord {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "check",
        "key",
        "account",
        "account_name",
        "technology",
        "region",
        "resource_id",
        "name",
        "arn",
        "subject",
        "score",
        "base_score",
        "severity",
        "status",
        "detail",
        "evidence",
        "doubt",
        "opened_at",
        "reopened_at",
        "resolved_at",
        "resolved_reason",
        "resolved_by",
        "justification",
        "suppressed",
        "part_of",
    ];
    const HEADINGS: &'static [&'static str] = &[
        "ID", "SCORE", "SEVERITY", "STATUS", "CHECK", "ITEM", "REGION", "ACCOUNT", "SINCE",
        "DETAIL",
    ];
    const SPARE: &'static [&'static str] = &["SEVERITY", "ACCOUNT", "REGION", "SINCE", "STATUS"];

    fn cells(&self) -> Vec<Cell> {
        let colour = output::severity(self.score);
        let since = self.since();
        vec![
            Cell::text(self.id.as_str()),
            Cell::number(self.score).styled(colour),
            Cell::text(self.severity).styled(colour),
            status(self),
            check(self),
            Cell::text(&self.name),
            Cell::text(&self.region),
            Cell::text(self.account_name.as_deref().unwrap_or(self.account.as_str())),
            Cell::text(since.map(time::short).unwrap_or_default()),
            Cell::text(doubted(&self.detail, &self.doubt)),
        ]
    }
}

/// What an issue says, marked where something that was never read could take it away.
pub fn doubted<'a>(detail: &str, doubt: impl IntoIterator<Item = &'a String>) -> String {
    let unread: Vec<_> = doubt.into_iter().map(String::as_str).collect();
    if unread.is_empty() {
        return detail.to_owned();
    }
    format!("? {detail} (in doubt: {} was never read)", unread.join(", "))
}

/// How an issue stands; what is resolved and was not fixed says why.
pub fn status(issue: &IssueRecord) -> Cell {
    match (issue.status, issue.resolved_reason) {
        (Status::Open, _) => Cell::text("open").styled(output::RED),
        (Status::Justified, _) => Cell::text("justified").styled(DIM),
        (Status::Suppressed, _) => Cell::text("suppressed").styled(DIM),
        (Status::Resolved, Some("fixed")) => Cell::text("fixed").styled(output::GREEN),
        (Status::Resolved, reason) => {
            let reason = reason.unwrap_or("resolved").replace('_', " ");
            match &issue.resolved_by {
                Some(what) => Cell::text(format!("{reason}: {what}")),
                None => Cell::text(reason),
            }
            .styled(output::GREEN)
        }
    }
}

/// The check of an issue, set in where it stands below a wider one.
pub fn check(issue: &IssueRecord) -> Cell {
    if issue.is_part {
        Cell::text(format!("└ {}", issue.check))
    } else {
        Cell::text(&issue.check)
    }
}

impl Row for NetworkRecord {
    const FIELDS: &'static [&'static str] = &["name", "cidr", "account", "account_name", "notes"];
    const HEADINGS: &'static [&'static str] = &["NAME", "CIDR", "ACCOUNT", "NOTES"];

    fn cells(&self) -> Vec<Cell> {
        let account = self.account.as_ref().map_or("", AccountId::as_str);
        vec![
            Cell::text(&self.name),
            Cell::text(self.cidr.to_string()),
            Cell::text(self.account_name.as_deref().unwrap_or(account)),
            Cell::text(&self.notes),
        ]
    }
}

impl Row for BlameRecord {
    const FIELDS: &'static [&'static str] =
        &["pointer", "value", "revision", "position", "at", "kind", "actor", "attribution"];
    const HEADINGS: &'static [&'static str] = &["REVISION", "AT", "WHERE", "VALUE"];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::number(self.revision),
            Cell::text(time::exact(self.at)),
            Cell::text(&self.pointer),
            Cell::text(self.value.to_string()),
        ]
    }
}

impl Row for ExposureRecord {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "check",
        "key",
        "account",
        "technology",
        "region",
        "resource_id",
        "name",
        "subject",
        "score",
        "base_score",
        "severity",
        "detail",
        "from",
        "from_revision",
        "until",
        "until_revision",
        "judged_now",
        "suppressed",
    ];
    const HEADINGS: &'static [&'static str] = &["SCORE", "SINCE", "UNTIL", "CHECK", "FINDING"];
    const SPARE: &'static [&'static str] = &["CHECK"];

    fn cells(&self) -> Vec<Cell> {
        let mark = if self.judged_now { "*" } else { "" };
        let until = self.until.map_or_else(
            || Cell::text("still stands").styled(output::RED),
            |until| Cell::text(time::short(until)),
        );
        vec![
            Cell::number(self.score).styled(output::severity(self.score)),
            Cell::text(format!("{}{mark}", time::short(self.from))),
            until,
            Cell::text(&self.check),
            Cell::text(format!("{}: {}", self.name, self.detail)),
        ]
    }
}

impl Row for RevisionRecord {
    const FIELDS: &'static [&'static str] =
        &["revision", "position", "at", "kind", "patch", "actor", "attribution", "summary"];
    const HEADINGS: &'static [&'static str] = &["REVISION", "AT", "WHAT", "BY", "SUMMARY"];

    fn cells(&self) -> Vec<Cell> {
        let style = match self.kind {
            "discovered" | "returned" => output::GREEN,
            "deleted" => output::RED,
            "changed" => output::YELLOW,
            _ => DIM,
        };
        vec![
            Cell::number(self.revision),
            Cell::text(time::exact(self.at)),
            Cell::text(self.kind).styled(style),
            // Who made the change, where that is known; who recorded it is another matter.
            Cell::text(self.attribution.as_ref().map_or("", |by| by.text.as_str())),
            Cell::text(summary(&self.summary)),
        ]
    }
}

/// The first sentences, and how many more there are: `secmonkey diff` has them all.
fn summary(sentences: &[String]) -> String {
    const TOLD: usize = 5;
    match sentences.len().saturating_sub(TOLD) {
        0 => sentences.join("; "),
        more => format!("{}; and {more} more", sentences[..TOLD].join("; ")),
    }
}

impl Row for TechnologyRecord {
    const FIELDS: &'static [&'static str] =
        &["id", "provider", "title", "global", "checks", "permissions", "enabled"];
    const HEADINGS: &'static [&'static str] =
        &["TECHNOLOGY", "WHAT", "WHERE", "CHECKS", "PERMISSIONS"];

    fn cells(&self) -> Vec<Cell> {
        let place = match (self.enabled, self.global) {
            (false, _) => Cell::text("off").styled(DIM),
            (true, true) => Cell::text("once"),
            (true, false) => Cell::text("every region"),
        };
        vec![
            Cell::text(&self.id),
            Cell::text(&self.title),
            place,
            Cell::number(self.checks.len() as u64),
            Cell::text(self.permissions.join(", ")),
        ]
    }
}

impl Row for CheckRecord {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "provider",
        "technology",
        "title",
        "score",
        "severity",
        "enabled",
        "parameters",
        "overrides",
        "part_of",
    ];
    const HEADINGS: &'static [&'static str] = &["CHECK", "SCORE", "SEVERITY", "TITLE"];

    fn cells(&self) -> Vec<Cell> {
        let title = self.title.clone();
        let colour = output::severity(self.score);
        vec![
            Cell::text(&self.id),
            Cell::number(self.score).styled(colour),
            Cell::text(self.severity).styled(colour),
            Cell::text(if self.enabled { title } else { format!("{title} (turned off)") }),
        ]
    }
}

/// An event of the log.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct EventRow(pub Envelope);

impl EventRow {
    /// The word for what happened.
    pub fn kind(&self) -> Result<String, Error> {
        let event = serde_json::to_value(&self.0.event)?;
        Ok(event["type"].as_str().unwrap_or_default().to_owned())
    }
}

impl Row for EventRow {
    const FIELDS: &'static [&'static str] = &[
        "position",
        "stream",
        "version",
        "recorded_at",
        "observed_at",
        "actor",
        "scan",
        "event",
        "hash",
    ];
    const HEADINGS: &'static [&'static str] = &[];

    fn cells(&self) -> Vec<Cell> {
        Vec::new()
    }
}

/// The names of the members of a JSON object, in its order.
#[cfg(test)]
struct Members(Vec<String>);

#[cfg(test)]
impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Members, A::Error> {
                let mut names = Vec::new();
                while let Some((name, serde::de::IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(Members(names))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// Fails where what CSV and tables show is not what JSON holds, in its order.
#[cfg(test)]
pub fn assert_agrees<T: Row>(row: &T) {
    let text = serde_json::to_string(row).unwrap();
    let Members(names) = serde_json::from_str(&text).unwrap();
    assert_eq!(names, T::FIELDS);
    assert_eq!(row.cells().len(), T::HEADINGS.len());
}
