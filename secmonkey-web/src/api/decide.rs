//! What people decide about issues, and say about them and about items.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use secmonkey_core::event::IssueId;
use secmonkey_core::item::Key;
use secmonkey_core::query::{self, IssueState};
use secmonkey_core::record::{CommentRecord, IssueRecord};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Service;
use crate::answer::Answered;
use crate::api::common::{Changed, IfMatch, NotThere, Refused};
use crate::api::issues::detail;
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::etag::require_match;
use crate::extract::{Given, Named, Nothing, Params};
use crate::reader::{Reader, deciding, query_of};

/// Why an issue is acceptable.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = JustificationRequest)]
pub struct Justify {
    /// Why.
    note: String,
    /// When the decision ends: a time as people write it; where none is said, with the finding.
    #[serde(default)]
    until: Option<String>,
}

/// Accept an issue
///
/// And say why. With `If-Match` only as it was when its `ETag` was read.
#[utoipa::path(put, path = "/issues/{id}/justification", operation_id = "justify_issue",
    tag = "decisions",
    params(("id" = IssueId, Path, description = "Its id"), IfMatch),
    request_body = Justify,
    responses(
        (status = 200, description = "How it stands then", body = IssueRecord),
        Refused, NotThere, Changed,
    ))]
pub async fn justify(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    _: Params<Nothing>,
    Named(id): Named,
    Given(given): Given<Justify>,
) -> Answered {
    caller.require(Role::Justify)?;
    deciding(service, caller, async move |reader| {
        let id = unchanged(&reader, &id, &headers).await?;
        let until = reader.until(given.until.as_deref())?;
        let state = reader.decisions.justify(id.as_str(), &given.note, until).await?;
        Ok(reader.records()?.issue_state(&state))
    })
    .await
}

/// Take the justification of an issue back
#[utoipa::path(delete, path = "/issues/{id}/justification", operation_id = "unjustify_issue",
    tag = "decisions",
    params(("id" = IssueId, Path, description = "Its id"), IfMatch),
    responses(
        (status = 200, description = "How it stands then", body = IssueRecord),
        Refused, NotThere, Changed,
    ))]
pub async fn unjustify(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    _: Params<Nothing>,
    Named(id): Named,
) -> Answered {
    caller.require(Role::Justify)?;
    deciding(service, caller, async move |reader| {
        let id = unchanged(&reader, &id, &headers).await?;
        let state = reader.decisions.unjustify(id.as_str()).await?;
        Ok(reader.records()?.issue_state(&state))
    })
    .await
}

/// The id of an issue that is as whoever asks has read it.
async fn unchanged(reader: &Reader, id: &str, headers: &HeaderMap) -> Result<IssueId, Problem> {
    let id = reader.issue(id)?.finding.issue;
    require_match(headers, async || detail(reader, &id).await).await?;
    Ok(id)
}

/// Which issues are acceptable, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = JustificationsRequest)]
pub struct JustifyMany {
    /// Their ids.
    #[serde(default)]
    #[schema(default = json!([]))]
    issues: Vec<String>,
    /// A query: every open issue that it finds is meant, too.
    #[serde(default)]
    q: Option<String>,
    /// Why.
    note: String,
    /// When the decision ends: a time as people write it; where none is said, with the finding.
    #[serde(default)]
    until: Option<String>,
    /// Only say which issues it would be.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

/// Accept several issues for one reason
///
/// With whatever is only part of them. With `dry_run` nothing is decided.
#[utoipa::path(post, path = "/justifications", operation_id = "justify_issues", tag = "decisions",
    request_body = JustifyMany,
    responses(
        (status = 200, description = "How they stand then", body = [IssueRecord]),
        Refused, NotThere,
    ))]
pub async fn justify_many(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Given(given): Given<JustifyMany>,
) -> Answered {
    caller.require(Role::Justify)?;
    deciding(service, caller, async move |reader| {
        let until = reader.until(given.until.as_deref())?;
        let ids = given.issues.iter().map(String::as_str);
        let families = chosen(&reader, ids, given.q.as_deref())?;
        let records = reader.records()?;
        if given.dry_run {
            return Ok(families.iter().map(|one| records.issue_state(one)).collect::<Vec<_>>());
        }
        let ids: Vec<_> = families.into_iter().map(|one| one.issue.finding.issue).collect();
        let decided = reader.decisions.justify_all(&ids, &given.note, until).await?;
        Ok(decided.iter().map(|one| records.issue_state(one)).collect::<Vec<_>>())
    })
    .await
}

/// The issues of these ids and the open ones that a query finds, as far as somebody sees them,
/// with whatever is only part of them.
pub fn chosen<'a>(
    reader: &Reader,
    ids: impl Iterator<Item = &'a str>,
    q: Option<&str>,
) -> Result<Vec<IssueState>, Problem> {
    let (known, registry) = (&reader.known, &reader.catalogue.registry);
    let mut chosen: Vec<IssueState> = Vec::new();
    for id in ids {
        let issue = reader.issue(id).map_err(|problem| problem.of("issues"))?;
        chosen.push(known.issue_state(issue)?);
    }
    if let Some(text) = q {
        let found = reader.found(query::issues(known, registry, query_of(Some(text))?))?;
        for state in found.into_iter().flatten() {
            let state = state?;
            if reader.sees(&state.row.key)? {
                chosen.push(state);
            }
        }
    }
    if chosen.is_empty() {
        return Err(Problem::wrong("no open issue is so"));
    }
    Ok(query::with_parts(known, registry, chosen)?)
}

/// What somebody says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommentRequest)]
pub struct Say {
    /// What.
    text: String,
    /// About which revision of an item; none in particular where none is named.
    #[serde(default)]
    revision: Option<u64>,
}

/// Comment on an item or one of its revisions
#[utoipa::path(post, path = "/items/{key}/comments", operation_id = "comment_item",
    tag = "decisions",
    params(("key" = Key, Path, description = "Its key, percent-encoded")),
    request_body = Say,
    responses(
        (status = 201, description = "What is said about it", body = [CommentRecord]),
        Refused, NotThere,
    ))]
pub async fn comment_item(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(key): Named,
    Given(given): Given<Say>,
) -> Answered {
    caller.require(Role::Comment)?;
    let said = deciding(service, caller, async move |reader| {
        let key = reader.item(&key)?.key;
        reader.decisions.comment(&key.to_string(), &given.text, given.revision).await?;
        comments(&reader, &key, None)
    });
    Ok(said.await?.with(StatusCode::CREATED))
}

/// Comment on an issue
#[utoipa::path(post, path = "/issues/{id}/comments", operation_id = "comment_issue",
    tag = "decisions",
    params(("id" = IssueId, Path, description = "Its id")),
    request_body = Say,
    responses(
        (status = 201, description = "What is said about it", body = [CommentRecord]),
        Refused, NotThere,
    ))]
pub async fn comment_issue(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(id): Named,
    Given(given): Given<Say>,
) -> Answered {
    caller.require(Role::Comment)?;
    if given.revision.is_some() {
        return Err(Problem::wrong("an issue has no revisions: its item has").of("revision"));
    }
    let said = deciding(service, caller, async move |reader| {
        let id = reader.issue(&id)?.finding.issue;
        let key = reader.decisions.comment_issue(id.as_str(), &given.text).await?;
        comments(&reader, &key, Some(&id))
    });
    Ok(said.await?.with(StatusCode::CREATED))
}

/// What is said about an item, or about one of its issues.
fn comments(
    reader: &Reader,
    key: &Key,
    issue: Option<&IssueId>,
) -> Result<Vec<CommentRecord>, Problem> {
    let rows = reader.known.views.comments(key)?.into_iter().map(|(_, row)| row);
    let about = rows.filter(|row| issue.is_none() || row.comment.issue.as_ref() == issue);
    Ok(about.map(CommentRecord::from).collect())
}
