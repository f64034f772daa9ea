//! Accepting issues from a list: first what it hits, then the decision.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use secmonkey_core::event::IssueId;
use secmonkey_core::query::IssueState;
use secmonkey_core::record::Order;

use crate::Service;
use crate::access::is_own;
use crate::api::decide::chosen;
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::pages::issues::{Row, row};
use crate::pages::words;
use crate::pages::{Fields, Frame, Html, Said};
use crate::reader::{Reader, reading};

/// So many lines of what it hits are shown; how many it is in all is said.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "justify.html")]
struct Page {
    frame: Frame,
    facts: Vec<Row>,
    more: usize,
    /// How many issues are accepted.
    count: usize,
    ids: String,
    back: String,
    note: String,
    until: String,
    /// What is wrong with the note, or with when it ends.
    wrong: Option<Wrong>,
}

/// What is wrong with a field.
pub struct Wrong {
    pub field: &'static str,
    pub text: String,
}

impl Wrong {
    /// What is wrong with a decision; what is not a mistake of who decides stays a problem.
    pub fn of(problem: Problem) -> Result<Self, Problem> {
        match (problem.status, problem.field.as_deref()) {
            (422, Some("until")) => Ok(Self { field: "until", text: problem.detail }),
            (422, _) => Ok(Self { field: "note", text: problem.detail }),
            _ => Err(problem),
        }
    }
}

/// Where to go on afterwards: a path of ours.
fn back(fields: &Fields) -> &str {
    let back = fields.one("back");
    if is_own(back) && back.is_ascii() { back } else { "/issues" }
}

/// Shows what is hit, and accepts it once that is confirmed.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require(Role::Justify)?;
    let is_all = fields.one("which") == "all";
    let ids: Vec<_> =
        fields.all("issue").flat_map(|ids| ids.split(',')).map(str::to_owned).collect();
    if ids.is_empty() && !is_all {
        return Ok(Said::NothingSelected.at(back(&fields)));
    }
    reading(service, caller, None, async move |reader| {
        let (ids, q) = if is_all { (Vec::new(), Some(fields.one("q"))) } else { (ids, None) };
        let hit = chosen(&reader, ids.iter().map(String::as_str), q)?;
        if !fields.is_set("confirm") {
            return shown(&reader, frame, &fields, &hit, None);
        }
        match decided(&reader, &fields, &hit).await {
            Ok(()) => Ok(Said::Justified.at(back(&fields))),
            Err(problem) => {
                let wrong = Wrong::of(problem)?;
                shown(&reader, frame, &fields, &hit, Some(wrong))
            }
        }
    })
    .await
}

async fn decided(reader: &Reader, fields: &Fields, hit: &[IssueState]) -> Result<(), Problem> {
    let until = reader.until(fields.given("until"))?;
    let ids: Vec<IssueId> = hit.iter().map(|one| one.issue.finding.issue.clone()).collect();
    reader.decisions.justify_all(&ids, fields.one("note"), until).await?;
    Ok(())
}

fn shown(
    reader: &Reader,
    frame: Frame,
    fields: &Fields,
    hit: &[IssueState],
    wrong: Option<Wrong>,
) -> Result<Response, Problem> {
    let records = reader.records()?;
    let issues: Vec<_> = hit.iter().map(|one| records.issue_state(one)).collect();
    let ids: Vec<_> = issues.iter().map(|one| one.id.as_str()).collect();
    let (count, ids) = (issues.len(), ids.join(","));
    let facts = records.facts(issues, Order::Worst);
    let status = if wrong.is_some() { 422 } else { 200 };
    let page = Html::of(&Page {
        more: facts.len().saturating_sub(SHOWN),
        facts: facts.iter().take(SHOWN).map(|fact| row(reader, fact, frame.now)).collect(),
        count,
        ids,
        back: back(fields).to_owned(),
        note: fields.one("note").to_owned(),
        until: fields.one("until").to_owned(),
        wrong,
        frame,
    })?;
    Ok(page.with(status).into_response())
}
