//! `secmonkey audit`

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use secmonkey_core::Timestamp;
use secmonkey_core::account::Account;
use secmonkey_core::audit::{Verdict, judge};
use secmonkey_core::check::{Auditor, World};
use secmonkey_core::config::canonicalise;
use secmonkey_core::item::{GLOBAL, Item, Key};
use secmonkey_core::pipeline::{self, Pipeline};
use secmonkey_core::query::{Filter, Known};
use secmonkey_core::record::{AuditRecord, Records};
use secmonkey_core::technology::Reach;
use secmonkey_core::view::Views;
use serde_json::Value;

use super::account::read;
use super::issues;
use crate::args::Audit;
use crate::console::{self, count};
use crate::context::{self, Context};
use crate::error::{Error, Exit};
use crate::output;
use crate::silence;

pub async fn run(context: &Context, args: Audit) -> Result<Exit, Error> {
    match (args.at, &args.file, &args.technology) {
        (_, Some(file), Some(technology)) => judge_file(context, file, technology).await?,
        (Some(at), ..) => judge_past(context, at).await?,
        _ => audit_stored(context).await?,
    }
    Ok(Exit::Done)
}

/// Judges everything stored of our accounts, and records what comes of it.
async fn audit_stored(context: &Context) -> Result<(), Error> {
    let opened = context.open().await?;
    let accounts: Vec<Account> =
        opened.views.accounts()?.iter().filter(|one| !one.third_party).cloned().collect();
    let mut items = 0_u64;
    for account in &accounts {
        for row in opened.views.items_of(&account.id) {
            items += u64::from(!row?.deleted);
        }
    }
    let pipeline = Pipeline::new(opened.log.clone(), opened.views.clone())
        .auditor(Arc::new(secmonkey_aws::check::catalogue()))
        .actor(context::actor());
    let summary = pipeline.audit(&accounts).await?;
    if let Some(reason) = summary.unpublished {
        return Err(Error::Store(format!("what was judged by then is recorded: {reason}")));
    }
    let issues = summary.issues;
    if context.output.is_table() {
        return output::print(&format!(
            "{}{} of {} judged: {} opened, {} reopened, {} resolved\n",
            console::messages(&summary.messages),
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
    let pipeline = Pipeline::new(opened.log.clone(), known.views.clone())
        .auditor(Arc::new(secmonkey_aws::check::catalogue()));
    let accounts = known.views.accounts()?;
    let records = Records::new(&known, context::registry())?;
    let mut found = Vec::new();
    let mut undecided = Undecided::default();
    for judged in pipeline.judge(&known.views, &accounts, at) {
        let (row, verdict) = judged?;
        let item = Item { key: row.key, name: row.name, arn: row.arn, config: Value::Null };
        undecided.add(&verdict);
        found.extend(verdict.findings.values().map(|finding| records.finding(finding, &item)));
    }
    if issues::list(context, &records, found)? == 0 {
        silence::explain(context, &known, Filter::default())?;
    }
    undecided.tell(context);
    Ok(())
}

/// What the checks say about the configurations in a file, in the world of the store.
async fn judge_file(context: &Context, file: &Path, technology: &str) -> Result<(), Error> {
    context::registry().find_technology(technology)?;
    let text = read(file)?;
    let wrong = |reason: String| Error::usage(format!("{}: {reason}", file.display()));
    let value: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let name = match file.file_stem() {
        Some(stem) if stem != "-" => stem.to_string_lossy().into_owned(),
        _ => "stdin".to_owned(),
    };
    let configs = match value {
        Value::Array(all) => all,
        one => vec![one],
    };
    let items = configs
        .into_iter()
        .enumerate()
        .map(|(at, config)| item(config, technology, &name, at + 1).map_err(wrong))
        .collect::<Result<Vec<_>, _>>()?;

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
    let auditors: [Arc<dyn Auditor>; 1] = [Arc::new(secmonkey_aws::check::catalogue())];
    let facts = pipeline::facts(&known.views);
    let world = World::new(known.now, &accounts, &facts);
    let nothing = BTreeSet::new();
    let mut found = Vec::new();
    let mut undecided = Undecided::default();
    for item in &items {
        let verdict = judge(&auditors, item, &world, &nothing, &nothing);
        undecided.add(&verdict);
        found.extend(verdict.findings.values().map(|finding| records.finding(finding, item)));
    }
    issues::list(context, &records, found)?;
    undecided.tell(context);
    Ok(())
}

/// A configuration of a file as an item: what `show --format json` prints says of what
/// item it is, anything else is of an account that nobody has.
fn item(value: Value, id: &str, name: &str, number: usize) -> Result<Item, String> {
    let technology = context::technology(id);
    let Value::Object(mut members) = value else {
        return Err(format!("the configuration {number} is not a JSON object"));
    };
    let key = members.get("key").and_then(Value::as_str).and_then(|key| key.parse::<Key>().ok());
    let (key, name, arn, mut config) = match key {
        Some(key) if key.technology == id && members.contains_key("config") => {
            let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
            let name = text(members.get("name")).unwrap_or_else(|| key.id.clone());
            let arn = text(members.get("arn"));
            (key, name, arn, members.remove("config").unwrap_or_default())
        }
        Some(key) if key.technology != id => {
            return Err(format!("{key} is not of the technology {id}"));
        }
        _ => {
            let region = match technology.reach {
                Reach::Global => GLOBAL,
                Reach::Regional => "file",
            };
            let key = format!("000000000000/{id}/{region}/{number}");
            let key = key.parse().map_err(|error| format!("{error}"))?;
            (key, name.to_owned(), None, Value::Object(members))
        }
    };
    canonicalise(&mut config, &technology);
    Ok(Item { key, name, arn, config })
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_show_prints_says_of_what_item_it_is() {
        let key = "123456789012/security_group/eu-west-1/sg-1";
        let shown = json!({"key": key, "name": "web", "config": {"GroupName": "web"}, "score": 3});
        let item = item(shown, "security_group", "file", 1).unwrap();
        assert_eq!((item.key.to_string().as_str(), item.name.as_str()), (key, "web"));
        assert_eq!(item.config, json!({"GroupName": "web"}));
    }

    #[test]
    fn anything_else_is_a_configuration() {
        let item = item(json!({"GroupName": "web"}), "security_group", "file", 2).unwrap();
        assert_eq!((item.key.id.as_str(), item.name.as_str()), ("2", "file"));
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        assert!(item(json!(7), "security_group", "file", 1).is_err());
        let other = json!({"key": "123456789012/iam_user/global/AIDA", "config": {}});
        assert!(item(other, "security_group", "file", 1).is_err());
    }
}
