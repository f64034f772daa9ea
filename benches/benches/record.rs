//! What a record that others can check costs: verifying it, signing it, proving an event of it,
//! at a million events.
//!
//! `cargo bench -p secmonkey-benches --bench record`

#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::time::Instant;

use secmonkey_core::event::{Hash, Position};
use secmonkey_core::log::EventLog as _;
use secmonkey_core::merkle::{Frontier, Node};
use secmonkey_core::tlog::{Checkpoint, SigningKey};
use secmonkey_store::{OpenOptions, Store};

mod estate;

use estate::{Random, Result};

/// Events whose hashing alone is measured.
const HASHED: u64 = 200_000;
const PROOFS: usize = 200;

#[tokio::main]
async fn main() -> Result<()> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let path = directory.path().join("store");
    estate::fill(&path).await?;
    let store = Store::open(&path, OpenOptions::default())?;
    let events = store.log.head().await?.position.0;
    println!("{events} events");
    hashes(&store).await?;

    let start = Instant::now();
    let verified = store.verify(None, None).await?;
    let chain = start.elapsed();
    assert!(verified.findings.is_empty());
    println!("verify, chain alone        {:>9.0} events/s", events as f64 / chain.as_secs_f64());

    let key = SigningKey::new("benchmark.example/log", [1; 32])?;
    let start = Instant::now();
    let note = store.checkpoint(&key).await?;
    println!("checkpoint, the first      {:>9.1?} (reads every event once)", start.elapsed());
    let start = Instant::now();
    store.checkpoint(&key).await?;
    println!("checkpoint, another        {:>9.1?}", start.elapsed());

    let checkpoint = Checkpoint::of(&note)?;
    let start = Instant::now();
    let verified = store.verify(None, Some(checkpoint)).await?;
    let tree = start.elapsed();
    assert!(verified.findings.is_empty());
    println!(
        "verify, with the tree      {:>9.0} events/s, {:.2} times as long",
        events as f64 / tree.as_secs_f64(),
        tree.as_secs_f64() / chain.as_secs_f64()
    );

    let mut random = Random(5);
    let mut times = Vec::new();
    for _ in 0..PROOFS {
        let position = Position(1 + random.next() % events);
        let start = Instant::now();
        store.inclusion(position, events).await?;
        times.push(start.elapsed());
    }
    times.sort();
    println!("proof, p50 of {PROOFS}          {:>9.1?}", times[PROOFS / 2]);
    Ok(())
}

/// What the tree costs, beside the hash chain over the same bytes.
async fn hashes(store: &Store) -> Result<()> {
    let mut stored = Vec::new();
    for position in 1..=2_000 {
        stored.push(store.inclusion(Position(position), position).await?.0);
    }
    let rounds = usize::try_from(HASHED)? / stored.len();
    let start = Instant::now();
    let mut hash = Hash::START;
    for _ in 0..rounds {
        for one in &stored {
            hash = hash.next(&one.header, &one.body);
        }
    }
    let chain = start.elapsed().as_secs_f64() * 1e6 / HASHED as f64;
    let start = Instant::now();
    let mut tree = Frontier::default();
    for _ in 0..rounds {
        for one in &stored {
            tree.push(Node::leaf(&one.header, &one.body));
        }
    }
    let hashed = start.elapsed().as_secs_f64() * 1e6 / HASHED as f64;
    assert!(hash != Hash::START && tree.size() == HASHED);
    println!("hash chain                 {chain:>9.2} us an event");
    println!("tree: leaf and inner node  {hashed:>9.2} us an event, {:.2} chains", hashed / chain);
    Ok(())
}
