//! `secmonkey exposure`

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::query::language::Term;
use secmonkey_core::query::{self, ExposureSearch, Query};
use secmonkey_core::record::ExposureRecord;

use crate::args::Exposure;
use crate::console::count;
use crate::context::{self, Context};
use crate::silence;

pub async fn run(context: &Context, args: Exposure) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let known = opened.known(args.at).await?;
    let principal = args.principal.and_then(|term| match term {
        Term::Principal(who) => Some(who),
        _ => None,
    });
    let search = ExposureSearch { item: args.item, check: args.check, principal };
    let auditors = context::auditors();
    let registry = context::registry();
    let found = query::exposure(opened.log.as_ref(), &known, registry, &auditors, &search).await?;
    let mut records: Vec<_> = found.all.iter().flat_map(ExposureRecord::of).collect();
    if context.output.is_table() {
        ExposureRecord::fold(&mut records, registry);
    }
    let is_empty = records.is_empty();
    let is_judged_now = records.iter().any(|one| one.judged_now);
    context.output.list(records.into_iter().map(Ok))?;
    for ((check, why), items) in &found.undecided {
        let items = count(*items, "item");
        context.output.note(format!("undecided about some of the past: {check} on {items}: {why}"));
    }
    silence::suppressed(context, found.suppressed.len());
    if is_empty {
        let items = count(found.items, "item");
        context.output.note(format!("looked at all that is recorded of {items}"));
        silence::explain(context, &known, Query::default())?;
    } else if is_judged_now && context.output.is_table() {
        context.output.note(
            "*: begins before its check was in use; found by judging now what was recorded then",
        );
    }
    Ok(Exit::Done)
}
