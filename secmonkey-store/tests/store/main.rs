//! What a store promises.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[cfg(unix)]
mod attached;
mod backup;
mod compact;
mod contract;
mod crash;
mod damage;
mod fuzzed;
mod golden;
mod limits;
mod lost;
mod opening;
mod power;
mod record;
mod salvage;
mod segments;
mod views;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secmonkey_core::Timestamp;
use secmonkey_core::event::{
    Actor, Counts, Envelope, Event, Failure, NewEvent, Position, ScopeId, StreamId, Version,
};
use secmonkey_core::log::{Append, EventLog as _, Expected, Receipt};
use secmonkey_store::{OpenOptions, Store};

/// How the tests open a store: at once or not at all.
fn options() -> OpenOptions {
    OpenOptions { wait: Duration::ZERO, command: "test".to_owned(), ..OpenOptions::default() }
}

fn open(path: &Path) -> Store {
    Store::open(path, options()).expect("the store opens")
}

/// An event that carries any text.
fn event(text: &str) -> NewEvent {
    NewEvent {
        event: Event::SweepFailed(Failure {
            scope: ScopeId {
                account: "123456789012".parse().expect("an account id"),
                technology: "s3_bucket".to_owned(),
                region: "global".to_owned(),
            },
            operation: "s3:ListBuckets".to_owned(),
            cause: None,
            item: None,
            part: None,
            reason: text.to_owned(),
        }),
        observed_at: Timestamp::UNIX_EPOCH,
    }
}

/// The end of a scan.
fn end() -> NewEvent {
    NewEvent { event: Event::ScanFinished(Counts::default()), observed_at: Timestamp::UNIX_EPOCH }
}

fn text(envelope: &Envelope) -> &str {
    match &envelope.event {
        Event::SweepFailed(failure) => &failure.reason,
        other => panic!("the tests do not write {other:?}"),
    }
}

fn batch(stream: &str, expected: Expected, events: Vec<NewEvent>) -> Vec<Append> {
    let stream = StreamId::from(stream.to_owned());
    vec![Append { stream, expected, actor: Actor::from("test"), scan: None, events }]
}

async fn append(store: &Store, stream: &str, texts: &[&str]) -> Receipt {
    let events = texts.iter().map(|text| event(text)).collect();
    store.log.append(batch(stream, Expected::Any, events)).await.expect("the batch is taken")
}

async fn all(store: &Store) -> Vec<Envelope> {
    store.log.read_all(Position(0), usize::MAX).await.expect("the log can be read")
}

async fn stream(store: &Store, stream: &str) -> Vec<Envelope> {
    let stream = StreamId::from(stream.to_owned());
    store.log.read_stream(&stream, Version(1), usize::MAX).await.expect("the stream can be read")
}

/// Text of so many bytes that does not compress.
fn noise(seed: u64, bytes: usize) -> String {
    let mut random = Random(seed);
    (0..bytes).map(|_| char::from(b'0' + u8::try_from(random.below(64)).expect("small"))).collect()
}

/// Copies a directory, file by file, as somebody does who does not know that it is in use.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("a file");
        let copied = to.join(entry.file_name());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            copy(&entry.path(), &copied);
        } else {
            // What is gone by now was never there.
            let _ = std::fs::copy(entry.path(), copied);
        }
    }
}

/// All files below a directory, with what they hold, except the lock.
fn contents(path: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(path).expect("a directory") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else if !path.ends_with("lock") {
            found.insert(path.clone(), std::fs::read(path).expect("a file"));
        }
    }
    found
}

/// Random numbers: the same for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).expect("small")
    }
}
