//! What a durable event costs: time against a plain file, and bytes on disk.
//!
//! `cargo bench -p secmonkey-benches --bench append`

#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, Instant};

use secmonkey_core::event::{Position, Stored, Version};
use secmonkey_core::log::{Append, EventLog as _};
use secmonkey_store::{OpenOptions, Store};

mod disk;
mod estate;

use disk::size;
use estate::{ITEMS, Item, REVISIONS, Random, Result};

const ROUNDS: usize = 20;
const COMMITS: usize = 25;
const EVENTS: usize = 100;

#[tokio::main]
async fn main() -> Result<()> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut random = Random(3);
    let mut items = (0..EVENTS * 10).map(|_| Item::new(&mut random)).collect::<Result<Vec<_>>>()?;

    let store = Store::open(directory.path().join("rate"), OpenOptions::default())?;
    let mut file = File::create(directory.path().join("plain"))?;
    let dictionary = include_bytes!("../../secmonkey-store/src/dictionary/1.zdict");
    let mut compressor = zstd::bulk::Compressor::with_dictionary(3, dictionary)?;

    let mut ratios = Vec::new();
    let (mut plain, mut sled) = (Duration::ZERO, Duration::ZERO);
    for round in 0..=ROUNDS {
        let mut batches: Vec<Vec<Append>> = Vec::new();
        for commit in 0..COMMITS {
            let start = commit * EVENTS % items.len();
            let some = items[start..start + EVENTS].iter_mut();
            batches.push(some.map(|item| item.append(&mut random)).collect::<Result<_>>()?);
        }
        // The file gets what it must hold ready-made: it is the limit of the disk.
        let mut records = Vec::new();
        for batch in &batches {
            let mut commit = Vec::new();
            for append in batch {
                let (at, new) = (append.events[0].observed_at, &append.events[0]);
                let (at_start, scan) = (Position(1), append.scan.as_ref());
                let (stream, actor) = (&append.stream, &append.actor);
                let stored = Stored::encode(at_start, stream, Version(1), at, actor, scan, new)?;
                let text = [stored.header, stored.body].concat();
                commit.push(compressor.compress(&text)?);
            }
            records.push(commit);
        }

        let start = Instant::now();
        for commit in &records {
            let mut bytes = Vec::new();
            for record in commit {
                bytes.extend(u32::try_from(record.len())?.to_le_bytes());
                bytes.extend(crc32fast::hash(record).to_le_bytes());
                bytes.extend(record);
            }
            file.write_all(&bytes)?;
            file.sync_data()?;
        }
        let by_file = start.elapsed();

        let start = Instant::now();
        for batch in batches {
            store.log.append(batch).await?;
        }
        let by_sled = start.elapsed();

        // The first discovers the items: whole configurations, another load.
        if round > 0 {
            ratios.push(by_file.as_secs_f64() / by_sled.as_secs_f64());
            plain += by_file;
            sled += by_sled;
        }
    }
    drop(store);
    let events = (ROUNDS * COMMITS * EVENTS) as f64;
    ratios.sort_by(f64::total_cmp);
    println!("durable append, {EVENTS} events a commit, one commit at a time");
    println!("  plain file, CRC, fdatasync {:>9.0} events/s", events / plain.as_secs_f64());
    println!("  store                      {:>9.0} events/s", events / sled.as_secs_f64());
    println!(
        "  ratio, median of {ROUNDS} rounds {:>12.2} (bar: at least 0.25)",
        ratios[ROUNDS / 2]
    );

    let path = directory.path().join("size");
    let start = Instant::now();
    estate::fill(&path).await?;
    let revisions = ITEMS as u64 * REVISIONS;
    println!("{revisions} revisions of {ITEMS} items, written in {:.0?}", start.elapsed());
    for part in ["log", "views", ""] {
        let bytes = size(&path.join(part))?;
        let name = if part.is_empty() { "all" } else { part };
        println!("  {name:<5} {:>6.1} bytes a revision on disk", bytes as f64 / revisions as f64);
    }
    println!("  (bar: at most 300)");
    Ok(())
}
