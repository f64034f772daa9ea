//! A record that others can check: the tree over the events, and what is signed of it.

use std::fs;
use std::path::Path;

use secmonkey_core::event::Position;
use secmonkey_core::log::EventLog as _;
use secmonkey_core::merkle::{self, Frontier, Node};
use secmonkey_core::tlog::{Checkpoint, SigningKey};
use secmonkey_store::{Problem, Store};

use crate::{append, copy, open};

fn key() -> SigningKey {
    SigningKey::new("secmonkey.example/log", [9; 32]).expect("a key")
}

/// Appends some hundred events, in commits of different length.
async fn fill(store: &Store, events: usize) {
    let texts: Vec<String> = (0..events).map(|n| n.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for (n, some) in texts.chunks(23).enumerate() {
        append(store, &format!("scan/{}", n % 5), some).await;
    }
}

/// The leaves of all events, each read alone.
async fn leaves(store: &Store) -> Vec<Node> {
    let head = store.log.head().await.expect("a head").position;
    let mut leaves = Vec::new();
    for position in 1..=head.0 {
        let (stored, _) = store.inclusion(Position(position), position).await.expect("a proof");
        leaves.push(Node::leaf(&stored.header, &stored.body));
    }
    leaves
}

async fn checkpoint(store: &Store) -> Checkpoint {
    let note = store.checkpoint(&key()).await.expect("a checkpoint");
    note.verify(key().verifier()).expect("it is signed");
    Checkpoint::of(&note).expect("a checkpoint")
}

fn root(leaves: &[Node], size: u64) -> Node {
    merkle::root(size, |level, index| Ok::<_, ()>(merkle::subtree(leaves, level, index)))
        .expect("a root")
}

#[tokio::test]
async fn the_tree_of_a_store_is_the_one_over_its_events() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = open(directory.path());
    fill(&store, 900).await;
    let leaves = leaves(&store).await;
    for reopened in [false, true] {
        if reopened {
            drop(store);
            store = open(directory.path());
        }
        for size in [0, 1, 2, 255, 256, 257, 511, 512, 513, 767, 768, 900] {
            let whole = root(&leaves, size);
            assert_eq!(store.root(size).await.expect("a root"), whole, "{size}");
            for position in [1, 2, 100, 256, 257, 600, 899, 900] {
                if position > size {
                    continue;
                }
                let at = usize::try_from(position - 1).expect("small");
                let (_, path) = store.inclusion(Position(position), size).await.expect("a proof");
                let led = merkle::root_of(leaves[at], position - 1, size, &path);
                assert_eq!(led, Some(whole), "{position} of {size}");
            }
            let path = store.consistency(size, 900).await.expect("a proof");
            let (old, new) = ((size, whole), (900, root(&leaves, 900)));
            assert!(merkle::is_consistent(old, new, &path), "{size}");
        }
    }
    let error = store.root(901).await.expect_err("there are no more");
    assert!(error.to_string().contains("position 901"), "{error}");
}

#[tokio::test]
async fn checkpoints_are_kept_and_every_one_of_them_holds() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = open(directory.path());
    let empty = checkpoint(&store).await;
    assert_eq!((empty.size, empty.root), (0, Frontier::default().root()));
    for round in 1..=4 {
        fill(&store, 150).await;
        assert_eq!(checkpoint(&store).await, checkpoint(&store).await);
        if round == 2 {
            drop(store);
            fs::remove_dir_all(directory.path().join("views")).expect("a directory");
            store = open(directory.path());
        }
    }
    let kept = store.checkpoints().expect("checkpoints");
    let sizes: Vec<_> = kept.iter().map(|(_, checkpoint)| checkpoint.size).collect();
    assert_eq!(sizes, [0, 150, 300, 450, 600]);
    let verified = store.verify(None, Some(kept[1].1.clone())).await.expect("it can be read");
    assert_eq!((verified.findings, verified.checkpoints), (vec![], 6));

    // Signed by another key: both stand under it.
    let other = SigningKey::new("secmonkey.example/log", [8; 32]).expect("a key");
    let both = store.checkpoint(&other).await.expect("a checkpoint");
    assert!(both.verify(key().verifier()).is_ok() && both.verify(other.verifier()).is_ok());
}

/// The store of another log under the same checkpoints: as after an old copy was put back, and
/// went on otherwise.
async fn with_another_log(path: &Path, events: usize) -> Store {
    let other = tempfile::tempdir().expect("a directory");
    let store = open(other.path());
    append(&store, "scan/0", &vec!["another"; events]).await;
    drop(store);
    for part in ["log", "views", "heads.log"] {
        let part = path.join(part);
        let _ = fs::remove_dir_all(&part).or_else(|_| fs::remove_file(&part));
    }
    copy(&other.path().join("log"), &path.join("log"));
    open(path)
}

#[tokio::test]
async fn what_contradicts_a_checkpoint_is_found_and_never_signed() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    fill(&store, 40).await;
    checkpoint(&store).await;
    drop(store);
    for (events, problem) in [(30, "cut"), (40, "changed"), (50, "changed")] {
        let store = with_another_log(directory.path(), events).await;
        let refused = store.checkpoint(&key()).await.expect_err("another history").to_string();
        assert!(refused.contains("does not go on from the checkpoint"), "{refused}");
        let found = store.verify(None, None).await.expect("it can be read").findings;
        assert!(found.iter().any(|one| one.problem.to_string().contains(problem)), "{found:?}");
        assert!(found.iter().any(|one| one.position == Position(40)), "{found:?}");
        assert_eq!(store.checkpoints().expect("checkpoints").len(), 1);
    }

    let store = open(directory.path());
    fs::write(directory.path().join("checkpoints/7.txt"), "garbage").expect("a file");
    store.checkpoint(&key()).await.expect_err("who knows what was signed?");
    let found = store.verify(None, None).await.expect("it can be read").findings;
    assert!(matches!(found[0].problem, Problem::NoCheckpoint { .. }), "{found:?}");
}

#[tokio::test]
async fn a_backup_has_the_checkpoints_and_no_key() {
    let directory = tempfile::tempdir().expect("a directory");
    let (from, to) = (directory.path().join("store"), directory.path().join("backup"));
    let store = open(&from);
    fill(&store, 10).await;
    let (path, made) = store.make_key("log", None, "secmonkey.example/log").expect("a key");
    assert_eq!(path, from.join("keys/log.key"));
    assert_eq!(store.key("log").expect("the key").verifier(), made.verifier());
    assert_eq!(store.key_names().expect("names"), ["log"]);
    store.checkpoint(&made).await.expect("a checkpoint");
    let limit = std::time::Duration::from_mins(1);
    secmonkey_store::backup(&from, &to, limit, limit).expect("a backup");
    let copied = open(&to);
    assert_eq!(copied.checkpoints().expect("checkpoints"), store.checkpoints().expect("them"));
    assert_eq!(copied.key_names().expect("names"), [""; 0]);
}
