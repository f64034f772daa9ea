use std::borrow::Cow;

use secmonkey_core::Timestamp;
use secmonkey_core::log::EventLog as _;
use secmonkey_core::query::{Known, Query};
use secmonkey_core::technology::{Reach, Technology};
use secmonkey_core::testing::{Look, PROVIDER, Scene};
use serde_json::{Value, json, to_value};

use super::*;
use crate::check::catalogue;

#[test]
fn each_end_is_that_of_a_check() {
    use secmonkey_core::check::Auditor as _;
    let catalogue = catalogue();
    let ids: Vec<_> = catalogue.checks().iter().map(|check| check.id.as_ref()).collect();
    for ends in [&UNUSED[..], &PUBLIC[..]] {
        for end in ends {
            assert!(ids.iter().any(|id| id.ends_with(end)), "{end}");
        }
        assert!(ends.is_sorted(), "{ends:?}");
    }
}

const USER: Technology = Technology {
    provider: PROVIDER,
    id: Cow::Borrowed("iam_user"),
    reach: Reach::Global,
    ..Technology::DEFAULT
};
const ACCOUNT: Technology = Technology {
    provider: PROVIDER,
    id: Cow::Borrowed("iam_account"),
    reach: Reach::Global,
    ..Technology::DEFAULT
};

fn key(id: &str, status: &str, used: &Value) -> Value {
    json!({
        "AccessKeyId": id, "Status": status, "CreateDate": "2025-01-31T10:00:00Z",
        "AccessKeyLastUsed": used,
    })
}

#[tokio::test]
async fn access_keys_the_active_first() {
    let mut scene = Scene::new(&[USER, ACCOUNT]);
    let users = Look::at(&USER)
        .item("u-1", json!({ "AccessKeys": [key("AKIA1", "Inactive", &json!({}))] }))
        .named("ana")
        .item(
            "u-2",
            json!({ "AccessKeys": [
            key("AKIA2", "Active", &json!({ "LastUsedDate": "2025-02-01T00:00:00Z" })),
            { "AccessKeyId": "AKIA3", "Status": "Active", "CreateDate": "2025-03-01T00:00:00Z" },
        ] }),
        )
        .named("=ben")
        .item("u-3", json!({}))
        .named("chloe");
    let account = json!({ "SummaryMap": { "AccountAccessKeysPresent": 1 } });
    scene.scan_all(vec![users, Look::at(&ACCOUNT).item("a", account)]).await;
    let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
    let known = Known::new(scene.views.clone(), now);
    let registry = Registry::new([USER, ACCOUNT], []);
    let position = scene.log.head().await.unwrap().position;
    let reporting = Reporting::new(&known, &registry, &registry, Query::All, position).unwrap();
    let report = access_keys(&reporting).unwrap();
    assert!(report.summary.starts_with("4 access keys, 3 active; "), "{}", report.summary);
    let told = to_value(&report).unwrap();
    let cells = |name: &str| -> Vec<Value> {
        let rows = told["sections"]["keys"].as_array().unwrap();
        rows.iter().map(|row| row[name].clone()).collect()
    };
    assert_eq!(cells("key"), ["unknown", "AKIA2", "AKIA3", "AKIA1"]);
    assert_eq!(cells("user"), ["root of the account", "=ben", "=ben", "ana"]);
    assert_eq!(cells("age_days"), [json!(null), json!(365), json!(336), json!(365)]);
    let last_used = [json!("not read"), json!("2025-02-01"), json!("not read"), json!(null)];
    assert_eq!(cells("last_used"), last_used);
}

#[tokio::test]
async fn what_nobody_looked_at_meets_no_control() {
    let scene = Scene::new(&[USER]);
    let known = Known::new(scene.views.clone(), scene.now());
    let auditor = catalogue();
    let registry = {
        use secmonkey_core::check::Auditor as _;
        Registry::new(crate::watch::technologies(), auditor.checks().to_vec())
    };
    let position = scene.log.head().await.unwrap().position;
    let reporting = Reporting::new(&known, &registry, &registry, Query::All, position).unwrap();
    for framework in crate::compliance::frameworks() {
        let report = compliance(&reporting, framework).unwrap();
        let told = to_value(&report).unwrap();
        assert_eq!(told["about"]["passed"], 0, "{}", framework.id);
        assert_eq!(told["about"]["failed"], 0, "{}", framework.id);
        let controls = told["sections"]["controls"].as_array().unwrap();
        assert_eq!(controls.len(), framework.controls.len());
        for control in controls {
            let state = control["state"].as_str().unwrap();
            assert!(["not assessed", "manual"].contains(&state), "{control}");
            assert_ne!(control["why"], "", "{control}");
        }
    }
}
