//! Trains the zstd dictionary that the store compresses events with.
//!
//! A released dictionary is never trained again: a better one gets the next number
//! and joins the list in `secmonkey-store/src/dictionary.rs`.

mod estate;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use secmonkey_core::event::{NewEvent, Position, Stored, Version};
use secmonkey_core::log::{Append, Expected};

/// A store copies it, so it stays small; beyond this it gains little.
const SIZE: usize = 48 * 1024;

/// How many events it is trained on.
const EVENTS: usize = 24_000;

/// How the dictionary is trained.
#[derive(clap::Args)]
pub struct Arguments {
    /// Where it goes; must not exist yet
    file: PathBuf,
    /// JSON lines of more events to train it on, as `secmonkey log --format jsonl`
    /// prints them
    #[arg(long)]
    events: Vec<PathBuf>,
}

/// Trains a dictionary on an invented estate, and on real events where there are any.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.file.exists() {
        bail!(
            "{} exists: stores are written with it, a better one gets the next number",
            arguments.file.display()
        );
    }
    let mut samples = Vec::new();
    for append in estate::events(EVENTS) {
        samples.push(sample(samples.len(), &append)?);
    }
    for file in &arguments.events {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        for line in text.lines() {
            let envelope: secmonkey_core::event::Envelope = serde_json::from_str(line)
                .with_context(|| format!("{} holds what is no event", file.display()))?;
            let version = envelope.version.0.saturating_sub(1);
            let append = Append {
                stream: envelope.stream,
                expected: Expected::Exact(Version(version)),
                actor: envelope.actor,
                scan: envelope.scan,
                events: vec![NewEvent { event: envelope.event, observed_at: envelope.observed_at }],
            };
            samples.push(sample(samples.len(), &append)?);
        }
    }
    let dictionary = zstd::dict::from_samples(&samples, SIZE).context("cannot train it")?;
    std::fs::write(&arguments.file, &dictionary)
        .with_context(|| format!("cannot write {}", arguments.file.display()))?;

    let mut compressor = zstd::bulk::Compressor::with_dictionary(3, &dictionary)?;
    let (mut before, mut after) = (0, 0);
    for sample in &samples {
        before += sample.len();
        after += compressor.compress(sample)?.len();
    }
    println!(
        "{} events of {} bytes take {} bytes with it",
        samples.len(),
        before / samples.len(),
        after / samples.len()
    );
    Ok(())
}

/// An event, the only one of its append, as the store compresses it.
fn sample(before: usize, append: &Append) -> anyhow::Result<Vec<u8>> {
    let [event] = append.events.as_slice() else { bail!("an append of more than one event") };
    let version = match append.expected {
        Expected::Exact(version) => Version(version.0 + 1),
        Expected::Any => Version(1),
    };
    // Any time after the observation does.
    let recorded_at = event.observed_at + std::time::Duration::from_millis(before as u64 % 9_000);
    let position = Position(before as u64 * 37 % 2_000_000 + 1);
    let (stream, scan) = (&append.stream, append.scan.as_ref());
    let stored =
        Stored::encode(position, stream, version, recorded_at, &append.actor, scan, event)?;
    Ok([stored.header, b"\n".to_vec(), stored.body].concat())
}
