//! Signing in and out on the pages.

use super::*;

#[tokio::test]
async fn somebody_is_led_to_sign_in_and_back() {
    let web = estate::web().await;
    web.add("alice", "view", "").await;
    let nobody = Browser::nobody(&web);
    for (path, place) in [("/", "/sign-in"), ("/?x=%26", "/sign-in?to=%2F%3Fx%3D%2526")] {
        let answer = nobody.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, place));
    }
    // Programs are told as ever.
    for accept in ["*/*", "application/json", ""] {
        let told = web.get("/", &[("accept", accept)]).await;
        assert_eq!(told.status, StatusCode::UNAUTHORIZED);
        assert_eq!(told.header("content-type"), "application/problem+json");
    }
    let part = [("accept", "text/html"), ("hx-request", "true")];
    assert_eq!(web.get("/", &part).await.header("hx-redirect"), "/sign-in");

    let page = nobody.page("/sign-in?to=%2F%3Fx%3D1").await;
    assert!(page.contains("name=\"to\" value=\"/?x=1\""), "{page}");
    let fields = [("name", " Alice "), ("password", PASSWORD), ("to", "/?x=1")];
    let signed = nobody.post("/sign-in", &fields).await;
    assert_eq!((signed.status, signed.header("location")), (StatusCode::SEE_OTHER, "/?x=1"));
    let alice = Browser { web: &web, cookie: Some(signed.cookie()), is_owner: false };
    let overview = alice.page("/").await;
    assert!(overview.contains("<bdi>alice</bdi>") && overview.contains("Sign out"), "{overview}");
    // Who is signed in already goes on.
    assert_eq!(alice.get("/sign-in?to=%2F").await.header("location"), "/");

    let out = alice.post("/sign-out", &[]).await;
    assert_eq!(
        (out.status, out.header("location")),
        (StatusCode::SEE_OTHER, "/sign-in?said=signed-out")
    );
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert!(out.header("clear-site-data").contains("cache"));
    assert_eq!(alice.get("/").await.header("location"), "/sign-in");
    let said = nobody.page("/sign-in?said=signed-out").await;
    assert!(said.contains("You are signed out."), "{said}");
    let made_up = nobody.page("/sign-in?said=Call%20555%20now").await;
    assert!(!made_up.contains("555"), "{made_up}");
    insta::assert_snapshot!("sign_in", steady(&said));
}

#[tokio::test]
async fn a_wrong_password_keeps_the_name_and_says_no_more() {
    let web = estate::web().await;
    web.add("alice", "view", "").await;
    let nobody = Browser::nobody(&web);
    for name in ["alice", "eve\"><script>"] {
        let refused = nobody.post("/sign-in", &[("name", name), ("password", "wrong")]).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused.header("set-cookie"), "");
        is_sound("/sign-in", &refused);
        assert!(refused.text.contains("the name or the password is wrong"), "{}", refused.text);
        assert!(!refused.text.contains("<script>"), "{}", refused.text);
        assert!(!refused.text.contains("value=\"wrong\""), "the password is not sent back");
    }
    let refused = nobody.post("/sign-in", &[("name", "alice"), ("password", "wrong")]).await;
    assert!(refused.text.contains("value=\"alice\""), "{}", refused.text);
    // Another site cannot sign somebody in as somebody else.
    let headers = [("accept", BROWSER), ("origin", "https://evil.example.com"), ("host", "x")];
    let body = Body::from(format!("name=alice&password={}", PASSWORD.replace(' ', "+")));
    let forged = send_from(&web.public, "192.0.2.7", "POST", "/sign-in", &headers, body).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert_eq!(forged.header("set-cookie"), "");
    is_sound("/sign-in", &forged);
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let web = estate::web().await;
    web.add("alice", "view", "").await;
    let nobody = Browser::nobody(&web);
    for to in [
        "https://evil.example.com/",
        "//evil.example.com/",
        "/\\evil.example.com",
        "\\\\evil.example.com",
        "/\t/evil.example.com",
        "/\n/evil.example.com",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil",
        "/sign-out",
        "/sign-in?to=/",
        "/\r\nset-cookie: x=y",
        "/🦊",
        "",
    ] {
        let fields = [("name", "alice"), ("password", PASSWORD), ("to", to)];
        let signed = nobody.post("/sign-in", &fields).await;
        assert_eq!(
            (signed.status, signed.header("location")),
            (StatusCode::SEE_OTHER, "/"),
            "{to}"
        );
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("to", to).finish();
        let page = nobody.page(&format!("/sign-in?{query}")).await;
        assert!(page.contains("name=\"to\" value=\"/\""), "{to}: {page}");
    }
}

#[tokio::test]
async fn a_session_that_is_over_is_told_where_something_was_sent() {
    let web = estate::web().await;
    let over =
        Browser { web: &web, cookie: Some("__Host-secmonkey=x".to_owned()), is_owner: false };
    assert_eq!(over.get("/").await.header("location"), "/sign-in");
    let sent = over.post("/sign-out", &[]).await;
    assert_eq!(sent.status, StatusCode::UNAUTHORIZED);
    is_sound("/sign-out", &sent);
    assert!(sent.text.contains("Your session is over"), "{}", sent.text);
    // Through the socket there is none.
    let owner = Browser::owner(&web);
    let none = owner.post("/sign-out", &[]).await;
    assert_eq!(none.status, StatusCode::CONFLICT);
    is_sound("/sign-out", &none);
    assert!(!owner.page("/").await.contains("/sign-out"));
}
