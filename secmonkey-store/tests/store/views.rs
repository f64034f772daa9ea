//! The disposable half: right while it is there, rebuilt where it is not.

use std::fs;
use std::path::Path;

use secmonkey_core::event::{StreamId, Version};
use secmonkey_core::log::EventLog as _;
use secmonkey_core::view::Rows as _;

use crate::{append, open, stream, text};

async fn write_some(path: &Path) {
    let store = open(path);
    for n in 0..300 {
        append(&store, &format!("scan/{}", n % 7), &[&n.to_string(), "more"]).await;
    }
    store.views.commit(vec![(b"row".to_vec(), Some(b"value".to_vec()))]).expect("a commit");
}

/// The index answers as the log is.
async fn check(path: &Path) {
    let store = open(path);
    for n in 0..7 {
        let name = format!("scan/{n}");
        let events = stream(&store, &name).await;
        let numbers: Vec<usize> = events.iter().filter_map(|it| text(it).parse().ok()).collect();
        assert_eq!(numbers, (n..300).step_by(7).collect::<Vec<_>>());
        let id = StreamId::from(name);
        let version = store.log.version(&id).await.expect("a version");
        assert_eq!(version, Version(events.len() as u64));
    }
}

#[tokio::test]
async fn they_stay_when_nothing_is_wrong() {
    let directory = tempfile::tempdir().expect("a directory");
    write_some(directory.path()).await;
    assert!(!directory.path().join("views.open").exists(), "the mark is gone when all is synced");
    check(directory.path()).await;
    let row = open(directory.path()).views.get(b"row").expect("the views can be read");
    assert_eq!(row.as_deref(), Some(&b"value"[..]));
}

#[tokio::test]
async fn they_are_rebuilt_when_they_are_gone_or_garbage() {
    let directory = tempfile::tempdir().expect("a directory");
    write_some(directory.path()).await;
    let views = directory.path().join("views");
    fs::remove_dir_all(&views).expect("a directory");
    check(directory.path()).await;
    for file in ["conf", "db"] {
        fs::write(views.join(file), "this is no database").expect("a file");
        check(directory.path()).await;
    }
    let db = fs::read(views.join("db")).expect("a file");
    fs::write(views.join("db"), &db[..db.len() / 2]).expect("a file");
    check(directory.path()).await;
}

#[tokio::test]
async fn they_are_rebuilt_after_a_power_cut_or_a_failed_read() {
    for mark in ["another boot", "damaged", ""] {
        let directory = tempfile::tempdir().expect("a directory");
        write_some(directory.path()).await;
        fs::write(directory.path().join("views.open"), mark).expect("a file");
        check(directory.path()).await;
        let row = open(directory.path()).views.get(b"row").expect("the views can be read");
        assert_eq!(row, None, "with the mark {mark:?}");
    }
}

#[tokio::test]
async fn those_of_another_log_are_not_used() {
    let (directory, other) =
        (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    write_some(directory.path()).await;
    // A shorter log, and one of the same length with other events.
    for events in [1, 600] {
        drop(fs::remove_dir_all(other.path().join("views")));
        append(&open(other.path()), "scan/0", &vec!["other"; events]).await;
        fs::remove_dir_all(directory.path().join("views")).expect("a directory");
        check(directory.path()).await;
        fs::remove_dir_all(other.path().join("views")).expect("a directory");
        let views = other.path().join("views");
        fs::create_dir(&views).expect("a directory");
        for file in ["conf", "db"] {
            let from = directory.path().join("views").join(file);
            fs::copy(from, views.join(file)).expect("a file");
        }
        let store = open(other.path());
        assert!(stream(&store, "scan/0").await.iter().all(|it| text(it) == "other"));
        assert_eq!(stream(&store, "scan/1").await, []);
    }
}

#[tokio::test]
async fn an_index_on_disk_answers_like_one_in_memory() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = open(directory.path());
    for round in 0..6 {
        for n in 0..40 {
            append(&store, "scan/long", &[format!("{round}.{n}").as_str(); 3]).await;
        }
        // What is in memory goes to disk; the rest of the stream stays behind it.
        if round % 2 == 0 {
            drop(store);
            store = open(directory.path());
        }
    }
    let id = StreamId::from("scan/long".to_owned());
    let whole = stream(&store, "scan/long").await;
    assert_eq!(whole.len(), 720);
    for (from, max) in [(1, 720), (127, 4), (128, 1), (129, 300), (359, 4), (700, 99), (721, 1)] {
        let start = usize::try_from(from - 1).expect("small");
        let expected = &whole[start..720.min(start + max)];
        let page = store.log.read_stream(&id, Version(from), max).await.expect("a page");
        assert_eq!(page, expected, "{max} from version {from}");
    }
}

#[test]
fn rows_are_kept_in_order() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    let rows = &store.views;
    let long = "a long value ".repeat(1_000).into_bytes();
    let row = |key: &str, value: &[u8]| (key.as_bytes().to_vec(), Some(value.to_vec()));
    let writes = vec![row("b/2", b""), row("a/1", b"x"), row("b/1", &long), row("c", &[0; 201])];
    rows.commit(writes).expect("a commit");

    assert_eq!(rows.get(b"b/1").expect("a row"), Some(long.clone()));
    assert_eq!(rows.get(b"b/2").expect("a row"), Some(vec![]));
    assert_eq!(rows.get(b"b").expect("no row"), None);
    let scan = |prefix: &str, after: Option<&str>, max| -> Vec<String> {
        let found = rows.scan(prefix.as_bytes(), after.map(str::as_bytes), max).expect("rows");
        found.into_iter().map(|(key, _)| String::from_utf8(key).expect("text")).collect()
    };
    assert_eq!(scan("", None, 9), ["a/1", "b/1", "b/2", "c"]);
    assert_eq!(scan("b/", None, 9), ["b/1", "b/2"]);
    assert_eq!(scan("b/", Some("b/1"), 9), ["b/2"]);
    assert_eq!(scan("b/", Some("b/2"), 9), [""; 0]);
    assert_eq!(scan("b/", Some("a"), 1), ["b/1"]);
    assert_eq!(rows.scan(b"c", None, 9).expect("rows")[0].1, [0; 201]);

    rows.commit(vec![(b"b/1".to_vec(), None), row("b/3", b"y")]).expect("a commit");
    assert_eq!(scan("b", None, 9), ["b/2", "b/3"]);
    rows.clear().expect("cleared");
    assert_eq!(scan("", None, 9), [""; 0]);
}
