//! One issue: what it rests on, since when, who brought it, and what to do.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use secmonkey_core::issue::Issue;
use secmonkey_core::query;
use secmonkey_core::record::{AttributionRecord, NeighbourRecord, RevisionRecord};

use crate::Service;
use crate::answer::Answer;
use crate::api::issues::detail;
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::etag::require_match;
use crate::extract::{Named, Nothing};
use crate::pages::decide::Wrong;
use crate::pages::issues::status;
use crate::pages::markdown::{Markdown, markdown};
use crate::pages::words::{self, When, found_path, item_path};
use crate::pages::{Asked, Fields, Frame, Html, Said};
use crate::reader::{Reader, reading};

/// So many neighbours are told; the list has all.
const NEIGHBOURS: usize = 10;

#[derive(Template)]
#[template(path = "issue.html")]
struct Page {
    frame: Frame,
    path: String,
    id: String,
    title: String,
    check: String,
    severity: &'static str,
    score: u8,
    status: &'static str,
    name: String,
    item_path: String,
    account: String,
    technology: String,
    region: String,
    detail: String,
    doubt: Vec<String>,
    opened: Option<When>,
    reopened: Option<When>,
    resolved: Option<(When, String)>,
    justification: Option<Justified>,
    suppressed: bool,
    why: Markdown,
    fix: Option<Markdown>,
    evidence: Vec<(String, String)>,
    change: Option<Change>,
    history: Vec<Step>,
    comments: Vec<Comment>,
    same_item: Vec<Neighbour>,
    same_check: Vec<Neighbour>,
    same_check_total: u64,
    all_of_check: String,
    /// How it stands, as whoever decides has seen it.
    seen: String,
    note: String,
    until: String,
    wrong: Option<Wrong>,
    typed: String,
    said_wrong: Option<String>,
}

struct Justified {
    note: String,
    by: String,
    at: When,
    until: Option<When>,
}

struct Change {
    revision: u64,
    at: When,
    who: Option<String>,
    summary: Vec<String>,
    path: String,
    brought_it: bool,
}

struct Step {
    at: When,
    what: &'static str,
    text: String,
    by: String,
}

struct Comment {
    text: String,
    by: String,
    at: When,
    about: Option<String>,
}

struct Neighbour {
    path: String,
    name: String,
    check: String,
    score: u8,
    detail: String,
}

/// What somebody sent that was not recorded.
#[derive(Default)]
struct Typed {
    fields: Fields,
    wrong: Option<Wrong>,
    said_wrong: Option<String>,
}

/// The page.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    Named(id): Named,
    _: Asked<Nothing>,
) -> Result<Html, Problem> {
    reading(service, caller, None, async move |reader| {
        let issue = reader.issue(&id)?;
        shown(&reader, frame, &issue, Typed::default()).await
    })
    .await
}

/// Accepts it, takes that back, or says something about it.
pub async fn decide(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    OriginalUri(uri): OriginalUri,
    Named(id): Named,
    fields: Fields,
) -> Result<Response, Problem> {
    let is_comment = fields.one("action") == "comment";
    caller.require(if is_comment { Role::Comment } else { Role::Justify })?;
    reading(service, caller, None, async move |reader| {
        let issue = reader.issue(&id)?;
        let done = match decided(&reader, &issue, &fields).await {
            Ok(said) => return Ok(said.at(uri.path())),
            Err(problem) => problem,
        };
        let mut typed = Typed { fields, ..Typed::default() };
        match Wrong::of(done)? {
            wrong if is_comment => typed.said_wrong = Some(wrong.text),
            wrong => typed.wrong = Some(wrong),
        }
        let page = shown(&reader, frame, &issue, typed).await?;
        Ok(page.with(422).into_response())
    })
    .await
}

async fn decided(reader: &Reader, issue: &Issue, fields: &Fields) -> Result<Said, Problem> {
    let id = issue.finding.issue.as_str();
    if fields.one("action") == "comment" {
        reader.decisions.comment_issue(id, fields.one("text")).await?;
        return Ok(Said::Commented);
    }
    if let Some(seen) = fields.given("seen").and_then(|seen| seen.parse().ok()) {
        let headers = HeaderMap::from_iter([(header::IF_MATCH, seen)]);
        require_match(&headers, async || state(reader, issue)).await?;
    }
    if fields.one("action") == "withdraw" {
        reader.decisions.unjustify(id).await?;
        return Ok(Said::Withdrawn);
    }
    let until = reader.until(fields.given("until"))?;
    reader.decisions.justify(id, fields.one("note"), until).await?;
    Ok(Said::Justified)
}

/// How it stands: what a decision rests on.
fn state(reader: &Reader, issue: &Issue) -> Result<secmonkey_core::record::IssueRecord, Problem> {
    Ok(reader.records()?.issue_state(&reader.known.issue_state(issue.clone())?))
}

async fn shown(
    reader: &Reader,
    frame: Frame,
    issue: &Issue,
    typed: Typed,
) -> Result<Html, Problem> {
    let told = detail(reader, &issue.finding.issue).await?;
    let history = query::issue_history(&*reader.log, issue).await?;
    let seen = Answer::read(&state(reader, issue)?)?;
    let seen = seen.tag().and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
    let when = |at| When::new(at, frame.now);
    let record = told.issue;
    let item = item_path(&record.key);
    let value = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap_or_default();
    let step = |one: query::Happened| Step {
        at: when(one.at),
        what: one.what,
        text: one.text,
        by: one.actor.to_string(),
    };
    let comment = |one: secmonkey_core::record::CommentRecord| Comment {
        text: one.text,
        by: one.by.to_string(),
        at: when(one.at),
        about: None,
    };
    let neighbours = |all: Vec<NeighbourRecord>| {
        all.into_iter().take(NEIGHBOURS).map(neighbour).collect::<Vec<_>>()
    };
    let reason = record.resolved_reason.unwrap_or_default().replace('_', " ");
    Html::of(&Page {
        path: format!("/issues/{}", record.id),
        id: record.id.to_string(),
        title: told.title,
        severity: record.severity,
        score: record.score,
        status: status(record.status),
        opened: record.opened_at.map(when),
        reopened: record.reopened_at.map(when),
        resolved: record.resolved_at.map(|at| (when(at), reason)),
        justification: record.justification.map(|it| Justified {
            note: it.note,
            by: it.by.to_string(),
            at: when(it.at),
            until: it.until.map(when),
        }),
        suppressed: record.suppressed.is_some(),
        why: markdown(told.why),
        fix: (!told.fix.is_empty()).then(|| markdown(words::sentence(&told.fix))),
        evidence: told.shown.into_iter().map(|it| (it.pointer, value(&it.value))).collect(),
        change: told.change.map(|it| change(it, &item, told.brought_by_change, &frame)),
        history: history.into_iter().rev().map(step).collect(),
        comments: told.comments.into_iter().map(comment).collect(),
        same_item: neighbours(told.neighbours.same_item),
        same_check: neighbours(told.neighbours.same_check),
        same_check_total: told.neighbours.same_check_total,
        all_of_check: found_path("/issues", words::term("check", &record.check)),
        account: record.account_name.unwrap_or_else(|| record.account.to_string()),
        doubt: record.doubt.into_iter().collect(),
        item_path: item,
        check: record.check,
        name: record.name,
        technology: record.technology,
        region: record.region,
        detail: record.detail,
        seen,
        note: typed.fields.one("note").to_owned(),
        until: typed.fields.one("until").to_owned(),
        wrong: typed.wrong,
        typed: typed.fields.one("text").to_owned(),
        said_wrong: typed.said_wrong,
        frame,
    })
}

fn change(it: RevisionRecord, item: &str, brought_it: bool, frame: &Frame) -> Change {
    Change {
        at: When::new(it.at, frame.now),
        who: it.attribution.map(|by: AttributionRecord| by.text),
        summary: it.summary,
        path: format!("{item}?view=changes&to={}", it.revision),
        revision: it.revision,
        brought_it,
    }
}

fn neighbour(it: NeighbourRecord) -> Neighbour {
    let path = format!("/issues/{}", it.id);
    Neighbour { path, name: it.name, check: it.check, score: it.score, detail: it.detail }
}
