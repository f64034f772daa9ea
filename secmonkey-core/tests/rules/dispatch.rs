//! Telling beside the scans: what settles, who is told of what and when, and that nothing is
//! lost or told twice, however it ends.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use proptest::prelude::*;
use secmonkey_core::decide::Decisions;
use secmonkey_core::dispatch::{Dispatcher, Error};
use secmonkey_core::event::Actor;
use secmonkey_core::governance::{Silence, Subscription};
use secmonkey_core::log::EventLog;
use secmonkey_core::notify::{self, IssueKind, Message, MessageKind, Notifier};
use secmonkey_core::registry::Registry;
use secmonkey_core::testing::{Look, Scene};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{OPEN, QUEUE};

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Comes {
    /// It is received.
    Well,
    /// It is not.
    Not,
    /// It is received, and the answer is lost.
    Unanswered,
    /// Nothing comes of it, ever.
    Hangs,
    Refused,
}

#[derive(Debug)]
struct Fake {
    name: &'static str,
    /// What becomes of the next deliveries; of those behind them, all is well.
    comes: Mutex<VecDeque<Comes>>,
    received: Mutex<Vec<Message>>,
    attempts: Mutex<usize>,
}

impl Fake {
    fn new(name: &'static str) -> Arc<Self> {
        let (comes, received, attempts) = Default::default();
        Arc::new(Self { name, comes, received, attempts })
    }

    fn then(&self, comes: &[Comes]) {
        self.comes.lock().unwrap().extend(comes);
    }

    fn all(&self) -> Vec<Message> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn attempts(&self) -> usize {
        *self.attempts.lock().unwrap()
    }
}

#[async_trait]
impl Notifier for Fake {
    fn name(&self) -> &str {
        self.name
    }

    async fn notify(&self, message: &Message) -> Result<(), notify::Error> {
        *self.attempts.lock().unwrap() += 1;
        let comes = self.comes.lock().unwrap().pop_front().unwrap_or(Comes::Well);
        if matches!(comes, Comes::Well | Comes::Unanswered) {
            self.received.lock().unwrap().push(message.clone());
        }
        match comes {
            Comes::Well => Ok(()),
            Comes::Not | Comes::Unanswered => {
                Err(notify::Error::Unavailable("no route".to_owned()))
            }
            Comes::Refused => Err(notify::Error::Refused("bad token".to_owned())),
            Comes::Hangs => std::future::pending().await,
        }
    }
}

/// A daemon: scans, and a dispatcher beside them.
struct Daemon {
    scene: Scene,
    fakes: Vec<Arc<Fake>>,
    running: Option<(CancellationToken, JoinHandle<Result<(), Error>>)>,
}

impl Daemon {
    async fn new(names: &[&'static str]) -> Self {
        let scene = Scene::new(&[QUEUE]).check(&OPEN);
        let fakes = names.iter().map(|name| Fake::new(name)).collect();
        let mut daemon = Self { scene, fakes, running: None };
        daemon.start().await;
        daemon.look(&[]).await;
        daemon.pass(60).await;
        daemon
    }

    fn registry() -> Registry {
        Registry::new([QUEUE], [OPEN.check.clone()])
    }

    async fn start(&mut self) {
        let registry = Arc::new(Self::registry());
        let log = Arc::clone(&self.scene.log) as Arc<dyn EventLog>;
        let views = self.scene.views.clone();
        let dispatcher = Dispatcher::new(log, views, Arc::clone(&registry), registry)
            .clock(self.scene.clock())
            .public_url("https://monkey.example.com/");
        let dispatcher = self
            .fakes
            .iter()
            .fold(dispatcher, |all, fake| all.notifier(Arc::clone(fake) as Arc<dyn Notifier>));
        let stop = CancellationToken::new();
        let task = tokio::spawn({
            let stop = stop.clone();
            async move { dispatcher.run(stop).await }
        });
        self.running = Some((stop, task));
        rest().await;
    }

    async fn stop(&mut self) {
        let (stop, task) = self.running.take().unwrap();
        stop.cancel();
        task.await.unwrap().unwrap();
    }

    /// As SIGKILL does.
    async fn kill(&mut self) {
        let (_, task) = self.running.take().unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }

    /// Lets seconds pass.
    async fn pass(&self, seconds: i64) {
        let step = if seconds > 1_000 { 60 } else { 1 };
        for _ in 0..seconds / step {
            self.scene.pass(SignedDuration::from_secs(step));
            tokio::time::sleep(Duration::from_secs(step.unsigned_abs())).await;
        }
        rest().await;
    }

    /// A scan that sees just these queues.
    async fn look(&mut self, queues: &[(&str, Value)]) {
        self.pass(1).await;
        let look = queues
            .iter()
            .fold(Look::at(&QUEUE), |look, (id, config)| look.item(id, config.clone()));
        let missing: Vec<String> = self.known().difference(&ids(queues)).cloned().collect();
        let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
        self.scene.see(vec![look.gone(&missing)]);
        self.scene.pipeline().scan(&self.scene.plan()).await.unwrap();
        rest().await;
    }

    fn known(&self) -> BTreeSet<String> {
        self.scene.views.items().map(|row| row.unwrap().key.id).collect()
    }

    fn decisions(&self) -> Decisions {
        let log = Arc::clone(&self.scene.log) as Arc<dyn EventLog>;
        Decisions::new(log, self.scene.views.clone(), Actor::from("alice"))
            .clock(self.scene.clock())
    }

    async fn subscribe(&self, subscription: Subscription) {
        self.decisions().subscribe(&subscription, &Self::registry()).await.unwrap();
        rest().await;
    }

    fn said(&self, fake: usize) -> Vec<String> {
        self.fakes[fake].all().iter().map(said).collect()
    }
}

fn ids(queues: &[(&str, Value)]) -> BTreeSet<String> {
    queues.iter().map(|(id, _)| (*id).to_owned()).collect()
}

/// Until everybody waits.
async fn rest() {
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A message in a line.
fn said(message: &Message) -> String {
    let mut said = Vec::new();
    for issue in &message.issues {
        let kind = match &issue.kind {
            IssueKind::Resolved(_) => "resolved".to_owned(),
            kind => format!("{kind:?}").to_lowercase(),
        };
        said.push(format!("{kind} {}", issue.name));
    }
    said.extend(message.passing.iter().map(|issue| format!("passing {}", issue.name)));
    said.extend(message.changes.iter().map(|one| format!("{} {}", one.kind.as_str(), one.name)));
    said.extend(message.reverted.iter().map(|one| format!("reverted {}", one.name)));
    said.extend(message.decisions.iter().map(|one| format!("decided {}", one.name)));
    said.extend(message.baseline.iter().map(|_| "baseline".to_owned()));
    said.extend(message.daily.iter().map(|_| "daily".to_owned()));
    said.join(", ")
}

fn open(name: &str) -> (&str, Value) {
    (name, json!({ "Open": true, "N": 0 }))
}

fn closed(name: &str) -> (&str, Value) {
    (name, json!({ "Open": false, "N": 0 }))
}

#[tokio::test(start_paused = true)]
async fn what_settles_together_is_one_message_and_is_told_once() {
    let mut daemon = Daemon::new(&["slack"]).await;
    daemon.look(&[closed("a")]).await;
    daemon.pass(20).await;
    daemon.look(&[open("a"), open("b")]).await;
    daemon.pass(25).await;
    assert_eq!(daemon.said(0), Vec::<String>::new(), "it has not settled");
    daemon.pass(10).await;
    let told = "opened a, opened b, discovered a, changed a, discovered b";
    assert_eq!(daemon.said(0), [told]);
    daemon.look(&[open("a"), open("b")]).await;
    daemon.pass(3_600).await;
    assert_eq!(daemon.said(0), [told], "what stands is not told again");
    let message = daemon.fakes[0].all().remove(0);
    assert!(message.why[0].contains("`slack`"), "{:?}", message.why);
    let link = message.link.as_deref();
    assert_eq!(link, Some("https://monkey.example.com/issues?q=account:111122223333"));
    daemon.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_changed_and_changed_back_is_one_line() {
    let mut daemon = Daemon::new(&["slack"]).await;
    daemon.look(&[closed("a"), closed("b")]).await;
    daemon.pass(60).await;
    daemon.look(&[open("a"), closed("b")]).await;
    daemon.look(&[closed("a"), ("b", json!({ "Open": false, "N": 1 }))]).await;
    daemon.look(&[closed("a"), ("b", json!({ "Open": true, "N": 2 }))]).await;
    daemon.pass(60).await;
    let told = daemon.fakes[0].all().remove(1);
    assert_eq!(said(&told), "opened b, passing a, changed b, reverted a");
    assert_eq!(told.changes[0].summary.len(), 2, "both members, once: {:?}", told.changes);
    assert!(told.reverted[0].summary[0].starts_with("changed and changed back"));
    daemon.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_is_down_delays_only_itself() {
    let mut daemon = Daemon::new(&["slack", "mail", "pager"]).await;
    daemon.fakes[1].then(&[Comes::Not, Comes::Hangs, Comes::Not, Comes::Unanswered]);
    daemon.fakes[2].then(&[Comes::Refused; 3]);
    daemon.look(&[open("a")]).await;
    daemon.pass(32).await;
    let told = ["opened a, discovered a"];
    assert_eq!(daemon.said(0), told);
    assert_eq!(daemon.said(1), Vec::<String>::new());
    daemon.look(&[closed("a")]).await;
    daemon.pass(32).await;
    assert_eq!(daemon.said(0), [told[0], "resolved a, changed a"]);
    daemon.pass(2 * 3_600).await;
    let ids: Vec<String> = daemon.fakes[1].all().into_iter().map(|one| one.id).collect();
    assert_eq!(daemon.said(1), [told[0], told[0], "resolved a, changed a"]);
    assert_eq!(ids[0], ids[1], "who got it twice can tell");
    assert_ne!(ids[1], ids[2]);
    assert_eq!(daemon.said(2), [told[0], "resolved a, changed a"]);
    assert_eq!(daemon.fakes[2].attempts(), 5);
    daemon.stop().await;
}

#[tokio::test(start_paused = true)]
async fn each_is_told_what_they_subscribed_to() {
    let mut daemon = Daemon::new(&["mail"]).await;
    let query = |text: &str| text.parse().unwrap();
    for (name, of, changes) in [("ann", "name:a", true), ("bob", "name:b score:>=5", false)] {
        let to = Some(format!("{name}@example.com"));
        let one = Subscription { to, query: query(of), changes, ..Subscription::new(name, "mail") };
        daemon.subscribe(one).await;
    }
    let report = Subscription {
        to: Some("eve@example.com".to_owned()),
        cadence: "daily at 08:00".parse().unwrap(),
        report: true,
        ..Subscription::new("eve", "mail")
    };
    daemon.subscribe(report).await;
    daemon.look(&[open("a"), open("b"), open("c")]).await;
    daemon.pass(60).await;
    let told = |daemon: &Daemon, to: &str| -> Vec<String> {
        let all = daemon.fakes[0].all();
        let mine = all.iter().filter(|one| one.to.as_deref() == Some(to));
        mine.map(|one| format!("{}: {}", said(one), one.why.join("; "))).collect()
    };
    let ann = "opened a, discovered a: subscription `ann`: name:a";
    assert_eq!(told(&daemon, "ann@example.com"), [ann]);
    assert_eq!(
        told(&daemon, "bob@example.com"),
        ["opened b: subscription `bob`: name:b score:>=5"]
    );
    // Who subscribes to what is open hears also that it is no longer.
    daemon.look(&[open("a"), closed("b"), open("c")]).await;
    daemon.decisions().unsubscribe("ann").await.unwrap();
    daemon.pass(60).await;
    assert_eq!(told(&daemon, "bob@example.com").len(), 2);
    assert_eq!(told(&daemon, "eve@example.com"), Vec::<String>::new());
    daemon.look(&[("a", json!({ "Open": true, "N": 5 }))]).await;
    daemon.pass(9 * 3_600).await;
    assert_eq!(told(&daemon, "ann@example.com"), [ann], "and no more");
    assert_eq!(told(&daemon, "eve@example.com"), ["daily: subscription `eve`: everything"]);
    daemon.pass(48 * 3_600).await;
    assert_eq!(told(&daemon, "eve@example.com").len(), 1, "none that is empty");
    daemon.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_its_time_is_told_together() {
    let mut daemon = Daemon::new(&["mail"]).await;
    let one = Subscription {
        cadence: "hourly".parse().unwrap(),
        quiet: Some("01:30-03:00".parse().unwrap()),
        ..Subscription::new("team", "mail")
    };
    daemon.subscribe(one).await;
    daemon.look(&[open("a")]).await;
    daemon.pass(120).await;
    daemon.look(&[open("a"), open("b")]).await;
    daemon.pass(120).await;
    assert_eq!(daemon.said(0), Vec::<String>::new());
    daemon.kill().await;
    daemon.start().await;
    // The scene begins at midnight.
    daemon.pass(3_600).await;
    assert_eq!(daemon.said(0), ["opened a, opened b"]);
    daemon.look(&[closed("a"), open("b")]).await;
    daemon.pass(3_600).await;
    assert_eq!(daemon.said(0).len(), 1, "two o'clock is quiet");
    daemon.pass(3_600).await;
    assert_eq!(daemon.said(0), ["opened a, opened b", "resolved a"]);
    daemon.stop().await;
}

#[tokio::test(start_paused = true)]
async fn while_all_is_silenced_nobody_hears_and_then_once() {
    let mut daemon = Daemon::new(&["slack"]).await;
    let until = Some(daemon.scene.now() + SignedDuration::from_hours(3));
    let silence = Silence { reason: "migration".to_owned(), until };
    daemon.decisions().silence_notifications(&silence).await.unwrap();
    for queues in [vec![open("a")], vec![open("a"), open("b")], vec![closed("a"), open("b")]] {
        daemon.look(&queues).await;
        daemon.pass(600).await;
    }
    daemon.pass(3_600).await;
    assert_eq!(daemon.said(0), Vec::<String>::new());
    daemon.pass(2 * 3_600).await;
    let told = ["opened b, passing a, changed a, discovered a, discovered b"];
    let sorted = |said: Vec<String>| -> Vec<Vec<String>> {
        let words = |one: &String| {
            let mut words: Vec<String> = one.split(", ").map(str::to_owned).collect();
            words.sort();
            words
        };
        said.iter().map(words).collect()
    };
    let wanted = sorted(told.map(str::to_owned).to_vec());
    assert_eq!(sorted(daemon.said(0)), wanted);
    daemon.look(&[closed("a"), closed("b")]).await;
    daemon.pass(60).await;
    assert_eq!(daemon.said(0).len(), 2, "everybody is told again");
    daemon.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_decision_about_many_issues_is_one_message() {
    let mut daemon = Daemon::new(&["slack"]).await;
    let names: Vec<String> = (0..40).map(|n| format!("q{n:02}")).collect();
    let queues: Vec<_> = names.iter().map(|name| open(name)).collect();
    daemon.look(&queues).await;
    daemon.pass(60).await;
    let issues: Vec<_> =
        daemon.scene.issues().into_iter().map(|issue| issue.finding.issue).collect();
    daemon.decisions().justify_all(&issues, "by design", None).await.unwrap();
    daemon.pass(60).await;
    let all = daemon.fakes[0].all();
    let told = all.last().unwrap();
    assert_eq!((all.len(), told.kind, told.decisions.len()), (2, MessageKind::Decisions, 40));
    daemon.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_trial_is_delivered_or_says_why_not() {
    let daemon = Daemon::new(&["slack"]).await;
    let registry = Arc::new(Daemon::registry());
    let log = Arc::clone(&daemon.scene.log) as Arc<dyn EventLog>;
    let dispatcher =
        Dispatcher::new(log, daemon.scene.views.clone(), Arc::clone(&registry), registry)
            .notifier(Arc::clone(&daemon.fakes[0]) as Arc<dyn Notifier>);
    dispatcher.test("slack", Some("#alerts")).await.unwrap();
    let told = daemon.fakes[0].all().remove(0);
    assert_eq!((told.kind, told.to.as_deref()), (MessageKind::Test, Some("#alerts")));
    daemon.fakes[0].then(&[Comes::Refused]);
    let error = dispatcher.test("slack", None).await.unwrap_err().to_string();
    assert_eq!(error, "slack: refused: bad token");
    let error = dispatcher.test("slak", None).await.unwrap_err().to_string();
    assert_eq!(error, "there is no notifier `slak` in the configuration");
}

/// What happens to a daemon.
#[derive(Debug, Clone)]
enum Step {
    /// A scan sees which of the queues are open.
    Look([bool; 3]),
    /// Seconds pass.
    Pass(i64),
    /// It is killed and started again.
    Kill,
    /// It stops and is started again.
    Stop,
    /// What becomes of a delivery by the second notifier.
    Comes(Comes),
}

fn step() -> impl Strategy<Value = Step> {
    let comes = prop_oneof![Just(Comes::Not), Just(Comes::Unanswered), Just(Comes::Hangs)];
    prop_oneof![
        3 => any::<[bool; 3]>().prop_map(Step::Look),
        3 => (1_i64..80).prop_map(Step::Pass),
        2 => Just(Step::Kill),
        1 => Just(Step::Stop),
        2 => comes.prop_map(Step::Comes),
    ]
}

/// Runs the steps; what each notifier's receiver has after dropping what it had.
async fn run(steps: &[Step], with_trouble: bool) -> Vec<Vec<(String, String)>> {
    let mut daemon = Daemon::new(&["slack", "mail"]).await;
    for step in steps {
        match step {
            Step::Look(open_ones) => {
                let names = ["a", "b", "c"];
                let queues: Vec<_> = names
                    .iter()
                    .zip(open_ones)
                    .map(|(name, is_open)| if *is_open { open(name) } else { closed(name) })
                    .collect();
                daemon.look(&queues).await;
            }
            Step::Pass(seconds) => daemon.pass(*seconds).await,
            Step::Kill if with_trouble => {
                daemon.kill().await;
                daemon.start().await;
            }
            Step::Stop if with_trouble => {
                daemon.stop().await;
                daemon.start().await;
            }
            Step::Comes(comes) if with_trouble => daemon.fakes[1].then(&[*comes]),
            _ => rest().await,
        }
    }
    daemon.pass(1_200).await;
    daemon.pass(3 * 3_600).await;
    daemon.stop().await;
    let deduped = |fake: &Arc<Fake>| {
        let mut seen = BTreeSet::new();
        let all = fake.all().into_iter().filter(|one| seen.insert(one.id.clone()));
        all.map(|one| (said(&one), one.title)).collect()
    };
    daemon.fakes.iter().map(deduped).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// However it ends and whatever fails: after dropping what came twice, every message came
    /// once, in order, and as it comes where nothing fails.
    #[test]
    fn whatever_happens_everything_is_told_once_and_in_order(
        steps in proptest::collection::vec(step(), 1..14),
    ) {
        let whole = |with_trouble| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap();
            runtime.block_on(run(&steps, with_trouble))
        };
        let (smooth, troubled) = (whole(false), whole(true));
        prop_assert_eq!(&smooth[0], &smooth[1]);
        prop_assert_eq!(&troubled, &smooth);
    }
}
