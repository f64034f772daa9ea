//! What is watched, and how that goes.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use secmonkey_core::account::{Account, AccountId};
use secmonkey_core::query::language::{Pattern, Severity, Term};
use secmonkey_core::query::{self, AccountHealth, Query};
use secmonkey_core::record::{AccountStateRecord, CoverageRecord};
use secmonkey_core::schedule::AccountState;
use serde_json::{Map, Value};

use crate::Service;
use crate::api::accounts::{Edit, Register, registered};
use crate::caller::{Caller, Role};
use crate::control::Request;
use crate::error::Problem;
use crate::extract::{Named, Nothing};
use crate::pages::ask::Ask;
use crate::pages::filled::{Filled, mistake};
use crate::pages::words::{self, When, found_path};
use crate::pages::{Asked, Fields, Frame, Html, Said};
use crate::reader::{Reader, reading};

const LIST: &str = "/accounts";
/// So many permissions that lack are named in the list.
const DENIED: usize = 3;
const NAMES: &[&str] = &[
    "id",
    "provider",
    "name",
    "active",
    "third_party",
    "regions",
    "skip_regions",
    "settings",
    "names",
    "notes",
];

#[derive(Template)]
#[template(path = "accounts.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
    /// Somebody else's, that are known.
    others: Vec<(String, String, String)>,
    form: Filled,
    providers: Vec<(String, String)>,
}

/// How an account is doing.
struct Row {
    id: String,
    name: String,
    path: String,
    provider: String,
    is_watched: bool,
    is_running: bool,
    counts: Vec<Count>,
    last_success: Option<When>,
    last_complete: Option<When>,
    next: Option<When>,
    /// What goes wrong, in a sentence each.
    troubles: Vec<String>,
}

/// How many open issues have a severity.
struct Count {
    severity: &'static str,
    open: usize,
    path: String,
}

type Open = BTreeMap<AccountId, BTreeMap<Severity, usize>>;

/// What is watched.
pub async fn page(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
) -> Result<Html, Problem> {
    let scheduled = service.control.schedule().await.unwrap_or_default();
    reading(service, caller, None, async move |reader| {
        reader.require_all()?;
        let form = Filled::of(NAMES, Fields::from_iter([("active", "yes".to_owned())]));
        list(&reader, &scheduled, frame, form)
    })
    .await
}

fn list(
    reader: &Reader,
    scheduled: &[AccountState],
    frame: Frame,
    form: Filled,
) -> Result<Html, Problem> {
    let health = query::account_health(&reader.known)?;
    let open = open(reader)?;
    let rows = health.iter().map(|one| row(one, scheduled, &open, frame.now));
    let accounts = reader.known.views.accounts()?;
    let others = accounts
        .iter()
        .filter(|one| one.third_party)
        .map(|one| (one.name.clone(), one.id.to_string(), words::place(LIST, one.id.as_str())));
    let status = form.status();
    let page = Html::of(&List {
        rows: rows.collect(),
        others: others.collect(),
        providers: providers(reader),
        form,
        frame,
    })?;
    Ok(page.with(status))
}

fn open(reader: &Reader) -> Result<Open, Problem> {
    let reads = &reader.catalogue.reads;
    Ok(query::overview_of(&reader.known, reads, |key| reader.sees(key))?.open)
}

/// Who runs what can be read.
fn providers(reader: &Reader) -> Vec<(String, String)> {
    let all = reader.catalogue.registry.technologies().map(|one| one.provider.to_string());
    all.collect::<BTreeSet<_>>().into_iter().map(|one| (one.clone(), one)).collect()
}

fn row(health: &AccountHealth, scheduled: &[AccountState], open: &Open, now: Timestamp) -> Row {
    let state = scheduled.iter().find(|state| state.account == health.account.id);
    let record = AccountStateRecord::new(health, state);
    let id = record.account.to_string();
    let none = BTreeMap::new();
    let counts = open.get(&record.account).unwrap_or(&none);
    let count = |severity: Severity| Count {
        severity: severity.as_str(),
        open: counts.get(&severity).copied().unwrap_or_default(),
        path: found_path("/issues", format!("account:{id} severity:{}", severity.as_str())),
    };
    let when = |at: Option<Timestamp>| at.map(|at| When::new(at, now));
    Row {
        path: words::place(LIST, &id),
        name: record.account_name.clone(),
        provider: record.provider.to_string(),
        is_watched: record.watched,
        is_running: state.is_some_and(|state| !state.running.is_empty()),
        counts: Severity::ALL.into_iter().rev().map(count).filter(|one| one.open > 0).collect(),
        last_success: when(record.last_success),
        last_complete: when(record.last_complete),
        next: when(state.and_then(|state| state.next_run)),
        troubles: troubles(&record),
        id,
    }
}

/// What goes wrong in an account.
fn troubles(record: &AccountStateRecord) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(reason) = &record.locked_out {
        all.push(format!("It cannot be entered: {reason}"));
    } else if let Some(last) = &record.last_failure {
        let technology = record.failed_technology.as_deref().unwrap_or_default();
        let looks = words::many(record.failing, "look");
        let does = if record.failing == 1 { "fails" } else { "fail" };
        all.push(format!(
            "{looks} {does}, the last at `{}` of {technology} in {}: {}",
            last.operation, last.region, last.reason
        ));
    }
    if !record.missing_permissions.is_empty() {
        let lacking = words::few(&record.missing_permissions, DENIED);
        all.push(format!("Permissions lack: {lacking}"));
    }
    all
}

/// Registers an account.
pub async fn add(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    let scheduled = service.control.schedule().await.unwrap_or_default();
    reading(service, caller, None, async move |reader| match added(&reader, &fields).await {
        Ok(account) => Ok(Said::AccountAdded.at(&words::place(LIST, account.id.as_str()))),
        Err(problem) => {
            let form = Filled::of(NAMES, fields).with(mistake(problem)?);
            Ok(list(&reader, &scheduled, frame, form)?.into_response())
        }
    })
    .await
}

async fn added(reader: &Reader, fields: &Fields) -> Result<Account, Problem> {
    let id: AccountId = fields.one("id").trim().parse().map_err(
        |error: secmonkey_core::account::InvalidAccountId| {
            Problem::wrong(error.to_string()).of("id")
        },
    )?;
    let provider = serde_json::from_value(fields.one("provider").into())
        .map_err(|_| Problem::wrong("say who runs it").of("provider"))?;
    let change = change(fields, None)?;
    let given = Register {
        id,
        provider,
        name: fields.one("name").to_owned(),
        third_party: fields.is_set("third_party"),
        active: fields.is_set("active"),
        regions: change.regions.unwrap_or_default(),
        skip_regions: change.skip_regions.unwrap_or_default(),
        names: change.names.unwrap_or_default(),
        settings: change.settings.unwrap_or_default(),
        notes: change.notes.unwrap_or_default(),
    };
    Ok(reader.decisions.register(given.account()).await?)
}

/// What a form says of an account.
fn change(fields: &Fields, known: Option<&Account>) -> Result<Edit, Problem> {
    let names = lines(fields.one("names"), "names", None)?;
    let names = serde_json::from_value(Value::Object(names))
        .map_err(|error| Problem::wrong(error.to_string()).of("names"))?;
    let before = known.map(|account| &account.settings);
    let active = fields.is_set("active");
    Ok(Edit {
        name: Some(fields.one("name").to_owned()),
        third_party: Some(fields.is_set("third_party")),
        // What a source says of it counts until somebody decides otherwise.
        active: Some(active).filter(|active| known.is_none_or(|known| known.active != *active)),
        regions: Some(regions(fields.one("regions"))),
        skip_regions: Some(regions(fields.one("skip_regions"))),
        names: Some(names),
        settings: Some(lines(fields.one("settings"), "settings", before)?),
        notes: Some(fields.one("notes").trim().to_owned()),
    })
}

fn regions(text: &str) -> Vec<String> {
    let parts = text.split([',', ' ', '\n', '\t']);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Lines of names and values. What stands there as it stood before keeps its kind.
fn lines(
    text: &str,
    field: &str,
    before: Option<&Map<String, Value>>,
) -> Result<Map<String, Value>, Problem> {
    let mut all = Map::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let parts = line.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
        let Some((name, value)) = parts.filter(|(name, _)| !name.is_empty()) else {
            let text = format!("`{line}` has no value: write `name = value`, one a line");
            return Err(Problem::wrong(text).of(field));
        };
        let known = before.and_then(|before| before.get(name));
        let same = known.filter(|known| shown(known) == value).cloned();
        all.insert(name.to_owned(), same.unwrap_or_else(|| value.into()));
    }
    Ok(all)
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[derive(Template)]
#[template(path = "account.html")]
struct One {
    frame: Frame,
    row: Row,
    is_third_party: bool,
    /// What is registered: names and values.
    facts: Vec<(String, String)>,
    notes: String,
    denied: Vec<String>,
    places: Vec<Place>,
    /// In how many of them something was not looked at.
    gaps: usize,
}

/// What was looked at of a technology.
struct Place {
    technology: String,
    path: String,
    last_complete: Option<When>,
    unwatched: Option<When>,
    gaps: Vec<String>,
}

/// An account.
pub async fn one(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
    Named(id): Named,
) -> Result<Html, Problem> {
    let scheduled = service.control.schedule().await.unwrap_or_default();
    reading(service, caller, None, async move |reader| {
        reader.require_all()?;
        let account = registered(&reader, &id)?;
        let health = query::health(&reader.known.views, &account)?;
        let places = places(&reader, &account, frame.now)?;
        Html::of(&One {
            row: row(&health, &scheduled, &open(&reader)?, frame.now),
            is_third_party: account.third_party,
            facts: facts(&account),
            denied: health.denied.iter().cloned().collect(),
            gaps: places.iter().filter(|place| !place.gaps.is_empty()).count(),
            places,
            notes: account.notes,
            frame,
        })
    })
    .await
}

/// What is registered of an account.
fn facts(account: &Account) -> Vec<(String, String)> {
    let some =
        |name: &str, all: &[String]| (!all.is_empty()).then(|| (name.to_owned(), all.join(", ")));
    let regions = some("Regions", &account.regions);
    let skipped = some("Regions left out", &account.skip_regions);
    let settings = account.settings.iter().map(|(name, value)| (name.clone(), shown(value)));
    let names = account.names.iter().map(|(kind, name)| (kind.to_string(), name.clone()));
    regions.into_iter().chain(skipped).chain(settings).chain(names).collect()
}

fn places(reader: &Reader, account: &Account, now: Timestamp) -> Result<Vec<Place>, Problem> {
    let query = Query::from(Term::Account(Pattern::literal(account.id.as_str())));
    let selection = query.select(&reader.known.views, &reader.catalogue.registry)?;
    let coverage = query::coverage(&reader.known, &reader.catalogue.reads, &selection)?;
    let status = reader.records()?.status(&coverage);
    let mut places: Vec<_> =
        status.accounts.iter().map(|record| place(account, record, now)).collect();
    places.sort_by_key(|place| (place.unwatched.is_some(), place.gaps.is_empty()));
    Ok(places)
}

fn place(account: &Account, record: &CoverageRecord, now: Timestamp) -> Place {
    let query = format!("account:{} technology:{}", account.id, record.technology);
    Place {
        technology: record.technology.clone(),
        path: found_path("/items", &query),
        last_complete: record.last_complete.map(|at| When::new(at, now)),
        unwatched: record.unwatched_since.map(|at| When::new(at, now)),
        gaps: record.gaps().into_iter().map(|gap| gap.text).collect(),
    }
}

#[derive(Template)]
#[template(path = "account_edit.html")]
struct Editing {
    frame: Frame,
    title: String,
    path: String,
    form: Filled,
}

/// An account, to be changed.
pub async fn editing(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
    Named(id): Named,
) -> Result<Html, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader| {
        let account = registered(&reader, &id)?;
        let form = Filled::of(NAMES, as_typed(&account));
        edited_page(frame, &account, form)
    })
    .await
}

fn edited_page(frame: Frame, account: &Account, form: Filled) -> Result<Html, Problem> {
    let (title, path) = (account.title(), words::place(LIST, account.id.as_str()));
    let status = form.status();
    Ok(Html::of(&Editing { frame, title, path, form })?.with(status))
}

/// An account as somebody would type it.
fn as_typed(account: &Account) -> Fields {
    let tick = |is_set: bool| if is_set { "yes" } else { "" }.to_owned();
    let lines = |all: Vec<(String, String)>| {
        let lines: Vec<_> = all.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        lines.join("\n")
    };
    let settings = account.settings.iter().map(|(name, value)| (name.clone(), shown(value)));
    let names = account.names.iter().map(|(kind, name)| (kind.to_string(), name.clone()));
    Fields::from_iter([
        ("name", account.name.clone()),
        ("active", tick(account.active)),
        ("third_party", tick(account.third_party)),
        ("regions", account.regions.join(" ")),
        ("skip_regions", account.skip_regions.join(" ")),
        ("settings", lines(settings.collect())),
        ("names", lines(names.collect())),
        ("notes", account.notes.clone()),
    ])
}

/// Changes an account.
pub async fn edit(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    Named(id): Named,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader| {
        let account = registered(&reader, &id)?;
        let path = words::place(LIST, account.id.as_str());
        match changed(&reader, &account, &fields).await {
            Ok(()) => Ok(Said::AccountChanged.at(&path)),
            Err(problem) => {
                let form = Filled::of(NAMES, fields).with(mistake(problem)?);
                Ok(edited_page(frame, &account, form)?.into_response())
            }
        }
    })
    .await
}

async fn changed(reader: &Reader, account: &Account, fields: &Fields) -> Result<(), Problem> {
    let given = change(fields, Some(account))?;
    let change = |account: &mut Account| given.apply(account);
    reader.decisions.update(account.id.as_str(), change).await?;
    Ok(())
}

/// Asks whether an account is to be removed.
pub async fn leaving(
    State(service): State<Service>,
    caller: Caller,
    frame: Frame,
    _: Asked<Nothing>,
    Named(id): Named,
) -> Result<Html, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader| {
        let account = registered(&reader, &id)?;
        let back = words::place(LIST, account.id.as_str());
        Html::of(&Ask {
            frame,
            title: "Remove the account",
            name: account.title(),
            about: vec![
                "It is not looked at any more. What was recorded of it stays, and is told to be \
                 unwatched."
                    .to_owned(),
                "To stop looking for a while, edit it and take away the tick at `watched`."
                    .to_owned(),
            ],
            action: format!("{back}/remove"),
            fields: Vec::new(),
            button: "Remove it",
            back,
            place: "Account",
        })
    })
    .await
}

/// Removes an account.
pub async fn remove(
    State(service): State<Service>,
    caller: Caller,
    Named(id): Named,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader| {
        let account = registered(&reader, &id)?;
        reader.decisions.remove(account.id.as_str()).await?;
        Ok(Said::AccountRemoved.at(LIST))
    })
    .await
}

/// Looks at an account now, or at some technologies of it. It goes on where nobody follows it.
pub async fn scan(
    State(service): State<Service>,
    caller: Caller,
    Named(id): Named,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.require_all(Role::Admin)?;
    let known = reading(service.clone(), caller.clone(), None, async move |reader| {
        registered(&reader, &id)
    });
    let account = known.await?.id.to_string();
    let path = words::place(LIST, &account);
    let technologies = fields.all("technology").map(str::to_owned).collect();
    let request = Request { accounts: vec![account], technologies, ..Request::default() };
    service.control.scan(request, caller.actor).await?;
    Ok(Said::ScanStarted.at(&path))
}
