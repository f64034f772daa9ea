//! `secmonkey subscription`

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::decide::Made;
use secmonkey_core::governance::Subscription;
use secmonkey_core::nearest;
use secmonkey_core::query;
use secmonkey_core::record::SubscriptionRecord;
use secmonkey_core::render::visible;

use crate::args::{Subscribe, Subscriptions};
use crate::context::{self, Context};
use crate::output;

pub async fn run(context: &Context, command: Subscriptions) -> Result<Exit, Error> {
    match command {
        Subscriptions::Add(args) => add(context, args).await?,
        Subscriptions::List => {
            let known = context.open().await?.known(None).await?;
            let rows = query::subscriptions(&known)?;
            context.output.list(rows.iter().map(|row| Ok(SubscriptionRecord::from(row))))?;
        }
        Subscriptions::Remove { name } => {
            let opened = context.open().await?;
            let gone = context::decisions(&opened).unsubscribe(&name).await?;
            context.output.note(format!("told no more: {}", visible(&gone.name)));
        }
    }
    Ok(Exit::Done)
}

async fn add(context: &Context, args: Subscribe) -> Result<(), Error> {
    require_outlet(context, &args.outlet)?;
    let subscription = Subscription {
        to: args.to,
        query: args.query.join(" ").parse()?,
        cadence: args.cadence,
        quiet: args.quiet_hours,
        quiet_except: args.quiet_except,
        changes: args.changes,
        report: args.report,
        even_empty: args.even_empty,
        ..Subscription::new(args.name.trim(), args.outlet)
    };
    let registry = context::registry();
    let opened = context.create().await?;
    let decisions = context::decisions(&opened);
    let made = if args.dry_run {
        decisions.check_subscription(&subscription, registry)?;
        None
    } else {
        Some(decisions.subscribe(&subscription, registry).await?)
    };
    if context.output.is_table() {
        let what = match made {
            None => "would be told",
            Some(Made::New | Made::Instead) => "told from now on",
            Some(Made::Unchanged) => "unchanged",
        };
        let record = SubscriptionRecord::from(&subscription);
        let of = if record.query.is_empty() { "everything" } else { &record.query };
        let (name, outlet) = (visible(&record.name), visible(&record.outlet));
        output::print(&format!("{what}: {name} ({outlet}, {}): {}\n", record.cadence, visible(of)))
    } else {
        let known = opened.known(None).await?;
        let rows = query::subscriptions(&known)?;
        let row = rows.iter().find(|row| row.rule.id == subscription.id);
        let row = row.filter(|_| !args.dry_run).map(SubscriptionRecord::from);
        context.output.object(&row.unwrap_or_else(|| SubscriptionRecord::from(&subscription)))
    }
}

/// Refuses a notifier that the configuration file does not have: nobody would be told.
pub fn require_outlet(context: &Context, outlet: &str) -> Result<(), Error> {
    let known: Vec<_> = context.config.notify.iter().map(|(name, _)| name).collect();
    if known.contains(&outlet) {
        return Ok(());
    }
    if known.is_empty() {
        return Err(Error::usage(format!(
            "there is no notifier `{outlet}`: the configuration file has none, see \
             docs/channels.md"
        )));
    }
    Err(Error::usage(nearest::unknown("notifier", outlet, known)))
}
