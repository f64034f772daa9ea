//! `secmonkey keys`

use std::fmt::Write as _;
use std::path::Path;

use secmonkey_app::Opened;
use secmonkey_app::error::{Error, Exit};
use secmonkey_core::record::SigningKeyRecord;
use secmonkey_core::render::visible;
use secmonkey_core::tlog::{self, Ledger as _, SigningKey, VerifierKey};

use crate::args::{Keys, KeysCreate};
use crate::context::{self, Context};
use crate::output::{self, BOLD, DIM, YELLOW};
use crate::time;

pub async fn run(context: &Context, command: Keys) -> Result<Exit, Error> {
    match command {
        Keys::Create(args) => create(context, args).await?,
        Keys::List => {
            let keys = list(&context.hold().await?)?;
            if context.output.is_table() {
                output::print(&text(&keys))?;
            } else {
                context.output.list(keys.into_iter().map(Ok))?;
            }
        }
    }
    Ok(Exit::Done)
}

async fn create(context: &Context, args: KeysCreate) -> Result<(), Error> {
    let opened = context.hold_or_create().await?;
    let known = recorded(&opened)?;
    let origin = match (args.origin, known.first()) {
        (Some(origin), _) => origin,
        (None, Some(key)) => key.name().to_owned(),
        (None, None) => secmonkey_store::new_origin()?,
    };
    // What is no origin, or that of another log, leaves no file.
    let probe =
        SigningKey::new(&origin, [0; 32]).map_err(|error| Error::usage(error.to_string()))?;
    if let Some(key) = known.first().filter(|key| key.name() != origin) {
        let (key, origin) = (probe.verifier().name().to_owned(), key.name().to_owned());
        return Err(secmonkey_core::decide::Error::OtherOrigin { key, origin }.into());
    }
    let (path, key) = opened.store()?.make_key(&args.name, args.out.as_deref(), &origin)?;
    if let Err(error) = context::decisions(&opened).sign_with(key.verifier()).await {
        // Nobody knows it, so nobody misses it.
        let _ = std::fs::remove_file(&path);
        return Err(error.into());
    }
    context.output.note(format!(
        "the secret half is in {}: in no backup of the store; keep it, and keep it secret",
        path.display()
    ));
    let record = list(&opened)?.into_iter().find(|one| one.key == key.verifier().to_string());
    match record {
        Some(record) if !context.output.is_table() => context.output.object(&record),
        _ => output::print(&format!("{}\n", key.verifier())),
    }
}

/// The keys that the log says it is signed with.
pub fn recorded(opened: &Opened) -> Result<Vec<VerifierKey>, Error> {
    Ok(tlog::recorded_keys(&opened.views)?)
}

/// Those of the log, and those of the store that the log does not know.
fn list(opened: &Opened) -> Result<Vec<SigningKeyRecord>, Error> {
    Ok(tlog::signing_keys(&opened.views, &opened.store()?.keys()?)?)
}

/// A key is a line that has to stay whole: no table holds it.
fn text(keys: &[SigningKeyRecord]) -> String {
    if keys.is_empty() {
        return "no key signs this record: `secmonkey keys create` makes one\n".to_owned();
    }
    keys.iter().fold(String::new(), |mut text, key| {
        let name = key.name.as_deref().unwrap_or("(kept elsewhere)");
        let since = match key.since.map(time::short) {
            Some(since) => format!("{DIM}since {since}{DIM:#}"),
            None => format!("{YELLOW}not of this log: it was never recorded{YELLOW:#}"),
        };
        let _ = writeln!(text, "{BOLD}{}{BOLD:#}  {since}\n  {}", visible(name), visible(&key.key));
        text
    })
}

/// The key that signs: the one that was named, or the only one.
pub fn chosen(opened: &Opened, key: Option<&str>) -> Result<SigningKey, Error> {
    let names = opened.store()?.key_names()?;
    let name = match (key, names.as_slice()) {
        (Some(name), _) => name,
        (None, [only]) => only,
        (None, []) => {
            return Err(Error::usage(
                "no key to sign with: `secmonkey keys create` makes one; one that is kept \
                 elsewhere is named with --key FILE",
            ));
        }
        (None, several) => {
            return Err(Error::usage(format!(
                "the store has several keys, name one with --key: {}",
                several.join(", ")
            )));
        }
    };
    let unread = |error: secmonkey_store::Error| {
        let is_name = !Path::new(name).exists() && !names.is_empty();
        let hint =
            if is_name { format!("; keys are: {}", names.join(", ")) } else { String::new() };
        Error::usage(format!("--key {name}: {error}{hint}"))
    };
    let key = opened.store()?.key(name).map_err(unread)?;
    let known = recorded(opened)?;
    if known.contains(key.verifier()) {
        return Ok(key);
    }
    let whose = key.verifier();
    Err(Error::usage(match known.first() {
        Some(own) if own.name() != whose.name() => {
            format!("--key {name}: it signs for {}, this log is {}", whose.name(), own.name())
        }
        _ => format!("--key {name}: the log does not know this key, see `secmonkey keys list`"),
    }))
}
