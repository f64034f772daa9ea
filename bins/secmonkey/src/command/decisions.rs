//! `secmonkey justify` and `secmonkey unjustify`

use secmonkey_core::issue::Status;
use secmonkey_core::query::IssueState;
use secmonkey_core::record::Records;
use secmonkey_core::render::visible;

use crate::args::{Justify, Unjustify};
use crate::context::{self, Context, Opened};
use crate::error::{Error, Exit};
use crate::output::{self, GREEN, YELLOW};

pub async fn justify(context: &Context, args: Justify) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let decided = opened.decisions().justify(&args.issue, &args.note, args.until).await?;
    tell(context, &opened, &decided).await
}

pub async fn unjustify(context: &Context, args: Unjustify) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let decided = opened.decisions().unjustify(&args.issue).await?;
    tell(context, &opened, &decided).await
}

/// Says how the issue stands now.
async fn tell(context: &Context, opened: &Opened, decided: &IssueState) -> Result<Exit, Error> {
    let known = opened.known(None).await?;
    let record = Records::new(&known, context::registry())?.issue_state(decided);
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
        visible(&record.name),
    ))?;
    Ok(Exit::Done)
}
