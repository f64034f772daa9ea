//! One item: as it is or was, how it came to be so, and what is wrong with it.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse as _, Response};
use futures::TryStreamExt as _;
use secmonkey_core::check::Check;
use secmonkey_core::query::{self, Point, Shown};
use secmonkey_core::record::{AttributionRecord, CommentRecord, IssueRecord, Order, Records};
use secmonkey_core::render::visible;
use secmonkey_core::replay::ItemRow;
use secmonkey_core::view::Revision;
use serde::Deserialize;

use crate::Service;
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::extract::Named;
use crate::pages::issues::{Row, row};
use crate::pages::markdown::{Markdown, markdown};
use crate::pages::words::{self, When, item_path};
use crate::pages::{Asked, Fields, Frame, Html, Said};
use crate::reader::{Reader, reading};

mod lines;
mod tree;

use lines::{Part, between};
use tree::{Mark, Tree};

/// So many revisions are told with what changed; all can be asked for.
const REVISIONS: usize = 100;
/// So many items are told that use it, or that it uses.
const RELATED: usize = 100;

/// Of what part of it, and when.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Which {
    view: View,
    at: Option<String>,
    revision: Option<u64>,
    from: Option<String>,
    to: Option<String>,
    look: Look,
}

/// A part of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum View {
    #[default]
    Config,
    Changes,
    Blame,
    Related,
}

impl View {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Config, "config", "Configuration"),
        (Self::Changes, "changes", "Changes"),
        (Self::Blame, "blame", "Who set what"),
        (Self::Related, "related", "Uses and used by"),
    ];
}

/// How two configurations are held against each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Look {
    #[default]
    Inline,
    Side,
}

#[derive(Template)]
#[template(path = "item.html")]
struct Page {
    frame: Frame,
    key: String,
    path: String,
    name: String,
    arn: Option<String>,
    technology: String,
    account: String,
    region: String,
    revision: u64,
    last_revision: u64,
    first_seen: When,
    last_seen: When,
    changed: When,
    who: Option<String>,
    is_gone: bool,
    /// As it was then; `None` for now.
    then: Option<String>,
    at: String,
    tabs: Vec<Tab>,
    issues: Vec<Issue>,
    notes: Vec<String>,
    part: Shape,
    comments: Vec<Comment>,
    /// What was typed and not recorded, and why.
    typed: String,
    wrong: Option<String>,
}

struct Tab {
    name: &'static str,
    path: String,
    is_on: bool,
}

/// An issue that stands, with why and how to mend it.
struct Issue {
    row: Row,
    why: Markdown,
    fix: Markdown,
    has_fix: bool,
}

/// The part of the page that is looked at.
enum Shape {
    Config { tree: Option<Tree>, revisions: Vec<Rev> },
    Changes(Changes),
    Blame(Vec<Set>),
    Related { uses: Vec<Other>, used_by: Vec<Other>, more: bool },
}

/// A revision.
struct Rev {
    number: u64,
    kind: String,
    at: When,
    who: Option<String>,
    summary: Vec<String>,
    /// Where it is shown, and where what it changed is.
    path: String,
    diff: String,
}

/// What two points are apart.
struct Changes {
    from: String,
    to: String,
    is_side: bool,
    other_look: String,
    numbers: Vec<u64>,
    summary: Vec<String>,
    parts: Vec<Part>,
    revisions: Vec<Rev>,
    more: usize,
}

/// A line of a configuration, and who set it.
struct Set {
    text: String,
    /// What is not said again: it is as in the line above.
    by: Option<(u64, String, When, String)>,
}

/// Another item.
struct Other {
    name: String,
    path: String,
    technology: String,
    id: String,
}

struct Comment {
    text: String,
    by: String,
    at: When,
    about: Option<String>,
}

/// The page.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    Named(key): Named,
    Asked(which): Asked<Which>,
) -> Result<Html, Problem> {
    reading(service, caller, None, async move |reader| {
        shown(&reader, frame, &key, &which, (String::new(), None)).await
    })
    .await
}

/// Says something about it.
pub async fn comment(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    OriginalUri(uri): OriginalUri,
    Named(key): Named,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require(Role::Comment)?;
    reading(service, caller, None, async move |reader| {
        let row = reader.item(&key)?;
        let revision = fields.given("revision").map(str::parse).transpose();
        let revision = revision.map_err(|_| Problem::wrong("a revision is a number"))?;
        let text = fields.one("text");
        match reader.decisions.comment(&row.key.to_string(), text, revision).await {
            Ok(_) => Ok(Said::Commented.at(&format!("{}#comments", uri.path()))),
            Err(error) => {
                let problem = Problem::from(error);
                if problem.status != 422 {
                    return Err(problem);
                }
                let typed = (text.to_owned(), Some(problem.detail));
                let page = shown(&reader, frame, &key, &Which::default(), typed).await?;
                Ok(page.with(422).into_response())
            }
        }
    })
    .await
}

/// The point that is asked for.
fn point(reader: &Reader, which: &Which) -> Result<Option<Point>, Problem> {
    let at = which.at.as_deref().map(str::trim).filter(|at| !at.is_empty());
    match (at, which.revision) {
        (Some(_), Some(_)) => {
            Err(Problem::wrong("an instant and a revision are two: name one of them")
                .of("revision"))
        }
        (Some(at), None) => {
            let at = reader.time(at).map_err(|problem| problem.of("at"))?;
            Ok(Some(Point::At(at)))
        }
        (None, revision) => Ok(revision.map(Point::Revision)),
    }
}

async fn shown(
    reader: &Reader,
    frame: Frame,
    key: &str,
    which: &Which,
    (typed, wrong): (String, Option<String>),
) -> Result<Html, Problem> {
    let point = point(reader, which)?;
    let now = reader.item(key)?;
    let key = now.key.to_string();
    let (views, registry) = (&reader.known.views, &reader.catalogue.registry);
    let shown = query::show(&*reader.log, views, registry, &key, point, reader.now).await?;
    let records = Records::new(&shown.known, registry)?;
    let record = records.shown(&shown);
    let issues = issues(&records, &shown)?;
    let when = |at| When::new(at, frame.now);
    let path = item_path(&now.key);
    let part = match which.view {
        View::Config => config(reader, &frame, &now, &shown, &issues)?,
        View::Changes => Shape::Changes(changes(reader, &frame, &now, which).await?),
        View::Blame => Shape::Blame(blame(reader, &frame, &now, &shown, point.is_some()).await?),
        View::Related => related(reader, &shown)?,
    };
    let facts = records.facts(issues, Order::Worst);
    let item = record.item;
    Html::of(&Page {
        tabs: tabs(&path, which),
        issues: facts
            .iter()
            .map(|fact| issue(reader, row(reader, fact, frame.now), &fact.lead))
            .collect(),
        notes: notes(&shown, &record.unread, record.judged),
        part,
        comments: comments(record.comments, &frame),
        account: item.account_name.unwrap_or_else(|| item.account.to_string()),
        revision: item.revision,
        last_revision: now.revision,
        first_seen: when(item.first_seen),
        last_seen: when(item.last_seen),
        changed: when(item.last_changed),
        who: record.attribution.map(|by| by.text),
        is_gone: item.deleted,
        then: point.map(|_| format!("revision {} of {}", item.revision, now.revision)),
        at: which.at.clone().unwrap_or_default(),
        name: item.name,
        arn: item.arn,
        technology: item.technology,
        region: item.region,
        key,
        path,
        typed,
        wrong,
        frame,
    })
}

/// The issues that stand, as the point has them.
fn issues(records: &Records<'_>, shown: &Shown) -> Result<Vec<IssueRecord>, Problem> {
    let mut issues = Vec::new();
    for issue in &shown.issues {
        issues.push(records.issue_state(&shown.known.issue_state(issue.clone())?));
    }
    Ok(issues)
}

fn issue(reader: &Reader, row: Row, lead: &IssueRecord) -> Issue {
    let manual = reader.catalogue.registry.check(&lead.check).map(Check::manual);
    let manual = manual.unwrap_or_default();
    let has_fix = !manual.fix.is_empty();
    Issue { row, why: markdown(manual.why), fix: markdown(words::sentence(&manual.fix)), has_fix }
}

/// The parts of the page, at the same point.
fn tabs(path: &str, which: &Which) -> Vec<Tab> {
    let tab = |(view, word, name): (View, &str, &'static str)| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if view != View::default() {
            query.append_pair("view", word);
        }
        if let Some(at) = which.at.as_deref().filter(|at| !at.is_empty()) {
            query.append_pair("at", at);
        }
        if let Some(revision) = which.revision {
            query.append_pair("revision", &revision.to_string());
        }
        let query = query.finish();
        let path = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        Tab { name, path, is_on: view == which.view }
    };
    View::ALL.map(tab).into()
}

/// What is not known of it.
fn notes(
    shown: &Shown,
    unread: &[secmonkey_core::record::UnreadRecord],
    is_judged: bool,
) -> Vec<String> {
    let row = &shown.state.row;
    let unread = unread.iter().map(|part| {
        let place = if part.pointer.is_empty() { "all of it" } else { &part.pointer };
        format!("`{place}` was not read since {:.0}", part.since)
    });
    let undecided = row.undecided.iter();
    let undecided =
        undecided.map(|(check, why)| format!("`{check}` cannot decide: {}", why.because));
    let large = row.too_large.as_ref();
    let large =
        large.map(|it| format!("It is too large to keep ({} bytes): this is older", it.bytes));
    let ignored = shown.state.ignored.as_ref().map(|_| "A rule ignores it".to_owned());
    let unwatched = shown.state.unwatched_since;
    let unwatched = unwatched.map(|since| format!("No scan looks at it since {since:.0}"));
    let judged = (!is_judged).then(|| "No check has seen it as it is yet".to_owned());
    unread.chain(undecided).chain(large).chain(ignored).chain(unwatched).chain(judged).collect()
}

fn config(
    reader: &Reader,
    frame: &Frame,
    now: &ItemRow,
    shown: &Shown,
    issues: &[IssueRecord],
) -> Result<Shape, Problem> {
    let registry = &reader.catalogue.registry;
    let found = issues.iter().flat_map(|issue| {
        let check = registry.check(&issue.check);
        let title = check.map_or(issue.check.as_str(), |check| check.title());
        let mark = Mark {
            path: format!("/issues/{}", issue.id),
            severity: issue.severity,
            title: title.to_owned(),
            detail: issue.detail.clone(),
        };
        issue.evidence.iter().map(move |at| (at.clone(), mark.clone()))
    });
    let config = shown.config.clone().filter(|_| !shown.state.row.deleted);
    let tree = config.map(|config| Tree::new(config, found));
    let all = reader.known.views.revisions(&now.key)?;
    let path = item_path(&now.key);
    let revisions = all.iter().rev().map(|one| revision(&path, one, Vec::new(), frame));
    Ok(Shape::Config { tree, revisions: revisions.take(REVISIONS).collect() })
}

fn revision(path: &str, one: &Revision, summary: Vec<String>, frame: &Frame) -> Rev {
    let number = one.revision;
    Rev {
        number,
        kind: one.kind.as_str().replace('_', " "),
        at: When::new(one.at, frame.now),
        who: AttributionRecord::of(one).map(|by| by.who),
        summary,
        path: format!("{path}?revision={number}"),
        diff: format!("{path}?view=changes&to={number}"),
    }
}

async fn changes(
    reader: &Reader,
    frame: &Frame,
    now: &ItemRow,
    which: &Which,
) -> Result<Changes, Problem> {
    let technology = reader.catalogue.registry.technology(&now.key.technology);
    let technology = technology.cloned().unwrap_or_default();
    let point = |text: &Option<String>, name: &'static str| {
        let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let point = text.map(|text| reader.point(text)).transpose();
        point.map_err(|problem| problem.of(name))
    };
    let to = match (point(&which.to, "to")?, which.revision) {
        (None, revision) => revision.map(Point::Revision),
        (to, _) => to,
    };
    let points = (point(&which.from, "from")?, to);
    let views = &reader.known.views;
    let apart = query::diff(&*reader.log, views, &technology, now, points, reader.now).await?;
    let path = item_path(&now.key);
    let steps = query::history(&*reader.log, &reader.known, &technology, &now.key);
    let steps: Vec<_> = steps.try_collect().await?;
    let numbers: Vec<u64> = steps.iter().map(|step| step.revision.revision).collect();
    let revisions = steps.iter().rev().take(REVISIONS);
    let revisions = revisions.map(|step| revision(&path, &step.revision, step.summary(), frame));
    let number = |side: &query::Side| side.revision.map(|it| it.to_string()).unwrap_or_default();
    let (from, to, is_side) = (number(&apart.from), number(&apart.to), which.look == Look::Side);
    let look = if is_side { "inline" } else { "side" };
    Ok(Changes {
        other_look: format!("{path}?view=changes&from={from}&to={to}&look={look}"),
        parts: between(&apart.from.config, &apart.to.config),
        summary: apart.summary,
        revisions: revisions.collect(),
        more: steps.len().saturating_sub(REVISIONS),
        numbers,
        from,
        to,
        is_side,
    })
}

async fn blame(
    reader: &Reader,
    frame: &Frame,
    now: &ItemRow,
    shown: &Shown,
    is_then: bool,
) -> Result<Vec<Set>, Problem> {
    let at = shown.revision.as_ref().filter(|_| is_then).map(|revision| revision.at);
    let key = now.key.to_string();
    let blame = query::blame(&*reader.log, &reader.known, &key, "", at).await?;
    let path = item_path(&now.key);
    let mut last = 0;
    let set = |line: query::Blamed<'_>| {
        let number = line.revision.revision;
        let by = (number != last).then(|| {
            let who = line.revision.by.as_ref().map(|by| by.at(&line.pointer).short());
            let at = When::new(line.revision.at, frame.now);
            let path = format!("{path}?view=changes&to={number}");
            (number, who.unwrap_or_else(|| "not known".to_owned()), at, path)
        });
        last = number;
        Set { text: visible(&line.text).into_owned(), by }
    };
    Ok(blame.lines().into_iter().map(set).collect())
}

fn related(reader: &Reader, shown: &Shown) -> Result<Shape, Problem> {
    let (known, registry) = (&reader.known, &reader.catalogue.registry);
    let config = shown.config.clone().unwrap_or_default();
    let about = (&shown.state.row, &config);
    let found = query::related(known, registry, about, RELATED, |key| reader.sees(key))?;
    let other = |row: &ItemRow| Other {
        name: row.name.clone(),
        path: item_path(&row.key),
        technology: row.key.technology.clone(),
        id: row.key.id.clone(),
    };
    let [uses, used_by] = [&found.uses, &found.used_by].map(|all| all.iter().map(other).collect());
    Ok(Shape::Related { uses, used_by, more: found.more })
}

fn comments(all: Vec<CommentRecord>, frame: &Frame) -> Vec<Comment> {
    let comment = |one: CommentRecord| Comment {
        text: one.text,
        by: one.by.to_string(),
        at: When::new(one.at, frame.now),
        about: match (one.revision, one.issue) {
            (Some(revision), _) => Some(format!("about revision {revision}")),
            (None, Some(issue)) => Some(format!("about issue {issue}")),
            (None, None) => None,
        },
    };
    all.into_iter().map(comment).collect()
}
