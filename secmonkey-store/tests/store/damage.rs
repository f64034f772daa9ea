//! A disk that flips bits: found, or of no effect; never a panic, never another
//! history.

use std::fs;
use std::panic::AssertUnwindSafe;

use secmonkey_core::log::EventLog as _;
use secmonkey_store::Store;

use crate::{Random, all, append, noise, open, options};

const FLIPS: usize = 150;

#[tokio::test]
async fn flipped_bits_are_found() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    for n in 0..60 {
        append(&store, &format!("scan/{}", n % 5), &[&noise(n, 120), &noise(n + 1_000, 400)]).await;
    }
    append(&store, "scan/big", &[&noise(7, 50_000)]).await;
    let events = all(&store).await;
    store.log.publish_head().await.expect("the head is written down");
    drop(store);

    let db = directory.path().join("log/db");
    let whole = fs::read(&db).expect("a file");
    let written: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] != 0).collect();
    let mut random = Random(5);
    let mut found = 0;
    for _ in 0..FLIPS {
        let at = written[random.below(written.len())];
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << random.below(8);
        let copy = tempfile::tempdir().expect("a directory");
        for file in ["format", "heads.log"] {
            fs::copy(directory.path().join(file), copy.path().join(file)).expect("a file");
        }
        fs::create_dir(copy.path().join("log")).expect("a directory");
        for entry in fs::read_dir(directory.path().join("log")).expect("a directory") {
            let entry = entry.expect("a file");
            if entry.file_type().expect("a type").is_file() {
                let to = copy.path().join("log").join(entry.file_name());
                fs::copy(entry.path(), to).expect("a file");
            }
        }
        fs::write(copy.path().join("log/db"), &bytes).expect("a file");

        let opened =
            std::panic::catch_unwind(AssertUnwindSafe(|| Store::open(copy.path(), options())));
        match opened.unwrap_or_else(|_| panic!("opening panics after a flip at {at}")) {
            Err(_) => found += 1,
            Ok(store) => match store.verify(None, None).await {
                Ok(verified) if verified.findings.is_empty() => {
                    assert!(all(&store).await == events, "another history after a flip at {at}");
                    assert_eq!(store.log.head().await.expect("a head").position.0, 121);
                }
                Ok(_) | Err(_) => found += 1,
            },
        }
    }
    assert!(found > FLIPS / 4, "only {found} flips were found: did they hit the events?");
}
