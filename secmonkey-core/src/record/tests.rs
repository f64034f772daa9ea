use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::check::{Check, Finding, Rule};
use crate::item::Item;
use crate::query::{self, Query, Selection};
use crate::technology::Technology;
use crate::testing::{Look, PROVIDER, Scene, denied};
use crate::watch::Part;

const GROUP: Technology =
    Technology { provider: PROVIDER, id: Cow::Borrowed("group"), ..Technology::DEFAULT };
const OPEN: Check = Check {
    id: Cow::Borrowed("group.open"),
    technology: Cow::Borrowed("group"),
    score: 7,
    page: Cow::Borrowed("# Group is open\n\nEverybody gets in.\n\n**Fix:** close it. Soon.\n"),
    ..Check::DEFAULT
};
const ADMIN: Check = Check {
    id: Cow::Borrowed("group.admin_open"),
    score: 10,
    part_of: Some(Cow::Borrowed("group.open")),
    ..OPEN
};

fn registry() -> Registry {
    Registry::new([GROUP], [OPEN, ADMIN])
}

/// A group that is open, in a scene that has seen it.
async fn scene() -> Scene {
    let open = |check: Check| {
        Rule::new(check, |item, _, found| {
            if item.config["Open"] == true {
                found.add("", "open to everybody").at("/Open");
            }
            Ok(())
        })
    };
    let mut scene = Scene::new(&[GROUP]).check(&open(OPEN)).check(&open(ADMIN));
    scene.scan(Look::at(&GROUP).item("sg-1", json!({ "Open": true }))).await;
    scene
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

#[tokio::test]
async fn items_and_issues_as_json() {
    let scene = scene().await;
    let known = Known::new(scene.views.clone(), scene.now());
    let registry = registry();
    let records = Records::new(&known, &registry).unwrap();
    let items = query::items(&known, &registry, Query::All).unwrap();
    let items: Vec<_> = items.map(|item| records.item(&item.unwrap())).collect();
    let issues = query::issues(&known, &registry, "status:any".parse().unwrap()).unwrap();
    let mut issues: Vec<_> = issues.map(|issue| records.issue_state(&issue.unwrap())).collect();
    records.sort(&mut issues);
    assert_eq!(issues.iter().map(|one| one.is_part).collect::<Vec<_>>(), [false, true]);
    insta::assert_snapshot!(pretty(&json!({ "items": items, "issues": issues })));
}

#[tokio::test]
async fn a_scan_as_json_tells_what_it_opened_and_resolved() {
    let mut scene = scene().await;
    let look = Look::at(&GROUP).item("sg-1", json!({})).item("sg-2", json!({ "Open": true }));
    let summary = scene.scan(look).await;
    let known = Known::new(scene.views.clone(), scene.now());
    let registry = registry();
    let records = Records::new(&known, &registry).unwrap();
    let mut record = records.scan(&summary, Duration::from_millis(1_500), 12).unwrap();
    let told = |list: &[IssueRecord]| {
        let told = |one: &IssueRecord| (one.name.clone(), one.check.clone(), one.resolved_reason);
        list.iter().map(told).collect::<Vec<_>>()
    };
    let named = |name: &str, check: &Check, reason| {
        (name.to_owned(), check.id.clone().into_owned(), reason)
    };
    assert_eq!(told(&record.opened), [named("sg-2", &ADMIN, None), named("sg-2", &OPEN, None)]);
    let fixed = Some("fixed");
    assert_eq!(told(&record.resolved), [named("sg-1", &ADMIN, fixed), named("sg-1", &OPEN, fixed)]);
    record.opened.clear();
    record.resolved.clear();
    insta::assert_snapshot!(pretty(&record));
}

#[tokio::test]
async fn the_overview_as_json() {
    let mut scene = scene().await;
    scene.scan(Look::at(&GROUP).item("sg-2", json!({ "Open": true }))).await;
    let known = Known::new(scene.views.clone(), scene.now());
    let registry = registry();
    let overview = query::overview(&known, &registry).unwrap();
    insta::assert_snapshot!(pretty(&Records::new(&known, &registry).unwrap().overview(&overview)));
}

#[tokio::test]
async fn an_issue_in_detail_as_json() {
    let mut scene = scene().await;
    let closed = || Look::at(&GROUP).item("sg-1", json!({ "Open": false }));
    scene.scan(closed()).await;
    let open = || json!({ "Open": true });
    scene.scan(Look::at(&GROUP).item("sg-1", open()).item("sg-2", open())).await;
    let known = Known::new(scene.views.clone(), scene.now());
    let registry = registry();
    let issue = scene
        .issues()
        .into_iter()
        .find(|one| one.key == scene.key(&GROUP, "sg-1") && one.finding.check == OPEN.id);
    let id = issue.unwrap().finding.issue;
    let log = scene.log.as_ref();
    let detail = query::issue_detail(log, &known, &registry, id.as_str(), |_| Ok(true));
    let detail = detail.await.unwrap();
    insta::assert_snapshot!(pretty(&Records::new(&known, &registry).unwrap().issue_detail(detail)));
}

#[tokio::test]
async fn the_status_as_json() {
    let mut scene = scene().await;
    let policy =
        |part| Look::at(&GROUP).item("sg-1", json!({ "Open": true })).part("/Policy", part);
    scene.scan(policy(Part::Failed(denied("test:GetPolicy")))).await;
    let known = Known::new(scene.views.clone(), scene.now());
    let registry = registry();
    let records = Records::new(&known, &registry).unwrap();
    let coverage = query::coverage(&known, &registry, &Selection::default()).unwrap();
    insta::assert_snapshot!(pretty(&records.status(&coverage)));
}

#[test]
fn a_check_is_of_the_provider_whose_technology_it_judges() {
    let known = Known::new(Views::in_memory(), Timestamp::UNIX_EPOCH);
    let registry = registry();
    let records = Records::new(&known, &registry).unwrap();
    assert_eq!(records.check(&OPEN).provider, Some(PROVIDER));
    let other = Check { technology: Cow::Borrowed("queue"), ..OPEN };
    assert_eq!(records.check(&other).provider, None);
    insta::assert_snapshot!(pretty(&records.check(&ADMIN)));
}

#[test]
fn of_a_family_the_strongest_leads() {
    let known = Known::new(Views::in_memory(), Timestamp::UNIX_EPOCH);
    let registry = registry();
    let records = Records::new(&known, &registry).unwrap();
    let found = |id: &str, check: &'static str, score| {
        let item = Item {
            key: format!("1/group/eu-west-1/{id}").parse().unwrap(),
            name: id.to_owned(),
            arn: None,
            config: json!({}),
        };
        let finding = Finding {
            check: Cow::Borrowed(check),
            subject: String::new(),
            score,
            detail: String::new(),
            evidence: Vec::new(),
            grounds: BTreeSet::new(),
            doubt: BTreeSet::new(),
        };
        records.finding(&finding, &item)
    };
    let (whole, part) = ("group.open", "group.admin_open");
    let mut issues = vec![
        found("a", part, 10),
        found("b", part, 10),
        found("a", whole, 5),
        found("c", "group.egress", 7),
    ];
    records.sort(&mut issues);
    let order: Vec<_> = issues
        .iter()
        .map(|issue| (issue.name.as_str(), issue.check.as_str(), issue.is_part))
        .collect();
    // A part without its whole stands for itself.
    assert_eq!(
        order,
        [("a", part, false), ("a", whole, true), ("b", part, false), ("c", "group.egress", false)],
    );
}
