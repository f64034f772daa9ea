//! Says in the log who made changes that are recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Error, Parts, registry};
use crate::account::Account;
use crate::attribution::{Attributed, Attribution, Call, Hint, readings, settle, targets};
use crate::event::{Event, ScanId, StreamId};
use crate::item::Key;
use crate::log::{Append, Expected};
use crate::view::{Revision, Views, blocking};
use crate::watch::Scope;

/// Clocks may differ so far, and a call may show so late.
const SLACK: SignedDuration = SignedDuration::from_mins(2);

/// Attributes an item's revisions to the calls that made them; returns how many are attributed
/// better than before.
pub(super) async fn attribute(
    parts: &Arc<Parts>,
    scan: Option<&ScanId>,
    key: &Key,
    calls: &[Call],
) -> Result<usize, Error> {
    let Some(first) = calls.iter().map(|call| call.event_time).min() else { return Ok(0) };
    let log = parts.log.as_ref();
    parts.views.catch_up(log).await?;
    let revisions = {
        let (views, key) = (parts.views.clone(), key.clone());
        blocking(move || views.revisions(&key)).await?
    };
    let from = first.saturating_sub(SLACK).unwrap_or(first);
    let late = |one: &&Revision| one.read.is_some_and(|read| read.at >= from);
    let readings = readings(log, key, revisions.iter().filter(late)).await?;
    let mut events = Vec::new();
    for (revision, by) in settle(&readings, calls) {
        let known = revisions.iter().find(|one| one.revision == revision);
        let known: Option<&Attribution> = known.and_then(|one| one.by.as_ref());
        let all = known.cloned().map_or_else(|| by.clone(), |known| known.and(&by));
        if known != Some(&all) {
            events.push(Event::ChangeAttributed(Attributed { revision, by: all }));
        }
    }
    if events.is_empty() {
        return Ok(0);
    }
    let attributed = events.len();
    // What is known of a change adds up, whoever writes first.
    let stream = StreamId::item(key);
    let append = Append::new(stream, Expected::Any, &parts.actor, parts.now(), events);
    let append = match scan {
        Some(scan) => append.in_scan(scan),
        None => append,
    };
    log.append(vec![append]).await?;
    parts.views.catch_up(log).await?;
    Ok(attributed)
}

/// Attributes what is recorded to the calls that hints tell of; looks at nothing.
pub(super) async fn attribute_all(
    parts: &Arc<Parts>,
    scan: Option<&ScanId>,
    hints: Vec<Hint>,
) -> Result<usize, Error> {
    let found = {
        let (views, registry) = (parts.views.clone(), registry(parts));
        let hints = hints.clone();
        blocking(move || targets(&views, &registry, &hints)).await?
    };
    let mut by: BTreeMap<Key, Vec<Call>> = BTreeMap::new();
    for (index, target) in found {
        let Some(hint) = hints.get(index).filter(|_| target.row.is_some()) else { continue };
        let call = Call { writes: target.writes, ..hint.call.clone() };
        by.entry(target.key).or_default().push(call);
    }
    let mut attributed = 0;
    for (key, calls) in by {
        attributed += attribute(parts, scan, &key, &calls).await?;
    }
    Ok(attributed)
}

/// Attributes what sweeps of an account saw to change, from the provider's log of calls: one
/// question a region. Of each item come the revisions after a time, up to which the log had all
/// calls when it was asked before: it is behind by minutes, so that the last look's changes
/// are asked about again.
pub(super) async fn attribute_swept(
    parts: &Arc<Parts>,
    scan: &ScanId,
    account: &Account,
    changed: BTreeMap<Key, Timestamp>,
) -> Result<(), Error> {
    let logs: Vec<_> = parts
        .change_logs
        .iter()
        .filter(|log| log.provider() == account.provider)
        .cloned()
        .collect();
    if logs.is_empty() || changed.is_empty() {
        return Ok(());
    }
    let views = parts.views.clone();
    let windows = blocking(move || windows(&views, changed)).await?;
    for (region, (from, to)) in windows {
        let scope = Scope { account: account.clone(), region };
        let (from, to) =
            (from.saturating_sub(SLACK).unwrap_or(from), to.saturating_add(SLACK).unwrap_or(to));
        for log in &logs {
            match log.calls(&scope, from, to).await {
                Ok(hints) => drop(attribute_all(parts, Some(scan), hints).await?),
                // What changed is recorded without it.
                Err(error) => tracing::warn!(
                    account = %account.id, region = scope.region,
                    "nobody knows who changed what: {}: {}", error.operation, error.reason
                ),
            }
        }
    }
    Ok(())
}

/// Between which times calls made the changes that nobody is known to have made, by region.
fn windows(
    views: &Views,
    changed: BTreeMap<Key, Timestamp>,
) -> Result<BTreeMap<String, (Timestamp, Timestamp)>, Error> {
    let mut windows: BTreeMap<String, (Timestamp, Timestamp)> = BTreeMap::new();
    for (key, answered) in changed {
        let Some(row) = views.item(&key)? else { continue };
        for number in (1..=row.revision).rev() {
            let Some(revision) = views.revision(&key, number)? else { break };
            let Some(read) = revision.read.filter(|read| read.at > answered) else { break };
            // What was never looked at before may have been so for ever.
            let (Some(after), None) = (read.after, revision.by) else { continue };
            let window = windows.entry(key.region.clone()).or_insert((after, read.at));
            *window = (window.0.min(after), window.1.max(read.at));
        }
    }
    Ok(windows)
}
