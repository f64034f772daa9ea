//! `secmonkey ignore`

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::decide::Made;
use secmonkey_core::governance::Ignore as Rule;
use secmonkey_core::query::{Known, ignore_impact};
use secmonkey_core::record::IgnoreRecord;
use secmonkey_core::render::visible;

use super::rule;
use crate::args::{Ignore, IgnoreAdd};
use crate::context::{self, Context};
use crate::output;

pub async fn run(context: &Context, command: Ignore) -> Result<Exit, Error> {
    match command {
        Ignore::Add(args) => add(context, args).await?,
        Ignore::List => list(context, &context.open().await?.known(None).await?)?,
        Ignore::Remove { id } => {
            let opened = context.open().await?;
            let rule = context::decisions(&opened).unignore(&id).await?;
            let scope = visible(&rule.scope.to_string()).into_owned();
            context.output.note(format!("ignored no more: {scope}"));
        }
    }
    Ok(Exit::Done)
}

async fn add(context: &Context, mut args: IgnoreAdd) -> Result<(), Error> {
    let scope = args.query().and(args.scope.into_query()?);
    let rule = Rule { until: args.until, ..Rule::new(scope, args.reason.trim()) };
    let registry = context::registry();
    let opened = context.create().await?;
    let known = opened.known(None).await?;
    let impact = ignore_impact(&known, registry, &rule)?;
    let made = if args.dry_run {
        context::decisions(&opened).check_ignore(&rule, registry)?;
        None
    } else {
        Some(context::decisions(&opened).ignore(&rule, registry).await?)
    };
    if context.output.is_table() {
        let what = match made {
            None => "would ignore",
            Some(Made::New | Made::Instead) => "ignored",
            Some(Made::Unchanged) => "unchanged",
        };
        output::print(&rule::said(what, rule.id.as_str(), &rule.scope, &impact))?;
    } else {
        let known = opened.known(None).await?;
        let rows = known.governance()?.ignores();
        let row = rows.iter().find(|row| row.rule.id == rule.id).filter(|_| !args.dry_run);
        let record = row.map_or_else(|| IgnoreRecord::from(&rule), IgnoreRecord::from);
        context.output.object(&record.counted(&impact))?;
    }
    rule::note(context, &impact, args.dry_run);
    Ok(())
}

fn list(context: &Context, known: &Known) -> Result<(), Error> {
    let mut idle = Vec::new();
    let rows = known.governance()?.ignores().iter().map(|row| {
        let impact = ignore_impact(known, context::registry(), &row.rule)?;
        if impact.is_empty() {
            idle.push(row.rule.id.to_string());
        }
        Ok(IgnoreRecord::from(row).counted(&impact))
    });
    context.output.list(rows)?;
    rule::note_idle(context, &idle);
    Ok(())
}
