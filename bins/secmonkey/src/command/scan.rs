//! `secmonkey scan`

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use indicatif::{ProgressBar, ProgressStyle};
use secmonkey_aws::notify::ses::Ses;
use secmonkey_aws::session::{self, Sessions};
use secmonkey_core::Timestamp;
use secmonkey_core::account::{Account, Accounts};
use secmonkey_core::event::{Event, ScanId, ScopeId};
use secmonkey_core::item::GLOBAL;
use secmonkey_core::pipeline::{Pipeline, Plan, PlannedAccount, Progress, Summary};
use secmonkey_core::technology::Reach;
use secmonkey_core::view::{Status, Views};
use secmonkey_core::watch;
use serde::Serialize;

use super::decisions::actor;
use crate::args::Scan;
use crate::config;
use crate::console::{self, Names};
use crate::context::{self, Context, Opened};
use crate::error::{Error, Exit};
use crate::record::FailureRecord;
use crate::{nearest, output, select};

/// The role in accounts that name none and are not the caller's own.
const ROLE: &str = "SecurityMonkey";
/// The region that stands for the global services, too.
const HOME: &str = "us-east-1";
/// Accounts whose regions are asked for at the same time.
const AT_ONCE: usize = 8;

pub async fn run(context: &Context, args: Scan) -> Result<Exit, Error> {
    context::known_technologies(&args.technologies)?;
    let opened = context.create().await?;
    let sessions = Sessions::load(settings(&context.config.scan)).await;
    tokio::select! {
        done = scan(context, &args, &opened, &sessions) => done,
        _ = tokio::signal::ctrl_c() => Err(Error::Interrupted),
    }
}

async fn scan(
    context: &Context,
    args: &Scan,
    opened: &Opened,
    sessions: &Sessions,
) -> Result<Exit, Error> {
    let accounts = accounts(context, args, opened, sessions).await?;
    let names: Names =
        accounts.iter().map(|account| (account.id.clone(), account.name.clone())).collect();
    let start = Instant::now();
    let plan = plan(args, accounts, sessions).await?;
    let pipeline = pipeline(context, opened, sessions);
    let shown = Shown::over(context, pipeline.progress(), sessions);
    let scanned = pipeline.scan(&plan).await;
    shown.end().await;
    let summary = scanned?;
    opened.store.publish_head().await?;
    let took = start.elapsed();

    for (notifier, reason) in &summary.undelivered {
        output::warn(&format!("{notifier}: {reason}"));
    }
    let exit = exit(args, &plan, &summary, &opened.views)?;
    let written = if context.output.is_table() {
        let text = console::scan(&summary, sessions.api_calls(), took, &names);
        output::print(&text)
    } else {
        context.output.object(&Record::new(&summary, sessions.api_calls(), took))
    };
    // Whoever stopped reading still wants to know how it ended.
    match written {
        Err(Error::Pipe) => Ok(exit),
        written => written.map(|()| exit),
    }
}

fn settings(scan: &config::Scan) -> session::Config {
    let mut settings =
        session::Config { max_attempts: scan.max_attempts, ..session::Config::default() };
    if let Some(seconds) = scan.timeout {
        settings.call = Duration::from_secs(seconds);
    }
    settings
}

fn pipeline(context: &Context, opened: &Opened, sessions: &Sessions) -> Pipeline {
    let mut pipeline = Pipeline::new(opened.log.clone(), Arc::clone(&opened.views))
        .auditor(Arc::new(secmonkey_aws::check::catalogue()))
        .actor(actor());
    for watcher in secmonkey_aws::watch::watchers(sessions) {
        pipeline = pipeline.watcher(watcher);
    }
    if let Some(seconds) = context.config.scan.timeout {
        pipeline = pipeline.patience(Duration::from_secs(seconds));
    }
    if let Some(settings) = &context.config.notify.ses {
        pipeline = pipeline.notifier(Arc::new(Ses::new(sessions.clone(), settings.clone())));
    }
    pipeline
}

/// The accounts to read: those that were asked for, else all that are ours and active.
/// Where none is ours, the caller's own is registered.
async fn accounts(
    context: &Context,
    args: &Scan,
    opened: &Opened,
    sessions: &Sessions,
) -> Result<Vec<Account>, Error> {
    let registered = opened.views.accounts()?;
    let mut wanted = wanted(&registered, &args.accounts)?;
    let refused = |error: session::Error| Error::usage(error.to_string());
    if wanted.is_empty() {
        let caller = sessions.caller().await.map_err(refused)?;
        let mut own = Account::new(caller.account.clone(), caller.account.to_string());
        own.partition = caller.partition;
        super::account::append(opened, vec![Event::AccountRegistered(own.clone())]).await?;
        context.output.note(format!(
            "No account of ours is registered: registered {}, to which the credentials belong",
            own.id
        ));
        return Ok(vec![own]);
    }
    match sessions.caller().await {
        Ok(caller) => {
            let role = context.config.scan.role.as_deref().unwrap_or(ROLE);
            for account in wanted.iter_mut().filter(|one| one.role.is_none()) {
                if account.id != caller.account {
                    account.role = Some(role.to_owned());
                }
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

/// The registered accounts that a scan is to read; none where none is ours.
fn wanted(registered: &Accounts, names: &[String]) -> Result<Vec<Account>, Error> {
    let mut wanted: Vec<Account> = Vec::new();
    for name in names {
        let account = select::account(registered, name)?;
        if !account.watched() {
            let (state, change) = if account.third_party {
                ("somebody else's", "--ours")
            } else {
                ("inactive", "--active")
            };
            return Err(Error::usage(format!(
                "account {} is {state}: see `secmonkey account edit {0} {change}`",
                account.name
            )));
        }
        if !wanted.iter().any(|one| one.id == account.id) {
            wanted.push(account.clone());
        }
    }
    if names.is_empty() {
        wanted.extend(registered.iter().filter(|account| account.watched()).cloned());
        if wanted.is_empty() && registered.iter().any(|account| !account.third_party) {
            return Err(Error::usage(
                "no account is active: see `secmonkey account list` and `account edit --active`",
            ));
        }
    }
    Ok(wanted)
}

/// What to look at.
async fn plan(args: &Scan, accounts: Vec<Account>, sessions: &Sessions) -> Result<Plan, Error> {
    let technologies = context::technologies();
    let wanted: Vec<_> = technologies
        .iter()
        .filter(|one| {
            args.technologies.is_empty() || args.technologies.iter().any(|id| id == one.id)
        })
        .collect();
    let has = |reach| wanted.iter().any(|technology| technology.reach == reach);
    // Nobody needs to be asked where nothing depends on the answer.
    let ask = has(Reach::Regional) || !args.regions.is_empty();
    let there: Vec<(Account, Result<Vec<String>, watch::Error>)> = stream::iter(accounts)
        .map(|account| async {
            let there = match account.regions.as_slice() {
                [] if ask => sessions.regions(&account).await,
                named => Ok(named.to_vec()),
            };
            (account, there)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    known_regions(&there, &args.regions)?;
    let accounts: Vec<_> = there
        .into_iter()
        .map(|(account, there)| PlannedAccount {
            regions: regions(&account, there, &args.regions),
            account,
        })
        .collect();
    let something = accounts.iter().any(|one| match &one.regions {
        Ok(regions) => regions
            .iter()
            .any(|region| has(if region == GLOBAL { Reach::Global } else { Reach::Regional })),
        Err(_) => true,
    });
    if !something {
        return Err(Error::usage(
            "nothing to look at: global technologies are read with --region global, others in \
             the regions of the account",
        ));
    }
    Ok(Plan {
        accounts,
        technologies: args.technologies.clone(),
        all_regions: args.regions.is_empty(),
    })
}

/// Says no to regions that no account has.
fn known_regions(
    there: &[(Account, Result<Vec<String>, watch::Error>)],
    asked: &[String],
) -> Result<(), Error> {
    let mut known = BTreeSet::from([GLOBAL]);
    for (_, regions) in there {
        match regions {
            Ok(regions) => known.extend(regions.iter().map(String::as_str)),
            // What is there is not known: whoever names regions knows them.
            Err(_) => return Ok(()),
        }
    }
    match asked.iter().find(|region| !known.contains(region.as_str())) {
        Some(region) if region != HOME => {
            let hint = nearest::hint(region, known);
            Err(Error::usage(format!("no account to be scanned has a region `{region}`{hint}")))
        }
        _ => Ok(()),
    }
}

/// Where to look in an account: in its regions and at what is global, or at what of it
/// was asked for.
fn regions(
    account: &Account,
    there: Result<Vec<String>, watch::Error>,
    asked: &[String],
) -> Result<Vec<String>, watch::Error> {
    let is_asked = |region: &str| asked.iter().any(|one| one == region);
    let mut regions = match there {
        Ok(there) => there,
        Err(_) if !asked.is_empty() => asked.to_vec(),
        Err(error) => return Err(error),
    };
    regions.retain(|region| {
        region != GLOBAL
            && !account.skip_regions.contains(region)
            && (asked.is_empty() || is_asked(region))
    });
    if asked.is_empty() || is_asked(GLOBAL) || is_asked(HOME) {
        regions.push(GLOBAL.to_owned());
    }
    Ok(regions)
}

/// How the scan ended: whether what somebody asked to fail on is there, and whether all
/// was read.
fn exit(args: &Scan, plan: &Plan, summary: &Summary, views: &Views) -> Result<Exit, Error> {
    let mut exit = if summary.failures.is_empty() { Exit::Done } else { Exit::Partly };
    if reaches(args.fail_on_new, summary.strongest_new) {
        exit = exit.or(Exit::Reached);
    }
    if args.fail_on.is_some() {
        let now = Timestamp::now();
        let mut strongest = None;
        for issue in views.issues() {
            let issue = issue?;
            let scope = ScopeId {
                account: issue.key.account.clone(),
                technology: issue.key.technology.clone(),
                region: issue.key.region.clone(),
            };
            if issue.status(now) == Status::Open && covers(plan, &scope) {
                strongest = strongest.max(Some(issue.finding.score));
            }
        }
        if reaches(args.fail_on, strongest) {
            exit = exit.or(Exit::Reached);
        }
    }
    Ok(exit)
}

fn reaches(limit: Option<u8>, strongest: Option<u8>) -> bool {
    limit.is_some_and(|limit| strongest.is_some_and(|strongest| strongest >= limit))
}

/// Whether a plan has a scope in it. Where regions could not be listed, all are.
fn covers(plan: &Plan, scope: &ScopeId) -> bool {
    let technology = plan.technologies.is_empty() || plan.technologies.contains(&scope.technology);
    technology
        && plan.accounts.iter().any(|one| {
            one.account.id == scope.account
                && one.regions.as_ref().map_or(true, |regions| regions.contains(&scope.region))
        })
}

/// A scan in numbers.
#[derive(Serialize)]
struct Record {
    scan: Option<ScanId>,
    started_at: Timestamp,
    duration_ms: u64,
    sweeps: u64,
    failed_sweeps: Vec<FailureRecord>,
    api_calls: u64,
    items: Items,
    issues: Issues,
}

#[derive(Serialize)]
struct Items {
    seen: u64,
    created: u64,
    changed: u64,
    deleted: u64,
    unchanged: u64,
}

#[derive(Serialize)]
struct Issues {
    opened: u64,
    reopened: u64,
    resolved: u64,
}

impl Record {
    fn new(summary: &Summary, api_calls: u64, took: Duration) -> Self {
        let (items, issues) = (summary.items, summary.issues);
        Self {
            scan: summary.scan.clone(),
            started_at: summary.started_at,
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            sweeps: summary.sweeps,
            failed_sweeps: summary.failures.iter().map(FailureRecord::from).collect(),
            api_calls,
            items: Items {
                seen: items.seen,
                created: items.created,
                changed: items.changed,
                deleted: items.deleted,
                unchanged: items.unchanged,
            },
            issues: Issues {
                opened: issues.opened,
                reopened: issues.reopened,
                resolved: issues.resolved,
            },
        }
    }
}

/// Shows on a terminal how far a scan is.
struct Shown {
    bar: ProgressBar,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Shown {
    fn over(context: &Context, progress: Arc<Progress>, sessions: &Sessions) -> Self {
        // What is told with --verbose would break the bar.
        if context.output.quiet || context.verbose || !std::io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden(), task: None };
        }
        let form = "{bar:30.green/dim} {pos}/{len} sweeps  {msg}  {elapsed}";
        let style = ProgressStyle::with_template(form)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━╸─");
        let bar = ProgressBar::no_length().with_style(style);
        let (shown, sessions) = (bar.clone(), sessions.clone());
        let start = Instant::now();
        let task = tokio::spawn(async move {
            let mut tick = tokio::time::interval(Duration::from_millis(100));
            loop {
                tick.tick().await;
                shown.set_length(progress.planned.load(Ordering::Relaxed));
                shown.set_position(progress.done.load(Ordering::Relaxed));
                shown.set_message(rates(&progress, sessions.api_calls(), start.elapsed()));
            }
        });
        Self { bar, task: Some(task) }
    }

    /// Takes it off the terminal.
    async fn end(mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
        self.bar.finish_and_clear();
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.bar.finish_and_clear();
    }
}

fn rates(progress: &Progress, calls: u64, elapsed: Duration) -> String {
    let tenths = u64::try_from(elapsed.as_millis() / 100).unwrap_or(u64::MAX).max(1);
    let items = progress.items.load(Ordering::Relaxed);
    let failures = progress.failures.load(Ordering::Relaxed);
    let failed = if failures == 0 { String::new() } else { format!(", {failures} failed") };
    let rate = |number: u64| number.saturating_mul(10) / tenths;
    format!("{items} items ({}/s), {calls} calls ({}/s){failed}", rate(items), rate(calls))
}

#[cfg(test)]
mod tests {
    use secmonkey_core::watch::Cause;

    use super::*;

    fn account() -> Account {
        Account::new("123456789012".parse().unwrap(), "lighthouse")
    }

    fn names(regions: &[&str]) -> Vec<String> {
        regions.iter().map(|&region| region.to_owned()).collect()
    }

    fn chosen(account: &Account, asked: &[&str]) -> Vec<String> {
        let there = names(&["eu-west-1", "eu-west-2", "us-east-1"]);
        regions(account, Ok(there), &names(asked)).unwrap()
    }

    #[test]
    fn what_is_global_is_read_unless_another_region_is_asked_for() {
        let account = account();
        assert_eq!(chosen(&account, &[]), ["eu-west-1", "eu-west-2", "us-east-1", "global"]);
        assert_eq!(chosen(&account, &["eu-west-1"]), ["eu-west-1"]);
        assert_eq!(chosen(&account, &["global"]), ["global"]);
        assert_eq!(chosen(&account, &["us-east-1"]), ["us-east-1", "global"]);
        assert_eq!(chosen(&account, &["eu-west-2", "global"]), ["eu-west-2", "global"]);
    }

    #[test]
    fn skipped_regions_are_skipped_even_if_asked_for() {
        let skipping = Account { skip_regions: names(&["eu-west-1"]), ..account() };
        assert_eq!(chosen(&skipping, &[]), ["eu-west-2", "us-east-1", "global"]);
        assert_eq!(chosen(&skipping, &["eu-west-1"]), [] as [&str; 0]);
    }

    #[test]
    fn where_regions_cannot_be_listed_those_asked_for_are_tried() {
        let failed = || Err(watch::Error::new("ec2:DescribeRegions", Cause::Denied, "no"));
        assert!(regions(&account(), failed(), &[]).is_err());
        assert_eq!(regions(&account(), failed(), &names(&["eu-west-1"])).unwrap(), ["eu-west-1"]);
    }

    #[test]
    fn a_region_that_no_account_has_is_named_with_the_nearest() {
        let there = [(account(), Ok(names(&["us-east-2", "eu-west-1"])))];
        assert!(known_regions(&there, &names(&["eu-west-1", "global", "us-east-1"])).is_ok());
        let said = known_regions(&there, &names(&["eu-wset-1"])).unwrap_err().to_string();
        assert_eq!(said, "no account to be scanned has a region `eu-wset-1`; nearest: `eu-west-1`");
    }

    #[test]
    fn accounts_are_chosen_by_id_or_name_and_have_to_be_watched() {
        let other = |id: &str, name: &str| Account::new(id.parse().unwrap(), name);
        let vendor = Account { third_party: true, ..other("210987654321", "vendor") };
        let old = Account { active: false, ..other("111111111111", "old") };
        let all: Accounts = [account(), vendor.clone(), old.clone()].into_iter().collect();
        let chosen = |names_of: &[&str]| {
            wanted(&all, &names(names_of))
                .map(|all| all.into_iter().map(|one| one.name).collect::<Vec<_>>())
                .map_err(|error| error.to_string())
        };
        assert_eq!(chosen(&[]).unwrap(), ["lighthouse"]);
        assert_eq!(chosen(&["123456789012", "lighthouse"]).unwrap(), ["lighthouse"]);
        assert!(chosen(&["vendor"]).unwrap_err().contains("--ours"));
        assert!(chosen(&["old"]).unwrap_err().contains("--active"));
        assert!(chosen(&["lighthose"]).unwrap_err().contains("nearest"));
        // Third parties alone leave room for the caller's own account.
        assert_eq!(wanted(&std::iter::once(vendor).collect(), &[]).unwrap(), []);
        assert!(wanted(&std::iter::once(old).collect(), &[]).is_err());
    }

    #[test]
    fn limits_are_reached_by_scores_that_are_at_least_as_high() {
        assert!(reaches(Some(7), Some(7)) && reaches(Some(0), Some(0)));
        assert!(!reaches(Some(7), Some(6)) && !reaches(Some(0), None) && !reaches(None, Some(9)));
    }

    #[test]
    fn rates_count_by_the_second() {
        let progress = Progress::default();
        progress.items.store(50, Ordering::Relaxed);
        progress.failures.store(2, Ordering::Relaxed);
        let said = rates(&progress, 20, Duration::from_secs(5));
        assert_eq!(said, "50 items (10/s), 20 calls (4/s), 2 failed");
    }
}
