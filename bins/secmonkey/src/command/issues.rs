//! `secmonkey issues`

use secmonkey_core::view::{Issue, ItemRow, Status, Views};

use super::items::Wanted;
use crate::args::{self, Issues};
use crate::context::{self, Context};
use crate::error::{Error, Exit};
use crate::nearest;
use crate::record::{IssueRecord, Records};

pub async fn run(context: &Context, args: Issues) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let known = opened.known(args.filter.at).await?;
    let wanted = Wanted::new(&known.views, args.filter)?;
    known_checks(&known.views, &args.checks)?;
    let records = Records::new(&known)?;
    let mut found = Vec::new();
    for issue in known.views.issues() {
        let issue = issue?;
        let named = args.checks.is_empty() || args.checks.contains(&issue.finding.check);
        let strong = args.min_score.is_none_or(|least| issue.finding.score >= least);
        let status = issue.status(known.now);
        if !named || !strong || !args.status.iter().any(|wanted| same(*wanted, status)) {
            continue;
        }
        let row = item_of(&known.views, &issue)?;
        if wanted.fits(&row) && (args.all || is_watched(&known.views, &row)?) {
            found.push(records.issue(&issue, &row));
        }
    }
    list(context, &records, found)?;
    Ok(Exit::Done)
}

/// Writes issues, the strongest first.
pub fn list(
    context: &Context,
    records: &Records<'_>,
    mut issues: Vec<IssueRecord>,
) -> Result<(), Error> {
    records.sort(&mut issues);
    context.output.list(issues.into_iter().map(Ok))
}

fn same(wanted: args::Status, status: Status) -> bool {
    matches!(
        (wanted, status),
        (args::Status::Open, Status::Open)
            | (args::Status::Justified, Status::Justified)
            | (args::Status::Resolved, Status::Resolved)
    )
}

/// Whether scans still look at an item, or it is known to be gone.
fn is_watched(views: &Views, row: &ItemRow) -> Result<bool, Error> {
    let scope = views.scope(&row.scope())?;
    Ok(row.deleted || scope.is_none_or(|scope| scope.unwatched_since.is_none()))
}

/// The item of an issue.
pub fn item_of(views: &Views, issue: &Issue) -> Result<ItemRow, Error> {
    views
        .item(&issue.key)?
        .ok_or_else(|| Error::Store(format!("the item {} of an issue is unknown", issue.key)))
}

/// Says no to checks that neither exist nor ever found anything.
fn known_checks(views: &Views, wanted: &[String]) -> Result<(), Error> {
    let checks = context::checks();
    for id in wanted.iter().filter(|id| !checks.contains_key(id.as_str())) {
        let mut retired = false;
        for issue in views.issues() {
            retired |= issue?.finding.check == *id;
        }
        if !retired {
            return Err(Error::usage(nearest::unknown("check", id, checks.keys().copied())));
        }
    }
    Ok(())
}
