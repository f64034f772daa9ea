//! `secmonkey scan`

use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use secmonkey_app::error::{Error, Exit};
use secmonkey_app::scan::{self, Wanted};
use secmonkey_app::signal::{Signal, Signals};
use secmonkey_app::{Opened, environment};
use secmonkey_aws::session::{self, Sessions};
use secmonkey_core::Timestamp;
use secmonkey_core::account::Account;
use secmonkey_core::pipeline::{self, Pipeline, Progress, Summary};
use secmonkey_core::plan::{self, Plan};
use secmonkey_core::watch::ClockCheck;
use secmonkey_web::Request;

use self::progress::Shown;
use self::told::Done;
use crate::args::Scan;
use crate::console::Names;
use crate::context::{self, Context};
use crate::daemon::{self, Daemon};
use crate::output;
use crate::time;

mod progress;
mod told;

pub async fn run(context: &Context, args: Scan) -> Result<Exit, Error> {
    context::registry().require_technologies(&args.technologies)?;
    environment::require_readable()?;
    let mut signals = Signals::listen()
        .map_err(|error| Error::usage(format!("cannot listen to signals: {error}")))?;
    if let Some(daemon) = Daemon::of(&context.place.path) {
        return ask(context, &args, daemon, &mut signals).await;
    }
    let started = async {
        // Where another process holds the store, this may take a while.
        let opened = context.hold_or_create().await?.served();
        let sessions = Sessions::load(scan::session(&context.config.scan)).await;
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
    let running = pipeline.scan(&plan);
    let shown = Shown::over(context, running.progress(), &sessions, &names);
    let scanned = until_stopped(context, running, &mut signals).await;
    shown.end().await;
    let (scanned, stopped) = scanned?;
    let (summary, ended_early) = match scanned {
        Ok(summary) => (summary, None),
        // What it came to is told all the same.
        Err(pipeline::Error::EndedEarly { summary, error }) => (*summary, Some(*error)),
        Err(error) => return Err(error.into()),
    };
    let (took, calls) = (start.elapsed(), sessions.api_calls());

    let (scans, failed) = (summary.scan.iter().cloned().collect(), Vec::new());
    let done = Done { summary, scans, calls, took, names, ended_early, stopped, failed };
    done.tell(context, &args, &opened).await
}

/// Has the daemon that holds the store look now, and tells what came of it.
async fn ask(
    context: &Context,
    args: &Scan,
    daemon: Daemon,
    signals: &mut Signals,
) -> Result<Exit, Error> {
    if args.trust_clock {
        return Err(Error::usage(
            "--trust-clock is for scans of a process of its own, and the daemon holds the store",
        ));
    }
    let request = Request {
        accounts: args.accounts.clone(),
        technologies: args.technologies.clone(),
        regions: args.regions.clone(),
    };
    let opened = context.open().await?;
    let start = Instant::now();
    let progress = Arc::<Progress>::default();
    let shown = Shown::of_daemon(context, Arc::clone(&progress));
    let asked = daemon.scan(&request, |update| daemon::follow(&progress, update));
    let ended = tokio::select! {
        ended = asked => ended?,
        signal = signals.next() => {
            shown.end().await;
            context.output.note("the daemon goes on with the scan: see `secmonkey status`");
            return Err(Error::Stopped(signal));
        }
    };
    shown.end().await;
    opened.views.catch_up(opened.log.as_ref()).await?;
    let registry = Arc::new(context::registry().clone());
    let (log, views) = (opened.log.as_ref(), &opened.views);
    let summary = Summary::of(log, views, &registry, &ended.scans).await?;
    let registered = opened.views.accounts()?;
    let names = registered.iter().map(|one| (one.id.clone(), one.name.clone())).collect();
    let (calls, took) = (ended.api_calls, start.elapsed());
    let (ended_early, stopped, scans, failed) = (None, None, ended.scans, ended.failed);
    let done = Done { summary, scans, calls, took, names, ended_early, stopped, failed };
    done.tell(context, args, &opened).await
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
    let wanted = Wanted { technologies: args.technologies.clone(), regions: args.regions.clone() };
    let (config, catalogue) = (&context.config, context::catalogue());
    let plan = scan::plan(config, catalogue, sessions, wanted, accounts?).await?;
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

fn pipeline(
    context: &Context,
    args: &Scan,
    opened: &Opened,
    sessions: &Sessions,
) -> Result<Pipeline, Error> {
    let catalogue = context::catalogue();
    let config = &context.config;
    let clients = sessions.clone();
    let mut pipeline = scan::pipeline(config, catalogue, sessions, opened, context::actor())?
        .notifiers(config.notifiers(sessions)?)
        .when_account_done(move |account| clients.forget(account));
    if args.trust_clock {
        pipeline = pipeline.trust_clock();
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
                scan::enter(&context.config.scan, &caller, account);
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
