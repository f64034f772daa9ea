//! Several messages as one, and what comes to nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff;
use crate::event::{IssueId, Version};
use crate::issue::Issue;
use crate::item::Key;
use crate::log::EventLog;
use crate::messages::{CHANGES, ISSUES};
use crate::notify::{Baseline, ChangeKind, IssueChange, IssueKind, ItemChange, Message};
use crate::notify::{DecisionTold, MessageKind};
use crate::registry::Registry;
use crate::render::{changes, sentences};
use crate::replay::{Misfit, Replay};
use crate::technology::Technology;
use crate::view;

/// How many events of a stream are read at a time.
const PAGE: usize = 64;

/// One message of several, in the order they came; `None` of none.
pub(super) fn join(messages: impl IntoIterator<Item = Message>) -> Option<Message> {
    let mut all = messages.into_iter();
    let mut joined = all.next()?;
    let mut accounts = BTreeMap::from([(joined.account.clone(), joined.title.clone())]);
    for mut message in all {
        accounts.insert(message.account.clone(), message.title.clone());
        if message.kind == MessageKind::Changes {
            joined.kind = MessageKind::Changes;
        }
        joined.position = joined.position.max(message.position);
        joined.from = joined.from.min(message.from);
        joined.started_at = joined.started_at.min(message.started_at);
        joined.scan = joined.scan.max(message.scan);
        joined.changes.append(&mut message.changes);
        joined.issues.append(&mut message.issues);
        joined.reverted.append(&mut message.reverted);
        joined.passing.append(&mut message.passing);
        joined.decisions.append(&mut message.decisions);
        joined.failures.append(&mut message.failures);
        joined.omitted += message.omitted;
        joined.baseline = match (joined.baseline, message.baseline) {
            (Some(one), Some(other)) => Some(both(one, other)),
            (one, other) => one.or(other),
        };
    }
    let decided: BTreeSet<_> = joined.decisions.iter().map(|one| &one.key.account).collect();
    let several = accounts.len().max(decided.len());
    if several > 1 {
        joined.title = format!("{several} accounts");
        joined.account = Message::SEVERAL.parse().unwrap_or(joined.account);
    }
    net_issues(&mut joined);
    joined.failures.truncate(CHANGES);
    bound(&mut joined.changes, CHANGES, &mut joined.omitted);
    bound(&mut joined.reverted, CHANGES, &mut joined.omitted);
    bound::<DecisionTold>(&mut joined.decisions, ISSUES, &mut joined.omitted);
    joined.sort();
    bound(&mut joined.issues, ISSUES, &mut joined.omitted);
    bound(&mut joined.passing, ISSUES, &mut joined.omitted);
    Some(joined)
}

/// Counts what is more than people read.
fn bound<T>(all: &mut Vec<T>, most: usize, omitted: &mut u64) {
    *omitted += all.len().saturating_sub(most) as u64;
    all.truncate(most);
}

fn both(mut one: Baseline, other: Baseline) -> Baseline {
    one.items += other.items;
    one.issues += other.issues;
    for (severity, count) in other.severities {
        *one.severities.entry(severity).or_default() += count;
    }
    one.worst.extend(other.worst);
    one.worst.sort_by_key(|change| std::cmp::Reverse(change.finding.score));
    one.worst.truncate(Baseline::WORST);
    one.unknown.extend(other.unknown);
    one.unknown.sort_by_key(|unknown| std::cmp::Reverse(unknown.issues));
    one
}

/// Tells once what became of each issue, and apart what came and went.
fn net_issues(message: &mut Message) {
    let mut by_issue: BTreeMap<(Key, IssueId), Vec<IssueChange>> = BTreeMap::new();
    for change in std::mem::take(&mut message.issues) {
        let id = (change.key.clone(), change.finding.issue.clone());
        by_issue.entry(id).or_default().push(change);
    }
    for steps in by_issue.into_values() {
        match net(steps) {
            Net::Told(change) => message.issues.push(change),
            Net::Passing(change) => message.passing.push(change),
            Net::Nothing => {}
        }
    }
}

/// What several steps of one issue come to.
enum Net {
    Told(IssueChange),
    /// It came and went.
    Passing(IssueChange),
    /// It went and came back as it was.
    Nothing,
}

fn net(steps: Vec<IssueChange>) -> Net {
    let any = |wanted: fn(&IssueKind) -> bool| steps.iter().any(|step| wanted(&step.kind));
    let stood = !matches!(
        steps.first().map(|step| &step.kind),
        Some(IssueKind::Opened | IssueKind::Reopened)
    );
    let opened = any(|kind| matches!(kind, IssueKind::Opened));
    let expired = any(|kind| matches!(kind, IssueKind::Expired));
    let widened = any(|kind| matches!(kind, IssueKind::Widened));
    let count = steps.len();
    let Some(last) = steps.into_iter().next_back() else { return Net::Nothing };
    let stands = !matches!(last.kind, IssueKind::Resolved(_));
    let kind = match (stood, stands) {
        (false, false) if count > 1 => return Net::Passing(last),
        _ if count == 1 => return Net::Told(last),
        (_, false) => return Net::Told(last),
        (false, true) if opened => IssueKind::Opened,
        (false, true) => IssueKind::Reopened,
        (true, true) if widened => IssueKind::Widened,
        (true, true) if expired => IssueKind::Expired,
        (true, true) => return Net::Nothing,
    };
    Net::Told(IssueChange { kind, ..last })
}

/// One message of the pieces that settled together: what changed and changed back is one line.
///
/// # Errors
/// Where the log cannot be read.
pub(super) async fn settled(
    pieces: Vec<Message>,
    log: &dyn EventLog,
    registry: &Registry,
) -> Result<Option<Message>, view::Error> {
    let Some(mut message) = join(pieces) else { return Ok(None) };
    let mut by_item: BTreeMap<Key, Vec<ItemChange>> = BTreeMap::new();
    for change in std::mem::take(&mut message.changes) {
        by_item.entry(change.key.clone()).or_default().push(change);
    }
    for steps in by_item.into_values() {
        let [first, .., last] = steps.as_slice() else {
            message.changes.extend(steps);
            continue;
        };
        let before = at_revision(log, &first.key, first.revision - 1).await?;
        let after = at_revision(log, &first.key, last.revision).await?;
        let (was, is) = (exists(&before), exists(&after));
        if was == is && (!is || before.config == after.config) {
            let said = steps.iter().flat_map(|step| step.summary.clone()).take(1);
            let (diff, start) = (Vec::new(), "changed and changed back".to_owned());
            let summary = [start].into_iter().chain(said).collect::<Vec<_>>().join(": ");
            message.reverted.push(ItemChange { diff, summary: vec![summary], ..last.clone() });
        } else if steps.iter().all(|step| step.kind == ChangeKind::Changed) {
            message.changes.push(net_change(last, &before, &after, registry));
        } else {
            message.changes.extend(steps);
        }
    }
    message.sort();
    Ok(Some(message))
}

fn exists(state: &Replay) -> bool {
    state.row.as_ref().is_some_and(|row| !row.deleted)
}

/// What several changes of an item come to.
fn net_change(
    last: &ItemChange,
    before: &Replay,
    after: &Replay,
    registry: &Registry,
) -> ItemChange {
    let technology = registry.technology(&last.key.technology).unwrap_or(&Technology::DEFAULT);
    let patch = diff::diff(&before.config, &after.config, technology);
    // The patch was made from this very configuration.
    let diff = changes(&before.config, &patch).unwrap_or_default();
    let summary = sentences(technology, &before.config, &after.config);
    ItemChange { diff, summary, ..last.clone() }
}

/// An item as it was at a revision; at 0, before there was any.
async fn at_revision(log: &dyn EventLog, key: &Key, revision: u64) -> Result<Replay, view::Error> {
    let stream = crate::event::StreamId::item(key);
    let (mut state, mut next) = (Replay::default(), Version(1));
    loop {
        let page = log.read_stream(&stream, next, PAGE).await?;
        let Some(last) = page.last() else { return Ok(state) };
        next = Version(last.version.0 + 1);
        for envelope in &page {
            if state.row.as_ref().map_or(0, |row| row.revision) >= revision {
                return Ok(state);
            }
            state.step(envelope).map_err(|Misfit(reason)| view::Error::Event {
                position: envelope.position,
                stream: stream.clone(),
                reason,
            })?;
        }
    }
}

/// An issue as it was before it was resolved or accepted: whoever was told of it hears that.
pub(super) fn as_it_stood(issue: &Issue) -> Issue {
    Issue { resolved_at: None, resolved_reason: None, justification: None, ..issue.clone() }
}
