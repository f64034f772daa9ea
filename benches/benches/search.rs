//! Searching and asking about the past: answers, the views they come from, and what it costs.
//!
//! `cargo bench -p secmonkey-benches --bench search -- [ITEMS [REVISIONS]]`

#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use secmonkey_core::Timestamp;
use secmonkey_core::query::{self, Known, Query};
use secmonkey_core::view::{Rows as _, Views};
use secmonkey_store::{OpenOptions, Store};

mod crowd;
mod disk;
mod moment;

use crowd::Result;

/// As the programs have it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

use disk::size;

#[tokio::main]
async fn main() -> Result<()> {
    // cargo says `--bench`.
    let arguments: Vec<String> = std::env::args().filter(|one| one != "--bench").collect();
    let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        ["fill", path, items, revisions] => {
            crowd::fill(path.as_ref(), items.parse()?, revisions.parse()?).await
        }
        ["fold", path] => fold(path.as_ref()).await,
        ["ask", path, items] => ask(path.as_ref(), items.parse()?),
        ["past", path, items] => moment::ask(path.as_ref(), items.parse()?).await,
        ["then", path] => moment::then(path.as_ref()).await,
        numbers => {
            let number = |at: usize, other: usize| -> Result<usize> {
                Ok(numbers.get(at).map_or(Ok(other), |number| number.parse())?)
            };
            measure(number(0, 1_000_000)?, number(1, 5)?)
        }
    }
}

/// Each step in a process of its own: it leaves a heap that no other has.
fn measure(items: usize, revisions: usize) -> Result<()> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let path = directory.path().join("store");
    let step = |words: &[&str]| -> Result<String> {
        let me = std::env::current_exe()?;
        let done = Command::new(me).arg(words[0]).arg(&path).args(&words[1..]).output()?;
        if !done.status.success() {
            return Err(String::from_utf8_lossy(&done.stderr).into());
        }
        Ok(String::from_utf8(done.stdout)?)
    };
    let start = Instant::now();
    step(&["fill", &items.to_string(), &revisions.to_string()])?;
    println!("{items} items, {} events, written in {:.0?}", items * revisions, start.elapsed());
    let a_revision = |bytes: u64| bytes as f64 / (items * revisions) as f64;
    let (log, streams) = (size(&path.join("log"))?, size(&path.join("views"))?);
    println!(
        "  {:.0} bytes a revision: log {:.0} ({:.1} MB), index of streams {:.0}",
        a_revision(log + streams),
        a_revision(log),
        mega(log),
        a_revision(streams)
    );
    std::fs::remove_dir_all(path.join("views"))?;
    print!("{}", step(&["fold"])?);
    print!("{}", step(&["ask", &items.to_string()])?);
    print!("{}", step(&["past", &items.to_string()])?);
    print!("{}", step(&["then"])?);
    Ok(())
}

fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Makes the views anew: first all is folded, then what was folded is indexed.
async fn fold(path: &Path) -> Result<()> {
    let start = Instant::now();
    let store = Store::open(path, OpenOptions::default())?;
    println!("opened without views in {:.1?}", start.elapsed());
    let views = Views::new(store.views.clone());
    let rows = store.views.clone();
    let (start, before) = (Instant::now(), cpu()?);
    let folding = async {
        let done = views.catch_up(store.log.as_ref()).await;
        Ok::<_, Box<dyn std::error::Error>>((done?, Instant::now(), cpu()?))
    };
    // Its state says that the index is being made as soon as it has a segment.
    let indexing = async {
        while rows.get(b"search")?.is_none_or(|state| !holds(&state, b"\"number\":0")) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok::<_, Box<dyn std::error::Error>>((Instant::now(), cpu()?, size(&path.join("views"))?))
    };
    let ((events, end, after), (middle, between, folded)) = tokio::try_join!(folding, indexing)?;
    let cpu = after.saturating_sub(before).as_secs_f64();
    let index = after.saturating_sub(between).as_secs_f64();
    println!(
        "views made in {:.0?} ({cpu:.0} s of CPU, {:.0} us an event), peak {:.0} MB",
        end - start,
        cpu * 1e6 / events.0 as f64,
        peak()?
    );
    println!(
        "  of it the index, without its first segment: {:.0?} ({index:.0} s of CPU)",
        end - middle
    );
    drop((views, rows, store));
    let whole = size(&path.join("views"))?;
    println!(
        "  {:.0} MB on disk, {:.0} MB with the first segment alone",
        mega(whole),
        mega(folded)
    );
    Ok(())
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|found| found == part)
}

/// The number of an item in the middle; one after the other is looked for.
fn middle(items: usize, at: usize) -> usize {
    items / 2 / 20 * 20 + at * 2_000 % (items / 4)
}

/// A query of a kind, for an item in the middle.
fn query(kind: &str, items: usize, at: usize) -> Result<String> {
    let number = middle(items, at);
    let id = |offset: usize| {
        Ok::<_, Box<dyn std::error::Error>>(crowd::Item::new(number + offset)?.key.id)
    };
    Ok(match kind {
        "id, whole" => id(6)?,
        "id, ten characters" => id(6)?[..12].to_owned(),
        "id, from the middle" => id(10)?[9..16].to_owned(),
        "part of an address" => {
            let address = crowd::address(number);
            address[..address.rfind('.').unwrap_or(0) + 2].to_owned()
        }
        "ref:" => format!("ref:{}", crowd::group(number)),
        "cidr: /32" => format!("cidr:{} -cidr:=0.0.0.0/0", crowd::address(number)),
        "cidr: /24" => {
            format!("cidr:{}/24 technology:network_interface", crowd::address(number))
        }
        "principal:" => {
            format!("principal:{} technology:s3_bucket", crowd::account(number / 2))
        }
        "name:" => format!("name:{}", "ledger-prod-1*9"),
        "path:" => {
            format!("path:/Encrypted=false account:{} tag:team=fraud", crowd::account(number))
        }
        "tag:, fields" => format!(
            "account:{} technology:security_group tag:env=dev region:eu-*",
            crowd::account(number)
        ),
        _ => format!("nothing-{number}"),
    })
}

fn ask(path: &Path, items: usize) -> Result<()> {
    let start = Instant::now();
    let store = Store::open(path, OpenOptions::default())?;
    println!("opened in {:.1?}", start.elapsed());
    let known = |views| Known::new(views, Timestamp::now());
    let indexed = known(Views::new(store.views.clone()));
    let plain = known(Views::without_search(store.views.clone()));
    let registry = crowd::registry();

    // Reading and decompressing what a search without an index reads.
    let start = Instant::now();
    let (mut after, mut bytes, mut count) = (None, 0, 0);
    loop {
        let page = store.views.scan(b"c/", after.as_deref(), 256)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
        count += page.len();
        bytes += page.iter().map(|(_, value)| value.len()).sum::<usize>();
    }
    let bound = start.elapsed();
    println!("reading {count} configurations of {:.0} MB: {bound:.1?}", mega(bytes as u64));

    println!("{:<22} {:>7} {:>10} {:>10} {:>12}", "", "found", "p50", "worst", "of the bound");
    let kinds = [
        "id, whole",
        "id, ten characters",
        "id, from the middle",
        "part of an address",
        "ref:",
        "cidr: /32",
        "cidr: /24",
        "principal:",
        "name:",
        "path:",
        "tag:, fields",
        "nothing",
    ];
    for kind in kinds {
        let mut times = Vec::new();
        let mut found = 0;
        for at in 0..11 {
            let asked: Query = query(kind, items, at)?.parse()?;
            let start = Instant::now();
            found = query::items(&indexed, &registry, watched(&asked)?)?.count();
            times.push(start.elapsed());
        }
        times.sort();
        let (middle, worst) = (times[5], times[10]);
        println!(
            "{kind:<22} {found:>7} {middle:>10.1?} {worst:>10.1?} {:>12.4}",
            middle.as_secs_f64() / bound.as_secs_f64()
        );
    }
    println!("peak {:.0} MB (bar: 300 MB)", peak()?);

    // An address that every group's rules hold: what is found is what it costs.
    let asked: Query = format!("cidr:{}", crowd::address(middle(items, 0))).parse()?;
    let start = Instant::now();
    let first = query::items(&indexed, &registry, watched(&asked)?)?.take(50).count();
    let page = start.elapsed();
    let start = Instant::now();
    let mut keys = Vec::new();
    for state in query::items(&indexed, &registry, watched(&asked)?)? {
        keys.push(format!("c/{}", state?.row.key));
    }
    let all = start.elapsed();
    let start = Instant::now();
    for key in &keys {
        store.views.get(key.as_bytes())?;
    }
    let read = start.elapsed();
    println!(
        "an address in {} items: the first {first} in {page:.1?}, all in {all:.1?}, {:.1} times \
         reading and decompressing them ({read:.1?})",
        keys.len(),
        all.as_secs_f64() / read.as_secs_f64()
    );

    let asked: Query = query("id, from the middle", items, 3)?.parse()?;
    let start = Instant::now();
    let scanned = query::items(&plain, &registry, watched(&asked)?)?.count();
    let took: Duration = start.elapsed();
    let found = query::items(&indexed, &registry, watched(&asked)?)?.count();
    assert_eq!(found, scanned, "an index never changes an answer");
    println!(
        "without the index: {took:.1?}, {:.1} of the bound",
        took.as_secs_f64() / bound.as_secs_f64()
    );
    parts(&store)
}

/// The rows of each table, and of each part of the index, before compression.
fn parts(store: &Store) -> Result<()> {
    let mut parts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = store.views.scan(b"", after.as_deref(), 256)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
        for (place, row) in &page {
            // Of a segment: `p/`, eight digits of its number, `/`, what it is.
            let part = if place.starts_with(b"p/") { place[11..12].to_vec() } else { Vec::new() };
            let name = [&place[..1], &part].concat();
            let (rows, bytes) =
                parts.entry(String::from_utf8_lossy(&name).into_owned()).or_default();
            (*rows, *bytes) = (*rows + 1, *bytes + place.len() + row.len());
        }
    }
    for (kind, (rows, bytes)) in parts {
        println!("  {rows} rows `{kind}` of {:.1} MB", mega(bytes as u64));
    }
    Ok(())
}

/// Nothing of the estate was swept.
fn watched(asked: &Query) -> Result<Query> {
    Ok(asked.clone().and("watched:any deleted:any".parse::<Query>()?))
}

/// The most memory that this process had, in MB.
fn peak() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).ok_or("no VmHWM")?;
    let number = line.split_whitespace().nth(1).ok_or("no number")?;
    Ok(number.parse::<f64>()? / 1_000.0)
}

/// The CPU time of this process.
fn cpu() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}
