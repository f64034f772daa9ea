//! The tests that every table of rows passes, for the authors of stores.
//!
//! What [`Rows`] promises, in words: keys and values are bytes; keys stand in the order of
//! their bytes. A commit is taken whole or not at all, and who reads after it returned sees
//! all of it. In one commit the last write of a key counts. A scan sees keys that start with
//! its prefix and stand behind `after`, in order, at most `max` of them; fewer than `max`
//! means that there are no more. Rows need not survive the process: views are rebuilt.
//!
//! ```
//! use std::sync::Arc;
//! use secmonkey_core::view::{Memory, contract};
//!
//! contract::run(|| Arc::new(Memory::default()));
//! ```

#![expect(
    clippy::expect_used,
    reason = "test support: a panic is how it tells that a table breaks the contract"
)]

use std::sync::Arc;
use std::thread;

use super::{Row, Rows};

/// Runs every test, each on an empty table of its own.
pub fn run<R: Rows + 'static>(open: impl Fn() -> Arc<R>) {
    starts_empty(&*open());
    returns_what_was_committed(&*open());
    removes(&*open());
    takes_the_last_write_of_a_key(&*open());
    stands_in_the_order_of_bytes(&*open());
    scans_a_prefix_and_no_more(&*open());
    scans_page_by_page(&*open());
    keeps_values_of_any_size(&*open());
    shows_commits_whole(&open());
    clears(&*open());
}

fn starts_empty(rows: &dyn Rows) {
    assert_eq!(get(rows, b"a"), None);
    assert_eq!(scan(rows, b"", None, 10), []);
    rows.commit(Vec::new()).expect("nothing can be committed");
    assert_eq!(scan(rows, b"", None, 10), []);
}

fn returns_what_was_committed(rows: &dyn Rows) {
    put(rows, &[(b"a", b"1"), (b"b", b"")]);
    assert_eq!(get(rows, b"a"), Some(b"1".to_vec()));
    assert_eq!(get(rows, b"b"), Some(Vec::new()), "an empty value is a value");
    assert_eq!(get(rows, b"c"), None);
    put(rows, &[(b"a", b"2")]);
    assert_eq!(get(rows, b"a"), Some(b"2".to_vec()));
}

fn removes(rows: &dyn Rows) {
    put(rows, &[(b"a", b"1"), (b"b", b"2")]);
    rows.commit(vec![(b"a".to_vec(), None), (b"never".to_vec(), None)]).expect("a commit");
    assert_eq!(get(rows, b"a"), None);
    assert_eq!(scan(rows, b"", None, 10), [row(b"b", b"2")]);
}

fn takes_the_last_write_of_a_key(rows: &dyn Rows) {
    let write = |value: &[u8]| (b"a".to_vec(), Some(value.to_vec()));
    rows.commit(vec![write(b"1"), (b"a".to_vec(), None), write(b"2")]).expect("a commit");
    assert_eq!(get(rows, b"a"), Some(b"2".to_vec()));
    rows.commit(vec![write(b"3"), (b"a".to_vec(), None)]).expect("a commit");
    assert_eq!(get(rows, b"a"), None);
}

fn stands_in_the_order_of_bytes(rows: &dyn Rows) {
    let keys: [&[u8]; 6] = [b"", b"\0", b"a", b"a\0", b"a\xff", b"\xff\xff"];
    for key in keys.iter().rev() {
        put(rows, &[(key, b"x")]);
    }
    let found: Vec<_> = scan(rows, b"", None, 10).into_iter().map(|(key, _)| key).collect();
    assert_eq!(found, keys);
}

fn scans_a_prefix_and_no_more(rows: &dyn Rows) {
    put(rows, &[(b"a", b""), (b"a/1", b""), (b"a/2", b""), (b"a0", b""), (b"b/1", b"")]);
    let keys = |prefix: &[u8], after: Option<&[u8]>| -> Vec<Vec<u8>> {
        scan(rows, prefix, after, 10).into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(keys(b"a/", None), [b"a/1".to_vec(), b"a/2".to_vec()]);
    assert_eq!(keys(b"a/", Some(b"a/1")), [b"a/2".to_vec()]);
    assert_eq!(keys(b"a/", Some(b"a/2")), [] as [Vec<u8>; 0]);
    assert_eq!(keys(b"c", None), [] as [Vec<u8>; 0]);
    // A key that is not there is a place all the same.
    assert_eq!(keys(b"a/", Some(b"a/15")), [b"a/2".to_vec()]);
}

fn scans_page_by_page(rows: &dyn Rows) {
    let all: Vec<Row> = (0..1_000_u32).map(|n| row(format!("k/{n:04}").as_bytes(), b"v")).collect();
    let writes = all.iter().map(|(key, value)| (key.clone(), Some(value.clone())));
    rows.commit(writes.collect()).expect("a commit");
    put(rows, &[(b"l", b"another")]);
    for max in [1, 7, 256, 1_000, 2_000] {
        let mut read: Vec<Row> = Vec::new();
        loop {
            let after = read.last().map(|(key, _)| key.clone());
            let page = scan(rows, b"k/", after.as_deref(), max);
            assert!(page.len() <= max);
            let end = page.len() < max;
            read.extend(page);
            if end {
                break;
            }
        }
        assert_eq!(read, all, "in pages of {max}");
    }
}

fn keeps_values_of_any_size(rows: &dyn Rows) {
    for size in [0, 1, 4_095, 4_097, 70_000, 3_000_000] {
        let value: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap_or(0)).collect();
        put(rows, &[(b"big", &value)]);
        assert!(get(rows, b"big").is_some_and(|found| found == value), "{size} bytes");
    }
}

fn shows_commits_whole<R: Rows + 'static>(rows: &Arc<R>) {
    const KEYS: usize = 50;
    let writer = {
        let rows = Arc::clone(rows);
        thread::spawn(move || {
            for round in 0..200_u32 {
                let value = round.to_be_bytes().to_vec();
                let all =
                    (0..KEYS).map(|n| (format!("w/{n:02}").into_bytes(), Some(value.clone())));
                rows.commit(all.collect()).expect("a commit");
            }
        })
    };
    // One key after the other may belong to two commits; the last is never older.
    while !writer.is_finished() {
        let first = get(rows.as_ref(), b"w/00");
        let last = get(rows.as_ref(), b"w/49");
        assert!(first <= last, "{first:?} {last:?}");
    }
    writer.join().expect("the writer writes");
    let all = scan(rows.as_ref(), b"w/", None, 100);
    assert_eq!(all.len(), KEYS);
    assert!(all.iter().all(|(_, value)| *value == 199_u32.to_be_bytes()));
}

fn clears(rows: &dyn Rows) {
    put(rows, &[(b"a", b"1"), (b"b", b"2")]);
    rows.clear().expect("it can be cleared");
    assert_eq!(scan(rows, b"", None, 10), []);
    put(rows, &[(b"c", b"3")]);
    assert_eq!(scan(rows, b"", None, 10), [row(b"c", b"3")]);
}

fn row(key: &[u8], value: &[u8]) -> Row {
    (key.to_vec(), value.to_vec())
}

fn put(rows: &dyn Rows, writes: &[(&[u8], &[u8])]) {
    let writes = writes.iter().map(|(key, value)| (key.to_vec(), Some(value.to_vec())));
    rows.commit(writes.collect()).expect("a commit");
}

fn get(rows: &dyn Rows, key: &[u8]) -> Option<Vec<u8>> {
    rows.get(key).expect("the table reads")
}

fn scan(rows: &dyn Rows, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Vec<Row> {
    rows.scan(prefix, after, max).expect("the table reads")
}
