//! `secmonkey import --items`: configurations that somebody else read, as a watcher's sightings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::account::Account;
use secmonkey_core::event::Actor;
use secmonkey_core::item::{GLOBAL, Key};
use secmonkey_core::pipeline::{Pipeline, Summary};
use secmonkey_core::plan::{self, Plan, PlannedAccount};
use secmonkey_core::record::Records;
use secmonkey_core::technology::{Reach, Technology};
use secmonkey_core::view::Views;
use secmonkey_core::watch::{Cause, Error as WatchError, Given, Observed, Part, Told, Watcher};
use serde_json::{Map, Value};

use crate::args::Inventory;
use crate::command::account::read;
use crate::command::audit::file::{self, Read};
use crate::console::{self, count};
use crate::context::{self, Context};
use crate::output::{self, GREEN};
use crate::table::width;

/// What failures of an import name as their operation.
const IMPORT: &str = "import";

/// Records the configurations of a file, and judges them.
pub async fn import(context: &Context, file: &Path, of: &Inventory) -> Result<Exit, Error> {
    if let Some(technology) = &of.technology {
        context::registry().find_technology(technology)?;
    }
    let text = read(file)?;
    let opened = context.hold().await?;
    let asked: Vec<_> = of.account.iter().cloned().collect();
    let accounts = plan::accounts(&opened.views.accounts()?, &asked)?;
    let Some(account) = accounts.first() else {
        return Err(Error::usage("nobody says whose they are: name the account with --account"));
    };
    let wrong = |reason: String| Error::usage(format!("{}: {reason}", file.display()));
    let source = match file.file_name() {
        Some(name) if file != Path::new("-") => name.to_string_lossy().into_owned(),
        _ => "standard input".to_owned(),
    };
    let mut found = Inventoried::new(account, of, &source, &opened.views);
    for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        let value = value.map_err(|error| wrong(error.to_string()))?;
        found.take(value).map_err(wrong)?;
    }
    let Inventoried { items, unread, said, strangers, .. } = found;
    let given = given(account, of, &source, items).map_err(wrong)?;
    if strangers > 0 {
        let other = count(strangers, "configuration");
        context
            .output
            .note(format!("left out: {other} of other accounts than {}", account.title()));
    }
    for said in said {
        context.output.note(said.replace("not judged", "left out"));
    }

    let regions = given.iter().flat_map(Given::regions).map(str::to_owned);
    let regions: BTreeSet<String> = regions.collect();
    let technologies: Vec<String> = given
        .iter()
        .flat_map(|one| one.technologies().iter().map(|technology| technology.id.to_string()))
        .collect();
    let plan = Plan {
        accounts: vec![PlannedAccount {
            account: account.clone(),
            regions: Ok(regions.into_iter().collect()),
        }],
        technologies,
        ..Plan::default()
    };
    let started = Instant::now();
    let watchers = given.into_iter().map(|one| Arc::new(one) as Arc<dyn Watcher>);
    let pipeline = Pipeline::new(opened.log.clone(), opened.views.clone())
        .watchers(watchers)
        .auditors(context::auditors())
        .actor(Actor::from(IMPORT))
        .digest_key(opened.digest_key()?)
        .limits(context.config.scan.limits());
    let summary = pipeline.scan(&plan).await?;
    if !unread.is_empty() {
        let unread: Vec<_> = unread.iter().map(|at| at.trim_start_matches('/')).collect();
        context
            .output
            .note(format!("not in the file, and as it was before: {}", unread.join(", ")));
    }
    if !of.complete {
        context.output.note("what the file does not name stays: with --complete it would be gone");
    }
    tell(context, &opened.views, &summary, started, account)?;
    let expected = |failure: &&secmonkey_core::event::Failure| failure.operation != IMPORT;
    let others: Vec<_> = summary.failures.iter().filter(expected).collect();
    for failure in &others {
        output::warn(&format!(
            "{}: {}",
            failure.item.as_deref().unwrap_or(&failure.scope.technology),
            failure.reason
        ));
    }
    if let Some(reason) = summary.unpublished {
        return Err(Error::Store(format!("all is recorded, but the head is not kept: {reason}")));
    }
    Ok(if others.is_empty() { Exit::Done } else { Exit::Partly })
}

fn tell(
    context: &Context,
    views: &Views,
    summary: &Summary,
    started: Instant,
    account: &Account,
) -> Result<(), Error> {
    if !context.output.is_table() {
        let known = secmonkey_core::query::Known::new(views.clone(), summary.started_at);
        let records = Records::new(&known, context::registry())?;
        return context.output.object(&records.scan(summary, started.elapsed(), 0)?);
    }
    let (items, issues) = (&summary.items, &summary.issues);
    output::print(&format!(
        "{}{GREEN}Imported{GREEN:#}: {} into {}: {} new, {} changed, {} deleted, {} unchanged.\nIssues: \
         {} opened, {} reopened, {} resolved.\n",
        console::messages(&summary.messages, width()),
        count(items.seen, "configuration"),
        account.title(),
        items.created,
        items.changed,
        items.deleted,
        items.unchanged,
        issues.opened,
        issues.reopened,
        issues.resolved,
    ))
}

/// Items by technology and region, then by id.
type Items = BTreeMap<(String, String), BTreeMap<String, Observed>>;

/// The watchers of what was found: one for each reach.
fn given(
    account: &Account,
    of: &Inventory,
    source: &str,
    mut items: Items,
) -> Result<Vec<Given>, String> {
    // Where nothing is named, that is said of what was asked for.
    if let (Some(technology), true) = (&of.technology, items.is_empty() && of.complete) {
        let region = region(&context::technology(technology), None, of)?;
        items.insert((technology.clone(), region), BTreeMap::new());
    }
    if items.is_empty() {
        return Err("it holds nothing that can be recorded".to_owned());
    }
    // What is complete is so for each technology in its own regions.
    let mut all: BTreeMap<String, Given> = BTreeMap::new();
    for ((technology, region), items) in items {
        let given = all.remove(&technology).unwrap_or_else(|| {
            Given::new(account.provider.clone(), [context::technology(&technology)], source)
        });
        all.insert(technology, given.with(region, items.into_values()));
    }
    let complete = |given: Given| if of.complete { given.complete() } else { given };
    Ok(all.into_values().map(complete).collect())
}

/// Where an item of a technology is.
fn region(technology: &Technology, says: Option<&str>, of: &Inventory) -> Result<String, String> {
    match (technology.reach, says.or(of.region.as_deref())) {
        (Reach::Global, _) => Ok(GLOBAL.to_owned()),
        (Reach::Regional, Some(region)) if region != GLOBAL => Ok(region.to_owned()),
        (Reach::Regional, _) => {
            Err(format!("{} is regional, and no region is said: pass --region", technology.id))
        }
    }
}

/// What a file holds.
struct Inventoried<'a> {
    account: &'a Account,
    of: &'a Inventory,
    source: &'a str,
    views: &'a Views,
    items: Items,
    /// How many values were read.
    number: u64,
    /// What the file does not say of some item.
    unread: BTreeSet<String>,
    /// What else is to be said.
    said: BTreeSet<String>,
    /// How many are of other accounts.
    strangers: u64,
}

impl<'a> Inventoried<'a> {
    fn new(account: &'a Account, of: &'a Inventory, source: &'a str, views: &'a Views) -> Self {
        Self {
            account,
            of,
            source,
            views,
            items: Items::new(),
            number: 0,
            unread: BTreeSet::new(),
            said: BTreeSet::new(),
            strangers: 0,
        }
    }

    /// Takes a value of the file: an item, a list of them, or what AWS puts around them.
    fn take(&mut self, value: Value) -> Result<(), String> {
        match value {
            Value::Array(all) => all.into_iter().try_for_each(|one| self.take(one)),
            Value::Object(members) => {
                self.number += 1;
                let number = self.number;
                self.object(members).map_err(|reason| format!("value {number}: {reason}"))
            }
            _ => Err(format!("value {}: it is no JSON object", self.number + 1)),
        }
    }

    fn object(&mut self, members: Map<String, Value>) -> Result<(), String> {
        if members.contains_key("config") && !members.contains_key("key") {
            return self.told(members);
        }
        let wanted = self.of.technology.as_deref();
        let file = file::read(Value::Object(members), wanted, self.source)?;
        self.said.extend(file.said);
        file.all.into_iter().try_for_each(|read| self.read(read.without_guesses()))
    }

    /// An item as a program would print it: what it does not have, there is not, except what it
    /// says was not read.
    fn told(&mut self, mut members: Map<String, Value>) -> Result<(), String> {
        let unread = pointers(members.remove("unread"))?;
        let told = Told::read(members)?;
        let technology = match (&told.technology, &self.of.technology) {
            (Some(says), Some(wanted)) if says != wanted => {
                return Err(format!("it is of the technology {says}, not {wanted}"));
            }
            (Some(id), _) | (None, Some(id)) => id,
            (None, None) => return Err("it says no technology: pass --technology".to_owned()),
        };
        let known = context::registry().find_technology(technology);
        let technology = known.map_err(|error| error.to_string())?.clone();
        let region = region(&technology, told.region.as_deref(), self.of)?;
        self.add(&technology, region, told.observed(&technology), unread)
    }

    fn read(&mut self, read: Read) -> Result<(), String> {
        if read.account().is_some_and(|account| *account != self.account.id) {
            self.strangers += 1;
            return Ok(());
        }
        let technology = context::technology(&read.item.key.technology);
        if technology.id == "sqs_queue" && read.item.config.get("Attributes").is_none() {
            self.said.insert("left out: queues, whose members have other names there".to_owned());
            return Ok(());
        }
        let id = read.id().ok_or_else(|| {
            format!(
                "it does not say what names a {} for ever: put {{\"id\": ..., \"config\": ...}} \
                 around it",
                technology.title
            )
        })?;
        let region = region(&technology, read.region.as_deref(), self.of)?;
        let Read { item, mut unread, unresolved, partly, is_recorded, .. } = read;
        unread.extend(unresolved);
        unread.extend(partly);
        let key = Key {
            account: self.account.id.clone(),
            technology: technology.id.to_string(),
            region: region.clone(),
            id: id.clone(),
        };
        if !is_recorded {
            // Others leave out what we read with calls of its own.
            let known = self.views.config(&key).map_err(|error| error.to_string())?;
            let known = known.as_ref().and_then(Value::as_object).into_iter().flatten();
            let missing = known.filter(|(name, _)| item.config.get(name.as_str()).is_none());
            unread.extend(missing.map(|(name, _)| pointer(name)));
        }
        let name = if item.name == self.source { id.clone() } else { item.name };
        let observed = Observed::new(&technology, id, item.config).named(name).with_arn(item.arn);
        self.add(&technology, region, observed, unread)
    }

    fn add(
        &mut self,
        technology: &Technology,
        region: String,
        observed: Observed,
        unread: BTreeSet<String>,
    ) -> Result<(), String> {
        self.unread.extend(unread.iter().cloned());
        let source = self.source;
        let observed = unread.into_iter().fold(observed, |observed, pointer| {
            let reason = format!("{source} does not say it");
            let failed = Part::Failed(WatchError::new(IMPORT, Cause::Other, reason));
            observed.with(pointer, failed)
        });
        let key = Key {
            account: self.account.id.clone(),
            technology: technology.id.to_string(),
            region,
            id: observed.id.clone(),
        };
        // What cannot be recorded ends the import before anything is.
        key.check().map_err(|error| error.to_string())?;
        let Key { technology: named, region, id, .. } = key;
        let place = (named, region);
        let there = self.items.entry(place).or_default();
        if there.insert(id.clone(), observed).is_some() {
            return Err(format!("the {} {id} is there twice", technology.title));
        }
        Ok(())
    }
}

/// The pointer to a member.
fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Pointers, as texts or as `show --format json` prints them.
fn pointers(value: Option<Value>) -> Result<BTreeSet<String>, String> {
    let wrong = || "its `unread` is no list of pointers such as \"/Policy\"".to_owned();
    let all = match value {
        None | Some(Value::Null) => return Ok(BTreeSet::new()),
        Some(Value::Array(all)) => all,
        Some(_) => return Err(wrong()),
    };
    let text = |one: Value| match one {
        Value::String(text) => Some(text),
        Value::Object(members) => members.get("pointer")?.as_str().map(str::to_owned),
        _ => None,
    };
    let pointers = all.into_iter().map(|one| text(one).filter(|text| text.starts_with('/')));
    pointers.map(|one| one.ok_or_else(wrong)).collect()
}
