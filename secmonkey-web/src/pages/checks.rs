//! What is judged, and by which rules: the catalogue, and the manual page of each check.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use secmonkey_core::check::page::{self as manual, Verdict};
use secmonkey_core::check::{Check, Parameter};
use secmonkey_core::governance::says;
use secmonkey_core::query::language::{Standing, Term};
use secmonkey_core::query::{self, Query, override_impact};
use secmonkey_core::record::{CheckRecord, ControlRecord};
use serde::Deserialize;

use crate::Service;
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::{Named, Nothing};
use crate::pages::filled::Filled;
use crate::pages::overrides::{self, Row as Override};
use crate::pages::words::{self, found_path};
use crate::pages::{Asked, Fields, Frame, Html, markdown};
use crate::reader::{Reader, reading};

/// Where checks are listed.
pub const LIST: &str = "/checks";

#[derive(Template)]
#[template(path = "checks.html")]
struct List {
    frame: Frame,
    /// The text that is looked for.
    find: String,
    groups: Vec<Group>,
    count: usize,
}

/// The checks of a technology.
struct Group {
    technology: String,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    path: String,
    title: String,
    score: u8,
    severity: &'static str,
    open: usize,
    issues: String,
    is_off: bool,
    overrides: usize,
}

/// Which checks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// A text that stands in the id or the title; all checks where there is none.
    find: Option<String>,
}

/// What is judged.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    Asked(which): Asked<Which>,
) -> Result<Html, Problem> {
    reading(service, caller, None, async move |reader| {
        let find = which.find.unwrap_or_default();
        let words: Vec<_> = find.split_whitespace().map(str::to_lowercase).collect();
        let (records, open) = (reader.records()?, open(&reader)?);
        let mut groups: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        let mut count = 0;
        for check in reader.catalogue.registry.checks() {
            let text = format!("{} {}", check.id, check.title()).to_lowercase();
            if words.iter().all(|word| text.contains(word)) {
                let row = row(&reader, records.check(check), &open);
                groups.entry(check.technology.to_string()).or_default().push(row);
                count += 1;
            }
        }
        let groups = groups.into_iter().map(|(technology, rows)| Group { technology, rows });
        Html::of(&List { frame, find, groups: groups.collect(), count })
    })
    .await
}

/// How many open issues there are of each check, of those that somebody sees.
fn open(reader: &Reader) -> Result<BTreeMap<String, usize>, Problem> {
    let query = Query::from(Term::Status(Standing::Is(secmonkey_core::issue::Status::Open)));
    let mut open = BTreeMap::new();
    for issue in query::issue_outlines(&reader.known, &reader.catalogue.registry, query)? {
        let issue = issue?;
        if reader.sees(&issue.key)? {
            *open.entry(issue.finding.check).or_default() += 1;
        }
    }
    Ok(open)
}

fn row(reader: &Reader, check: CheckRecord, open: &BTreeMap<String, usize>) -> Row {
    Row {
        path: words::place(LIST, &check.id),
        open: open.get(&check.id).copied().unwrap_or_default(),
        issues: found_path("/issues", format!("check:{}", check.id)),
        title: check.title,
        score: check.score,
        severity: check.severity,
        is_off: !check.enabled,
        // Rules are for who sees everything.
        overrides: if reader.sees_all() { check.overrides.len() } else { 0 },
        id: check.id,
    }
}

#[derive(Template)]
#[template(path = "check.html")]
struct One {
    frame: Frame,
    row: Row,
    technology: String,
    /// What it finds, why and how to mend it.
    text: String,
    examples: Vec<Example>,
    parameters: Vec<Setting>,
    part_of: Option<(String, String)>,
    controls: Vec<ControlRecord>,
    /// What was decided about it; `None` for who does not see everything.
    overrides: Option<Vec<Override>>,
    form: Filled,
    scores: Vec<(String, String)>,
}

/// A configuration, and what the check says about it.
struct Example {
    said: String,
    config: String,
}

/// A parameter.
struct Setting {
    name: String,
    about: String,
    /// What it is by default.
    usual: String,
    /// What it may be.
    expected: String,
    /// The field in which it is set.
    field: String,
}

/// The manual page of a check.
pub async fn one(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
    Named(id): Named,
) -> Result<Html, Problem> {
    reading(service, caller, None, async move |reader| {
        let check = reader.catalogue.registry.find_check(&id);
        let check = check.map_err(|unknown| Problem::missing(unknown.to_string()))?;
        shown(&reader, frame, check, Filled::of(overrides::NAMES, Fields::default()))
    })
    .await
}

/// The page of a check, with what somebody typed to override it.
pub fn shown(reader: &Reader, frame: Frame, check: &Check, form: Filled) -> Result<Html, Problem> {
    let (records, registry) = (reader.records()?, &reader.catalogue.registry);
    let page = manual::Page::parse(&check.page);
    let (text, examples) = match page {
        Ok(page) => (page.text, page.examples),
        Err(_) => (check.page.to_string(), Vec::new()),
    };
    let overrides = if reader.sees_all() { Some(in_force(reader, check, &frame)?) } else { None };
    let part_of = check.part_of.as_deref().and_then(|wider| registry.check(wider));
    let score = |score: u8| (score.to_string(), format!("{score}, {}", severity(score)));
    let none = (String::new(), format!("as the check says ({})", check.score));
    let status = form.status();
    let page = Html::of(&One {
        row: row(reader, records.check(check), &open(reader)?),
        technology: check.technology.to_string(),
        text,
        examples: examples.into_iter().map(example).collect(),
        parameters: check.parameters.iter().map(setting).collect(),
        part_of: part_of.map(|one| (one.title().to_owned(), words::place(LIST, &one.id))),
        controls: (reader.catalogue.controls)(check),
        overrides,
        form,
        scores: std::iter::once(none).chain((0..=10).rev().map(score)).collect(),
        frame,
    })?;
    Ok(page.with(status))
}

fn severity(score: u8) -> &'static str {
    secmonkey_core::check::severity(score)
}

fn example(example: manual::Example) -> Example {
    let said = match example.verdict {
        Verdict::Fail(text) => format!("It finds: {text}"),
        Verdict::Pass => "It finds nothing".to_owned(),
        Verdict::Undecided(text) => format!("It cannot know: {text}"),
    };
    let config = serde_json::to_string_pretty(&example.config).unwrap_or_default();
    Example { said, config }
}

fn setting(parameter: &Parameter) -> Setting {
    Setting {
        name: parameter.name.to_string(),
        about: parameter.about.to_string(),
        usual: parameter.shown(&parameter.default()),
        expected: parameter.expected(),
        field: overrides::field(&parameter.name),
    }
}

/// What was decided about a check, with what it is about.
fn in_force(reader: &Reader, check: &Check, frame: &Frame) -> Result<Vec<Override>, Problem> {
    let rows = reader.known.governance()?.overrides_of(&check.id).iter().map(|row| {
        let impact = override_impact(&reader.known, &reader.catalogue.registry, &row.rule)?;
        let said = says(row.rule.score, &row.rule.parameters, row.rule.disabled);
        Ok(Override::of(row, said, &impact, frame.now))
    });
    rows.collect()
}
