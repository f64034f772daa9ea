//! Trains the zstd dictionary that the store compresses events with.
//!
//! A released dictionary is never trained again: a better one gets the next number
//! and joins the list in `secmonkey-store/src/dictionary.rs`.

mod estate;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use secmonkey_core::event::{NewEvent, Position, Stored, StreamId, Version};

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
    for (stream, version, event) in estate::events(EVENTS) {
        samples.push(sample(samples.len(), &stream, version, &event)?);
    }
    for file in &arguments.events {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        for line in text.lines() {
            let envelope: secmonkey_core::event::Envelope = serde_json::from_str(line)
                .with_context(|| format!("{} holds what is no event", file.display()))?;
            let event = NewEvent {
                event: envelope.event,
                observed_at: envelope.observed_at,
                actor: envelope.actor,
                scan: envelope.scan,
            };
            samples.push(sample(samples.len(), &envelope.stream, envelope.version, &event)?);
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

/// An event as the store compresses it.
fn sample(
    before: usize,
    stream: &StreamId,
    version: Version,
    event: &NewEvent,
) -> anyhow::Result<Vec<u8>> {
    // Any time after the observation does.
    let recorded_at = event.observed_at + std::time::Duration::from_millis(before as u64 % 9_000);
    let position = Position(before as u64 * 37 % 2_000_000 + 1);
    let stored = Stored::encode(position, stream, version, recorded_at, event)?;
    Ok([stored.header, b"\n".to_vec(), stored.body].concat())
}
