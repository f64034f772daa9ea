//! `secmonkey export` and `secmonkey import`

use std::fs;
use std::path::{Path, PathBuf};

use secmonkey_app::Opened;
use secmonkey_app::error::{Error, Exit};
use secmonkey_core::event::{Hash, Position};
use secmonkey_core::{Timestamp, query};
use secmonkey_store::{ExportOptions, Exported, OpenOptions, Segments};
use serde::Serialize;

use super::backup::blocking;
use super::keys::recorded;
use crate::args::{Export, ExportWhat, Import};
use crate::console::count;
use crate::context::Context;
use crate::output::{self, BOLD, GREEN};

mod configs;
mod items;
mod original;

#[derive(Serialize)]
struct Report {
    path: PathBuf,
    first: Position,
    last: Position,
    hash: Hash,
    /// How many segments there are now,
    segments: u64,
    /// how many of them are new,
    written: u64,
    /// with so many events.
    events: u64,
}

/// The log's name in checkpoints, where it has one.
fn origin(opened: &Opened) -> Result<Option<String>, Error> {
    Ok(recorded(opened)?.first().map(|key| key.name().to_owned()))
}

/// Writes the log as segments, or configurations as files.
pub async fn export(context: &Context, args: Export) -> Result<Exit, Error> {
    if let Some(ExportWhat::Decisions { at }) = args.what {
        return decisions(context, at).await;
    }
    match (&args.to, &args.configs) {
        (_, Some(configs)) => configs::export(context, configs, args.at).await,
        (Some(to), None) => segments(context, to, &args).await,
        (None, None) => {
            Err(Error::usage("nothing is said to be exported: name a folder or a file"))
        }
    }
}

/// Lists what people decided.
async fn decisions(context: &Context, at: Option<Timestamp>) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let known = opened.known(at).await?;
    let all = query::decisions(opened.log.as_ref(), &known).await?;
    context.output.list(all.into_iter().map(Ok))?;
    Ok(Exit::Done)
}

async fn segments(context: &Context, to: &Path, args: &Export) -> Result<Exit, Error> {
    let opened = context.hold().await?;
    let options = ExportOptions {
        from: args.from.map(Position),
        to: args.through.map(Position),
        origin: origin(&opened)?,
        remains: opened.store()?.remains(),
        ..ExportOptions::default()
    };
    let exported = secmonkey_store::export(opened.log.as_ref(), to, &options).await?;
    if context.output.is_table() {
        output::print(&text(&exported, to))?;
    } else {
        let Exported { first, last, hash, kept, written, events } = exported;
        let segments = kept + written;
        let path = to.to_owned();
        context.output.object(&Report { path, first, last, hash, segments, written, events })?;
    }
    Ok(Exit::Done)
}

fn text(exported: &Exported, to: &Path) -> String {
    let Exported { first, last, hash, kept, written, events } = exported;
    let to = to.display();
    let head = format!("The head to keep: {BOLD}{last}:{hash}{BOLD:#}\n");
    if *written == 0 {
        let kept = count(*kept, "segment");
        return format!(
            "{GREEN}Nothing to add{GREEN:#}: {to} has the events {first} to {last} in {kept}.\n{head}"
        );
    }
    let kept = match kept {
        0 => String::new(),
        kept => format!(", behind {} that {} there", count(*kept, "segment"), were(*kept)),
    };
    format!(
        "{GREEN}Exported{GREEN:#}: {} in {}{kept}. {to} has the events {first} to {last}.\n{head}The \
         keys are not in it: keep `digest.key`, and `keys` if you sign, in a place\nof their own.\n",
        count(*events, "event"),
        count(*written, "segment"),
    )
}

fn were(number: u64) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

#[derive(Serialize)]
struct Read {
    path: PathBuf,
    segments: u64,
    first: Position,
    last: Position,
    hash: Hash,
    /// How many events were appended.
    imported: u64,
    /// The log's last position now; `None` where nothing was to be imported.
    head: Option<Position>,
}

/// Appends what segments hold, or records what somebody else read or decided.
pub async fn import(context: &Context, args: Import) -> Result<Exit, Error> {
    if let Some(folder) = &args.security_monkey {
        return original::import(context, folder, args.dry_run).await;
    }
    match (args.from, &args.items) {
        (_, Some(file)) => items::import(context, file, &args.of).await,
        (Some(from), None) => append(context, from, args.dry_run).await,
        (None, None) => {
            Err(Error::usage("nothing is said to be imported: name a folder or a file"))
        }
    }
}

async fn append(context: &Context, path: PathBuf, dry_run: bool) -> Result<Exit, Error> {
    let from = path.clone();
    if let Err(error) = fs::metadata(&from) {
        return Err(Error::usage(format!("cannot open {}: {error}", from.display())));
    }
    let segments = blocking(move || Segments::read(&from)).await??;
    let Segments { count: number, first, last, after, .. } = segments;
    let mut read =
        Read { path, segments: number, first, last, hash: after, imported: 0, head: None };
    let whole = format!(
        "{GREEN}Whole{GREEN:#}: {}, the events {first} to {last}, with the head\n\
         {BOLD}{last}:{after}{BOLD:#}\n",
        count(number, "segment"),
    );
    if dry_run {
        return tell(context, &read, &whole);
    }
    if !context.place.path.exists()
        && let Some(remains) = segments.remains.clone()
    {
        let (path, deadline) = (context.place.path.clone(), OpenOptions::default().deadline);
        blocking(move || secmonkey_store::begin(&path, &remains, deadline)).await??;
    } else if first > Position(1) && !context.place.path.exists() {
        return Err(
            secmonkey_store::Error::Behind { path: read.path, first, last: Position(0) }.into()
        );
    }
    let opened = context.hold_or_create().await?;
    let own = origin(&opened)?;
    let imported = segments.import(opened.log.as_ref(), own.as_deref()).await?;
    opened.views.catch_up(opened.log.as_ref()).await?;
    read.imported = imported.events;
    read.head = Some(imported.head.position);
    let store = context.place.path.display();
    let mut text = match imported.events {
        0 => format!("{GREEN}Nothing to add{GREEN:#}: {store} has these events.\n"),
        events => format!("{GREEN}Imported{GREEN:#}: {} into {store}.\n", count(events, "event")),
    };
    let used = opened.views.digest_keys()?;
    if !used.is_empty() && opened.digest_key().is_err() {
        let key = format!(
            "Secret values in it were digested with the key {}: put its `digest.key`\ninto {store} \
             before the next scan.\n",
            used.join(" or ")
        );
        text.push_str(&key);
    }
    tell(context, &read, &(whole + &text))
}

fn tell(context: &Context, read: &Read, text: &str) -> Result<Exit, Error> {
    if context.output.is_table() {
        output::print(text)?;
    } else {
        context.output.object(read)?;
    }
    Ok(Exit::Done)
}
