//! A small store, changed in any way: opening, reading and verifying it neither panics nor
//! hangs, and what opens and verifies is a part of the record.
//!
//! The fuzz target `store` feeds this with bytes, too.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use secmonkey_core::Timestamp;
use secmonkey_core::event::{Actor, Event, Hash, Position, StreamId, Version};
use secmonkey_core::log::{Append, EventLog as _, Expected};
use secmonkey_store::{OpenOptions, Store};
use tokio::runtime::Runtime;

/// How long one store may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A whole store: its files, and the hashes of its events.
struct Whole {
    files: BTreeMap<PathBuf, Vec<u8>>,
    hashes: Vec<Hash>,
    runtime: Runtime,
}

fn options() -> OpenOptions {
    OpenOptions {
        wait: Duration::ZERO,
        deadline: PATIENCE / 2,
        clock: Arc::new(|| Timestamp::UNIX_EPOCH),
        ..OpenOptions::default()
    }
}

fn whole() -> &'static Whole {
    static WHOLE: OnceLock<Whole> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let runtime = Runtime::new().expect("a runtime");
        let directory = tempfile::tempdir().expect("a directory");
        let hashes = runtime.block_on(make(directory.path()));
        let mut files = BTreeMap::new();
        read(directory.path(), Path::new(""), &mut files);
        Whole { files, hashes, runtime }
    })
}

async fn make(path: &Path) -> Vec<Hash> {
    let mut hashes = Vec::new();
    for round in 0..2 {
        let store = Store::open(path, options()).expect("a new store opens");
        for number in 0..12_u32 {
            let actor =
                Actor(format!("{round} {number} ").repeat(if number == 6 { 3_000 } else { 9 }));
            let stream = StreamId::from(format!("scan/{}", number % 3));
            let events = [Event::ItemDeleted, Event::ItemDeleted];
            let append = Append::new(stream, Expected::Any, &actor, Timestamp::UNIX_EPOCH, events);
            store.log.append(vec![append]).await.expect("it is taken");
        }
        store.log.publish_head().await.expect("the head is written down");
        let events = store.log.read_all(Position(0), usize::MAX).await.expect("it can be read");
        hashes = events.iter().map(|event| event.hash).collect();
    }
    hashes
}

fn read(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(root.join(folder)).expect("a directory") {
        let entry = entry.expect("a file");
        let name = folder.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            read(root, &name, files);
        } else {
            files.insert(name, fs::read(entry.path()).expect("a file"));
        }
    }
}

/// Changes a whole store as the bytes say, six to a change: which file, how, where, and a
/// value.
pub fn changed_as(bytes: &[u8]) {
    let Whole { files, hashes, runtime } = whole();
    let mut changed = files.clone();
    for change in bytes.chunks_exact(6).take(16) {
        let Some(name) = changed.keys().nth(usize::from(change[0]) % files.len()).cloned() else {
            continue;
        };
        let Some(content) = changed.get_mut(&name) else { continue };
        // Behind the last byte that is not zero, nothing is looked at.
        let used = content.iter().rposition(|byte| *byte != 0).map_or(1, |last| last + 1);
        let at = u32::from_be_bytes([0, change[2], change[3], change[4]]) as usize % used.max(1);
        let length = usize::from(change[5]) * 16;
        match change[1] % 7 {
            0 => drop(changed.remove(&name)),
            1 => content.truncate(at),
            2 => {
                let end = content.len().min(at + length);
                content.get_mut(at..end).into_iter().flatten().for_each(|byte| *byte = 0);
            }
            3 => content
                .splice(at.min(content.len())..at.min(content.len()), [change[5]])
                .for_each(drop),
            4 => {
                let end = content.len().min(at + length);
                content.drain(at.min(end)..end);
            }
            _ => {
                if let Some(byte) = content.get_mut(at) {
                    *byte ^= change[5].max(1);
                }
            }
        }
    }
    let directory = tempfile::tempdir().expect("a directory");
    for (name, content) in changed {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, content).expect("a file");
    }
    let start = Instant::now();
    runtime.block_on(look(directory.path(), hashes));
    assert!(start.elapsed() < PATIENCE, "it took {:?}", start.elapsed());
}

async fn look(path: &Path, hashes: &[Hash]) {
    let left = secmonkey_store::examine(path);
    for section in left.into_iter().flat_map(|left| left.sections) {
        assert!(section.first <= section.last && section.last.0 <= hashes.len() as u64);
    }
    let Ok(store) = Store::open(path, options()) else { return };
    let verified = store.verify(None, None).await;
    let events = store.log.read_all(Position(0), usize::MAX).await;
    for stream in 0..3 {
        let stream = StreamId::from(format!("scan/{stream}"));
        let _ = store.log.read_stream(&stream, Version(1), usize::MAX).await;
    }
    if verified.is_ok_and(|verified| verified.findings.is_empty()) {
        let found: Vec<Hash> =
            events.expect("what verifies can be read").iter().map(|event| event.hash).collect();
        assert!(hashes.starts_with(&found), "another history");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn nothing_panics_nothing_hangs(bytes in proptest::collection::vec(any::<u8>(), 6..48)) {
            super::changed_as(&bytes);
        }
    }
}
