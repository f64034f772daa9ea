//! How a scan runs: spawned, stopped, beside others that hang; what is wired wrong; who is
//! told what.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use secmonkey_core::account::Account;
use secmonkey_core::event::{Actor, Event, Interruption, Position, ScanId, StreamId};
use secmonkey_core::log::{Append, EventLog as _, Expected};
use secmonkey_core::messages::messages;
use secmonkey_core::notify::{self, IssueKind, Message, Notifier};
use secmonkey_core::pipeline::{Error, Limits, Summary, Wiring};
use secmonkey_core::plan::Plan;
use secmonkey_core::provider::Provider;
use secmonkey_core::registry::Registry;
use secmonkey_core::secret::DigestKey;
use secmonkey_core::technology::{Technology, Texts};
use secmonkey_core::testing::{Look, PROVIDER, REGION, Scene};
use secmonkey_core::view::Ended;
use secmonkey_core::watch::{self, Looked, Observed, Scope, Sweep, Wanted, Watcher, pages};
use serde_json::json;

use crate::{OPEN, QUEUE};

fn account(id: &str) -> Account {
    Account::new(PROVIDER, id.parse().unwrap(), format!("account {id}"))
}

pub fn plan(ids: &[&str]) -> Plan {
    Plan::all(ids.iter().map(|id| (account(id), vec![REGION.to_owned()])))
}

fn look(open: bool) -> Look {
    Look::at(&QUEUE).item("q", json!({ "Open": open }))
}

/// What a watcher does in an account.
#[derive(Debug, Clone, Copy)]
pub enum Does {
    /// Lists one queue.
    Lists,
    /// Hands out a queue without an end.
    Endless,
    /// Hands out one queue without an end.
    Repeats,
    /// Never answers.
    Hangs,
}

/// Does as it is told, by account.
pub struct Told(pub fn(&str) -> Does);

#[async_trait]
impl Watcher for Told {
    fn provider(&self) -> Provider {
        PROVIDER
    }

    fn technologies(&self) -> &[Technology] {
        static ALL: [Technology; 1] = [QUEUE];
        &ALL
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), watch::Error> {
        let does = (self.0)(scope.account.id.as_str());
        let mut listing =
            pages("test:List", |_| std::future::ready(Ok(watch::Listed::page(vec![()], None))));
        while listing.next().await?.is_some() {
            out.item(Observed::new(&QUEUE, "q", json!({ "Open": true }))).await;
        }
        match does {
            Does::Lists => {}
            Does::Hangs => std::future::pending().await,
            Does::Repeats => loop {
                out.item(Observed::new(&QUEUE, "q", json!({}))).await;
            },
            Does::Endless => {
                for number in 0_u64.. {
                    out.item(Observed::new(&QUEUE, format!("q-{number}"), json!({}))).await;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
        out.complete(&QUEUE, &listing.end()?).await;
        Ok(())
    }

    async fn look(&self, _: &Scope, _: &[Wanted]) -> Result<Vec<Looked>, watch::Error> {
        Ok(Vec::new())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_can_be_spawned_and_says_how_far_it_is() {
    let scene = Scene::new(&[QUEUE]);
    scene.see(vec![look(true)]);
    let scan = scene.pipeline().scan(&plan(&["1", "2"]));
    let progress = scan.progress();
    let summary = tokio::spawn(scan).await.unwrap().unwrap();
    assert_eq!((summary.sweeps, summary.items.seen), (2, 2));
    let loads = [&progress.planned, &progress.done, &progress.items];
    assert_eq!(loads.map(|n| n.load(std::sync::atomic::Ordering::Relaxed)), [2, 2, 2]);
    let accounts = scene.views.accounts().unwrap();
    assert_eq!(accounts.iter().count(), 2, "the same call registered them");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_hangs_delays_no_other() {
    let scene = Scene::new(&[]).check(&OPEN);
    let hangs = |id: &str| if id == "1" { Does::Hangs } else { Does::Lists };
    let pipeline = scene.pipeline().watcher(Arc::new(Told(hangs)));
    let scan = pipeline.scan(&plan(&["1", "2"]));
    let stop = scan.stop();
    let running = tokio::spawn(scan);
    // The other account is read, audited and told while the first one hangs.
    let told = async {
        while scene.told.all().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), told).await.unwrap();
    let message = scene.told.take().remove(0);
    assert_eq!(message.account.as_str(), "2");
    assert!(!running.is_finished());
    stop.cancel();
    let summary = running.await.unwrap().unwrap();
    assert!(summary.interrupted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_is_stopped_ends_with_everything_in_the_log() {
    let scene = Scene::new(&[]).check(&OPEN);
    let does = |id: &str| match id {
        "1" => Does::Hangs,
        "2" => Does::Endless,
        _ => Does::Lists,
    };
    let pipeline = scene.pipeline().watcher(Arc::new(Told(does)));
    let scan = pipeline.scan(&plan(&["1", "2", "3"]));
    let (stop, progress) = (scan.stop(), scan.progress());
    assert_eq!(progress.scan(), None);
    let running = tokio::spawn(scan);
    while progress.items.load(std::sync::atomic::Ordering::Relaxed) < 10 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for who in ["ann", "bob"] {
        progress.stopped_by(&Actor::from(who));
        stop.cancel();
    }
    let summary = tokio::time::timeout(Duration::from_mins(1), running).await.unwrap();
    let summary = summary.unwrap().unwrap();
    assert_eq!(progress.scan(), summary.scan.as_ref());
    let log = scene.log.read_all(Position(0), usize::MAX).await.unwrap();
    let end = log.iter().find(|one| matches!(one.event, Event::ScanInterrupted { .. }));
    assert_eq!(end.unwrap().actor, Actor::from("ann"), "who stopped it first");
    let row = scene.views.scan(&summary.scan.unwrap()).unwrap().unwrap();
    assert_eq!(row.ended, Some(Ended::Interrupted(Interruption::Stopped)));
    let recorded = scene.views.items().count() as u64;
    assert_eq!(recorded, summary.items.created, "what was read is recorded");
    assert!(scene.views.open_scans().unwrap().is_empty());
}

/// Lists a queue of its own in each region, after a while.
struct Late;

#[async_trait]
impl Watcher for Late {
    fn provider(&self) -> Provider {
        PROVIDER
    }

    fn technologies(&self) -> &[Technology] {
        static ALL: [Technology; 1] = [QUEUE];
        &ALL
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), watch::Error> {
        let mut listing =
            pages("test:List", |_| std::future::ready(Ok(watch::Listed::page(vec![()], None))));
        tokio::time::sleep(Duration::from_secs(40)).await;
        while listing.next().await?.is_some() {
            out.item(Observed::new(&QUEUE, scope.region.clone(), json!({ "Open": true }))).await;
        }
        out.complete(&QUEUE, &listing.end()?).await;
        Ok(())
    }

    async fn look(&self, _: &Scope, _: &[Wanted]) -> Result<Vec<Looked>, watch::Error> {
        Ok(Vec::new())
    }
}

/// What completed is said every half a minute, while other sweeps hold the views to record.
#[tokio::test(start_paused = true)]
async fn what_completed_is_said_while_others_record() {
    let mut scene = Scene::new(&[]).check(&OPEN);
    scene.views = crate::slow_views();
    let regions: Vec<String> = (0..8).map(|n| format!("region-{n}")).collect();
    let plan = Plan::all([(account("1"), regions)]);
    let scan = scene.pipeline().watcher(Arc::new(Late)).scan(&plan);
    let summary = tokio::time::timeout(Duration::from_hours(1), scan).await;
    let summary = summary.expect("nobody waits for ever").unwrap();
    assert_eq!((summary.sweeps, summary.items.created), (8, 8));
}

/// What was read is kept, nothing is concluded from what was not, and the scan ends.
#[tokio::test(start_paused = true)]
async fn a_sweep_without_an_end_is_given_up() {
    let scene = Scene::new(&[]).check(&OPEN);
    let does = |id: &str| match id {
        "1" => Does::Endless,
        "2" => Does::Repeats,
        _ => Does::Lists,
    };
    let mut limits = Limits::default();
    limits.items = 500;
    let pipeline = scene.pipeline().watcher(Arc::new(Told(does))).limits(limits);
    let summary = pipeline.scan(&plan(&["1", "2", "3"])).await.unwrap();
    let reasons: Vec<_> = summary.failures.iter().map(|one| one.reason.as_str()).collect();
    assert!(reasons[0].contains("more than 500 of queue"), "{reasons:?}");
    assert!(reasons[1].contains("again and again"), "{reasons:?}");
    assert_eq!((reasons.len(), summary.sweeps, summary.items.deleted), (2, 1, 0));
    assert!(summary.items.created > 500);

    limits.items = usize::MAX;
    limits.time = Duration::from_secs(3);
    let pipeline = scene.pipeline().watcher(Arc::new(Told(|_| Does::Endless))).limits(limits);
    let summary = pipeline.scan(&plan(&["1"])).await.unwrap();
    let reason = &summary.failures[0].reason;
    assert!(reason.contains("did not end within 0.05 minutes"), "{reason}");
}

/// Whoever did not run a scan reads from the log what it came to.
#[tokio::test]
async fn what_scans_came_to_is_in_the_log() {
    let mut scene = Scene::new(&[QUEUE]).check(&OPEN);
    scene.scan(look(false)).await;
    let opened = scene.scan(look(true)).await;
    let broken = scene.scan(look(false).broken()).await;
    assert!(opened.issues.opened == 1 && broken.failures.len() == 1, "{opened:?}\n{broken:?}");

    let registry = Arc::new(Registry::new([QUEUE], [OPEN.check.clone()]));
    let id = |summary: &Summary| summary.scan.clone().unwrap();
    let of = async |scans: &[ScanId]| {
        let (log, views) = (scene.log.as_ref(), &scene.views);
        Summary::of(log, views, &registry, scans).await.unwrap()
    };
    for ran in [&opened, &broken] {
        let read = of(&[id(ran)]).await;
        assert_eq!((&read.scan, read.started_at), (&ran.scan, ran.started_at));
        assert_eq!((read.sweeps, read.items, read.issues), (ran.sweeps, ran.items, ran.issues));
        assert_eq!((&read.failures, &read.undecided), (&ran.failures, &ran.undecided));
        assert_eq!((&read.messages, read.strongest_new), (&ran.messages, ran.strongest_new));
        assert!(!read.interrupted);
    }
    let both = of(&[id(&opened), id(&broken)]).await;
    assert_eq!((both.scan, both.started_at), (None, opened.started_at));
    assert_eq!(both.sweeps, opened.sweeps + broken.sweeps);
    assert_eq!(both.messages.len(), opened.messages.len() + broken.messages.len());
    assert_eq!(both.failures, broken.failures);
}

#[tokio::test]
async fn a_scan_that_ended_without_a_word_died() {
    let mut scene = Scene::new(&[QUEUE]);
    let id = ScanId::at(scene.now());
    let started = Event::ScanStarted { planned: Vec::new() };
    let append = Append::new(
        StreamId::scan(&id),
        Expected::Any,
        &Actor::from("test"),
        scene.now(),
        [started],
    );
    scene.log.append(vec![append.in_scan(&id)]).await.unwrap();
    assert_eq!(scene.pipeline().close_dead_scans().await.unwrap(), std::slice::from_ref(&id));
    let row = scene.views.scan(&id).unwrap().unwrap();
    assert_eq!(row.ended, Some(Ended::Interrupted(Interruption::Died)));
    assert!(scene.pipeline().close_dead_scans().await.unwrap().is_empty());
    scene.scan(look(false)).await;
}

#[tokio::test]
async fn two_scans_never_share_an_id() {
    let scene = Scene::new(&[QUEUE]);
    scene.see(vec![look(true)]);
    // The clock stands still.
    let one = scene.pipeline().scan(&plan(&["1"])).await.unwrap();
    let two = scene.pipeline().scan(&plan(&["1"])).await.unwrap();
    assert_ne!(one.scan, two.scan);
}

#[tokio::test]
async fn what_is_wired_wrong_is_refused_before_anything_is_looked_at() {
    async fn refused(scene: &Scene, technologies: Vec<Technology>, plan: Plan) -> Wiring {
        let pipeline = technologies.into_iter().fold(scene.pipeline(), |pipeline, technology| {
            pipeline.watcher(Arc::new(Mute(vec![technology])))
        });
        match pipeline.scan(&plan).await {
            Err(Error::Wiring(wiring)) => wiring,
            other => panic!("{other:?}"),
        }
    }
    let scene = Scene::new(&[]);
    let other = Technology { provider: Provider::named("other"), ..QUEUE };
    let secret = Technology { secret: Texts::new(&["/Password"]), ..QUEUE };
    let slash = Technology { id: Cow::Borrowed("a/b"), ..QUEUE };
    let all = plan(&["1"]);
    for (technologies, plan, wiring) in [
        (vec![QUEUE, QUEUE], all.clone(), Wiring::WatchedTwice("queue".to_owned())),
        (vec![QUEUE], all.clone().only(["qeue"]), Wiring::UnknownTechnology("qeue".to_owned())),
        (vec![other], all.clone(), Wiring::Mixed("queue".to_owned())),
        (vec![secret.clone()], all.clone(), Wiring::NoDigestKey("queue".to_owned())),
        (vec![slash], all.clone(), Wiring::Unkeyable("a/b".to_owned())),
        (vec![QUEUE], plan(&["1", "1"]), Wiring::PlannedTwice("1".to_owned())),
        (
            vec![QUEUE],
            Plan::all([(account("1"), vec!["eu/west".to_owned()])]),
            Wiring::Unkeyable("eu/west".to_owned()),
        ),
        (
            vec![QUEUE],
            Plan::all([(Account::new(Provider::named("x"), "1".parse().unwrap(), "x"), vec![])]),
            Wiring::UnknownProvider { account: "1".to_owned(), provider: "x".to_owned() },
        ),
    ] {
        assert_eq!(refused(&scene, technologies, plan).await, wiring);
    }
    assert_eq!(scene.log.head().await.unwrap().position, Position(0), "nothing was recorded");
    let keyed = scene.pipeline().digest_key(DigestKey::new([1; 32]));
    assert!(keyed.watcher(Arc::new(Mute(vec![secret]))).check(&all).is_ok());
}

/// Sees nothing.
struct Mute(Vec<Technology>);

#[async_trait]
impl Watcher for Mute {
    fn provider(&self) -> Provider {
        PROVIDER
    }

    fn technologies(&self) -> &[Technology] {
        &self.0
    }

    async fn sweep(&self, _: &Scope, _: &Sweep) -> Result<(), watch::Error> {
        Ok(())
    }

    async fn look(&self, _: &Scope, _: &[Wanted]) -> Result<Vec<Looked>, watch::Error> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn what_cannot_be_recorded_is_told_and_ends_nothing() {
    let mut scene = Scene::new(&[QUEUE]);
    scene.scan(look(true)).await;
    scene.events().await;
    let long = "x".repeat(1_000_000);
    for (id, config, reason) in [
        ("", json!({}), "the id `` is empty"),
        ("a\nb", json!({}), r"the id `a\u{a}b` is empty"),
        (&long, json!({}), "xxx…` is empty"),
        ("x", json!(["no", "object"]), "no JSON object"),
    ] {
        let summary = scene.scan(Look::at(&QUEUE).item(id, config)).await;
        assert!(summary.failures[0].reason.contains(reason), "{:?}", summary.failures);
        let mut items = summary.failures.iter().filter_map(|failure| failure.item.as_ref());
        assert!(items.all(|item| item.len() < 300));
        assert_eq!(scene.events().await, Vec::<String>::new(), "nothing is concluded gone");
    }
    // A slash is part of an id, and a key reads back with it.
    scene.scan(Look::at(&QUEUE).item("a/b", json!({}))).await;
    assert_eq!(scene.events().await[0], "a/b: item_discovered {}");
}

#[tokio::test]
async fn a_proof_of_another_listing_completes_nothing() {
    let listed = Technology { listed_by: Texts::new(&["test:ListQueues"]), ..QUEUE };
    let mut scene = Scene::new(std::slice::from_ref(&listed));
    let summary = scene.scan(Look::at(&listed).item("q", json!({}))).await;
    assert_eq!(summary.sweeps, 0);
    assert!(summary.failures[0].reason.contains("does not list"), "{:?}", summary.failures);
}

#[tokio::test]
async fn secrets_are_recorded_as_digests() {
    let secret = Technology { secret: Texts::new(&["/Password"]), ..QUEUE };
    let scene = Scene::new(std::slice::from_ref(&secret));
    scene.see(vec![Look::at(&secret).item("q", json!({ "Password": "hunter2" }))]);
    let pipeline = scene.pipeline().digest_key(DigestKey::new([1; 32]));
    pipeline.scan(&plan(&["1"])).await.unwrap();
    let events = scene.log.read_all(Position(0), 100).await.unwrap();
    let text = serde_json::to_string(&events).unwrap();
    assert!(!text.contains("hunter2") && text.contains("hmac-sha256:"), "{text}");
    assert_eq!(scene.views.digest_keys().unwrap(), [DigestKey::new([1; 32]).id()]);
    let before = scene.log.head().await.unwrap().position;
    pipeline.scan(&plan(&["1"])).await.unwrap();
    let again = scene.log.read_all(before, 100).await.unwrap();
    assert!(again.iter().all(|event| event.stream.as_item().is_none()), "no phantom change");
}

/// Behaves badly, or remembers.
#[derive(Debug, Default)]
struct Desk {
    how: Mutex<&'static str>,
    got: Mutex<Vec<Message>>,
}

#[async_trait]
impl Notifier for Desk {
    fn name(&self) -> &'static str {
        "desk"
    }

    async fn notify(&self, message: &Message) -> Result<(), notify::Error> {
        let how = *self.how.lock().unwrap();
        match how {
            "hangs" => std::future::pending().await,
            "panics" => panic!("no desk"),
            "refuses" => Err(notify::Error::Refused("nobody here".to_owned())),
            _ => {
                self.got.lock().unwrap().push(message.clone());
                Ok(())
            }
        }
    }
}

#[tokio::test]
async fn a_notifier_that_fails_harms_only_itself_and_gets_it_later() {
    let mut scene = Scene::new(&[QUEUE]).check(&OPEN);
    let desk = Arc::new(Desk::default());
    let scan = |scene: &mut Scene, open| {
        scene.wait(1);
        scene.see(vec![look(open)]);
        let pipeline = scene.pipeline().notifier(Arc::<Desk>::clone(&desk) as Arc<dyn Notifier>);
        pipeline.delivery(Duration::from_millis(50)).scan(&plan(&["1"]))
    };
    scan(&mut scene, false).await.unwrap();
    assert_eq!(desk.got.lock().unwrap().len(), 1, "the first look");
    let mut open = true;
    for how in ["hangs", "panics", "refuses"] {
        *desk.how.lock().unwrap() = how;
        scene.told.take();
        let summary = scan(&mut scene, open).await.unwrap();
        assert_eq!(scene.told.take().len(), 1, "the other notifier is told");
        let failed = summary.undelivered.last().unwrap();
        assert_eq!(failed.notifier, "desk");
        assert_eq!(Some(&failed.message), summary.messages.last(), "typed and complete");
        serde_json::to_value(&failed.message).unwrap();
        open = !open;
    }
    *desk.how.lock().unwrap() = "";
    desk.got.lock().unwrap().clear();
    scan(&mut scene, open).await.unwrap();
    let ids: Vec<String> = desk.got.lock().unwrap().iter().map(|one| one.id.clone()).collect();
    assert_eq!(ids.len(), 4, "three from before and one: {ids:?}");
    scan(&mut scene, open).await.unwrap();
    assert_eq!(desk.got.lock().unwrap().len(), 4, "each once");
}

#[tokio::test]
async fn whoever_reads_the_log_tells_the_same() {
    let mut scene = Scene::new(&[QUEUE]).check(&OPEN);
    for open in [false, true, true, false] {
        scene.scan(look(open)).await;
    }
    scene.scan(Look::at(&QUEUE)).await;
    let told = scene.told.take();
    let head = scene.log.head().await.unwrap().position;
    let registry = Arc::new(Registry::new([QUEUE], []));
    let read =
        messages(scene.log.as_ref(), &scene.views, &registry, Position(0), head).await.unwrap();
    assert_eq!(read, told);
    assert_eq!(told.len(), 4, "an unchanged world tells nothing");
}

#[tokio::test]
async fn an_expired_justification_speaks() {
    let mut scene = Scene::new(&[QUEUE]).check(&OPEN);
    scene.scan(look(true)).await;
    let issue = scene.issues()[0].finding.issue.clone();
    let until = scene.now() + jiff::SignedDuration::from_hours(3);
    scene.justify(&issue, "until the move", Some(until)).await;
    scene.scan(look(true)).await;
    scene.told.take();
    scene.wait(5);
    scene.scan(look(true)).await;
    let told = scene.told.take();
    assert_eq!(told[0].issues[0].kind, IssueKind::Expired);
    assert!(!told[0].issues[0].justified);
}

struct Other(Vec<Technology>);
#[async_trait]
impl Watcher for Other {
    fn provider(&self) -> Provider {
        Provider::named("other")
    }
    fn technologies(&self) -> &[Technology] {
        &self.0
    }
    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), watch::Error> {
        assert_eq!(scope.account.provider, self.provider());
        let mut listing = pages("other:List", |_| {
            std::future::ready(Ok(watch::Listed::page(Vec::<()>::new(), None)))
        });
        while listing.next().await?.is_some() {}
        out.complete(&self.0[0], &listing.end()?).await;
        Ok(())
    }
    async fn look(&self, _: &Scope, _: &[Wanted]) -> Result<Vec<Looked>, watch::Error> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn a_watcher_meets_accounts_of_its_provider_only() {
    let scene = Scene::new(&[QUEUE]);
    scene.see(vec![look(true)]);
    let other = Provider::named("other");
    let stranger = Account::new(other.clone(), "org".parse().unwrap(), "org");
    let repositories = Technology {
        provider: other.clone(),
        id: Cow::Borrowed("repository"),
        ..Technology::DEFAULT
    };
    let pipeline = scene.pipeline().watcher(Arc::new(Other(vec![repositories])));
    let both =
        Plan::all([(account("1"), vec![REGION.to_owned()]), (stranger, vec![REGION.to_owned()])]);
    let summary = pipeline.scan(&both).await.unwrap();
    assert!(summary.failures.is_empty(), "{:?}", summary.failures);
    assert_eq!((summary.sweeps, summary.items.seen), (2, 1));
}
