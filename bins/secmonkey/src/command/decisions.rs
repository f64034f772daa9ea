//! `secmonkey justify` and `secmonkey unjustify`

use secmonkey_core::Timestamp;
use secmonkey_core::event::{Actor, Event, NewEvent, StreamId};
use secmonkey_core::log::{Append, AppendError, EventLog as _, Expected};
use secmonkey_core::view::{Issue, Status};

use super::issues::item_of;
use crate::args::{Justify, Unjustify};
use crate::context::{Context, Opened};
use crate::error::{Error, Exit};
use crate::output::{self, GREEN, YELLOW};
use crate::record::Records;
use crate::select;

/// Who decides, as the log says.
pub fn actor() -> Actor {
    Actor("cli".to_owned())
}

pub async fn justify(context: &Context, args: Justify) -> Result<Exit, Error> {
    let note = args.note.trim();
    if note.is_empty() {
        return Err(Error::usage("an empty note justifies nothing: say why with --note"));
    }
    if let Some(until) = args.until.filter(|until| *until <= Timestamp::now()) {
        return Err(Error::usage(format!("--until {until:.0} is over already")));
    }
    decide(context, &args.issue, |issue| {
        if issue.resolved_at.is_some() {
            return Err(Error::usage(format!(
                "{} is resolved: there is nothing to justify",
                issue.finding.issue
            )));
        }
        let issue = issue.finding.issue.clone();
        Ok(Event::IssueJustified { issue, note: note.to_owned(), until: args.until })
    })
    .await
}

pub async fn unjustify(context: &Context, args: Unjustify) -> Result<Exit, Error> {
    decide(context, &args.issue, |issue| {
        if issue.justification.is_none() {
            return Err(Error::usage(format!("{} is not justified", issue.finding.issue)));
        }
        Ok(Event::JustificationWithdrawn { issue: issue.finding.issue.clone() })
    })
    .await
}

/// Appends what was decided about an issue. Where somebody else wrote to its item
/// meanwhile, it is decided anew.
async fn decide(
    context: &Context,
    start: &str,
    decision: impl Fn(&Issue) -> Result<Event, Error>,
) -> Result<Exit, Error> {
    let opened = context.open().await?;
    loop {
        let issue = select::issue(&opened.views, start)?;
        let row = item_of(&opened.views, &issue)?;
        let event = NewEvent {
            event: decision(&issue)?,
            observed_at: Timestamp::now(),
            actor: actor(),
            scan: None,
        };
        let append = Append {
            stream: StreamId::item(&issue.key),
            expected: Expected::Exact(row.version),
            events: vec![event],
        };
        let appended = opened.log.append(vec![append]).await;
        opened.views.catch_up(opened.log.as_ref()).await?;
        match appended {
            Ok(_) => break,
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    told(context, &opened, start).await
}

/// Says how the issue stands now.
async fn told(context: &Context, opened: &Opened, start: &str) -> Result<Exit, Error> {
    let known = opened.known(None).await?;
    let issue = select::issue(&known.views, start)?;
    let record = Records::new(&known)?.issue(&issue, &item_of(&known.views, &issue)?);
    if !context.output.is_table() {
        context.output.object(&record)?;
        return Ok(Exit::Done);
    }
    let (style, status) = match record.status {
        Status::Justified => (GREEN, "justified"),
        Status::Open => (YELLOW, "open"),
        Status::Resolved => (GREEN, "resolved"),
    };
    let until = record
        .justification
        .and_then(|justification| justification.until)
        .map_or_else(String::new, |until| format!(" until {until:.0}"));
    output::print(&format!(
        "{style}{status}{style:#}{until}: {} {} on {}\n",
        record.id,
        record.check,
        secmonkey_core::render::visible(&record.name),
    ))?;
    Ok(Exit::Done)
}
