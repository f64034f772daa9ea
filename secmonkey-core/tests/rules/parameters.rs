//! Parameters of checks: what overrides set decides over what is found, is recorded by the audit
//! that used it, and takes no decision away.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use secmonkey_core::check::{Auditor, Catalogue, Check, Parameter, Rule};
use secmonkey_core::decide::{Error, Made};
use secmonkey_core::event::{Event, Position, Resolution};
use secmonkey_core::governance::Override;
use secmonkey_core::issue::Status;
use secmonkey_core::log::EventLog as _;
use secmonkey_core::query::{self, Effect, ExposureSearch, Known};
use secmonkey_core::technology::Texts;
use secmonkey_core::testing::Look;
use serde_json::{Value, json};

use super::governance::{BUCKET, Desk, query};

/// Finds a bucket that is older than it may be, and each port of it that is none of ours.
static OLD: LazyLock<Rule> = LazyLock::new(|| {
    const PARAMETERS: &[Parameter] = &[
        Parameter::number("max_age", 90, (1, 1000), "days", "how old a bucket may be"),
        Parameter::numbers("ports", &[443], (0, 65535), "the ports that it may have"),
    ];
    let check = Check {
        id: "bucket.old".into(),
        technology: "bucket".into(),
        score: 3,
        reads: Texts::new(&["/Age", "/Ports"]),
        parameters: Cow::Borrowed(PARAMETERS),
        page: "# Bucket is old\n\n**Fix:** Renew it.".into(),
        ..Check::DEFAULT
    };
    Rule::new(check, |item, world, found| {
        if item.config["Age"].as_i64() > Some(world.number("max_age")?) {
            found.add("", "it is old");
        }
        let ports = world.numbers("ports")?;
        let open = item.config["Ports"].as_array().into_iter().flatten();
        for port in open.filter_map(Value::as_i64).filter(|port| !ports.contains(port)) {
            found.add(format!("port {port}"), format!("port {port} is open"));
        }
        Ok(())
    })
});

fn bucket(age: i64, env: &str) -> Value {
    json!({ "Age": age, "Tags": { "env": env } })
}

/// Of 50, 100 and 200 days.
fn buckets() -> Look {
    with(bucket(100, "prod"))
}

/// The same with another in the middle.
fn with(middle: Value) -> Look {
    Look::at(&BUCKET).item("a", bucket(50, "prod")).item("b", middle).item("c", bucket(200, "test"))
}

fn set(scope: &str, name: &str, value: impl Into<Value>) -> Override {
    let parameters = BTreeMap::from([(name.to_owned(), value.into())]);
    Override { parameters, ..Override::new("bucket.old", query(scope), "our own rule") }
}

impl Desk {
    /// The names of the items that have a standing finding.
    fn old(&self) -> Vec<String> {
        let standing = self.scene.issues().into_iter().filter(|it| it.resolved_at.is_none());
        let mut ids: Vec<_> = standing.map(|issue| issue.key.id).collect();
        ids.sort();
        ids
    }

    async fn set(&self, scope: &str, max_age: i64) -> Made {
        self.override_check(set(scope, "max_age", max_age)).await.unwrap()
    }

    async fn audit(&self) {
        let account = self.scene.account.clone();
        self.scene.wait(1);
        self.scene.pipeline().audit(&[account]).await.unwrap();
    }

    /// Why the issue of an item was resolved, and how it stands.
    fn ended(&self, id: &str) -> (Option<Resolution>, bool) {
        let issue = self.scene.issues().into_iter().find(|issue| issue.key.id == id).unwrap();
        let is_justified = issue.justification.is_some();
        (issue.resolved_reason, is_justified)
    }
}

#[tokio::test]
async fn what_is_set_decides_over_what_is_found_from_the_next_scan_on() {
    let mut desk = Desk::of(&OLD);
    desk.scene.scan(buckets()).await;
    assert_eq!(desk.old(), ["b", "c"]);
    assert_eq!(desk.set("", 150).await, Made::New);
    desk.scene.scan(buckets()).await;
    assert_eq!(desk.old(), ["c"]);
    assert_eq!(desk.ended("b").0, Some(Resolution::CheckChanged));
    assert_eq!(desk.set("", 150).await, Made::Unchanged);
    assert_eq!(desk.set("", 40).await, Made::Instead);
    desk.audit().await;
    assert_eq!(desk.old(), ["a", "b", "c"]);
    desk.decisions().reset_check("bucket.old", &query("")).await.unwrap();
    desk.audit().await;
    assert_eq!(desk.old(), ["b", "c"]);
}

#[tokio::test]
async fn a_value_for_some_counts_before_one_for_all_and_each_parameter_for_itself() {
    let mut desk = Desk::of(&OLD);
    desk.set("tag:env=test", 500).await;
    desk.set("", 10).await;
    desk.scene.scan(buckets()).await;
    assert_eq!(desk.old(), ["a", "b"]);
    // What says nothing of the age leaves it to the others.
    desk.override_check(set("name:c", "ports", json!([22]))).await.unwrap();
    let score = Override { score: Some(9), ..Override::new("bucket.old", query("id:c"), "x") };
    desk.override_check(score).await.unwrap();
    desk.scene.scan(buckets()).await;
    assert_eq!(desk.old(), ["a", "b"]);
}

#[tokio::test]
async fn a_justification_outlives_what_is_set_and_ends_when_it_is_mended() {
    let mut desk = Desk::of(&OLD);
    desk.scene.scan(buckets()).await;
    for issue in desk.scene.issues() {
        desk.scene.justify(&issue.finding.issue, "known", None).await;
    }
    desk.set("", 300).await;
    desk.audit().await;
    assert_eq!(desk.old(), [""; 0]);
    assert_eq!(desk.ended("b"), (Some(Resolution::CheckChanged), true));
    desk.set("", 95).await;
    desk.audit().await;
    assert_eq!(desk.old(), ["b", "c"]);
    assert!(desk.scene.issues().iter().all(|it| it.status(desk.scene.now()) == Status::Justified));
    // Whoever renews it has mended it, whatever is set.
    desk.scene.scan(with(bucket(1, "prod"))).await;
    assert_eq!(desk.ended("b"), (Some(Resolution::Fixed), false));
}

#[tokio::test]
async fn an_item_that_comes_under_another_rule_is_not_mended() {
    let mut desk = Desk::of(&OLD);
    desk.set("tag:env=test", 500).await;
    desk.scene.scan(buckets()).await;
    assert_eq!(desk.old(), ["b"]);
    desk.scene.justify(&desk.scene.issues()[0].finding.issue, "known", None).await;
    desk.scene.scan(with(bucket(100, "test"))).await;
    assert_eq!(desk.ended("b"), (Some(Resolution::CheckChanged), true));
}

#[tokio::test]
async fn what_is_over_counts_no_more_from_the_next_scan_on() {
    let mut desk = Desk::of(&OLD);
    let until = desk.scene.now() + jiff::SignedDuration::from_hours(10);
    let rule = Override { until: Some(until), ..set("", "max_age", 300) };
    desk.override_check(rule).await.unwrap();
    desk.scene.scan(buckets()).await;
    assert_eq!(desk.old(), [""; 0]);
    desk.scene.wait(24);
    desk.scene.scan(buckets()).await;
    assert_eq!(desk.old(), ["b", "c"]);
}

#[tokio::test]
async fn the_audit_records_what_it_used() {
    let mut desk = Desk::of(&OLD);
    desk.set("tag:env=test", 150).await;
    desk.scene.scan(buckets()).await;
    let all = desk.scene.log.read_all(Position(0), 1000).await.unwrap();
    let used = all.iter().find_map(|envelope| match &envelope.event {
        Event::CatalogueUsed { checks, .. } => Some(json!(checks)),
        _ => None,
    });
    assert_eq!(
        used.unwrap(),
        json!([{
            "id": "bucket.old", "technology": "bucket", "version": 1,
            "parameters": { "score": 3, "max_age": 90, "ports": [443] },
            "overrides": [{ "query": "tag:env=test", "parameters": { "max_age": 150 } }],
        }])
    );
    // The finding names what was set for it and no more.
    let set: BTreeMap<_, _> =
        desk.scene.issues().into_iter().map(|it| (it.key.id, it.finding.parameters)).collect();
    let of_test = BTreeMap::from([("max_age".to_owned(), json!(150))]);
    let expected = [("b".to_owned(), BTreeMap::new()), ("c".to_owned(), of_test)];
    assert_eq!(set, BTreeMap::from(expected));
}

#[tokio::test]
async fn the_past_is_told_as_it_was_judged_and_asked_with_what_is_set_now() {
    let mut desk = Desk::of(&OLD);
    desk.scene.scan(buckets()).await;
    let then = desk.scene.now();
    desk.scene.wait(1);
    desk.set("", 300).await;
    desk.scene.scan(buckets()).await;
    let log = desk.scene.log.as_ref();
    let known = Known::at(log, &desk.scene.views, then, desk.scene.now()).await.unwrap();
    assert_eq!(query::issues(&known, &desk.registry, query("")).unwrap().count(), 2);

    let found = async |governance: &Known| {
        let accounts = known.views.accounts().unwrap();
        let governance = governance.governance().unwrap();
        let pipeline = desk.scene.pipeline();
        let judged = pipeline.judge(&known.views, &accounts, then, governance);
        judged.map(|it| it.unwrap().1.findings.len()).sum::<usize>()
    };
    assert_eq!(found(&known).await, 2, "with what was set then");
    assert_eq!(found(&desk.known()).await, 0, "with what is set now");
}

#[tokio::test]
async fn exposure_asks_about_the_time_before_a_check_with_what_is_set() {
    let mut desk = Desk::of(&OLD);
    desk.scene = desk.scene.without_checks();
    desk.scene.scan(Look::at(&BUCKET).item("b", bucket(100, "prod"))).await;
    desk.scene.scan(Look::at(&BUCKET).item("b", bucket(100, "test"))).await;
    desk.set("tag:env=test", 500).await;
    let known = desk.known();
    let auditors: [Arc<dyn Auditor>; 1] = [Arc::new(Catalogue::new([OLD.clone()]))];
    let log = desk.scene.log.as_ref();
    let search = ExposureSearch::default();
    let found = query::exposure(log, &known, &desk.registry, &auditors, &search).await.unwrap();
    let [exposure] = found.all.as_slice() else { panic!("{found:?}") };
    // The new tag ends it, though the check does not read tags.
    let revisions = |it: &query::Interval| (it.from.revision, it.until.map(|it| it.revision));
    assert_eq!(exposure.intervals.iter().map(revisions).collect::<Vec<_>>(), [(1, Some(2))]);
}

#[tokio::test]
async fn what_cannot_be_set_is_refused() {
    let mut desk = Desk::of(&OLD);
    desk.scene.scan(buckets()).await;
    let refused = async |rule| desk.override_check(rule).await.unwrap_err().to_string();
    assert_eq!(
        refused(set("", "max_aeg", 1)).await,
        "unknown parameter `max_aeg`; nearest: `max_age`"
    );
    assert_eq!(
        refused(set("", "max_age", 0)).await,
        "max_age is a whole number of days from 1 to 1000, not `0`"
    );
    assert_eq!(
        refused(set("", "ports", "443")).await,
        "ports is a list of whole numbers from 0 to 65535, not `443`"
    );
    for scope in ["changed:<7d", "name:a -first_seen:>1y"] {
        let error = desk.override_check(set(scope, "max_age", 9)).await.unwrap_err();
        assert!(matches!(error, Error::Drifting(_)), "{scope}: {error}");
    }
    // With a date it means the same for ever.
    desk.override_check(set("changed:<2030-01-01", "max_age", 9)).await.unwrap();
    // Lists are sets.
    let made = desk.override_check(set("", "ports", json!([443, 22, 22]))).await.unwrap();
    assert_eq!(made, Made::New);
    let made = desk.override_check(set("", "ports", json!([22, 443]))).await.unwrap();
    assert_eq!(made, Made::Unchanged);
}

#[tokio::test]
async fn a_check_cannot_ask_for_what_it_does_not_declare() {
    let check = Check { parameters: Cow::Borrowed(&[]), ..OLD.check.clone() };
    let run = Arc::clone(&OLD.run);
    let mut desk = Desk::of(&Rule { check, run });
    desk.scene.scan(buckets()).await;
    let account = desk.scene.account.id.clone();
    let last = desk.scene.views.audited(&account).unwrap().unwrap();
    let why: Vec<_> = last.undecided.iter().map(|it| it.because.as_str()).collect();
    assert_eq!(why, ["the check looks up the parameter max_age without declaring it"]);
}

/// A bucket of any age with any of a few ports.
fn any_bucket() -> impl Strategy<Value = Value> {
    let ports = proptest::collection::btree_set(prop_oneof![Just(22), Just(443), Just(80)], 0..3);
    (1_i64..400, ports, prop_oneof![Just("prod"), Just("test")])
        .prop_map(|(age, ports, env)| json!({ "Age": age, "Ports": ports, "Tags": { "env": env } }))
}

fn any_buckets() -> impl Strategy<Value = Look> {
    proptest::collection::vec(any_bucket(), 1..5).prop_map(|all| {
        let mut look = Look::at(&BUCKET);
        for (number, config) in all.into_iter().enumerate() {
            look = look.item(&format!("b{number}"), config);
        }
        look
    })
}

fn any_scope() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just(""), Just("tag:env=test"), Just("-name:b0")]
}

/// How many events the streams of items hold.
async fn of_items(desk: &Desk) -> usize {
    let all = desk.scene.log.read_all(Position(0), 10_000).await.unwrap();
    all.iter().filter(|envelope| envelope.stream.as_item().is_some()).count()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn setting_what_is_so_by_default_changes_nothing(look in any_buckets(), scope in any_scope()) {
        block_on(async {
            let mut desk = Desk::of(&OLD);
            desk.scene.scan(look.clone()).await;
            let before = of_items(&desk).await;
            let parameters = OLD.check.parameters.iter();
            let parameters = parameters.map(|it| (it.name.to_string(), it.default())).collect();
            let rule = Override::new("bucket.old", query(scope), "as it is");
            desk.override_check(Override { parameters, ..rule }).await.unwrap();
            desk.scene.scan(look).await;
            desk.audit().await;
            prop_assert_eq!(of_items(&desk).await, before);
            Ok(())
        })?;
    }

    #[test]
    fn the_audit_does_what_the_preview_says(
        look in any_buckets(),
        first in (any_scope(), 1_i64..400),
        then in (any_scope(), 1_i64..400),
    ) {
        block_on(async {
            let mut desk = Desk::of(&OLD);
            desk.set(first.0, first.1).await;
            desk.scene.scan(look).await;
            let standing = |desk: &Desk| -> BTreeSet<_> {
                let all = desk.scene.issues().into_iter().filter(|it| it.resolved_at.is_none());
                all.map(|it| it.finding.issue).collect()
            };
            let before = standing(&desk);
            let rule = set(then.0, "max_age", then.1);
            let auditors: [Arc<dyn Auditor>; 1] = [Arc::new(Catalogue::new([OLD.clone()]))];
            let known = desk.known();
            let effect =
                query::override_effect(&known, &desk.registry, &auditors, &rule).unwrap();
            desk.override_check(rule).await.unwrap();
            desk.audit().await;
            let after = standing(&desk);
            let opens = after.difference(&before).count() as u64;
            let ends = before.difference(&after).count() as u64;
            prop_assert_eq!(effect, Effect { opens, ends });
            Ok(())
        })?;
    }
}
