//! Decisions over the API, and who may take them.

use secmonkey_core::log::EventLog as _;

use super::api::{ITEM, answered, may, over, scene, seen_by, sent};
use super::*;

/// Who did the last thing that was recorded, and what that was.
async fn last(scene: &Scene) -> (String, String) {
    let head = scene.log.head().await.unwrap().position;
    let before = secmonkey_core::event::Position(head.0 - 1);
    let event = scene.log.read_all(before, 1).await.unwrap().remove(0);
    let kind = serde_json::to_value(&event.event).unwrap()["type"].as_str().unwrap().to_owned();
    (event.actor.0, kind)
}

#[tokio::test]
async fn decisions_are_recorded_with_who_took_them() {
    let scene = scene().await;
    let router = seen_by(&scene, "");
    let id = answered(&router, "/api/v1/issues").await[0]["id"].as_str().unwrap().to_owned();
    let issue = format!("issues/{id}");
    let item = &ITEM["/api/v1/".len()..];
    let override_of = json!({ "check": "group.open", "score": 3, "reason": "small" });
    let ignore = json!({ "query": "name:sg-5", "reason": "not ours" });
    let office = json!({ "name": "office", "cidr": "192.0.2.0/24" });
    let account = json!({ "id": "210987654321", "provider": "test", "name": "annex" });
    let mail = json!({ "name": "all", "outlet": "mail" });
    let often = json!({ "technology": "group", "interval": "15m", "reason": "often" });
    for (method, path, body, status, recorded) in [
        ("PUT", format!("{issue}/justification"), json!({ "note": "so" }), 200, "issue_justified"),
        ("DELETE", format!("{issue}/justification"), json!({}), 200, "justification_withdrawn"),
        (
            "POST",
            "justifications".into(),
            json!({ "q": "", "note": "all" }),
            200,
            "issue_justified",
        ),
        ("POST", format!("{issue}/comments"), json!({ "text": "hm" }), 201, "commented"),
        ("POST", format!("{item}/comments"), json!({ "text": "hm" }), 201, "commented"),
        ("POST", "overrides".into(), override_of, 201, "check_overridden"),
        ("POST", "ignores".into(), ignore, 201, "items_ignored"),
        ("POST", "networks".into(), office, 201, "network_known"),
        ("DELETE", "networks/office".into(), json!({}), 200, "network_forgotten"),
        ("POST", "accounts".into(), account, 201, "account_registered"),
        ("PATCH", "accounts/annex".into(), json!({ "active": false }), 200, "account_updated"),
        ("DELETE", "accounts/annex".into(), json!({}), 200, "account_removed"),
        ("POST", "subscriptions".into(), mail, 201, "subscribed"),
        ("DELETE", "subscriptions/all".into(), json!({}), 200, "unsubscribed"),
        ("PUT", "silence".into(), json!({ "reason": "night" }), 200, "notifications_silenced"),
        ("DELETE", "silence".into(), json!({}), 204, "notifications_resumed"),
        ("PUT", "schedule".into(), often, 200, "schedule_changed"),
        ("DELETE", "schedule?technology=group".into(), json!({}), 200, "schedule_reset"),
    ] {
        let (got, answer) = sent(&router, (method, &path), &[], body).await;
        assert_eq!(got.as_u16(), status, "{method} {path}: {answer}");
        assert_eq!(last(&scene).await, ("ann".to_owned(), recorded.to_owned()), "{path}");
    }
    for list in ["overrides", "ignores"] {
        let id = answered(&router, &format!("/api/v1/{list}")).await[0]["id"].clone();
        let path = format!("{list}/{}", id.as_str().unwrap());
        assert_eq!(sent(&router, ("DELETE", &path), &[], json!({})).await.0, StatusCode::OK);
        let again = sent(&router, ("DELETE", &path), &[], json!({})).await;
        assert_eq!(again.0, StatusCode::NOT_FOUND, "{}", again.1);
    }
}

#[tokio::test]
async fn who_may_not_is_refused_and_nothing_is_recorded() {
    let scene = scene().await;
    let everything = super::owners(over(&scene));
    let id = answered(&everything, "/api/v1/issues").await[0]["id"].as_str().unwrap().to_owned();
    let justify = format!("issues/{id}/justification");
    let comment = format!("{}/comments", &ITEM["/api/v1/".len()..]);
    let about = json!({ "note": "n", "text": "t", "reason": "r" });
    let document = answered(&everything, "/api/v1/openapi.json").await;
    let before = scene.log.head().await.unwrap().position;
    for role in [Role::View, Role::Comment, Role::Justify] {
        let router = may(&scene, role, "");
        for (path, methods) in document["paths"].as_object().unwrap() {
            let path = path.trim_start_matches("/api/v1/");
            // What is one's own.
            if ["session", "sessions/{id}", "tokens", "tokens/{id}"].contains(&path) {
                continue;
            }
            for method in methods.as_object().unwrap().keys().filter(|method| *method != "get") {
                let takes = match path {
                    path if path.ends_with("/comments") => Role::Comment,
                    path if path.contains("justification") => Role::Justify,
                    _ => Role::Admin,
                };
                let method = method.to_uppercase();
                let filled = path.replace("{id}", "x").replace("{key}", "x").replace("{name}", "x");
                let (status, answer) = sent(&router, (&method, &filled), &[], json!({})).await;
                let is_refused = status == StatusCode::FORBIDDEN;
                // Bodies are read first: what is wrong with one may be told to anybody.
                let is_wrong = status == StatusCode::UNPROCESSABLE_ENTITY;
                assert_eq!(
                    is_refused || is_wrong,
                    role < takes || is_wrong,
                    "{method} {path}: {answer}"
                );
            }
        }
    }
    for (role, scope, method, path, status) in [
        (Role::View, "", "PUT", &justify, 403),
        (Role::Comment, "", "PUT", &justify, 403),
        (Role::View, "", "POST", &comment, 403),
        // What they do not see is not there.
        (Role::Admin, "name:sg-2", "PUT", &justify, 404),
        (Role::Admin, "name:sg-2", "POST", &comment, 404),
    ] {
        let member = if path == &justify { "note" } else { "text" };
        let body = json!({ member: "n" });
        let (got, answer) = sent(&may(&scene, role, scope), (method, path), &[], body).await;
        assert_eq!(got.as_u16(), status, "{role:?} {path}: {answer}");
    }
    let some = seen_by(&scene, "name:sg-2");
    let (status, _) =
        sent(&some, ("POST", "justifications"), &[], json!({ "q": "", "note": "n" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    for path in ["accounts", "networks", "ignores", "overrides", "subscriptions"] {
        let (status, _) = sent(&some, ("POST", path), &[], about.clone()).await;
        assert!([403, 422].contains(&status.as_u16()), "{path}: {status}");
    }
    assert_eq!(scene.log.head().await.unwrap().position, before);
}

#[tokio::test]
async fn the_document_says_what_an_operation_takes() {
    let document = serde_json::to_value(crate::api::openapi()).unwrap();
    for (role, scope) in [
        (Role::View, ""),
        (Role::Comment, ""),
        (Role::Justify, ""),
        (Role::Admin, ""),
        (Role::View, "name:sg-2"),
        (Role::Admin, "name:sg-2"),
    ] {
        let scene = scene().await;
        let router = may(&scene, role, scope);
        for (path, methods) in document["paths"].as_object().unwrap() {
            // Of what is one's own it depends whose it is.
            if ["/session", "/token", "/password"].iter().any(|own| path.contains(own)) {
                continue;
            }
            for (method, operation) in methods.as_object().unwrap() {
                let takes = &operation["x-requires"];
                let least: Role = takes["role"].as_str().unwrap().parse().unwrap();
                let may = role >= least && (scope.is_empty() || takes["everything"] == false);
                let filled = path.replace("{id}", "x").replace("{key}", "x").replace("{name}", "x");
                let to = (&*method.to_uppercase(), filled.trim_start_matches("/api/v1/"));
                // What never ends does not come whole.
                if may && path.ends_with("/stream") {
                    continue;
                }
                let (status, answer) = sent(&router, to, &[], json!({})).await;
                let is_refused = status == StatusCode::FORBIDDEN;
                // Who may not learns no more than that their request is none.
                let is_wrong = status == StatusCode::UNPROCESSABLE_ENTITY;
                assert!(is_refused != may || is_wrong, "{role} {scope} {to:?}: {status}: {answer}");
            }
        }
    }
}

#[tokio::test]
async fn an_edit_of_what_changed_meanwhile_is_refused() {
    let scene = scene().await;
    let router = seen_by(&scene, "");
    let id = answered(&router, "/api/v1/issues").await[0]["id"].as_str().unwrap().to_owned();
    for (path, edit, body) in [
        (format!("issues/{id}"), format!("issues/{id}/justification"), json!({ "note": "so" })),
        ("accounts/production".into(), "accounts/production".into(), json!({ "notes": "so" })),
    ] {
        let method = if edit == path { "PATCH" } else { "PUT" };
        let read = router.clone().oneshot(get(&format!("/api/v1/{path}"))).await.unwrap();
        let tag = read.headers()[header::ETAG].to_str().unwrap().to_owned();
        let stale = [("if-match", "\"stale\"")];
        let (status, _) = sent(&router, (method, &edit), &stale, body.clone()).await;
        assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{edit}");
        let fresh = [("if-match", tag.as_str())];
        let (status, answer) = sent(&router, (method, &edit), &fresh, body.clone()).await;
        assert_eq!(status, StatusCode::OK, "{edit}: {answer}");
        let (status, _) = sent(&router, (method, &edit), &fresh, body).await;
        assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{edit}");
    }
}

#[tokio::test]
async fn a_request_that_is_sent_again_says_nothing_twice() {
    let scene = scene().await;
    let router = seen_by(&scene, "");
    let path = format!("{}/comments", &ITEM["/api/v1/".len()..]);
    let key = [("idempotency-key", "1")];
    let first = sent(&router, ("POST", &path), &key, json!({ "text": "once" })).await;
    let again = sent(&router, ("POST", &path), &key, json!({ "text": "once" })).await;
    assert_eq!((first.0, &first), (StatusCode::CREATED, &again));
    assert_eq!(first.1.as_array().unwrap().len(), 1);
    let other = sent(&router, ("POST", &path), &key, json!({ "text": "twice" })).await;
    assert_eq!(other.0, StatusCode::UNPROCESSABLE_ENTITY, "{}", other.1);
    let without = sent(&router, ("POST", &path), &[], json!({ "text": "once" })).await;
    assert_eq!(without.1.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_would_be_decided_is_told_and_not_decided() {
    let scene = scene().await;
    let router = seen_by(&scene, "");
    let before = scene.log.head().await.unwrap().position;
    let (status, found) = sent(
        &router,
        ("POST", "justifications"),
        &[],
        json!({ "q": "", "note": "n", "dry_run": true }),
    )
    .await;
    assert_eq!((status, found.as_array().unwrap().len()), (StatusCode::OK, 3));
    let rule = json!({ "query": "name:sg-3", "reason": "r", "dry_run": true });
    let (status, record) = sent(&router, ("POST", "ignores"), &[], rule).await;
    assert_eq!(
        (status, &record["items"], &record["issues"]),
        (StatusCode::OK, &json!(1), &json!(1))
    );
    let rule = json!({ "check": "group.open", "disabled": true, "reason": "r", "dry_run": true });
    let (status, record) = sent(&router, ("POST", "overrides"), &[], rule).await;
    assert_eq!((status, &record["issues"]), (StatusCode::OK, &json!(3)));
    assert_eq!(scene.log.head().await.unwrap().position, before);
}
