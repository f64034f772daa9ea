//! What an item's own events say of its issues.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{ExposureSearch, FirstAudit, Life, Moment, is_before};
use crate::event::{CarriedItem, Envelope, Event, IssueId, Opened, Position, ScanId};
use crate::replay::{ChangeKind, change_of};

/// The reading of an item's events, from the first on.
pub(super) struct Telling {
    /// The first audits that are still ahead.
    ahead: Vec<(Cow<'static, str>, FirstAudit)>,
    revision: u64,
    /// The last step of the configuration, and the scan that recorded it.
    changed: Option<(Moment, Option<ScanId>)>,
    /// Every issue as it was last found.
    found: BTreeMap<IssueId, Opened>,
    open: BTreeSet<IssueId>,
}

impl Telling {
    pub(super) fn of(life: &Life) -> Self {
        let ahead = life
            .first
            .iter()
            .filter_map(|(check, first)| Some((check.clone(), first.clone()?)))
            .collect();
        Self { ahead, revision: 0, changed: None, found: BTreeMap::new(), open: BTreeSet::new() }
    }

    /// Takes over an event.
    pub(super) fn hear(&mut self, life: &mut Life, envelope: &Envelope, search: &ExposureSearch) {
        let Envelope { event, recorded_at: at, scan, position, .. } = envelope;
        if let Event::ItemCarried(carried) = event {
            self.carried(life, carried, *position, search);
            return;
        }
        let full = change_of(event).and_then(|change| change.full.as_ref());
        let makes_revision = ChangeKind::of(event).is_some();
        self.revision = full.map_or(self.revision + u64::from(makes_revision), |it| it.revision);
        if makes_revision || change_of(event).is_some() {
            self.changed = Some((Moment { revision: self.revision, at: *at }, scan.clone()));
            return;
        }
        let (issue, found) = match event {
            Event::IssueOpened(found)
            | Event::IssueReopened(found)
            | Event::IssueUpdated(found) => {
                self.found.insert(found.issue.clone(), found.clone());
                self.open.insert(found.issue.clone());
                (&found.issue, Some(found))
            }
            Event::IssueResolved { issue, .. } => {
                self.open.remove(issue);
                (issue, None)
            }
            _ => return,
        };
        let Some(last) = self.found.get(issue) else { return };
        let first = life.first.get(last.check.as_str());
        // Of a check that is gone nobody can be asked.
        let is_told = first.is_none_or(|first| !is_before(*position, first.as_ref()));
        if !is_told || search.check.as_ref().is_some_and(|check| *check != last.check) {
            return;
        }
        let moment = self.moment(scan.as_ref(), Moment { revision: self.revision, at: *at });
        match found {
            Some(found) => life.timeline.stands(&found.into(), moment, false),
            None => life.timeline.end(&last.check, &last.subject, moment),
        }
    }

    /// Takes over what stood where the log was cut: since when, its issues say.
    fn carried(
        &mut self,
        life: &mut Life,
        carried: &CarriedItem,
        position: Position,
        search: &ExposureSearch,
    ) {
        self.revision = carried.row.revision;
        for issue in &carried.issues {
            let found = &issue.finding;
            self.found.insert(found.issue.clone(), found.clone());
            if issue.resolved_at.is_some() {
                continue;
            }
            self.open.insert(found.issue.clone());
            let first = life.first.get(found.check.as_str());
            let is_told = first.is_none_or(|first| !is_before(position, first.as_ref()));
            if is_told && search.check.as_ref().is_none_or(|check| *check == found.check) {
                let from = Moment { revision: self.revision, at: issue.stands_since() };
                life.timeline.stands(&found.into(), from, false);
            }
        }
    }

    /// When something came about that a scan judged: what the same scan saw before is what
    /// brought it.
    fn moment(&self, scan: Option<&ScanId>, judged: Moment) -> Moment {
        match &self.changed {
            Some((moment, by)) if by.as_ref() == scan => *moment,
            _ => judged,
        }
    }

    /// Ends what was found now of the time before a check judged, and not by its first audit;
    /// for each audit before a position, or for all.
    pub(super) fn settle(&mut self, life: &mut Life, before: Option<Position>) {
        let (past, ahead) = std::mem::take(&mut self.ahead)
            .into_iter()
            .partition(|(_, audit)| before.is_none_or(|before| audit.end < before));
        self.ahead = ahead;
        let past: Vec<(Cow<'static, str>, FirstAudit)> = past;
        for (check, audit) in past {
            let open: BTreeSet<&str> = self
                .open
                .iter()
                .filter_map(|issue| self.found.get(issue))
                .filter(|found| found.check == check)
                .map(|found| found.subject.as_str())
                .collect();
            let judged = Moment { revision: self.revision, at: audit.at };
            let moment = self.moment(audit.scan.as_ref(), judged);
            life.timeline.end_others(&check, &open, moment);
        }
    }
}
