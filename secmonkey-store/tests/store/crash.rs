//! Killed at any time, a store keeps what it acknowledged and opens by itself.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::Random;
use crate::writer::{acknowledged, arguments, check, environment};

/// Kills of one lane; each store lives through eight. `SECMONKEY_TEST_KILLS` says how many
/// where time does not matter: 400 take some minutes.
const KILLS: usize = 32;
const LANES: u64 = 2;
const KILLS_PER_STORE: usize = 8;

fn kills() -> usize {
    let said = std::env::var("SECMONKEY_TEST_KILLS").ok().and_then(|said| said.parse().ok());
    said.unwrap_or(KILLS)
}

#[test]
fn kills_lose_nothing() {
    let lanes: Vec<_> = (0..LANES).map(|lane| std::thread::spawn(move || kill(lane))).collect();
    let promised: usize = lanes.into_iter().map(|lane| lane.join().expect("a lane")).sum();
    // Else the writers were killed before they wrote, and nothing was shown.
    assert!(promised > kills(), "only {promised} batches were acknowledged");
}

/// How many batches were acknowledged, and found again.
fn kill(lane: u64) -> usize {
    let mut random = Random(0x5eed + lane);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut total = 0;
    for store in 0..kills().div_ceil(KILLS_PER_STORE) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("store");
        let mut promised = Vec::new();
        for run in 0..KILLS_PER_STORE {
            let program = arguments();
            let mut command = Command::new(&program[0]);
            command.args(&program[1..]).stdout(Stdio::piped()).stderr(Stdio::null());
            environment(&mut command, &path, run, 4, usize::MAX);
            let mut writer = command.spawn().expect("the writer starts");
            let mut out = writer.stdout.take().expect("a pipe");
            let said = std::thread::spawn(move || {
                let mut said = Vec::new();
                out.read_to_end(&mut said).expect("what it said");
                String::from_utf8_lossy(&said).into_owned()
            });
            // Half of them in a store's first moments, where everything is made.
            let longest = if run % 2 == 0 { 120 } else { 500 };
            let time = Duration::from_millis(2 + random.below(longest) as u64);
            std::thread::sleep(time);
            writer.kill().expect("the writer is killed");
            writer.wait().expect("the writer ends");
            promised.extend(acknowledged(&said.join().expect("what it said")));
            if let Err(reason) = runtime.block_on(check(&path, &promised)) {
                let kept = directory.keep();
                panic!(
                    "store {store}, killed after {time:?} in run {run}: {reason} ({})",
                    kept.display()
                );
            }
        }
        total += promised.len();
    }
    total
}
