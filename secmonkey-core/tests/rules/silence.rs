//! Silence is explained: what was looked at, what was not, since when.

use std::borrow::Cow;

use secmonkey_core::event::{Event, ScopeId, StreamId};
use secmonkey_core::item::GLOBAL;
use secmonkey_core::plan::{Plan, PlannedAccount};
use secmonkey_core::technology::Technology;
use secmonkey_core::testing::{Look, REGION, Scene, denied};
use secmonkey_core::view::ScopeRow;
use secmonkey_core::watch::Part;
use serde_json::json;

const GROUP: Technology = Technology { id: Cow::Borrowed("group"), ..Technology::DEFAULT };

fn scope(scene: &Scene, region: &str) -> Option<ScopeRow> {
    let scope = ScopeId {
        account: scene.account.id.clone(),
        technology: GROUP.id.clone().into_owned(),
        region: region.to_owned(),
    };
    scene.views.scope(&scope).unwrap()
}

#[tokio::test]
async fn a_scope_that_came_to_its_end_says_when() {
    let mut scene = Scene::new(&[GROUP]);
    scene.scan(Look::at(&GROUP)).await;
    let first = scope(&scene, REGION).unwrap();
    assert_eq!(first.first_completed.unwrap().at, scene.now());
    scene.scan(Look::at(&GROUP)).await;
    let second = scope(&scene, REGION).unwrap();
    assert_eq!(second.first_completed, first.first_completed);
    assert_eq!(second.last_completed, Some(scene.now()));
}

#[tokio::test]
async fn a_scope_that_failed_never_completed() {
    let mut scene = Scene::new(&[GROUP]);
    scene.scan(Look::at(&GROUP).broken()).await;
    let row = scope(&scene, REGION).unwrap();
    assert_eq!(row.first_completed, None);
    assert_eq!(row.last_failure.unwrap().1.operation, "test:List");
}

#[tokio::test]
async fn the_failure_of_a_part_is_over_once_it_is_read_again() {
    let mut scene = Scene::new(&[GROUP]);
    let look = |part| Look::at(&GROUP).item("sg-1", json!({})).part("/Policy", part);
    scene.scan(look(Part::Failed(denied("test:GetPolicy")))).await;
    let row = scope(&scene, REGION).unwrap();
    assert_eq!(row.last_failure.unwrap().1.operation, "test:GetPolicy");
    scene.scan(look(Part::Absent)).await;
    assert_eq!(scope(&scene, REGION).unwrap().last_failure, None);
}

#[tokio::test]
async fn a_region_that_is_no_longer_planned_is_unwatched_and_keeps_its_items() {
    let mut scene = Scene::new(&[GROUP]);
    scene.scan(Look::at(&GROUP).item("sg-1", json!({}))).await;
    scene.events().await;
    scene.regions = vec![GLOBAL.to_owned(), "us-east-1".to_owned()];
    scene.scan(Look::at(&GROUP).region("us-east-1")).await;
    assert_eq!(scene.events().await, Vec::<String>::new(), "nothing is deleted");
    let since = scope(&scene, REGION).unwrap().unwatched_since;
    assert_eq!(since, Some(scene.now()));

    scene.scan(Look::at(&GROUP).region("us-east-1")).await;
    assert_eq!(scope(&scene, REGION).unwrap().unwatched_since, since, "since the first time");

    scene.regions = vec![GLOBAL.to_owned(), REGION.to_owned()];
    scene.scan(Look::at(&GROUP).item("sg-1", json!({}))).await;
    assert_eq!(scope(&scene, REGION).unwrap().unwatched_since, None);
    assert_eq!(scene.events().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_scan_of_some_regions_leaves_the_others_watched() {
    let mut scene = Scene::new(&[GROUP]);
    scene.scan(Look::at(&GROUP)).await;
    let plan = Plan {
        accounts: vec![PlannedAccount {
            account: scene.account.clone(),
            regions: Ok(vec!["us-east-1".to_owned()]),
        }],
        all_regions: false,
        ..Plan::default()
    };
    scene.scan_plan(vec![Look::at(&GROUP).region("us-east-1")], plan).await;
    assert_eq!(scope(&scene, REGION).unwrap().unwatched_since, None);
}

#[tokio::test]
async fn a_technology_that_is_off_is_unwatched_and_keeps_its_items() {
    const OTHER: Technology = Technology { id: Cow::Borrowed("other"), ..Technology::DEFAULT };
    let mut scene = Scene::new(&[GROUP, OTHER]);
    let looks =
        || vec![Look::at(&GROUP).item("sg-1", json!({})), Look::at(&OTHER).item("o-1", json!({}))];
    let all = scene.plan();
    scene.scan_plan(looks(), all).await;
    scene.events().await;
    let plan = scene.plan().without(["group"]);
    scene.scan_plan(looks(), plan).await;
    assert_eq!(scene.events().await, Vec::<String>::new(), "nothing is deleted");
    let since = scope(&scene, REGION).unwrap().unwatched_since;
    assert_eq!(since, Some(scene.now()));

    // A scan of some things says so, too, and does not look.
    let plan = scene.plan().only(["other"]).without(["group"]);
    let summary = scene.scan_plan(looks(), plan).await;
    assert_eq!(summary.items.seen, 1);
    assert_eq!(scope(&scene, REGION).unwrap().unwatched_since, since, "since the first time");

    let all = scene.plan();
    scene.scan_plan(looks(), all).await;
    assert_eq!(scope(&scene, REGION).unwrap().unwatched_since, None);
    assert_eq!(scene.events().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_account_that_is_switched_off_is_unwatched() {
    let mut scene = Scene::new(&[GROUP]);
    scene.scan(Look::at(&GROUP)).await;
    let mut account = scene.account.clone();
    account.active = false;
    let stream = StreamId::account(&account.id);
    scene.append(stream, Event::AccountUpdated(account)).await;
    assert_eq!(scope(&scene, REGION).unwrap().unwatched_since, Some(scene.now()));
}

#[tokio::test]
async fn regions_that_cannot_be_listed_fail_the_regional_scopes_only() {
    const USER: Technology = Technology {
        id: Cow::Borrowed("user"),
        reach: secmonkey_core::technology::Reach::Global,
        ..Technology::DEFAULT
    };
    for technology in [GROUP, USER] {
        let mut scene = Scene::new(std::slice::from_ref(&technology));
        let plan = Plan {
            accounts: vec![PlannedAccount {
                account: scene.account.clone(),
                regions: Err(denied("ec2:DescribeRegions")),
            }],
            all_regions: true,
            ..Plan::default()
        };
        let look = Look::at(&technology).item("x", json!({}));
        let summary = scene.scan_plan(vec![look], plan).await;
        if technology == USER {
            assert_eq!(summary.failures, []);
            assert_eq!(summary.items.seen, 1);
        } else {
            assert_eq!(summary.failures[0].operation, "ec2:DescribeRegions");
            assert_eq!(summary.failures[0].scope.region, "*");
            assert_eq!(summary.items.seen, 0);
        }
    }
}

#[tokio::test]
async fn only_planned_technologies_are_recorded() {
    const OTHER: Technology = Technology { id: Cow::Borrowed("other"), ..Technology::DEFAULT };
    let mut scene = Scene::new(&[GROUP, OTHER]);
    let plan = Plan {
        accounts: vec![PlannedAccount {
            account: scene.account.clone(),
            regions: Ok(scene.regions.clone()),
        }],
        technologies: vec!["other".to_owned()],
        all_regions: true,
        ..Plan::default()
    };
    let looks =
        vec![Look::at(&GROUP).item("sg-1", json!({})), Look::at(&OTHER).item("o-1", json!({}))];
    scene.scan_plan(looks, plan).await;
    assert_eq!(scene.events().await, ["o-1: item_discovered {}"]);
}

#[tokio::test]
async fn an_item_that_was_seen_again_says_when() {
    let mut scene = Scene::new(&[GROUP]);
    let look = || Look::at(&GROUP).item("sg-1", json!({}));
    scene.scan(look()).await;
    scene.scan(look()).await;
    let row = scene.views.item(&scene.key(&GROUP, "sg-1")).unwrap().unwrap();
    assert_eq!(scene.views.last_seen(&row).unwrap(), scene.now());
    assert!(row.last_changed < scene.now());
    scene.scan(Look::at(&GROUP).broken()).await;
    assert!(scene.views.last_seen(&row).unwrap() < scene.now(), "a failed look sees nothing");
}
