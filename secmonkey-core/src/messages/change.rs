//! One event, as a change for people.

use crate::event::{Envelope, Event, IssueId, Opened};
use crate::item::Key;
use crate::notify::{IssueChange, IssueKind, ItemChange};
use crate::render::{Changed, changes};
use crate::replay::{ChangeKind, Replay, change_of};
use crate::view;

/// An item's change, for people; `None` where nobody is told.
pub(super) fn item_change(
    state: &Replay,
    envelope: &Envelope,
    key: &Key,
) -> Result<Option<ItemChange>, view::Error> {
    let kind = match ChangeKind::of(&envelope.event) {
        None | Some(ChangeKind::Rebased | ChangeKind::Carried) => return Ok(None),
        Some(kind) => kind,
    };
    let misfit = |error: crate::diff::PatchError| {
        view::Error::misfit(envelope)(crate::replay::Misfit(error.to_string()))
    };
    let diff = match (&envelope.event, change_of(&envelope.event)) {
        (Event::ItemDiscovered(first), _) => {
            vec![Changed::Added { pointer: String::new(), value: first.config.clone() }]
        }
        (_, Some(change)) => changes(&state.config, &change.patch).map_err(misfit)?,
        _ => Vec::new(),
    };
    let (name, arn, revision) = match (&envelope.event, &state.row) {
        (Event::ItemDiscovered(first), _) => (first.name.clone(), first.arn.clone(), 1),
        (event, Some(row)) => {
            let change = change_of(event);
            let name = change.and_then(|change| change.name.clone());
            let arn = change.and_then(|change| change.arn.clone());
            (
                name.unwrap_or_else(|| row.name.clone()),
                arn.or_else(|| row.arn.clone()),
                row.revision + 1,
            )
        }
        _ => return Ok(None),
    };
    Ok(Some(ItemChange {
        key: key.clone(),
        name,
        arn,
        kind,
        revision,
        at: envelope.recorded_at,
        actor: envelope.actor.clone(),
        diff,
        summary: Vec::new(),
        by: None,
    }))
}

/// An issue that a first look found; the item's name is not known yet.
pub(super) fn found(key: &Key, finding: Opened) -> IssueChange {
    IssueChange {
        key: key.clone(),
        name: key.id.clone(),
        finding,
        kind: IssueKind::Opened,
        justified: false,
        part_of: None,
        fix: String::new(),
    }
}

/// An issue's change, for people; `None` where nobody is told.
pub(super) fn issue_change(
    state: &Replay,
    envelope: &Envelope,
    key: &Key,
    id: &IssueId,
) -> Option<IssueChange> {
    let before = state.issues.get(id);
    let (finding, kind): (&Opened, _) = match &envelope.event {
        Event::IssueOpened(finding) => (finding, IssueKind::Opened),
        Event::IssueReopened(finding) => (finding, IssueKind::Reopened),
        Event::IssueUpdated(finding)
            if before.is_some_and(|issue| issue.widened_by(&finding.grounds)) =>
        {
            (finding, IssueKind::Widened)
        }
        Event::IssueResolved { reason, .. } => {
            (&before?.finding, IssueKind::Resolved(reason.clone()))
        }
        // What is resolved needs no decision any more.
        Event::JustificationExpired { .. } if before?.resolved_at.is_none() => {
            (&before?.finding, IssueKind::Expired)
        }
        _ => return None,
    };
    let ended = matches!(kind, IssueKind::Resolved(_) | IssueKind::Expired);
    Some(IssueChange {
        key: key.clone(),
        name: state.row.as_ref().map_or_else(|| key.id.clone(), |row| row.name.clone()),
        finding: finding.clone(),
        justified: !ended && before.is_some_and(|issue| issue.justified(envelope.recorded_at)),
        kind,
        part_of: None,
        fix: String::new(),
    })
}
