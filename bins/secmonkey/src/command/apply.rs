//! `secmonkey apply`

use secmonkey_app::error::{Error, Exit};

use crate::args::Apply;
use crate::changes;
use crate::context::{self, Context};

use super::account::read;
use super::subscription::require_outlet;

mod file;

pub async fn run(context: &Context, args: Apply) -> Result<Exit, Error> {
    let text = read(&args.file)?;
    let name = args.file.display().to_string();
    let placed = |reason: String| Error::usage(format!("{name}: {reason}"));
    let language = file::Language::of(&args.file, &text);
    let file = file::parse(&text, language).map_err(placed)?;
    let opened = context.create().await?;
    let declared = file.declared(&opened.views.accounts()?).map_err(placed)?;
    let registry = context::registry();
    let applied = context::decisions(&opened).apply(&declared, registry, args.dry_run).await;
    let changes = applied.map_err(|error| match Error::from(error) {
        Error::Usage(reason) => placed(reason),
        error => error,
    })?;
    for one in &declared.subscriptions {
        if let Err(error) = require_outlet(context, &one.outlet) {
            context.output.note(format!("subscription `{}`: {error}", one.name));
        }
    }
    changes::print(context, changes, "declaration", args.dry_run)?;
    Ok(Exit::Done)
}
