//! Runs a [`Schedule`] over a log: what is due is scanned, what people decide takes effect,
//! until it is stopped.
//!
//! Whoever knows how to read accounts implements [`Scans`]; everything else comes from the
//! log. The [`Scheduler`] follows it: accounts that are registered, changed or removed and
//! decisions about the schedule take effect as soon as they are recorded, whoever recorded
//! them. What was last looked at is read from the views, so a restart goes on where the log
//! says.
//!
//! ```
//! use std::sync::Arc;
//!
//! use async_trait::async_trait;
//! use secmonkey_core::account::Account;
//! use secmonkey_core::log::memory::Memory;
//! use secmonkey_core::pipeline::Summary;
//! use secmonkey_core::schedule::Task;
//! use secmonkey_core::scheduler::{Scans, Scheduler};
//! use secmonkey_core::view::Views;
//! use tokio_util::sync::CancellationToken;
//!
//! struct Nothing;
//!
//! #[async_trait]
//! impl Scans for Nothing {
//!     fn technologies(&self, _: &Account) -> Vec<String> {
//!         Vec::new()
//!     }
//!
//!     async fn scan(&self, _: &Account, _: &Task, _: CancellationToken) -> Result<Summary, String> {
//!         Ok(Summary::default())
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let scheduler = Scheduler::new(Arc::new(Memory::default()), Views::in_memory(), Arc::new(Nothing));
//! let handle = scheduler.handle();
//! let stop = CancellationToken::new();
//! let running = tokio::spawn(scheduler.run(stop.clone()));
//! assert!(handle.state().await?.accounts.is_empty());
//! stop.cancel();
//! running.await.unwrap()?;
//! # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, StreamExt as _};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{self, JoinSet};
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::account::{Account, AccountId};
use crate::event::{Event, Position};
use crate::log::EventLog;
use crate::pipeline::{Clock, Summary};
use crate::schedule::{Outcome, RequestId, Rule, Schedule, Settings, Task, TaskId, Watched};
use crate::view::{self, Views};

mod handle;
mod looked_at;

use handle::{Answer, Command};
pub use handle::{Error, Handle, RunNow};
pub use looked_at::looked_at;

/// The clock is read this often at least: it may jump while nothing is due.
const GLANCE: Duration = Duration::from_secs(10);
/// Tasks have so long to end once the scheduler is stopped.
const GRACE: Duration = Duration::from_secs(8);
/// What is decided is taken this long after it was recorded: who registers an account
/// registers many.
const SETTLE: Duration = Duration::from_millis(250);
/// What could not be read is read again after this long.
const AGAIN: Duration = Duration::from_secs(5);
/// How many commands wait before whoever gives another waits, too.
const COMMANDS: usize = 64;

/// Reads accounts for a scheduler.
#[async_trait]
pub trait Scans: Send + Sync {
    /// The ids of the technologies that are looked at in an account; none where nobody reads
    /// accounts of its provider.
    fn technologies(&self, account: &Account) -> Vec<String>;

    /// Runs one task to its end, or until it is stopped: looks at the task's technologies in
    /// the account, as it is registered now, and records what it sees.
    ///
    /// # Errors
    /// Why it could not do its work, in one line; it is tried again soon. What could not be
    /// read is in the log, and no error.
    async fn scan(
        &self,
        account: &Account,
        task: &Task,
        stop: CancellationToken,
    ) -> Result<Summary, String>;
}

/// Scans what is due.
pub struct Scheduler {
    log: Arc<dyn EventLog>,
    views: Views,
    scans: Arc<dyn Scans>,
    clock: Clock,
    settings: Settings,
    grace: Duration,
    commands: mpsc::Receiver<Command>,
    handle: Handle,
}

impl Scheduler {
    /// A scheduler of all watched accounts of a log. Time comes from the system's clock.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, views: Views, scans: Arc<dyn Scans>) -> Self {
        let (sender, commands) = mpsc::channel(COMMANDS);
        Self {
            log,
            views,
            scans,
            clock: Arc::new(Timestamp::now),
            settings: Settings::default(),
            grace: GRACE,
            commands,
            handle: Handle::new(sender),
        }
    }

    /// Takes the time from elsewhere.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How it is set up; others can be handed in [later](Handle::configure).
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// How long tasks have to end once it is stopped: 8 seconds if nobody says.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Asks and tells it while it runs.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Runs until it is stopped. Tasks that run then are stopped, too, and waited for.
    ///
    /// # Errors
    /// Where the log or the views cannot be read at the start. What fails later is told to
    /// the traces and tried again.
    pub async fn run(self, stop: CancellationToken) -> Result<(), view::Error> {
        let Self { log, views, scans, clock, settings, grace, mut commands, handle } = self;
        // Others have handles of their own: when they are gone, nobody commands any more.
        drop(handle);
        let mut run = Run {
            views,
            scans,
            clock,
            schedule: Schedule::new(settings),
            accounts: BTreeMap::new(),
            tasks: JoinSet::new(),
            running: HashMap::new(),
            stops: HashMap::new(),
            asked: HashMap::new(),
        };
        let mut known = run.refresh(log.as_ref()).await?;
        let mut read = known;
        let mut events = log.subscribe(read);
        let mut stale = None;
        loop {
            run.start();
            let wake = run.wake();
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = run.tasks.join_next_with_id() => run.ended(ended),
                Some(command) = commands.recv() => {
                    // Other technologies may be looked at from now on.
                    if matches!(command, Command::Configure(_)) {
                        stale = Some(Instant::now());
                    }
                    run.command(command);
                }
                () = due(stale) => match run.refresh(log.as_ref()).await {
                    Ok(position) => (known, stale) = (position, None),
                    Err(error) => {
                        tracing::warn!(%error, "the accounts cannot be read: trying again");
                        stale = Some(Instant::now() + AGAIN);
                    }
                },
                event = events.next() => match event {
                    Some(Ok(envelope)) => {
                        read = envelope.position;
                        if concerns(&envelope.event) && read > known {
                            stale.get_or_insert_with(|| Instant::now() + SETTLE);
                        }
                    }
                    ended => {
                        let why = ended.and_then(Result::err).map(|error| error.to_string());
                        tracing::warn!(why, "the log cannot be followed: trying again");
                        let later = stream::once(tokio::time::sleep(AGAIN));
                        let log = log.as_ref();
                        events = later.flat_map(move |()| log.subscribe(read)).boxed();
                    }
                },
                () = sleep_until(wake) => {}
            }
        }
        run.stop(grace).await;
        Ok(())
    }
}

/// Whether the schedule depends on an event.
fn concerns(event: &Event) -> bool {
    matches!(
        event,
        Event::AccountRegistered(_)
            | Event::AccountUpdated(_)
            | Event::AccountRemoved { .. }
            | Event::ScheduleChanged(_)
            | Event::ScheduleReset(_)
    )
}

/// Waits for a time; for ever where there is none.
async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// What the log says of whom to look at, and when.
struct Recorded {
    decided: Vec<Rule>,
    accounts: BTreeMap<AccountId, Account>,
    watched: Vec<Watched>,
}

/// Reads what the log says of whom to look at; when that was last done of those that are not
/// known yet.
fn recorded(
    views: &Views,
    scans: &dyn Scans,
    known: &BTreeSet<AccountId>,
) -> Result<Recorded, view::Error> {
    let decided = views.schedule()?.into_iter().filter(|row| row.ended.is_none());
    let decided = decided.map(|row| row.rule).collect();
    let (mut accounts, mut watched) = (BTreeMap::new(), Vec::new());
    for account in views.accounts()?.iter().filter(|account| account.watched()) {
        let technologies = scans.technologies(account);
        if technologies.is_empty() {
            continue;
        }
        let mut one = Watched::new(account.id.clone(), technologies);
        if !known.contains(&account.id) {
            one.looked_at = looked_at(views, &account.id)?;
        }
        watched.push(one);
        accounts.insert(account.id.clone(), account.clone());
    }
    Ok(Recorded { decided, accounts, watched })
}

type Ended = Result<(task::Id, Result<Summary, String>), task::JoinError>;

/// A scheduler that runs.
struct Run {
    views: Views,
    scans: Arc<dyn Scans>,
    clock: Clock,
    schedule: Schedule,
    /// The accounts that are watched, as they are registered.
    accounts: BTreeMap<AccountId, Account>,
    tasks: JoinSet<Result<Summary, String>>,
    running: HashMap<task::Id, TaskId>,
    /// Stops a task; with whoever waits for what it comes to.
    stops: HashMap<TaskId, (AccountId, CancellationToken, Vec<Answer>)>,
    /// Who waits for what has not begun.
    asked: HashMap<RequestId, Vec<Answer>>,
}

impl Run {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// When to look again: when something is due, or after a glance at the clock.
    fn wake(&self) -> Instant {
        let until = self.schedule.next_wake().map(|next| self.now().duration_until(next));
        let until = until.map_or(GLANCE, |until| until.try_into().unwrap_or_default());
        Instant::now() + until.min(GLANCE)
    }

    /// Takes the accounts and decisions of the log. Returns up to where they are known.
    async fn refresh(&mut self, log: &dyn EventLog) -> Result<Position, view::Error> {
        let position = self.views.catch_up(log).await?;
        let (views, scans) = (self.views.clone(), Arc::clone(&self.scans));
        let known: BTreeSet<_> =
            self.accounts.keys().filter(|id| self.schedule.watches(id)).cloned().collect();
        let Recorded { decided, accounts, watched } =
            view::blocking(move || recorded(&views, scans.as_ref(), &known)).await?;
        self.accounts = accounts;
        let now = self.now();
        self.schedule.decide(decided, now);
        for lost in self.schedule.set_accounts(watched, now) {
            for answer in self.asked.remove(&lost).into_iter().flatten() {
                let _ = answer.send(Err(Error::Gone));
            }
        }
        // Nobody means to look at them any more.
        for (account, stop, _) in self.stops.values() {
            if !self.accounts.contains_key(account) {
                stop.cancel();
            }
        }
        Ok(position)
    }

    /// Begins what may begin.
    fn start(&mut self) {
        let now = self.now();
        for task in self.schedule.start(now) {
            let id = task.id;
            let asked = task.request.and_then(|request| self.asked.remove(&request));
            let Some(account) = self.accounts.get(&task.account).cloned() else {
                // It went between two looks.
                self.schedule.ended(id, Outcome::Done, now);
                continue;
            };
            let (scans, stop) = (Arc::clone(&self.scans), CancellationToken::new());
            let answers = asked.unwrap_or_default();
            self.stops.insert(id, (task.account.clone(), stop.clone(), answers));
            let spawned = self.tasks.spawn(async move { scans.scan(&account, &task, stop).await });
            self.running.insert(spawned.id(), id);
        }
    }

    /// Takes what a task came to.
    fn ended(&mut self, ended: Ended) {
        let (spawned, scanned) = match ended {
            Ok(ended) => ended,
            Err(error) => (error.id(), Err(format!("the task ended early: {error}"))),
        };
        let Some(task) = self.running.remove(&spawned) else { return };
        let Some((account, _, answers)) = self.stops.remove(&task) else { return };
        let scanned = scanned.map(Arc::new);
        let outcome = match &scanned {
            Ok(_) => Outcome::Done,
            Err(reason) => {
                tracing::warn!(%account, reason, "the scan failed: trying again soon");
                Outcome::Failed(reason.clone())
            }
        };
        let now = self.now();
        self.schedule.ended(task, outcome, now);
        for answer in answers {
            let _ = answer.send(scanned.clone().map_err(Error::Failed));
        }
    }

    fn command(&mut self, command: Command) {
        let now = self.now();
        match command {
            Command::RunNow { account, technologies, reply } => {
                let asked = self.schedule.run_now(&account, &technologies, now);
                let asked = asked.map(|request| {
                    let (answer, outcome) = oneshot::channel();
                    self.asked.entry(request).or_default().push(answer);
                    RunNow::new(outcome)
                });
                let _ = reply.send(asked);
            }
            Command::State(reply) => drop(reply.send(self.schedule.state())),
            Command::Technologies(account, reply) => {
                let _ = reply.send(self.schedule.technologies(&account));
            }
            Command::Configure(settings) => self.schedule.configure(settings, now),
        }
    }

    /// Stops all tasks and waits for them.
    async fn stop(mut self, grace: Duration) {
        self.stops.values().for_each(|(_, stop, _)| stop.cancel());
        let until = Instant::now() + grace;
        while let Ok(Some(ended)) = timeout_at(until, self.tasks.join_next_with_id()).await {
            self.ended(ended);
        }
        if !self.tasks.is_empty() {
            tracing::warn!(tasks = self.tasks.len(), "tasks did not end in time");
            self.tasks.shutdown().await;
        }
    }
}

#[cfg(test)]
mod tests;
