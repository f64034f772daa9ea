//! The pipeline: sweep, compare, append, audit, append, tell.
//!
//! [`Pipeline`] composes watchers, auditors and notifiers over one log. Anyone can
//! build one from their own parts; nothing else has to be wired:
//!
//! ```
//! use std::sync::Arc;
//! use secmonkey_core::log::memory::Memory;
//! use secmonkey_core::pipeline::Pipeline;
//! use secmonkey_core::plan::Plan;
//! use secmonkey_core::view::Views;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let pipeline = Pipeline::new(Arc::new(Memory::default()), Views::in_memory());
//! let summary = pipeline.scan(&Plan::default()).await?;
//! assert_eq!(summary.items.seen, 0);
//! # Ok::<_, secmonkey_core::pipeline::Error>(()) }).unwrap();
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::account::{Account, Accounts};
use crate::attribution::{ChangeLog, Hint};
use crate::audit::Verdict;
use crate::check::{Auditor, Findings, World};
use crate::event::{Actor, Event, Failure, IssueCounts, ItemCounts, ScanId, StreamId};
use crate::governance::Governance;
use crate::item::is_part;
use crate::log::{self, Append, AppendError, EventLog, Expected};
use crate::notify::{Message, Notifier, Undelivered};
use crate::plan::{Plan, PlannedAccount};
use crate::registry::Registry;
use crate::secret::DigestKey;
use crate::technology::{Reach, Technology};
use crate::view::{self, ItemRow, Views};
use crate::watch::Watcher;

mod attribute;
mod audit;
mod clock;
mod facts;
mod limits;
mod look;
mod pending;
mod recall;
mod scan;
mod sweep;
mod tell;

pub(crate) use audit::verdict;
pub use facts::facts;
pub use limits::Limits;
pub use look::Sought;

/// A batch goes to the log when it holds this many events,
const BATCH_EVENTS: usize = 256;
/// or this many bytes of configurations and patches.
const BATCH_BYTES: usize = 1 << 20;
/// A sweep that hands out nothing for this long is given up.
const PATIENCE: Duration = Duration::from_mins(5);
/// Other accounts are waited for so long before what looks at all of them is judged.
const DEADLINE: Duration = Duration::from_mins(15);
/// A notifier has so long to deliver one message.
const DELIVERY: Duration = Duration::from_secs(30);
/// How often a write that met another one is tried again before it is given up.
const CONFLICTS: usize = 32;

/// The time, as the pipeline is told it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Watchers, auditors and notifiers over one log. Cheap to clone: all clones are one.
#[derive(Clone)]
pub struct Pipeline(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    log: Arc<dyn EventLog>,
    views: Views,
    watchers: Vec<Arc<dyn Watcher>>,
    auditors: Vec<Arc<dyn Auditor>>,
    notifiers: Vec<Arc<dyn Notifier>>,
    change_logs: Vec<Arc<dyn ChangeLog>>,
    actor: Actor,
    clock: Clock,
    trusts_clock: bool,
    patience: Duration,
    limits: Limits,
    deadline: Duration,
    delivery: Duration,
    digest_key: Option<DigestKey>,
    done: Option<Arc<Done>>,
}

/// Told of an account that a scan is done with.
type Done = dyn Fn(&Account) + Send + Sync;

/// What a scan came to.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Summary {
    /// The scan; `None` before it started, and where it is several.
    pub scan: Option<ScanId>,
    /// When it started.
    pub started_at: Timestamp,
    /// Whether it was stopped before it was done.
    pub interrupted: bool,
    /// Scopes that were looked at to the end.
    pub sweeps: u64,
    /// Every look that failed.
    pub failures: Vec<Failure>,
    /// Items, in numbers.
    pub items: ItemCounts,
    /// Issues, in numbers.
    pub issues: IssueCounts,
    /// Checks that could not decide because this scan failed to read something they need,
    /// and about how many items.
    pub undecided: BTreeMap<String, u64>,
    /// The highest score among the issues opened or reopened, first looks and first
    /// decisions aside.
    pub strongest_new: Option<u8>,
    /// What was told, in the order of the log.
    pub messages: Vec<Message>,
    /// What could not be told to whom, and why. It is told again with the next scan.
    pub undelivered: Vec<Undelivered>,
    /// Why the log's head could not be kept outside of it.
    pub unpublished: Option<String>,
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
    scan: OnceLock<ScanId>,
    stopped_by: OnceLock<Actor>,
}

impl Progress {
    /// The id of the scan, once it has begun.
    #[must_use]
    pub fn scan(&self) -> Option<&ScanId> {
        self.scan.get()
    }

    /// Says who stops it, before its token is cancelled: the log does where it ends. Who says so
    /// first did.
    pub fn stopped_by(&self, actor: &Actor) {
        let _ = self.stopped_by.set(actor.clone());
    }

    fn count(counter: &AtomicU64, more: u64) {
        counter.fetch_add(more, Ordering::Relaxed);
    }
}

/// Why a scan or an audit ended early. What it appended stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It cannot work as it is put together.
    #[error(transparent)]
    Wiring(#[from] Wiring),
    /// The log took no more.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The views cannot be read or written.
    #[error(transparent)]
    View(#[from] view::Error),
    /// The clock is wrong; says which time it tells, and which the provider.
    #[error("{0}")]
    Clock(String),
    /// It had begun. What it recorded stays, and what that came to is told.
    #[error("it ended early, what was recorded stays: {error}")]
    EndedEarly {
        /// What it came to by then.
        summary: Box<Summary>,
        /// Why it ended.
        #[source]
        error: Box<Self>,
    },
    /// A task of ours was stopped, or panicked.
    #[error("a task of the scan ended early: {0}")]
    Task(String),
}

/// What is wrong with how a pipeline is put together, or with a plan for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Wiring {
    /// No watcher reads it.
    #[error("nobody watches the technology `{0}`")]
    UnknownTechnology(String),
    /// Two watchers read it: each would take what the other sees for gone.
    #[error("two watchers read the technology `{0}`")]
    WatchedTwice(String),
    /// An id or a region from which no item key can be read back.
    #[error(
        "`{0}` cannot stand in an item key: it is empty, too long, or has a blank, a slash or what \
         does not show"
    )]
    Unkeyable(String),
    /// A watcher of technologies that have not one reach, or are of another provider.
    #[error("the watcher of `{0}` has technologies of several reaches or providers")]
    Mixed(String),
    /// Secret values would be recorded as they are.
    #[error(
        "the technology `{0}` has secret members, and the pipeline has no key to digest them with"
    )]
    NoDigestKey(String),
    /// An account stands in a plan twice.
    #[error("account {0} is planned twice")]
    PlannedTwice(String),
    /// Nobody reads accounts of the provider.
    #[error("account {account}: no watcher reads accounts of the provider `{provider}`")]
    UnknownProvider {
        /// The account's id.
        account: String,
        /// Its provider.
        provider: String,
    },
}

impl Pipeline {
    /// A pipeline of nothing over a log. Time comes from the system's clock.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, views: Views) -> Self {
        Self(Arc::new(Parts {
            log,
            views,
            watchers: Vec::new(),
            auditors: Vec::new(),
            notifiers: Vec::new(),
            change_logs: Vec::new(),
            actor: Actor::from("scheduler"),
            clock: Arc::new(Timestamp::now),
            trusts_clock: false,
            patience: PATIENCE,
            limits: Limits::default(),
            deadline: DEADLINE,
            delivery: DELIVERY,
            digest_key: None,
            done: None,
        }))
    }

    fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Adds a watcher.
    #[must_use]
    pub fn watcher(self, watcher: Arc<dyn Watcher>) -> Self {
        self.with(|parts| parts.watchers.push(watcher))
    }

    /// Adds watchers.
    #[must_use]
    pub fn watchers(self, watchers: impl IntoIterator<Item = Arc<dyn Watcher>>) -> Self {
        self.with(|parts| parts.watchers.extend(watchers))
    }

    /// Adds an auditor.
    #[must_use]
    pub fn auditor(self, auditor: Arc<dyn Auditor>) -> Self {
        self.with(|parts| parts.auditors.push(auditor))
    }

    /// Adds auditors.
    #[must_use]
    pub fn auditors(self, auditors: impl IntoIterator<Item = Arc<dyn Auditor>>) -> Self {
        self.with(|parts| parts.auditors.extend(auditors))
    }

    /// Adds a notifier.
    #[must_use]
    pub fn notifier(self, notifier: Arc<dyn Notifier>) -> Self {
        self.with(|parts| parts.notifiers.push(notifier))
    }

    /// Adds notifiers.
    #[must_use]
    pub fn notifiers(self, notifiers: impl IntoIterator<Item = Arc<dyn Notifier>>) -> Self {
        self.with(|parts| parts.notifiers.extend(notifiers))
    }

    /// Adds a log of calls: scans ask it who changed what they saw to change.
    #[must_use]
    pub fn change_log(self, log: Arc<dyn ChangeLog>) -> Self {
        self.with(|parts| parts.change_logs.push(log))
    }

    /// Names who makes the events happen; `scheduler` if nobody says.
    #[must_use]
    pub fn actor(self, actor: Actor) -> Self {
        self.with(|parts| parts.actor = actor)
    }

    /// Takes the time from elsewhere.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.with(|parts| parts.clock = clock)
    }

    /// How long a sweep may hand out nothing before it is given up: 5 minutes if
    /// nobody says.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        self.with(|parts| parts.patience = patience)
    }

    /// How long an account that is done waits for the others of its scan, before the checks
    /// that look at all accounts are asked: 15 minutes if nobody says.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        self.with(|parts| parts.deadline = deadline)
    }

    /// How long a notifier may take for one message: 30 seconds if nobody says.
    #[must_use]
    pub fn delivery(self, delivery: Duration) -> Self {
        self.with(|parts| parts.delivery = delivery)
    }

    /// The key that secret values are digested with.
    #[must_use]
    pub fn digest_key(self, key: DigestKey) -> Self {
        self.with(|parts| parts.digest_key = Some(key))
    }

    /// Calls this for each account once its sweeps are done: whoever keeps something for an
    /// account can let it go.
    #[must_use]
    pub fn when_account_done(self, done: impl Fn(&Account) + Send + Sync + 'static) -> Self {
        self.with(|parts| parts.done = Some(Arc::new(done)))
    }

    /// What the watchers read.
    pub fn technologies(&self) -> impl Iterator<Item = &Technology> {
        self.0.watchers.iter().flat_map(|watcher| watcher.technologies())
    }

    /// The views.
    #[must_use]
    pub fn views(&self) -> &Views {
        &self.0.views
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.now()
    }

    /// Looks at everything planned, records what changed, audits it and tells. Accounts of
    /// the plan that are not registered are.
    ///
    /// The scan runs while the answer is awaited, wherever that is: it may be spawned. It may
    /// be [stopped](Scan::stop), and dropped at any time: what was appended stays, and the
    /// next scan simply continues.
    ///
    /// # Errors
    /// Where the log or the views fail before it has begun, or the pipeline
    /// [cannot work](Self::check). What fails later, and what the provider fails at, is in the
    /// summary.
    pub fn scan(&self, plan: &Plan) -> Scan {
        let (progress, stop) = (Arc::<Progress>::default(), CancellationToken::new());
        let run = scan::Run::new(self, plan.clone(), Arc::clone(&progress), stop.clone());
        Scan { progress, stop, run: Box::pin(run.scan()) }
    }

    /// Looks at a few items of an account directly, records what changed of them and who
    /// changed it, audits that and tells: a scan, but for what it says of other items, which is
    /// nothing. Items that nobody knows yet are recorded where they are there. Where a provider
    /// cannot be asked for one item of a technology, all of its scope are read.
    ///
    /// # Errors
    /// As [`scan`](Self::scan).
    pub fn look(&self, account: &Account, sought: Vec<Sought>) -> Scan {
        let (progress, stop) = (Arc::<Progress>::default(), CancellationToken::new());
        let planned = PlannedAccount { account: account.clone(), regions: Ok(Vec::new()) };
        let plan = Plan { accounts: vec![planned], ..Plan::default() };
        let run = scan::Run::new(self, plan, Arc::clone(&progress), stop.clone());
        Scan { progress, stop, run: Box::pin(run.look(sought)) }
    }

    /// Says in the log who made changes that are recorded, as far as these hints tell: for what
    /// comes to light late. Looks at nothing. Returns how many revisions are attributed better
    /// than before.
    ///
    /// # Errors
    /// Where the log or the views fail.
    pub async fn attribute(&self, hints: Vec<Hint>) -> Result<usize, Error> {
        self.0.views.catch_up(self.0.log.as_ref()).await?;
        attribute::attribute_all(&self.0, None, hints).await
    }

    /// What the pipeline reads and judges.
    #[must_use]
    pub fn registry(&self) -> Registry {
        registry(&self.0)
    }

    /// The log.
    #[must_use]
    pub fn log(&self) -> &dyn EventLog {
        self.0.log.as_ref()
    }

    /// Audits everything stored of these accounts; looks at nothing.
    ///
    /// # Errors
    /// As [`scan`](Self::scan).
    pub fn audit(&self, accounts: &[Account]) -> Scan {
        let (progress, stop) = (Arc::<Progress>::default(), CancellationToken::new());
        let plan = Plan::default();
        let run = scan::Run::new(self, plan, Arc::clone(&progress), stop.clone());
        Scan { progress, stop, run: Box::pin(run.audit(accounts.to_vec())) }
    }

    /// What the checks say about every item in `views`, at the time `now`, with the parameters
    /// that `governance` sets. Nothing is appended: the views may be those of a past instant.
    pub fn judge<'a>(
        &'a self,
        views: &'a Views,
        accounts: &'a Accounts,
        now: Timestamp,
        governance: &'a Governance,
    ) -> impl Iterator<Item = Result<(ItemRow, Verdict), Error>> + 'a {
        let facts = facts(views);
        views.items().filter(|row| !matches!(row, Ok(row) if row.deleted)).map(move |row| {
            let row = row?;
            let world = World::new(now, accounts, &facts);
            let (found, auditors) = (Findings::default(), &self.0.auditors);
            let verdict = verdict(found, auditors, views, &row, &world, governance)?;
            Ok((row, verdict))
        })
    }

    /// Says of every scan in the log that has no end that it died. Only for who holds the
    /// log alone and runs no scan.
    ///
    /// # Errors
    /// Where the log or the views fail.
    pub async fn close_dead_scans(&self) -> Result<Vec<ScanId>, Error> {
        let parts = &self.0;
        parts.views.catch_up(parts.log.as_ref()).await?;
        let dead = parts.views.open_scans()?;
        for scan in &dead {
            let by = crate::event::Interruption::Died;
            parts.append_scan(scan, vec![Event::ScanInterrupted { by }]).await?;
        }
        parts.views.catch_up(parts.log.as_ref()).await?;
        Ok(dead)
    }

    /// Whether the pipeline is put together so that it can work, and a plan is one for it.
    /// Every scan begins with this.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn check(&self, plan: &Plan) -> Result<(), Wiring> {
        let mut known: BTreeMap<&str, &Technology> = BTreeMap::new();
        for watcher in &self.0.watchers {
            let technologies = watcher.technologies();
            let Some(first) = technologies.first() else { continue };
            for technology in technologies {
                let id = technology.id.as_ref();
                if !is_part(id) {
                    return Err(Wiring::Unkeyable(id.to_owned()));
                }
                if technology.reach != first.reach || technology.provider != watcher.provider() {
                    return Err(Wiring::Mixed(id.to_owned()));
                }
                if !technology.secret.is_empty() && self.0.digest_key.is_none() {
                    return Err(Wiring::NoDigestKey(id.to_owned()));
                }
                if known.insert(id, technology).is_some() {
                    return Err(Wiring::WatchedTwice(id.to_owned()));
                }
            }
        }
        if let Some(unknown) = plan.technologies.iter().find(|id| !known.contains_key(id.as_str()))
        {
            return Err(Wiring::UnknownTechnology(unknown.clone()));
        }
        let mut accounts = BTreeSet::new();
        for planned in &plan.accounts {
            let account = &planned.account;
            if !accounts.insert(&account.id) {
                return Err(Wiring::PlannedTwice(account.id.to_string()));
            }
            let read = |watcher: &Arc<dyn Watcher>| watcher.provider() == account.provider;
            if !self.0.watchers.is_empty() && !self.0.watchers.iter().any(read) {
                return Err(Wiring::UnknownProvider {
                    account: account.id.to_string(),
                    provider: account.provider.to_string(),
                });
            }
            let mut regions = planned.regions.iter().flatten();
            if let Some(region) = regions.find(|region| !is_part(region)) {
                return Err(Wiring::Unkeyable(region.clone()));
            }
        }
        Ok(())
    }
}

/// A scan: await it, watch it, stop it.
#[must_use = "a scan does nothing unless it is awaited"]
pub struct Scan {
    progress: Arc<Progress>,
    stop: CancellationToken,
    run: BoxFuture<'static, Result<Summary, Error>>,
}

impl Scan {
    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Ends it when cancelled: what was read is appended, the log says that it was
    /// interrupted, and the summary tells what it came to.
    #[must_use]
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }
}

impl Future for Scan {
    type Output = Result<Summary, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.run.as_mut().poll(context)
    }
}

impl Parts {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Events of a stream that belong to a scan.
    fn append_of(
        &self,
        scan: &ScanId,
        stream: StreamId,
        expected: Expected,
        events: impl IntoIterator<Item = Event>,
    ) -> Append {
        Append::new(stream, expected, &self.actor, self.now(), events).in_scan(scan)
    }

    /// Appends to the stream of a scan, which nobody but the scan writes to.
    async fn append_scan(&self, scan: &ScanId, events: Vec<Event>) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let append = self.append_of(scan, StreamId::scan(scan), Expected::Any, events);
        self.log.append(vec![append]).await?;
        Ok(())
    }
}

/// What a pipeline reads and judges.
fn registry(parts: &Parts) -> Registry {
    Registry::new(
        parts.watchers.iter().flat_map(|watcher| watcher.technologies()).cloned(),
        parts.auditors.iter().flat_map(|auditor| auditor.checks()).cloned(),
    )
}

/// The technologies of a watcher that a plan asks for.
fn wanted<'a>(plan: &'a Plan, watcher: &'a dyn Watcher) -> impl Iterator<Item = &'a Technology> {
    watcher.technologies().iter().filter(|technology| plan.reads(&technology.id))
}

/// Whether a technology is listed in a region.
fn is_listed_in(reach: Reach, region: &str) -> bool {
    (reach == Reach::Global) == (region == crate::item::GLOBAL)
}
