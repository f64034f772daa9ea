//! The API over what a scene recorded.

use std::borrow::Cow;

use secmonkey_core::check::{self, Auditor, Check, Rule};
use secmonkey_core::query::{self, Known, Query};
use secmonkey_core::record::Records;
use secmonkey_core::technology::{Reach, Technology};
use secmonkey_core::testing::{Look, PROVIDER};
use serde_json::Map;

use super::*;

pub(super) const GROUP: Technology =
    Technology { provider: PROVIDER, id: Cow::Borrowed("group"), ..Technology::DEFAULT };
const USER: Technology = Technology {
    provider: PROVIDER,
    id: Cow::Borrowed("user"),
    reach: Reach::Global,
    ..Technology::DEFAULT
};
const OPEN: Check = Check {
    id: Cow::Borrowed("group.open"),
    technology: Cow::Borrowed("group"),
    score: 7,
    page: Cow::Borrowed("# Open to somebody"),
    ..Check::DEFAULT
};

fn rule() -> Rule {
    Rule::new(OPEN, |item, _, found| {
        if !item.config["Open"].is_null() {
            found.add("", "open");
        }
        Ok(())
    })
}

/// Groups of which every other is open, one that was changed, one that is gone, and a user.
pub(super) async fn scene() -> Scene {
    let mut scene = Scene::new(&[GROUP, USER]).check(&rule());
    let groups = |first: Value| {
        let look = Look::at(&GROUP).item("sg-1", first);
        (2..=5).fold(look, |look, number| {
            let config = if number % 2 == 1 { json!({ "Open": "all" }) } else { json!({}) };
            look.item(&format!("sg-{number}"), config)
        })
    };
    scene.scan_all(vec![groups(json!({})).item("sg-gone", json!({})), Look::at(&USER)]).await;
    let user = Look::at(&USER).item("AIDA1", json!({ "UserName": "ann" }));
    scene.scan_all(vec![groups(json!({ "Open": "10.0.0.0/8" })), user]).await;
    scene
}

pub(super) fn catalogue() -> Catalogue {
    let rules: Vec<Arc<dyn Auditor>> = vec![Arc::new(check::Catalogue::new([rule()]))];
    let account = |_: &_| Map::from_iter([("role".to_owned(), json!("audit"))]);
    let registry = Registry::new([GROUP, USER], [OPEN]);
    Catalogue { account, ..Catalogue::new(registry, rules, Arc::new(Reports)) }
}

pub(super) fn over(scene: &Scene) -> Service {
    let recorded = Recorded::of(scene, catalogue());
    Service::new(Arc::new(Fake::default()), Arc::new(recorded), forgetful(), Metrics::default())
}

/// The API as somebody has it who sees these items.
pub(super) fn seen_by(scene: &Scene, scope: &str) -> Router {
    may(scene, Role::Admin, scope)
}

/// The API as somebody has it who may do this with these items.
pub(super) fn may(scene: &Scene, role: Role, scope: &str) -> Router {
    let scope = scope.parse().unwrap();
    let caller = Caller { role, scope, ..Caller::everywhere("ann") };
    crate::api::router(over(scene)).layer(Extension(caller))
}

pub(super) async fn json_of(router: &Router, path: &str) -> (StatusCode, Value) {
    let (status, _, body) = asked(router.clone(), get(path)).await;
    (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}")))
}

pub(super) async fn answered(router: &Router, path: &str) -> Value {
    let (status, value) = json_of(router, path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {value}");
    value
}

fn ids(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

pub(super) const ITEM: &str = "/api/v1/items/111122223333%2Fgroup%2Feu-west-1%2Fsg-1";

#[tokio::test]
async fn answers_are_the_records_of_the_library() {
    let scene = scene().await;
    let router = owners(over(&scene));
    let known = Known::new(scene.views.clone(), jiff::Timestamp::now());
    let registry = catalogue().registry;
    let records = Records::new(&known, &registry).unwrap();
    let items = query::items(&known, &registry, Query::All).unwrap();
    let items: Vec<_> = items.map(|state| records.item(&state.unwrap())).collect();
    assert_eq!(answered(&router, "/api/v1/items").await, json!(items));
    assert_eq!(items.len(), 6);

    let found = answered(&router, "/api/v1/items?q=name:nothing%20OR%20technology:user").await;
    assert_eq!(ids(&found), ["AIDA1"]);
    let shown = answered(&router, ITEM).await;
    assert_eq!(shown["config"], json!({ "Open": "10.0.0.0/8" }));
    assert_eq!(answered(&router, &format!("{ITEM}?revision=1")).await["config"], json!({}));
    let revisions = answered(&router, &format!("{ITEM}/revisions")).await;
    assert_eq!(revisions.as_array().unwrap().len(), 2);
    let blame = answered(&router, &format!("{ITEM}/blame?pointer=/Open")).await;
    assert_eq!((&blame[0]["revision"], &blame[0]["pointer"]), (&json!(2), &json!("/Open")));
    let diff = answered(&router, &format!("{ITEM}/diff?from=1&to=2")).await;
    assert_eq!(diff["patch"][0]["op"], json!("add"));
    let other = "111122223333%2Fgroup%2Feu-west-1%2Fsg-2";
    let apart = answered(&router, &format!("{ITEM}/diff?with={other}")).await;
    assert_eq!(apart["to"]["key"], json!("111122223333/group/eu-west-1/sg-2"));
    let exposure = answered(&router, &format!("{ITEM}/exposure?check=group.open")).await;
    assert_eq!((&exposure["items"], &exposure["undecided"]), (&json!(1), &json!([])));
    assert_eq!(exposure["exposures"].as_array().unwrap().len(), 1);

    let issues = answered(&router, "/api/v1/issues").await;
    assert_eq!(issues.as_array().unwrap().len(), 3);
    let id = issues[0]["id"].as_str().unwrap();
    let issue = answered(&router, &format!("/api/v1/issues/{id}")).await;
    assert_eq!(issue["neighbours"]["same_check"].as_array().unwrap().len(), 2);
    assert_eq!(issue["neighbours"]["same_check_total"], json!(2));
    assert_eq!(answered(&router, &format!("{ITEM}/issues")).await[0]["check"], "group.open");
}

/// Decides something of each kind.
async fn decide(router: &Router, issue: &str) {
    let item = &ITEM["/api/v1/".len()..];
    let (override_of, ignore) = ("overrides".to_owned(), "ignores".to_owned());
    for (method, path, body) in [
        ("PUT", format!("issues/{issue}/justification"), json!({ "note": "so" })),
        ("POST", format!("issues/{issue}/comments"), json!({ "text": "hm" })),
        ("POST", format!("{item}/comments"), json!({ "text": "hm", "revision": 1 })),
        ("POST", override_of.clone(), json!({ "check": "group.open", "score": 3, "reason": "r" })),
        (
            "POST",
            override_of,
            json!({ "check": "group.open", "query": "name:sg-3", "disabled": true, "reason": "r",
                    "until": "2999-01-01" }),
        ),
        ("POST", ignore, json!({ "query": "name:sg-5", "reason": "not ours" })),
        ("POST", "networks".into(), json!({ "name": "office", "cidr": "192.0.2.0/24" })),
        (
            "POST",
            "accounts".into(),
            json!({ "id": "210987654321", "provider": "test", "name": "b" }),
        ),
        (
            "POST",
            "subscriptions".into(),
            json!({ "name": "all", "outlet": "mail", "quiet": "22:00-07:00 UTC" }),
        ),
        ("PUT", "silence".into(), json!({ "reason": "night" })),
        ("PUT", "schedule".into(), json!({ "technology": "group", "interval": "15m" })),
    ] {
        let (status, answer) = sent(router, (method, &path), &[], body).await;
        assert!(status.is_success(), "{method} {path}: {answer}");
    }
}

#[tokio::test]
async fn every_route_answers_and_stands_in_the_document() {
    let scene = scene().await;
    let router = owners(over(&scene));
    let document = answered(&router, "/api/v1/openapi.json").await;
    let issue = answered(&router, "/api/v1/issues").await[0]["id"].as_str().unwrap().to_owned();
    decide(&router, &issue).await;
    let scan = answered(&router, "/api/v1/scans").await[0]["scan"].as_str().unwrap().to_owned();
    record::sign(&scene, &router).await;
    let add = json!({ "name": "ann", "role": "admin" });
    assert_eq!(sent(&router, ("POST", "users"), &[], add).await.0, StatusCode::CREATED);
    for (path, methods) in document["paths"].as_object().unwrap() {
        // Others are texts, or never end.
        if methods["get"]["responses"]["200"]["content"]["application/json"].is_null() {
            continue;
        }
        let filled = path
            .replace("/items/{key}", &ITEM["/api/v1".len()..])
            .replace("/issues/{id}", &format!("/issues/{issue}"))
            .replace("/scans/{id}", &format!("/scans/{scan}"))
            .replace("/checks/{id}", "/checks/group.open")
            .replace("/accounts/{id}", "/accounts/111122223333")
            .replace("/users/{name}", "/users/ann")
            .replace("/reports/compliance", "/reports/compliance?framework=few-1.0");
        assert!(!filled.contains('{'), "{filled}");
        answered(&router, &filled).await;
    }
    // What rules suppress is told apart.
    let ruled = ITEM.replace("sg-1", "sg-3");
    let exposure = answered(&router, &format!("{ruled}/exposure")).await;
    assert_eq!(exposure["exposures"], json!([]));
    assert_eq!(exposure["suppressed"][0]["suppressed"]["how"], json!("check_disabled"));
}

#[tokio::test]
async fn what_hides_in_texts_from_outside_is_escaped_in_every_answer() {
    let mut scene = Scene::new(&[GROUP]);
    scene.scan(Look::at(&GROUP).item("sg-1", json!({ "Name": "a\u{9b}31m\u{202e}b" }))).await;
    let router = owners(over(&scene));
    for path in [ITEM, "/api/v1/events", &format!("{ITEM}/blame")] {
        let (status, _, body) = asked(router.clone(), get(path)).await;
        assert_eq!(status, StatusCode::OK);
        assert!(body.contains("a\\u009b31m\\u202eb"), "{path}: {body}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_and_hold_each_row_once() {
    let scene = scene().await;
    let router = owners(over(&scene));
    for (list, rows) in [
        ("/api/v1/items?limit=2", 6),
        ("/api/v1/issues?limit=2", 3),
        ("/api/v1/issues?limit=2&sort=newest", 3),
        ("/api/v1/issues?limit=2&sort=id", 3),
        ("/api/v1/scans?limit=1", 2),
    ] {
        let whole =
            answered(&router, &list.replace("limit=1", "limit=9").replace("limit=2", "limit=9"))
                .await;
        let (mut path, mut all) = (list.to_owned(), Vec::new());
        loop {
            let answer = router.clone().oneshot(get(&path)).await.unwrap();
            let next = answer.headers().get(header::LINK).cloned();
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            let page: Vec<Value> = serde_json::from_slice(&body).unwrap();
            all.extend(page);
            let Some(next) = next else { break };
            let (address, _) = next.to_str().unwrap().split_once('>').unwrap();
            path = address.trim_start_matches('<').to_owned();
        }
        assert_eq!(json!(all), whole, "{list}");
        assert_eq!(all.len(), rows, "{list}");
    }
}

#[tokio::test]
async fn what_somebody_may_not_see_is_not_there() {
    let scene = scene().await;
    let router = seen_by(&scene, "technology:group name:sg-2");
    assert_eq!(ids(&answered(&router, "/api/v1/items").await), ["sg-2"]);
    assert_eq!(ids(&answered(&router, "/api/v1/items?q=deleted:any").await), ["sg-2"]);
    assert_eq!(answered(&router, "/api/v1/issues").await, json!([]));
    let everything = super::owners(over(&scene));
    let issue = answered(&everything, "/api/v1/issues").await[0]["id"].as_str().unwrap().to_owned();
    let hidden = [
        ITEM.to_owned(),
        format!("{ITEM}?revision=1"),
        format!("{ITEM}/issues"),
        format!("{ITEM}/revisions"),
        format!("{ITEM}/blame"),
        format!("{ITEM}/diff"),
        format!("{ITEM}/exposure"),
        format!("{ITEM}/proof"),
        format!("{}/diff?with=111122223333/group/eu-west-1/sg-1", ITEM.replace("sg-1", "sg-2")),
        format!("/api/v1/issues/{issue}"),
    ];
    for path in hidden {
        let (status, problem) = json_of(&router, &path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {problem}");
    }
    // What is about more than items is for who sees everything.
    for path in [
        "account-states",
        "accounts",
        "accounts/production",
        "checkpoints",
        "decisions",
        "events",
        "events/stream",
        "ignores",
        "keys",
        "networks",
        "overrides",
        "overview",
        "reports/access-keys",
        "reports/compliance?framework=few-1.0",
        "reports/coverage",
        "reports/daily",
        "reports/exposure",
        "reports/public",
        "reports/unused",
        "scans",
        "schedule",
        "silence",
        "status",
        "subscriptions",
    ] {
        let (status, _) = json_of(&router, &format!("/api/v1/{path}")).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
    }
    let started = HttpRequest::post("/api/v1/scans").body(Body::empty()).unwrap();
    assert_eq!(asked(router.clone(), started).await.0, StatusCode::FORBIDDEN);

    // A name that nothing has finds nothing, as one that is hidden does.
    for name in ["account:production", "account:prod", "region:eu-west-9", "check:group.opn"] {
        let (status, items) = json_of(&router, &format!("/api/v1/items?q={name}")).await;
        assert_eq!(status, StatusCode::OK, "{name}: {items}");
        assert!(items.as_array().unwrap().len() <= 1, "{name}: {items}");
    }
    // What a scope says of an item, no query about issues says otherwise.
    for scope in ["-check:group.open", "score:<7", "group.open -name:sg-*", "account:nobody"] {
        let router = seen_by(&scene, scope);
        for path in ["issues", "issues?q=status:any", "issues?q=check:group.open"] {
            let found = answered(&router, &format!("/api/v1/{path}")).await;
            assert_eq!(found, json!([]), "{scope}: {path}");
        }
    }
    assert_eq!(answered(&seen_by(&scene, "account:nobody"), "/api/v1/items").await, json!([]));
}

#[tokio::test]
async fn bad_input_is_a_problem_that_names_its_place() {
    let scene = scene().await;
    let router = owners(over(&scene));
    for (path, field) in [
        ("/api/v1/items?limit=0", "limit"),
        ("/api/v1/items?limit=many", "limit"),
        ("/api/v1/items?cursor=x", "cursor"),
        ("/api/v1/issues?sort=newest&cursor=eyJJZCI6InEifQ", "cursor"),
        ("/api/v1/items?q=(", "q"),
        ("/api/v1/items?q=technology:grop", "q"),
        ("/api/v1/items?at=never", "at"),
        ("/api/v1/items?at=2999-01-01", "at"),
        ("/api/v1/items?at=1999-01-01", "at"),
        (&format!("{ITEM}?at=never"), "at"),
        (&format!("{ITEM}?at=2026-01-01&revision=1"), "revision"),
        (&format!("{ITEM}/diff?from=never"), "from"),
        (&format!("{ITEM}/diff?from=2999-01-01"), "from"),
        (&format!("{ITEM}/diff?to=2999-01-01"), "to"),
        (&format!("{ITEM}/diff?to=2&at=2026-01-02"), "at"),
        (&format!("{ITEM}/exposure?principal=%22"), "principal"),
        ("/api/v1/events?after=-1", "after"),
        (&format!("{ITEM}/exposure?check=nothing"), "check"),
        ("/api/v1/issues?sort=best", "sort"),
        ("/api/v1/status?q=technology:grop", "q"),
        ("/api/v1/export/configs?at=never", "at"),
        ("/api/v1/export/configs?at=2999-01-01", "at"),
        ("/api/v1/reports/daily?since=never", "since"),
        ("/api/v1/reports/daily?since=2999-01-01", "since"),
        ("/api/v1/reports/daily?q=technology:grop", "q"),
        ("/api/v1/reports/coverage?at=2999-01-01", "at"),
        ("/api/v1/reports/compliance?framework=few-2.0", "framework"),
        ("/api/v1/reports/exposure?check=group.open,group.opn", "check"),
    ] {
        let (status, problem) = json_of(&router, path).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {problem}");
        assert_eq!(problem["field"], json!(field), "{path}: {problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(!detail.contains('\n') && !detail.is_empty(), "{path}: {detail}");
    }
    for path in [
        "/api/v1/items/nothing",
        "/api/v1/issues/nothing",
        "/api/v1/checks/nothing",
        "/api/v1/scans/nothing",
        "/api/v1/accounts/nothing",
        "/api/v1/nothing",
        &format!("{ITEM}?revision=9"),
        &format!("{ITEM}/blame?pointer=/Nothing"),
    ] {
        let (status, problem) = json_of(&router, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {problem}");
        assert_eq!(problem["status"], json!(404));
    }
    for path in [
        "items?nonsense=1",
        "overview?q=x",
        "decisions?at=yesterday",
        "items?q=a&q=b",
        "reports/compliance",
        "reports/unused?since=yesterday",
    ] {
        let (status, problem) = json_of(&router, &format!("/api/v1/{path}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {problem}");
    }
    let (status, problem) = json_of(&router, "/api/v1/items/a%0A%1B%5B2J").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let detail = problem["detail"].as_str().unwrap();
    assert!(!detail.chars().any(char::is_control), "{detail:?}");
    let delete = HttpRequest::delete("/api/v1/items").body(Body::empty()).unwrap();
    let (status, kind, _) = asked(router, delete).await;
    assert_eq!(
        (status, kind.as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "application/problem+json")
    );
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again() {
    let scene = scene().await;
    let router = owners(over(&scene));
    let answer = router.clone().oneshot(get("/api/v1/items")).await.unwrap();
    let tag = answer.headers()[header::ETAG].clone();
    let again = |tag: &str| {
        let request = HttpRequest::get("/api/v1/items").header(header::IF_NONE_MATCH, tag);
        asked(router.clone(), request.body(Body::empty()).unwrap())
    };
    let tag = tag.to_str().unwrap();
    for same in [tag.to_owned(), format!("\"other\", W/{tag}"), "*".to_owned()] {
        let (status, _, body) = again(&same).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{same}");
    }
    assert_eq!(again("\"other\"").await.0, StatusCode::OK);
}

#[tokio::test]
async fn events_are_followed_from_any_position() {
    let scene = scene().await;
    let router = owners(over(&scene));
    let events = answered(&router, "/api/v1/events?after=2&limit=3").await;
    let positions = events.as_array().unwrap().iter().map(|one| one["position"].as_u64().unwrap());
    assert_eq!(positions.collect::<Vec<_>>(), [3, 4, 5]);
    let answer = router.clone().oneshot(get("/api/v1/events?after=2&limit=3")).await.unwrap();
    let next = answer.headers()[header::LINK].to_str().unwrap();
    assert_eq!(next, "</api/v1/events?limit=3&after=5>; rel=\"next\"");
    let lost = HttpRequest::get("/api/v1/events/stream").header("last-event-id", "x");
    let (status, ..) = asked(router.clone(), lost.body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let request = HttpRequest::get("/api/v1/events/stream").header("last-event-id", "4");
    let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut body = answer.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    let text = String::from_utf8(first.to_vec()).unwrap();
    assert!(text.contains("id: 5\n") && text.contains("\"position\":5"), "{text}");
}

/// What a request with a body answers.
pub(super) async fn sent(
    router: &Router,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: Value,
) -> (StatusCode, Value) {
    let mut request = HttpRequest::builder().method(method).uri(format!("/api/v1/{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    let (status, _, body) = asked(router.clone(), request).await;
    (status, serde_json::from_str(&body).unwrap_or_default())
}

#[test]
fn the_document_says_what_it_said() {
    let document = serde_json::to_value(crate::api::openapi()).unwrap();
    insta::assert_json_snapshot!(document);
}
