//! What scans came to, from the log: for whoever did not run them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Summary;
use super::scan::undecided;
use crate::event::{Event, Interruption, Position, ScanId, StreamId, Version};
use crate::log::EventLog;
use crate::messages::messages;
use crate::notify::IssueKind;
use crate::registry::Registry;
use crate::view::{self, Views};

/// Events of a scan that are read at a time.
const PAGE: usize = 256;

impl Summary {
    /// What some scans came to together, as the log says it: the same as the [`Summary`] of
    /// who ran them, but for what was told to whom. Of one that ended early only what it says
    /// of itself is known: what failed, and what is to be told.
    ///
    /// # Errors
    /// Where the log or the views cannot be read.
    pub async fn of(
        log: &dyn EventLog,
        views: &Views,
        registry: &Arc<Registry>,
        scans: &[ScanId],
    ) -> Result<Self, view::Error> {
        let mut summary = Self::default();
        if let [only] = scans {
            summary.scan = Some(only.clone());
        }
        let (mut from, mut to) = (None::<Position>, Position(0));
        let mut accounts = BTreeSet::new();
        for scan in scans {
            let stream = StreamId::scan(scan);
            let mut next = Version(1);
            loop {
                let page = log.read_stream(&stream, next, PAGE).await?;
                let Some(last) = page.last() else { break };
                next = Version(last.version.0 + 1);
                to = to.max(last.position);
                for envelope in page {
                    let before = Position(envelope.position.0.saturating_sub(1));
                    match envelope.event {
                        Event::ScanStarted { planned } => {
                            if from.is_none_or(|from| before < from) {
                                from = Some(before);
                                summary.started_at = envelope.recorded_at;
                            }
                            accounts.extend(planned.into_iter().map(|one| one.account));
                        }
                        Event::SweepFailed(failure) => summary.failures.push(failure),
                        Event::ScanFinished(counts) => {
                            summary.sweeps += counts.sweeps;
                            summary.items += counts.items;
                            summary.issues += counts.issues;
                        }
                        Event::ScanInterrupted { by } => {
                            summary.interrupted |= by == Interruption::Stopped;
                        }
                        _ => {}
                    }
                }
            }
        }
        let all = messages(log, views, registry, from.unwrap_or(to), to).await?;
        summary.messages = all.into_iter().filter(|one| scans.contains(&one.scan)).collect();
        summary.strongest_new = strongest_new(&summary);
        summary.order_failures();
        if !summary.failures.is_empty() {
            summary.undecided = undecided(views, accounts.iter())?;
        }
        Ok(summary)
    }

    /// Brings failures into the order in which they are told.
    pub(super) fn order_failures(&mut self) {
        self.failures.sort_by(|a, b| {
            let place = |it: &crate::event::Failure| {
                (it.operation.clone(), it.item.clone(), it.part.clone())
            };
            a.scope.cmp(&b.scope).then_with(|| place(a).cmp(&place(b)))
        });
    }
}

/// The highest score among what was opened or reopened.
pub(super) fn strongest_new(summary: &Summary) -> Option<u8> {
    let issues = summary.messages.iter().flat_map(|message| &message.issues);
    issues
        .filter(|issue| matches!(issue.kind, IssueKind::Opened | IssueKind::Reopened))
        .map(|issue| issue.finding.score)
        .max()
}
