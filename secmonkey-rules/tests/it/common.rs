//! A folder of rules, and an item to judge by them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use secmonkey_core::Timestamp;
use secmonkey_core::account::{Account, Accounts};
use secmonkey_core::check::page::Surroundings;
use secmonkey_core::check::{Auditor as _, Check, Facts, Findings, World};
use secmonkey_core::item::Item;
use secmonkey_core::provider::Provider;
use secmonkey_core::registry::Registry;
use secmonkey_core::technology::{Reach, Technology};
use secmonkey_rules::{Error, Rules};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What is read and judged beside the rules.
pub fn registry() -> Registry {
    let technology = |id: &'static str| Technology {
        id: id.into(),
        reach: Reach::Regional,
        ..Technology::DEFAULT
    };
    let taken = Check { id: "box.taken".into(), technology: "box".into(), ..Check::DEFAULT };
    Registry::new(["box", "lid", "shelf"].map(technology), [taken])
}

/// A page that says all that a page has to.
pub fn page(check: &Value) -> String {
    format!(
        "# Box is open\n\nThings fall out.\n\n**Fix:** close it.\n\n\
         ```json check\n{check}\n```\n\n\
         ```json fail: open\n{{\"Lid\": \"open\"}}\n```\n\n```json pass\n{{}}\n```\n"
    )
}

/// What the rule of most tests declares.
pub fn declared() -> Value {
    json!({ "id": "box.open", "technology": "box", "score": 5, "reads": ["/Lid"] })
}

/// A rule with this behind its package.
pub fn rego(body: &str) -> String {
    format!("package rules.open\n\n{body}\n")
}

/// The rule of most tests.
pub const OPEN: &str =
    "findings contains {\"detail\": \"it is open\"} if input.item.config.Lid == \"open\"";

/// A folder with these files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The rules of a folder with these files.
pub fn rules(files: &[(&str, &str)]) -> Result<Rules, Error> {
    Rules::read(folder(files).path(), &registry())
}

/// One rule that declares this, in `open.rego`.
pub fn rule(check: &Value, body: &str) -> Rules {
    rules(&[("open.rego", &rego(body)), ("open.md", &page(check))]).unwrap()
}

/// What is wrong with files, without the folder they are in.
#[track_caller]
pub fn wrong(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let said = Rules::read(folder.path(), &registry()).unwrap_err().to_string();
    without(folder.path(), &said)
}

pub fn without(folder: &Path, said: &str) -> String {
    said.replace(&format!("{}/", folder.display()), "")
        .replace(&folder.display().to_string(), "DIR")
}

pub fn item(config: Value) -> Item {
    Item {
        key: "123456789012/box/eu-west-1/b-1".parse().unwrap(),
        name: "one".to_owned(),
        arn: Some("arn:box:b-1".to_owned()),
        config,
    }
}

/// What stands around the item, in the form of a page.
pub fn around(world: &Value) -> Surroundings {
    let text = format!("# T\n```json world\n{world}\n```\n```json pass\n{{}}\n```\n");
    let page = secmonkey_core::check::page::Page::parse(&text).unwrap();
    (**page.examples[0].world.as_ref().unwrap()).clone()
}

/// The verdict as lines: findings, then what is undecided.
pub fn said(rules: &Rules, item: &Item, facts: &dyn Facts) -> Vec<String> {
    let mut accounts = Accounts::default();
    let id = "123456789012".parse().unwrap();
    accounts.insert(Account::new(Provider::named("test"), id, "own"));
    let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
    let world = World::new(now, &accounts, facts);
    let mut found = Findings::default();
    rules.audit(item, &world, &mut found);
    let (findings, undecided) = found.into_parts();
    let findings = findings.into_values().map(|one| {
        let mut said = vec![format!("{} [{}] {}", one.score, one.subject, one.detail)];
        said.extend(one.evidence);
        said.extend(one.doubt.iter().map(|doubt| format!("?{doubt}")));
        said.join(" ")
    });
    let undecided: BTreeMap<_, _> = undecided.into_iter().collect();
    findings.chain(undecided.into_iter().map(|(id, why)| format!("{id}: {why}"))).collect()
}
