//! `secmonkey comment`

use std::fmt::Write as _;

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::event::IssueId;
use secmonkey_core::query;
use secmonkey_core::record::CommentRecord;
use secmonkey_core::render::visible;

use crate::args::Comment;
use crate::context::{self, Context};
use crate::output::{self, BOLD, DIM};
use crate::table::paragraph;
use crate::time;

pub async fn run(context: &Context, args: Comment) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let decisions = context::decisions(&opened);
    let is_issue = query::is_issue(&opened.views, &args.about)?;
    let key = match args.revision {
        None if is_issue => decisions.comment_issue(&args.about, &args.text).await?,
        revision => decisions.comment(&args.about, &args.text, revision).await?,
    };
    let said = opened.views.comments(&key)?.pop();
    let Some(said) = said.map(|(_, row)| CommentRecord::from(row)) else { return Ok(Exit::Done) };
    if context.output.is_table() {
        let name = visible(&args.about).into_owned();
        output::print(&format!("noted: {} on {name}\n", visible(&said.text)))?;
    } else {
        context.output.object(&said)?;
    }
    Ok(Exit::Done)
}

/// What was said, below a heading; of one issue alone where one is given.
pub fn told(all: &[CommentRecord], issue: Option<&IssueId>, width: Option<usize>) -> String {
    let mut text = String::new();
    for one in all {
        let about = match (one.revision, &one.issue) {
            (Some(revision), _) => format!(" of revision {revision}"),
            (None, Some(id)) if issue.is_none() => format!(" of issue {id}"),
            _ => String::new(),
        };
        let by = visible(&one.by.0);
        let _ = writeln!(text, "  {DIM}{by}, {}{about}:{DIM:#}", time::short(one.at));
        text.push_str(&paragraph(&visible(&one.text), 4, width));
    }
    if text.is_empty() { text } else { format!("\n{BOLD}Comments{BOLD:#}\n{text}") }
}
