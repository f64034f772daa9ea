//! What can be in the way when a store is opened: one clear line each.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use secmonkey_core::log::EventLog as _;
use secmonkey_store::{Error, OpenOptions, Store};

use crate::{all, append, open, options, stream};

fn refused(path: &Path) -> Error {
    match Store::open(path, options()) {
        Ok(_) => panic!("{} opens", path.display()),
        Err(error) => {
            let line = error.to_string();
            assert!(!line.contains('\n'), "more than one line: {line}");
            error
        }
    }
}

#[tokio::test]
async fn what_was_appended_is_there_when_it_is_opened_again() {
    let directory = tempfile::tempdir().expect("a directory");
    for round in 1..=3 {
        let store = open(directory.path());
        append(&store, "scan/a", &["one", "two"]).await;
        append(&store, "scan/b", &["three"]).await;
        let events = all(&store).await;
        assert_eq!(events.len(), round * 3);
        assert_eq!(stream(&store, "scan/a").await.len(), round * 2);
        drop(store);
        assert_eq!(all(&open(directory.path())).await, events);
    }
}

#[test]
fn a_held_store_names_its_holder() {
    let directory = tempfile::tempdir().expect("a directory");
    let command = "secmonkey scan --account prod".to_owned();
    let _held =
        Store::open(directory.path(), OpenOptions { command: command.clone(), ..options() })
            .expect("the store opens");
    let error = refused(directory.path());
    let Error::Held { holder: Some(holder), .. } = &error else { panic!("{error:?}") };
    assert_eq!(holder.pid, std::process::id());
    assert_eq!(holder.command, command);
    let line = error.to_string();
    assert!(line.contains(&command) && line.contains(&holder.pid.to_string()), "{line}");
}

#[test]
fn a_held_store_is_waited_for() {
    let directory = tempfile::tempdir().expect("a directory");
    let held = open(directory.path());
    let start = Instant::now();
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        drop(held);
    });
    let wait = Duration::from_secs(20);
    Store::open(directory.path(), OpenOptions { wait, ..options() }).expect("the store opens");
    assert!(start.elapsed() >= Duration::from_millis(300));
    release.join().expect("the holder");
}

#[test]
fn a_file_is_no_store() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    assert!(matches!(refused(file.path()), Error::NotADirectory(_)));
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let error = refused(Path::new("/proc/secmonkey-store"));
    assert!(matches!(error, Error::Io { action: "create", .. }), "{error:?}");
    assert!(error.to_string().contains("/proc/secmonkey-store"), "{error}");
}

#[test]
fn nothing_is_made_where_nothing_may_be_made() {
    let directory = tempfile::tempdir().expect("a directory");
    for path in [directory.path().to_owned(), directory.path().join("store")] {
        let opened = Store::open(&path, OpenOptions { create: false, ..options() });
        assert!(matches!(opened, Err(Error::Missing(_))));
    }
    assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 0);
}

#[test]
fn a_newer_store_is_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    drop(open(directory.path()));
    fs::write(directory.path().join("format"), "6\n").expect("a file");
    let before = fs::read(directory.path().join("lock")).expect("a file");
    let error = refused(directory.path());
    assert!(matches!(error, Error::Newer { found: 6, .. }), "{error:?}");
    assert_eq!(fs::read(directory.path().join("lock")).expect("a file"), before);
}

#[test]
fn a_broken_store_says_where() {
    for (file, content) in [
        ("format", Some("no number")),
        ("log/db", None),
        ("log/conf", None),
        ("log/conf", Some("this is no configuration of any database")),
        ("log/db", Some("this is no database")),
    ] {
        let directory = tempfile::tempdir().expect("a directory");
        drop(open(directory.path()));
        let path = directory.path().join(file);
        match content {
            Some(content) => fs::write(&path, content).expect("a file"),
            None => fs::remove_file(&path).expect("a file"),
        }
        let error = refused(directory.path());
        assert!(matches!(error, Error::Corrupt { .. }), "{file}: {error:?}");
        let part = file.split('/').next().expect("a name");
        assert!(error.to_string().contains(part), "{file}: {error}");
    }
}

#[tokio::test]
async fn an_interrupted_creation_is_completed() {
    let directory = tempfile::tempdir().expect("a directory");
    // Before the log got its name...
    fs::create_dir(directory.path().join("log.new")).expect("a directory");
    fs::write(directory.path().join("log.new/conf"), "half").expect("a file");
    drop(open(directory.path()));
    // ...and after.
    fs::remove_file(directory.path().join("format")).expect("a file");
    append(&open(directory.path()), "scan/a", &["one"]).await;
    assert_eq!(all(&open(directory.path())).await.len(), 1);
}

#[tokio::test]
async fn a_page_table_that_was_never_finished_is_removed() {
    let directory = tempfile::tempdir().expect("a directory");
    append(&open(directory.path()), "scan/a", &["one"]).await;
    let leftover = directory.path().join("log/snap.7FFFFFFFFFFFFFFF.generating");
    fs::write(&leftover, "").expect("a file");
    let store = open(directory.path());
    assert_eq!(all(&store).await.len(), 1);
    assert!(!leftover.exists());
}

#[cfg(unix)]
#[test]
fn a_store_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store");
    drop(open(&path));
    let mode = fs::metadata(&path).expect("a directory").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn a_published_head_survives_a_torn_line() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    append(&store, "scan/a", &["one"]).await;
    store.log.publish_head().await.expect("the head is written down");
    let heads = directory.path().join("heads.log");
    let mut lines = fs::read_to_string(&heads).expect("a file");
    let whole = lines.clone();
    lines.push_str("{\"position\":1,\"ha");
    fs::write(&heads, &lines).expect("a file");
    assert_eq!(store.verify(None, None).await.expect("it can be read").findings, []);
    append(&store, "scan/a", &["two"]).await;
    store.log.publish_head().await.expect("the head is written down");
    let lines = fs::read_to_string(&heads).expect("a file");
    assert!(lines.starts_with(&whole) && lines.lines().count() == 2, "{lines}");
    let verified = store.verify(None, None).await.expect("it can be read");
    assert_eq!((verified.findings, verified.heads), (vec![], 2));
}

#[tokio::test]
async fn heads_published_at_once_are_all_there() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    append(&store, "scan/a", &["one"]).await;
    let published = futures::future::join_all((0..200).map(|_| store.log.publish_head())).await;
    assert!(published.iter().all(Result::is_ok), "{published:?}");
    let verified = store.verify(None, None).await.expect("it can be read");
    assert_eq!((verified.findings, verified.heads), (vec![], 200));
}

#[test]
fn a_digest_key_that_was_used_is_asked_for_and_no_other_made() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    let key = store.digest_key(None, &[]).expect("a new store gets a key");
    let used = [key.id().to_owned()];
    assert_eq!(store.digest_key(None, &used).expect("it is there").id(), key.id());
    let path = directory.path().join("digest.key");
    let elsewhere = directory.path().join("elsewhere");
    fs::rename(&path, &elsewhere).expect("a file");
    let error = store.digest_key(None, &used).expect_err("it is gone").to_string();
    assert!(error.contains("is missing") && error.contains(key.id()), "{error}");
    assert!(!path.exists(), "another key would show every secret as changed");
    let found = store.digest_key(Some(&elsewhere), &used).expect("it is elsewhere");
    assert_eq!(found.id(), key.id());
    fs::write(&path, "ab".repeat(32)).expect("a file");
    let error = store.digest_key(None, &used).expect_err("it is another").to_string();
    assert!(error.contains("holds the key"), "{error}");
}
