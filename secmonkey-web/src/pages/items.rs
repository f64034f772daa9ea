//! Searching items.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use secmonkey_core::check::severity;
use secmonkey_core::item::Key;
use secmonkey_core::record::ItemRecord;

use crate::Service;
use crate::api::items::found;
use crate::caller::Caller;
use crate::error::Problem;
use crate::page::{Page as Rows, cursor};
use crate::pages::filter::Filter;
use crate::pages::search::{Field, Search, Trouble, elsewhere, filters, next_page};
use crate::pages::words::{self, When, item_path};
use crate::pages::{Asked, Frame, Html, csv};
use crate::reader::{reading, reading_of_all};

/// So many items are on a page.
const ROWS: usize = 100;
const FILTERS: &[Field] = &[
    (
        "Score",
        "score",
        "any",
        &[("10 or more", ">=10"), ("7 or more", ">=7"), ("1 or more", ">=1")],
    ),
    (
        "Changed",
        "changed",
        "ever",
        &[("today", "<1d"), ("this week", "<7d"), ("this month", "<30d")],
    ),
    ("Gone", "deleted", "left out", &[("alone", "true"), ("too", "any")]),
];

#[derive(Template)]
#[template(path = "items.html")]
struct Page {
    frame: Frame,
    filters: Vec<Filter>,
    rows: Vec<Row>,
    next: Option<String>,
    json: String,
    csv: String,
    issues: String,
    at: String,
}

/// An item.
struct Row {
    name: String,
    id: String,
    path: String,
    technology: String,
    account: String,
    region: String,
    score: u32,
    severity: &'static str,
    issues: usize,
    changed: When,
    is_gone: bool,
    /// Where addresses that were looked for stand.
    matched: Vec<String>,
}

/// The list.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    OriginalUri(uri): OriginalUri,
    Asked(search): Asked<Search>,
) -> Result<Html, Problem> {
    let after: Option<Key> = cursor(search.cursor.as_deref())?;
    reading(service, caller, search.instant(), async move |reader| {
        let q = search.query();
        let found = match search.trouble() {
            Some(trouble) => Err(trouble),
            None => found(&reader, q.as_deref(), after.as_ref(), ROWS)
                .map(Ok)
                .or_else(|problem| Trouble::of(problem).map(Err))?,
        };
        let (found, trouble) = match found {
            Ok(found) => (found, None),
            Err(Trouble(text)) => (Rows::empty(), Some(text)),
        };
        let (rows, next) = found.parts();
        let status = if trouble.is_some() { 422 } else { 200 };
        let page = Html::of(&Page {
            filters: filters(&uri, &search.q, FILTERS),
            rows: rows.into_iter().map(|item| row(item, frame.now)).collect(),
            next: next_page(&uri, next.as_ref())?,
            json: elsewhere(&uri, "/api/v1/items"),
            csv: elsewhere(&uri, "/items.csv"),
            issues: words::found_path("/issues", &search.q),
            at: search.at.clone().unwrap_or_default(),
            frame: frame.searching("/items", search.q, trouble),
        })?;
        Ok(page.with(status))
    })
    .await
}

fn row(item: ItemRecord, now: Timestamp) -> Row {
    let matched = item.matched.iter().map(|found| format!("{} at {}", found.cidr, found.pointer));
    Row {
        path: item_path(&item.key),
        matched: matched.collect(),
        account: item.account_name.unwrap_or_else(|| item.account.to_string()),
        severity: severity(u8::try_from(item.score).unwrap_or(u8::MAX).min(10)),
        score: item.score,
        issues: item.issues,
        changed: When::new(item.last_changed, now),
        is_gone: item.deleted,
        name: item.name,
        id: item.id,
        technology: item.technology,
        region: item.region,
    }
}

const COLUMNS: &[&str] = &[
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
    "score",
    "issues",
];

/// The list for a spreadsheet.
pub async fn table(
    State(service): State<Service>,
    caller: Caller,
    Asked(search): Asked<Search>,
) -> Result<Response, Problem> {
    reading_of_all(service, caller, search.instant(), async move |reader| {
        let q = search.query();
        let (rows, _) = found(&reader, q.as_deref(), None, usize::MAX)?.parts();
        Ok(csv::Csv::of("items.csv", COLUMNS, &rows)?.into_response())
    })
    .await
}
