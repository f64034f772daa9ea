//! How a schedule stands, for those who look.

use jiff::Timestamp;
use serde::Serialize;

use super::{Entry, Interval, Outcome, Priority, Schedule, TaskId};
use crate::account::AccountId;

/// How a schedule stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct State {
    /// Every account that is watched, by id.
    pub accounts: Vec<AccountState>,
    /// How many tasks run.
    pub running: usize,
    /// How many accounts are due, or asked for, and wait for their turn.
    pub waiting: usize,
    /// Since when the one that waits longest is due.
    pub due_since: Option<Timestamp>,
}

/// When an account is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccountState {
    /// Which account.
    pub account: AccountId,
    /// When something of it is looked at next: in the past where it waits for its turn, `None`
    /// where everything is paused or being looked at.
    pub next_run: Option<Timestamp>,
    /// The tasks that run.
    pub running: Vec<RunningState>,
    /// Since when something waits that somebody asked for.
    pub requested_at: Option<Timestamp>,
    /// How early it has its turn.
    pub priority: Priority,
    /// The technologies that are paused.
    pub paused: Vec<String>,
    /// The last task that ended since the process started.
    pub last: Option<LastTask>,
}

/// A task that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunningState {
    /// Names it.
    pub task: TaskId,
    /// The technologies.
    pub technologies: Vec<String>,
    /// Since when.
    pub since: Timestamp,
    /// Whether somebody asked for it.
    pub requested: bool,
}

/// A task that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastTask {
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Why it could not do its work; `None` where it came to its end.
    pub error: Option<String>,
}

/// When a technology of an account is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TechnologyState {
    /// The technology's id.
    pub technology: String,
    /// How often.
    pub interval: Interval,
    /// Whether it is paused.
    pub paused: bool,
    /// When it was last looked at; `None` where it never was.
    pub looked_at: Option<Timestamp>,
    /// When it is due; `None` where it is paused.
    pub due: Option<Timestamp>,
}

impl Schedule {
    /// How it stands.
    #[must_use]
    pub fn state(&self) -> State {
        let watched = self.accounts.iter().filter(|(_, entry)| entry.watched);
        let accounts: Vec<_> = watched.map(|(id, entry)| self.account(id, entry)).collect();
        let waits = |one: &&AccountState| one.next_run.is_some_and(|next| next <= self.now);
        let waiting: Vec<_> = accounts.iter().filter(waits).collect();
        State {
            running: self.running.len(),
            waiting: waiting.len(),
            due_since: waiting.iter().filter_map(|one| one.next_run).min(),
            accounts,
        }
    }

    /// How the technologies of an account stand, by id; none where it is not watched.
    #[must_use]
    pub fn technologies(&self, account: &AccountId) -> Vec<TechnologyState> {
        let slots = self.accounts.get(account).into_iter().flat_map(|entry| &entry.slots);
        slots
            .map(|slot| TechnologyState {
                technology: slot.technology.to_string(),
                interval: slot.interval,
                paused: slot.paused,
                looked_at: slot.last,
                due: (!slot.paused).then_some(slot.due),
            })
            .collect()
    }

    fn account(&self, id: &AccountId, entry: &Entry) -> AccountState {
        let asked = entry.request.as_ref().map(|request| request.asked_at);
        let due = entry.slots.iter().filter(|slot| self.may_start(entry, slot));
        let running = entry.tasks.iter().filter_map(|task| Some((task, self.running.get(task)?)));
        AccountState {
            account: id.clone(),
            next_run: due.map(|slot| slot.due).chain(asked).min(),
            running: running
                .map(|(task, running)| RunningState {
                    task: *task,
                    technologies: running.technologies.iter().map(ToString::to_string).collect(),
                    since: running.since,
                    requested: running.request.is_some(),
                })
                .collect(),
            requested_at: asked,
            priority: entry.priority,
            paused: entry
                .slots
                .iter()
                .filter(|slot| slot.paused)
                .map(|slot| slot.technology.to_string())
                .collect(),
            last: entry.last.as_ref().map(|last| LastTask {
                started_at: last.since,
                ended_at: last.at,
                error: match &last.outcome {
                    Outcome::Done => None,
                    Outcome::Failed(reason) => Some(reason.clone()),
                },
            }),
        }
    }
}
