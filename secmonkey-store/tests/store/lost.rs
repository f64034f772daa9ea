//! A lost tail does not go unnoticed: a log that is shorter than, or another than, what is
//! known beside it is refused, and nothing is written to it.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use secmonkey_core::event::Position;
use secmonkey_core::log::{EventLog as _, Expected};
use secmonkey_store::{Error, Problem, Store};

use crate::writer::{Acknowledged, acknowledged, arguments, environment};
use crate::{Random, all, append, batch, contents, copy, end, noise, open, options};

/// A scan that adds some events and ends.
async fn scan(store: &Store, number: u64) {
    unpublished(store, number).await;
    store.log.publish_head().await.expect("the head is written down");
}

/// The same, killed before it wrote its head down.
async fn unpublished(store: &Store, number: u64) {
    let stream = format!("scan/{number}");
    append(store, &stream, &[&noise(number, 300), "one", "two"]).await;
    store.log.append(batch(&stream, Expected::Any, vec![end()])).await.expect("the scan ends");
}

async fn scans(path: &Path, numbers: std::ops::Range<u64>) {
    let store = open(path);
    for number in numbers {
        scan(&store, number).await;
    }
}

fn refused(path: &Path) -> Error {
    let before = contents(path);
    let Err(error) = Store::open(path, options()) else { panic!("{} opens", path.display()) };
    let after = contents(path);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{error}");
    assert!(before == after, "something was written, though: {error}");
    error
}

#[tokio::test]
async fn an_older_log_under_newer_heads_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, older) = (directory.path().join("store"), directory.path().join("older"));
    scans(&path, 0..3).await;
    copy(&path.join("log"), &older);
    scans(&path, 3..5).await;
    fs::remove_dir_all(path.join("views")).expect("a directory");
    fs::remove_dir_all(path.join("log")).expect("a directory");
    copy(&older, &path.join("log"));
    for mark in ["as it was closed", "as it was left by a crash"] {
        let error = refused(&path);
        let Error::LostTail { known, found, .. } = &error else { panic!("{mark}: {error:?}") };
        assert_eq!((*known, *found), (Position(20), Position(12)), "{mark}");
        let _ = fs::remove_file(path.join("log/closed"));
    }
}

#[tokio::test]
async fn another_log_under_these_heads_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, other) = (directory.path().join("store"), directory.path().join("other"));
    scans(&path, 0..3).await;
    scans(&other, 10..15).await;
    fs::remove_dir_all(path.join("log")).expect("a directory");
    copy(&other.join("log"), &path.join("log"));
    fs::remove_file(path.join("log/closed")).expect("a file");
    let error = refused(&path);
    assert!(matches!(error, Error::OtherHistory { position: Position(12), .. }), "{error:?}");
}

#[tokio::test]
async fn a_missing_page_table_is_refused_before_sled_opens_anything() {
    let directory = tempfile::tempdir().expect("a directory");
    drop(open(directory.path()));
    let snapshot = |path: &Path| {
        let entries = fs::read_dir(path.join("log")).expect("a directory");
        let mut paths = entries.map(|entry| entry.expect("a file").path());
        paths.find(|path| path.to_string_lossy().contains("snap.")).expect("a new store has one")
    };
    fs::remove_file(snapshot(directory.path())).expect("a file");
    assert!(matches!(refused(directory.path()), Error::Corrupt { .. }));

    // Large enough that sled uses parts of its file again.
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path();
    {
        let store = open(path);
        for number in 0..30 {
            let texts: Vec<String> = (0..40).map(|it| noise(number * 40 + it, 900)).collect();
            append(&store, "scan/a", &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
        }
        scan(&store, 1).await;
    }
    fs::remove_file(snapshot(path)).expect("a file");
    assert!(matches!(refused(path), Error::Corrupt { .. }));
    // A store of the first format may have none: then what opens says.
    fs::write(path.join("format"), "1\n").expect("a file");
    match Store::open(path, options()) {
        Err(error) => assert!(matches!(error, Error::LostTail { .. } | Error::Corrupt { .. })),
        Ok(store) => assert_eq!(all(&store).await.len(), 1_204),
    }
}

#[tokio::test]
async fn a_store_of_the_first_format_without_a_page_table_opens_where_it_is_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    scans(directory.path(), 0..2).await;
    for entry in fs::read_dir(directory.path().join("log")).expect("a directory") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if name.starts_with("snap.") || name == "closed" {
            fs::remove_file(path).expect("a file");
        }
    }
    assert!(matches!(refused(directory.path()), Error::Corrupt { .. }));
    fs::write(directory.path().join("format"), "1\n").expect("a file");
    assert_eq!(all(&open(directory.path())).await.len(), 8);
    let format = fs::read_to_string(directory.path().join("format")).expect("a file");
    assert_eq!(format, "4\n", "from now on it has one");
}

#[tokio::test]
async fn views_that_know_of_more_are_told_and_can_be_deleted() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, older) = (directory.path().join("store"), directory.path().join("older"));
    scans(&path, 0..3).await;
    copy(&path, &older);
    scans(&path, 3..5).await;
    // Somebody restores an older log with its heads, and the views stay.
    for part in ["log", "heads.log"] {
        let from = older.join(part);
        if from.is_dir() {
            fs::remove_dir_all(path.join(part)).expect("a directory");
            copy(&from, &path.join(part));
        } else {
            fs::copy(from, path.join(part)).expect("a file");
        }
    }
    let Err(error) = Store::open(&path, options()) else { panic!("it opens") };
    assert!(matches!(error, Error::BehindViews { .. }), "{error:?}");
    assert!(error.to_string().contains("delete `views/`"), "{error}");
    fs::remove_dir_all(path.join("views")).expect("a directory");
    assert_eq!(all(&open(&path)).await.len(), 12);
}

#[tokio::test]
async fn lost_heads_are_missed() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, heads) = (directory.path(), directory.path().join("heads.log"));
    scans(path, 0..4).await;
    let whole = fs::read_to_string(&heads).expect("a file");
    let lines: Vec<&str> = whole.lines().collect();
    let problems = async || {
        let verified = open(path).verify(None, None).await.expect("it can be read");
        verified.findings.into_iter().map(|found| found.problem).collect::<Vec<_>>()
    };
    assert_eq!(problems().await, []);

    // The last process died before it wrote: mended.
    fs::write(&heads, lines[..3].join("\n") + "\n").expect("a file");
    assert_eq!(problems().await, []);
    assert_eq!(fs::read_to_string(&heads).expect("a file"), whole);

    for (kept, first, last) in
        [(vec![0, 1], 3, 4), (vec![0, 3], 2, 3), (vec![3], 1, 3), (vec![], 1, 4)]
    {
        let text: String = kept.iter().flat_map(|line| [lines[*line], "\n"]).collect();
        fs::write(&heads, &text).expect("a file");
        assert_eq!(problems().await, [Problem::LostHeads { first, last }], "{kept:?}");
        assert_eq!(fs::read_to_string(&heads).unwrap_or_default(), text, "it is not mended");
    }
    fs::remove_file(&heads).expect("a file");
    assert_eq!(problems().await, [Problem::LostHeads { first: 1, last: 4 }]);
    // Somebody looked, and goes on with what is left.
    open(path).renew_heads().await.expect("the head is written down");
    assert_eq!(problems().await, []);
    scans(path, 4..6).await;
    assert_eq!(problems().await, []);
}

/// How many copies of a store in use are opened. `SECMONKEY_TEST_COPIES` says how many.
const COPIES: usize = 200;
const COPIES_PER_STORE: usize = 20;

/// What a copy of a store in use is: the record up to some point, or refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_store_in_use_is_a_part_of_the_record_or_is_refused() {
    let said = std::env::var("SECMONKEY_TEST_COPIES").ok().and_then(|said| said.parse().ok());
    let (mut opened, mut refused) = (0, 0);
    for store in 0..said.unwrap_or(COPIES).div_ceil(COPIES_PER_STORE) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("store");
        let program = arguments();
        let mut command = Command::new(&program[0]);
        command.args(&program[1..]).stdout(Stdio::piped()).stderr(Stdio::null());
        environment(&mut command, &path, store, 2, usize::MAX);
        let mut writer = command.spawn().expect("the writer starts");
        let mut out = writer.stdout.take().expect("a pipe");
        let said = std::thread::spawn(move || {
            let mut said = Vec::new();
            out.read_to_end(&mut said).expect("what it said");
            String::from_utf8_lossy(&said).into_owned()
        });
        let mut random = Random(0xc0b1 + store as u64);
        while !path.join("format").exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        for number in 0..COPIES_PER_STORE {
            std::thread::sleep(Duration::from_millis(random.below(40) as u64));
            copy_slowly(&path, &directory.path().join(number.to_string()), &mut random);
        }
        writer.kill().expect("the writer is killed");
        writer.wait().expect("the writer ends");
        let acknowledged = acknowledged(&said.join().expect("what it said"));
        for number in 0..COPIES_PER_STORE {
            let copied = directory.path().join(number.to_string());
            match part_of(&copied, &acknowledged).await {
                Ok(true) => opened += 1,
                Ok(false) => refused += 1,
                Err(reason) => {
                    let kept = directory.keep();
                    panic!("copy {number} of store {store}: {reason} ({})", kept.display());
                }
            }
        }
    }
    println!("{opened} copies open, {refused} are refused");
}

/// In any order, with pauses.
fn copy_slowly(from: &Path, to: &Path, random: &mut Random) {
    fs::create_dir_all(to.join("log")).expect("a directory");
    let names = |path: &Path| -> Vec<_> {
        let entries = fs::read_dir(path).expect("a directory");
        entries.map(|entry| entry.expect("a file").file_name()).collect()
    };
    let mut files = vec![Path::new("format").to_owned(), Path::new("heads.log").to_owned()];
    files.extend(names(&from.join("log")).into_iter().map(|name| Path::new("log").join(name)));
    while !files.is_empty() {
        let file = files.swap_remove(random.below(files.len()));
        if from.join(&file).is_file() {
            let _ = fs::copy(from.join(&file), to.join(&file));
        }
        std::thread::sleep(Duration::from_millis(random.below(12) as u64));
    }
}

/// Whether a copy opens; an error where it opens as anything else than a part of the record.
async fn part_of(path: &Path, acknowledged: &[Acknowledged]) -> Result<bool, String> {
    let Ok(store) = Store::open(path, options()) else { return Ok(false) };
    let head = store.log.head().await.map_err(|error| error.to_string())?;
    let verified = store.verify(None, None).await.map_err(|error| error.to_string())?;
    let cut = |problem: &Problem| {
        matches!(problem, Problem::Cut(_) | Problem::Published { .. } | Problem::Chain)
    };
    if let Some(found) = verified.findings.iter().find(|found| cut(&found.problem)) {
        return Err(found.to_string());
    }
    let events = store.log.read_all(Position(0), usize::MAX).await;
    let events = events.map_err(|error| error.to_string())?;
    if events.len() as u64 != head.position.0 {
        return Err(format!("{} events, the head is {}", events.len(), head.position));
    }
    for known in acknowledged {
        let event = usize::try_from(known.position.0).ok().and_then(|it| events.get(it - 1));
        if event.is_some_and(|event| event.hash != known.hash) {
            return Err(format!("another event is at {known:?}"));
        }
    }
    Ok(true)
}
