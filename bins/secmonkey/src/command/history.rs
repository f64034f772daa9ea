//! `secmonkey history`

use json_patch::Patch;
use secmonkey_core::diff::apply;
use secmonkey_core::event::{Change, Event, Rebase, StreamId, Version};
use secmonkey_core::log::EventLog as _;
use secmonkey_core::render::changes;
use secmonkey_core::view::{ItemRow, Revision};
use serde_json::Value;

use crate::args::History;
use crate::context::{Context, Opened};
use crate::error::{Error, Exit};
use crate::record::RevisionRecord;
use crate::select;

/// Events of an item that are read at a time.
const PAGE: usize = 256;

pub async fn run(context: &Context, args: History) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let row = select::item(&opened.views, &args.item.name)?;
    let mut revisions = revisions(&opened, &row).await?;
    if context.output.is_table() {
        revisions.reverse();
    }
    context.output.list(revisions.into_iter().map(Ok))?;
    Ok(Exit::Done)
}

/// The revisions of an item, oldest first. Its configuration is replayed, so that every
/// change can be told in words.
async fn revisions(opened: &Opened, row: &ItemRow) -> Result<Vec<RevisionRecord>, Error> {
    let mut known = opened.views.revisions(&row.key)?.into_iter().peekable();
    let stream = StreamId::item(&row.key);
    let mut from = Version(1);
    let mut config = Value::Null;
    let mut records = Vec::new();
    loop {
        let page = opened.log.read_stream(&stream, from, PAGE).await?;
        from.0 += page.len() as u64;
        let more = page.len() == PAGE;
        for envelope in page {
            let (patch, summary) = step(&mut config, &envelope.event).map_err(|reason| {
                Error::Store(format!("position {}: {reason}", envelope.position))
            })?;
            let revision = known.next_if(|revision| revision.version == envelope.version);
            records.extend(revision.map(|revision| record(revision, patch, summary)));
        }
        if !more {
            return Ok(records);
        }
    }
}

fn record(revision: Revision, patch: Option<Patch>, summary: String) -> RevisionRecord {
    RevisionRecord {
        revision: revision.revision,
        position: revision.position,
        at: revision.at,
        kind: revision.kind.as_str(),
        patch,
        actor: revision.actor.0,
        attribution: None,
        summary,
    }
}

/// Takes a configuration one event on; what changed, and in a few words.
fn step(config: &mut Value, event: &Event) -> Result<(Option<Patch>, String), String> {
    let (change, before) = match event {
        Event::ItemDiscovered(first) => {
            config.clone_from(&first.config);
            return Ok((None, format!("first seen as {}", first.name)));
        }
        Event::ItemDeleted => return Ok((None, "gone".to_owned())),
        Event::ItemChanged(change) | Event::ItemObserved(change) => (change, ""),
        Event::ItemRebased(rebased) => match rebased.reason {
            Rebase::Shape => (&rebased.change, "read in another way"),
            Rebase::FirstRead => (&rebased.change, "read for the first time"),
        },
        Event::ItemReturned(back) => (&back.change, "there again"),
        _ => return Ok((None, String::new())),
    };
    let told = changes(config, &change.patch).map_err(|error| error.to_string())?;
    apply(config, &change.patch).map_err(|error| error.to_string())?;
    let summary = sentences(change, before, told.iter().map(ToString::to_string));
    Ok((Some(change.patch.clone()), summary))
}

/// The first of what happened, and how much more did.
fn sentences(change: &Change, before: &str, told: impl Iterator<Item = String>) -> String {
    let before = (!before.is_empty()).then(|| before.to_owned());
    let renamed = change.name.as_ref().map(|name| format!("now called {name}"));
    let all: Vec<_> = before.into_iter().chain(renamed).chain(told).collect();
    let shown = if change.name.is_some() || all.len() < 2 { 1 } else { 2.min(all.len()) };
    match all.len() - shown.min(all.len()) {
        0 => all.join("; "),
        more => format!("{}; and {more} more", all[..shown].join("; ")),
    }
}
