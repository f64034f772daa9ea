//! `secmonkey checks override`, `reset` and `overrides`

use secmonkey_app::error::Error;
use secmonkey_core::decide::{self, Made};
use secmonkey_core::governance::Override;
use secmonkey_core::query::{Effect, Known, Query, override_effect, override_impact};
use secmonkey_core::record::OverrideRecord;
use secmonkey_core::render::visible;

use crate::args::{OverrideCheck, ResetCheck};
use crate::command::rule;
use crate::context::{self, Context};
use crate::output;

pub async fn add(context: &Context, args: OverrideCheck) -> Result<(), Error> {
    let scope = args.scope.into_query()?;
    let registry = context::registry();
    let check = registry.find_check(&args.check)?;
    let set = |(name, text): &(String, String)| {
        let value = check.parameter(name)?.parse(text).map_err(decide::Error::from)?;
        Ok((name.clone(), value))
    };
    let rule = Override {
        score: args.score,
        parameters: args.set.iter().map(set).collect::<Result<_, Error>>()?,
        disabled: args.disable,
        until: args.until,
        ..Override::new(args.check, scope, args.reason.trim())
    };
    let opened = context.create().await?;
    let known = opened.known(None).await?;
    let impact = override_impact(&known, registry, &rule)?;
    let effect = if rule.parameters.is_empty() {
        None
    } else {
        Some(override_effect(&known, registry, &context::auditors(), &rule)?)
    };
    let made = if args.dry_run {
        context::decisions(&opened).check_override(&rule, registry)?;
        None
    } else {
        Some(context::decisions(&opened).override_check(&rule, registry).await?)
    };
    if context.output.is_table() {
        let says = rule.says();
        let what = match made {
            None => format!("would be {says}"),
            Some(Made::New) => says,
            Some(Made::Instead) => format!("{says} from now on"),
            Some(Made::Unchanged) => format!("unchanged, {says}"),
        };
        let mut text = rule::said(&what, &rule.check, &rule.scope, &impact);
        if let Some(effect) = &effect {
            text += &rule::judged(effect);
        }
        output::print(&text)?;
    } else {
        let known = opened.known(None).await?;
        let rows = known.governance()?.overrides_of(&rule.check);
        let row = rows.iter().find(|row| row.rule.id == rule.id).filter(|_| !args.dry_run);
        let record = row.map_or_else(|| OverrideRecord::from(&rule), OverrideRecord::from);
        let record = record.counted(&impact);
        context.output.object(&OverrideRecord { effect, ..record })?;
    }
    rule::note(context, &impact, args.dry_run);
    if effect.is_some_and(|effect| effect != Effect::default()) && !args.dry_run {
        context.output.note("it counts from the next scan on; `secmonkey audit` judges now");
    }
    Ok(())
}

pub async fn reset(context: &Context, args: ResetCheck) -> Result<(), Error> {
    let scope = args.scope.into_query()?;
    context::registry().find_check(&args.check)?;
    let opened = context.open().await?;
    let rule = context::decisions(&opened).reset_check(&args.check, &scope).await?;
    let scope = match &rule.scope {
        Query::All => "all items".to_owned(),
        scope => visible(&scope.to_string()).into_owned(),
    };
    context.output.note(format!("{} says again what it says by itself for {scope}", rule.check));
    Ok(())
}

pub fn list(context: &Context, known: &Known) -> Result<(), Error> {
    let mut idle = Vec::new();
    let rows = known.governance()?.overrides().map(|row| {
        let impact = override_impact(known, context::registry(), &row.rule)?;
        if impact.is_empty() {
            idle.push(format!("{} ({})", row.rule.check, row.rule.id));
        }
        Ok(OverrideRecord::from(row).counted(&impact))
    });
    context.output.list(rows)?;
    rule::note_idle(context, &idle);
    Ok(())
}
