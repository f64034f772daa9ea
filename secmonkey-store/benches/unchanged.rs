//! How fast a scheduler goes through items that did not change, against the bare comparison:
//! canonical form and digest of each, held against the one that is known.
//!
//! `cargo bench -p secmonkey-store --bench unchanged -- [ITEMS]`

#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "figures for people"
)]

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use secmonkey_core::Timestamp;
use secmonkey_core::account::Account;
use secmonkey_core::config::{self, Digest};
use secmonkey_core::event::{Actor, Event, StreamId};
use secmonkey_core::log::{Append, EventLog as _, Expected};
use secmonkey_core::pipeline::{Pipeline, Summary};
use secmonkey_core::plan::Plan;
use secmonkey_core::provider::Provider;
use secmonkey_core::schedule::{Interval, Settings, Task};
use secmonkey_core::scheduler::{Scans, Scheduler};
use secmonkey_core::technology::{Set, Technology};
use secmonkey_core::view::Views;
use secmonkey_core::watch::{self, Listed, Looked, Observed, Scope, Sweep, Wanted, Watcher, pages};
use secmonkey_store::{OpenOptions, Store};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const ACCOUNTS: usize = 10;
const PAGE: usize = 1_000;
const REGION: &str = "eu-west-1";
const PROVIDER: Provider = Provider::named("test");
const SETS: &[Set] = &[
    Set::new("/IpPermissions", &["IpProtocol", "FromPort", "ToPort"]),
    Set::new("/IpPermissions/*/IpRanges", &["CidrIp"]),
    Set::new("/Tags", &["Key"]),
];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let items: usize = asked.unwrap_or(1_000_000);
    let each = items / ACCOUNTS;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let bare = bare(each);
    println!("bare comparison: {:.0} items/s", rate(items, bare));
    let scanned = runtime.block_on(scheduled(each))?;
    println!("scheduled scans of {ACCOUNTS} accounts: {:.0} items/s", rate(items, scanned));
    println!("ratio: {:.2}", bare.as_secs_f64() / scanned.as_secs_f64());
    Ok(())
}

fn rate(items: usize, time: Duration) -> f64 {
    items as f64 / time.as_secs_f64()
}

fn technology() -> Technology {
    Technology {
        provider: PROVIDER,
        id: Cow::Borrowed("security_group"),
        sets: Cow::Borrowed(SETS),
        ..Technology::DEFAULT
    }
}

fn account(number: usize) -> Account {
    let id = format!("{:012}", 100_000_000_000 + number);
    Account::new(PROVIDER, id.parse().expect("digits"), format!("account-{number}"))
}

/// A security group of ordinary size, as AWS describes it.
fn group(number: usize) -> (String, Value) {
    let id = format!("sg-{number:017x}");
    let rule = |port: usize| {
        json!({
            "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
            "IpRanges": [{ "CidrIp": "10.0.0.0/8", "Description": "inside" },
                         { "CidrIp": format!("192.0.2.{}/32", number % 250) }],
            "UserIdGroupPairs": [], "PrefixListIds": [], "Ipv6Ranges": [],
        })
    };
    let config = json!({
        "GroupId": id, "GroupName": format!("service-{number}"), "OwnerId": "100000000000",
        "VpcId": "vpc-0a1b2c3d4e5f60718", "Description": "what the service is reached by",
        "IpPermissions": [rule(443), rule(22), rule(9_000 + number % 100)],
        "Tags": [{ "Key": "Name", "Value": format!("service-{number}") },
                 { "Key": "Team", "Value": "shop" }],
    });
    (id, config)
}

/// What cannot be spared: each configuration in its canonical form, and whether it is the one
/// that is known.
fn bare(each: usize) -> Duration {
    let technology = technology();
    let digest = |number: usize| {
        let (id, mut config) = group(number);
        let start = Instant::now();
        config::canonicalise(&mut config, &technology);
        let digest = Digest::of(&config);
        (id, digest, start.elapsed())
    };
    let known: HashMap<String, Digest> = (0..each)
        .map(|number| {
            let (id, digest, _) = digest(number);
            (id, digest)
        })
        .collect();
    let mut took = Duration::ZERO;
    for _ in 0..ACCOUNTS {
        for number in 0..each {
            let (id, digest, time) = digest(number);
            let start = Instant::now();
            assert_eq!(known.get(&id), Some(&digest));
            took += time + start.elapsed();
        }
    }
    took
}

/// Lists the same groups in each account, each time.
struct Groups {
    technologies: [Technology; 1],
    each: usize,
}

#[async_trait]
impl Watcher for Groups {
    fn provider(&self) -> Provider {
        PROVIDER
    }

    fn technologies(&self) -> &[Technology] {
        &self.technologies
    }

    async fn sweep(&self, _: &Scope, out: &Sweep) -> std::result::Result<(), watch::Error> {
        let mut listing = pages("test:List", |token: Option<String>| {
            let first: usize = token.map_or(0, |token| token.parse().unwrap());
            let end = (first + PAGE).min(self.each);
            let next = (end < self.each).then(|| end.to_string());
            std::future::ready(Ok(Listed::page((first..end).collect::<Vec<_>>(), next)))
        });
        while let Some(page) = listing.next().await? {
            for number in page {
                let (id, config) = group(number);
                out.item(Observed::new(&self.technologies[0], id, config)).await;
            }
        }
        out.complete(&self.technologies[0], &listing.end()?).await;
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

struct Scanning(Pipeline);

#[async_trait]
impl Scans for Scanning {
    fn technologies(&self, _: &Account) -> Vec<String> {
        vec!["security_group".to_owned()]
    }

    async fn scan(
        &self,
        account: &Account,
        _: &Task,
        _: CancellationToken,
    ) -> std::result::Result<Summary, String> {
        let plan = Plan::all([(account.clone(), vec![REGION.to_owned()])]);
        self.0.scan(&plan).await.map_err(|error| error.to_string())
    }
}

/// The second scan of every account, from asking for it to the end of the last.
async fn scheduled(each: usize) -> Result<Duration> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let store = Store::open(directory.path().join("store"), OpenOptions::default())?;
    let views = Views::new(store.views.clone());
    let (actor, now) = (Actor::from("bench"), Timestamp::now());
    for number in 0..ACCOUNTS {
        let account = account(number);
        let stream = StreamId::account(&account.id);
        let event = Event::AccountRegistered(account);
        store.log.append(vec![Append::new(stream, Expected::Any, &actor, now, [event])]).await?;
    }
    let groups = Groups { technologies: [technology()], each };
    let pipeline = Pipeline::new(store.log.clone(), views.clone()).watcher(Arc::new(groups));
    let mut settings = Settings::default();
    settings.interval = Interval::WEEK;
    let scans = Arc::new(Scanning(pipeline));
    let scheduler = Scheduler::new(store.log.clone(), views, scans).settings(settings);
    let (handle, stop) = (scheduler.handle(), CancellationToken::new());
    let running = tokio::spawn(scheduler.run(stop.clone()));
    // Whoever is registered is looked at at once.
    let began = Instant::now();
    loop {
        let state = handle.state().await?;
        if state.running == 0 && state.waiting == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("the first scan of all: {:.1?}", began.elapsed());
    let (began, mut asked) = (Instant::now(), Vec::new());
    for number in 0..ACCOUNTS {
        asked.push(handle.run_now(&account(number).id, &[]).await?);
    }
    let mut unchanged = 0;
    for run in asked {
        let summary = run.outcome().await?;
        assert!(summary.failures.is_empty(), "{:?}", summary.failures);
        unchanged += summary.items.unchanged;
    }
    assert_eq!(unchanged, u64::try_from(each * ACCOUNTS)?);
    let took = began.elapsed();
    stop.cancel();
    running.await??;
    Ok(took)
}
