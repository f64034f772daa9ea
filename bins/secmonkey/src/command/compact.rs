//! `secmonkey compact`

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::Timestamp;
use secmonkey_core::event::{Position, Went};
use secmonkey_core::log::Head;
use secmonkey_core::log::cut::{self, Plan};
use secmonkey_store::{Compacted, OpenOptions};
use serde::Serialize;

use super::keys;
use crate::args::Compact;
use crate::console::{bytes, count};
use crate::context::{Context, actor};
use crate::output::{self, BOLD, GREEN, YELLOW};
use crate::{stderr, time};

/// What goes, or went.
#[derive(Serialize)]
struct Report {
    /// Since when questions are answered as before; `None` where nothing goes.
    since: Option<Timestamp>,
    /// The last position of what goes.
    through: Option<Position>,
    #[serde(flatten)]
    went: Went,
    /// What the log takes on disk,
    bytes_before: u64,
    /// and what it will take, about, or takes.
    bytes_after: u64,
    /// Whether it was done.
    done: bool,
    /// The log's head now.
    head: Head,
    /// The checkpoint that was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
}

pub async fn run(context: &Context, args: Compact) -> Result<Exit, Error> {
    let now = Timestamp::now();
    if args.before > now {
        return Err(Error::usage(format!(
            "{:.0} is to come: nothing is recorded yet",
            args.before
        )));
    }
    let opened = context.hold().await?;
    let key = if args.dry_run { None } else { Some(keys::chosen(&opened, args.key.as_deref())?) };
    let log = opened.log.as_ref();
    let (head, before) = (log.head().await?, opened.store()?.log_size()?);
    let plan = cut::plan(log, &opened.views, args.before, &actor(), now).await?;
    let Some(plan) = plan else {
        let report = Report {
            since: log.cut().await?.map(|cut| cut.since),
            through: None,
            went: Went::default(),
            bytes_before: before,
            bytes_after: before,
            done: false,
            head,
            checkpoint: None,
        };
        let text = format!(
            "{GREEN}Nothing to cut{GREEN:#}: nothing of before {} is left that could go.\n",
            time::short(args.before)
        );
        return tell(context, &report, &text);
    };
    let after = estimate(&plan, head, before);
    let mut report = Report {
        since: Some(plan.cut.since),
        through: Some(plan.cut.through),
        went: plan.cut.went,
        bytes_before: before,
        bytes_after: after,
        done: false,
        head,
        checkpoint: None,
    };
    let goes = goes(&plan, before, after);
    let Some(key) = key else { return tell(context, &report, &goes) };
    if !args.yes && !agreed(&goes)? {
        return Err(Error::usage("nothing was cut"));
    }
    let deadline = OpenOptions::default().deadline;
    let store = opened.into_store()?;
    let done = secmonkey_store::compact(store, plan, &key, &actor(), deadline).await?;
    let Compacted { head, checkpoint, before, after } = done;
    report = Report {
        bytes_before: before,
        bytes_after: after,
        done: true,
        head,
        checkpoint: Some(checkpoint.to_string()),
        ..report
    };
    // Opening it again makes the views.
    drop(context.hold().await?);
    let since = report.since.map(time::short).unwrap_or_default();
    let text = format!(
        "{GREEN}Cut{GREEN:#}: the record reaches back to {since}. The log took {}, it takes {}.\nThe \
         head to keep: {BOLD}{}:{}{BOLD:#}\n",
        bytes(report.bytes_before),
        bytes(report.bytes_after),
        head.position,
        head.hash,
    );
    tell(context, &report, &text)
}

/// About how many bytes the log will take: what stays takes its share of what all takes, and a
/// leaf stays of every event.
fn estimate(plan: &Plan, head: Head, before: u64) -> u64 {
    let through = plan.cut.through.0;
    // Behind the cut, events are taken to be as large as those before it.
    let each = plan.bytes / through.max(1);
    let behind = each * head.position.0.saturating_sub(through);
    let share = u128::from(before) * u128::from(plan.bytes_kept + behind)
        / u128::from((plan.bytes + behind).max(1));
    u64::try_from(share).unwrap_or(u64::MAX).saturating_add(32 * through).min(before)
}

fn goes(plan: &Plan, before: u64, after: u64) -> String {
    let Went { events, revisions, items, issues, justifications, scans } = plan.cut.went;
    format!(
        "{YELLOW}What goes{YELLOW:#}: {}, up to position {}, recorded at {}.\n  {} of {}\n  {} that {} \
         resolved\n  {} that had ended\n  {}\nWhat stays: every item as it stood then, with open \
         issues, justifications and comments; what people\ndecided; the leaf of each event, so that \
         checkpoints and proofs hold. The log takes {} and will take about {}.\nAn `export` or a \
         `backup` keeps what goes.\n",
        count(events, "event"),
        plan.cut.through,
        time::short(plan.cut.since),
        count(revisions, "revision"),
        count(items, "item"),
        count(issues, "issue"),
        if issues == 1 { "was" } else { "were" },
        count(justifications, "justification"),
        count(scans, "scan"),
        bytes(before),
        bytes(after),
    )
}

/// Asks a person.
fn agreed(goes: &str) -> Result<bool, Error> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Error::usage(
            "what is cut cannot be brought back, and nobody is here to be asked: see --dry-run, \
             and pass --yes",
        ));
    }
    for line in goes.lines() {
        stderr::say(line);
    }
    let mut answer = String::new();
    let mut to = io::stderr().lock();
    write!(to, "Cut it? Type `yes`: ").and_then(|()| to.flush()).map_err(Error::Output)?;
    io::stdin().lock().read_line(&mut answer).map_err(Error::Output)?;
    Ok(answer.trim() == "yes")
}

fn tell(context: &Context, report: &Report, text: &str) -> Result<Exit, Error> {
    if context.output.is_table() {
        output::print(text)?;
    } else {
        context.output.object(report)?;
    }
    Ok(Exit::Done)
}
