//! `secmonkey items`

use secmonkey_core::query::{self, ItemSearch, Presence};
use secmonkey_core::record::Records;

use crate::args::Items;
use crate::context::{self, Context};
use crate::error::{Error, Exit};
use crate::silence;

pub async fn run(context: &Context, args: Items) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let (filter, at) = args.filter.into_query();
    let known = opened.known(at).await?;
    let presence = match (args.deleted, args.all) {
        (true, _) => Presence::Gone,
        (_, true) => Presence::All,
        _ => Presence::Watched,
    };
    let search = ItemSearch {
        filter: filter.clone(),
        presence,
        text: args.text,
        cidr: args.cidr,
        min_score: args.min_score,
    };
    let registry = context::registry();
    let records = Records::new(&known, registry)?;
    let found = query::items(&known, registry, search)?;
    if context.output.list(found.map(|item| Ok(records.item(&item?))))? == 0 {
        silence::explain(context, &known, filter)?;
    }
    Ok(Exit::Done)
}
