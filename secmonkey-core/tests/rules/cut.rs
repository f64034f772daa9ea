//! A log whose beginning was cut: what is asked about later times is answered as before, what
//! is recorded later is recorded as it would have been.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use futures::TryStreamExt as _;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use secmonkey_core::check::{Auditor, Catalogue, Check, Rule};
use secmonkey_core::event::{Actor, Envelope, Event, IssueId, Position, Stored, StreamId};
use secmonkey_core::governance::{Comment, Ignore};
use secmonkey_core::issue::Issue;
use secmonkey_core::item::Key;
use secmonkey_core::log::cut::{self, Plan};
use secmonkey_core::log::memory::Memory;
use secmonkey_core::log::{self, EventLog};
use secmonkey_core::messages::messages;
use secmonkey_core::network::Network;
use secmonkey_core::query::{self, ExposureSearch, Known, Point};
use secmonkey_core::registry::Registry;
use secmonkey_core::technology::{Kind, Name, Technology, Texts};
use secmonkey_core::testing::{Look, PROVIDER, Scene};
use secmonkey_core::view::{self, Rows as _, Views};
use serde_json::{Value, json};

const GROUP: Technology =
    Technology { provider: PROVIDER, id: Cow::Borrowed("group"), ..Technology::DEFAULT };
const NET: Technology = Technology {
    provider: PROVIDER,
    id: Cow::Borrowed("net"),
    names: Cow::Borrowed(&[Name::new(Kind::BLOCK, "/Block")]),
    ..Technology::DEFAULT
};

/// Each source that a group lets in.
static OPEN: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "group.open".into(),
        technology: "group".into(),
        score: 7,
        reads: Texts::new(&["/Open"]),
        page: "# Open".into(),
        ..Check::DEFAULT
    };
    Rule::new(check, |item, _, found| {
        for (at, source) in item.config["Open"].as_array().into_iter().flatten().enumerate() {
            let source = source.as_str().unwrap_or_default();
            found.add(source, format!("lets {source} in")).at(format!("/Open/{at}"));
        }
        Ok(())
    })
});

/// A group that lets in what is in no known block.
static STRANGE: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "group.strange".into(),
        world: Texts::new(&["known"]),
        page: "# Strange".into(),
        ..OPEN.check.clone()
    };
    Rule::new(check, |item, world, found| {
        let block = secmonkey_core::network::block("10.1.0.0/16").unwrap();
        let is_open = item.config["Open"].as_array().is_some_and(|open| !open.is_empty());
        if is_open && world.blocks(block)?.is_empty() {
            found.add("", "strange");
        }
        Ok(())
    })
});

/// One step of a history.
#[derive(Debug, Clone)]
enum Step {
    /// What two groups let in, where they are there; the block of a net; whether the listing of
    /// groups breaks off.
    Scan {
        groups: [Option<Vec<&'static str>>; 2],
        block: Option<&'static str>,
        is_broken: bool,
    },
    /// Of the issues that stand, one; for so many hours.
    Justify(usize, Option<i64>),
    Withdraw(usize),
    Comment(usize),
    Network(bool),
    Ignore(bool),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let sources = proptest::sample::subsequence(vec!["a", "b", "c", "d"], 0..=4);
    let group = proptest::option::weighted(0.85, sources);
    let block = proptest::option::of(prop_oneof![Just("10.0.0.0/8"), Just("192.168.0.0/16")]);
    let scan = (group.clone(), group, block, proptest::bool::weighted(0.1)).prop_map(
        |(one, two, block, is_broken)| Step::Scan { groups: [one, two], block, is_broken },
    );
    prop_oneof![
        8 => scan,
        2 => (any::<usize>(), proptest::option::of(1_i64..40)).prop_map(|(n, h)| Step::Justify(n, h)),
        1 => any::<usize>().prop_map(Step::Withdraw),
        1 => (0_usize..2).prop_map(Step::Comment),
        1 => any::<bool>().prop_map(Step::Network),
        1 => any::<bool>().prop_map(Step::Ignore),
        1 => (1_i64..30).prop_map(Step::Wait),
    ]
}

fn looks(
    groups: &[Option<Vec<&'static str>>; 2],
    block: Option<&str>,
    is_broken: bool,
) -> Vec<Look> {
    let mut look = Look::at(&GROUP);
    for (id, open) in ["sg-1", "sg-2"].iter().zip(groups) {
        if let Some(open) = open {
            look = look.item(id, json!({ "Open": open, "Size": open.len() }));
        }
    }
    if is_broken {
        look = look.broken();
    }
    vec![look, Look::at(&NET).item("n-1", json!({ "Block": block }))]
}

async fn take(scene: &mut Scene, step: &Step) {
    let standing = |scene: &Scene, n: usize| -> Option<Issue> {
        let mut all = scene.issues();
        all.retain(|issue| issue.resolved_at.is_none());
        (!all.is_empty()).then(|| all.swap_remove(n % all.len()))
    };
    match step {
        Step::Scan { groups, block, is_broken } => {
            scene.scan_all(looks(groups, *block, *is_broken)).await;
        }
        Step::Justify(n, hours) => {
            if let Some(issue) = standing(scene, *n) {
                let until = hours.map(|hours| scene.now() + SignedDuration::from_hours(hours));
                scene.justify(&issue.finding.issue, "fine", until).await;
            }
        }
        Step::Withdraw(n) => {
            if let Some(issue) = standing(scene, *n).filter(|it| it.justification.is_some()) {
                let event = Event::JustificationWithdrawn { issue: issue.finding.issue };
                scene.append(StreamId::item(&issue.key), event).await;
            }
        }
        Step::Comment(n) => {
            let key = scene.key(&GROUP, ["sg-1", "sg-2"][*n]);
            if scene.views.item(&key).unwrap().is_some() {
                let comment: Comment = serde_json::from_value(json!({ "text": "hm" })).unwrap();
                scene.append(StreamId::item(&key), Event::Commented(comment)).await;
            }
        }
        Step::Network(is_known) => {
            let event = if *is_known {
                let network = json!({ "name": "office", "cidr": "10.1.0.0/16" });
                Event::NetworkKnown(serde_json::from_value::<Network>(network).unwrap())
            } else {
                Event::NetworkForgotten { name: "office".to_owned() }
            };
            scene.append(StreamId::governance(), event).await;
        }
        Step::Ignore(is_made) => {
            let rule = json!({ "id": "ign-1", "scope": "name:sg-2", "reason": "ours" });
            let rule: Ignore = serde_json::from_value(rule).unwrap();
            let event = if *is_made {
                Event::ItemsIgnored(rule)
            } else {
                Event::IgnoreRemoved { id: rule.id }
            };
            scene.append(StreamId::governance(), event).await;
        }
        Step::Wait(hours) => scene.wait(*hours),
    }
}

/// All that a log holds, as it is stored.
async fn stored(log: &dyn EventLog, after: Position) -> Vec<Stored> {
    log.read_stored(after, usize::MAX).await.unwrap()
}

/// The log up to a position, whole and cut.
async fn logs(scene: &Scene, plan: &Plan, end: Position) -> (Memory, Memory) {
    let mut all = stored(scene.log.as_ref(), Position(0)).await;
    all.truncate(usize::try_from(end.0).unwrap());
    let whole = Memory::default();
    whole.restore(all.clone()).await.unwrap();
    let now = scene.now();
    let cut = Memory::cut_to(plan.cut.clone(), plan.remains.clone(), move || now).unwrap();
    let rest = all.split_off(usize::try_from(plan.cut.through.0).unwrap());
    if !rest.is_empty() {
        cut.restore(rest).await.unwrap();
    }
    (whole, cut)
}

type Dump = BTreeMap<String, Value>;

/// The views over a log, and their rows.
async fn views(log: &dyn EventLog) -> (Views, Dump) {
    let rows = Arc::new(view::Memory::default());
    let views = Views::without_search(Arc::clone(&rows) as Arc<dyn view::Rows>);
    views.know(&[GROUP, NET]);
    views.catch_up(log).await.unwrap();
    let all = rows.scan(b"", None, usize::MAX).unwrap();
    let row = |(key, value): (Vec<u8>, Vec<u8>)| {
        (String::from_utf8(key).unwrap(), serde_json::from_slice(&value).unwrap())
    };
    (views, all.into_iter().map(row).collect())
}

/// What the rows of the whole log have and those of the cut one lack is what went, and the
/// others are the same.
fn compare(whole: &Dump, cut: &Dump, plan: &Plan) {
    let through = plan.cut.through.0;
    let is_over = |id: &Value| {
        let issue = &whole[&format!("q/{}", id.as_str().unwrap())];
        !issue["resolved_at"].is_null()
    };
    for (key, value) in whole {
        let known = cut.get(key);
        let may_go = match &key[..1] {
            "r" | "f" | "n" => value["position"].as_u64().unwrap() <= through,
            "q" => !value["resolved_at"].is_null(),
            "j" | "x" => is_over(value),
            _ => false,
        };
        if may_go && (known.is_none() || key.starts_with(['r', 'f'])) {
            continue;
        }
        if key == "known" {
            // Blocks of which lengths there once were says where to look, and nothing else.
            assert_eq!(known.map(|known| &known["changed"]), Some(&value["changed"]));
            continue;
        }
        assert_eq!(known, Some(value), "{key}");
    }
    for (key, value) in cut {
        let is_new = key.starts_with(['K', 'B', 'f']) || value["kind"] == "carried";
        assert!(is_new || whole.contains_key(key), "{key}: {value}");
    }
}

fn registry() -> Registry {
    Registry::new([GROUP, NET], [OPEN.check.clone(), STRANGE.check.clone()])
}

/// What is shown of both groups at a time.
async fn shown(log: &dyn EventLog, views: &Views, at: Timestamp) -> Vec<String> {
    let mut all = Vec::new();
    for id in ["sg-1", "sg-2"] {
        let shown = query::show(log, views, &registry(), id, Some(Point::At(at)), at).await;
        all.push(match shown {
            Ok(shown) => format!(
                "{:?} {:?} {:?} {:?} {:?}",
                shown.state, shown.config, shown.issues, shown.comments, shown.unread
            ),
            // Which names there are may be told otherwise; that it was not known is the same.
            Err(
                query::Error::NotKnownThen { .. }
                | query::Error::UnknownItem { .. }
                | query::Error::NothingRecorded(_),
            ) => "not known".to_owned(),
            Err(error) => panic!("{error}"),
        });
    }
    all
}

/// How all items, their standing issues and their scopes were known at a time.
async fn as_of(log: &dyn EventLog, views: &Views, at: Timestamp) -> Vec<String> {
    let known = Known::at(log, views, at, Timestamp::MAX).await.unwrap();
    let items = known.views.items().map(|row| format!("{:?}", row.unwrap()));
    let issues = known.views.issues().map(Result::unwrap);
    let issues = issues.filter(|issue| issue.resolved_at.is_none());
    let scopes = known.views.scopes().map(|row| format!("{:?}", row.unwrap()));
    let brought = |issue: &Issue| {
        let by = known.views.brought(issue).unwrap();
        by.map(|by| (by.revision, by.at, by.actor, by.by))
    };
    let issues = issues.map(|issue| format!("{issue:?} {:?}", brought(&issue)));
    items.chain(issues).chain(scopes).collect()
}

/// When findings stood since a time; what stood at it already, from then on.
async fn standing(log: &dyn EventLog, views: &Views, since: Timestamp) -> Vec<String> {
    let rules = vec![OPEN.clone(), STRANGE.clone()];
    let auditors: [Arc<dyn Auditor>; 1] = [Arc::new(Catalogue::new(rules))];
    let known = Known::new(views.clone(), log.head().await.unwrap().recorded_at.unwrap());
    let search = ExposureSearch::default();
    let found = query::exposure(log, &known, &registry(), &auditors, &search).await.unwrap();
    let mut all = Vec::new();
    for one in found.all {
        for it in one.intervals {
            if it.until.is_none_or(|until| until.at > since) {
                let (from, until) = (it.from.at.max(since), it.until.map(|until| until.at));
                all.push(format!("{} {} {} {from} {until:?}", one.key, one.check, one.subject));
            }
        }
    }
    all
}

/// The revisions of a group behind a position.
async fn steps(log: &dyn EventLog, views: &Views, key: &Key, after: Position) -> Vec<String> {
    let known = Known::new(views.clone(), Timestamp::MAX);
    let steps: Vec<_> = query::history(log, &known, &GROUP, key).try_collect().await.unwrap();
    let steps = steps.into_iter().filter(|step| step.revision.position > after);
    steps.map(|step| format!("{step:?}")).collect()
}

/// Every law, for a cut before a time.
async fn hold(scene: &Scene, before: Timestamp) -> Option<Plan> {
    let (log, by) = (scene.log.as_ref(), Actor::from("cli"));
    let plan = cut::plan(log, &scene.views, before, &by, scene.now()).await.unwrap()?;
    let head = log.head().await.unwrap().position;
    let through = plan.cut.through;
    for end in [through, Position(through.0 + 1), Position(through.0.midpoint(head.0)), head] {
        if end > head {
            continue;
        }
        let (whole, cut) = logs(scene, &plan, end).await;
        assert_eq!(whole.head().await.unwrap(), cut.head().await.unwrap());
        let ((known, one), (left, two)) = (views(&whole).await, views(&cut).await);
        compare(&one, &two, &plan);

        // What is read from behind the cut is the same.
        let behind = async |log: &Memory| log.read_all(through, usize::MAX).await.unwrap();
        assert_eq!(behind(&whole).await, behind(&cut).await);
        for id in ["sg-1", "sg-2"] {
            let key = scene.key(&GROUP, id);
            let whole = steps(&whole, &known, &key, through).await;
            assert_eq!(whole, steps(&cut, &left, &key, through).await);
        }
        let registry = Arc::new(registry());
        let told = messages(&whole, &known, &registry, through, end).await.unwrap();
        assert_eq!(told, messages(&cut, &left, &registry, through, end).await.unwrap());

        let before = standing(&whole, &known, plan.cut.since).await;
        assert_eq!(before, standing(&cut, &left, plan.cut.since).await);

        // So is what was known at any time since.
        let mut at = plan.cut.since;
        let last = cut.head().await.unwrap().recorded_at.unwrap();
        while at <= last {
            assert_eq!(shown(&whole, &known, at).await, shown(&cut, &left, at).await, "{at}");
            let position = log::position_at(&whole, at).await.unwrap();
            assert_eq!(position, log::position_at(&cut, at).await.unwrap());
            assert_eq!(as_of(&whole, &known, at).await, as_of(&cut, &left, at).await, "{at}");
            at += SignedDuration::from_hours(3);
        }
        let early = plan.cut.since - SignedDuration::from_millis(1);
        let refused = log::position_at(&cut, early).await.unwrap_err().to_string();
        assert!(refused.contains("was cut on"), "{refused}");
    }
    Some(plan)
}

/// The same scan over the whole log and the cut one records the same. What had been resolved
/// before the cut and is found again is opened there, not reopened.
async fn go_on(scene: &mut Scene, plan: &Plan, step: &Step) {
    let head = scene.log.head().await.unwrap().position;
    let (_, cut) = logs(scene, plan, head).await;
    let mut other = Scene::new(&[GROUP, NET]).check(&OPEN).check(&STRANGE);
    let hours = scene.now().duration_since(other.now()).as_hours();
    other.wait(hours);
    other.log = Arc::new(cut);
    other.views = views(other.log.as_ref()).await.0;
    for scene in [&mut *scene, &mut other] {
        take(scene, step).await;
    }
    let lines = async |scene: &Scene| -> Vec<String> {
        let all: Vec<Envelope> = scene.log.read_all(head, usize::MAX).await.unwrap();
        let line = |it: &Envelope| {
            let event = serde_json::to_string(&it.event).unwrap();
            let event = event.replace("issue_reopened", "issue_opened");
            let counts = event.find("\"issues\":").filter(|_| event.contains("scan_finished"));
            format!(
                "{} {} {}",
                it.stream.as_str(),
                it.version.0,
                &event[..counts.unwrap_or(event.len())]
            )
        };
        let items = all.iter().filter(|it| it.stream.as_str().starts_with("item/"));
        // Items of two regions come in any order.
        let mut lines: Vec<_> = items.map(line).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(scene).await, lines(&other).await);
}

fn run(steps: &[Step], before: usize, last: &Step) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut scene = Scene::new(&[GROUP, NET]).check(&OPEN).check(&STRANGE);
        let mut time = scene.now();
        for (n, step) in steps.iter().enumerate() {
            take(&mut scene, step).await;
            if n == before {
                time = scene.now() + SignedDuration::from_millis(1);
            }
        }
        scene.wait(1);
        if let Some(plan) = hold(&scene, time).await {
            go_on(&mut scene, &plan, last).await;
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_asked_about_later_times_is_answered_as_before(
        steps in proptest::collection::vec(step(), 2..12),
        before in 0_usize..12,
        last in step(),
    ) {
        let before = before.min(steps.len() - 1);
        run(&steps, before, &last);
    }
}

/// Two groups over many scans.
async fn long(scans: usize) -> Scene {
    let mut scene = Scene::new(&[GROUP, NET]).check(&OPEN).check(&STRANGE);
    for n in 0..scans {
        let open = [vec!["a"], vec!["a", "b"], vec!["b"]][n % 3].clone();
        scene.scan_all(looks(&[Some(open), Some(vec![])], Some("10.0.0.0/8"), false)).await;
    }
    scene
}

#[tokio::test]
async fn what_goes_is_counted_and_a_second_cut_goes_on_from_the_first() {
    let mut scene = long(40).await;
    let issue = IssueId::of(&scene.key(&GROUP, "sg-1"), "group.open", "a");
    scene.justify(&issue, "fine", None).await;
    let middle = scene.now();
    let first = hold(&scene, middle - SignedDuration::from_hours(10)).await.unwrap();
    assert!(first.cut.went.revisions >= 25 && first.cut.went.items == 1, "{:?}", first.cut);
    assert!(first.bytes_kept < first.bytes / 4, "{} of {}", first.bytes_kept, first.bytes);

    let head = scene.log.head().await.unwrap().position;
    let (_, cut) = logs(&scene, &first, head).await;
    let (views, _) = views(&cut).await;
    let by = Actor::from("cli");
    let again = cut::plan(&cut, &views, first.cut.since, &by, middle).await;
    assert!(matches!(again, Err(view::Error::Log(log::Error::Cut(_)))), "{again:?}");
    let again = cut::plan(&cut, &views, middle, &by, middle).await.unwrap().unwrap();
    let at_once = cut::plan(scene.log.as_ref(), &scene.views, middle, &by, middle);
    let at_once = at_once.await.unwrap().unwrap();
    let lines = |plan: &Plan| -> Vec<String> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let line = |it: &log::Remnant| {
            format!("{} {} {}", it.hash, text(&it.stored.header), text(&it.stored.body))
        };
        plan.remains.iter().map(line).collect()
    };
    for (again, at_once) in lines(&again).iter().zip(lines(&at_once)) {
        assert_eq!(*again, at_once);
    }
    assert_eq!(again.remains.len(), at_once.remains.len());
    assert_eq!(again.cut.scans, at_once.cut.scans);
    let revisions = again.cut.went.revisions + first.cut.went.revisions;
    assert_eq!(revisions, at_once.cut.went.revisions);
}

#[tokio::test]
async fn nothing_is_cut_where_nothing_is_or_a_scan_runs() {
    let scene = Scene::new(&[GROUP, NET]);
    let by = Actor::from("cli");
    let log = Arc::clone(&scene.log);
    let now = scene.now();
    assert_eq!(cut::plan(log.as_ref(), &scene.views, now, &by, now).await.unwrap(), None);
    let planned = scene.plan();
    scene.see(looks(&[None, None], None, false));
    scene.pipeline().scan(&planned).await.unwrap();
    scene.wait(1);
    let all = stored(log.as_ref(), Position(0)).await;
    let events = log.read_all(Position(0), usize::MAX).await.unwrap();
    let place = |wanted: &dyn Fn(&Event) -> bool| {
        events.iter().position(|envelope| wanted(&envelope.event)).unwrap()
    };
    // A scan that has not ended.
    let running = Memory::default();
    let end = place(&|event| matches!(event, Event::ScanFinished(_)));
    running.restore(all[..end].to_vec()).await.unwrap();
    let (views, _) = views(&running).await;
    let plan = cut::plan(&running, &views, scene.now(), &by, scene.now()).await.unwrap();
    let start = place(&|event| matches!(event, Event::ScanStarted { .. }));
    assert_eq!(plan.map_or(0, |plan| plan.cut.through.0), start as u64);
}

#[tokio::test]
async fn a_cut_log_is_a_log() {
    let scene = long(9).await;
    let plan = hold(&scene, scene.now()).await.unwrap();
    let head = scene.log.head().await.unwrap();
    let (whole, cut) = logs(&scene, &plan, head.position).await;
    assert_eq!(cut.head().await.unwrap(), head);
    assert_eq!(cut.cut().await.unwrap(), Some(plan.cut.clone()));
    assert_eq!(whole.cut().await.unwrap(), None);
    let refused = cut.read_stored(Position(0), 1).await;
    assert!(matches!(refused, Err(log::Error::Cut(_))), "{refused:?}");

    let all = cut.read_all(Position(0), usize::MAX).await.unwrap();
    assert!(all.windows(2).all(|pair| pair[0].position < pair[1].position));
    let originals = whole.read_all(Position(0), usize::MAX).await.unwrap();
    for envelope in &all {
        let original = &originals[usize::try_from(envelope.position.0 - 1).unwrap()];
        assert_eq!((envelope.hash, &envelope.stream), (original.hash, &original.stream));
        assert_eq!((envelope.version, &envelope.actor), (original.version, &original.actor));
        assert_eq!(envelope.recorded_at, original.recorded_at);
        assert_eq!(
            log::hash_at(&cut, envelope.position).await.unwrap(),
            Some(original.hash),
            "{}",
            envelope.position
        );
        // Nothing is ever added to a scan that ended.
        if !envelope.stream.as_str().starts_with("scan/") {
            let version = cut.version(&envelope.stream).await.unwrap();
            assert_eq!(version, whole.version(&envelope.stream).await.unwrap());
        }
        let stream = cut.read_stream(&envelope.stream, envelope.version, 1).await.unwrap();
        assert_eq!(stream, std::slice::from_ref(envelope));
    }
    // Page by page is the same as at once.
    let (mut paged, mut at) = (Vec::new(), Position(0));
    while let Some(envelope) = cut.read_all(at, 1).await.unwrap().pop() {
        at = envelope.position;
        paged.push(envelope);
    }
    assert_eq!(paged, all);
}
