//! A process that writes until it is stopped, tells what was acknowledged, and what
//! its store must hold afterwards.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use secmonkey_core::event::{Hash, Position, StreamId};
use secmonkey_core::log::{EventLog as _, Expected};
use secmonkey_core::view::Rows as _;
use secmonkey_store::Store;

use crate::{Random, all, batch, event, noise, open, stream, text};

/// The writer's store, its number, how many batches each of its tasks writes, and
/// how many tasks it has.
const STORE: &str = "SECMONKEY_TEST_STORE";
const RUN: &str = "SECMONKEY_TEST_RUN";
const BATCHES: &str = "SECMONKEY_TEST_BATCHES";
const TASKS: &str = "SECMONKEY_TEST_TASKS";

/// The command that starts a writer in a process of its own.
pub fn arguments() -> Vec<String> {
    let program = std::env::current_exe().expect("the test's own program");
    let program = program.to_str().expect("a path in Unicode").to_owned();
    let arguments = ["--ignored", "--exact", "writer::writes_until_it_is_stopped", "--nocapture"];
    std::iter::once(program).chain(arguments.map(str::to_owned)).collect()
}

pub fn environment(command: &mut Command, store: &Path, run: usize, tasks: usize, batches: usize) {
    command.env(STORE, store).env(RUN, run.to_string());
    command.env(TASKS, tasks.to_string()).env(BATCHES, batches.to_string());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the other tests start it in a process of its own"]
async fn writes_until_it_is_stopped() {
    let variable = |name| std::env::var(name).expect("the test that starts it says");
    let number = |name| variable(name).parse::<usize>().expect("a number");
    let (run, batches) = (number(RUN), number(BATCHES));
    let store = &open(variable(STORE).as_ref());
    futures::future::join_all((0..number(TASKS)).map(async |task| {
        let mut random = Random((run * 1_000 + task) as u64);
        for number in 0..batches {
            let most = if random.below(4) == 0 { 300 } else { 20 };
            let count = 1 + random.below(most);
            let name = format!("{run}.{task}.{number}");
            let events = (0..count).map(|index| {
                let padding = if random.below(400) == 0 { 20_000 } else { random.below(200) };
                event(&format!("{name} {index} {count} {}", noise(random.next(), padding)))
            });
            let events = events.collect();
            let stream = format!("scan/{}", random.below(40));
            let version = store.log.version(&StreamId::from(stream.clone())).await;
            // A task of its own may win the race for the stream.
            let expected = Expected::Exact(version.expect("a version"));
            let Ok(receipt) = store.log.append(batch(&stream, expected, events)).await else {
                continue;
            };
            say(&format!("ACK {name} {} {}", receipt.head.position, receipt.head.hash));
            if number % 16 == 0 {
                store.log.publish_head().await.expect("the head is written down");
            }
            let value = Some(name.into_bytes());
            let rows = [b"one", b"two"].map(|row| (vec![row[0], row[1]], value.clone()));
            store.views.commit(rows.into()).expect("the rows are written");
        }
    }))
    .await;
}

/// One write, so that it arrives whole.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever listened may be gone; then so are we, soon.
    let _ = out.write_all(format!("\n{line}\n").as_bytes());
    let _ = out.flush();
}

/// What a writer says it was promised.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    name: String,
    pub position: Position,
    pub hash: Hash,
}

/// The acknowledgements in what a writer said.
pub fn acknowledged(said: &str) -> Vec<Acknowledged> {
    let whole = said.rfind('\n').map_or("", |end| &said[..end]);
    let lines = whole.lines().filter_map(|line| line.strip_prefix("ACK "));
    lines
        .map(|line| {
            let mut words = line.split(' ');
            let mut word = || words.next().expect("three words");
            Acknowledged {
                name: word().to_owned(),
                position: word().parse().expect("a position"),
                hash: word().parse().expect("a hash"),
            }
        })
        .collect()
}

/// Opens a store after a crash: everything acknowledged is there, every batch is
/// whole, the chain holds, the index agrees, and it takes more.
pub async fn check(path: &Path, promised: &[Acknowledged]) -> Result<(), String> {
    let store = Store::open(path, crate::options()).map_err(|error| error.to_string())?;
    let verified = store.verify(None, None).await.map_err(|error| error.to_string())?;
    if let Some(finding) = verified.findings.first() {
        return Err(finding.to_string());
    }
    let events = all(&store).await;
    for promise in promised {
        let index = usize::try_from(promise.position.0 - 1).expect("small");
        match events.get(index) {
            Some(event) if event.hash == promise.hash => {}
            other => return Err(format!("{promise:?} was broken: {:?}", other.map(|it| it.hash))),
        }
        if !text(&events[index]).starts_with(&format!("{} ", promise.name)) {
            return Err(format!("another event is at {promise:?}"));
        }
    }
    let mut batches: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut streams: BTreeMap<&str, usize> = BTreeMap::new();
    let mut sizes = BTreeMap::new();
    for event in &events {
        let mut words = text(event).split(' ');
        let name = words.next().expect("a name");
        let mut number = || words.next().and_then(|word| word.parse().ok()).expect("a number");
        let (index, count): (usize, usize) = (number(), number());
        batches.entry(name).or_default().push(index);
        sizes.insert(name, count);
        *streams.entry(event.stream.as_str()).or_default() += 1;
    }
    for (name, indexes) in batches {
        if !indexes.iter().copied().eq(0..sizes[name]) {
            return Err(format!("batch {name} of {} is not whole: {indexes:?}", sizes[name]));
        }
    }
    for (id, count) in streams {
        if stream(&store, id).await.len() != count {
            return Err(format!("the index does not agree about {id}"));
        }
    }
    let rows = [b"on", b"tw"].map(|row| store.views.get(row).expect("the views can be read"));
    if rows[0] != rows[1] {
        return Err("half a batch of rows is there".to_owned());
    }
    let after = vec![event(&format!("after{} 0 1", events.len()))];
    let receipt = store.log.append(batch("scan/after", Expected::Any, after));
    receipt.await.map(drop).map_err(|error| error.to_string())
}
