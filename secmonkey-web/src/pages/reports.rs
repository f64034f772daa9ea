//! Reports, to be read, printed and taken along.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse as _, Response};
use secmonkey_core::check::severity;
use secmonkey_core::query::ReportKind;
use secmonkey_core::report::{Cell, Column, Report, Section, sentence};
use serde::Deserialize;

use crate::Service;
use crate::answer::Answer;
use crate::api::reports::{made, since};
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::extract::{Named, Nothing};
use crate::pages::words::{self, When};
use crate::pages::{Asked, Frame, Html};
use crate::reader::{Reader, reading_of_all};

/// What there are, but for those of frameworks: names, titles, what they tell.
const ALL: &[(&str, &str, &str)] = &[
    ("daily", "Daily", "What changed, was opened, resolved and decided, and what waits."),
    ("public", "Public", "What anybody on the internet gets at."),
    ("exposure", "Exposure", "Since when findings stood open, and until when."),
    ("access-keys", "Access keys", "Every access key: whose, since when, when last used."),
    ("unused", "Unused", "What nobody uses, as far as checks find it."),
    ("coverage", "Coverage", "What was looked at: each technology of each account."),
];

#[derive(Template)]
#[template(path = "reports.html")]
struct List {
    frame: Frame,
    rows: Vec<(String, String, String)>,
    frameworks: Vec<(String, String, String)>,
}

/// What there are.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
) -> Result<Html, Problem> {
    caller.require_all(Role::View)?;
    let row = |(name, title, about): &(&str, &str, &str)| {
        (format!("/reports/{name}"), (*title).to_owned(), (*about).to_owned())
    };
    let frameworks = service.library.catalogue().reports.frameworks().into_iter().map(|one| {
        let later = if one.retired { " A later version took its place." } else { "" };
        let about = format!("{}.{later}", words::many(one.controls, "control"));
        let path = words::about("/reports/compliance", "framework", &one.id);
        (path, format!("{} {}", one.name, one.version), about)
    });
    let (rows, frameworks) = (ALL.iter().map(row).collect(), frameworks.collect());
    Html::of(&List { frame, rows, frameworks })
}

/// What is asked of a report.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Of what it is, as a query.
    of: Option<String>,
    /// The instant, where it is not now.
    at: Option<String>,
    since: Option<String>,
    framework: Option<String>,
    check: Option<String>,
    /// In which form: a page where none is named.
    form: Option<Form>,
}

/// A form in which a report is taken along.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    Markdown,
    Csv,
    Json,
}

#[derive(Template)]
#[template(path = "report.html")]
struct One {
    frame: Frame,
    path: String,
    name: String,
    title: String,
    summary: String,
    facts: Vec<(String, String)>,
    as_of: When,
    sections: Vec<Table>,
    /// Where it is in other forms.
    forms: Vec<(&'static str, String)>,
    of: String,
    at: String,
    since: Option<String>,
    framework: Option<String>,
}

struct Table {
    id: String,
    title: String,
    empty: String,
    note: String,
    count: usize,
    headings: Vec<(&'static str, bool)>,
    rows: Vec<Vec<Shown>>,
}

/// A cell as it is shown.
struct Shown {
    label: &'static str,
    class: &'static str,
    text: String,
}

/// A report.
pub async fn one(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    uri: Uri,
    Asked(which): Asked<Which>,
    Named(name): Named,
) -> Result<Response, Problem> {
    caller.require_all(Role::View)?;
    let at = which.at.clone().filter(|at| !at.trim().is_empty());
    let is_past = at.is_some();
    reading_of_all(service, caller, at, async move |reader: Reader| {
        reader.require_all()?;
        let kind = kind(&reader, &name, &which)?;
        let report = made(&reader, &kind, which.of.as_deref(), is_past).await;
        let report = report.map_err(|problem| match problem.field.as_deref() {
            Some("q") => problem.of("of"),
            _ => problem,
        })?;
        match which.form {
            None => Ok(Html::of(&page_of(&report, frame, &uri, which, name))?.into_response()),
            Some(form) => file(&report, form, &name),
        }
    })
    .await
}

fn kind(reader: &Reader, name: &str, which: &Which) -> Result<ReportKind, Problem> {
    let time = which.since.as_ref().filter(|text| !text.trim().is_empty());
    Ok(match name {
        "daily" => ReportKind::Daily { since: since(reader, time)? },
        "compliance" => {
            let unsaid = || Problem::wrong("say of which framework").of("framework");
            ReportKind::Compliance { framework: which.framework.clone().ok_or_else(unsaid)? }
        }
        "access-keys" => ReportKind::AccessKeys,
        "unused" => ReportKind::Unused,
        "public" => ReportKind::Public,
        "exposure" => {
            let checks = which.check.iter().flat_map(|list| list.split(','));
            let checks = checks.map(str::trim).filter(|check| !check.is_empty());
            let checks = checks.map(str::to_owned).collect();
            ReportKind::Exposure { checks, since: since(reader, time)? }
        }
        "coverage" => ReportKind::Coverage,
        _ => return Err(Problem::missing(format!("there is no report `{name}`"))),
    })
}

/// A report to be kept.
fn file(report: &Report, form: Form, name: &str) -> Result<Response, Problem> {
    let (answer, end) = match form {
        Form::Json => (Answer::read(report)?, "json"),
        Form::Markdown => (Answer::text("text/markdown; charset=utf-8", report.markdown())?, "md"),
        Form::Csv => (Answer::text("text/csv; charset=utf-8", report.csv())?, "csv"),
    };
    let day = report.as_of.strftime("%F");
    let named = format!("attachment; filename=\"{name}-{day}.{end}\"");
    let mut answer = answer.into_response();
    if let Ok(named) = HeaderValue::from_str(&named) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, named);
    }
    Ok(answer)
}

fn page_of(report: &Report, frame: Frame, uri: &Uri, which: Which, name: String) -> One {
    let form = |(title, form)| (title, crate::page::behind(uri, "form", form));
    let has_since = matches!(name.as_str(), "daily" | "exposure");
    let column = Column::new("", "");
    let fact =
        |one: &secmonkey_core::report::Named| (one.title.to_owned(), shown(&one.value, &column));
    One {
        path: format!("/reports/{name}"),
        title: report.title.clone(),
        summary: sentence(&report.summary),
        facts: report.facts().map(fact).collect(),
        as_of: When::new(report.as_of, frame.now),
        sections: report.sections.iter().map(table).collect(),
        forms: [("Markdown", "markdown"), ("CSV", "csv"), ("JSON", "json")].map(form).to_vec(),
        of: which.of.unwrap_or_default(),
        at: which.at.unwrap_or_default(),
        since: has_since.then(|| which.since.unwrap_or_default()),
        framework: which.framework,
        name,
        frame,
    }
}

fn table(section: &Section) -> Table {
    let columns: Vec<_> = section.shown().collect();
    let is_number = |at: usize| section.rows.iter().any(|row| row[at].is_number());
    let row = |row: &Vec<Cell>| {
        let cells = columns.iter().map(|(at, column)| Shown {
            label: column.title,
            class: class(&row[*at]),
            text: shown(&row[*at], column),
        });
        cells.collect()
    };
    Table {
        id: section.name.replace('_', "-"),
        title: section.title.clone(),
        empty: sentence(&section.empty),
        note: if section.note.is_empty() { String::new() } else { sentence(&section.note) },
        count: section.rows.len(),
        headings: columns.iter().map(|(at, column)| (column.title, is_number(*at))).collect(),
        rows: section.rows.iter().map(row).collect(),
    }
}

/// A time to the minute, in UTC as every page says.
fn shown(cell: &Cell, column: &Column) -> String {
    match cell {
        Cell::Time(time) => time.strftime("%F %H:%M").to_string(),
        _ => words::plain(cell.shown(column)),
    }
}

fn class(cell: &Cell) -> &'static str {
    match cell {
        Cell::Score(score) => match severity(*score) {
            "critical" => "number critical",
            "high" => "number high",
            "medium" => "number medium",
            _ => "number",
        },
        Cell::Number(_) => "number",
        Cell::Time(_) => "time",
        Cell::Text(text) => match text.as_str() {
            "failed" | "never" => "high",
            "passed" | "complete" => "good",
            "not assessed" | "in part" => "medium",
            _ => "",
        },
        Cell::Nothing => "",
    }
}
