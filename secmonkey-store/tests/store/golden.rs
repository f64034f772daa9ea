//! The golden store, which an earlier release wrote: its blocks are of format 1.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use secmonkey_store::salvage;
use serde_json::Value;

use crate::{all, append, open};

#[tokio::test]
async fn blocks_of_an_earlier_release_are_read_and_go_on_in_those_of_this_one() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let directory = tempfile::tempdir().expect("a directory");
    let (path, salvaged) = (directory.path().join("store"), directory.path().join("salvaged"));
    fs::create_dir(&path).expect("a directory");
    let archive = golden.join("store.tar.gz");
    let tar = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(&path).status();
    assert!(tar.expect("this test needs `tar`").success());
    let format = || fs::read_to_string(path.join("format")).expect("a file");
    assert_eq!(format(), "1\n", "what wrote it knew no other blocks");

    let store = open(&path);
    let events = all(&store).await;
    let told = fs::read_to_string(golden.join("log.jsonl")).expect("a file");
    let told: Vec<Value> =
        told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(serde_json::to_value(&events).expect("JSON"), Value::Array(told));
    append(&store, "scan/more", &["one", "two", "three"]).await;
    let events = all(&store).await;
    drop(store);
    assert_eq!(format(), "4\n", "what wrote it keeps out");

    let store = open(&path);
    let verified = store.verify(None, None).await.expect("it can be read");
    assert_eq!((verified.findings, all(&store).await), (vec![], events.clone()));
    drop(store);
    let kept = salvage(&path, &salvaged, Duration::from_mins(1)).expect("it is kept");
    assert_eq!((kept.examined.missing(), kept.orphans), (vec![], None));
    assert_eq!(all(&open(&salvaged)).await, events);
}
