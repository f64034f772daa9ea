//! `secmonkey scan`

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use secmonkey_aws::notify::ses::Ses;
use secmonkey_aws::session::{self, Caller, Sessions};
use secmonkey_aws::settings;
use secmonkey_core::Timestamp;
use secmonkey_core::account::Account;
use secmonkey_core::event::ScopeId;
use secmonkey_core::issue::{Issue, Status};
use secmonkey_core::notify::IssueKind;
use secmonkey_core::pipeline::{self, Pipeline, Summary};
use secmonkey_core::plan::{self, Asked, Plan};
use secmonkey_core::query::{IssueState, Known};
use secmonkey_core::record::Records;
use secmonkey_core::view::Views;
use secmonkey_core::watch::ClockCheck;

use self::progress::Shown;
use super::{checks, overview};
use crate::args::Scan;
use crate::config;
use crate::console::{self, Names};
use crate::context::{self, Context, Opened};
use crate::environment;
use crate::error::{Error, Exit};
use crate::output;
use crate::signal::{Signal, Signals};
use crate::stderr;
use crate::table::width;
use crate::time;

mod progress;

/// The role in accounts that name none and are not the caller's own.
const ROLE: &str = "SecurityMonkey";
/// The region that stands for the global services, too.
const HOME: &str = "us-east-1";
/// Accounts whose regions are asked for at the same time.
const AT_ONCE: usize = 8;

pub async fn run(context: &Context, args: Scan) -> Result<Exit, Error> {
    context::registry().require_technologies(&args.technologies)?;
    environment::require_readable()?;
    let mut signals = Signals::listen()
        .map_err(|error| Error::usage(format!("cannot listen to signals: {error}")))?;
    let started = async {
        // Where another process holds the store, this may take a while.
        let opened = context.hold_or_create().await?.served();
        let sessions = Sessions::load(settings_of(&context.config.scan)).await;
        let (plan, pipeline) = prepare(context, &args, &opened, &sessions).await?;
        Ok::<_, Error>((opened, sessions, plan, pipeline))
    };
    let (opened, sessions, plan, pipeline) = tokio::select! {
        started = started => started?,
        signal = signals.next() => return Err(Error::Stopped(signal)),
    };
    let names: Names = plan
        .accounts
        .iter()
        .map(|one| (one.account.id.clone(), one.account.name.clone()))
        .collect();

    let start = Instant::now();
    let scan = pipeline.scan(&plan);
    let shown = Shown::over(context, scan.progress(), &sessions, &names);
    let scanned = until_stopped(context, scan, &mut signals).await;
    shown.end().await;
    let (scanned, stopped) = scanned?;
    let (summary, ended_early) = match scanned {
        Ok(summary) => (summary, None),
        // What it came to is told all the same.
        Err(pipeline::Error::EndedEarly { summary, error }) => (*summary, Some(*error)),
        Err(error) => return Err(error.into()),
    };
    let (took, calls) = (start.elapsed(), sessions.api_calls());

    for undelivered in &summary.undelivered {
        let (notifier, error) = (&undelivered.notifier, &undelivered.error);
        output::warn(&format!("{notifier}: {error}; it is sent again with the next scan"));
    }
    for place in config::unmet(&context.config, &opened.views)? {
        context.output.note(place);
    }
    checks::note_failed(context, &opened.views, plan.accounts.iter().map(|one| &one.account.id))?;
    let exit = match stopped {
        Some(signal) if summary.interrupted => Exit::Stopped(signal),
        // What is known is not all.
        _ if ended_early.is_some() => Exit::Partly,
        _ => exit(&args, &plan, &summary, &opened.views)?,
    };
    tell_why(&args, &plan, &summary, &opened.views)?;
    let is_first = summary.messages.iter().any(|message| message.baseline.is_some());
    let is_whole = ended_early.is_none() && !summary.interrupted;
    let written = if context.output.is_table() && context.output.quiet && is_silent(&summary) {
        Ok(())
    } else if context.output.is_table() {
        let mut text = console::scan(&summary, calls, took, &names, width());
        if is_first && is_whole && summary.issues.opened > 0 {
            text.push('\n');
            text.push_str(&overview::first(context, &opened).await?);
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

/// Waits for a scan. The first signal stops it, so that the log says what was done; the
/// second does not wait for that.
async fn until_stopped(
    context: &Context,
    scan: pipeline::Scan,
    signals: &mut Signals,
) -> Result<(Result<Summary, pipeline::Error>, Option<Signal>), Error> {
    let stop = scan.stop();
    let mut scan = pin!(scan);
    let mut stopped = None;
    loop {
        tokio::select! {
            done = &mut scan => return Ok((done, stopped)),
            signal = signals.next() => {
                if stopped.is_some() {
                    return Err(Error::Stopped(signal));
                }
                stopped = Some(signal);
                stop.cancel();
                context.output.note("stopping: what was read is kept; once more stops at once");
            }
        }
    }
}

/// What is needed for a scan. Scans whose process died are closed first.
async fn prepare(
    context: &Context,
    args: &Scan,
    opened: &Opened,
    sessions: &Sessions,
) -> Result<(Plan, Pipeline), Error> {
    let accounts = accounts(context, args, opened, sessions).await;
    // Where the clock is wrong, signatures and certificates are refused: then that is said.
    right_clock(args, sessions)?;
    let plan = plan(context, args, accounts?, sessions).await?;
    right_clock(args, sessions)?;
    warn_of_the_past(opened).await?;
    let pipeline = pipeline(context, args, opened, sessions)?;
    for scan in pipeline.close_dead_scans().await? {
        context.output.note(format!("the scan {scan} had died: this one continues"));
    }
    Ok((plan, pipeline))
}

/// Refuses a clock that AWS's first answers contradict: events that it stamps and
/// justifications that it ends stay so.
fn right_clock(args: &Scan, sessions: &Sessions) -> Result<(), Error> {
    match sessions.check_clock(Timestamp::now()) {
        ClockCheck::Wrong(reason) if !args.trust_clock => Err(Error::clock(&reason)),
        _ => Ok(()),
    }
}

/// Says that the clock is behind the log, whose times never go back.
async fn warn_of_the_past(opened: &Opened) -> Result<(), Error> {
    let now = Timestamp::now();
    if let Some(last) = opened.log.head().await?.recorded_at.filter(|last| *last > now) {
        output::warn(&format!(
            "this machine's clock says {}, before the last event ({}): until then all events \
             get that time, and --at does not tell them apart",
            time::short(now),
            time::short(last)
        ));
    }
    Ok(())
}

pub fn settings_of(scan: &config::Scan) -> session::Config {
    let mut settings = session::Config {
        max_attempts: scan.max_attempts,
        rates: scan.rates(),
        ..session::Config::default()
    };
    if let Some(seconds) = scan.timeout {
        settings.call = Duration::from_secs(seconds);
    }
    settings
}

fn pipeline(
    context: &Context,
    args: &Scan,
    opened: &Opened,
    sessions: &Sessions,
) -> Result<Pipeline, Error> {
    let clients = sessions.clone();
    let mut pipeline = Pipeline::new(opened.log.clone(), opened.views.clone())
        .watchers(secmonkey_aws::watch::watchers(sessions))
        .watchers(context.config.watchers(sessions))
        .auditors(context::auditors())
        .actor(context::actor())
        .digest_key(opened.digest_key()?)
        .limits(context.config.scan.limits())
        .when_account_done(move |account| clients.forget(account));
    if args.trust_clock {
        pipeline = pipeline.trust_clock();
    }
    if let Some(seconds) = context.config.scan.timeout {
        pipeline = pipeline.patience(Duration::from_secs(seconds));
    }
    if let Some(settings) = &context.config.notify.ses {
        pipeline = pipeline.notifier(Arc::new(Ses::new(sessions.clone(), settings.clone())));
    }
    Ok(pipeline)
}

/// The accounts to read: those that were asked for, else all that are ours and active.
/// Where none is ours it is the caller's own, which the scan registers.
async fn accounts(
    context: &Context,
    args: &Scan,
    opened: &Opened,
    sessions: &Sessions,
) -> Result<Vec<Account>, Error> {
    let registered = opened.views.accounts()?;
    let mut wanted = plan::accounts(&registered, &args.accounts)?;
    let refused = |error: session::Error| Error::usage(error.to_string());
    if wanted.is_empty() {
        let caller = sessions.caller().await.map_err(refused)?;
        right_clock(args, sessions)?;
        let own = Account::from(caller);
        context.output.note(format!(
            "No account of ours is registered: registering {}, to which the credentials belong",
            own.id
        ));
        return Ok(vec![own]);
    }
    match sessions.caller().await {
        Ok(caller) => {
            for account in &mut wanted {
                enter(context, &caller, account);
            }
        }
        // AWS may answer again while we read; what it does not answer is told as not read.
        Err(session::Error::Unreachable(reason)) => {
            tracing::info!(reason, "cannot ask whose credentials these are");
        }
        Err(error) => return Err(refused(error)),
    }
    Ok(wanted)
}

/// Gives an account without a role the usual one, unless the credentials are its own.
pub fn enter(context: &Context, caller: &Caller, account: &mut Account) {
    if settings::role(account).is_none() && account.id != caller.account {
        let role = context.config.scan.role.as_deref().unwrap_or(ROLE);
        account.set(settings::ROLE, role);
    }
}

/// What to look at.
async fn plan(
    context: &Context,
    args: &Scan,
    accounts: Vec<Account>,
    sessions: &Sessions,
) -> Result<Plan, Error> {
    let registry = context::registry();
    let asked = Asked {
        technologies: args.technologies.clone(),
        off: context.config.technologies.off(),
        regions: args.regions.clone(),
        home: Some(HOME.to_owned()),
    };
    let needs_regions = asked.needs_regions(registry);
    let listed = stream::iter(accounts)
        .map(|account| async {
            let there = match account.regions.as_slice() {
                [] if needs_regions => sessions.regions(&account).await,
                named => Ok(named.to_vec()),
            };
            (account, there)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    Ok(asked.plan(registry, listed)?)
}

/// How the scan ended: whether what somebody asked to fail on is there, and whether all
/// was read that it takes to decide.
fn exit(args: &Scan, plan: &Plan, summary: &Summary, views: &Views) -> Result<Exit, Error> {
    // A check that cannot decide without any failure lacks what this scan was not asked for:
    // that is told, and is no failure of the scan.
    let mut exit = if summary.failures.is_empty() { Exit::Done } else { Exit::Partly };
    if reaches(args.fail_on_new, summary.strongest_new) {
        exit = exit.or(Exit::Reached);
    }
    if args.fail_on.is_some() {
        let open = open(plan, views)?;
        let strongest = open.iter().map(|issue| issue.finding.score).max();
        if reaches(args.fail_on, strongest) {
            exit = exit.or(Exit::Reached);
        }
    }
    Ok(exit)
}

/// The open issues of what was scanned, with the scores that count.
fn open(plan: &Plan, views: &Views) -> Result<Vec<Issue>, Error> {
    let known = Known::new(views.clone(), Timestamp::now());
    let mut open = Vec::new();
    for issue in views.issues() {
        let issue = issue?;
        if issue.resolved_at.is_none() && plan.covers(&ScopeId::of(&issue.key)) {
            let IssueState { issue, status, .. } = known.issue_state(issue)?;
            open.extend((status == Status::Open).then_some(issue));
        }
    }
    Ok(open)
}

/// Says which issues made the exit code.
fn tell_why(args: &Scan, plan: &Plan, summary: &Summary, views: &Views) -> Result<(), Error> {
    let mut told = Vec::new();
    for (option, limit) in [("--fail-on-new", args.fail_on_new), ("--fail-on", args.fail_on)] {
        let Some(limit) = limit else { continue };
        let mut ids = Vec::new();
        if option == "--fail-on" {
            let open = open(plan, views)?;
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
