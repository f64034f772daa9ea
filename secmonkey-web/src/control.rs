//! Who runs scans, as the routes see them.

use async_trait::async_trait;
use secmonkey_core::account::AccountId;
use secmonkey_core::event::{Actor, ScanId};
use secmonkey_core::record::AccountStateRecord;
use secmonkey_core::schedule::AccountState;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::ToSchema;

use crate::error::Problem;

/// Runs scans, and knows how it stands with them.
#[async_trait]
pub trait Control: Send + Sync + 'static {
    /// Looks at something now, before what is due. The log says who started it.
    ///
    /// # Errors
    /// Where it asks for something that is not there.
    async fn scan(&self, request: Request, actor: Actor) -> Result<Running, Problem>;

    /// Stops a scan, and says whether it runs. What it read by then is recorded, and so is who
    /// stopped it, soon after.
    async fn stop(&self, scan: &ScanId, actor: &Actor) -> bool;

    /// What it runs with, that is no secret.
    fn settings(&self) -> Settings;

    /// What keeps it from its work; nothing where it works.
    async fn health(&self) -> Health;

    /// When the accounts are looked at.
    ///
    /// # Errors
    /// Where nobody schedules any more.
    async fn schedule(&self) -> Result<Vec<AccountState>, Problem>;

    /// How it stands, in numbers.
    ///
    /// # Errors
    /// Where the store cannot be read.
    async fn measure(&self) -> Result<Measured, Problem>;
}

/// What to look at now; what is empty asks for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ScanRequest)]
pub struct Request {
    /// Accounts, by id or name.
    pub accounts: Vec<String>,
    /// Technologies, by id.
    pub technologies: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
}

/// A scan that was asked for. It goes on where nobody follows it.
#[derive(Debug)]
pub struct Running {
    /// How far it is, and at last what became of it.
    pub updates: mpsc::Receiver<Update>,
}

/// News of a scan that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ScanUpdate)]
pub enum Update {
    /// How far it is.
    Progress {
        /// Scopes it means to look at.
        planned: u64,
        /// Scopes it is done with.
        done: u64,
        /// Items it has read.
        items: u64,
        /// Looks that failed.
        failures: u64,
    },
    /// It is over.
    Ended(Ended),
}

/// What became of a scan that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ScanEnded)]
pub struct Ended {
    /// The scans that it took, one an account; what they came to is in the log.
    pub scans: Vec<ScanId>,
    /// The accounts whose scan did not run, or ended early.
    pub failed: Vec<Failed>,
    /// Calls to the provider meanwhile.
    pub api_calls: u64,
}

/// An account whose scan did not run, or ended early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ScanFailed)]
pub struct Failed {
    /// The account.
    pub account: AccountId,
    /// Why, in one line.
    pub reason: String,
}

/// What runs scans, that is no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DaemonSettings)]
pub struct Settings {
    /// Its version.
    pub version: String,
    /// The version of the layout of its store; `null` where that is not known.
    pub store_format: Option<u32>,
    /// How often everything is scanned of which nobody decided otherwise, in seconds.
    pub interval_seconds: i64,
    /// How many scans run at the same time.
    pub tasks: u64,
    /// How many of them may be of one account.
    pub tasks_per_account: u64,
    /// Whoever is told.
    pub notifiers: Vec<NotifierSettings>,
}

/// Whoever is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NotifierSettings {
    /// Its name.
    pub name: String,
    /// What kind of channel it is: `slack`, `smtp`.
    pub kind: String,
}

/// What keeps somebody from their work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// What is broken: only a new start helps.
    pub broken: Vec<String>,
    /// What is not ready yet, or does not work at the moment.
    pub waiting: Vec<String>,
}

/// How it stands, in numbers.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Measured {
    /// Events in the log.
    pub events: u64,
    /// What the store takes on disk, in bytes.
    pub store_bytes: u64,
    /// Items that some check cannot decide about.
    pub undecided: u64,
    /// Tasks that run.
    pub running: u64,
    /// Tasks that are due and wait for room.
    pub overdue: u64,
    /// Calls to providers since the process started, by operation.
    pub api_calls: Vec<(String, u64)>,
    /// Calls that providers throttled since the process started.
    pub throttled: u64,
    /// Every account that is watched.
    pub accounts: Vec<AccountStateRecord>,
    /// Whoever is told.
    pub notifiers: Vec<Notifier>,
    /// What came of the queue of changes; `null` where none is followed.
    pub changes: Option<Changes>,
}

/// How it stands with who is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notifier {
    /// Its name.
    pub name: String,
    /// Messages that wait to be delivered.
    pub waiting: u64,
    /// Why the last one was not delivered; `null` where it was.
    pub failing: Option<String>,
}

/// What came of the queue of changes since the process started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Messages that were handed out.
    pub received: u64,
    /// Those that are none of ours.
    pub poisoned: u64,
    /// Those that named nothing that is watched, only read, or failed.
    pub ignored: u64,
    /// Messages that were taken off the queue.
    pub acknowledged: u64,
    /// Times that the queue could not be read.
    pub failures: u64,
}
