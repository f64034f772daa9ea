//! One issue with all that helps to decide about it.

use futures::TryStreamExt as _;
use futures::future::ready;
use serde_json::Value;

use super::language::{Pattern, Term};
use super::{Error, IssueState, Known, Step, find, history, issue_outlines, worst_issues};
use crate::event::{Event, ScanId, StreamId, Version};
use crate::issue::{Issue, Status};
use crate::item::Key;
use crate::log::EventLog;
use crate::registry::Registry;
use crate::view::CommentRow;

/// How many events of a stream are read at a time.
const PAGE: usize = 256;
/// So many issues of other items are told: a check may have found thousands.
pub(super) const NEIGHBOURS: usize = 100;

/// An issue with all that helps to decide about it.
#[derive(Debug, Clone)]
pub struct IssueDetail {
    /// The issue.
    pub state: IssueState,
    /// The places of the configuration that the finding points at, with what stands there.
    pub evidence: Vec<(String, Value)>,
    /// The last change of its item before it was found.
    pub change: Option<Step>,
    /// Whether that change brought it: the scan that recorded the change found the issue.
    /// Where not, something else did: another item, a decision, a new version of the check.
    pub is_brought_by: bool,
    /// What was said about it.
    pub comments: Vec<CommentRow>,
    /// The other open issues of its item.
    pub of_item: Vec<IssueState>,
    /// The strongest of the open issues of other items that the same check found.
    pub of_check: Vec<IssueState>,
    /// How many there are.
    pub found_elsewhere: u64,
}

/// The issue whose id starts so, with all that helps to decide about it. Of other items is told
/// what whoever asks `sees`.
///
/// # Errors
/// Where there is none or several, or log or views cannot be read.
pub async fn issue_detail(
    log: &dyn EventLog,
    known: &Known,
    registry: &Registry,
    start: &str,
    sees: impl Fn(&Key) -> Result<bool, Error>,
) -> Result<IssueDetail, Error> {
    let state = known.issue_state(find::issue(&known.views, start)?)?;
    let Issue { key, finding, .. } = &state.issue;
    let config = known.views.config(key)?.unwrap_or_default();
    let place = |at: &String| Some((at.clone(), config.pointer(at)?.clone()));
    let evidence: Vec<_> = finding.evidence.iter().filter_map(place).collect();

    let (version, is_brought_by) = origin(log, &state.issue).await?;
    let technology = registry.technology(&key.technology).cloned().unwrap_or_default();
    let steps = history(log, known, &technology, key);
    let before = steps.try_take_while(|step| ready(Ok(Some(step.revision.version) <= version)));
    let change = before.try_fold(None, |_, step| ready(Ok(Some(step)))).await?;

    let comments = known.views.comments(key)?.into_iter().map(|(_, row)| row);
    let about = |row: &CommentRow| row.comment.issue.as_ref() == Some(&finding.issue);
    let comments = comments.filter(about).collect();
    let mut of_item = known.issues_of(&state.row)?;
    of_item
        .retain(|one| one.finding.issue != finding.issue && one.status(known.now) == Status::Open);
    let of_item =
        of_item.into_iter().map(|one| known.issue_state(one)).collect::<Result<_, _>>()?;
    let same = Term::Check(Pattern::literal(&finding.check));
    let is_elsewhere = |other: &Key| Ok::<_, Error>(other != key && sees(other)?);
    let mut found_elsewhere = 0;
    for one in issue_outlines(known, registry, same.clone().into())? {
        found_elsewhere += u64::from(is_elsewhere(&one?.key)?);
    }
    let strongest = worst_issues(known, registry, same.into(), is_elsewhere, (None, NEIGHBOURS))?;
    let of_check = strongest.into_iter().map(|one| one.state(known)).collect::<Result<_, _>>()?;
    Ok(IssueDetail {
        state,
        evidence,
        change,
        is_brought_by,
        comments,
        of_item,
        of_check,
        found_elsewhere,
    })
}

/// Where the revision stands in the item's stream before which an issue was not found, or
/// not found again, and whether the same scan recorded both.
async fn origin(log: &dyn EventLog, issue: &Issue) -> Result<(Option<Version>, bool), Error> {
    let stream = StreamId::item(&issue.key);
    let id = &issue.finding.issue;
    let mut revision: Option<(Version, Option<ScanId>)> = None;
    let mut origin = (None, false);
    let mut next = Version(1);
    loop {
        let page = log.read_stream(&stream, next, PAGE).await?;
        let Some(last) = page.last() else { return Ok(origin) };
        next = Version(last.version.0 + 1);
        for envelope in page {
            match &envelope.event {
                Event::IssueOpened(found) | Event::IssueReopened(found) if found.issue == *id => {
                    let (version, scan) = revision.clone().unzip();
                    let is_same = envelope.scan.is_some() && scan.flatten() == envelope.scan;
                    origin = (version, is_same);
                }
                event if crate::replay::ChangeKind::of(event).is_some() => {
                    revision = Some((envelope.version, envelope.scan));
                }
                _ => {}
            }
        }
    }
}
