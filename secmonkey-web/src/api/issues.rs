//! What is wrong.

use std::cmp::Reverse;

use axum::extract::{OriginalUri, State};
use jiff::Timestamp;
use secmonkey_core::event::IssueId;
use secmonkey_core::issue::{Issue, Rank};
use secmonkey_core::item::Key;
use secmonkey_core::query::{self, FoundIssue};
use secmonkey_core::record::{IssueDetailRecord, IssueRecord};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Service;
use crate::answer::Answered;
use crate::api::common::{Cut, NotThere};
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::{Named, Nothing, Params};
use crate::page::{Listed, Page, Paging, first};
use crate::reader::{Reader, answering, query_of, reading};

/// In which order issues come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(default = "worst")]
pub enum IssueOrder {
    /// The highest score first; of these what the internet reaches, then what strangers reach,
    /// then what is privileged; of these the newest.
    #[default]
    Worst,
    /// What was opened, found again or resolved last comes first.
    Newest,
    /// By id: the quickest.
    Id,
}

/// Which issues.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// The query, in the language of search: `score:>=7 account:production`.
    pub q: Option<String>,
    /// The instant, where it is not now.
    pub at: Option<String>,
    /// In which order.
    #[serde(default)]
    #[param(inline)]
    pub sort: IssueOrder,
}

/// Where an issue stands in an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    Worst(Rank),
    Newest(Reverse<Option<Timestamp>>, IssueId),
    Id(IssueId),
}

impl Place {
    fn of(order: IssueOrder, issue: &Issue) -> Self {
        let id = issue.finding.issue.clone();
        match order {
            IssueOrder::Worst => Self::Worst(issue.rank()),
            IssueOrder::Newest => {
                let since = issue.resolved_at.unwrap_or_else(|| issue.stands_since());
                Self::Newest(Reverse(Some(since)), id)
            }
            IssueOrder::Id => Self::Id(id),
        }
    }

    fn rank(&self) -> Option<&Rank> {
        match self {
            Self::Worst(rank) => Some(rank),
            _ => None,
        }
    }

    fn id(&self) -> Option<&IssueId> {
        match self {
            Self::Id(id) => Some(id),
            _ => None,
        }
    }

    /// Whether the order is this one.
    fn is_of(&self, order: IssueOrder) -> bool {
        match self {
            Self::Worst(..) => order == IssueOrder::Worst,
            Self::Newest(..) => order == IssueOrder::Newest,
            Self::Id(_) => order == IssueOrder::Id,
        }
    }
}

/// Search issues
///
/// Only open ones of what is watched, unless the query speaks of that.
#[utoipa::path(get, path = "/issues", operation_id = "list_issues", tag = "issues", params(Which, Paging), responses(
    (status = 200, description = "A page of issues", body = [IssueRecord],
     headers(("Link" = String, description = "The next page, where there is one"))),
    Cut,
))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    Listed(paging, which): Listed<Which>,
) -> Answered {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let at = which.at.clone();
    reading(service, caller, at, async move |reader| {
        found(&reader, &which, after.as_ref(), limit)?.answer(&uri)
    })
    .await
}

/// A page of the issues that somebody asks for, as far as they see them.
pub fn found(
    reader: &Reader,
    which: &Which,
    after: Option<&Place>,
    limit: usize,
) -> Result<Page<IssueRecord, Place>, Problem> {
    if after.is_some_and(|after| !after.is_of(which.sort)) {
        return Err(Problem::wrong("this cursor is of another order").of("cursor"));
    }
    let (query, records) = (query_of(which.q.as_deref())?, reader.records()?);
    let (known, registry) = (&reader.known, &reader.catalogue.registry);
    let sees = |key: &Key| reader.sees(key);
    let placed = |found: FoundIssue| {
        let place = Place::of(which.sort, &found.issue);
        (found, place)
    };
    let page = if which.sort == IssueOrder::Worst {
        let after = after.and_then(Place::rank);
        let worst =
            query::worst_issues(known, registry, query, sees, (after, limit.saturating_add(1)));
        let worst = reader.found(worst)?.into_iter().flatten();
        Page::of(worst.map(|found| Ok::<_, Problem>(placed(found))), limit)?
    } else {
        let found = query::issues_after(known, registry, query, after.and_then(Place::id));
        let rows = reader.found(found)?.into_iter().flatten().filter_map(|found| {
            let row = || {
                let found = found?;
                Ok::<_, query::Error>(sees(&found.issue.key)?.then(|| placed(found)))
            };
            row().transpose()
        });
        match which.sort {
            IssueOrder::Id => Page::of(rows, limit)?,
            _ => first(rows, after, limit)?,
        }
    };
    // Only what is on the page is read whole.
    let record = |found: FoundIssue| Ok(records.issue_state(&found.state(known)?));
    Ok(page.map::<_, query::Error>(record)?)
}

/// How many issues there are of those that somebody asks for and sees.
pub fn count(reader: &Reader, which: &Which) -> Result<usize, Problem> {
    let query = query_of(which.q.as_deref())?;
    let found = query::issue_outlines(&reader.known, &reader.catalogue.registry, query);
    let mut found = reader.found(found)?.into_iter().flatten();
    let seen = found.try_fold(0, |count, one| {
        Ok::<_, query::Error>(count + usize::from(reader.sees(&one?.key)?))
    });
    Ok(seen?)
}

/// Show an issue
///
/// With what it rests on, since when it stands, why it matters and how to fix it.
#[utoipa::path(get, path = "/issues/{id}", operation_id = "show_issue", tag = "issues",
    params(("id" = IssueId, Path, description = "Its id")),
    responses(
        (status = 200, description = "The issue", body = IssueDetailRecord),
        NotThere, Cut,
    ))]
pub async fn one(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(id): Named,
) -> Answered {
    answering(service, caller, None, async move |reader| {
        let id = reader.issue(&id)?.finding.issue;
        detail(&reader, &id).await
    })
    .await
}

/// An issue with all that helps to decide about it, as far as somebody sees that.
pub async fn detail(reader: &Reader, id: &IssueId) -> Result<IssueDetailRecord, Problem> {
    let (known, registry) = (&reader.known, &reader.catalogue.registry);
    let sees = |key: &_| reader.sees(key);
    let detail = query::issue_detail(&*reader.log, known, registry, id.as_str(), sees).await?;
    Ok(reader.records()?.issue_detail(detail))
}
