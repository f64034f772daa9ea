//! A store whose log is cut: what stays is as it was, proofs and checkpoints hold, and a crash
//! leaves the log as it was or as it is to be.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use secmonkey_core::Timestamp;
use secmonkey_core::event::{Actor, Envelope, Event, Position, Stored, StreamId, Version};
use secmonkey_core::log::cut::{self, Plan};
use secmonkey_core::log::memory::Memory;
use secmonkey_core::log::{self, EventLog, Head};
use secmonkey_core::merkle::{self, Node};
use secmonkey_core::technology::Technology;
use secmonkey_core::testing::{Look, PROVIDER, Scene};
use secmonkey_core::tlog::{Checkpoint, SigningKey};
use secmonkey_core::view::{self, Rows as _, Views};
use secmonkey_store::{
    Compacted, Error, ExportOptions, OpenOptions, Problem, Segments, Store, begin, compact, export,
};
use serde_json::json;

use crate::{Random, all, append, contents, copy, noise, open, options, stream};

const QUEUE: Technology = Technology {
    provider: PROVIDER,
    id: std::borrow::Cow::Borrowed("queue"),
    ..Technology::DEFAULT
};

const LIMIT: Duration = Duration::from_mins(1);

fn key() -> SigningKey {
    SigningKey::new("secmonkey.example/log", [9; 32]).expect("a key")
}

fn actor() -> Actor {
    Actor::from("cli")
}

/// The events of so many scans of some queues, whose texts change all the time; and when it is.
async fn scans(number: usize, text: usize) -> (Vec<Stored>, Timestamp) {
    let mut scene = Scene::new(&[QUEUE]);
    for scan in 0..number {
        let mut look = Look::at(&QUEUE);
        for queue in 0..4 {
            // One of them is now and then too large for a value of the database.
            let long = if queue == 0 && scan % 7 == 3 { 9_000 } else { text };
            let noise = noise((scan * 10 + queue) as u64, long);
            look = look.item(&format!("q-{queue}"), json!({ "Text": noise, "Size": queue }));
        }
        scene.scan(look).await;
    }
    let events = scene.log.read_stored(Position(0), usize::MAX).await.expect("the log reads");
    (events, scene.now())
}

async fn restore(store: &Store, events: &[Stored]) {
    for batch in events.chunks(37) {
        store.log.restore(batch.to_vec()).await.expect("it is taken");
    }
    store.log.publish_head().await.expect("the head is written down");
}

async fn signed(store: &Store) -> Checkpoint {
    let note = store.checkpoint(&key()).await.expect("a checkpoint");
    Checkpoint::of(&note).expect("a checkpoint")
}

/// A store of 60 scans with three checkpoints of it, and when the 40th had ended.
async fn filled(path: &Path) -> (Timestamp, Vec<Checkpoint>) {
    filled_with(path, 40).await
}

/// The same with texts of so many bytes.
async fn filled_with(path: &Path, text: usize) -> (Timestamp, Vec<Checkpoint>) {
    let (events, now) = scans(60, text).await;
    let store = open(path);
    let mut checkpoints = Vec::new();
    for part in events.chunks(events.len().div_ceil(3)) {
        restore(&store, part).await;
        checkpoints.push(signed(&store).await);
    }
    (now - SignedDuration::from_hours(20), checkpoints)
}

async fn planned(store: &Store, before: Timestamp) -> Plan {
    let views = Views::in_memory();
    views.catch_up(store.log.as_ref()).await.expect("the log folds");
    let now = before + SignedDuration::from_hours(1_000);
    let plan = cut::plan(store.log.as_ref(), &views, before, &actor(), now).await;
    plan.expect("the log reads").expect("there is something to cut")
}

async fn cut_store(path: &Path, before: Timestamp) -> (Plan, Compacted) {
    let store = open(path);
    let plan = planned(&store, before).await;
    let done = compact(store, plan.clone(), &key(), &actor(), LIMIT).await.expect("it is cut");
    (plan, done)
}

async fn whole(store: &Store) {
    let verified = store.verify(None, None).await.expect("it can be read");
    assert_eq!(verified.findings, []);
}

/// The rows of views over a log.
async fn rows(log: &dyn EventLog) -> Vec<view::Row> {
    let rows = Arc::new(view::Memory::default());
    let views = Views::without_search(Arc::clone(&rows) as Arc<dyn view::Rows>);
    views.catch_up(log).await.expect("the log folds");
    rows.scan(b"", None, usize::MAX).expect("the rows read")
}

/// The cut log is what the one in memory is, in every way it can be read.
async fn is_as_specified(store: &Store, plan: &Plan) {
    let log = store.log.as_ref();
    let memory = Memory::cut_to(plan.cut.clone(), plan.remains.clone(), Timestamp::now);
    let memory = memory.expect("events");
    let rest = log.read_stored(plan.cut.through, usize::MAX).await.expect("the log reads");
    let mut at = 0;
    while at < rest.len() {
        let end = (at + 500).min(rest.len());
        memory.restore(rest[at..end].to_vec()).await.expect("it follows");
        at = end;
    }
    assert_eq!(log.cut().await.expect("the cut"), Some(plan.cut.clone()));
    assert_eq!(log.head().await.expect("a head"), memory.head().await.expect("a head"));
    let events = all(store).await;
    assert_eq!(events, memory.read_all(Position(0), usize::MAX).await.expect("events"));
    for max in [1, 3, 100] {
        let (mut paged, mut at) = (Vec::<Envelope>::new(), Position(0));
        loop {
            let page = log.read_all(at, max).await.expect("a page");
            let Some(last) = page.last() else { break };
            at = last.position;
            paged.extend(page);
        }
        assert_eq!(paged, events, "{max}");
    }
    let mut streams: Vec<StreamId> = events.iter().map(|it| it.stream.clone()).collect();
    streams.sort();
    streams.dedup();
    for name in streams {
        let version = memory.version(&name).await.expect("a version");
        assert_eq!(log.version(&name).await.expect("a version"), version, "{name}");
        for from in [1, 2, version.0 / 2, version.0, version.0 + 1] {
            for max in [1, 2, usize::MAX] {
                let read = async |log: &dyn EventLog| {
                    log.read_stream(&name, Version(from), max).await.expect("a stream")
                };
                assert_eq!(read(log).await, read(&memory).await, "{name} {from} {max}");
            }
        }
    }
    for position in [1, 2, plan.cut.through.0, plan.cut.through.0 + 1] {
        let hash = log::hash_at(log, Position(position)).await.expect("it reads");
        assert_eq!(hash, log::hash_at(&memory, Position(position)).await.expect("it reads"));
    }
    assert_eq!(rows(log).await, rows(&memory).await);
}

#[tokio::test]
async fn what_stays_is_as_it_was_and_everything_goes_on() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store");
    let (before, old) = filled(&path).await;
    let store = open(&path);
    let kept = all(&store).await;
    assert_eq!(fs::read_to_string(path.join("format")).expect("a file"), "4\n");
    drop(store);
    let (plan, done) = cut_store(&path, before).await;
    assert_eq!(done.head.position.0, kept.len() as u64 + 1, "the event of the cut");
    // A release that knows of no cut keeps out.
    assert_eq!(fs::read_to_string(path.join("format")).expect("a file"), "5\n");
    assert!(!path.join("log.old").exists() && !path.join("log.new").exists());

    for round in 0..4 {
        let store = open(&path);
        whole(&store).await;
        is_as_specified(&store, &plan).await;
        let through = plan.cut.through;
        let behind =
            store.log.read_all(through, kept.len() - usize::try_from(through.0).expect("small"));
        assert_eq!(
            behind.await.expect("events"),
            kept[usize::try_from(through.0).expect("small")..]
        );
        assert_eq!(store.check_views().await.expect("they can be read"), None);
        match round {
            // It takes more,
            0 => drop(append(&store, "scan/new", &["more", "and more"]).await),
            // which goes to disk behind what is left,
            1 => {
                for n in 0..300 {
                    append(&store, &format!("scan/{}", n % 7), &["a", "b"]).await;
                }
                assert_eq!(stream(&store, "scan/new").await.len(), 2);
            }
            // and the views are made anew.
            _ => {
                drop(store);
                fs::remove_dir_all(path.join("views")).expect("a directory");
            }
        }
    }

    // Old checkpoints are still of this log.
    let store = open(&path);
    let now = signed(&store).await;
    let new = (now.size, now.root);
    for checkpoint in old {
        let path = store.consistency(checkpoint.size, now.size).await.expect("a proof");
        assert!(merkle::is_consistent((checkpoint.size, checkpoint.root), new, &path));
        assert_eq!(store.root(checkpoint.size).await.expect("a root"), checkpoint.root);
        let verified = store.verify(None, Some(checkpoint)).await.expect("it can be read");
        assert_eq!(verified.findings, []);
        assert_eq!(verified.cut.as_ref(), Some(&plan.cut));
        assert!(verified.heads_cut > 0 && verified.checkpoints > 3, "{verified:?}");
    }
    // What stays is proven, what went is refused.
    let (mut proven, mut refused) = (0, 0);
    for position in (1..=plan.cut.through.0 + 40).map(Position) {
        match store.inclusion(position, now.size).await {
            Ok((stored, path)) => {
                let leaf = Node::leaf(&stored.header, &stored.body);
                let root = merkle::root_of(leaf, position.0 - 1, now.size, &path);
                assert_eq!(root, Some(now.root), "{position}");
                proven += 1;
            }
            Err(error) => {
                assert!(matches!(error, log::Error::Cut(_)), "{error}");
                refused += 1;
            }
        }
    }
    assert_eq!(refused, plan.cut.went.events);
    assert!(proven >= 40, "{proven}");
}

#[tokio::test]
async fn what_is_cut_gives_its_room_back() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store");
    // sled takes room by half mebibytes: of less than some of them, what is cut does not show.
    let (before, _) = filled_with(&path, 12_000).await;
    let size = open(&path).log_size().expect("a size");
    let (_, done) = cut_store(&path, before).await;
    assert!(done.after < size * 6 / 10, "{size} {done:?}");
}

#[tokio::test]
async fn a_cut_store_is_cut_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store");
    let (before, old) = filled(&path).await;
    cut_store(&path, before - SignedDuration::from_hours(15)).await;
    let (plan, _) = cut_store(&path, before).await;
    let store = open(&path);
    whole(&store).await;
    is_as_specified(&store, &plan).await;
    for checkpoint in old {
        assert_eq!(store.root(checkpoint.size).await.expect("a root"), checkpoint.root);
    }
}

#[tokio::test]
async fn a_cut_store_is_copied_moved_and_salvaged() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: &str| directory.path().join(name);
    let (before, _) = filled(&at("store")).await;
    let (plan, done) = cut_store(&at("store"), before).await;
    let store = open(&at("store"));

    let check = async |name: &str| {
        let store = open(&at(name));
        assert_eq!(store.log.head().await.expect("a head").hash, done.head.hash, "{name}");
        whole(&store).await;
        is_as_specified(&store, &plan).await;
    };
    secmonkey_store::backup(&at("store"), &at("backup"), LIMIT, LIMIT).expect("a backup");
    check("backup").await;

    let remains = store.remains();
    let size = 4_000;
    let options = ExportOptions { remains: remains.clone(), size, ..ExportOptions::default() };
    let exported = export(store.log.as_ref(), &at("segments"), &options).await.expect("segments");
    assert_eq!(exported.first.0, plan.cut.through.0 + 1);
    let again = export(store.log.as_ref(), &at("segments"), &options).await.expect("segments");
    assert_eq!((again.written, again.kept), (0, exported.written));
    let early = ExportOptions { from: Some(Position(3)), ..options.clone() };
    let refused = export(store.log.as_ref(), &at("early"), &early).await;
    assert!(matches!(refused, Err(Error::Log(log::Error::Cut(_)))), "{refused:?}");
    let refused = export(store.log.as_ref(), &at("one.zst"), &options).await;
    assert!(matches!(refused, Err(Error::NoFolder(_))), "{refused:?}");

    let segments = Segments::read(&at("segments")).expect("segments");
    let empty = open(&at("empty"));
    let refused = segments.import(empty.log.as_ref(), None).await;
    assert!(matches!(refused, Err(Error::Behind { .. })), "{refused:?}");
    let remains = segments.remains.clone().expect("what is kept of the beginning");
    let refused = begin(&at("empty"), &remains, LIMIT);
    assert!(matches!(refused, Err(Error::Exists(_) | Error::Foreign { .. })), "{refused:?}");
    begin(&at("moved"), &remains, LIMIT).expect("a store");
    let moved = open(&at("moved"));
    assert_eq!(moved.log.head().await.expect("a head").position, plan.cut.through);
    segments.import(moved.log.as_ref(), None).await.expect("they follow");
    drop(moved);
    check("moved").await;

    drop(store);
    let examined = secmonkey_store::examine(&at("store")).expect("it is looked at");
    assert_eq!((examined.cut, examined.missing()), (plan.cut.through, vec![]));
    let salvaged =
        secmonkey_store::salvage(&at("store"), &at("salvaged"), LIMIT).expect("it is kept");
    assert_eq!((salvaged.head.position, salvaged.orphans), (done.head.position, None));
    check("salvaged").await;
}

#[tokio::test]
async fn whatever_is_changed_in_what_is_kept_is_found() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store");
    let (before, _) = filled(&path).await;
    let (plan, _) = cut_store(&path, before).await;
    let file = path.join("log/cut");
    let good = fs::read(&file).expect("a file");
    let mut random = Random(11);
    let line = good.iter().position(|byte| *byte == b'\n').expect("a line");
    let leaves = usize::try_from(plan.cut.through.0).expect("small") * 32;
    let mut places: Vec<usize> = (0..24).map(|_| random.below(good.len())).collect();
    places.extend((0..12).map(|_| line + 1 + random.below(leaves)));
    places.extend((0..8).map(|_| random.below(line)));
    places.extend((0..8).map(|_| good.len() - 1 - random.below(200)));
    for place in places {
        let mut bad = good.clone();
        bad[place] ^= 1 << random.below(8);
        fs::write(&file, &bad).expect("a file");
        let found = match Store::open(&path, options()) {
            Err(_) => true,
            Ok(store) => {
                let verified = store.verify(None, None).await;
                verified.is_err() || verified.is_ok_and(|it| !it.findings.is_empty())
            }
        };
        assert!(found, "byte {place} of {}", good.len());
    }
    for length in [0, 1, line, line + 1, line + leaves / 2, good.len() - 1] {
        fs::write(&file, &good[..length]).expect("a file");
        let store = Store::open(&path, options()).err().expect("it is cut short");
        assert!(store.to_string().contains("cut"), "{store}");
    }
    fs::remove_file(&file).expect("a file");
    let error = Store::open(&path, options()).err().expect("it is missing").to_string();
    assert!(error.contains("file `cut`, is missing"), "{error}");
    // What can be kept without it is, and the rest is told.
    let salvaged = secmonkey_store::salvage(&path, &directory.path().join("salvaged"), LIMIT);
    let salvaged = salvaged.expect("it is looked at");
    assert_eq!(salvaged.head, Head::START);
    assert_eq!(salvaged.examined.missing(), [(Position(1), plan.cut.through)]);
    assert!(salvaged.orphans.is_some());

    fs::write(&file, &good).expect("a file");
    let store = open(&path);
    whole(&store).await;
    // As if somebody had cut it by hand: no event tells of it.
    let other = directory.path().join("other");
    begin(&other, &file, LIMIT).expect("a store");
    let part = store.log.read_stored(plan.cut.through, 20).await.expect("events");
    let other = open(&other);
    other.log.restore(part).await.expect("they follow");
    let found = other.verify(None, None).await.expect("it can be read").findings;
    assert!(matches!(found[0].problem, Problem::Remains(_)), "{found:?}");
}

#[tokio::test]
async fn nothing_is_cut_that_would_not_verify() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store");
    let (before, _) = filled(&path).await;
    let store = open(&path);
    let plan = planned(&store, before).await;
    let head = store.log.head().await.expect("a head");

    // Something that never was.
    let mut wrong = plan.clone();
    let kept = wrong.remains.iter_mut().find(|it| {
        it.envelope()
            .is_ok_and(|it| !matches!(it.event, Event::ItemCarried(_) | Event::ScansCarried(_)))
    });
    if let Some(kept) = kept {
        kept.stored.body = br#"{"schema":1,"type":"digest_key_used","key":"x"}"#.to_vec();
    } else {
        wrong.cut.hash.0[0] ^= 1;
    }
    let error = compact(store, wrong, &key(), &actor(), LIMIT).await.expect_err("it is wrong");
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    let store = open(&path);
    whole(&store).await;
    // The log is as it was, but for the event of what was tried.
    assert_eq!(store.log.cut().await.expect("the log"), None);
    assert_eq!(store.log.head().await.expect("a head").position.0, head.position.0 + 1);

    // Somebody else uses it.
    let plan = planned(&store, before).await;
    let log = Arc::clone(&store.log);
    let (key, actor) = (key(), actor());
    let cut = compact(store, plan, &key, &actor, LIMIT);
    let later = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(log);
    };
    let (done, ()) = tokio::join!(cut, later);
    done.expect("it is cut, once nobody uses it any more");
    whole(&open(&path)).await;
}

/// What a crash can leave behind: each is the old log or the new one, and opens.
#[tokio::test]
async fn whatever_a_crash_leaves_opens_as_one_or_the_other() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: &str| directory.path().join(name);
    let (before, _) = filled(&at("old")).await;
    copy(&at("old"), &at("new"));
    let (plan, done) = cut_store(&at("new"), before).await;
    let old_head = open(&at("old")).log.head().await.expect("a head");

    let lay = |name: &str, format: &str, parts: &[(&str, &str)]| {
        copy(&at("old"), &at(name));
        fs::remove_dir_all(at(name).join("log")).expect("a directory");
        fs::remove_dir_all(at(name).join("views")).expect("a directory");
        fs::write(at(name).join("format"), format).expect("a file");
        for (from, to) in parts {
            copy(&at(from).join("log"), &at(name).join(to));
        }
    };
    // In the formats of this release and of the one before.
    for (name, format, parts, is_cut) in [
        ("begun", "5\n", &[("old", "log"), ("new", "log.new")][..], false),
        ("between", "5\n", &[("old", "log.old"), ("new", "log.new")][..], false),
        ("between before", "3\n", &[("old", "log.old"), ("new", "log.new")][..], false),
        ("swapped", "5\n", &[("old", "log.old"), ("new", "log")][..], true),
        ("swapped before", "3\n", &[("old", "log.old"), ("new", "log")][..], true),
        ("half", "5\n", &[("old", "log")][..], false),
    ] {
        lay(name, format, parts);
        if name == "half" {
            fs::create_dir(at(name).join("log.new")).expect("a directory");
            fs::write(at(name).join("log.new/cut"), "{").expect("a file");
        }
        let store = open(&at(name));
        let head = store.log.head().await.expect("a head");
        assert_eq!(head, if is_cut { done.head } else { old_head }, "{name}");
        assert_eq!(store.log.cut().await.expect("the log").is_some(), is_cut, "{name}");
        let now = fs::read_to_string(at(name).join("format")).expect("a file");
        assert_eq!(now, if is_cut || format == "5\n" { "5\n" } else { "4\n" }, "{name}");
        whole(&store).await;
        for left in ["log.old", "log.new"] {
            assert!(!at(name).join(left).exists(), "{name}: {left}");
        }
        drop(store);
        if !is_cut {
            let (again, _) = cut_store(&at(name), before).await;
            assert_eq!(again.remains, plan.remains);
        }
    }
}

/// The store that a process of its own cuts, and before when.
const STORE: &str = "SECMONKEY_TEST_STORE";
const BEFORE: &str = "SECMONKEY_TEST_BEFORE";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the test below starts it in a process of its own"]
async fn cuts_until_it_is_killed() {
    let variable = |name| std::env::var(name).expect("the test that starts it says");
    let before: Timestamp = variable(BEFORE).parse().expect("a time");
    let path = variable(STORE);
    let store = Store::open(&path, OpenOptions { wait: LIMIT, ..options() }).expect("it opens");
    let plan = planned(&store, before).await;
    compact(store, plan, &key(), &actor(), LIMIT).await.expect("it is cut");
}

#[test]
fn killed_at_any_time_the_log_is_whole_or_cut() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: String| directory.path().join(name);
    let (before, _) = runtime.block_on(filled(&at("store".to_owned())));
    let program = std::env::current_exe().expect("the test's own program");
    let mut random = Random(77);
    let (mut cut, mut longest) = (0, 400);
    let kills = 24;
    for kill in 0..kills {
        let path = at(format!("killed-{kill}"));
        copy(&at("store".to_owned()), &path);
        let mut command = Command::new(&program);
        command.args(["--ignored", "--exact", "compact::cuts_until_it_is_killed", "--nocapture"]);
        command.env(STORE, &path).env(BEFORE, before.to_string());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        let time = Duration::from_millis(random.below(longest) as u64);
        std::thread::sleep(time);
        child.kill().expect("it is killed");
        let ended = child.wait().expect("it ends").success();
        runtime.block_on(async {
            let store = open(&path);
            whole(&store).await;
            let is_cut = store.log.cut().await.expect("the log").is_some();
            assert!(is_cut || !ended, "{time:?}");
            cut += usize::from(is_cut);
            append(&store, "scan/after", &["more"]).await;
            drop(store);
            whole(&open(&path)).await;
            if !is_cut {
                cut_store(&path, before).await;
                whole(&open(&path)).await;
            }
        });
        // Half of them are to be killed before they are done.
        longest = if cut * 2 > kill + 1 { longest * 3 / 4 } else { longest + 60 };
        let _ = contents(&path);
        fs::remove_dir_all(&path).expect("a directory");
    }
    assert!(cut > 0 && cut < kills, "{cut} of {kills} were cut when they were killed");
}
