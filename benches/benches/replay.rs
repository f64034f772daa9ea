//! The state of an item at a past instant, and opening a store, at a million events.
//!
//! `cargo bench -p secmonkey-benches --bench replay`

#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::process::Command;
use std::time::{Duration, Instant};

use secmonkey_core::config::Digest;
use secmonkey_core::event::{StreamId, Version};
use secmonkey_core::log::EventLog as _;
use secmonkey_core::replay::Replay;
use secmonkey_store::{OpenOptions, SledLog, Store};
use serde_json::Value;

mod estate;

use estate::{FULL, REVISIONS, Random, Result};

const SAMPLES: usize = 20_000;

/// The argument that asks for a store instead.
const FILL: &str = "fill";

#[tokio::main]
async fn main() -> Result<()> {
    if let [_, task, path] = std::env::args().collect::<Vec<_>>().as_slice()
        && task == FILL
    {
        let streams = estate::fill(path.as_ref()).await?;
        println!("{}", serde_json::to_string(&streams)?);
        return Ok(());
    }
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let path = directory.path().join("store");
    // By a process of its own: it leaves a heap that no reader has.
    let filled = Command::new(std::env::current_exe()?).arg(FILL).arg(&path).output()?;
    let streams: Vec<StreamId> = serde_json::from_slice(&filled.stdout)?;

    let start = Instant::now();
    let store = Store::open(&path, OpenOptions::default())?;
    let opened = start.elapsed();
    println!("{} events", store.log.head().await?.position);
    println!("  opened in {opened:.0?} (bar: under 3 s)");

    let mut random = Random(11);
    let mut times = Vec::new();
    for _ in 0..SAMPLES {
        let stream = &streams[random.below(streams.len())];
        let revision = 1 + random.next() % REVISIONS;
        let start = Instant::now();
        let (config, digest) = state(&store.log, stream, revision).await?;
        times.push(start.elapsed());
        assert_eq!(Digest::of(&config), digest, "{stream} at revision {revision}");
    }
    times.sort();
    let at = |share: usize| -> Duration { times[SAMPLES * share / 1_000] };
    println!("state at a past instant, {SAMPLES} random items and revisions");
    println!("  p50 {:>8.0?} (bar: under 300 µs)", at(500));
    println!("  p99 {:>8.0?} (bar: under 3 ms)", at(990));

    drop(store);
    std::fs::remove_dir_all(path.join("views"))?;
    let start = Instant::now();
    drop(Store::open(&path, OpenOptions::default())?);
    println!("opened without its index, and closed, in {:.0?}", start.elapsed());
    Ok(())
}

/// The configuration at a revision, from the nearest whole one on.
async fn state(log: &SledLog, stream: &StreamId, revision: u64) -> Result<(Value, Digest)> {
    let from = (revision / FULL * FULL).max(1);
    let count = usize::try_from(revision - from + 1)?;
    let mut replay = Replay::default();
    for envelope in log.read_stream(stream, Version(from), count).await? {
        replay.step(&envelope)?;
    }
    let row = replay.row.ok_or("no such revision")?;
    Ok((replay.config, row.digest))
}
