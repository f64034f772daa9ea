//! One scan: a task for each account, what they came to in the log, and its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use jiff::SignedDuration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::attribute::attribute_swept;
use super::audit::{Asked, audit_account};
use super::recall::strongest_new;
use super::sweep::{CHANGED, OneSweep, Outcome, Swept, Task};
use super::tell::Teller;
use super::{CONFLICTS, Error, Parts, Pipeline, Progress, Summary, is_listed_in, wanted};
use crate::account::{Account, AccountId};
use crate::event::{
    self, Counts, Event, Failure, Interruption, Planned, Position, ScanId, ScopeId, ScopePart,
    Scopes, StreamId, Version,
};
use crate::item::GLOBAL;
use crate::log::{Append, AppendError, Expected};
use crate::plan::{Plan, PlannedAccount};
use crate::technology::{Reach, Technology};
use crate::view::{self, Views};
use crate::watch::{self as watchers, Scope, Watcher};

/// How many accounts are read at the same time,
const ACCOUNTS_AT_ONCE: usize = 8;
/// and how many scopes of each.
const SCOPES_AT_ONCE: usize = 16;
/// While sweeps end, the log learns what completed this often at least.
const COMPLETIONS: Duration = Duration::from_secs(30);

/// A scan that is to run.
pub(super) struct Run {
    pub(super) parts: Arc<Parts>,
    pub(super) pipeline: Pipeline,
    pub(super) plan: Plan,
    progress: Arc<Progress>,
    stop: CancellationToken,
}

/// What the tasks of a scan share.
pub(super) struct Shared {
    pub(super) parts: Arc<Parts>,
    pub(super) plan: Plan,
    pub(super) scan: ScanId,
    pub(super) progress: Arc<Progress>,
    pub(super) stop: CancellationToken,
    /// How many accounts are read at the same time.
    reading: Semaphore,
    /// How many accounts are not done with their sweeps.
    unswept: watch::Sender<usize>,
}

impl Run {
    pub(super) fn new(
        pipeline: &Pipeline,
        plan: Plan,
        progress: Arc<Progress>,
        stop: CancellationToken,
    ) -> Self {
        Self { parts: Arc::clone(&pipeline.0), pipeline: pipeline.clone(), plan, progress, stop }
    }

    /// Looks at everything planned.
    pub(super) async fn scan(self) -> Result<Summary, Error> {
        self.pipeline.check(&self.plan)?;
        self.parts.check_clock()?;
        self.begin().await?;
        let mut all = Vec::new();
        for account in &self.plan.accounts {
            all.extend(planned(&self.parts, &self.plan, account));
        }
        let (shared, teller) = self.claim(all).await?;
        let scopes = shared.plan.accounts.iter().map(|one| scopes(&shared, one).len() as u64);
        Progress::count(&shared.progress.planned, scopes.sum());
        let (total, done) = scan_accounts(&shared).await;
        end(&shared, teller, total, done).await
    }

    /// Audits everything stored of some accounts.
    pub(super) async fn audit(self, accounts: Vec<Account>) -> Result<Summary, Error> {
        self.pipeline.check(&self.plan)?;
        self.parts.check_clock()?;
        self.begin().await?;
        let (shared, teller) = self.claim(Vec::new()).await?;
        let mut total = Total::default();
        let mut done = Ok(());
        for account in &accounts {
            let Shared { parts, scan, stop, .. } = shared.as_ref();
            match audit_account(parts, &account.id, scan, Asked::All, true, stop).await {
                Ok(settled) => total.issues += settled.issues,
                Err(error) => {
                    done = Err(error);
                    break;
                }
            }
        }
        end(&shared, teller, total, done).await
    }

    /// What has to be known before anything is looked at.
    pub(super) async fn begin(&self) -> Result<(), Error> {
        let Parts { views, log, .. } = self.parts.as_ref();
        views.know(self.pipeline.technologies());
        views.catch_up(log.as_ref()).await?;
        let registered = views.accounts()?;
        let mut batch = Vec::new();
        for planned in &self.plan.accounts {
            if registered.get(planned.account.id.as_str()).is_none() {
                let stream = StreamId::account(&planned.account.id);
                let expected = Expected::Exact(log.version(&stream).await?);
                let event = Event::AccountRegistered(planned.account.clone());
                batch.push(self.append(stream, expected, event));
            }
        }
        if let Some(key) = &self.parts.digest_key
            && !views.digest_keys()?.iter().any(|known| known == key.id())
        {
            let event = Event::DigestKeyUsed { key: key.id().to_owned() };
            batch.push(self.append(StreamId::governance(), Expected::Any, event));
        }
        if !batch.is_empty() {
            log.append(batch).await?;
            views.catch_up(log.as_ref()).await?;
        }
        Ok(())
    }

    fn append(&self, stream: StreamId, expected: Expected, event: Event) -> Append {
        Append::new(stream, expected, &self.parts.actor, self.parts.now(), [event])
    }

    /// Takes an id that no other scan has.
    pub(super) async fn claim(self, planned: Vec<Planned>) -> Result<(Arc<Shared>, Teller), Error> {
        let Self { parts, plan, progress, stop, .. } = self;
        let start = parts.log.head().await?.position;
        let now = parts.now();
        let mut refused = None;
        for later in 0..CONFLICTS {
            let later = SignedDuration::from_millis(i64::try_from(later).unwrap_or(0));
            let scan = ScanId::at(now.saturating_add(later).unwrap_or(now));
            let event = Event::ScanStarted { planned: planned.clone() };
            let stream = StreamId::scan(&scan);
            let append = parts.append_of(&scan, stream, Expected::Exact(Version(0)), [event]);
            match parts.log.append(vec![append]).await {
                Ok(_) => {
                    parts.views.catch_up(parts.log.as_ref()).await?;
                    // Nobody else sets it: this is once a scan.
                    let _ = progress.scan.set(scan.clone());
                    let teller = Teller::start(&parts, &scan, start).await?;
                    let unswept = watch::Sender::new(plan.accounts.len());
                    let reading = Semaphore::new(ACCOUNTS_AT_ONCE);
                    let shared = Shared { parts, plan, scan, progress, stop, reading, unswept };
                    return Ok((Arc::new(shared), teller));
                }
                Err(error @ AppendError::Conflict { .. }) => refused = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        Err(refused.map_or_else(|| Error::Task("no scan id is free".to_owned()), Error::from))
    }
}

/// What all accounts came to.
#[derive(Debug, Default)]
pub(super) struct Total {
    pub(super) swept: Swept,
    pub(super) issues: event::IssueCounts,
}

/// A task for each account. Where one fails, what was done by then counts.
async fn scan_accounts(shared: &Arc<Shared>) -> (Total, Result<(), Error>) {
    let mut tasks = JoinSet::new();
    for account in shared.plan.accounts.clone() {
        tasks.spawn(scan_account(Arc::clone(shared), account));
    }
    let mut total = Total::default();
    while let Some(done) = tasks.join_next().await {
        let done = match done {
            Ok((one, done)) => {
                total.swept.add(one.swept);
                total.issues += one.issues;
                done
            }
            Err(error) => Err(Error::Task(error.to_string())),
        };
        if done.is_err() {
            return (total, done);
        }
    }
    (total, Ok(()))
}

/// Counts an account as swept, however its task ends.
struct Unswept<'a>(&'a watch::Sender<usize>);

impl Drop for Unswept<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|left| *left = left.saturating_sub(1));
    }
}

/// One account: all its sweeps, then its audit. The checks that look at all accounts are
/// asked once the others are swept, too.
async fn scan_account(shared: Arc<Shared>, account: PlannedAccount) -> (Total, Result<(), Error>) {
    let mut total = Total::default();
    let done = look_and_judge(&shared, &account, &mut total).await;
    (total, done)
}

async fn look_and_judge(
    shared: &Arc<Shared>,
    account: &PlannedAccount,
    total: &mut Total,
) -> Result<(), Error> {
    let id = account.account.id.clone();
    {
        let _unswept = Unswept(&shared.unswept);
        let _permit = shared.reading.acquire().await.map_err(|e| Error::Task(e.to_string()))?;
        let (name, began) = (account.account.name.as_str(), Instant::now());
        tracing::info!(account = name, %id, "reading");
        sweep_account(shared, account, &mut total.swept).await?;
        let (items, time) = (total.swept.counts.seen, seconds(began));
        tracing::info!(account = name, %id, items, time, "read");
        let changed = std::mem::take(&mut total.swept.changed);
        attribute_swept(&shared.parts, &shared.scan, &account.account, changed).await?;
        if let Some(done) = &shared.parts.done {
            done(&account.account);
        }
    }
    if shared.stop.is_cancelled() {
        return Ok(());
    }
    let audit = |asked| {
        let Shared { parts, scan, stop, .. } = shared.as_ref();
        audit_account(parts, &id, scan, asked, false, stop)
    };
    let mut unswept = shared.unswept.subscribe();
    if *unswept.borrow_and_update() == 0 {
        total.issues += audit(Asked::All).await?.issues;
        return Ok(());
    }
    total.issues += audit(Asked::OwnAccount).await?.issues;
    let others = unswept.wait_for(|left| *left == 0);
    tokio::select! {
        _ = tokio::time::timeout(shared.parts.deadline, others) => {}
        () = shared.stop.cancelled() => return Ok(()),
    }
    total.issues += audit(Asked::AllAccounts).await?.issues;
    Ok(())
}

/// All sweeps of an account; what completed is in the log when it returns.
async fn sweep_account(
    shared: &Arc<Shared>,
    account: &PlannedAccount,
    swept: &mut Swept,
) -> Result<(), Error> {
    if let Err(error) = &account.regions {
        let failures = regions_unknown(shared, &account.account, error);
        Progress::count(&shared.progress.failures, failures.len() as u64);
        let events = failures.iter().cloned().map(Event::SweepFailed).collect();
        shared.parts.append_scan(&shared.scan, events).await?;
        swept.failures = failures;
    }
    let mut sweeps = Vec::new();
    for (watcher, scope) in scopes(shared, account) {
        let sweep = sweep_scope(Arc::clone(shared), watcher, scope);
        // Each is a task: one that nobody polls while it is said what completed would keep its
        // place before the views, for which that waits.
        sweeps.push(async { Task::spawn(sweep).ended().await });
    }
    let mut sweeps = stream::iter(sweeps).buffer_unordered(SCOPES_AT_ONCE);
    let mut ended = BTreeMap::new();
    let mut told = Instant::now();
    while let Some(one) = sweeps.next().await {
        let mut one = one.map_err(|error| Error::Task(error.to_string()))??;
        ended.append(&mut one.ended);
        swept.add(one);
        if told.elapsed() >= COMPLETIONS {
            completed(shared, &account.account.id, std::mem::take(&mut ended)).await?;
            told = Instant::now();
        }
    }
    completed(shared, &account.account.id, ended).await
}

/// One sweep.
async fn sweep_scope(
    shared: Arc<Shared>,
    watcher: Arc<dyn Watcher>,
    scope: Scope,
) -> Result<Swept, Error> {
    if shared.stop.is_cancelled() {
        return Ok(Swept::default());
    }
    let technologies: Vec<_> = wanted(&shared.plan, watcher.as_ref()).cloned().collect();
    let place = place(&scope, &technologies);
    let there = watcher.exists(&scope);
    if there {
        tracing::info!(scope = place, "reading");
    }
    let Shared { parts, scan, progress, stop, .. } = shared.as_ref();
    let (progress, stop) = (Arc::clone(progress), stop.clone());
    let one = OneSweep::new(parts, scan.clone(), scope, technologies, progress, stop);
    let began = Instant::now();
    let swept = one.run(watcher).await;
    Progress::count(&shared.progress.done, 1);
    // What was stopped was not read.
    if let (Ok(swept), true) = (&swept, there && !shared.stop.is_cancelled()) {
        let (items, time, failed) = (swept.counts.seen, seconds(began), swept.failures.len());
        let why = swept.failures.first().map(|one| format!("{}: {}", one.operation, one.reason));
        let failures = (failed > 0).then_some(failed);
        tracing::info!(scope = place, items, time, failures, why, "read");
    }
    swept
}

/// A scope as people name it: account, technologies and region.
fn place(scope: &Scope, technologies: &[Technology]) -> String {
    let technologies: Vec<_> = technologies.iter().map(|one| one.id.as_ref()).collect();
    format!("{}/{}/{}", scope.account.name, technologies.join("+"), scope.region)
}

/// The time since then.
fn seconds(began: Instant) -> String {
    format!("{:.1}s", began.elapsed().as_secs_f64())
}

/// Says in the log what was looked at.
pub(super) async fn completed(
    shared: &Shared,
    account: &AccountId,
    ended: BTreeMap<ScopeId, (Outcome, u32)>,
) -> Result<(), Error> {
    let mut events = Vec::new();
    for scopes in Scopes::products(ended.keys()) {
        let mut swept = event::Swept {
            account: account.clone(),
            failed: Vec::new(),
            skipped: Vec::new(),
            shapes: BTreeMap::new(),
            scopes,
        };
        for scope in swept.scopes.of(account).collect::<Vec<_>>() {
            let Some((outcome, shape)) = ended.get(&scope) else { continue };
            match outcome {
                Outcome::Completed => {}
                Outcome::Failed => swept.failed.push(ScopePart::of(&scope)),
                Outcome::Skipped => swept.skipped.push(ScopePart::of(&scope)),
            }
            swept.shapes.insert(scope.technology, *shape);
        }
        events.push(Event::Swept(swept));
    }
    shared.parts.append_scan(&shared.scan, events).await?;
    shared.parts.views.catch_up(shared.parts.log.as_ref()).await?;
    Ok(())
}

/// The regions of an account cannot be listed: no regional scope is looked at.
fn regions_unknown(shared: &Shared, account: &Account, error: &watchers::Error) -> Vec<Failure> {
    technologies(&shared.parts, &shared.plan, account)
        .filter(|technology| technology.reach == Reach::Regional)
        .map(|technology| Failure {
            scope: ScopeId {
                account: account.id.clone(),
                technology: technology.id.clone().into_owned(),
                region: "*".to_owned(),
            },
            operation: error.operation.clone().into_owned(),
            cause: Some(error.cause),
            item: None,
            part: None,
            reason: error.reason.clone(),
        })
        .collect()
}

/// The watchers that may meet an account.
fn watchers_of<'a>(
    parts: &'a Parts,
    account: &'a Account,
) -> impl Iterator<Item = &'a Arc<dyn Watcher>> {
    parts.watchers.iter().filter(|watcher| watcher.provider() == account.provider)
}

/// The technologies that a plan asks for in an account.
fn technologies<'a>(
    parts: &'a Parts,
    plan: &'a Plan,
    account: &'a Account,
) -> impl Iterator<Item = &'a Technology> {
    watchers_of(parts, account).flat_map(|watcher| wanted(plan, watcher.as_ref()))
}

/// The regions of an account; only what is global, where they are unknown.
fn regions(account: &PlannedAccount) -> Vec<String> {
    account.regions.clone().unwrap_or_else(|_| vec![GLOBAL.to_owned()])
}

/// Every watcher with every scope it is to look at in one account.
fn scopes(shared: &Shared, account: &PlannedAccount) -> Vec<(Arc<dyn Watcher>, Scope)> {
    let mut scopes = Vec::new();
    for watcher in watchers_of(&shared.parts, &account.account) {
        let Some(first) = wanted(&shared.plan, watcher.as_ref()).next() else { continue };
        for region in regions(account) {
            if is_listed_in(first.reach, &region) {
                let scope = Scope { account: account.account.clone(), region };
                scopes.push((Arc::clone(watcher), scope));
            }
        }
    }
    scopes
}

/// The plan of one account as the log keeps it: by reach, because each has regions
/// of its own. What is off has none.
fn planned(parts: &Parts, plan: &Plan, account: &PlannedAccount) -> Vec<Planned> {
    let by_reach = [Reach::Global, Reach::Regional].into_iter().map(|reach| Planned {
        account: account.account.id.clone(),
        technologies: technologies(parts, plan, &account.account)
            .filter(|technology| technology.reach == reach)
            .map(|technology| technology.id.clone().into_owned())
            .collect(),
        regions: regions(account)
            .into_iter()
            .filter(|region| is_listed_in(reach, region))
            .collect(),
        complete: plan.all_regions && account.regions.is_ok(),
    });
    let off = Planned {
        account: account.account.id.clone(),
        technologies: watchers_of(parts, &account.account)
            .flat_map(|watcher| watcher.technologies())
            .filter(|technology| plan.off.iter().any(|id| *id == technology.id))
            .map(|technology| technology.id.clone().into_owned())
            .collect(),
        regions: Vec::new(),
        complete: true,
    };
    by_reach.chain([off]).filter(|planned| !planned.technologies.is_empty()).collect()
}

/// Ends a scan: in the log, with what was told, and in numbers.
pub(super) async fn end(
    shared: &Shared,
    teller: Teller,
    total: Total,
    done: Result<(), Error>,
) -> Result<Summary, Error> {
    let Shared { parts, scan, stop, .. } = shared;
    let mut summary = Summary {
        scan: Some(scan.clone()),
        interrupted: stop.is_cancelled(),
        sweeps: total.swept.completed,
        failures: total.swept.failures,
        items: total.swept.counts,
        issues: total.issues,
        ..Summary::default()
    };
    summary.order_failures();
    let done = match done {
        Ok(()) => conclude(shared, teller, &mut summary).await,
        Err(error) => Err(error),
    };
    let ended_early = if let Err(error) = done {
        // Where the log failed it will not take this either; who comes next says it then.
        let event = Event::ScanInterrupted { by: Interruption::Failed };
        let _ = parts.append_scan(scan, vec![event]).await;
        Some(Box::new(error))
    } else {
        None
    };
    if let Ok(Some(row)) = parts.views.scan(scan) {
        summary.started_at = row.started_at;
    }
    match ended_early {
        None => Ok(summary),
        Some(error) => Err(Error::EndedEarly { summary: Box::new(summary), error }),
    }
}

/// Ends a scan that came to its end.
async fn conclude(shared: &Shared, teller: Teller, summary: &mut Summary) -> Result<(), Error> {
    let Shared { parts, scan, .. } = shared;
    let event = if summary.interrupted {
        Event::ScanInterrupted { by: Interruption::Stopped }
    } else {
        Event::ScanFinished(Counts {
            sweeps: summary.sweeps,
            failures: summary.failures.len() as u64,
            items: summary.items,
            issues: summary.issues,
        })
    };
    let mut append = parts.append_of(scan, StreamId::scan(scan), Expected::Any, [event]);
    if let (true, Some(actor)) = (summary.interrupted, shared.progress.stopped_by.get()) {
        append.actor = actor.clone();
    }
    let end: Position = parts.log.append(vec![append]).await?.head.position;
    parts.views.catch_up(parts.log.as_ref()).await?;
    // The record is whole without it.
    summary.unpublished = parts.log.publish_head().await.err().map(|error| error.to_string());
    let announced = teller.finish(end).await?;
    (summary.messages, summary.undelivered) = (announced.messages, announced.undelivered);
    summary.strongest_new = strongest_new(summary);
    if !summary.failures.is_empty() {
        let accounts = shared.plan.accounts.iter().map(|planned| &planned.account.id);
        summary.undecided = undecided(&parts.views, accounts)?;
    }
    Ok(())
}

/// The checks that cannot decide about items of some accounts, and about how many.
pub(super) fn undecided<'a>(
    views: &Views,
    accounts: impl Iterator<Item = &'a AccountId>,
) -> Result<BTreeMap<String, u64>, view::Error> {
    let mut all: BTreeMap<String, u64> = BTreeMap::new();
    for account in accounts {
        for undecided in views.audited(account)?.map(|last| last.undecided).unwrap_or_default() {
            *all.entry(undecided.check).or_default() += undecided.items;
        }
    }
    Ok(all)
}

impl Swept {
    /// Adds up.
    pub(super) fn add(&mut self, mut one: Self) {
        self.counts += one.counts;
        self.completed += one.completed;
        self.failures.append(&mut one.failures);
        self.ended.append(&mut one.ended);
        self.changed.append(&mut one.changed);
        while self.changed.len() > CHANGED {
            self.changed.pop_last();
        }
    }
}
