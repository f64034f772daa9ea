//! Judging: what opens, what stays, what resolves, what cannot be known.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use secmonkey_core::account::Accounts;
use secmonkey_core::audit::{Since, judge, judge_into, settle};
use secmonkey_core::check::{Auditor, Catalogue, Check, Findings, Rule, Undecided, World};
use secmonkey_core::event::{Event, IssueId, Resolution, ScopeId, StreamId};
use secmonkey_core::governance::Governance;
use secmonkey_core::item::{Item, Key};
use secmonkey_core::notify::IssueKind;
use secmonkey_core::technology::{Reach, Technology};
use secmonkey_core::testing::{Look, PROVIDER, Scene, counted, denied};
use secmonkey_core::texts::Texts;
use secmonkey_core::view::Status;
use secmonkey_core::watch::Part;
use serde_json::{Value, json};

const BUCKET: Technology = Technology { id: Cow::Borrowed("bucket"), ..Technology::DEFAULT };
const GUARD: Technology =
    Technology { id: Cow::Borrowed("guard"), reach: Reach::Global, ..Technology::DEFAULT };

/// Finds every name in `/Open`; as strong as `/Score` says.
static OPEN: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "bucket.open".into(),
        technology: "bucket".into(),
        score: 5,
        reads: Texts::new(&["/Open", "/Score", "/Ports"]),
        page: "# Bucket is open".into(),
        ..Check::DEFAULT
    };
    Rule::new(check, |item, _, found| {
        for (index, name) in items(&item.config["Open"]).enumerate() {
            let finding = found.add(name, format!("{name} is open")).at(format!("/Open/{index}"));
            if let Some(score) = item.config["Score"].as_u64() {
                finding.score(u8::try_from(score).unwrap_or(10));
            }
            for port in items(&item.config["Ports"]) {
                finding.ground(port);
            }
        }
        Ok(())
    })
});

/// Needs the account's guard.
static GUARDED: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "bucket.unguarded".into(),
        reads: Texts::NONE,
        world: Texts::new(&["guard"]),
        page: "# Bucket is unguarded".into(),
        ..OPEN.check.clone()
    };
    Rule::new(check, |item, world, found| {
        let guard = Key {
            technology: "guard".to_owned(),
            region: "global".to_owned(),
            id: "guard".to_owned(),
            ..item.key.clone()
        };
        if world.item(&guard)?.is_none_or(|guard| guard.config["On"] != true) {
            found.add("", "no guard");
        }
        Ok(())
    })
});

/// Finds what no other bucket of the scope names.
static ALONE: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "bucket.alone".into(),
        reads: Texts::NONE,
        world: Texts::new(&["bucket"]),
        page: "# Bucket is alone".into(),
        ..OPEN.check.clone()
    };
    Rule::new(check, |item, world, found| {
        let at = Texts::new(&["/Replicas/*/To"]);
        let mut naming = world.naming(&ScopeId::of(&item.key), &at, &item.key.id)?;
        naming.remove(&item.key);
        if naming.is_empty() {
            found.add("", "no other bucket names it");
        }
        Ok(())
    })
});

/// Finds the buckets of an account that has no primary bucket in any region.
static PRIMARY: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "bucket.primary".into(),
        reads: Texts::NONE,
        world: Texts::new(&["bucket"]),
        page: "# No bucket is the primary one".into(),
        ..OPEN.check.clone()
    };
    Rule::new(check, |item, world, found| {
        let all = world.all(&item.key.account, "bucket")?;
        if !all.iter().any(|item| item.config["Primary"] == true) {
            found.add("", format!("none of {}", all.len()));
        }
        Ok(())
    })
});

/// Finds what is past its time.
static OLD: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "bucket.old".into(),
        reads: Texts::new(&["/Until"]),
        timed: true,
        page: "# Bucket is old".into(),
        ..OPEN.check.clone()
    };
    Rule::new(check, |item, world, found| {
        let until: Option<jiff::Timestamp> =
            item.config["Until"].as_str().and_then(|text| text.parse().ok());
        if let Some(until) = until
            && until <= world.now()?
        {
            found.add("", format!("ended on {until}"));
        }
        Ok(())
    })
});

fn items(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn open(names: &[&str]) -> Value {
    json!({ "Open": names })
}

fn look(config: Value) -> Look {
    Look::at(&BUCKET).item("b", config)
}

async fn given(config: Value) -> Scene {
    let mut scene = Scene::new(&[BUCKET]).check(&OPEN);
    scene.scan(look(config)).await;
    scene.events().await;
    scene.told.take();
    scene
}

fn issue(scene: &Scene, subject: &str) -> IssueId {
    IssueId::of(&scene.key(&BUCKET, "b"), &OPEN.check.id, subject)
}

fn status(scene: &Scene, subject: &str) -> Status {
    scene.issue(&issue(scene, subject)).status(scene.now())
}

#[tokio::test]
async fn a_finding_opens_an_issue_resolves_and_reopens_under_one_id() {
    let mut scene = given(open(&[])).await;
    scene.scan(look(open(&["ssh"]))).await;
    assert_eq!(scene.events().await[1], "b: issue_opened bucket.open ssh");
    scene.scan(look(open(&["ssh"]))).await;
    assert_eq!(scene.events().await, Vec::<String>::new(), "what stands makes no event");
    scene.scan(look(open(&[]))).await;
    assert_eq!(scene.events().await[1], "b: issue_resolved fixed");
    let summary = scene.scan(look(open(&["ssh"]))).await;
    assert_eq!(scene.events().await[1], "b: issue_reopened bucket.open ssh");
    assert_eq!((summary.issues.reopened, summary.strongest_new), (1, Some(5)));
    assert_eq!(scene.issues().len(), 1);
}

#[tokio::test]
async fn score_and_wording_are_no_part_of_identity() {
    let mut scene = given(open(&["ssh"])).await;
    scene.scan(look(json!({ "Open": ["ssh"], "Score": 9 }))).await;
    assert_eq!(scene.events().await[1], "b: issue_updated bucket.open ssh");
    assert_eq!(scene.issue(&issue(&scene, "ssh")).finding.score, 9);
}

#[tokio::test]
async fn a_justification_survives_changes_scans_and_scores() {
    let mut scene = given(open(&["ssh"])).await;
    let ssh = issue(&scene, "ssh");
    scene.justify(&ssh, "a bastion", None).await;
    scene.scan(look(open(&["ssh", "telnet"]))).await;
    scene.scan(look(json!({ "Open": ["ssh"], "Score": 9, "Name": "x" }))).await;
    scene.scan(look(json!({ "Open": ["ssh"], "Score": 9, "Name": "x" }))).await;
    assert_eq!(status(&scene, "ssh"), Status::Justified);
    assert_eq!(scene.issue(&ssh).justification.unwrap().note, "a bastion");
}

#[tokio::test]
async fn a_justification_without_an_end_ends_with_the_finding() {
    let mut scene = given(open(&["ssh"])).await;
    scene.justify(&issue(&scene, "ssh"), "a bastion", None).await;
    scene.scan(look(open(&[]))).await;
    scene.scan(look(open(&["ssh"]))).await;
    assert_eq!(status(&scene, "ssh"), Status::Open);
}

#[tokio::test]
async fn a_justification_without_an_end_ends_with_the_item() {
    let mut scene = given(open(&["ssh"])).await;
    scene.justify(&issue(&scene, "ssh"), "a bastion", None).await;
    scene.scan(Look::at(&BUCKET)).await;
    let resolved = scene.issue(&issue(&scene, "ssh"));
    assert_eq!(resolved.resolved_reason, Some(Resolution::ItemDeleted));
    scene.scan(look(open(&["ssh"]))).await;
    assert_eq!(status(&scene, "ssh"), Status::Open, "what came back is another resource");
}

#[tokio::test]
async fn a_justification_with_an_end_holds_to_it() {
    let mut scene = given(open(&["ssh"])).await;
    let until = scene.now() + jiff::SignedDuration::from_hours(10);
    scene.justify(&issue(&scene, "ssh"), "until the move", Some(until)).await;
    scene.scan(look(open(&[]))).await;
    scene.scan(look(open(&["ssh"]))).await;
    assert_eq!(status(&scene, "ssh"), Status::Justified, "across resolve and reopen");
    scene.events().await;
    scene.wait(10);
    assert_eq!(status(&scene, "ssh"), Status::Open);
    scene.scan(look(open(&["ssh"]))).await;
    assert_eq!(scene.events().await, ["b: justification_expired"]);
    scene.scan(look(open(&["ssh"]))).await;
    assert_eq!(scene.events().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_justified_issue_that_widens_stays_justified_and_is_told() {
    let mut scene = given(json!({ "Open": ["ssh"], "Ports": ["22"] })).await;
    scene.justify(&issue(&scene, "ssh"), "a bastion", None).await;
    scene.scan(look(json!({ "Open": ["ssh"], "Ports": ["22", "23"] }))).await;
    assert_eq!(status(&scene, "ssh"), Status::Justified);
    let told = scene.told.take();
    assert_eq!(told[0].issues[0].kind, IssueKind::Widened);
    assert!(told[0].issues[0].justified);

    scene.scan(look(json!({ "Open": ["ssh"], "Ports": ["22"] }))).await;
    assert!(scene.told.take()[0].issues.is_empty(), "narrower is not told");
}

#[tokio::test]
async fn a_check_whose_part_was_never_read_is_undecided() {
    let mut scene = Scene::new(&[BUCKET]).check(&OPEN);
    let part = |part| Look::at(&BUCKET).item("b", json!({})).part("/Open", part);
    scene.scan(part(Part::Failed(denied("test:GetOpen")))).await;
    let events = scene.events().await;
    assert_eq!(events, ["b: item_discovered {}", "b: checks_undecided bucket.open"]);
    let row = scene.views.item(&scene.key(&BUCKET, "b")).unwrap().unwrap();
    assert_eq!(row.undecided["bucket.open"].because, "/Open was never read");
    scene.scan(part(Part::Failed(denied("test:GetOpen")))).await;
    assert_eq!(scene.events().await, Vec::<String>::new(), "as before");
    scene.scan(part(Part::Known(json!(["ssh"])))).await;
    let events = scene.events().await;
    assert_eq!(events[1..], ["b: issue_opened bucket.open ssh", "b: checks_undecided"]);
}

#[tokio::test]
async fn a_carried_value_is_judged_and_resolves_nothing() {
    let mut scene = Scene::new(&[BUCKET]).check(&OPEN);
    let part = |score: u64, part| {
        Look::at(&BUCKET).item("b", json!({ "Score": score })).part("/Open", part)
    };
    scene.scan(part(5, Part::Known(json!(["ssh"])))).await;
    scene.scan(part(6, Part::Failed(denied("test:GetOpen")))).await;
    assert_eq!(scene.issue(&issue(&scene, "ssh")).finding.score, 6, "judged");
    assert_eq!(status(&scene, "ssh"), Status::Open);
    scene.scan(part(6, Part::Absent)).await;
    assert_eq!(status(&scene, "ssh"), Status::Resolved);
}

#[tokio::test]
async fn what_a_carried_value_could_not_resolve_a_read_one_does() {
    // The part did not change, but what else the check reads did, while it was unread.
    let check =
        Check { id: "bucket.both".into(), reads: Texts::new(&["/A", "/B"]), ..OPEN.check.clone() };
    let both = Rule::new(check, |item, _, found| {
        if item.config["A"] == true && item.config["B"] == true {
            found.add("", "both");
        }
        Ok(())
    });
    let mut scene = Scene::new(&[BUCKET]).check(&both);
    let part = |a: bool, part| Look::at(&BUCKET).item("b", json!({ "A": a })).part("/B", part);
    let id = IssueId::of(&scene.key(&BUCKET, "b"), &both.check.id, "");
    scene.scan(part(true, Part::Known(json!(true)))).await;
    scene.scan(part(false, Part::Failed(denied("test:GetB")))).await;
    assert_eq!(scene.issue(&id).status(scene.now()), Status::Open);
    scene.scan(part(false, Part::Known(json!(true)))).await;
    assert_eq!(scene.issue(&id).status(scene.now()), Status::Resolved);
}

#[tokio::test]
async fn a_check_that_fails_or_panics_harms_only_itself() {
    let named = |id: &'static str| Check { id: id.into(), ..OPEN.check.clone() };
    let panics = Rule::new(named("bucket.panics"), |_, _, _| panic!("a bug"));
    let undeclared = Rule::new(named("bucket.undeclared"), |_, world, found| {
        found.add("", "before it failed");
        world.accounts().map(|_| ())
    });
    let mut scene = Scene::new(&[BUCKET]).check(&panics).check(&undeclared).check(&OPEN);
    scene.scan(look(open(&["ssh"]))).await;
    let events = scene.events().await;
    assert_eq!(
        events[1..],
        ["b: issue_opened bucket.open ssh", "b: checks_undecided bucket.panics bucket.undeclared",]
    );
}

#[tokio::test]
async fn a_check_whose_world_was_never_listed_is_undecided() {
    let mut scene = Scene::new(&[BUCKET, GUARD]).check(&GUARDED);
    let guard = |on: bool| Look::at(&GUARD).item("guard", json!({ "On": on }));
    scene.scan_all(vec![look(json!({})), Look::at(&GUARD).broken()]).await;
    let events = scene.events().await;
    assert_eq!(events, ["b: item_discovered {}", "b: checks_undecided bucket.unguarded"]);
    scene.scan_all(vec![look(json!({})), guard(false)]).await;
    let events = scene.events().await;
    assert!(
        events.contains(&"b: issue_opened bucket.unguarded".to_owned()),
        "decided in the very scan that lists it: {events:?}"
    );
    scene.scan_all(vec![look(json!({})), guard(true)]).await;
    let events = scene.events().await;
    assert!(events.contains(&"b: issue_resolved fixed".to_owned()), "{events:?}");
}

#[tokio::test]
async fn an_unchanged_item_is_asked_about_what_changed_alone() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counting = {
        let asked = Arc::clone(&asked);
        let check = Check { id: "bucket.counting".into(), ..OPEN.check.clone() };
        Rule::new(check, move |_, _, _| {
            asked.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    };
    let mut scene = Scene::new(&[BUCKET, GUARD]).check(&counting).check(&GUARDED);
    let guard = |on: bool| Look::at(&GUARD).item("guard", json!({ "On": on }));
    scene.scan_all(vec![look(json!({})), guard(true)]).await;
    let first = asked.load(Ordering::Relaxed);
    assert!(first > 0);
    scene.scan_all(vec![look(json!({})), guard(false)]).await;
    assert_eq!(scene.issues().len(), 1, "what looks at the guard says something else");
    assert_eq!(asked.load(Ordering::Relaxed), first, "nothing else was asked");
    scene.scan_all(vec![look(open(&["ssh"])), guard(false)]).await;
    assert!(asked.load(Ordering::Relaxed) > first, "a changed item is asked about by all");
}

#[tokio::test]
async fn what_others_name_is_judged_again_when_they_change() {
    let mut scene = Scene::new(&[BUCKET]).check(&ALONE);
    let all = |a: Value, b: Option<Value>| {
        let look = Look::at(&BUCKET).item("a", a);
        match b {
            Some(b) => look.item("b", b),
            None => look,
        }
    };
    let to = |id: &str| json!({ "Replicas": [{ "To": id }], "Note": "b" });
    let stands = |scene: &Scene, id: &str| {
        let id = IssueId::of(&scene.key(&BUCKET, id), &ALONE.check.id, "");
        scene.issues().iter().any(|it| it.finding.issue == id && it.resolved_at.is_none())
    };
    // Naming itself, or naming another elsewhere than at the pointers, does not count.
    scene.scan(all(to("a"), Some(json!({ "Note": "a" })))).await;
    assert!(stands(&scene, "a") && stands(&scene, "b"));
    scene.scan(all(to("a"), Some(to("a")))).await;
    assert!(!stands(&scene, "a") && stands(&scene, "b"));
    scene.scan(all(to("b"), Some(json!({})))).await;
    assert!(stands(&scene, "a") && !stands(&scene, "b"));
    scene.scan(all(to("a"), Some(to("a")))).await;
    assert!(!stands(&scene, "a"));
    scene.scan(all(to("a"), None).gone(&["b"])).await;
    assert!(stands(&scene, "a"), "what is gone names nobody");
}

#[tokio::test]
async fn all_items_of_a_technology_are_those_of_every_region() {
    let mut scene = Scene::new(&[BUCKET]).check(&PRIMARY);
    scene.regions.push("us-east-1".to_owned());
    let here = || Look::at(&BUCKET).item("a", json!({}));
    let there = || Look::at(&BUCKET).region("us-east-1");
    let primary = json!({ "Primary": true });
    let open = |scene: &Scene| {
        let mut open = Vec::new();
        for issue in scene.issues().iter().filter(|it| it.resolved_at.is_none()) {
            open.push((issue.key.id.clone(), issue.finding.detail.clone()));
        }
        open
    };
    scene.scan_all(vec![here(), there().item("b", primary.clone()).broken()]).await;
    assert_eq!(open(&scene), [], "who knows what is in a region that was never listed");
    scene.scan_all(vec![here(), there()]).await;
    assert_eq!(open(&scene), [("a".to_owned(), "none of 1".to_owned())]);
    scene.scan_all(vec![here(), there().item("b", primary)]).await;
    assert_eq!(open(&scene), []);
    scene.scan_all(vec![here(), there().gone(&["b"])]).await;
    assert_eq!(open(&scene), [("a".to_owned(), "none of 1".to_owned())]);
}

#[tokio::test]
async fn a_timed_check_speaks_when_its_time_comes() {
    let mut scene = Scene::new(&[BUCKET]).check(&OLD);
    let until = scene.now() + jiff::SignedDuration::from_hours(3);
    let look = || look(json!({ "Until": until.to_string() }));
    scene.scan(look()).await;
    scene.events().await;
    scene.wait(5);
    scene.scan(look()).await;
    assert_eq!(scene.events().await, ["b: issue_opened bucket.old"]);
    scene.wait(5);
    scene.scan(look()).await;
    assert_eq!(scene.events().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_new_check_audits_everything_once_and_is_a_baseline() {
    let mut scene = Scene::new(&[BUCKET]);
    scene.scan(look(open(&["ssh"]))).await;
    scene.events().await;
    scene.told.take();
    scene = scene.check(&OPEN);
    scene.scan(look(open(&["ssh"]))).await;
    assert_eq!(scene.events().await, ["b: issue_opened bucket.open ssh"]);
    let told = scene.told.take();
    assert_eq!((counted(&told)["issues"], counted(&told)["baseline issues"]), (0, 1));
    scene.scan(look(open(&["ssh", "telnet"]))).await;
    assert_eq!(counted(&scene.told.take())["issues"], 1, "later ones are told");
}

#[tokio::test]
async fn a_check_that_no_longer_exists_retires_its_issues_and_keeps_decisions() {
    let mut scene = given(open(&["ssh"])).await;
    scene.justify(&issue(&scene, "ssh"), "a bastion", None).await;
    scene.events().await;
    scene = scene.without_checks();
    scene.scan(look(open(&["ssh"]))).await;
    assert_eq!(scene.events().await, ["b: issue_resolved check_retired"]);
    scene = scene.check(&OPEN);
    scene.scan(look(open(&["ssh"]))).await;
    assert_eq!(status(&scene, "ssh"), Status::Justified);
}

#[tokio::test]
async fn an_account_that_becomes_known_audits_everything_again() {
    let check = Check {
        id: "bucket.stranger".into(),
        world: Texts::new(&["accounts"]),
        ..OPEN.check.clone()
    };
    let stranger = Rule::new(check, |_, world, found| {
        if world.account("999999999999")?.is_none() {
            found.add("999999999999", "an unknown account");
        }
        Ok(())
    });
    let mut scene = Scene::new(&[BUCKET]).check(&stranger);
    scene.scan(look(json!({}))).await;
    scene.events().await;
    let known =
        secmonkey_core::account::Account::new(PROVIDER, "999999999999".parse().unwrap(), "partner");
    scene.append(StreamId::account(&known.id), Event::AccountRegistered(known)).await;
    scene.scan(look(json!({}))).await;
    assert_eq!(
        scene.events().await,
        ["b: issue_resolved known_now account partner (999999999999)"]
    );
}

#[tokio::test]
async fn a_change_that_moves_only_evidence_writes_no_event_of_the_issue() {
    let mut scene = given(open(&["ssh"])).await;
    assert_eq!(scene.issues()[0].finding.evidence, ["/Open/0"]);
    scene.scan(look(open(&["http", "ssh"]))).await;
    let events = scene.events().await;
    assert!(events.iter().all(|event| !event.contains("issue_updated")), "{events:?}");
    let ssh = issue(&scene, "ssh");
    assert_eq!(scene.issue(&ssh).finding.evidence, ["/Open/1"], "it is shown where it stands");
    scene.scan(look(open(&["ssh"]))).await;
    assert_eq!(scene.issue(&ssh).finding.evidence, ["/Open/0"]);
    let events = scene.events().await;
    assert!(events.iter().all(|event| !event.contains("issue_updated")), "{events:?}");
}

#[tokio::test]
async fn equal_findings_merge_to_the_strongest() {
    let check = Check { id: "bucket.twice".into(), ..OPEN.check.clone() };
    let twice = Rule::new(check, |_, _, found| {
        found.add("x", "weak").score(3).at("/B");
        found.add("x", "strong").score(8).at("/A");
        Ok(())
    });
    let mut scene = Scene::new(&[BUCKET]).check(&twice);
    scene.scan(look(json!({}))).await;
    let issues = scene.issues();
    assert_eq!(issues.len(), 1);
    let finding = &issues[0].finding;
    assert_eq!((finding.score, finding.detail.as_str()), (8, "strong"));
    assert_eq!(finding.evidence, ["/A", "/B"]);
}

#[tokio::test]
async fn a_past_instant_is_judged_by_todays_checks() {
    let mut scene = given(open(&["ssh"])).await;
    let then = scene.now();
    scene.scan(look(open(&[]))).await;
    let log = scene.log.as_ref();
    let position = secmonkey_core::log::position_at(log, then).await.unwrap();
    let views = scene.views.as_of(log, position).await.unwrap();
    let accounts = views.accounts().unwrap();
    let (pipeline, rules) = (scene.pipeline(), Governance::default());
    let verdicts: Vec<_> =
        pipeline.judge(&views, &accounts, then, &rules).collect::<Result<_, _>>().unwrap();
    assert_eq!(verdicts.len(), 1);
    assert!(verdicts[0].1.findings.contains_key(&("bucket.open".into(), "ssh".to_owned())));
}

#[test]
fn a_check_that_is_left_out_is_neither_run_nor_undecided_and_its_issues_stay() {
    let auditors: [Arc<dyn Auditor>; 1] =
        [Arc::new(Catalogue::new([OPEN.clone(), GUARDED.clone()]))];
    let item = |config| Item {
        key: "123456789012/bucket/eu-west-1/b".parse().unwrap(),
        name: "b".to_owned(),
        arn: None,
        config,
    };
    let (accounts, none) = (Accounts::default(), BTreeSet::new());
    let world = World::new(jiff::Timestamp::UNIX_EPOCH, &accounts, &());
    let verdict = judge(&auditors, &item(open(&["ssh"])), &world, &none, &none);
    assert_eq!((verdict.findings.len(), verdict.undecided.len()), (1, 1));

    // A part that was never read leaves no check undecided that nobody asked.
    let never_read = BTreeSet::from(["/Open".to_owned()]);
    for (id, findings) in [("bucket.open", 1), ("bucket.unguarded", 0)] {
        let found = Findings::only(move |check| check.id == id);
        let item = item(open(&["ssh"]));
        let verdict = judge_into(found, &auditors, &item, &world, &none, &none);
        assert_eq!(verdict.findings.len(), findings, "{id}");
        assert_eq!(verdict.undecided.contains_key("bucket.unguarded"), id == "bucket.unguarded");
        assert_eq!(verdict.left_out.len(), 1, "{id}");
    }
    let found = Findings::only(|check| check.id != "bucket.open");
    let verdict = judge_into(found, &auditors, &item(open(&[])), &world, &never_read, &none);
    assert!(!verdict.undecided.contains_key("bucket.open"), "{verdict:?}");

    let before = judge(&auditors, &item(open(&["ssh"])), &world, &none, &none);
    let known =
        BTreeMap::from([("bucket.open", &OPEN.check), ("bucket.unguarded", &GUARDED.check)]);
    let since = Since::default();
    let key = item(json!({})).key;
    let opened = settle(&key, &[], &before, &known, &since);
    let [Event::IssueOpened(finding)] = opened.as_slice() else { panic!("{opened:?}") };
    let issue = secmonkey_core::view::Issue {
        key: key.clone(),
        finding: finding.clone(),
        opened_at: jiff::Timestamp::UNIX_EPOCH,
        reopened_at: None,
        resolved_at: None,
        resolved_reason: None,
        justification: None,
        brought_by: None,
        ruling: secmonkey_core::governance::Ruling::default(),
    };
    assert_eq!(settle(&key, &[issue], &verdict, &known, &since), []);
}

#[test]
fn what_is_malformed_is_told_also_where_another_part_was_never_read() {
    let garbled = Rule {
        check: Check {
            id: "bucket.garbled".into(),
            technology: "bucket".into(),
            reads: Texts::new(&["/Policy", "/Users"]),
            ..Check::DEFAULT
        },
        run: Arc::new(|_: &Item, _: &World<'_>, _: &mut Findings| {
            Err(Undecided::Malformed("/Policy is no JSON".to_owned()))
        }),
    };
    let auditors: [Arc<dyn Auditor>; 1] = [Arc::new(Catalogue::new([garbled]))];
    let item = Item {
        key: "123456789012/bucket/eu-west-1/b".parse().unwrap(),
        name: "b".to_owned(),
        arn: None,
        config: json!({ "Policy": "{" }),
    };
    let (accounts, none) = (Accounts::default(), BTreeSet::new());
    let world = World::new(jiff::Timestamp::UNIX_EPOCH, &accounts, &());
    let never_read = BTreeSet::from(["/Users".to_owned()]);
    let verdict = judge(&auditors, &item, &world, &never_read, &none);
    let why = verdict.undecided["bucket.garbled"].to_string();
    assert_eq!(why, "/Policy is no JSON");
}
