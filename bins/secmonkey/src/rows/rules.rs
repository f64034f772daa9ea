//! How rules and decisions stand in lists.

use secmonkey_core::decide::Change;
use secmonkey_core::governance::says;
use secmonkey_core::query::Decision;
use secmonkey_core::record::{IgnoreRecord, OverrideRecord, SubscriptionRecord};

use crate::output::{Cell, Row};
use crate::time;

impl Row for OverrideRecord {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "check",
        "query",
        "score",
        "parameters",
        "disabled",
        "reason",
        "until",
        "by",
        "at",
        "items",
        "issues",
    ];
    const HEADINGS: &'static [&'static str] =
        &["CHECK", "SAYS", "FOR", "ITEMS", "UNTIL", "BY", "REASON"];
    const SPARE: &'static [&'static str] = &["BY", "UNTIL"];

    fn cells(&self) -> Vec<Cell> {
        let scope = if self.query.is_empty() { "all items" } else { &self.query };
        vec![
            Cell::text(&self.check),
            Cell::text(says(self.score, &self.parameters, self.disabled)),
            Cell::text(scope),
            Cell::number(self.items.unwrap_or_default()),
            Cell::text(self.until.map(time::short).unwrap_or_default()),
            Cell::text(self.by.as_ref().map_or("", |by| by.0.as_str())),
            Cell::text(&self.reason),
        ]
    }
}

impl Row for Change {
    const FIELDS: &'static [&'static str] = &["kind", "name", "change", "from", "to"];
    const HEADINGS: &'static [&'static str] = &["KIND", "NAME"];

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::text(self.kind), Cell::text(&self.name)]
    }
}

impl Row for Decision {
    const FIELDS: &'static [&'static str] =
        &["kind", "about", "says", "reason", "by", "at", "until", "counts"];
    const HEADINGS: &'static [&'static str] =
        &["KIND", "ABOUT", "SAYS", "BY", "AT", "UNTIL", "REASON"];
    const SPARE: &'static [&'static str] = &["BY", "UNTIL", "AT"];

    fn cells(&self) -> Vec<Cell> {
        let until = self.until.map(time::short).unwrap_or_default();
        let until = if self.counts { until } else { format!("{until} (over)") };
        vec![
            Cell::text(self.kind),
            Cell::text(&self.about),
            Cell::text(&self.says),
            Cell::text(&self.by.0),
            Cell::text(time::short(self.at)),
            Cell::text(until.trim()),
            Cell::text(&self.reason),
        ]
    }
}

impl Row for IgnoreRecord {
    const FIELDS: &'static [&'static str] =
        &["id", "query", "reason", "until", "by", "at", "items", "issues"];
    const HEADINGS: &'static [&'static str] = &["ID", "ITEMS", "WHICH", "UNTIL", "BY", "REASON"];
    const SPARE: &'static [&'static str] = &["BY", "UNTIL"];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(self.id.as_str()),
            Cell::number(self.items.unwrap_or_default()),
            Cell::text(&self.query),
            Cell::text(self.until.map(time::short).unwrap_or_default()),
            Cell::text(self.by.as_ref().map_or("", |by| by.0.as_str())),
            Cell::text(&self.reason),
        ]
    }
}

impl Row for SubscriptionRecord {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "name",
        "outlet",
        "to",
        "query",
        "cadence",
        "quiet",
        "quiet_except",
        "changes",
        "report",
        "even_empty",
        "by",
        "at",
    ];
    const HEADINGS: &'static [&'static str] = &["NAME", "OUTLET", "TO", "OF", "WHEN", "BY"];
    const SPARE: &'static [&'static str] = &["BY", "TO"];

    fn cells(&self) -> Vec<Cell> {
        let of = match (self.query.as_str(), self.report) {
            ("", true) => "the daily report".to_owned(),
            ("", false) => "everything".to_owned(),
            (query, true) => format!("the daily report: {query}"),
            (query, false) => query.to_owned(),
        };
        vec![
            Cell::text(&self.name),
            Cell::text(&self.outlet),
            Cell::text(self.to.as_deref().unwrap_or_default()),
            Cell::text(of),
            Cell::text(&self.cadence),
            Cell::text(self.by.as_ref().map_or("", |by| by.0.as_str())),
        ]
    }
}
