//! A store that another process holds, through that process.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use secmonkey_core::event::Position;
use secmonkey_core::log::{Append, EventLog as _, Expected, contract};
use secmonkey_core::view::{Rows as _, Views};
use secmonkey_store::{Attached, OpenOptions, Serving, Store, attach};

use crate::{append, batch, event, open, options};

/// A store that is served.
fn served(path: &Path) -> (Store, Views, Serving) {
    let store = open(path);
    let views = Views::new(store.views.clone());
    let serving = store.serve(&views).expect("it is served");
    (store, views, serving)
}

fn attached(path: &Path) -> Attached {
    attach(path).expect("somebody serves it")
}

#[tokio::test(flavor = "multi_thread")]
async fn its_log_passes() {
    let directory = tempfile::tempdir().expect("a directory");
    let (opened, kept) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    contract::run(async |clock: contract::Clock| {
        let number = opened.fetch_add(1, Ordering::Relaxed);
        let path = directory.path().join(number.to_string());
        let store = Store::open(&path, OpenOptions { clock, ..options() }).expect("a store");
        let serving = store.serve(&Views::new(store.views.clone())).expect("it is served");
        kept.lock().expect("no panic").push((store, serving));
        attached(&path).log
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_rows_are_the_holders_and_nobody_else_writes_them() {
    let directory = tempfile::tempdir().expect("a directory");
    let (store, _views, _serving) = served(directory.path());
    let rows: Vec<_> = (0..5_u8).map(|n| (vec![b'a', n], Some(vec![n; 3_000]))).collect();
    store.views.commit(rows).expect("a commit");
    let Attached { views, .. } = attached(directory.path());
    for key in [&b"a\x02"[..], b"b", b""] {
        assert_eq!(views.get(key).expect("a row"), store.views.get(key).expect("a row"));
    }
    for (prefix, after, max) in
        [(&b"a"[..], None, 2), (b"a", Some(&b"a\x02"[..]), 9), (b"", None, 0)]
    {
        let there = store.views.scan(prefix, after, max).expect("rows");
        assert_eq!(views.scan(prefix, after, max).expect("rows"), there);
    }
    assert!(views.commit(vec![(b"a".to_vec(), None)]).is_err());
    assert!(views.clear().is_err());
    assert!(store.views.get(b"a\x02").expect("a row").is_some());
}

/// Whoever is attached sees what the holder writes, and the other way round.
#[tokio::test(flavor = "multi_thread")]
async fn views_are_folded_by_the_holder() {
    let directory = tempfile::tempdir().expect("a directory");
    let (store, views, _serving) = served(directory.path());
    let Attached { log, views: rows } = attached(directory.path());
    let theirs = Views::new(rows);
    append(&store, "scan/1", &["one"]).await;
    assert_eq!(theirs.catch_up(log.as_ref()).await.expect("folded"), Position(1));
    let more: Vec<Append> = batch("scan/1", Expected::Any, vec![event("two")]);
    log.append(more).await.expect("the batch is taken");
    assert_eq!(theirs.catch_up(log.as_ref()).await.expect("folded"), Position(2));
    assert_eq!(views.position().expect("a position"), Position(2));
    assert_eq!(theirs.position().expect("a position"), Position(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_its_holder_and_comes_back_with_the_next() {
    let directory = tempfile::tempdir().expect("a directory");
    assert!(attach(directory.path()).is_none());
    let (store, views, serving) = served(directory.path());
    append(&store, "scan/1", &["one"]).await;
    let Attached { log, .. } = attached(directory.path());
    serving.end().await;
    let error = log.head().await.expect_err("it ended").to_string();
    assert!(error.contains("ended: run it again"), "{error}");
    assert!(attach(directory.path()).is_none());
    drop((store, views));
    // One who dies leaves the socket.
    drop(std::os::unix::net::UnixListener::bind(directory.path().join("socket")));
    assert!(attach(directory.path()).is_none());
    let _held = served(directory.path());
    assert_eq!(attached(directory.path()).log.head().await.expect("a head").position, Position(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn its_socket_is_for_its_owner_alone_wherever_the_store_is() {
    let directory = tempfile::tempdir().expect("a directory");
    // Longer than the name of a socket may be.
    let path = directory.path().join("d".repeat(120));
    let (store, _views, _serving) = served(&path);
    append(&store, "scan/1", &["one"]).await;
    assert_eq!(attached(&path).log.head().await.expect("a head").position, Position(1));
    let mode = std::fs::metadata(path.join("socket")).expect("a socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_makes_no_sense_is_hung_up_on_and_harms_nobody() {
    let directory = tempfile::tempdir().expect("a directory");
    let (store, _views, _serving) = served(directory.path());
    append(&store, "scan/1", &["one"]).await;
    let long = u32::MAX.to_be_bytes();
    let head_first = [&[0, 0, 0, 10][..], &[0, 0, 0, 6], b"\"Head\""].concat();
    for said in [&b"GET / HTTP/1.1\r\n\r\n"[..], &long, &[0, 0, 0, 0], &head_first] {
        let mut stream = UnixStream::connect(directory.path().join("socket")).expect("a socket");
        stream.write_all(said).expect("it is taken");
        stream.shutdown(std::net::Shutdown::Write).expect("it is shut");
        let mut answer = Vec::new();
        // Reset or ended: in any case nothing was answered.
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(answer, b"", "{said:?}");
    }
    let others: Vec<Arc<_>> = (0..70).map(|_| attached(directory.path()).log).take(60).collect();
    for log in &others {
        assert_eq!(log.head().await.expect("a head").position, Position(1));
    }
}
