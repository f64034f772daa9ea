//! The pipeline: sweep, compare, append, audit, append, notify.
//!
//! [`Pipeline`] composes watchers, auditors and notifiers over one log. Anyone can
//! build one from their own parts:
//!
//! ```
//! use std::sync::Arc;
//! use secmonkey_core::log::memory::Memory;
//! use secmonkey_core::pipeline::Pipeline;
//! use secmonkey_core::view::{self, Views};
//!
//! let log = Arc::new(Memory::default());
//! let views = Arc::new(Views::new(Arc::new(view::Memory::default())));
//! let pipeline = Pipeline::new(log, views);
//! # let _ = pipeline;
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use jiff::Timestamp;

use crate::account::Account;
use crate::check::Auditor;
use crate::event::{Actor, Event, Failure, Finished, NewEvent, Planned, ScanId, StreamId};
use crate::item::GLOBAL;
use crate::log::{self, Append, AppendError, EventLog, Expected};
use crate::notify::{self, Message, Notifier};
use crate::technology::{Reach, Technology};
use crate::view::{self, Views};
use crate::watch::{self, Scope, Watcher};

mod audit;
mod report;
mod sweep;

pub use audit::facts;
use report::Report;
use sweep::Swept;

/// A batch goes to the log when it holds this many events,
const BATCH_EVENTS: usize = 256;
/// or this many bytes of configurations and patches.
const BATCH_BYTES: usize = 1 << 20;
/// How many accounts are read at the same time,
const ACCOUNTS_AT_ONCE: usize = 8;
/// and how many scopes of each.
const SCOPES_AT_ONCE: usize = 16;
/// A sweep that hands out nothing for this long is given up.
const PATIENCE: Duration = Duration::from_mins(5);

/// The time, as the pipeline is told it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Watchers, auditors and notifiers over one log.
pub struct Pipeline {
    log: Arc<dyn EventLog>,
    views: Arc<Views>,
    watchers: Vec<Arc<dyn Watcher>>,
    auditors: Vec<Arc<dyn Auditor>>,
    notifiers: Vec<Arc<dyn Notifier>>,
    progress: Arc<Progress>,
    actor: Actor,
    clock: Clock,
    patience: Duration,
}

/// What a scan is to look at.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The accounts.
    pub accounts: Vec<PlannedAccount>,
    /// Only these technologies; empty for all.
    pub technologies: Vec<String>,
    /// Whether the regions of each account are all there are: what is not among them
    /// is unwatched from now on. `false` where somebody asked for some regions only.
    pub all_regions: bool,
}

/// One account of a plan.
#[derive(Debug, Clone)]
pub struct PlannedAccount {
    /// The account.
    pub account: Account,
    /// Where to look, [`GLOBAL`] included; or why the regions are unknown, which fails
    /// the account's regional scopes and leaves the global ones.
    pub regions: Result<Vec<String>, watch::Error>,
}

/// What a scan came to.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The scan; `None` before it started.
    pub scan: Option<ScanId>,
    /// When it started.
    pub started_at: Timestamp,
    /// Scopes that were looked at to the end.
    pub sweeps: u64,
    /// Every look that failed.
    pub failures: Vec<Failure>,
    /// Items, in numbers.
    pub items: ItemCounts,
    /// Issues, in numbers.
    pub issues: IssueCounts,
    /// The highest score among the issues opened or reopened.
    pub strongest_new: Option<u8>,
    /// What was told, an account each.
    pub messages: Vec<Message>,
    /// The notifiers that failed, and why.
    pub undelivered: Vec<(String, String)>,
}

/// Items, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemCounts {
    /// Read.
    pub seen: u64,
    /// Seen for the first time, or again after they were gone.
    pub created: u64,
    /// With a new revision.
    pub changed: u64,
    /// Confirmed gone.
    pub deleted: u64,
    /// Read, and as they were.
    pub unchanged: u64,
}

/// Issues, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IssueCounts {
    /// Found for the first time.
    pub opened: u64,
    /// Found again.
    pub reopened: u64,
    /// No longer standing.
    pub resolved: u64,
}

/// How far a scan is, for those who watch it run.
#[derive(Debug, Default)]
pub struct Progress {
    /// Scopes it means to look at.
    pub planned: AtomicU64,
    /// Scopes it is done with.
    pub done: AtomicU64,
    /// Items it has read.
    pub items: AtomicU64,
    /// Looks that failed.
    pub failures: AtomicU64,
}

/// Why a scan or an audit ended early. What it appended stays.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log took no more.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The views cannot be read or written.
    #[error(transparent)]
    View(#[from] view::Error),
}

impl Pipeline {
    /// A pipeline of nothing over a log. Time comes from the system's clock.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, views: Arc<Views>) -> Self {
        Self {
            log,
            views,
            watchers: Vec::new(),
            auditors: Vec::new(),
            notifiers: Vec::new(),
            progress: Arc::default(),
            actor: Actor("scheduler".to_owned()),
            clock: Arc::new(Timestamp::now),
            patience: PATIENCE,
        }
    }

    /// Adds a watcher.
    #[must_use]
    pub fn watcher(mut self, watcher: Arc<dyn Watcher>) -> Self {
        self.watchers.push(watcher);
        self
    }

    /// Adds an auditor.
    #[must_use]
    pub fn auditor(mut self, auditor: Arc<dyn Auditor>) -> Self {
        self.auditors.push(auditor);
        self
    }

    /// Adds a notifier.
    #[must_use]
    pub fn notifier(mut self, notifier: Arc<dyn Notifier>) -> Self {
        self.notifiers.push(notifier);
        self
    }

    /// Names who makes the events happen; `scheduler` if nobody says.
    #[must_use]
    pub fn actor(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// Takes the time from elsewhere.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How long a sweep may hand out nothing before it is given up: 5 minutes if
    /// nobody says.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How far the running scan is.
    #[must_use]
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// What the watchers read.
    pub fn technologies(&self) -> impl Iterator<Item = &Technology> {
        self.watchers.iter().flat_map(|watcher| watcher.technologies())
    }

    /// Looks at everything planned, records what changed, audits it and tells.
    ///
    /// May be dropped at any time: what was appended stays, and the next scan simply
    /// continues.
    ///
    /// # Errors
    /// Where the log or the views fail. What the provider fails at is in the summary.
    pub async fn scan(&self, plan: &Plan) -> Result<Summary, Error> {
        self.views.catch_up(self.log.as_ref()).await?;
        let started_at = (self.clock)();
        let scan = ScanId::at(started_at);
        let planned = plan.accounts.iter().flat_map(|account| self.planned(plan, account));
        let started = Event::ScanStarted { planned: planned.collect() };
        self.append_scan(&scan, vec![started]).await?;

        let sweeps = plan.accounts.iter().map(|account| self.scopes(plan, account).len() as u64);
        self.progress.planned.fetch_add(sweeps.sum(), Ordering::Relaxed);

        let mut summary = Summary { scan: Some(scan.clone()), started_at, ..Summary::default() };
        let mut finished = Finished::default();
        let mut accounts = stream::iter(&plan.accounts)
            .map(|account| self.account(plan, account, &scan, started_at))
            .buffer_unordered(ACCOUNTS_AT_ONCE);
        while let Some(done) = accounts.next().await {
            let (swept, report) = done?;
            finished.sweeps += swept.completed;
            finished.seen += swept.counts.seen;
            finished.failed.extend(swept.failed);
            finished.skipped.extend(swept.skipped);
            summary.take(report, swept.counts);
        }
        summary.sweeps = finished.sweeps;
        self.append_scan(&scan, vec![Event::ScanFinished(finished)]).await?;
        self.views.catch_up(self.log.as_ref()).await?;
        summary.failures.sort_by(|a, b| {
            (&a.scope, &a.operation, &a.item, &a.part).cmp(&(
                &b.scope,
                &b.operation,
                &b.item,
                &b.part,
            ))
        });
        Ok(summary)
    }

    /// One account: all its sweeps, then its audit, then its message.
    async fn account(
        &self,
        plan: &Plan,
        account: &PlannedAccount,
        scan: &ScanId,
        started_at: Timestamp,
    ) -> Result<(Swept, Report), Error> {
        let mut swept = Swept::default();
        if let Err(error) = &account.regions {
            swept.regions_unknown(&account.account, self.regional(plan), error);
            let failures = swept.failures.iter().cloned().map(Event::SweepFailed).collect();
            self.append_scan(scan, failures).await?;
        }
        let mut sweeps = stream::iter(self.scopes(plan, account))
            .map(|(watcher, scope)| self.sweep(plan, watcher, scope, scan))
            .buffer_unordered(SCOPES_AT_ONCE);
        while let Some(one) = sweeps.next().await {
            swept.add(one?);
            self.progress.done.fetch_add(1, Ordering::Relaxed);
        }
        drop(sweeps);
        let mut report = self.audit_account(&account.account, scan, &mut swept).await?;
        let message = report.message(&account.account, scan.clone(), started_at, &swept);
        if !message.is_empty() {
            for notifier in &self.notifiers {
                if let Err(error) = deliver(notifier.as_ref(), &message).await {
                    report.undelivered.push((notifier.name().to_owned(), error.to_string()));
                }
            }
            report.messages.push(message);
        }
        report.failures.append(&mut swept.failures);
        Ok((swept, report))
    }

    /// Every watcher with every scope it is to look at in one account.
    fn scopes(&self, plan: &Plan, account: &PlannedAccount) -> Vec<(&dyn Watcher, Scope)> {
        let everywhere = [GLOBAL.to_owned()];
        let regions = account.regions.as_deref().unwrap_or(&everywhere);
        let mut scopes = Vec::new();
        for watcher in &self.watchers {
            let Some(reach) = wanted(plan, watcher.as_ref()).next().map(|one| one.reach) else {
                continue;
            };
            for region in regions {
                if (reach == Reach::Global) == (region == GLOBAL) {
                    let scope = Scope { account: account.account.clone(), region: region.clone() };
                    scopes.push((watcher.as_ref(), scope));
                }
            }
        }
        scopes
    }

    /// The regional technologies of the plan.
    fn regional<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a Technology> {
        self.watchers
            .iter()
            .flat_map(|watcher| wanted(plan, watcher.as_ref()))
            .filter(|technology| technology.reach == Reach::Regional)
    }

    /// The plan of one account as the log keeps it: by reach, because each has regions
    /// of its own.
    fn planned(&self, plan: &Plan, account: &PlannedAccount) -> Vec<Planned> {
        let everywhere = [GLOBAL.to_owned()];
        let regions = account.regions.as_deref().unwrap_or(&everywhere);
        [Reach::Global, Reach::Regional]
            .into_iter()
            .map(|reach| Planned {
                account: account.account.id.clone(),
                technologies: self
                    .watchers
                    .iter()
                    .flat_map(|watcher| wanted(plan, watcher.as_ref()))
                    .filter(|technology| technology.reach == reach)
                    .map(|technology| technology.id.to_owned())
                    .collect(),
                regions: regions
                    .iter()
                    .filter(|region| (reach == Reach::Global) == (*region == GLOBAL))
                    .cloned()
                    .collect(),
                complete: plan.all_regions && account.regions.is_ok(),
            })
            .filter(|planned| !planned.technologies.is_empty())
            .collect()
    }

    async fn append_scan(&self, scan: &ScanId, events: Vec<Event>) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let events = events.into_iter().map(|event| self.new_event(event, Some(scan))).collect();
        let stream = StreamId::scan(scan);
        self.log.append(vec![Append { stream, expected: Expected::Any, events }]).await?;
        Ok(())
    }

    fn new_event(&self, event: Event, scan: Option<&ScanId>) -> NewEvent {
        NewEvent {
            event,
            observed_at: (self.clock)(),
            actor: self.actor.clone(),
            scan: scan.cloned(),
        }
    }
}

/// The technologies of a watcher that a plan asks for.
fn wanted<'a>(plan: &'a Plan, watcher: &'a dyn Watcher) -> impl Iterator<Item = &'a Technology> {
    watcher.technologies().iter().filter(|technology| {
        plan.technologies.is_empty() || plan.technologies.iter().any(|id| id == technology.id)
    })
}

/// Delivers a message; a notifier that panics is one that failed.
async fn deliver(notifier: &dyn Notifier, message: &Message) -> Result<(), notify::Error> {
    use futures::FutureExt as _;
    std::panic::AssertUnwindSafe(notifier.notify(message))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(notify::Error::Refused("the notifier panicked".to_owned())))
}

impl Summary {
    fn take(&mut self, mut report: Report, counts: ItemCounts) {
        self.items.seen += counts.seen;
        self.items.created += counts.created;
        self.items.changed += counts.changed;
        self.items.deleted += counts.deleted;
        self.items.unchanged += counts.unchanged;
        self.issues.opened += report.issues.opened;
        self.issues.reopened += report.issues.reopened;
        self.issues.resolved += report.issues.resolved;
        self.strongest_new = self.strongest_new.max(report.strongest_new);
        self.failures.append(&mut report.failures);
        self.messages.append(&mut report.messages);
        self.undelivered.append(&mut report.undelivered);
    }
}
