//! Questions about the past, each against its bound: reading and decompressing the same events.

use std::path::Path;
use std::time::{Duration, Instant};

use secmonkey_core::Timestamp;
use secmonkey_core::event::{Position, StreamId, Version};
use secmonkey_core::log::EventLog as _;
use secmonkey_core::query::{self, ExposureSearch, Known};
use secmonkey_core::view::Views;
use secmonkey_store::{OpenOptions, SledLog, Store};

use crate::crowd::{CHECK, Item, Result, registry};
use crate::{mega, peak, watched};

/// How many items each kind of question is asked about.
const SAMPLES: usize = 201;

/// Asks about single items, then about everything.
pub async fn ask(path: &Path, items: usize) -> Result<()> {
    let start = Instant::now();
    let store = Store::open(path, OpenOptions::default())?;
    let views = Views::new(store.views.clone());
    views.catch_up(store.log.as_ref()).await?;
    println!("opened, and known to be up to date, in {:.2?} (bar: 3 s)", start.elapsed());
    let (log, registry) = (store.log.as_ref(), registry());
    let known = Known::new(views.clone(), Timestamp::now());
    let mut times = [const { Vec::new() }; 4];
    for at in 0..SAMPLES {
        // A security group: those have issues.
        let key = Item::new(at * 7_919 % items / 20 * 20 + 14)?.key;
        let name = key.to_string();
        let events = log.read_stream(&StreamId::item(&key), Version(1), usize::MAX).await?;
        let then = events[events.len() / 2].position;

        let start = Instant::now();
        for event in &events {
            log.read_stored(Position(event.position.0 - 1), 1).await?;
        }
        times[0].push(start.elapsed());
        let start = Instant::now();
        views.item_at(log, &key, then).await?.ok_or("it was not known then")?;
        times[1].push(start.elapsed());
        let start = Instant::now();
        assert!(!query::blame(log, &known, &name, "", None).await?.lines().is_empty());
        times[2].push(start.elapsed());
        let start = Instant::now();
        let search = ExposureSearch { item: Some(name), ..ExposureSearch::default() };
        let found = query::exposure(log, &known, &registry, &[], &search).await?;
        times[3].push(start.elapsed());
        assert_eq!(found.all.len(), 1, "{CHECK}");
    }
    println!("{SAMPLES} items {:>18} {:>10} {:>14}", "p50", "p99", "of the bound");
    let mut bound = Duration::ZERO;
    for (kind, times) in ["read, decompressed", "state then", "blame", "exposure"].iter().zip(times)
    {
        let (middle, slow) = middle(times);
        bound = if bound.is_zero() { middle } else { bound };
        let ratio = middle.as_secs_f64() / bound.as_secs_f64();
        println!("{kind:<22} {middle:>7.0?} {slow:>10.0?} {ratio:>14.2}");
    }

    let (events, bytes, bound) = read(log, log.head().await?.position).await?;
    println!("reading {events} events of {:.0} MB: {bound:.1?}", mega(bytes));
    let start = Instant::now();
    let verified = store.verify(None, None).await?;
    let took = start.elapsed();
    assert!(verified.findings.is_empty());
    println!(
        "verify: {took:.1?}, {:.0} events/s, {:.2} of the bound",
        events as f64 / took.as_secs_f64(),
        took.as_secs_f64() / bound.as_secs_f64()
    );
    let start = Instant::now();
    assert_eq!(store.check_views().await?, None);
    println!("the views held against their sums: {:.1?}", start.elapsed());
    println!("peak {:.0} MB", peak()?);
    Ok(())
}

/// Asks for the open issues after a tenth of the events.
pub async fn then(path: &Path) -> Result<()> {
    let store = Store::open(path, OpenOptions::default())?;
    let log = store.log.as_ref();
    let position = Position(log.head().await?.position.0 / 10);
    let (events, _, bound) = read(log, position).await?;
    let start = Instant::now();
    let views = Views::new(store.views.clone()).as_of(log, position).await?;
    let known = Known::new(views, Timestamp::now());
    let found = query::issues(&known, &registry(), watched(&"status:open".parse()?)?)?.count();
    let took = start.elapsed();
    println!(
        "{found} open issues after {events} events: {took:.1?}, {:.1} of the bound, peak {:.0} MB",
        took.as_secs_f64() / bound.as_secs_f64(),
        peak()?
    );
    Ok(())
}

/// Reads and decompresses all events up to a position: how many, of how many bytes.
async fn read(log: &SledLog, to: Position) -> Result<(u64, u64, Duration)> {
    let start = Instant::now();
    let (mut at, mut bytes) = (Position(0), 0);
    while at < to {
        let page = log.read_stored(at, usize::try_from(to.0 - at.0)?).await?;
        at.0 += page.len() as u64;
        bytes += page.iter().map(|one| one.header.len() + one.body.len()).sum::<usize>() as u64;
    }
    Ok((at.0, bytes, start.elapsed()))
}

/// The middle of some times, and what one of a hundred takes.
fn middle(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}
