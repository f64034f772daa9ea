//! Items, their configurations and how these came to be.

use axum::extract::{OriginalUri, State};
use futures::TryStreamExt as _;
use secmonkey_core::item::Key;
use secmonkey_core::query::language::{Names, Term};
use secmonkey_core::query::{self, ExposureSearch, Point};
use secmonkey_core::record::{
    BlameRecord, DiffRecord, ExposuresRecord, IssueRecord, ItemRecord, RevisionRecord, ShownRecord,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Service;
use crate::answer::Answered;
use crate::api::common::{Cut, NotThere};
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::{Named, Nothing, Params};
use crate::page::{Listed, Page, Paging};
use crate::reader::{Filter, Reader, answering, answering_of_all, query_of, reading};

/// Search items
///
/// In the order of their keys. What is gone, what no scan looks at and what is ignored is left
/// out, unless the query speaks of that.
#[utoipa::path(get, path = "/items", operation_id = "list_items", tag = "items", params(Filter, Paging), responses(
    (status = 200, description = "A page of items", body = [ItemRecord],
     headers(("Link" = String, description = "The next page, where there is one"))),
    Cut,
))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    Listed(paging, filter): Listed<Filter>,
) -> Answered {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let at = filter.at.clone();
    reading(service, caller, at, async move |reader| {
        found(&reader, filter.q.as_deref(), after.as_ref(), limit)?.answer(&uri)
    })
    .await
}

/// A page of the items that somebody asks for, as far as they see them.
pub fn found(
    reader: &Reader,
    q: Option<&str>,
    after: Option<&Key>,
    limit: usize,
) -> Result<Page<ItemRecord, Key>, Problem> {
    let (query, records) = (query_of(q)?, reader.records()?);
    let registry = &reader.catalogue.registry;
    let found = query::items_after(&reader.known, registry, query, after);
    let rows = reader.found(found)?.into_iter().flatten().filter_map(|state| {
        let row = || {
            let record = records.item(&state?);
            let key = record.key.clone();
            Ok(reader.sees(&key)?.then_some((record, key)))
        };
        row().transpose()
    });
    Ok(Page::of::<query::Error>(rows, limit)?)
}

/// When an item is looked at.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct When {
    /// The instant, where it is not now.
    at: Option<String>,
    /// The revision, where it is not the last.
    revision: Option<u64>,
}

impl When {
    /// The point that it names, where it names one.
    pub fn point(&self, reader: &Reader) -> Result<Option<Point>, Problem> {
        match (&self.at, self.revision) {
            (Some(_), Some(_)) => {
                let text = "an instant and a revision are two: name one of them";
                Err(Problem::wrong(text).of("revision"))
            }
            (Some(at), None) => {
                let at = reader.time(at).map_err(|problem| problem.of("at"))?;
                Ok(Some(Point::At(at)))
            }
            (None, revision) => Ok(revision.map(Point::Revision)),
        }
    }
}

/// Show an item
///
/// With its configuration: as it is, as it was at an instant, or as a revision left it.
#[utoipa::path(get, path = "/items/{key}", operation_id = "show_item", tag = "items",
    params(("key" = Key, Path, description = "Its key, percent-encoded"), When),
    responses(
        (status = 200, description = "The item", body = ShownRecord),
        NotThere, Cut,
    ))]
pub async fn one(
    State(service): State<Service>,
    caller: Caller,
    Named(key): Named,
    Params(when): Params<When>,
) -> Answered {
    answering(service, caller, None, async move |reader| {
        let point = when.point(&reader)?;
        let row = reader.item(&key)?;
        let (log, views, registry) =
            (&*reader.log, &reader.known.views, &reader.catalogue.registry);
        let key = row.key.to_string();
        let shown = query::show(log, views, registry, &key, point, reader.now).await?;
        let records = secmonkey_core::record::Records::new(&shown.known, registry)?;
        Ok(records.shown(&shown))
    })
    .await
}

/// List the issues of an item
///
/// All that it ever had, the worst first.
#[utoipa::path(get, path = "/items/{key}/issues", operation_id = "list_issues_of_item", tag = "items",
    params(("key" = Key, Path, description = "Its key, percent-encoded")),
    responses(
        (status = 200, description = "Its issues", body = [IssueRecord]),
        NotThere,
    ))]
pub async fn issues(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(key): Named,
) -> Answered {
    answering(service, caller, None, async move |reader| {
        let (row, records) = (reader.item(&key)?, reader.records()?);
        let mut issues = Vec::new();
        for issue in reader.known.issues_of(&row)? {
            issues.push(records.issue_state(&reader.known.issue_state(issue)?));
        }
        records.sort(&mut issues);
        Ok(issues)
    })
    .await
}

/// List the revisions of an item
///
/// The first comes first.
#[utoipa::path(get, path = "/items/{key}/revisions", operation_id = "list_revisions", tag = "items",
    params(("key" = Key, Path, description = "Its key, percent-encoded")),
    responses(
        (status = 200, description = "Its revisions", body = [RevisionRecord]),
        NotThere, Cut,
    ))]
pub async fn revisions(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(key): Named,
) -> Answered {
    answering(service, caller, None, async move |reader| {
        let key = reader.item(&key)?.key;
        let technology = reader.catalogue.registry.technology(&key.technology);
        let technology = technology.cloned().unwrap_or_default();
        let steps = query::history(&*reader.log, &reader.known, &technology, &key);
        Ok(steps.map_ok(RevisionRecord::from).try_collect::<Vec<_>>().await?)
    })
    .await
}

/// Of what is asked who set it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Blamed {
    /// The place in the configuration, as a JSON pointer; all of it where none is named.
    pointer: Option<String>,
    /// The instant, where it is not now.
    at: Option<String>,
}

/// Say which revision last set each member of a configuration
#[utoipa::path(get, path = "/items/{key}/blame", operation_id = "blame_item", tag = "items",
    params(("key" = Key, Path, description = "Its key, percent-encoded"), Blamed),
    responses(
        (status = 200, description = "Its members", body = [BlameRecord]),
        NotThere, Cut,
    ))]
pub async fn blame(
    State(service): State<Service>,
    caller: Caller,
    Named(key): Named,
    Params(blamed): Params<Blamed>,
) -> Answered {
    answering(service, caller, None, async move |reader| {
        let key = reader.item(&key)?.key.to_string();
        let at = match blamed.at {
            Some(at) => Some(reader.time(&at).map_err(|problem| problem.of("at"))?),
            None => None,
        };
        let pointer = blamed.pointer.unwrap_or_default();
        let blame = query::blame(&*reader.log, &reader.known, &key, &pointer, at).await?;
        Ok(blame.members().into_iter().map(BlameRecord::from).collect::<Vec<_>>())
    })
    .await
}

/// Between which points.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Between {
    /// A revision or an instant; the one before `to` where none is named.
    from: Option<String>,
    /// A revision or an instant; now where none is named.
    to: Option<String>,
    /// The key of another item that it is held against.
    with: Option<String>,
    /// The instant of both items, where another is named.
    at: Option<String>,
}

/// Say what changed between two points, or what sets two items apart
#[utoipa::path(get, path = "/items/{key}/diff", operation_id = "diff_item", tag = "items",
    params(("key" = Key, Path, description = "Its key, percent-encoded"), Between),
    responses(
        (status = 200, description = "The difference", body = DiffRecord),
        NotThere, Cut,
    ))]
pub async fn diff(
    State(service): State<Service>,
    caller: Caller,
    Named(key): Named,
    Params(between): Params<Between>,
) -> Answered {
    answering(service, caller, None, async move |reader| {
        let row = reader.item(&key)?;
        let technology = reader.catalogue.registry.technology(&row.key.technology);
        let technology = technology.cloned().unwrap_or_default();
        let at = match &between.at {
            Some(at) => Some(reader.time(at).map_err(|problem| problem.of("at"))?),
            None => None,
        };
        let (log, views, now) = (&*reader.log, &reader.known.views, reader.now);
        let difference = match (&between.with, &between.from, &between.to) {
            (Some(other), None, None) => {
                let other = reader.item(other).map_err(|problem| problem.of("with"))?;
                query::diff_items(log, views, &technology, (&row, &other), at, now).await?
            }
            (Some(_), ..) => {
                let text = "two items are held against each other as of `at`: leave out the points";
                return Err(Problem::wrong(text).of("with"));
            }
            (None, from, to) => {
                let point = |text: &Option<String>, name: &'static str| {
                    let point = text.as_ref().map(|text| reader.point(text)).transpose();
                    point.map_err(|problem| problem.of(name))
                };
                if to.is_some() && at.is_some() {
                    return Err(Problem::wrong("`to` and `at` are one and the same").of("at"));
                }
                let points = (point(from, "from")?, point(to, "to")?.or(at.map(Point::At)));
                let named = if to.is_some() { "to" } else { "at" };
                let difference = query::diff(log, views, &technology, &row, points, now).await;
                difference.map_err(|error| match error {
                    query::Error::InTheFuture(_) | query::Error::BeforeTheFirst { .. } => {
                        let is_from = matches!(points.0, Some(Point::At(from)) if from > now);
                        Problem::from(error).of(if is_from { "from" } else { named })
                    }
                    error => error.into(),
                })?
            }
        };
        Ok(DiffRecord::from(&difference))
    })
    .await
}

/// Of what is asked since when it stands.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Exposed {
    /// The check, where not all are asked.
    check: Option<String>,
    /// Who is let in, where that is asked: an account, a role, `*`.
    principal: Option<String>,
}

/// Say since when findings of an item stood and until when
///
/// And what is not said of that: which checks could not decide about some of the past, and what
/// rules in force suppress.
#[utoipa::path(get, path = "/items/{key}/exposure", operation_id = "show_exposure", tag = "items",
    params(("key" = Key, Path, description = "Its key, percent-encoded"), Exposed),
    responses(
        (status = 200, description = "The times, and what is not said of them",
         body = ExposuresRecord),
        NotThere, Cut,
    ))]
pub async fn exposure(
    State(service): State<Service>,
    caller: Caller,
    Named(key): Named,
    Params(exposed): Params<Exposed>,
) -> Answered {
    answering_of_all(service, caller, async move |reader| {
        let key = reader.item(&key)?.key.to_string();
        let principal = exposed.principal.map(|text| principal(&text)).transpose()?;
        let search = ExposureSearch { item: Some(key), check: exposed.check, principal };
        let (registry, auditors) = (&reader.catalogue.registry, &reader.catalogue.auditors);
        let found = query::exposure(&*reader.log, &reader.known, registry, auditors, &search);
        let found = found.await.map_err(|error| match error {
            query::Error::Unknown(unknown) => Problem::wrong(unknown.to_string()).of("check"),
            error => error.into(),
        })?;
        Ok(ExposuresRecord::from(&found))
    })
    .await
}

/// Whom a principal names, as the query language reads it.
fn principal(text: &str) -> Result<Names, Problem> {
    match Term::of("principal", text) {
        Ok(Term::Principal(who)) => Ok(who),
        Ok(_) => Err(Problem::wrong(format!("`{text}` names no principal")).of("principal")),
        Err(error) => Err(Problem::wrong(error.to_string()).of("principal")),
    }
}
