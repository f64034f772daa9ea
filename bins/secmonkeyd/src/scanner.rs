//! Scans for the scheduler: from an account and technologies to what was recorded.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use secmonkey_app::scan::{self, Wanted};
use secmonkey_app::{Error, Opened};
use secmonkey_aws::session::{self, Sessions};
use secmonkey_core::account::{Account, AccountId};
use secmonkey_core::event::{Actor, ScanId};
use secmonkey_core::pipeline::{self, Progress, Summary};
use secmonkey_core::schedule::Task;
use secmonkey_core::scheduler::Scans;
use secmonkey_web::{Metrics, Outcome};
use tokio_util::sync::CancellationToken;

use crate::setup::Current;

/// Who scans what is due, as the log says.
const SCHEDULER: &str = "scheduler";

/// A scan that runs.
struct Running {
    progress: Arc<Progress>,
    stop: CancellationToken,
}

/// What somebody asked for of an account.
pub struct Asked {
    /// Who: the log says that they started the scan.
    pub actor: Actor,
    /// The regions; all where none is named.
    pub regions: Vec<String>,
}

/// Scans accounts with the setup that counts when a scan begins.
pub struct Scanner {
    pub opened: Arc<Opened>,
    pub setup: Current,
    pub sessions: Sessions,
    pub metrics: Metrics,
    running: Mutex<HashMap<AccountId, Vec<Running>>>,
    /// What somebody asked for last, of an account whose scan has not begun.
    asked: Mutex<HashMap<AccountId, Asked>>,
}

impl Scanner {
    pub fn new(opened: Arc<Opened>, setup: Current, sessions: Sessions, metrics: Metrics) -> Self {
        let (running, asked) = Default::default();
        Self { opened, setup, sessions, metrics, running, asked }
    }

    /// How far the scans of an account are that run now.
    pub fn progress(&self, account: &AccountId) -> Vec<Arc<Progress>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let all = running.get(account).into_iter().flatten();
        all.map(|one| Arc::clone(&one.progress)).collect()
    }

    /// Stops a scan, and says whether it runs. What it read by then is recorded, and who stopped
    /// it.
    pub fn stop(&self, scan: &ScanId, actor: &Actor) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let found = running.values().flatten().find(|one| one.progress.scan() == Some(scan));
        let stopped = found.inspect(|one| {
            one.progress.stopped_by(actor);
            one.stop.cancel();
        });
        stopped.is_some()
    }

    /// The next scan of an account that is not due but asked for is this one.
    pub fn ask(&self, account: &AccountId, asked: Asked) {
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(account.clone(), asked);
    }

    async fn look(
        &self,
        account: &Account,
        task: &Task,
        stop: CancellationToken,
    ) -> Result<Summary, Error> {
        let setup = self.setup.get();
        let mut account = account.clone();
        match self.sessions.caller().await {
            Ok(caller) => scan::enter(&setup.config.scan, &caller, &mut account),
            // It may answer again while we read.
            Err(session::Error::Unreachable(reason)) => {
                tracing::debug!(reason, "cannot ask whose credentials these are");
            }
            Err(error) => return Err(Error::usage(error.to_string())),
        }
        let asked = task.request.and_then(|_| {
            self.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(&account.id)
        });
        let due = || Asked { actor: Actor::from(SCHEDULER), regions: Vec::new() };
        let Asked { actor, regions } = asked.unwrap_or_else(due);
        let wanted = Wanted { technologies: task.technologies.clone(), regions };
        let (config, catalogue) = (&setup.config, &setup.catalogue);
        let accounts = vec![account.clone()];
        let plan = scan::plan(config, catalogue, &self.sessions, wanted, accounts).await?;
        let pipeline = scan::pipeline(config, catalogue, &self.sessions, &self.opened, actor)?;
        let scan = pipeline.scan(&plan);
        let stopped = scan.stop();
        let running = Running { progress: scan.progress(), stop: stopped.clone() };
        let _shown = Shown::new(self, &account, running);
        tokio::pin!(scan);
        tokio::select! {
            done = &mut scan => return Ok(done?),
            () = stop.cancelled() => stopped.cancel(),
        }
        Ok(scan.await?)
    }
}

/// Keeps a scan in sight, and what is kept for an account while it is scanned.
struct Shown<'a> {
    scanner: &'a Scanner,
    account: &'a Account,
    progress: Arc<Progress>,
}

impl<'a> Shown<'a> {
    fn new(scanner: &'a Scanner, account: &'a Account, scan: Running) -> Self {
        let progress = Arc::clone(&scan.progress);
        let mut running = scanner.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.entry(account.id.clone()).or_default().push(scan);
        Self { scanner, account, progress }
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        let mut running = self.scanner.running.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(all) = running.get_mut(&self.account.id) else { return };
        all.retain(|one| !Arc::ptr_eq(&one.progress, &self.progress));
        if all.is_empty() {
            running.remove(&self.account.id);
            // Clients and budgets of a thousand accounts are not kept between scans.
            self.scanner.sessions.forget(self.account);
        }
    }
}

#[async_trait]
impl Scans for Scanner {
    fn technologies(&self, account: &Account) -> Vec<String> {
        let setup = self.setup.get();
        let off = setup.config.technologies.off();
        let all = setup.catalogue.registry().technologies();
        all.filter(|one| one.provider == account.provider && !off.iter().any(|id| *id == one.id))
            .map(|one| one.id.clone().into_owned())
            .collect()
    }

    async fn scan(
        &self,
        account: &Account,
        task: &Task,
        stop: CancellationToken,
    ) -> Result<Summary, String> {
        let began = Instant::now();
        let done = self.look(account, task, stop).await;
        let outcome = match &done {
            Ok(one) if one.failures.is_empty() && !one.interrupted => Outcome::Complete,
            Ok(_) => Outcome::Partial,
            Err(_) => Outcome::Failed,
        };
        self.metrics.scanned(outcome, began.elapsed());
        if let Ok(summary) = &done {
            told(account, summary, began);
        }
        done.map_err(|error| error.to_string())
    }
}

/// Says what a scan came to, in one line.
fn told(account: &Account, summary: &Summary, began: Instant) {
    let pipeline::Summary { items, issues, failures, interrupted, .. } = summary;
    let why = failures.first().map(|one| format!("{}: {}", one.operation, one.reason));
    let took = format!("{:.1}s", began.elapsed().as_secs_f64());
    let (name, id, failed) = (account.name.as_str(), &account.id, failures.len());
    let said = if *interrupted { "scan stopped" } else { "scanned" };
    tracing::info!(
        account = name,
        %id,
        took,
        items = items.seen,
        new = items.created,
        changed = items.changed,
        deleted = items.deleted,
        opened = issues.opened,
        resolved = issues.resolved,
        failed,
        why,
        "{said}"
    );
}
