//! What the HTTP interface asks of the daemon.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use secmonkey_app::Error;
use secmonkey_core::Timestamp;
use secmonkey_core::account::{Account, AccountId};
use secmonkey_core::event::{Actor, ScanId};
use secmonkey_core::live::LiveCounts;
use secmonkey_core::plan;
use secmonkey_core::query::{self, Known};
use secmonkey_core::record::AccountStateRecord;
use secmonkey_core::schedule::AccountState;
use secmonkey_core::scheduler::{self, Handle, RunNow};
use secmonkey_core::view;
use secmonkey_web::{
    Changes, Control, Ended, Failed, Health, Measured, NotifierSettings, Problem, Request, Running,
    Settings, Update,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::events::Events;
use crate::scanner::{Asked, Scanner};
use crate::size::Size;
use crate::telling::Telling;

/// How often is told how far a scan is.
const TELL: Duration = Duration::from_millis(200);

/// The daemon, as it is asked.
pub struct Controls {
    pub scanner: Arc<Scanner>,
    pub scheduler: Handle,
    pub size: Size,
    pub telling: Arc<Telling>,
    pub events: Arc<Events>,
}

#[async_trait]
impl Control for Controls {
    async fn scan(&self, request: Request, actor: Actor) -> Result<Running, Problem> {
        let setup = self.scanner.setup.get();
        let registry = setup.catalogue.registry();
        registry
            .require_technologies(&request.technologies)
            .map_err(|error| Problem::wrong(Error::from(error).to_string()))?;
        let off = setup.config.technologies.off();
        if let Some(id) = request.technologies.iter().find(|id| off.contains(id)) {
            return Err(Problem::wrong(Error::from(plan::Error::Off(id.clone())).to_string()));
        }
        let views = &self.scanner.opened.views;
        let registered = views.accounts().map_err(|error| broken(&error))?;
        let wanted = plan::accounts(&registered, &request.accounts)
            .map_err(|error| Problem::wrong(Error::from(error).to_string()))?;
        if wanted.is_empty() {
            return Err(Problem::wrong(
                "no account of ours is registered: see `secmonkey account add`",
            ));
        }
        let calls = self.scanner.sessions.api_calls();
        let mut ended = Ended::default();
        let mut scans = JoinSet::new();
        let mut accounts = Vec::new();
        for account in wanted {
            let id = account.id;
            let asked = Asked { actor: actor.clone(), regions: request.regions.clone() };
            self.scanner.ask(&id, asked);
            match self.scheduler.run_now(&id, &request.technologies).await {
                Ok(run) => {
                    accounts.push(id.clone());
                    scans.spawn(outcome(id, run));
                }
                Err(scheduler::Error::Refused(error)) => {
                    return Err(Problem::wrong(error.to_string()));
                }
                Err(error) => ended.failed.push(Failed { account: id, reason: error.to_string() }),
            }
        }
        let (sender, updates) = mpsc::channel(4);
        let scanner = Arc::clone(&self.scanner);
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(TELL);
            loop {
                tokio::select! {
                    done = scans.join_next() => match done {
                        Some(Ok((_, Ok(Some(scan))))) => ended.scans.push(scan),
                        Some(Ok((_, Ok(None)))) => {}
                        Some(Ok((account, Err(reason)))) => {
                            ended.failed.push(Failed { account, reason });
                        }
                        // A task of ours that panicked: the account's scan is in the log.
                        Some(Err(error)) => tracing::error!(%error, "a scan was not followed"),
                        None => break,
                    },
                    _ = tick.tick() => {
                        // Who asked may be gone: the scan goes on.
                        let _ = sender.try_send(progress(&scanner, &accounts));
                    }
                }
            }
            ended.scans.sort();
            ended.api_calls = scanner.sessions.api_calls().saturating_sub(calls);
            let _ = sender.send(Update::Ended(ended)).await;
        });
        Ok(Running { updates })
    }

    async fn stop(&self, scan: &ScanId, actor: &Actor) -> bool {
        self.scanner.stop(scan, actor)
    }

    fn settings(&self) -> Settings {
        let setup = self.scanner.setup.get();
        let config = &setup.config;
        let schedule = config.daemon.schedule();
        let notifiers = config.notify.iter().map(|(name, declared)| NotifierSettings {
            name: name.to_owned(),
            kind: declared.kind(name).to_owned(),
        });
        Settings {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            store_format: self.scanner.opened.store().ok().and_then(|it| it.format().ok()),
            interval_seconds: schedule.interval.seconds(),
            tasks: schedule.tasks as u64,
            tasks_per_account: schedule.tasks_per_account as u64,
            notifiers: notifiers.collect(),
        }
    }

    async fn health(&self) -> Health {
        let mut health = Health::default();
        if self.scheduler.state().await.is_err() {
            health.broken.push("the scheduler has stopped".to_owned());
        }
        if let Err(error) = self.scanner.opened.log.head().await {
            health.broken.push(format!("the store cannot be read: {error}"));
        }
        match self.scanner.opened.views.accounts() {
            Ok(accounts) if accounts.iter().any(Account::watched) => {}
            Ok(_) => health.waiting.push("no account is watched".to_owned()),
            Err(error) => health.broken.push(format!("the views cannot be read: {error}")),
        }
        health
    }

    async fn schedule(&self) -> Result<Vec<AccountState>, Problem> {
        let state = self.scheduler.state().await;
        state.map(|state| state.accounts).map_err(|error| Problem::unavailable(error.to_string()))
    }

    async fn measure(&self) -> Result<Measured, Problem> {
        let state = self.scheduler.state().await;
        let state = state.map_err(|error| Problem::unavailable(error.to_string()))?;
        let opened = &self.scanner.opened;
        let head = opened.log.head().await.map_err(|e| Problem::failed(e.to_string()))?;
        let known = Known::new(opened.views.clone(), Timestamp::now());
        let undecided = undecided(&known).map_err(|error| broken(&error))?;
        let health = query::account_health(&known).map_err(|e| Problem::failed(e.to_string()))?;
        let accounts = health.iter().filter(|one| one.account.watched()).map(|one| {
            let schedule = state.accounts.iter().find(|state| state.account == one.account.id);
            AccountStateRecord::new(one, schedule)
        });
        Ok(Measured {
            events: head.position.0,
            store_bytes: self.size.bytes().await,
            undecided,
            running: state.running as u64,
            overdue: state.waiting as u64,
            api_calls: self.scanner.sessions.calls().into_iter().collect(),
            throttled: self.scanner.sessions.throttled(),
            accounts: accounts.collect(),
            notifiers: self.telling.states(),
            changes: self.events.counts().map(|counts| changes(&counts)),
        })
    }
}

fn changes(counts: &LiveCounts) -> Changes {
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Changes {
        received: read(&counts.received),
        poisoned: read(&counts.poisoned),
        ignored: read(&counts.ignored),
        acknowledged: read(&counts.acknowledged),
        failures: read(&counts.failures),
    }
}

fn broken(error: &view::Error) -> Problem {
    Problem::failed(format!("the views cannot be read: {error}"))
}

/// What a scan came to that was asked for: its id, where it ran.
async fn outcome(account: AccountId, run: RunNow) -> (AccountId, Result<Option<ScanId>, String>) {
    let done = run.outcome().await;
    (account, done.map(|summary| summary.scan.clone()).map_err(|error| error.to_string()))
}

/// How far the scans of some accounts are.
fn progress(scanner: &Scanner, accounts: &[AccountId]) -> Update {
    let (mut planned, mut done, mut items, mut failures) = (0, 0, 0, 0);
    for one in accounts.iter().flat_map(|account| scanner.progress(account)) {
        planned += one.planned.load(Ordering::Relaxed);
        done += one.done.load(Ordering::Relaxed);
        items += one.items.load(Ordering::Relaxed);
        failures += one.failures.load(Ordering::Relaxed);
    }
    Update::Progress { planned, done, items, failures }
}

/// Items that some check cannot decide about, as the last audits say.
fn undecided(known: &Known) -> Result<u64, view::Error> {
    let mut all = 0;
    for account in known.views.accounts()?.iter() {
        let last = known.views.audited(&account.id)?;
        all += last.map_or(0, |last| last.undecided.iter().map(|one| one.items).sum());
    }
    Ok(all)
}
