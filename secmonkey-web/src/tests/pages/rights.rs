//! Users, tokens, sessions, passwords.

use super::*;

const LED: StatusCode = StatusCode::SEE_OTHER;

#[tokio::test]
async fn users_are_let_in_changed_and_removed() {
    let web = estate::web().await;
    let boss = Browser::somebody(&web, "boss", "admin", "").await;
    for (name, query, password, field) in [
        ("", "", PASSWORD, "name"),
        ("boss", "", PASSWORD, "name"),
        ("alice", "account:", PASSWORD, "query"),
        ("alice", "account:nobody", PASSWORD, "query"),
        ("alice", "", "short", "password"),
    ] {
        let given = [("name", name), ("role", "comment"), ("query", query), ("password", password)];
        let answer = boss.post("/users", &given).await;
        assert!(matches!(answer.status.as_u16(), 409 | 422), "{}", answer.text);
        is_sound("/users", &answer);
        assert!(answer.text.contains(&format!("{field}-wrong")), "{field}: {}", answer.text);
        assert!(!answer.text.contains(PASSWORD), "it goes nowhere");
        assert!(answer.text.contains("value=\"comment\" selected"), "{}", answer.text);
    }
    let given =
        [("name", "alice"), ("role", "view"), ("query", "account:staging"), ("password", PASSWORD)];
    assert_eq!(boss.post("/users", &given).await.status, LED);
    insta::assert_snapshot!("users", steady(&boss.page("/users").await));
    let alice = Browser { web: &web, cookie: Some(web.cookie("alice").await), is_owner: false };
    for path in ["/users", "/users/edit?name=alice", "/users/remove?name=alice"] {
        assert_eq!(alice.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/users", "/users/edit", "/users/remove"] {
        let given = [("name", "alice"), ("role", "admin"), ("query", "")];
        assert_eq!(alice.post(path, &given).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let page = boss.page("/users/edit?name=alice").await;
    assert!(page.contains("value=\"account:staging\""), "{page}");
    let edit = [("name", "alice"), ("role", "justify"), ("query", "")];
    assert_eq!(boss.post("/users/edit", &edit).await.status, LED);
    assert!(alice.page("/accounts").await.contains("justify"));
    let last = boss.post("/users/edit", &[("name", "boss"), ("role", "view")]).await;
    assert_eq!(last.status, StatusCode::CONFLICT);
    is_sound("/users/edit", &last);
    assert!(last.text.contains("the last who may do everything"), "{}", last.text);
    let short = [("name", "alice"), ("new_password", "yes"), ("password", "short")];
    let short = boss.post("/users/edit", &short).await;
    assert!(short.text.contains("password-wrong"), "{}", short.text);
    let new = [("name", "alice"), ("new_password", "yes"), ("password", "another of these days")];
    assert_eq!(boss.post("/users/edit", &new).await.status, LED);
    assert_eq!(alice.get("/").await.header("location"), "/sign-in");
    boss.page("/users/remove?name=alice").await;
    assert_eq!(boss.post("/users/remove", &[("name", "alice")]).await.status, LED);
    assert!(!boss.page("/users").await.contains("alice"));
}

#[tokio::test]
async fn a_token_is_shown_once() {
    let web = estate::web().await;
    let alice = Browser::somebody(&web, "alice", "comment", "account:staging").await;
    for (name, role, until, field) in [
        ("a b", "view", "", "name"),
        ("nightly", "view", "in 3 years", "until"),
        ("nightly", "view", "soon", "until"),
    ] {
        let given = [("name", name), ("role", role), ("until", until)];
        let answer = alice.post("/tokens", &given).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
        is_sound("/tokens", &answer);
        assert!(answer.text.contains(&format!("{field}-wrong")), "{field}: {}", answer.text);
    }
    let more = alice.post("/tokens", &[("name", "more"), ("role", "admin")]).await;
    assert_eq!(more.status, StatusCode::FORBIDDEN);
    let issued = alice.post("/tokens", &[("name", "nightly"), ("role", "view")]).await;
    assert_eq!(issued.status, StatusCode::CREATED);
    is_sound("/tokens", &issued);
    let token = between(&issued.text, "<pre>", '<').remove(0);
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(web.get("issues", &headers).await.status, StatusCode::OK);
    let page = alice.page("/tokens").await;
    assert!(page.contains("nightly") && !page.contains(&token), "{page}");
    let id = between(&page, "href=\"/tokens/revoke?id=", '"').remove(0);
    // It is nobody else's to see.
    let bob = Browser::somebody(&web, "bob", "justify", "").await;
    assert!(!bob.page("/tokens").await.contains("nightly"));
    assert_eq!(bob.post("/tokens/revoke", &[("id", &id)]).await.status, StatusCode::NOT_FOUND);
    let boss = Browser::somebody(&web, "boss", "admin", "").await;
    assert!(boss.page("/tokens").await.contains("nightly"));
    alice.page(&format!("/tokens/revoke?id={id}")).await;
    assert_eq!(alice.post("/tokens/revoke", &[("id", &id)]).await.status, LED);
    assert_eq!(web.get("issues", &headers).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sessions_end_and_passwords_change() {
    let web = estate::web().await;
    let alice = Browser::somebody(&web, "alice", "view", "").await;
    let other = Browser { web: &web, cookie: Some(web.cookie("alice").await), is_owner: false };
    let bob = Browser::somebody(&web, "bob", "view", "").await;
    let page = bob.page("/sessions").await;
    assert!(!page.contains("alice") && page.contains("this one"), "{page}");
    let own = between(&page, "name=\"id\" value=\"", '"').remove(0);
    assert_eq!(alice.post("/sessions", &[("id", &own)]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(alice.page("/sessions").await.matches("name=\"id\"").count(), 2);

    let new = "another of these days";
    for (current, password, again, field) in [
        ("wrong", new, new, "current"),
        (PASSWORD, "short", "short", "password"),
        (PASSWORD, new, "something else", "again"),
    ] {
        let given = [("current", current), ("password", password), ("again", again)];
        let answer = alice.post("/password", &given).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
        is_sound("/password", &answer);
        assert!(answer.text.contains(&format!("{field}-wrong")), "{field}: {}", answer.text);
        assert!(!answer.text.contains(new), "it goes nowhere");
    }
    let given = [("current", PASSWORD), ("password", new), ("again", new)];
    assert_eq!(alice.post("/password", &given).await.status, LED);
    assert_eq!(other.get("/").await.header("location"), "/sign-in");
    alice.page("/").await;
    let boss = Browser::somebody(&web, "boss", "admin", "").await;
    assert_eq!(boss.post("/sessions", &[("id", &own)]).await.status, LED);
    assert_eq!(bob.get("/").await.header("location"), "/sign-in");
    // Who comes through the socket has no password.
    assert_eq!(Browser::owner(&web).get("/password").await.status, StatusCode::NOT_FOUND);
}
