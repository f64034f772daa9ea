//! The loop: what is recorded takes effect, what runs ends, nothing harms anything else.

use std::sync::Mutex;

use jiff::SignedDuration;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::*;
use crate::decide::Decisions;
use crate::event::{Actor, Failure, Planned, ScanId, ScopeId, ScopePart, Scopes, StreamId, Swept};
use crate::log::memory::Memory;
use crate::log::{Append, Expected};
use crate::registry::Registry;
use crate::schedule::Scope;
use crate::testing::PROVIDER;
use crate::watch::Cause;

const TECHNOLOGIES: [&str; 2] = ["bucket", "user"];

/// What a task of an account does.
#[derive(Debug, Clone, Copy)]
enum Does {
    /// Ends after a minute.
    Ends,
    /// Ends when it is stopped.
    Hangs,
    /// Never ends.
    IsDeaf,
    Panics,
    Fails,
}

/// Does as it is told, by the account's id.
struct Told {
    does: fn(&str) -> Does,
    began: Mutex<Vec<String>>,
    stopped: Mutex<Vec<String>>,
}

#[async_trait]
impl Scans for Told {
    fn technologies(&self, _: &Account) -> Vec<String> {
        TECHNOLOGIES.map(str::to_owned).into()
    }

    async fn scan(
        &self,
        account: &Account,
        task: &Task,
        stop: CancellationToken,
    ) -> Result<Summary, String> {
        let name = format!("{}: {}", account.name, task.technologies.join(" "));
        self.began.lock().unwrap().push(name);
        match (self.does)(account.id.as_str()) {
            Does::Ends => sleep(Duration::from_mins(1)).await,
            Does::Hangs => {
                stop.cancelled().await;
                self.stopped.lock().unwrap().push(account.name.clone());
            }
            Does::IsDeaf => std::future::pending().await,
            Does::Panics => panic!("it was told to"),
            Does::Fails => return Err("no credentials".to_owned()),
        }
        Ok(Summary::default())
    }
}

/// A scheduler that runs on a clock of its own.
struct Desk {
    log: Arc<Memory>,
    views: Views,
    scans: Arc<Told>,
    clock: Clock,
    handle: Option<Handle>,
    stop: CancellationToken,
    running: Option<JoinHandle<Result<(), view::Error>>>,
}

impl Desk {
    fn new(does: fn(&str) -> Does) -> Self {
        let (began, start) = (Instant::now(), "2026-01-31T12:00:00Z".parse::<Timestamp>().unwrap());
        let clock: Clock =
            Arc::new(move || start + SignedDuration::try_from(began.elapsed()).unwrap());
        let time = Arc::clone(&clock);
        Self {
            log: Arc::new(Memory::new(move || time())),
            views: Views::in_memory(),
            scans: Arc::new(Told { does, began: Mutex::default(), stopped: Mutex::default() }),
            clock,
            handle: None,
            stop: CancellationToken::new(),
            running: None,
        }
    }

    fn run(&mut self) {
        let log = Arc::clone(&self.log) as Arc<dyn EventLog>;
        let scheduler = Scheduler::new(log, self.views.clone(), Arc::clone(&self.scans) as _)
            .clock(Arc::clone(&self.clock));
        self.handle = Some(scheduler.handle());
        self.running = Some(tokio::spawn(scheduler.run(self.stop.clone())));
    }

    fn handle(&self) -> &Handle {
        self.handle.as_ref().unwrap()
    }

    fn decisions(&self) -> Decisions {
        let log = Arc::clone(&self.log) as Arc<dyn EventLog>;
        // Somebody else, with views of their own.
        Decisions::new(log, Views::in_memory(), Actor::from("alice")).clock(Arc::clone(&self.clock))
    }

    async fn register(&self, ids: &[&str]) {
        for one in ids {
            let account = Account::new(PROVIDER, id(one), format!("account-{one}"));
            self.decisions().register(account).await.unwrap();
        }
    }

    async fn pause(&self, scope: &Scope, paused: bool) {
        let registry = Registry::default();
        let change = move |rule: &mut Rule| rule.paused = paused;
        self.decisions().reschedule(scope, &registry, change).await.unwrap();
    }

    /// What began since the last time that was asked.
    fn began(&self) -> Vec<String> {
        let mut began = std::mem::take(&mut *self.scans.began.lock().unwrap());
        began.sort();
        began
    }

    async fn append(&self, events: Vec<Event>) {
        let scan = ScanId::at((self.clock)());
        let actor = Actor::from("scheduler");
        let now = (self.clock)();
        let append = Append::new(StreamId::scan(&scan), Expected::Any, &actor, now, events);
        self.log.append(vec![append.in_scan(&scan)]).await.unwrap();
        self.views.catch_up(self.log.as_ref()).await.unwrap();
    }

    async fn end(&mut self) {
        self.stop.cancel();
        self.running.take().unwrap().await.unwrap().unwrap();
    }
}

fn id(account: &str) -> AccountId {
    account.parse().unwrap()
}

fn all(account: &str) -> String {
    format!("account-{account}: bucket user")
}

#[tokio::test(start_paused = true)]
async fn an_account_is_scanned_seconds_after_it_was_registered_and_again_within_an_hour() {
    let mut desk = Desk::new(|_| Does::Ends);
    desk.register(&["1"]).await;
    desk.run();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(desk.began(), [all("1")]);
    desk.register(&["2", "3"]).await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(desk.began(), [all("2"), all("3")]);
    sleep(Duration::from_mins(62)).await;
    let again = desk.began();
    assert!([all("1"), all("2"), all("3")].iter().all(|one| again.contains(one)), "{again:?}");
    sleep(Duration::from_hours(24)).await;
    let day = desk.began().len();
    assert!((71..=73).contains(&day), "{day}");
    desk.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_removed_is_stopped() {
    let mut desk = Desk::new(|_| Does::Hangs);
    desk.register(&["1", "2"]).await;
    desk.run();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(desk.began().len(), 2);
    let asked = desk.handle().run_now(&id("1"), &[]).await.unwrap();
    desk.decisions().remove("1").await.unwrap();
    sleep(Duration::from_secs(5)).await;
    assert_eq!(*desk.scans.stopped.lock().unwrap(), ["account-1"]);
    assert_eq!(asked.outcome().await.unwrap_err(), Error::Gone);
    let state = desk.handle().state().await.unwrap();
    assert_eq!((state.accounts.len(), state.running), (1, 1));
    assert!(desk.handle().technologies(&id("1")).await.unwrap().is_empty());
    desk.decisions().update("2", |account| account.active = false).await.unwrap();
    sleep(Duration::from_secs(5)).await;
    assert_eq!(desk.handle().state().await.unwrap().running, 0);
    desk.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_decided_of_the_schedule_takes_effect() {
    let mut desk = Desk::new(|_| Does::Ends);
    desk.register(&["1"]).await;
    desk.pause(&Scope::ALL, true).await;
    desk.run();
    sleep(Duration::from_hours(5)).await;
    assert_eq!(desk.began(), [] as [&str; 0]);
    // Whoever asks for it gets it all the same.
    let users = ["user".to_owned()];
    let asked = desk.handle().run_now(&id("1"), &users).await.unwrap();
    asked.outcome().await.unwrap();
    assert_eq!(desk.began(), ["account-1: user"]);
    desk.pause(&Scope::ALL, false).await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(desk.began(), ["account-1: bucket"]);
    let often =
        Rule { interval: Some("5m".parse().unwrap()), ..Rule::about(Scope::account(id("1"))) };
    desk.decisions().schedule(&often, &Registry::default()).await.unwrap();
    sleep(Duration::from_hours(1)).await;
    assert!((11..=14).contains(&desk.began().len()));
    desk.handle().configure(Settings::default()).await.unwrap();
    desk.end().await;
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_a_scan_is_told_what_came_of_it() {
    let mut desk = Desk::new(|id| if id == "1" { Does::Ends } else { Does::Fails });
    desk.register(&["1", "2"]).await;
    desk.run();
    sleep(Duration::from_mins(2)).await;
    let one = desk.handle().run_now(&id("1"), &[]).await.unwrap();
    let two = desk.handle().run_now(&id("2"), &[]).await.unwrap();
    assert!(one.outcome().await.is_ok());
    assert_eq!(two.outcome().await.unwrap_err(), Error::Failed("no credentials".to_owned()));
    let refused = desk.handle().run_now(&id("9"), &[]).await.unwrap_err();
    assert_eq!(refused.to_string(), "account 9 is not watched, so it is not scanned");
    let last = desk.handle().state().await.unwrap().accounts.remove(1).last.unwrap();
    assert_eq!(last.error.as_deref(), Some("no credentials"));
    let handle = desk.handle().clone();
    desk.end().await;
    assert_eq!(handle.state().await.unwrap_err(), Error::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_panics_or_hangs_harms_only_itself() {
    let mut desk = Desk::new(|id| match id {
        "1" => Does::Panics,
        "2" => Does::Hangs,
        _ => Does::Ends,
    });
    desk.register(&["1", "2", "3"]).await;
    desk.run();
    sleep(Duration::from_hours(10)).await;
    let began = desk.began();
    let times = |account| began.iter().filter(|one| **one == all(account)).count();
    assert_eq!(times("2"), 1, "never two tasks of one scope");
    assert!(times("1") >= 10 && times("3") >= 10, "{began:?}");
    let state = desk.handle().state().await.unwrap();
    let said = state.accounts[0].last.clone().unwrap().error.unwrap();
    assert!(said.contains("panicked"), "{said}");
    assert_eq!(state.accounts[1].next_run, None);
    assert_eq!(state.accounts[1].running.len(), 1);
    desk.end().await;
}

#[tokio::test(start_paused = true)]
async fn it_stops_in_time_whatever_its_tasks_do() {
    let mut desk = Desk::new(|id| if id == "1" { Does::IsDeaf } else { Does::Hangs });
    desk.register(&["1", "2"]).await;
    desk.run();
    sleep(Duration::from_secs(1)).await;
    let asked = desk.handle().run_now(&id("1"), &[]).await.unwrap();
    let began = Instant::now();
    desk.end().await;
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(*desk.scans.stopped.lock().unwrap(), ["account-2"]);
    assert_eq!(asked.outcome().await.unwrap_err(), Error::Stopped);
}

fn scope(technology: &str, region: &str) -> ScopeId {
    ScopeId { account: id("1"), technology: technology.to_owned(), region: region.to_owned() }
}

fn planned(regions: &[&str]) -> Event {
    Event::ScanStarted {
        planned: vec![Planned {
            account: id("1"),
            technologies: TECHNOLOGIES.map(str::to_owned).into(),
            regions: regions.iter().map(|one| (*one).to_owned()).collect(),
            complete: true,
        }],
    }
}

fn swept(technologies: &[&str], regions: &[&str], skipped: &[ScopeId]) -> Event {
    let own = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    Event::Swept(Swept {
        account: id("1"),
        scopes: Scopes { technologies: own(technologies), regions: own(regions) },
        failed: Vec::new(),
        skipped: skipped.iter().map(ScopePart::of).collect(),
        shapes: BTreeMap::new(),
    })
}

fn failed(technology: &str, region: &str) -> Event {
    Event::SweepFailed(Failure {
        scope: scope(technology, region),
        operation: "test:List".to_owned(),
        cause: Some(Cause::Denied),
        item: None,
        part: None,
        reason: "access denied".to_owned(),
    })
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_where_the_log_says() {
    let mut desk = Desk::new(|_| Does::Ends);
    desk.register(&["1"]).await;
    // A scan was interrupted: it had looked at buckets everywhere, at users in one region.
    desk.append(vec![
        planned(&["a", "b"]),
        swept(&["bucket"], &["a"], &[]),
        failed("bucket", "b"),
        swept(&["user"], &["a"], &[]),
    ])
    .await;
    desk.run();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(desk.began(), ["account-1: user"]);
    desk.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_looked_at_is_as_old_as_its_oldest_region() {
    let desk = Desk::new(|_| Does::Ends);
    let looked = || looked_at(&desk.views, &id("1")).unwrap();
    let first = (desk.clock)();
    desk.append(vec![planned(&["a", "b"]), swept(&["bucket"], &["a"], &[])]).await;
    assert!(looked().is_empty(), "not in all regions");
    desk.append(vec![swept(&TECHNOLOGIES, &["a", "b"], &[])]).await;
    assert_eq!(looked().len(), 2);
    sleep(Duration::from_hours(1)).await;
    let second = (desk.clock)();
    desk.append(vec![swept(&["bucket"], &["a", "b"], &[]), swept(&["user"], &["a"], &[])]).await;
    assert_eq!(looked(), [("bucket".to_owned(), second), ("user".to_owned(), first)].into());
    // Regions that could not be listed failed, all of them.
    sleep(Duration::from_hours(1)).await;
    let third = (desk.clock)();
    desk.append(vec![failed("user", "*")]).await;
    assert_eq!(looked(), [("bucket".to_owned(), second), ("user".to_owned(), third)].into());
    // A service that exists nowhere was looked at with the others.
    let nowhere = [scope("user", "a"), scope("user", "b")];
    desk.append(vec![planned(&["a", "b"]), swept(&["user"], &["a", "b"], &nowhere)]).await;
    assert_eq!(looked()["bucket"], second);
    assert!(looked()["user"] >= second);
}
