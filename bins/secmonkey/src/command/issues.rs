//! `secmonkey issues`

use secmonkey_core::query::{self, IssueSearch};
use secmonkey_core::record::{IssueRecord, Records};

use crate::args::Issues;
use crate::context::{self, Context};
use crate::error::{Error, Exit};
use crate::silence;

pub async fn run(context: &Context, args: Issues) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let (filter, at) = args.filter.into_query();
    let known = opened.known(at).await?;
    let search = IssueSearch {
        filter: filter.clone(),
        status: args.status.into_iter().map(Into::into).collect(),
        checks: args.checks,
        min_score: args.min_score,
        unwatched: args.all,
    };
    let registry = context::registry();
    let records = Records::new(&known, registry)?;
    let found = query::issues(&known, registry, search)?;
    let found = found.map(|issue| Ok(records.issue_state(&issue?)));
    if list(context, &records, found.collect::<Result<_, Error>>()?)? == 0 {
        silence::explain(context, &known, filter)?;
    }
    Ok(Exit::Done)
}

/// Writes issues, the strongest first, and says how many there are.
pub fn list(
    context: &Context,
    records: &Records<'_>,
    mut issues: Vec<IssueRecord>,
) -> Result<u64, Error> {
    records.sort(&mut issues);
    context.output.list(issues.into_iter().map(Ok))
}
