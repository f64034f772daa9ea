//! What the schedule costs: while nothing is due, when something begins, in a simulated
//! month, and in bytes of log when nothing changes.
//!
//! `cargo bench -p secmonkey-store --bench schedule -- [DAYS [SCANS]]`

#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "figures for people"
)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use secmonkey_core::Timestamp;
use secmonkey_core::account::Account;
use secmonkey_core::event::{Actor, Event, Planned, Position, ScanId, Scopes, StreamId, Swept};
use secmonkey_core::item::GLOBAL;
use secmonkey_core::log::memory::Memory;
use secmonkey_core::log::{Append, EventLog, Expected};
use secmonkey_core::pipeline::{Pipeline, Summary};
use secmonkey_core::plan::Plan;
use secmonkey_core::provider::Provider;
use secmonkey_core::schedule::{Interval, Outcome, Schedule, Settings, Task, Watched};
use secmonkey_core::scheduler::{Scans, Scheduler};
use secmonkey_core::technology::{Reach, Technology};
use secmonkey_core::view::Views;
use secmonkey_core::watch::{self, Listed, Looked, Observed, Scope, Sweep, Wanted, Watcher, pages};
use secmonkey_store::{OpenOptions, Store};
use serde_json::json;
use tokio_util::sync::CancellationToken;

#[path = "../../secmonkey-core/tests/rules/simulation.rs"]
mod simulation;

use simulation::{Estate, simulate};

const ACCOUNTS: usize = 1_000;
const TECHNOLOGIES: usize = 75;
const REGIONS: usize = 17;
const IDLE: Duration = Duration::from_mins(1);
const PROVIDER: Provider = Provider::named("test");

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut sizes = std::env::args().skip(1).filter_map(|arg| arg.parse().ok());
    let (days, scans) = (sizes.next().unwrap_or(30), sizes.next().unwrap_or(200));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(idle())?;
    starts();
    month(days);
    runtime.block_on(bytes(usize::try_from(scans)?))
}

/// The ids of the technologies of AWS, which the dictionary of the store knows; those first
/// that are global.
fn names() -> Vec<(String, Reach)> {
    let table = include_str!("../../docs/technologies.md");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| [`"));
    let mut all: Vec<_> = rows
        .filter_map(|row| {
            let (id, rest) = row.split_once('`')?;
            let reach = if rest.contains("| global |") { Reach::Global } else { Reach::Regional };
            Some((id.to_owned(), reach))
        })
        .collect();
    all.truncate(TECHNOLOGIES);
    assert_eq!(all.len(), TECHNOLOGIES);
    all
}

fn account(number: usize) -> Account {
    let id = format!("{:012}", 100_000_000_000 + number * 7_919);
    Account::new(PROVIDER, id.parse().expect("digits"), format!("account-{number}"))
}

fn regions() -> Vec<String> {
    (0..REGIONS).map(|n| format!("eu-west-{n}")).collect()
}

/// CPU time that the process has used.
fn cpu() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<_> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}

/// Memory that the process takes, in MB.
fn memory() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    let kilobytes: f64 = line.split_whitespace().nth(1).unwrap_or("0").parse()?;
    Ok(kilobytes / 1024.0)
}

/// Never asked: nothing is due.
struct Nothing(Vec<String>);

#[async_trait]
impl Scans for Nothing {
    fn technologies(&self, _: &Account) -> Vec<String> {
        self.0.clone()
    }

    async fn scan(
        &self,
        account: &Account,
        _: &Task,
        _: CancellationToken,
    ) -> std::result::Result<Summary, String> {
        Err(format!("{} was due", account.id))
    }
}

/// The whole loop over all accounts, between due tasks.
async fn idle() -> Result<()> {
    let names: Vec<_> = names().into_iter().map(|(name, _)| name).collect();
    let (log, views) = (Arc::new(Memory::default()), Views::in_memory());
    let (actor, now) = (Actor::from("bench"), Timestamp::now());
    for number in 0..ACCOUNTS {
        let account = account(number);
        let event = Event::AccountRegistered(account.clone());
        let stream = StreamId::account(&account.id);
        log.append(vec![Append::new(stream, Expected::Any, &actor, now, [event])]).await?;
        let scan: ScanId = ScanId::at(now);
        let regions = vec![GLOBAL.to_owned()];
        let planned = Planned {
            account: account.id.clone(),
            technologies: names.clone(),
            regions: regions.clone(),
            complete: true,
        };
        let swept = Swept {
            account: account.id,
            scopes: Scopes { technologies: names.clone(), regions },
            failed: Vec::new(),
            skipped: Vec::new(),
            shapes: BTreeMap::new(),
        };
        let events = [Event::ScanStarted { planned: vec![planned] }, Event::Swept(swept)];
        let stream = StreamId::scan(&scan);
        let append = Append::new(stream, Expected::Any, &actor, now, events).in_scan(&scan);
        log.append(vec![append]).await?;
    }
    views.catch_up(log.as_ref()).await?;
    let before = memory()?;
    let mut settings = Settings::default();
    settings.interval = Interval::WEEK;
    let began = Instant::now();
    let scheduler = Scheduler::new(log, views, Arc::new(Nothing(names))).settings(settings);
    let (handle, stop) = (scheduler.handle(), CancellationToken::new());
    let running = tokio::spawn(scheduler.run(stop.clone()));
    let state = handle.state().await?;
    println!("start, with what {ACCOUNTS} accounts were last looked at: {:.2?}", began.elapsed());
    assert_eq!((state.accounts.len(), state.waiting), (ACCOUNTS, 0));
    let start = cpu()?;
    tokio::time::sleep(IDLE).await;
    let used = cpu()?.saturating_sub(start);
    println!(
        "idle, {ACCOUNTS} accounts x {TECHNOLOGIES} technologies: {:.3} % of a core, {:.1} MB",
        100.0 * used.as_secs_f64() / IDLE.as_secs_f64(),
        memory()? - before,
    );
    assert_eq!(handle.state().await?.running, 0);
    stop.cancel();
    Ok(running.await??)
}

/// Tasks that begin and end, of all accounts in turn.
fn starts() {
    let names: Vec<_> = names().into_iter().map(|(name, _)| name).collect();
    let mut settings = Settings::default();
    settings.tasks = 64;
    let mut schedule = Schedule::new(settings);
    let mut now = Timestamp::now();
    let watched = (0..ACCOUNTS).map(|n| Watched::new(account(n).id, names.clone()));
    assert!(schedule.set_accounts(watched, now).is_empty());
    let (began, mut tasks) = (Instant::now(), 0_u64);
    while tasks < 100_000 {
        let due = schedule.start(now);
        if due.is_empty() {
            now = schedule.next_wake().expect("something is due some day");
        }
        for task in due {
            tasks += 1;
            schedule.ended(task.id, Outcome::Done, now);
        }
    }
    let rate = tasks as f64 / began.elapsed().as_secs_f64();
    println!("tasks of {TECHNOLOGIES} technologies that begin and end: {rate:.0} a second");
}

/// The simulation of the tests, for longer.
fn month(days: i64) {
    let began = Instant::now();
    let estate = Estate { accounts: ACCOUNTS, technologies: TECHNOLOGIES, days, tasks: 96 };
    let figures = simulate(estate);
    println!("{days} days of {ACCOUNTS} accounts x {TECHNOLOGIES}: {figures:?}");
    let rate = figures.tasks as f64 / began.elapsed().as_secs_f64();
    println!("simulated in {:.1?}: {rate:.0} tasks a second", began.elapsed());
}

/// Lists two items everywhere, the same each time.
struct Still([Technology; 1]);

#[async_trait]
impl Watcher for Still {
    fn provider(&self) -> Provider {
        PROVIDER
    }

    fn technologies(&self) -> &[Technology] {
        &self.0
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> std::result::Result<(), watch::Error> {
        let listed = || std::future::ready(Ok(Listed::page(vec![1, 2], None)));
        let mut listing = pages("test:List", |_| listed());
        while let Some(page) = listing.next().await? {
            for number in page {
                let id = format!("{}-{number}", scope.region);
                out.item(Observed::new(&self.0[0], id, json!({ "Size": number }))).await;
            }
        }
        out.complete(&self.0[0], &listing.end()?).await;
        Ok(())
    }

    async fn look(
        &self,
        _: &Scope,
        _: &[Wanted],
    ) -> std::result::Result<Vec<Looked>, watch::Error> {
        Ok(Vec::new())
    }
}

/// Bytes of files under a directory, as long as they are.
fn length(path: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let found = entry.metadata()?;
        bytes += if found.is_dir() { length(&entry.path())? } else { found.len() };
    }
    Ok(bytes)
}

/// Scans of accounts in which nothing changes, against a store on disk.
async fn bytes(scans: usize) -> Result<()> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let path = directory.path().join("store");
    let store = Store::open(&path, OpenOptions::default())?;
    let views = Views::new(store.views.clone());
    let mut pipeline = Pipeline::new(store.log.clone(), views.clone());
    for (id, reach) in names() {
        let technology =
            Technology { provider: PROVIDER, id: Cow::Owned(id), reach, ..Technology::DEFAULT };
        pipeline = pipeline.watcher(Arc::new(Still([technology])));
    }
    let plan = Plan::all([(account(1), regions())]);
    pipeline.scan(&plan).await?;
    let (start, size) = (store.log.head().await?.position, length(&path.join("log"))?);
    let (began, used) = (Instant::now(), cpu()?);
    for _ in 0..scans {
        let summary = pipeline.scan(&plan).await?;
        assert!(summary.failures.is_empty() && summary.items.changed == 0);
    }
    let (took, used) = (began.elapsed(), cpu()?.saturating_sub(used));
    let end = store.log.head().await?.position;
    let (mut stored, mut by_type) = (0, BTreeMap::<String, (usize, usize)>::new());
    let mut at = start;
    while at < end {
        for event in store.log.read_stored(at, 1_000).await? {
            let bytes = event.header.len() + event.body.len();
            let body: serde_json::Value = serde_json::from_slice(&event.body)?;
            let name = body.pointer("/event/type").or_else(|| body.pointer("/type"));
            let name = name.and_then(|name| name.as_str()).unwrap_or("?").to_owned();
            let of = by_type.entry(name).or_default();
            (of.0, of.1) = (of.0 + 1, of.1 + bytes);
            stored += bytes;
            at = Position(at.0 + 1);
        }
    }
    let grown = length(&path.join("log"))?.saturating_sub(size);
    let a_day = |bytes: u64| bytes as f64 / scans as f64 * 2_400.0 / 1e6;
    println!("{scans} scans of {TECHNOLOGIES} technologies x {REGIONS} regions, all unchanged:");
    println!(
        "  {:.0?} each, CPU {:.0?}",
        took / u32::try_from(scans)?,
        used / u32::try_from(scans)?
    );
    for (name, (count, bytes)) in by_type {
        println!("  {name}: {} events, {} bytes uncompressed each", count, bytes / count);
    }
    println!("  uncompressed: {:.1} MB a day for 100 accounts hourly", a_day(stored as u64));
    println!(
        "  the log grew by {grown} bytes: {:.1} MB a day for 100 accounts hourly",
        a_day(grown)
    );
    Ok(())
}
