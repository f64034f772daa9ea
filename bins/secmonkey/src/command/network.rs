//! `secmonkey network`

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::network::Network as Known;
use secmonkey_core::record::Records;
use secmonkey_core::render::visible;

use crate::args::{Network, NetworkAdd};
use crate::context::{self, Context};
use crate::output;

pub async fn run(context: &Context, command: Network) -> Result<Exit, Error> {
    match command {
        Network::Add(args) => add(context, args).await?,
        Network::List => {
            let known = context.open().await?.known(None).await?;
            let records = Records::new(&known, context::registry())?;
            let networks = known.views.networks().map(|network| Ok(records.network(network?)));
            context.output.list(networks)?;
        }
        Network::Remove { name } => {
            let opened = context.open().await?;
            let Known { name, cidr, .. } = context::decisions(&opened).forget(&name).await?;
            context.output.note(format!("{name} ({cidr}) is known no more"));
        }
    }
    Ok(Exit::Done)
}

async fn add(context: &Context, args: NetworkAdd) -> Result<(), Error> {
    let opened = context.create().await?;
    let accounts = opened.views.accounts()?;
    let account = match &args.account {
        Some(account) => Some(accounts.require(account)?.id.clone()),
        None => None,
    };
    let name = args.name.trim().to_owned();
    let network = Known { name, cidr: args.cidr, account, notes: args.notes };
    let is_news = context::decisions(&opened).know(network.clone()).await?;
    if context.output.is_table() {
        let what = if is_news { "known" } else { "unchanged" };
        let text = format!("{what}: {} ({})\n", visible(&network.name), network.cidr);
        return output::print(&text);
    }
    let known = opened.known(None).await?;
    context.output.object(&Records::new(&known, context::registry())?.network(network))
}
