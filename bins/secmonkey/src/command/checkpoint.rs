//! `secmonkey checkpoint`, and how checkpoints and keys of others are read.

use std::fs;
use std::path::Path;

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::record::CheckpointRecord;
use secmonkey_core::tlog::{Checkpoint, Malformed, Note, Untrusted, VerifierKey};

use super::keys;
use crate::args;
use crate::context::Context;
use crate::output;

pub async fn run(context: &Context, args: args::Checkpoint) -> Result<Exit, Error> {
    let opened = context.hold().await?;
    let key = keys::chosen(&opened, args.key.as_deref())?;
    let note = opened.store()?.checkpoint(&key).await?;
    if context.output.is_table() {
        output::print(&note.to_string())?;
        return Ok(Exit::Done);
    }
    let checkpoint = Checkpoint::of(&note).map_err(|error| Error::Store(error.to_string()))?;
    context.output.object(&CheckpointRecord::new(&note, &checkpoint))?;
    Ok(Exit::Done)
}

/// A file of others, which has to be text.
pub fn read(path: &Path) -> Result<String, Error> {
    let cannot = |error: &dyn std::fmt::Display| {
        Error::usage(format!("cannot read {}: {error}", path.display()))
    };
    let bytes = fs::read(path).map_err(|error| cannot(&error))?;
    String::from_utf8(bytes).map_err(|_| cannot(&"it is no text"))
}

/// What is wrong with a file of others.
pub fn malformed<'a>(path: &'a Path, what: &'a str) -> impl Fn(Malformed) -> Error + 'a {
    move |error| Error::usage(format!("{} is no {what}: {error}", path.display()))
}

/// What a signature is worth: one by others is none of ours, one that is wrong is a finding.
pub fn untrusted(path: &Path) -> impl Fn(Untrusted) -> Error + '_ {
    move |error| {
        let text = format!("{}: {error}", path.display());
        match error {
            Untrusted::Forged(_) => Error::Refuted(text),
            _ => Error::usage(text),
        }
    }
}

/// A checkpoint that one of these keys signed.
pub fn checkpoint(path: &Path, keys: &[VerifierKey]) -> Result<(Note, Checkpoint), Error> {
    let note = Note::parse(&read(path)?).map_err(malformed(path, "checkpoint"))?;
    let checkpoint = Checkpoint::of(&note).map_err(malformed(path, "checkpoint"))?;
    let mut worst = Ok(());
    for key in keys {
        match note.verify(key) {
            Ok(()) if key.name() == checkpoint.origin => return Ok((note, checkpoint)),
            Ok(()) => {
                return Err(Error::usage(format!(
                    "{} is a checkpoint of {}, the key signs for {}",
                    path.display(),
                    checkpoint.origin,
                    key.name()
                )));
            }
            Err(error) => worst = Err(error),
        }
    }
    worst.map_err(untrusted(path))?;
    Err(Error::usage(format!("{}: no key is known that could have signed it", path.display())))
}

/// A key of others: itself, or a file whose first line it is.
pub fn verifier(named: &str) -> Result<VerifierKey, Error> {
    let path = Path::new(named);
    if !path.exists() {
        let hint = if named.contains('+') { "" } else { ", and no file is called so" };
        return named
            .parse()
            .map_err(|error| Error::usage(format!("--key `{named}` is {error}{hint}")));
    }
    let text = read(path)?;
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.parse().map_err(|error| Error::usage(format!("{} holds {error}", path.display())))
}
