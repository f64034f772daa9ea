//! The disposable half: right while it is there, rebuilt where it is not.

use std::fs;
use std::path::Path;

use redb::ReadableTable as _;
use secmonkey_core::event::{StreamId, Version};
use secmonkey_core::log::EventLog as _;
use secmonkey_core::view::Rows as _;

use crate::{Random, append, copy, open, stream, text};

/// The file of the views.
const FILE: &str = "views.redb";

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
    let file = views.join(FILE);
    fs::write(&file, "this is no database").expect("a file");
    check(directory.path()).await;
    let whole = fs::read(&file).expect("a file");
    // The first is what a process leaves that was killed while it made the file.
    for left in [0, 100, 4_096, whole.len() / 2, whole.len() - 1] {
        fs::write(&file, &whole[..left]).expect("a file");
        check(directory.path()).await;
    }
}

/// Releases before this one kept the views in sled.
#[tokio::test]
async fn those_of_an_earlier_release_are_rebuilt() {
    let directory = tempfile::tempdir().expect("a directory");
    write_some(directory.path()).await;
    let views = directory.path().join("views");
    for is_beside_ours in [false, true] {
        if !is_beside_ours {
            fs::remove_dir_all(&views).expect("a directory");
        }
        let sled = sled::open(&views).expect("a database");
        sled.open_tree("rows").expect("a table").insert(b"row", b"old").expect("a row");
        drop(sled);
        check(directory.path()).await;
        let found = fs::read_dir(&views).expect("a directory");
        let names: Vec<_> = found.map(|entry| entry.expect("a file").file_name()).collect();
        assert_eq!(names, [FILE], "nothing of theirs is left");
        let store = open(directory.path());
        assert_eq!(store.views.get(b"row").expect("the views can be read"), None);
        assert_eq!(store.check_views().await.expect("they can be read"), None);
    }
}

/// What a killed process had not saved is folded again, from one commit on in all tables.
#[tokio::test]
async fn what_was_not_saved_is_rebuilt() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, copied) = (directory.path().join("store"), directory.path().join("copy"));
    write_some(&path).await;
    let store = open(&path);
    append(&store, "scan/late", &["late"]).await;
    store.views.commit(vec![(b"late".to_vec(), Some(vec![1; 300]))]).expect("a commit");
    // As the file is where the process is killed now.
    copy(&path, &copied);
    drop(store);
    fs::remove_file(copied.join("log/closed")).ok();
    check(&copied).await;
    let store = open(&copied);
    assert_eq!(store.views.get(b"row").expect("a row").as_deref(), Some(&b"value"[..]));
    let late = store.views.get(b"late").expect("the views can be read");
    assert!(late.is_none_or(|late| late == [1; 300]));
    assert_eq!(stream(&store, "scan/late").await.len(), 1);
    assert_eq!(store.check_views().await.expect("they can be read"), None);
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
        copy(&directory.path().join("views"), &other.path().join("views"));
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

/// Wherever a byte is changed in the views, no answer is another: it is right, an error, or the
/// check says that they are damaged; and the store opened next is right again.
#[tokio::test]
async fn a_changed_byte_never_changes_an_answer() {
    let directory = tempfile::tempdir().expect("a directory");
    write_some(directory.path()).await;
    let text = |n: usize| format!("value {n:04} {}", "of some length ".repeat(10));
    let rows: Vec<_> = (0..2_000).map(|n| (format!("r/{n:04}"), text(n))).collect();
    let store = open(directory.path());
    // Folded in steps, so that a page is as old as its last row.
    for step in rows.chunks(100) {
        let row = |(key, value): &(String, String)| {
            (key.clone().into_bytes(), Some(value.clone().into_bytes()))
        };
        store.views.commit(step.iter().map(row).collect()).expect("a commit");
    }
    store.root(600).await.expect("a root");
    let whole = store.check_views().await.expect("they can be read");
    assert_eq!(whole, None);
    drop(store);
    let (views, sound) = (directory.path().join("views"), directory.path().join("sound"));
    copy(&views, &sound);
    let db = fs::read(sound.join(FILE)).expect("a file");
    let used: Vec<usize> = (0..db.len()).filter(|at| db[*at] != 0).collect();
    let (mut random, mut met) = (Random(17), 0);
    for round in 0..80 {
        fs::remove_dir_all(&views).expect("a directory");
        copy(&sound, &views);
        let mut changed = db.clone();
        let flip = 1 << random.below(8);
        if round % 2 == 0 {
            // Wherever a row is: pages that are free now may have it, too.
            let row = format!("value {:04} ", random.below(rows.len()));
            for at in 0..db.len() {
                if db[at..].starts_with(row.as_bytes()) {
                    changed[at] ^= flip;
                }
            }
        } else {
            changed[used[random.below(used.len())]] ^= flip;
        }
        fs::write(views.join(FILE), changed).expect("a file");

        let store = open(directory.path());
        let damaged = store.check_views().await.expect("they can be read").is_some();
        let mut there = 0;
        for (key, value) in &rows {
            match store.views.get(key.as_bytes()) {
                Ok(Some(found)) => {
                    assert_eq!(found, value.as_bytes());
                    there += 1;
                }
                Ok(None) => {}
                Err(_) => assert!(damaged),
            }
        }
        // Commits that are gone as a whole are folded again.
        let earlier = &rows[..there];
        let is_there = |(key, _): &(String, String)| {
            store.views.get(key.as_bytes()).is_ok_and(|found| found.is_some())
        };
        assert!(damaged || (there % 100 == 0 && earlier.iter().all(is_there)), "{there} rows");
        drop(store);
        met += u32::from(damaged || there < rows.len());
        check(directory.path()).await;
        let store = open(directory.path());
        assert_eq!(store.check_views().await.expect("they can be read"), None);
    }
    assert!(met > 0, "no change was met");
}

/// What redb itself takes for right: a row that is another, or gone, in any table.
#[tokio::test]
async fn rows_that_are_changed_or_gone_are_missed_and_rebuilt() {
    let directory = tempfile::tempdir().expect("a directory");
    write_some(directory.path()).await;
    let views = directory.path().join("views");
    let value = || vec![(b"row".to_vec(), Some(b"value".to_vec()))];
    let mut seen = 0;
    for tree in ["rows", "streams"] {
        for (number, is_removed) in [(0, true), (0, false), (1, true), (1, false)] {
            let redb = redb::Database::open(views.join(FILE)).expect("the views open");
            let writing = redb.begin_write().expect("a transaction");
            let table = redb::TableDefinition::<&[u8], &[u8]>::new(tree);
            let mut table = writing.open_table(table).expect("a table");
            let (key, mut row) = {
                let found = table.iter().expect("rows").nth(number).expect("a row");
                let (key, row) = found.expect("a row");
                (key.value().to_vec(), row.value().to_vec())
            };
            if is_removed {
                table.remove(key.as_slice()).expect("removed");
            } else {
                let last = row.len() - 1;
                row[last] ^= 1;
                table.insert(key.as_slice(), row.as_slice()).expect("changed");
            }
            drop(table);
            writing.commit().expect("committed");
            drop(redb);

            let store = open(directory.path());
            let found = store.check_views().await.expect("they can be read");
            assert!(found.is_some(), "{tree}, row {number}, removed: {is_removed}");
            let read = store.views.get(b"row");
            assert!(!matches!(&read, Ok(Some(read)) if read != b"value"), "{read:?}");
            drop(store);
            check(directory.path()).await;
            let store = open(directory.path());
            assert_eq!(store.check_views().await.expect("they can be read"), None);
            store.views.commit(value()).expect("a commit");
            seen += 1;
        }
    }
    assert_eq!(seen, 8);
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
