//! `secmonkey justify` and `secmonkey unjustify`

use std::fmt::Write as _;

use secmonkey_app::Opened;
use secmonkey_app::error::{Error, Exit};
use secmonkey_core::issue::Status;
use secmonkey_core::query::language::{Pattern, Term};
use secmonkey_core::query::{self, IssueState, Known, Query};
use secmonkey_core::record::Records;
use secmonkey_core::render::visible;

use crate::args::{Justify, Unjustify, any_of};
use crate::console::count;
use crate::context::{self, Context};
use crate::output::{self, DIM, GREEN, YELLOW};
use crate::time;

pub async fn justify(context: &Context, args: Justify) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let known = opened.known(None).await?;
    let is_one = args.issues.len() == 1 && !args.has_filter();
    let chosen = chosen(&known, &args)?;
    let families = query::with_parts(&known, context::registry(), chosen)?;
    if args.dry_run {
        let many = count(families.len() as u64, "issue");
        tell(context, &opened, &families, is_one)?;
        context.output.note(format!("{many} would be justified; nothing was decided"));
        return Ok(Exit::Done);
    }
    let ids: Vec<_> = families.into_iter().map(|one| one.issue.finding.issue).collect();
    let decided = context::decisions(&opened).justify_all(&ids, &args.note, args.until).await?;
    tell(context, &opened, &decided, is_one)?;
    Ok(Exit::Done)
}

/// The issues that are named, and the open ones that the filters find.
fn chosen(known: &Known, args: &Justify) -> Result<Vec<IssueState>, Error> {
    let named = args.issues.iter().map(|start| {
        let issue = query::issue(&known.views, start)?;
        known.issue_state(issue)
    });
    let mut chosen = named.collect::<Result<Vec<_>, _>>()?;
    if args.has_filter() {
        let name = args.name.as_deref().map(|name| Term::Name(Pattern::glob(name)));
        let query = any_of(args.accounts.clone(), Term::Account)
            .and(any_of(args.technologies.clone(), Term::Technology))
            .and(any_of(args.regions.clone(), Term::Region))
            .and(any_of(args.checks.clone(), Term::Check))
            .and(name.map(Query::Term).unwrap_or_default());
        for found in query::issues(known, context::registry(), query)? {
            chosen.push(found?);
        }
        if chosen.is_empty() {
            return Err(Error::usage("no open issue is so: see `secmonkey issues`"));
        }
    }
    Ok(chosen)
}

pub async fn unjustify(context: &Context, args: Unjustify) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let decided = context::decisions(&opened).unjustify(&args.issue).await?;
    tell(context, &opened, &[decided], true)?;
    Ok(Exit::Done)
}

/// Says how the issues stand now; for machines one alone is an object, as it always was.
fn tell(
    context: &Context,
    opened: &Opened,
    decided: &[IssueState],
    is_one: bool,
) -> Result<(), Error> {
    let known = Known::new(opened.views.clone(), secmonkey_core::Timestamp::now());
    let records = Records::new(&known, context::registry())?;
    if !context.output.is_table() {
        if let (true, [first, ..]) = (is_one, decided) {
            return context.output.object(&records.issue_state(first));
        }
        let all = decided.iter().map(|one| Ok(records.issue_state(one)));
        return context.output.list(all).map(drop);
    }
    let mut text = String::new();
    for one in decided {
        let record = records.issue_state(one);
        let (style, status) = match record.status {
            Status::Justified => (GREEN, "justified"),
            Status::Open => (YELLOW, "open"),
            Status::Suppressed => (DIM, "suppressed"),
            Status::Resolved => (GREEN, "resolved"),
        };
        let until = record
            .justification
            .and_then(|justification| justification.until)
            .map_or_else(String::new, |until| format!(" until {}", time::short(until)));
        let _ = writeln!(
            text,
            "{style}{status}{style:#}{until}: {} {} on {}",
            record.id,
            record.check,
            visible(&record.name),
        );
    }
    output::print(&text)
}
