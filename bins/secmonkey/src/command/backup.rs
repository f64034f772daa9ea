//! `secmonkey backup` and `secmonkey salvage`

use std::path::PathBuf;

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::log::Head;
use secmonkey_store::{Examined, OpenOptions, Salvaged};
use serde::Serialize;

use super::verify::{Left, left};
use crate::args::{Backup, Salvage};
use crate::console::count;
use crate::context::Context;
use crate::output::{self, BOLD, GREEN, RED};

#[derive(Serialize)]
struct Copied {
    path: PathBuf,
    head: Head,
}

/// Copies the store.
pub async fn backup(context: &Context, args: Backup) -> Result<Exit, Error> {
    let (from, to, wait) = (context.place.path.clone(), args.to.clone(), context.place.wait);
    let deadline = OpenOptions::default().deadline;
    let copy = move || secmonkey_store::backup(&from, &to, wait, deadline);
    let head = blocking(copy).await??;
    if !context.output.is_table() {
        context.output.object(&Copied { path: args.to, head })?;
        return Ok(Exit::Done);
    }
    output::print(&format!(
        "{GREEN}Copied and verified{GREEN:#}: {} up to the head {BOLD}{}:{}{BOLD:#} in {}.\nThe keys \
         are not in it: keep `digest.key`, and `keys` if you sign, in a place of their own.\n",
        count(head.position.0, "event"),
        head.position,
        head.hash,
        args.to.display(),
    ))?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Kept {
    path: PathBuf,
    head: Head,
    #[serde(flatten)]
    left: Left,
    /// Where the events behind a gap are.
    orphans: Option<PathBuf>,
}

/// Writes what can be read of a damaged store into a new one.
pub async fn salvage(context: &Context, args: Salvage) -> Result<Exit, Error> {
    let (from, to) = (args.from.clone(), args.to.clone());
    let deadline = OpenOptions::default().deadline;
    let salvaged = blocking(move || secmonkey_store::salvage(&from, &to, deadline)).await??;
    let Salvaged { head, examined, orphans } = salvaged;
    let whole = examined.missing().is_empty() && orphans.is_none();
    if context.output.is_table() {
        output::print(&text(&args, head, &examined, orphans.as_ref()))?;
    } else {
        let left = left(&examined);
        let orphans = orphans.map(|(path, _)| path);
        context.output.object(&Kept { path: args.to.clone(), head, left, orphans })?;
    }
    if whole {
        return Ok(Exit::Done);
    }
    Err(Error::Damaged(format!("not all of {} could be kept", args.from.display())))
}

fn text(
    args: &Salvage,
    head: Head,
    examined: &Examined,
    orphans: Option<&(PathBuf, u64)>,
) -> String {
    let kept = format!(
        "{GREEN}Kept{GREEN:#}: {} in {}, each as it was written. {} is as it was.\n",
        count(head.position.0, "event"),
        args.to.display(),
        args.from.display()
    );
    let lost: String = examined
        .missing()
        .into_iter()
        .map(|(first, last)| format!("{RED}Lost{RED:#}: the events {first} to {last}\n"))
        .collect::<Vec<_>>()
        .concat();
    let orphans = orphans.map_or_else(String::new, |(path, events)| {
        format!(
            "What follows on a gap cannot follow in the new store: {} in {}\n",
            count(*events, "event"),
            path.display()
        )
    });
    let key = args.from.join("digest.key");
    let copied = args.to.join("digest.key");
    let key = if key.exists() {
        format!(
            "The key of secret values was not copied: copy {} to {}.\n",
            key.display(),
            copied.display()
        )
    } else {
        String::new()
    };
    [kept, lost, orphans, key].concat()
}

pub async fn blocking<T: Send + 'static>(
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(run).await.map_err(|error| Error::Store(error.to_string()))
}
