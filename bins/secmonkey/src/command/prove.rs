//! `secmonkey prove` and `secmonkey check-proof`

use std::fmt::Write as _;
use std::path::Path;

use secmonkey_app::Opened;
use secmonkey_app::error::{Error, Exit};
use secmonkey_core::Timestamp;
use secmonkey_core::event::Position;
use secmonkey_core::query::{self, Point};
use secmonkey_core::record::ProvenRecord;
use secmonkey_core::render::{visible, visible_json};
use secmonkey_core::tlog::{self, Checkpoint, Invalid, Note, Proof, Unproven};

use super::checkpoint::{self, malformed, untrusted};
use super::keys;
use crate::args::{CheckProof, Prove};
use crate::context::Context;
use crate::output::{self, BOLD, GREEN};
use crate::time;

pub async fn prove(context: &Context, args: Prove) -> Result<Exit, Error> {
    let opened = context.hold().await?;
    let point = args.at.map(Point::At).or(args.revision.map(Point::Revision));
    let (log, now) = (opened.log.as_ref(), Timestamp::now());
    let found = query::recorded(log, &opened.views, &args.item.name, point, now).await?;
    let (row, revision) = (&found.row, &found.revision);
    let position = revision.position;

    let against = against(&opened, &args, position).await?;
    let size = against.1.size;
    let (ledger, keys) = (opened.store()?, keys::recorded(&opened)?);
    let proof = tlog::prove(ledger, log, &keys, &found, against).await.map_err(unproven)?;
    output::print(&proof.to_string())?;
    context.output.note(format!(
        "proves revision {} of {}, event {position}, against the checkpoint of {size} events",
        revision.revision, row.key
    ));
    Ok(Exit::Done)
}

fn unproven(error: Unproven) -> Error {
    let text = error.to_string();
    match error {
        Unproven::TooEarly { .. } => Error::usage(text),
        Unproven::Lost { .. } | Unproven::Refuted(_) => Error::Refuted(text),
        Unproven::Log(error) => error.into(),
        _ => Error::Store(text),
    }
}

/// The checkpoint to prove it against: the one that was named, the last that was signed, or a
/// new one.
async fn against(
    opened: &Opened,
    args: &Prove,
    position: Position,
) -> Result<(Note, Checkpoint), Error> {
    let known = keys::recorded(opened)?;
    if let Some(path) = &args.checkpoint {
        return checkpoint::checkpoint(path, &known);
    }
    let last = opened.store()?.checkpoints()?.pop();
    if let Some(last) = last.filter(|(_, last)| last.size >= position.0 && args.key.is_none()) {
        return Ok(last);
    }
    let key = keys::chosen(opened, args.key.as_deref())?;
    let note = opened.store()?.checkpoint(&key).await?;
    let read = Checkpoint::of(&note).map_err(|error| Error::Store(error.to_string()))?;
    Ok((note, read))
}

/// Needs no store: neither the one that the proof is from, nor any other.
pub fn check(context: &Context, args: &CheckProof) -> Result<Exit, Error> {
    let key = checkpoint::verifier(&args.key)?;
    let path = args.proof.as_path();
    let proof = Proof::parse(&checkpoint::read(path)?).map_err(malformed(path, "proof"))?;
    let proven = proof.verify(&key).map_err(|error| invalid(path, error))?;
    let held = match &args.checkpoint {
        Some(held) => Some(checkpoint::checkpoint(held, &[key])?.1),
        None => None,
    };
    if let (Some(held), Some(file)) = (&held, &args.checkpoint) {
        compare(&proven.checkpoint, held, file)?;
    }
    let record = ProvenRecord::from(proven);
    if context.output.is_table() {
        output::print(&text(&record, held.is_some())?)?;
    } else {
        context.output.object(&record)?;
    }
    Ok(Exit::Done)
}

fn invalid(path: &Path, error: Invalid) -> Error {
    let text = format!("{}: {error}", path.display());
    match error {
        Invalid::Untrusted(error) => untrusted(path)(error),
        Invalid::Checkpoint(_) | Invalid::Evidence(_) | Invalid::OtherLog { .. } => {
            Error::usage(text)
        }
        _ => Error::Refuted(text),
    }
}

fn compare(proven: &Checkpoint, held: &Checkpoint, file: &Path) -> Result<(), Error> {
    if proven == held {
        return Ok(());
    }
    let file = file.display();
    if proven.origin != held.origin {
        return Err(Error::usage(format!(
            "{file} is a checkpoint of {}, the proof is from {}",
            held.origin, proven.origin
        )));
    }
    if proven.size != held.size {
        return Err(Error::usage(format!(
            "the proof is against a checkpoint of {} events, {file} is of {}: ask for one that was \
             made with `secmonkey prove --checkpoint {file}`",
            proven.size, held.size
        )));
    }
    Err(Error::Refuted(format!(
        "the log signed two histories: of {} events, the root in the proof is {}, in {file} {}",
        held.size, proven.root, held.root
    )))
}

fn text(proven: &ProvenRecord, is_held: bool) -> Result<String, Error> {
    let against = if is_held { "the checkpoint that you hold" } else { "the checkpoint in it" };
    let mut text = format!(
        "{GREEN}Proven{GREEN:#}: event {} of the log {} was recorded as it stands here.\n",
        proven.position,
        visible(&proven.origin)
    );
    let item = proven.item.as_ref().map_or_else(|| proven.stream.clone(), ToString::to_string);
    let revision = match (proven.revision, proven.revision_proven) {
        (Some(revision), true) => revision.to_string(),
        (Some(revision), false) => format!("{revision}, as whoever made the proof says"),
        (None, _) => String::new(),
    };
    let facts = [
        ("item", item),
        ("what", proven.kind.unwrap_or("no revision").replace('_', " ")),
        ("recorded at", time::exact(proven.recorded_at)),
        ("recorded by", proven.actor.clone()),
        ("revision", revision),
        ("in its stream", format!("event {}", proven.version)),
        ("against", format!("{against}, of {} events", proven.size)),
    ];
    text.push_str(&output::facts(facts));
    let (title, json) = match &proven.config {
        Some(config) => ("Configuration after it", serde_json::to_string_pretty(config)?),
        None => ("Event", serde_json::to_string_pretty(&proven.event)?),
    };
    let _ = writeln!(text, "\n{BOLD}{title}{BOLD:#}");
    for line in json.lines() {
        let _ = writeln!(text, "{}", visible_json(line));
    }
    Ok(text)
}
