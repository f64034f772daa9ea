//! What a schedule knows of one account.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::rule::Pace;
use super::{Interval, NEVER_LOOKED_AT, Outcome, Priority, RETRY, RequestId, TaskId};
use crate::account::AccountId;

/// An account.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where its grids lie.
    pub(super) phase: i64,
    pub(super) priority: Priority,
    /// Its technologies, by id.
    pub(super) slots: Vec<Slot>,
    /// The tasks of it that run.
    pub(super) tasks: Vec<TaskId>,
    /// What somebody asked for and has not begun.
    pub(super) request: Option<Request>,
    /// Where it stands, and whether among those that are due.
    pub(super) place: Option<(Timestamp, bool)>,
    /// The last task that ended.
    pub(super) last: Option<Ended>,
    /// How many tasks in a row failed.
    failures: u32,
    /// Whether it is watched; else its tasks are waited for.
    pub(super) watched: bool,
}

/// A technology of an account.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) technology: Arc<str>,
    /// When it was last looked at; `None` where it never was.
    pub(super) last: Option<Timestamp>,
    pub(super) interval: Interval,
    pub(super) paused: bool,
    pub(super) due: Timestamp,
}

/// What somebody asked for.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: RequestId,
    pub(super) asked_at: Timestamp,
    /// Empty for all.
    pub(super) technologies: BTreeSet<String>,
}

/// A task that ended.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) since: Timestamp,
    pub(super) at: Timestamp,
    pub(super) outcome: Outcome,
}

impl Entry {
    pub(super) fn new(account: &AccountId) -> Self {
        Self {
            phase: phase(account),
            priority: Priority::default(),
            slots: Vec::new(),
            tasks: Vec::new(),
            request: None,
            place: None,
            last: None,
            failures: 0,
            watched: true,
        }
    }

    pub(super) fn has_room(&self, tasks: usize) -> bool {
        self.tasks.len() < tasks.max(1)
    }

    /// Where it stands among those that are due, if it is so since then.
    pub(super) fn turn(&self, due: Timestamp) -> Timestamp {
        let never = self.slots.iter().any(|slot| slot.last.is_none() && !slot.paused);
        let unknown = if never { NEVER_LOOKED_AT } else { Duration::ZERO };
        due.saturating_sub(self.priority.head_start() + unknown).unwrap_or(Timestamp::MIN)
    }

    /// What was asked for, where none of it is looked at any more.
    pub(super) fn request_lost(&mut self) -> Option<RequestId> {
        let request = self.request.as_ref()?;
        if self.slots.iter().any(|slot| request.wants(&slot.technology)) {
            return None;
        }
        self.request.take().map(|request| request.id)
    }

    /// Takes a task that ended; says after how long what failed is tried again.
    pub(super) fn ended(&mut self, ended: Ended) -> Option<Duration> {
        self.failures = match ended.outcome {
            Outcome::Done => 0,
            Outcome::Failed(_) => self.failures.saturating_add(1),
        };
        self.last = Some(ended);
        let doublings = self.failures.checked_sub(1)?;
        Some(RETRY.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)))
    }

    pub(super) fn clock_went_back(&mut self, now: Timestamp) {
        for slot in &mut self.slots {
            slot.last = slot.last.map(|last| last.min(now));
            slot.due = slot.on_grid(self.phase).unwrap_or(slot.due.min(now));
        }
    }
}

impl Slot {
    pub(super) fn new(technology: Arc<str>, last: Option<Timestamp>, now: Timestamp) -> Self {
        Self { technology, last, interval: Interval::default(), paused: false, due: now }
    }

    /// The point of the grid behind the last look.
    fn on_grid(&self, phase: i64) -> Option<Timestamp> {
        self.last.map(|last| self.interval.next(last, phase))
    }

    /// Takes what the rules say.
    pub(super) fn pace(&mut self, pace: Pace, phase: i64) {
        let Pace { interval, paused } = pace;
        self.interval = interval;
        self.paused = paused;
        self.due = self.on_grid(phase).unwrap_or(self.due);
    }

    /// It was looked at, or was to be.
    pub(super) fn looked_at(&mut self, now: Timestamp, retry: Option<Duration>, phase: i64) {
        self.last = Some(now);
        let next = self.interval.next(now, phase);
        let again = retry.and_then(|after| now.checked_add(after).ok());
        self.due = again.map_or(next, |again| again.min(next));
    }
}

impl Request {
    pub(super) fn wants(&self, technology: &str) -> bool {
        self.technologies.is_empty() || self.technologies.contains(technology)
    }

    /// Takes in what else is asked for.
    pub(super) fn join(&mut self, technologies: BTreeSet<String>) {
        if technologies.is_empty() {
            self.technologies.clear();
        } else if !self.technologies.is_empty() {
            self.technologies.extend(technologies);
        }
    }
}

/// Where the grids of an account lie, in seconds: the same for ever, and spread over the
/// longest interval.
fn phase(account: &AccountId) -> i64 {
    let hash = Sha256::digest(account.as_str());
    let first = hash.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    i64::try_from(first % Interval::WEEK.seconds().unsigned_abs()).unwrap_or_default()
}
