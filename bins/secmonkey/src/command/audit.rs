//! `secmonkey audit`

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::Timestamp;
use secmonkey_core::account::Account;
use secmonkey_core::audit::{Verdict, judge};
use secmonkey_core::check::{self, World};
use secmonkey_core::item::Item;
use secmonkey_core::pipeline::{self, Pipeline};
use secmonkey_core::query::{Known, Query};
use secmonkey_core::record::{AuditRecord, IssueRecord, Records};
use secmonkey_core::replay::ItemRow;
use secmonkey_core::view::Views;
use serde_json::Value;

use self::file::Read;
use super::account::read;
use super::checks;
use super::issues::Shown;
use crate::args::Audit;
use crate::console::{self, count};
use crate::context::{self, Context};
use crate::output;
use crate::silence;
use crate::table::width;

pub mod file;

pub async fn run(context: &Context, args: Audit) -> Result<Exit, Error> {
    match (args.at, &args.file) {
        (_, Some(file)) => return judge_file(context, file, args.technology.as_deref()).await,
        (Some(at), _) => judge_past(context, at).await?,
        _ => audit_stored(context).await?,
    }
    Ok(Exit::Done)
}

/// Judges everything stored of our accounts, and records what comes of it.
async fn audit_stored(context: &Context) -> Result<(), Error> {
    let opened = context.hold().await?.served();
    let accounts: Vec<Account> =
        opened.views.accounts()?.iter().filter(|one| !one.third_party).cloned().collect();
    let mut items = 0_u64;
    for account in &accounts {
        for row in opened.views.items_of(&account.id) {
            items += u64::from(!row?.deleted);
        }
    }
    let pipeline = Pipeline::new(opened.log.clone(), opened.views.clone())
        .auditors(context::auditors())
        .actor(context::actor());
    let summary = pipeline.audit(&accounts).await?;
    if let Some(reason) = summary.unpublished {
        return Err(Error::Store(format!("what was judged by then is recorded: {reason}")));
    }
    checks::note_failed(context, &opened.views, accounts.iter().map(|one| &one.id))?;
    let issues = summary.issues;
    if context.output.is_table() {
        return output::print(&format!(
            "{}{} of {} judged: {} opened, {} reopened, {} resolved\n",
            console::messages(&summary.messages, width()),
            count(items, "item"),
            count(accounts.len() as u64, "account"),
            issues.opened,
            issues.reopened,
            issues.resolved,
        ));
    }
    context.output.object(&AuditRecord { items, issues })
}

/// What today's checks say about a past instant.
async fn judge_past(context: &Context, at: Timestamp) -> Result<(), Error> {
    let opened = context.open().await?;
    let known = opened.known(Some(at)).await?;
    let pipeline =
        Pipeline::new(opened.log.clone(), known.views.clone()).auditors(context::auditors());
    let accounts = known.views.accounts()?;
    let records = Records::new(&known, context::registry())?;
    let mut found = Vec::new();
    let mut undecided = Undecided::default();
    // Today's rules, parameters among them.
    let today = opened.known(None).await?;
    let governance = today.governance()?;
    for judged in pipeline.judge(&known.views, &accounts, at, governance) {
        let (row, verdict) = judged?;
        undecided.add(&verdict);
        let ItemRow { key, name, arn, .. } = row.clone();
        let item = Item { key, name, arn, config: Value::Null };
        for finding in verdict.findings.values() {
            let ruled = known.ruled(&row, &finding.check)?;
            found.push(records.finding(finding, &item).ruled(ruled));
        }
    }
    if list(context, &records, found)? == 0 {
        silence::explain(context, &known, Query::All)?;
    }
    undecided.tell(context);
    Ok(())
}

/// What the checks say about the configurations in a file, in the world of the store.
///
/// What could not be judged is no "nothing found": the exit code says so, too.
async fn judge_file(
    context: &Context,
    file: &Path,
    technology: Option<&str>,
) -> Result<Exit, Error> {
    if let Some(technology) = technology {
        context::registry().find_technology(technology)?;
    }
    let text = read(file)?;
    let wrong = |reason: String| Error::usage(format!("{}: {reason}", file.display()));
    let value: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let name = match file.file_stem() {
        Some(stem) if stem != "-" => stem.to_string_lossy().into_owned(),
        _ => "stdin".to_owned(),
    };
    let file = file::read(value, technology, &name).map_err(wrong)?;

    // What is ours decides over findings; without a store, nothing is.
    let views = if let Some(opened) = context.open_if_there().await? {
        opened.views
    } else {
        let nothing = Views::in_memory();
        nothing.know(context::registry().technologies());
        nothing
    };
    let known = Known::new(views, Timestamp::now());
    let accounts = known.views.accounts()?;
    let records = Records::new(&known, context::registry())?;
    let auditors = context::auditors();
    let facts = pipeline::facts(&known.views);
    let world = World::new(known.now, &accounts, &facts);
    let mut found = Vec::new();
    let mut undecided = Undecided::default();
    let mut untold = BTreeSet::new();
    let mut technologies = BTreeSet::new();
    let mut is_partly = false;
    for Read { item, unread, unresolved, partly, .. } in &file.all {
        let never_read = unread | unresolved;
        let mut verdict = judge(&auditors, item, &world, &never_read, partly);
        technologies.insert(item.key.technology.as_str());
        untold.extend(unread.iter().map(|at| at.trim_start_matches('/')));
        is_partly |= !unresolved.is_empty() || !partly.is_empty();
        // What the file does not say is told once, not once a check.
        verdict.undecided.retain(
            |_, why| !matches!(why, check::Undecided::Unread(at) if never_read.contains(at)),
        );
        undecided.add(&verdict);
        for finding in verdict.findings.values() {
            let ruled = known.ruled_unrecorded(item, &finding.check)?;
            found.push(records.finding(finding, item).ruled(ruled));
        }
    }
    let judged = count(file.all.len() as u64, "configuration");
    let technologies: Vec<_> = technologies.into_iter().collect();
    let technologies = technologies.join(", ");
    if technology.is_none() {
        context.output.note(format!("took it for {technologies}"));
    }
    context.output.note(format!("{judged} judged as {technologies}"));
    list(context, &records, found)?;
    if !untold.is_empty() {
        let untold: Vec<_> = untold.into_iter().collect();
        context.output.note(format!("not in the file, and not judged: {}", untold.join(", ")));
    }
    for said in &file.said {
        context.output.note(said.clone());
    }
    undecided.tell(context);
    Ok(if undecided.0.is_empty() && !is_partly { Exit::Done } else { Exit::Partly })
}

/// Lists findings, but for those that rules suppress, and says how many these are.
fn list(
    context: &Context,
    records: &Records<'_>,
    mut found: Vec<IssueRecord>,
) -> Result<u64, Error> {
    let all = found.len();
    found.retain(|one| one.suppressed.is_none());
    let suppressed = all - found.len();
    let listed = Shown::default().list(context, records, found)?;
    silence::suppressed(context, suppressed);
    Ok(listed)
}

/// What checks could not know.
#[derive(Default)]
struct Undecided(BTreeMap<(Cow<'static, str>, String), u64>);

impl Undecided {
    fn add(&mut self, verdict: &Verdict) {
        for (check, why) in &verdict.undecided {
            *self.0.entry((check.clone(), why.to_string())).or_default() += 1;
        }
    }

    fn tell(&self, context: &Context) {
        for ((check, why), items) in &self.0 {
            context.output.note(format!("undecided: {check} on {}: {why}", count(*items, "item")));
        }
    }
}
