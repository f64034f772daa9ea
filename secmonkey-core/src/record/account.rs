//! How accounts are doing, and when they are looked at.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::FailedRecord;
use crate::account::AccountId;
use crate::provider::Provider;
use crate::query::AccountHealth;
use crate::schedule::{AccountState, LastTask, Priority, RunningState};

/// How an account is doing, and when it is looked at.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountStateRecord {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub account_name: String,
    /// Who runs it.
    pub provider: Provider,
    /// Whether it is looked at.
    pub watched: bool,
    /// When a technology in a region was last looked at to the end; `null` where none ever
    /// was.
    pub last_success: Option<Timestamp>,
    /// When everything in it had last been looked at to the end; `null` where something never
    /// was.
    pub last_complete: Option<Timestamp>,
    /// The last failure that no later look made up for.
    pub last_failure: Option<FailedRecord>,
    /// The technology in which that was.
    pub failed_technology: Option<String>,
    /// In how many regions of technologies something fails.
    pub failing: u64,
    /// The operations that were denied.
    pub missing_permissions: BTreeSet<String>,
    /// Why the account cannot be entered; `null` where it can.
    pub locked_out: Option<String>,
    /// When it is looked at, where somebody schedules; else `null`.
    pub schedule: Option<AccountScheduleRecord>,
}

/// When an account is looked at.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountScheduleRecord {
    /// When something of it is looked at next: in the past where it waits for its turn, `null`
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
    pub last_task: Option<LastTask>,
}

impl From<&AccountState> for AccountScheduleRecord {
    fn from(state: &AccountState) -> Self {
        Self {
            next_run: state.next_run,
            running: state.running.clone(),
            requested_at: state.requested_at,
            priority: state.priority,
            paused: state.paused.clone(),
            last_task: state.last.clone(),
        }
    }
}

impl AccountStateRecord {
    /// How an account is doing; with when it is looked at, where somebody schedules.
    #[must_use]
    pub fn new(health: &AccountHealth, state: Option<&AccountState>) -> Self {
        let failure = health.last_failure.as_ref();
        Self {
            account: health.account.id.clone(),
            account_name: health.account.name.clone(),
            provider: health.account.provider.clone(),
            watched: health.account.watched(),
            last_success: health.last_success,
            last_complete: health.last_complete,
            last_failure: failure.map(FailedRecord::from),
            failed_technology: failure.map(|(_, failure)| failure.scope.technology.clone()),
            failing: health.failing,
            missing_permissions: health.denied.clone(),
            locked_out: health.locked_out.clone(),
            schedule: state.map(AccountScheduleRecord::from),
        }
    }
}
