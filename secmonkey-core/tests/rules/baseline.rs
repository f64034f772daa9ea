//! First looks and first decisions: recorded, told in numbers, no storm, whenever they come.

use std::borrow::Cow;
use std::sync::LazyLock;

use secmonkey_core::account::Account;
use secmonkey_core::check::{Check, Rule};
use secmonkey_core::plan::Plan;
use secmonkey_core::technology::{Kind, Name, Technology, Texts};
use secmonkey_core::testing::{Look, PROVIDER, REGION, Scene, counted, denied};
use secmonkey_core::watch::Part;
use serde_json::json;

const BUCKETS: Kind = Kind::named("bucket");

const BUCKET: Technology = Technology {
    provider: PROVIDER,
    id: Cow::Borrowed("bucket"),
    names: Cow::Borrowed(&[Name::new(BUCKETS, "/Name")]),
    ..Technology::DEFAULT
};

/// Finds what a bucket trusts and nobody owns.
static STRANGER: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "bucket.stranger".into(),
        technology: "bucket".into(),
        score: 10,
        reads: Texts::new(&["/Trusts"]),
        world: Texts::new(&["known"]),
        page: "# Bucket trusts a stranger\n\n**Fix:** Trust nobody. It helps.".into(),
        ..Check::DEFAULT
    };
    Rule::new(check, |item, world, found| {
        if let Some(name) = item.config["Trusts"].as_str()
            && world.owners(&BUCKETS, name)?.is_empty()
        {
            found.add(name, format!("{name} is nobody's"));
        }
        Ok(())
    })
});

fn account(id: &str) -> Account {
    Account::new(PROVIDER, id.parse().unwrap(), format!("account {id}"))
}

fn plan(accounts: &[Account]) -> Plan {
    Plan::all(accounts.iter().map(|account| (account.clone(), vec![REGION.to_owned()])))
}

/// Both accounts have a bucket that trusts the other's, and one that trusts a stranger.
fn two() -> Look {
    Look::at(&BUCKET)
        .item("a", json!({ "Name": "a", "Trusts": "b" }))
        .item("b", json!({ "Name": "b", "Trusts": "stranger" }))
}

#[tokio::test]
async fn the_second_scan_of_an_unchanged_world_opens_nothing() {
    let mut scene = Scene::new(&[BUCKET]).check(&STRANGER);
    let accounts = [account("1"), account("2"), account("3")];
    let first = scene.scan_plan(vec![two()], plan(&accounts)).await;
    assert_eq!(first.issues.opened, 3, "every account of the scan was listed when it decided");
    assert_eq!(first.strongest_new, None, "what a first look finds is no news");
    let told = scene.told.take();
    assert_eq!(counted(&told)["issues"], 0);
    assert_eq!(counted(&told)["baseline issues"], 3);
    // What is told of it is enough to begin with.
    let mut all = told.iter().filter_map(|message| message.baseline.as_ref());
    let baseline = all.find(|baseline| baseline.issues > 0).unwrap();
    assert_eq!(baseline.severities["critical"], 1);
    let [worst] = baseline.worst.as_slice() else { panic!("{baseline:?}") };
    assert_eq!((worst.name.as_str(), worst.fix.as_str()), ("b", "Trust nobody"));
    scene.events().await;
    let second = scene.scan_plan(vec![two()], plan(&accounts)).await;
    assert_eq!(second.issues, secmonkey_core::event::IssueCounts::default());
    assert_eq!(scene.events().await, Vec::<String>::new());
    assert!(scene.told.take().is_empty());
}

#[tokio::test]
async fn a_first_decision_that_comes_late_is_a_baseline_still() {
    let mut scene = Scene::new(&[BUCKET]).check(&STRANGER);
    let (ours, other) = (account("1"), account("2"));
    // The other account is registered, and could not be listed.
    let both = || plan(&[ours.clone(), other.clone()]);
    scene.scan_plan(vec![two().broken()], both()).await;
    scene.scan_plan(vec![two()], plan(std::slice::from_ref(&ours))).await;
    let row = scene.views.items().next().unwrap().unwrap();
    assert!(scene.told.take().iter().all(|message| message.issues.is_empty()), "{row:?}");
    let late = scene.scan_plan(vec![two()], both()).await;
    assert_eq!(late.issues.opened, 2);
    assert_eq!(late.strongest_new, None);
    assert_eq!(counted(&scene.told.take())["issues"], 0);

    let look = || two().item("c", json!({ "Name": "c", "Trusts": "mallory" }));
    let news = scene.scan_plan(vec![look()], both()).await;
    assert_eq!(news.strongest_new, Some(10), "what comes after is news");
}

#[tokio::test]
async fn what_a_check_decided_before_is_news_when_it_decides_again() {
    let mut scene = Scene::new(&[BUCKET]).check(&STRANGER);
    let (ours, other) = (account("1"), account("2"));
    let trusts = |name: &str| Look::at(&BUCKET).item("a", json!({ "Name": "a", "Trusts": name }));
    let mine = || plan(std::slice::from_ref(&ours));
    scene.scan_plan(vec![trusts("a")], mine()).await;
    scene.told.take();
    // Another account is registered: until it is listed, who is nobody's cannot be known.
    let failing = Plan {
        accounts: vec![secmonkey_core::plan::PlannedAccount {
            account: other.clone(),
            regions: Err(denied("test:ListRegions")),
        }],
        ..Plan::default()
    };
    scene.scan_plan(Vec::new(), failing).await;
    scene.scan_plan(vec![trusts("mallory")], mine()).await;
    let row = scene.views.items().next().unwrap().unwrap();
    assert!(!row.undecided["bucket.stranger"].never_decided, "{row:?}");
    scene.told.take();
    let decided = scene.scan_plan(vec![trusts("mallory")], plan(&[ours.clone(), other])).await;
    assert_eq!(decided.strongest_new, Some(10));
    assert_eq!(counted(&scene.told.take())["issues"], 1);
}

#[tokio::test]
async fn what_an_interrupted_scan_did_not_audit_the_next_one_does_as_baseline() {
    let mut scene = Scene::new(&[BUCKET]).check(&STRANGER);
    let scan = {
        scene.see(vec![two()]);
        scene.pipeline().scan(&plan(&[account("1")]))
    };
    scan.stop().cancel();
    let summary = scan.await.unwrap();
    assert!(summary.interrupted);
    scene.told.take();
    let next = scene.scan_plan(vec![two()], plan(&[account("1")])).await;
    assert_eq!((next.issues.opened, next.strongest_new), (1, None));
    assert_eq!(counted(&scene.told.take())["issues"], 0);
}

#[tokio::test]
async fn a_part_that_becomes_readable_is_a_first_decision() {
    let open = Rule::new(
        Check {
            id: "bucket.open".into(),
            technology: "bucket".into(),
            score: 9,
            reads: Texts::new(&["/Policy"]),
            page: "# Bucket is open".into(),
            ..Check::DEFAULT
        },
        |item, _, found| {
            if item.config["Policy"] == "open" {
                found.add("", "open");
            }
            Ok(())
        },
    );
    let mut scene = Scene::new(&[BUCKET]).check(&open);
    let look = |part| Look::at(&BUCKET).item("a", json!({ "Name": "a" })).part("/Policy", part);
    scene.scan(look(Part::Failed(denied("test:GetPolicy")))).await;
    scene.told.take();
    let summary = scene.scan(look(Part::Known(json!("open")))).await;
    assert_eq!((summary.issues.opened, summary.strongest_new), (1, None));
    scene.scan(look(Part::Known(json!("shut")))).await;
    let summary = scene.scan(look(Part::Known(json!("open")))).await;
    assert_eq!(summary.strongest_new, Some(9), "found again is news");
}

#[tokio::test]
async fn a_check_that_judges_otherwise_is_a_baseline_and_says_why_it_resolves() {
    let rule = |version: u32, finds: &'static str| {
        let check = Check {
            id: "bucket.named".into(),
            technology: "bucket".into(),
            version,
            score: 5,
            reads: Texts::new(&["/Name"]),
            page: "# Bucket is named".into(),
            ..Check::DEFAULT
        };
        Rule::new(check, move |item, _, found| {
            if item.config["Name"] == finds {
                found.add("", "named");
            }
            Ok(())
        })
    };
    let mut scene = Scene::new(&[BUCKET]).check(&rule(1, "a"));
    scene.scan(two()).await;
    scene.events().await;
    scene.told.take();
    scene = scene.without_checks().check(&rule(2, "b"));
    scene.scan(two()).await;
    assert_eq!(
        scene.events().await,
        ["a: issue_resolved check_changed", "b: issue_opened bucket.named"]
    );
    assert_eq!(counted(&scene.told.take())["baseline issues"], 1);
}
