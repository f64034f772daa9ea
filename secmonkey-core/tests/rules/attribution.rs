//! Who changed what is recorded.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::ToSpan as _;
use secmonkey_core::Timestamp;
use secmonkey_core::attribution::{
    self, About, Ack, ChangeEvents, ChangeLog, Delivery, Hint, Poison,
};
use secmonkey_core::live::Live;
use secmonkey_core::notify::text;
use secmonkey_core::pipeline::Sought;
use secmonkey_core::provider::Provider;
use secmonkey_core::query::{self, Known};
use secmonkey_core::record::{BlameRecord, DiffRecord, Records, RevisionRecord};
use secmonkey_core::registry::Registry;
use secmonkey_core::testing::{Look, PROVIDER, REGION, Scene, call};
use secmonkey_core::watch::{self, Scope, Wanted};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{OPEN, QUEUE};

/// What a call of a person says of a queue.
fn hint(scene: &Scene, id: &str, person: &str, queue: &str, writes: &[&str]) -> Hint {
    Hint {
        call: call(id, person, "SetQueue", scene.now(), &[]),
        account: scene.account.id.clone(),
        region: REGION.to_owned(),
        read_only: false,
        error: None,
        about: vec![About {
            technology: Some("queue".to_owned()),
            id: Some(queue.to_owned()),
            name: None,
            writes: writes.iter().map(|at| (*at).to_owned()).collect(),
        }],
    }
}

fn sought(hint: &Hint) -> Vec<Sought> {
    let about = &hint.about[0];
    let mut call = hint.call.clone();
    call.writes.clone_from(&about.writes);
    vec![Sought {
        region: REGION.to_owned(),
        wanted: Wanted::named("queue", about.id.clone().unwrap()),
        calls: vec![call],
    }]
}

/// A queue that was scanned, and is closed.
async fn scene() -> Scene {
    let mut scene = Scene::new(&[QUEUE]).check(&OPEN);
    scene.scan(look(&[("q-1", false)])).await;
    scene.scan(look(&[("q-1", false)])).await;
    scene.events().await;
    scene.told.take();
    scene.wait(1);
    scene
}

fn look(queues: &[(&str, bool)]) -> Look {
    let item = |look: Look, (id, open): &(&str, bool)| look.item(id, json!({ "Open": open }));
    queues.iter().fold(Look::at(&QUEUE), item)
}

#[tokio::test]
async fn a_look_records_attributes_judges_and_tells() {
    let mut scene = scene().await;
    let hint = hint(&scene, "e-1", "alice", "q-1", &["/Open"]);
    scene.see(vec![look(&[("q-1", true)])]);
    scene.wait(1);
    let summary = scene.pipeline().look(&scene.account, sought(&hint)).await.unwrap();
    assert_eq!((summary.items.changed, summary.issues.opened, summary.sweeps), (1, 1, 0));
    assert_eq!(
        scene.events().await,
        [
            r#"q-1: item_changed [{"op":"replace","path":"/Open","value":true}]"#,
            "q-1: change_attributed 2 exact e-1",
            "q-1: issue_opened queue.open",
        ]
    );
    let told = scene.told.take().remove(0);
    let lines: Vec<_> = text::body(&told).iter().map(|line| line.text.clone()).collect();
    let by = "  by alice with test:SetQueue from 203.0.113.7, 03:00 UTC";
    assert!(lines.iter().any(|line| line == by), "{lines:?}");

    let known = Known::new(scene.views.clone(), scene.now());
    let registry = Registry::new([QUEUE], [OPEN.check.clone()]);
    let key = scene.key(&QUEUE, "q-1");
    let log = scene.log.as_ref();
    let queue = QUEUE;
    let steps = query::history(log, &known, &queue, &key);
    let steps: Vec<_> = futures::TryStreamExt::try_collect(steps).await.unwrap();
    let history: Vec<_> = steps.into_iter().map(RevisionRecord::from).collect();
    assert!(history[0].attribution.is_none());
    let blame = query::blame(log, &known, "q-1", "", None).await.unwrap();
    let blame: Vec<_> = blame.members().into_iter().map(BlameRecord::from).collect();
    let row = scene.views.item(&key).unwrap().unwrap();
    let points = (None, None);
    let diff = query::diff(log, &scene.views, &QUEUE, &row, points, scene.now()).await.unwrap();
    let state = known.issue_state(scene.issues().remove(0)).unwrap();
    let issue = Records::new(&known, &registry).unwrap().issue_state(&state);
    insta::assert_json_snapshot!(json!({
        "history": history[1].attribution,
        "blame": blame.iter().map(|one| json!([one.pointer, one.attribution.as_ref().map(|by| &by.who)])).collect::<Vec<_>>(),
        "diff": DiffRecord::from(&diff).revisions,
        "issue": issue.brought_by,
    }));
}

#[tokio::test]
async fn a_hint_is_never_the_truth() {
    let mut scene = scene().await;
    // Somebody wanted to delete it, and was not let; what is there is looked at.
    let denied = hint(&scene, "e-1", "mallory", "q-1", &[""]);
    scene.see(vec![look(&[("q-1", false)])]);
    let summary = scene.pipeline().look(&scene.account, sought(&denied)).await.unwrap();
    assert_eq!((summary.items.seen, summary.items.deleted), (1, 0));
    assert_eq!(scene.events().await, [] as [&str; 0]);
    // What is gone is gone, and stays so.
    scene.see(vec![look(&[])]);
    for deleted in [1, 0] {
        let summary = scene.pipeline().look(&scene.account, sought(&denied)).await.unwrap();
        assert_eq!(summary.items.deleted, deleted);
    }
    assert_eq!(scene.events().await, ["q-1: item_deleted", "q-1: change_attributed 2 exact e-1"]);
    // What nobody knows is recorded where it is there, and where not, it is nothing.
    let made = hint(&scene, "e-2", "alice", "q-2", &[""]);
    let never = hint(&scene, "e-3", "alice", "q-3", &[""]);
    scene.see(vec![look(&[("q-2", false)])]);
    for hint in [&made, &never] {
        scene.pipeline().look(&scene.account, sought(hint)).await.unwrap();
    }
    assert_eq!(
        scene.events().await,
        [r#"q-2: item_discovered {"Open":false}"#, "q-2: change_attributed 1 exact e-2",]
    );
}

#[tokio::test]
async fn what_comes_late_is_added_to_the_revision_of_its_time() {
    let mut scene = scene().await;
    let alice = hint(&scene, "e-1", "alice", "q-1", &["/Open"]);
    let bob = hint(&scene, "e-2", "bob", "q-1", &[]);
    scene.scan(look(&[("q-1", true)])).await;
    scene.scan(look(&[("q-1", false)])).await;
    scene.events().await;
    let pipeline = scene.pipeline();
    let read = Hint { read_only: true, ..bob.clone() };
    let failed = Hint { error: Some("AccessDenied".to_owned()), ..bob.clone() };
    let foreign = Hint { account: "999999999999".parse().unwrap(), ..bob.clone() };
    assert_eq!(pipeline.attribute(vec![read, failed, foreign]).await.unwrap(), 0);
    assert_eq!(pipeline.attribute(vec![alice.clone(), alice.clone()]).await.unwrap(), 1);
    assert_eq!(pipeline.attribute(vec![alice.clone()]).await.unwrap(), 0);
    assert_eq!(pipeline.attribute(vec![bob.clone(), alice]).await.unwrap(), 1);
    assert_eq!(pipeline.attribute(vec![bob]).await.unwrap(), 0);
    assert_eq!(
        scene.events().await,
        ["q-1: change_attributed 2 exact e-1", "q-1: change_attributed 2 one_of e-1 e-2"]
    );
    // It is told with the change, and not again.
    assert_eq!(scene.told.take().len(), 2);
    let position = scene.views.position().unwrap();
    let views = scene.views.as_of(scene.log.as_ref(), position).await.unwrap();
    let by = views.revision(&scene.key(&QUEUE, "q-1"), 2).unwrap().unwrap().by.unwrap();
    assert_eq!(by.short(), "bob or alice");
}

/// A log of calls that counts how often it is asked.
struct Calls {
    hints: Vec<Hint>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl ChangeLog for Calls {
    fn provider(&self) -> Provider {
        PROVIDER
    }

    async fn calls(
        &self,
        scope: &Scope,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Hint>, watch::Error> {
        self.asked.lock().unwrap().push(format!("{} {from} {to}", scope.region));
        Ok(self.hints.clone())
    }
}

#[tokio::test]
async fn scans_ask_once_a_region_who_changed_what() {
    let mut scene = scene().await;
    let alice = hint(&scene, "e-1", "alice", "q-1", &["/Open"]);
    let bob = hint(&scene, "e-2", "bob", "q-2", &[""]);
    let calls = Arc::new(Calls { hints: vec![alice, bob], asked: Mutex::default() });
    scene.wait(1);
    scene.see(vec![look(&[("q-1", true), ("q-2", true)])]);
    let plan = scene.plan();
    let pipeline = scene.pipeline().change_log(calls.clone() as Arc<dyn ChangeLog>);
    for _ in 0..2 {
        pipeline.scan(&plan).await.unwrap();
    }
    assert_eq!(
        *calls.asked.lock().unwrap(),
        [format!("{REGION} 2026-01-01T01:58:00Z 2026-01-01T04:02:00Z")]
    );
    let attributed: Vec<_> =
        scene.events().await.into_iter().filter(|line| line.contains("attributed")).collect();
    assert_eq!(
        attributed,
        ["q-1: change_attributed 2 exact e-1", "q-2: change_attributed 1 exact e-2"]
    );
}

#[tokio::test]
async fn what_the_log_of_calls_lacked_is_asked_about_once_more() {
    let mut scene = scene().await;
    let alice = hint(&scene, "e-1", "alice", "q-1", &["/Open"]);
    let bob = hint(&scene, "e-2", "bob", "q-2", &[""]);
    let behind = Arc::new(Calls { hints: Vec::new(), asked: Mutex::default() });
    scene.wait(1);
    scene.see(vec![look(&[("q-1", true)])]);
    let plan = scene.plan();
    let pipeline = scene.pipeline().change_log(behind.clone() as Arc<dyn ChangeLog>);
    pipeline.scan(&plan).await.unwrap();
    assert_eq!(behind.asked.lock().unwrap().len(), 1);

    // The next scan sees no other change but that one queue more is there, and now it is told.
    scene.wait(1);
    let calls = Arc::new(Calls { hints: vec![alice, bob], asked: Mutex::default() });
    scene.see(vec![look(&[("q-1", true), ("q-2", true)])]);
    let pipeline = scene.pipeline().change_log(calls.clone() as Arc<dyn ChangeLog>);
    pipeline.scan(&plan).await.unwrap();
    assert_eq!(
        *calls.asked.lock().unwrap(),
        [format!("{REGION} 2026-01-01T01:58:00Z 2026-01-01T05:02:00Z")]
    );
    let attributed: Vec<_> =
        scene.events().await.into_iter().filter(|line| line.contains("attributed")).collect();
    assert_eq!(attributed, ["q-1: change_attributed 2 exact e-1"]);

    // What nobody tells then, nobody is asked about for ever.
    let calls = Arc::new(Calls { hints: Vec::new(), asked: Mutex::default() });
    let pipeline = scene.pipeline().change_log(calls.clone() as Arc<dyn ChangeLog>);
    for asked in [1, 1, 1] {
        scene.wait(1);
        pipeline.scan(&plan).await.unwrap();
        assert_eq!(calls.asked.lock().unwrap().len(), asked);
    }
}

/// A queue that hands out what it was given, and remembers what was taken off it.
#[derive(Default)]
struct Given {
    deliveries: Mutex<VecDeque<Vec<Delivery>>>,
    acked: Mutex<Vec<String>>,
}

#[async_trait]
impl ChangeEvents for Given {
    fn name(&self) -> &'static str {
        "given"
    }

    async fn next(&self) -> Result<Vec<Delivery>, attribution::Error> {
        let next = self.deliveries.lock().unwrap().pop_front();
        match next {
            Some(deliveries) => Ok(deliveries),
            None => std::future::pending().await,
        }
    }

    async fn ack(&self, done: Vec<Ack>) -> Result<(), attribution::Error> {
        self.acked.lock().unwrap().extend(done.into_iter().map(|ack| ack.0));
        Ok(())
    }
}

/// Lets a live loop take what it is given.
async fn live(scene: &Scene, given: Vec<Vec<Delivery>>) -> Vec<String> {
    let queue = Arc::new(Given { deliveries: Mutex::new(given.into()), ..Given::default() });
    let events = Arc::clone(&queue) as Arc<dyn ChangeEvents>;
    let live = Live::new(scene.pipeline(), events)
        .settle(Duration::from_millis(20), Duration::from_millis(100));
    let stop = CancellationToken::new();
    let stopped = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.cancel();
    };
    tokio::join!(live.run(&stop), stopped);
    let mut acked = queue.acked.lock().unwrap().clone();
    acked.sort();
    acked
}

fn delivery(ack: &str, hint: Hint) -> Delivery {
    Delivery { ack: Ack(ack.to_owned()), content: Ok(vec![hint]) }
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_one_look_and_is_taken_off_the_queue_when_it_is_recorded() {
    let mut scene = scene().await;
    let alice = hint(&scene, "e-1", "alice", "q-1", &["/Open"]);
    let tag = hint(&scene, "e-2", "bob", "q-1", &["/Tags"]);
    let denied =
        Hint { error: Some("denied".to_owned()), ..hint(&scene, "e-3", "eve", "q-1", &[""]) };
    scene.see(vec![look(&[("q-1", true)])]);
    scene.wait(1);
    let poison = |id: &str, is_kept| Delivery {
        ack: Ack(id.to_owned()),
        content: Err(Poison { id: id.to_owned(), reason: "not JSON".to_owned(), is_kept }),
    };
    let given = vec![
        vec![delivery("1", alice.clone()), delivery("2", tag), poison("3", false)],
        vec![delivery("4", denied), poison("5", true), delivery("6", alice)],
    ];
    assert_eq!(live(&scene, given).await, ["1", "2", "3", "4", "6"]);
    assert_eq!(
        scene.events().await,
        [
            r#"q-1: item_changed [{"op":"replace","path":"/Open","value":true}]"#,
            "q-1: change_attributed 2 exact e-1",
            "q-1: issue_opened queue.open",
        ]
    );
    // Both scans that there were, and one look.
    assert_eq!(scene.views.scans().count(), 3);
}

/// Hands out one delivery, and then without end what another account does.
struct Endless {
    first: Mutex<Option<Delivery>>,
    other: Hint,
    acked: Mutex<Vec<String>>,
}

#[async_trait]
impl ChangeEvents for Endless {
    fn name(&self) -> &'static str {
        "endless"
    }

    async fn next(&self) -> Result<Vec<Delivery>, attribution::Error> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let first = self.first.lock().unwrap().take();
        Ok(vec![first.unwrap_or_else(|| delivery("other", self.other.clone()))])
    }

    async fn ack(&self, done: Vec<Ack>) -> Result<(), attribution::Error> {
        self.acked.lock().unwrap().extend(done.into_iter().map(|ack| ack.0));
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_account_holds_up_no_other() {
    let scene = scene().await;
    let alice = hint(&scene, "e-1", "alice", "q-1", &["/Open"]);
    let other = Hint { account: "2".parse().unwrap(), ..hint(&scene, "e-2", "bob", "q-9", &[""]) };
    scene.see(vec![look(&[("q-1", true)])]);
    scene.wait(1);
    let first = Mutex::new(Some(delivery("1", alice)));
    let queue = Arc::new(Endless { first, other, acked: Mutex::default() });
    let live = Live::new(scene.pipeline(), Arc::clone(&queue) as Arc<dyn ChangeEvents>)
        .settle(Duration::from_millis(200), Duration::from_mins(1));
    let stop = CancellationToken::new();
    let stopped = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        stop.cancel();
    };
    tokio::join!(live.run(&stop), stopped);
    assert!(queue.acked.lock().unwrap().contains(&"1".to_owned()));
}

/// A look holds the views while it folds them, and what else comes meanwhile asks for them, too.
#[tokio::test]
async fn what_comes_while_a_look_folds_the_views_stops_neither() {
    let mut scene = scene().await;
    scene.views = crate::slow_views();
    let alice = hint(&scene, "e-1", "alice", "q-1", &["/Open"]);
    let other = Hint { account: "2".parse().unwrap(), ..hint(&scene, "e-2", "bob", "q-9", &[""]) };
    scene.see(vec![look(&[("q-1", true)])]);
    scene.wait(1);
    let first = Mutex::new(Some(delivery("1", alice)));
    let queue = Arc::new(Endless { first, other, acked: Mutex::default() });
    let live = Live::new(scene.pipeline(), Arc::clone(&queue) as Arc<dyn ChangeEvents>)
        .settle(Duration::from_millis(5), Duration::from_millis(10));
    let stop = CancellationToken::new();
    let looked = async {
        while !queue.acked.lock().unwrap().contains(&"1".to_owned()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.cancel();
    };
    let both = async { tokio::join!(live.run(&stop), looked) };
    tokio::time::timeout(Duration::from_secs(20), both).await.expect("neither waits for ever");
}

#[tokio::test(start_paused = true)]
async fn what_a_look_failed_at_stays_on_the_queue() {
    let mut scene = scene().await;
    let alice = hint(&scene, "e-1", "alice", "q-1", &["/Open"]);
    scene.see(vec![look(&[]).lookup_fails()]);
    assert_eq!(live(&scene, vec![vec![delivery("1", alice)]]).await, [] as [&str; 0]);
    assert_eq!(scene.events().await, [] as [&str; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_a_look_came_too_early_for_is_looked_at_once_more() {
    let mut scene = scene().await;
    scene.scan(look(&[("q-1", false), ("q-2", false)])).await;
    scene.events().await;
    let alice = hint(&scene, "e-1", "alice", "q-1", &["/Open"]);
    let old = hint(&scene, "e-2", "bob", "q-2", &["/Open"]);
    let old = Hint { call: call("e-2", "bob", "SetQueue", scene.now() - 2.minutes(), &[]), ..old };
    let queue = Arc::new(Given {
        deliveries: Mutex::new([vec![delivery("1", alice), delivery("2", old)]].into()),
        ..Given::default()
    });
    // The provider answers for a while as before.
    scene.see(vec![look(&[("q-1", false), ("q-2", false)])]);
    let events = Arc::clone(&queue) as Arc<dyn ChangeEvents>;
    let live = Live::new(scene.pipeline(), events)
        .settle(Duration::from_millis(20), Duration::from_millis(100))
        .once_more(Duration::from_millis(200));
    let counts = live.counts();
    let stop = CancellationToken::new();
    let meanwhile = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(queue.acked.lock().unwrap().len(), 2, "nobody waits for the second look");
        scene.see(vec![look(&[("q-1", true), ("q-2", true)])]);
        tokio::time::sleep(Duration::from_millis(400)).await;
        stop.cancel();
    };
    tokio::join!(live.run(&stop), meanwhile);
    assert_eq!(
        scene.events().await,
        [
            r#"q-1: item_changed [{"op":"replace","path":"/Open","value":true}]"#,
            "q-1: change_attributed 2 exact e-1",
            "q-1: issue_opened queue.open",
        ]
    );
    // Two, and one of them again, once.
    assert_eq!(counts.looked.load(Ordering::Relaxed), 3);
}
