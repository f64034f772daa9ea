//! `secmonkey network`

use secmonkey_core::Timestamp;
use secmonkey_core::event::{Event, NewEvent, StreamId};
use secmonkey_core::log::{Append, EventLog as _, Expected};
use secmonkey_core::network::Network as Known;
use secmonkey_core::render::visible;

use super::decisions::actor;
use crate::args::{Network, NetworkAdd};
use crate::context::{Context, Opened};
use crate::error::{Error, Exit};
use crate::output;
use crate::record::NetworkRecord;
use crate::{nearest, select};

pub async fn run(context: &Context, command: Network) -> Result<Exit, Error> {
    match command {
        Network::Add(args) => add(context, args).await?,
        Network::List => {
            let opened = context.open().await?;
            let accounts = opened.views.accounts()?;
            let networks = opened.views.networks();
            let records = networks.map(|network| Ok(NetworkRecord::new(network?, &accounts)));
            context.output.list(records)?;
        }
        Network::Remove { name } => remove(context, &name).await?,
    }
    Ok(Exit::Done)
}

async fn add(context: &Context, args: NetworkAdd) -> Result<(), Error> {
    let opened = context.create().await?;
    let accounts = opened.views.accounts()?;
    let account = match &args.account {
        Some(account) => Some(select::account(&accounts, account)?.id.clone()),
        None => None,
    };
    let name = args.name.trim().to_owned();
    if name.is_empty() {
        return Err(Error::usage("a network needs a name"));
    }
    let network = Known { name, cidr: args.cidr, account, notes: args.notes };
    let what = match find(&opened, &network.name)? {
        Some(known) if known == network => "unchanged",
        Some(known) => {
            return Err(Error::usage(format!(
                "the network {} is known already, as {}: `secmonkey network remove` it first",
                known.name, known.cidr
            )));
        }
        None => {
            append(&opened, Event::NetworkKnown(network.clone())).await?;
            "known"
        }
    };
    if context.output.is_table() {
        let text = format!("{what}: {} ({})\n", visible(&network.name), network.cidr);
        return output::print(&text);
    }
    context.output.object(&NetworkRecord::new(network, &accounts))
}

async fn remove(context: &Context, name: &str) -> Result<(), Error> {
    let opened = context.open().await?;
    let Some(network) = find(&opened, name)? else {
        let known = opened.views.networks().collect::<Result<Vec<_>, _>>()?;
        if known.is_empty() {
            return Err(Error::usage(format!("unknown network `{name}`: none is known")));
        }
        let known = known.iter().map(|network| network.name.as_str());
        return Err(Error::usage(nearest::unknown("network", name, known)));
    };
    let Known { name, cidr, .. } = network;
    append(&opened, Event::NetworkForgotten { name: name.clone() }).await?;
    context.output.note(format!("{name} ({cidr}) is known no more"));
    Ok(())
}

fn find(opened: &Opened, name: &str) -> Result<Option<Known>, Error> {
    for network in opened.views.networks() {
        let network = network?;
        if network.name == name {
            return Ok(Some(network));
        }
    }
    Ok(None)
}

async fn append(opened: &Opened, event: Event) -> Result<(), Error> {
    let event = NewEvent { event, observed_at: Timestamp::now(), actor: actor(), scan: None };
    // The store is ours alone: nobody writes in between.
    let append =
        Append { stream: StreamId::governance(), expected: Expected::Any, events: vec![event] };
    opened.log.append(vec![append]).await?;
    opened.views.catch_up(opened.log.as_ref()).await?;
    Ok(())
}
