//! What a scan came to, as it is told.

use std::time::Duration;

use secmonkey_app::Opened;
use secmonkey_app::config;
use secmonkey_app::error::{Error, Exit};
use secmonkey_app::signal::Signal;
use secmonkey_core::Timestamp;
use secmonkey_core::event::{Planned, ScanId, ScopeId};
use secmonkey_core::issue::{Issue, Status};
use secmonkey_core::notify::IssueKind;
use secmonkey_core::pipeline::{self, Summary};
use secmonkey_core::query::{IssueState, Known};
use secmonkey_core::record::Records;
use secmonkey_core::view::{self, Views};
use secmonkey_web::Failed;

use crate::args::Scan;
use crate::command::{checks, overview};
use crate::console::{self, Names};
use crate::context::{self, Context};
use crate::output;
use crate::stderr;
use crate::table::width;

/// A scan that is over.
pub struct Done {
    /// What it came to.
    pub summary: Summary,
    /// The scans that it was: the daemon makes one an account.
    pub scans: Vec<ScanId>,
    /// The calls that it took.
    pub calls: u64,
    /// How long it took.
    pub took: Duration,
    /// What people call the accounts.
    pub names: Names,
    /// Why it ended early.
    pub ended_early: Option<pipeline::Error>,
    /// What stopped it.
    pub stopped: Option<Signal>,
    /// The accounts that the daemon could not scan.
    pub failed: Vec<Failed>,
}

impl Done {
    /// Tells it.
    pub async fn tell(
        self,
        context: &Context,
        args: &Scan,
        opened: &Opened,
    ) -> Result<Exit, Error> {
        let Self { summary, scans, calls, took, names, ended_early, stopped, failed } = self;
        for undelivered in &summary.undelivered {
            let (notifier, error) = (&undelivered.notifier, &undelivered.error);
            output::warn(&format!("{notifier}: {error}; it is sent again with the next scan"));
        }
        for Failed { account, reason } in &failed {
            let name = names.get(account).map_or(account.as_str(), String::as_str);
            output::warn(&format!("{name} was not scanned: {reason}"));
        }
        for place in config::unmet(&context.config, &opened.views)? {
            context.output.note(place);
        }
        let looked = Looked::of(&opened.views, &scans)?;
        let accounts = looked.0.iter().map(|one| &one.account);
        checks::note_failed(context, &opened.views, accounts)?;
        let exit = match stopped {
            Some(signal) if summary.interrupted => Exit::Stopped(signal),
            // What is known is not all.
            _ if ended_early.is_some() => Exit::Partly,
            _ if failed.is_empty() => exit(args, &looked, &summary, &opened.views)?,
            _ => exit(args, &looked, &summary, &opened.views)?.or(Exit::Partly),
        };
        tell_why(args, &looked, &summary, &opened.views)?;
        let is_first = summary.messages.iter().any(|message| message.baseline.is_some());
        let is_whole = ended_early.is_none() && !summary.interrupted;
        let written = if context.output.is_table() && context.output.quiet && is_silent(&summary) {
            Ok(())
        } else if context.output.is_table() {
            let mut text = console::scan(&summary, calls, took, &names, width());
            if is_first && is_whole && summary.issues.opened > 0 {
                text.push('\n');
                text.push_str(&overview::first(context, opened).await?);
            }
            output::print(&text)
        } else {
            let known = opened.known(None).await?;
            let record = Records::new(&known, context::registry())?.scan(&summary, took, calls)?;
            context.output.object(&record)
        };
        if let Some(error) = ended_early {
            return Err(Error::ended_early(error));
        }
        if let Some(reason) = summary.unpublished {
            return Err(Error::Store(format!(
                "all is recorded, but the log's head is not kept: {reason}"
            )));
        }
        match written {
            // Whoever stopped reading still wants to know how it ended, and where the terminal
            // is gone there is nobody to tell.
            Err(Error::Pipe) => Ok(exit),
            Err(Error::Output(_)) if matches!(exit, Exit::Stopped(_)) => Ok(exit),
            written => written.map(|()| exit),
        }
    }
}

/// What scans meant to look at.
struct Looked(Vec<Planned>);

impl Looked {
    fn of(views: &Views, scans: &[ScanId]) -> Result<Self, view::Error> {
        let mut planned = Vec::new();
        for scan in scans {
            planned.extend(views.scan(scan)?.into_iter().flat_map(|row| row.planned));
        }
        Ok(Self(planned))
    }

    /// Whether a scope was to be looked at. Where regions could not be listed, all were.
    fn covers(&self, scope: &ScopeId) -> bool {
        self.0.iter().any(|one| {
            let regions = &one.regions;
            let unknown = regions.is_empty() && !one.complete;
            one.account == scope.account
                && one.technologies.contains(&scope.technology)
                && (unknown || regions.contains(&scope.region))
        })
    }
}

/// How the scan ended: whether what somebody asked to fail on is there, and whether all
/// was read that it takes to decide.
fn exit(args: &Scan, looked: &Looked, summary: &Summary, views: &Views) -> Result<Exit, Error> {
    // A check that cannot decide without any failure lacks what this scan was not asked for:
    // that is told, and is no failure of the scan.
    // Where somebody else stopped it, it is as good as one that failed in part.
    let is_whole = summary.failures.is_empty() && !summary.interrupted;
    let mut exit = if is_whole { Exit::Done } else { Exit::Partly };
    if reaches(args.fail_on_new, summary.strongest_new) {
        exit = exit.or(Exit::Reached);
    }
    if args.fail_on.is_some() {
        let open = open(looked, views)?;
        let strongest = open.iter().map(|issue| issue.finding.score).max();
        if reaches(args.fail_on, strongest) {
            exit = exit.or(Exit::Reached);
        }
    }
    Ok(exit)
}

/// The open issues of what was scanned, with the scores that count.
fn open(looked: &Looked, views: &Views) -> Result<Vec<Issue>, Error> {
    let known = Known::new(views.clone(), Timestamp::now());
    let mut open = Vec::new();
    for issue in views.issues() {
        let issue = issue?;
        if issue.resolved_at.is_none() && looked.covers(&ScopeId::of(&issue.key)) {
            let IssueState { issue, status, .. } = known.issue_state(issue)?;
            open.extend((status == Status::Open).then_some(issue));
        }
    }
    Ok(open)
}

/// Says which issues made the exit code.
fn tell_why(args: &Scan, looked: &Looked, summary: &Summary, views: &Views) -> Result<(), Error> {
    let mut told = Vec::new();
    for (option, limit) in [("--fail-on-new", args.fail_on_new), ("--fail-on", args.fail_on)] {
        let Some(limit) = limit else { continue };
        let mut ids = Vec::new();
        if option == "--fail-on" {
            let open = open(looked, views)?;
            let reached = open.iter().filter(|issue| issue.finding.score >= limit);
            ids.extend(reached.map(|one| format!("{} ({})", one.finding.issue, one.finding.score)));
        } else if reaches(Some(limit), summary.strongest_new) {
            let new = summary.messages.iter().flat_map(|message| &message.issues);
            let new = new.filter(|one| {
                matches!(one.kind, IssueKind::Opened | IssueKind::Reopened)
                    && one.finding.score >= limit
            });
            ids.extend(new.map(|one| format!("{} ({})", one.finding.issue, one.finding.score)));
        }
        if !ids.is_empty() {
            let more = ids.len().saturating_sub(NAMED);
            ids.truncate(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            told.push(format!("{option} {limit} is reached by {}{more}", ids.join(", ")));
        }
    }
    // Whoever wants no remarks wants to know all the same why it failed.
    for line in told {
        stderr::say(&line);
    }
    Ok(())
}

/// Whether a scan found nothing new and read all it meant to.
fn is_silent(summary: &Summary) -> bool {
    let Summary { messages, failures, undecided, interrupted, .. } = summary;
    messages.is_empty() && failures.is_empty() && undecided.is_empty() && !interrupted
}

/// This many issues are named that made the exit code.
const NAMED: usize = 10;

fn reaches(limit: Option<u8>, strongest: Option<u8>) -> bool {
    limit.is_some_and(|limit| strongest.is_some_and(|strongest| strongest >= limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_reached_by_scores_that_are_at_least_as_high() {
        assert!(reaches(Some(7), Some(7)) && reaches(Some(0), Some(0)));
        assert!(!reaches(Some(7), Some(6)) && !reaches(Some(0), None) && !reaches(None, Some(9)));
    }
}
