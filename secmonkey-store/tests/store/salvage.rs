//! What can be kept of a damaged store, and that nothing else is ever made of it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use secmonkey_core::event::{Envelope, Position};
use secmonkey_core::log::EventLog as _;
use secmonkey_store::{Error, Store, examine, salvage};

use crate::{Random, all, append, contents, copy, noise, open, options};

const DEADLINE: Duration = Duration::from_mins(1);

/// A store with short events, and some that take several values.
async fn made(path: &Path) -> Vec<Envelope> {
    let store = open(path);
    for n in 0..60 {
        append(&store, &format!("scan/{}", n % 5), &[&noise(n, 120), &noise(n + 1_000, 400)]).await;
        if n % 20 == 10 {
            append(&store, "scan/big", &[&noise(n, 30_000)]).await;
            store.log.publish_head().await.expect("the head is written down");
        }
    }
    let events = all(&store).await;
    drop(store);
    // sled writes pages anew, and its page table.
    drop(open(path));
    events
}

#[tokio::test]
async fn a_whole_store_is_kept_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    let events = made(&from).await;
    let before = contents(&from);
    let kept = salvage(&from, &to, DEADLINE).expect("it is kept");
    assert!(before == contents(&from), "it is only read");
    assert_eq!(kept.head.position.0, events.len() as u64);
    assert_eq!((kept.examined.missing(), kept.orphans), (vec![], None));
    let store = open(&to);
    assert!(all(&store).await == events);
    let verified = store.verify(None, None).await.expect("it can be read");
    assert_eq!(verified.findings, []);
    append(&store, "scan/0", &["it goes on"]).await;
    drop(store);
    assert_eq!(all(&open(&to)).await.len(), events.len() + 1);
    assert!(matches!(salvage(&from, &to, DEADLINE), Err(Error::Exists(_))));
}

#[derive(Debug, Clone, Copy)]
enum Damage {
    Flip,
    Cut,
    Zero,
    Delete,
}

/// Each file damaged in each way: the store opens as what it was, or tells; and what is
/// salvaged is a true beginning, and true pieces.
#[tokio::test]
async fn whatever_is_damaged_is_told_and_what_is_kept_is_true() {
    let directory = tempfile::tempdir().expect("a directory");
    let whole = directory.path().join("whole");
    let events = made(&whole).await;
    let mut random = Random(0xda_3a6e);
    let (mut tried, mut kept_all) = (0, 0);
    for path in contents(&whole).into_keys() {
        let file = path.strip_prefix(&whole).expect("in the store").to_owned();
        for damage in [Damage::Flip, Damage::Flip, Damage::Cut, Damage::Zero, Damage::Delete] {
            let times = if file.ends_with("log/db") { 10 } else { 1 };
            for time in 0..times {
                let name = format!("{}-{damage:?}-{time}-{tried}", file.display());
                let copied = directory.path().join(name.replace('/', "-"));
                copy(&whole, &copied);
                inflict(&copied.join(&file), damage, &mut random);
                let salvaged = directory.path().join("salvaged");
                let kept = salvage(&copied, &salvaged, DEADLINE)
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
                let store = open(&salvaged);
                let found = all(&store).await;
                assert!(events.starts_with(&found), "{name}: another history");
                let lost: u64 =
                    kept.examined.missing().iter().map(|(first, last)| last.0 - first.0 + 1).sum();
                let orphans = kept.orphans.as_ref().map_or(0, |(path, count)| {
                    let text = fs::read_to_string(path).expect("a file");
                    for line in text.lines() {
                        let position = serde_json::from_str::<serde_json::Value>(line)
                            .expect("an event")["position"]
                            .as_u64()
                            .expect("a position");
                        let event = &events[usize::try_from(position).expect("small") - 1];
                        assert_eq!(serde_json::to_string(event).expect("JSON"), line, "{name}");
                    }
                    fs::remove_file(path).expect("a file");
                    *count
                });
                let total = found.len() as u64 + orphans + lost;
                assert!(total <= events.len() as u64, "{name}: {total}");
                drop(store);
                fs::remove_dir_all(&salvaged).expect("a directory");
                tried += 1;
                kept_all += usize::from(found.len() == events.len());
                let before = fs::read(copied.join("log/db")).ok();
                opens_as_it_was_or_tells(&copied, &events, &name, before).await;
                fs::remove_dir_all(&copied).expect("a directory");
            }
        }
    }
    // One byte, or one file beside the events, takes little away.
    assert!(kept_all * 2 > tried, "only {kept_all} of {tried} were kept whole");
}

async fn opens_as_it_was_or_tells(
    path: &Path,
    events: &[Envelope],
    name: &str,
    before: Option<Vec<u8>>,
) {
    let Ok(store) = Store::open(path, options()) else {
        assert!(fs::read(path.join("log/db")).ok() == before, "{name}: refused, but written to");
        return;
    };
    let verified = store.verify(None, None).await;
    if verified.is_ok_and(|verified| verified.findings.is_empty()) {
        assert!(all(&store).await == events, "{name}: opens as something else");
    }
}

fn inflict(path: &Path, damage: Damage, random: &mut Random) {
    let mut bytes = fs::read(path).expect("a file");
    let written: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    match damage {
        Damage::Flip if written.is_empty() => return,
        Damage::Flip => bytes[written[random.below(written.len())]] ^= 1 << random.below(8),
        Damage::Cut => {
            let end = written.last().map_or(0, |end| end + 1);
            bytes.truncate(random.below(end));
        }
        Damage::Zero => {
            let start = random.below(written.last().copied().unwrap_or(1));
            let end = bytes.len().min(start + 4_096);
            bytes[start..end].fill(0);
        }
        Damage::Delete => return fs::remove_file(path).expect("a file"),
    }
    fs::write(path, bytes).expect("a file");
}

/// What was moved by a hole in the file is told by positions.
#[tokio::test]
async fn what_is_left_is_told_by_positions() {
    let directory = tempfile::tempdir().expect("a directory");
    let events = made(directory.path()).await;
    let whole = examine(directory.path()).expect("it can be read");
    assert_eq!(whole.sections.len(), 1);
    assert_eq!(whole.sections[0].last.0, events.len() as u64);
    assert_eq!(
        whole.sections[0].agrees,
        Some(Position(whole.sections[0].agrees.expect("a head").0))
    );

    // All copies of the block in the middle.
    let db = directory.path().join("log/db");
    let bytes = fs::read(&db).expect("a file");
    let middle = events[events.len() / 2].hash;
    let mut damaged = bytes.clone();
    for at in 0..bytes.len() - 32 {
        // The next block holds the hash before it.
        if bytes[at..at + 32] == middle.0 {
            damaged[at..at + 32].fill(0);
        }
    }
    fs::write(&db, damaged).expect("a file");
    let left = examine(directory.path()).expect("it can be read");
    let missing = left.missing();
    if !missing.is_empty() {
        assert_eq!(left.sections.len(), 2, "{left:?}");
        assert_eq!(missing.len(), 1, "{left:?}");
        assert_eq!(left.sections[1].last.0, events.len() as u64, "{left:?}");
    }
}
