//! Searching issues: one line a fact, which opens to its issues; decided about in the list.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use secmonkey_core::issue::Status;
use secmonkey_core::record::{Fact, IssueRecord, Order};

use crate::Service;
use crate::api::issues::{IssueOrder, Place, Which, count, found};
use crate::caller::Caller;
use crate::error::Problem;
use crate::page::{Page as Rows, cursor};
use crate::pages::filter::{Choice, Filter};
use crate::pages::search::{Field, Search, Trouble, elsewhere, filters, next_page, sorted};
use crate::pages::words::{self, When, item_path};
use crate::pages::{Asked, Frame, Html, csv};
use crate::reader::{Reader, reading, reading_of_all};

/// So many issues are on a page.
const ROWS: usize = 200;
const FILTERS: &[Field] = &[
    (
        "Severity",
        "severity",
        "any",
        &[
            ("critical", "critical"),
            ("high", "high"),
            ("medium", "medium"),
            ("low", "low"),
            ("info", "info"),
        ],
    ),
    (
        "Status",
        "status",
        "open",
        &[
            ("justified", "justified"),
            ("suppressed", "suppressed"),
            ("resolved", "resolved"),
            ("any", "any"),
        ],
    ),
];

#[derive(Template)]
#[template(path = "issues.html")]
struct Page {
    frame: Frame,
    filters: Vec<Filter>,
    orders: Vec<Choice>,
    facts: Vec<Row>,
    /// How many issues are found in all.
    count: usize,
    next: Option<String>,
    json: String,
    csv: String,
    items: String,
    /// Where to come back to after a decision.
    here: String,
    at: String,
}

/// A fact.
pub struct Row {
    pub severity: &'static str,
    pub score: u8,
    pub title: String,
    pub path: String,
    pub items: String,
    pub item_path: String,
    pub account: String,
    pub technology: String,
    pub detail: String,
    pub status: &'static str,
    pub since: Option<When>,
    /// Who brought it, where that is known.
    pub who: Option<String>,
    /// All of its issues, with commas between.
    pub ids: String,
    pub others: Vec<Other>,
}

/// An issue below a fact.
pub struct Other {
    pub path: String,
    pub name: String,
    pub detail: String,
    pub is_part: bool,
}

/// The list.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    OriginalUri(uri): OriginalUri,
    Asked(search): Asked<Search>,
) -> Result<Html, Problem> {
    let after: Option<Place> = cursor(search.cursor.as_deref())?;
    reading(service, caller, search.instant(), async move |reader| {
        let which = Which { q: search.query(), at: None, sort: search.sort };
        let found = match search.trouble() {
            Some(trouble) => Err(trouble),
            None => found(&reader, &which, after.as_ref(), ROWS)
                .and_then(|rows| Ok((rows, count(&reader, &which)?)))
                .map(Ok)
                .or_else(|problem| Trouble::of(problem).map(Err))?,
        };
        let (found, trouble) = match found {
            Ok(found) => (found, None),
            Err(Trouble(text)) => ((Rows::empty(), 0), Some(text)),
        };
        let ((rows, next), count) = (found.0.parts(), found.1);
        let order = match search.sort {
            IssueOrder::Newest => Order::Newest,
            IssueOrder::Worst | IssueOrder::Id => Order::Worst,
        };
        let facts = reader.records()?.facts(rows, order);
        let status = if trouble.is_some() { 422 } else { 200 };
        let order = |name: &str, order| Choice {
            name: name.to_owned(),
            path: sorted(&uri, name),
            is_on: search.sort == order,
        };
        let page = Html::of(&Page {
            filters: filters(&uri, &search.q, FILTERS),
            orders: vec![order("worst", IssueOrder::Worst), order("newest", IssueOrder::Newest)],
            facts: facts.iter().map(|fact| row(&reader, fact, frame.now)).collect(),
            count,
            next: next_page(&uri, next.as_ref())?,
            json: elsewhere(&uri, "/api/v1/issues"),
            csv: elsewhere(&uri, "/issues.csv"),
            items: words::found_path("/items", &search.q),
            here: uri.path_and_query().map_or("/issues", |it| it.as_str()).to_owned(),
            at: search.at.clone().unwrap_or_default(),
            frame: frame.searching("/issues", search.q, trouble),
        })?;
        Ok(page.with(status))
    })
    .await
}

/// A fact, as a line of a list.
pub fn row(reader: &Reader, fact: &Fact, now: Timestamp) -> Row {
    let lead = &fact.lead;
    let check = reader.catalogue.registry.check(&lead.check);
    let by = lead.brought_by.as_ref().and_then(|by| by.attribution.as_ref());
    let other = |issue: &IssueRecord| Other {
        path: format!("/issues/{}", issue.id),
        name: issue.name.clone(),
        detail: issue.detail.clone(),
        is_part: issue.is_part,
    };
    let ids: Vec<_> = fact.issues().map(|one| one.id.as_str()).collect();
    Row {
        severity: lead.severity,
        score: lead.score,
        title: check.map_or(lead.check.as_str(), |check| check.title()).to_owned(),
        path: format!("/issues/{}", lead.id),
        items: fact.items(),
        item_path: item_path(&lead.key),
        account: lead.account_name.clone().unwrap_or_else(|| lead.account.to_string()),
        technology: lead.technology.clone(),
        detail: fact.detail.clone(),
        status: status(lead.status),
        since: lead.since().map(|at| When::new(at, now)),
        who: by.map(|by| by.who.clone()),
        ids: ids.join(","),
        others: fact.others.iter().map(other).collect(),
    }
}

/// The word for how an issue stands.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Justified => "justified",
        Status::Suppressed => "suppressed",
        Status::Resolved => "resolved",
    }
}

const COLUMNS: &[&str] = &[
    "id",
    "check",
    "score",
    "severity",
    "status",
    "account",
    "account_name",
    "technology",
    "region",
    "resource_id",
    "name",
    "arn",
    "subject",
    "detail",
    "opened_at",
    "reopened_at",
    "resolved_at",
    "resolved_reason",
    "justification",
    "part_of",
];

/// The list for a spreadsheet.
pub async fn table(
    State(service): State<Service>,
    caller: Caller,
    Asked(search): Asked<Search>,
) -> Result<Response, Problem> {
    reading_of_all(service, caller, search.instant(), async move |reader| {
        let which = Which { q: search.query(), at: None, sort: search.sort };
        let (rows, _) = found(&reader, &which, None, usize::MAX)?.parts();
        Ok(csv::Csv::of("issues.csv", COLUMNS, &rows)?.into_response())
    })
    .await
}
