//! `secmonkey history`

use futures::TryStreamExt as _;
use secmonkey_app::error::{Error, Exit};
use secmonkey_core::query;
use secmonkey_core::record::RevisionRecord;

use crate::args::History;
use crate::context::{self, Context};

pub async fn run(context: &Context, args: History) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let known = opened.known(None).await?;
    let key = query::item(&known.views, &args.item.name)?.key;
    let technology = context::technology(&key.technology);
    let steps = query::history(opened.log.as_ref(), &known, &technology, &key);
    let mut revisions = steps.map_ok(RevisionRecord::from).try_collect::<Vec<_>>().await?;
    if context.output.is_table() {
        revisions.reverse();
    }
    context.output.list(revisions.into_iter().map(Ok))?;
    Ok(Exit::Done)
}
