//! Who is let in over a network, and what they may.

use std::net::SocketAddr;

use super::api::{ITEM, over, scene};
use super::*;
use axum::extract::ConnectInfo;

pub(super) const PASSWORD: &str = "correct horse battery";
pub(super) const ORIGIN: &str = "https://secmonkey.example.com";

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: axum::http::HeaderMap,
    /// The body, as JSON where it is that.
    pub(super) body: Value,
    /// The body, as it came.
    pub(super) text: String,
}

impl Answer {
    /// What the browser keeps from then on.
    pub(super) fn cookie(&self) -> String {
        let cookie = self.headers[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A daemon that people come to over a network.
pub(super) struct Web {
    pub(super) service: Service,
    pub(super) public: Router,
    pub(super) scene: Scene,
}

impl Web {
    pub(super) async fn with(entry: Entry) -> Self {
        let access = Access::open(Arc::new(crate::access::Forgetful::default()), entry).unwrap();
        Self::over(scene().await, access)
    }

    /// Over what a scene recorded.
    pub(super) fn over(scene: Scene, access: Access) -> Self {
        let service = Service { access: Arc::new(access), ..over(&scene) };
        Self { public: public(service.clone()), service, scene }
    }

    pub(super) async fn new() -> Self {
        Self::with(Entry { public_url: Some(ORIGIN.to_owned()), ..Entry::default() }).await
    }

    /// Asks as the owner of the store does.
    pub(super) async fn owner(&self, method: &str, path: &str, body: Value) -> Answer {
        send(&owners(self.service.clone()), method, path, &[], body).await
    }

    pub(super) async fn add(&self, name: &str, role: &str, query: &str) {
        let body = json!({ "name": name, "role": role, "query": query, "password": PASSWORD });
        let added = self.owner("POST", "users", body).await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
    }

    /// Asks over the network.
    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        send(&self.public, method, path, headers, body).await
    }

    pub(super) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers, Value::Null).await
    }

    pub(super) async fn sign_in(&self, name: &str, password: &str) -> Answer {
        self.ask("POST", "session", &[], json!({ "name": name, "password": password })).await
    }

    /// Signs somebody in, and gives their cookie.
    pub(super) async fn cookie(&self, name: &str) -> String {
        let signed = self.sign_in(name, PASSWORD).await;
        assert_eq!(signed.status, StatusCode::OK, "{}", signed.body);
        signed.cookie()
    }

    /// A token of somebody who signed in.
    pub(super) async fn token(&self, cookie: &str, body: Value) -> String {
        let headers = [("cookie", cookie), ("origin", ORIGIN)];
        let issued = self.ask("POST", "tokens", &headers, body).await;
        assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.body);
        format!("Bearer {}", issued.body["token"].as_str().unwrap())
    }

    pub(super) async fn events(&self) -> u64 {
        self.scene.log.head().await.unwrap().position.0
    }
}

pub(super) async fn send(
    router: &Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Value,
) -> Answer {
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    send_from(router, "192.0.2.7", method, path, headers, body).await
}

/// As [`send`], from an address.
pub(super) async fn send_from(
    router: &Router,
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Body,
) -> Answer {
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{path}") };
    let mut request = HttpRequest::builder().method(method).uri(&path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(body).unwrap();
    let peer = SocketAddr::new(address.parse().unwrap(), 4711);
    request.extensions_mut().insert(ConnectInfo(peer));
    let answer = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let kind = parts.headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap());
    document::check(&method.parse().unwrap(), &path, parts.status, kind.unwrap_or_default(), &text);
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status: parts.status, headers: parts.headers, body, text }
}

/// Every operation of the document: its method and path, with something in place of what differs.
fn operations(about: &str) -> Vec<(String, String)> {
    let document = serde_json::to_value(crate::api::openapi()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let filled: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { about } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for method in methods.as_object().unwrap().keys() {
            all.push((method.to_uppercase(), filled.clone()));
        }
    }
    assert!(all.len() > 50, "{}", all.len());
    all
}

#[tokio::test]
async fn nobody_learns_or_changes_anything_who_is_not_let_in() {
    let web = Web::new().await;
    let before = web.events().await;
    let bad: [&[(&str, &str)]; 7] = [
        &[],
        &[("authorization", "Bearer smk_nobodys")],
        &[("authorization", "Basic YWxpY2U6eA==")],
        &[("authorization", "Bearer ")],
        &[("cookie", "__Host-secmonkey=nobodys")],
        &[("cookie", "__Host-secmonkey=")],
        &[("x-remote-user", "alice")],
    ];
    for (method, path) in operations("x") {
        if (method.as_str(), path.as_str()) == ("POST", "/api/v1/session") {
            continue;
        }
        for headers in bad {
            let answer = web.ask(&method, &path, headers, Value::Null).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} {headers:?}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
    }
    for path in ["nothing", "/nothing", "/api/v1/../v1/items", "state", "/api/v1//items"] {
        assert_eq!(web.get(path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // A token in an address is none: addresses stand in histories and logs.
    let in_url = web.get("items?access_token=smk_x&token=smk_x", &[]).await;
    assert_eq!(in_url.status, StatusCode::UNAUTHORIZED);
    for path in ["/healthz", "/metrics", "openapi.json"] {
        assert_eq!(web.get(path, &[]).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(web.events().await, before);
}

#[tokio::test]
async fn somebody_signs_in_and_out() {
    let web = Web::new().await;
    web.add("Alice", "justify", "technology:group").await;
    // What a browser already had is not what it gets: nobody can choose it before.
    let fixed = [("cookie", "__Host-secmonkey=chosen"), ("origin", ORIGIN)];
    let body = json!({ "name": "alice", "password": PASSWORD });
    let signed = web.ask("POST", "session", &fixed, body).await;
    assert_eq!(signed.status, StatusCode::OK, "{}", signed.body);
    let set = signed.header("set-cookie");
    assert!(set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{set}");
    assert!(!set.contains("chosen") && !set.contains("Domain"), "{set}");
    assert_eq!(signed.header("cache-control"), "no-store");
    let cookie = signed.cookie();
    assert_eq!(cookie.len(), "__Host-secmonkey=".len() + 43);
    let own = [("cookie", cookie.as_str()), ("origin", ORIGIN)];
    let who = web.get("session", &own).await.body;
    assert_eq!(
        who,
        json!({ "actor": "user:Alice", "user": "Alice", "role": "justify",
            "query": "technology:group", "by": "session" })
    );
    let other = web.cookie("ALICE").await;
    assert_ne!(other, cookie);
    let sessions = web.get("sessions", &own).await.body;
    assert_eq!(sessions.as_array().unwrap().len(), 2, "{sessions}");
    assert_eq!(sessions[0]["address"], json!("192.0.2.7"));
    assert_eq!(
        sessions.as_array().unwrap().iter().filter(|one| one["current"] == json!(true)).count(),
        1
    );
    let out = web.ask("DELETE", "session", &own, Value::Null).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(web.get("session", &own).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(web.get("session", &[("cookie", &other)]).await.status, StatusCode::OK);
    // One of one's own ends from elsewhere.
    let other = [("cookie", other.as_str()), ("origin", ORIGIN)];
    let id = web.get("sessions", &other).await.body[0]["id"].as_str().unwrap().to_owned();
    let ended = web.ask("DELETE", &format!("sessions/{id}"), &other, Value::Null).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert_eq!(web.get("session", &other).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn passwords_cannot_be_guessed_over_the_network() {
    let web = Web::new().await;
    web.add("alice", "view", "").await;
    let wrong = web.sign_in("alice", "not the password").await;
    let nobody = web.sign_in("nobody", "not the password").await;
    assert_eq!((wrong.status, &wrong.body), (StatusCode::UNAUTHORIZED, &nobody.body));
    for _ in 0..4 {
        assert_eq!(web.sign_in("alice", "wrong").await.status, StatusCode::UNAUTHORIZED);
    }
    let refused = web.sign_in("alice", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.body);
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    assert_eq!(web.sign_in("bob", "wrong").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_page_of_another_site_changes_nothing() {
    let web = Web::new().await;
    web.add("alice", "admin", "").await;
    let cookie = web.cookie("alice").await;
    let before = web.events().await;
    let add = json!({ "name": "eve", "role": "admin" });
    let others: [&[(&str, &str)]; 6] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "http://secmonkey.example.com")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", "https://x.example.com")],
        // Whatever sent it is no browser: these come with a token.
        &[],
    ];
    for others in others {
        let mut headers = vec![("cookie", cookie.as_str()), ("host", "127.0.0.1:8000")];
        headers.extend(others);
        let answer = web.ask("POST", "users", &headers, add.clone()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{others:?}: {}", answer.body);
        let out = web.ask("DELETE", "session", &headers, Value::Null).await;
        assert_eq!(out.status, StatusCode::FORBIDDEN, "{others:?}");
    }
    // Nor does it sign somebody in as somebody else.
    let body = json!({ "name": "alice", "password": PASSWORD });
    let signed = web.ask("POST", "session", &[("origin", "https://evil.example")], body).await;
    assert_eq!(signed.status, StatusCode::FORBIDDEN);
    assert_eq!(web.events().await, before);
    for own in [("origin", ORIGIN), ("sec-fetch-site", "same-origin")] {
        let headers = [("cookie", cookie.as_str()), own];
        let add = json!({ "name": format!("user-{}", own.0), "role": "view" });
        assert_eq!(web.ask("POST", "users", &headers, add).await.status, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn every_answer_says_to_browsers_what_they_may_do_with_it() {
    let encrypted = Entry { encrypted: true, ..Entry::default() };
    for (web, transport) in
        [(Web::new().await, ""), (Web::with(encrypted).await, "max-age=31536000")]
    {
        for path in ["/healthz", "/nothing", "items", "openapi.json"] {
            let answer = web.get(path, &[]).await;
            assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("referrer-policy"), "no-referrer");
            assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
            assert!(!answer.header("cache-control").is_empty(), "{path}");
            assert_eq!(answer.header("strict-transport-security"), transport, "{path}");
        }
    }
}

#[tokio::test]
async fn a_token_may_never_do_more_than_whose_it_is() {
    let web = Web::new().await;
    web.add("root", "admin", "").await;
    web.add("alice", "comment", "name:sg-1").await;
    let cookie = web.cookie("alice").await;
    let own = [("cookie", cookie.as_str()), ("origin", ORIGIN)];
    let more = json!({ "name": "more", "role": "admin" });
    assert_eq!(web.ask("POST", "tokens", &own, more).await.status, StatusCode::FORBIDDEN);
    let service = json!({ "name": "svc", "service": true });
    assert_eq!(web.ask("POST", "tokens", &own, service).await.status, StatusCode::FORBIDDEN);
    for (until, detail) in [("2020-01-01", "over"), ("2999-01-01", "366 days")] {
        let body = json!({ "name": "t", "until": until });
        let refused = web.ask("POST", "tokens", &own, body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body["detail"].as_str().unwrap().contains(detail), "{}", refused.body);
    }
    let wide = web.token(&cookie, json!({ "name": "wide", "query": "" })).await;
    let bearer = [("authorization", wide.as_str())];
    let items = web.get("items?q=deleted:any", &bearer).await.body;
    assert_eq!(items.as_array().unwrap().len(), 1, "{items}");
    let who = web.get("session", &bearer).await.body;
    assert_eq!(who["actor"], json!("token:alice/wide"));
    // It cannot beget another, nor speak of sessions and passwords.
    let again = json!({ "name": "again" });
    assert_eq!(web.ask("POST", "tokens", &bearer, again).await.status, StatusCode::FORBIDDEN);
    let password = json!({ "password": "another horse battery", "current": PASSWORD });
    let changed = web.ask("PUT", "users/alice/password", &bearer, password).await;
    assert_eq!(changed.status, StatusCode::FORBIDDEN);
    assert_eq!(web.get("sessions", &bearer).await.body, json!([]));
    // What its owner may no longer, it may no longer.
    let path = format!("{ITEM}/comments");
    let comment = || json!({ "text": "hm" });
    assert_eq!(web.ask("POST", &path, &bearer, comment()).await.status, StatusCode::CREATED);
    let less = web.owner("PATCH", "users/alice", json!({ "role": "view" })).await;
    assert_eq!(less.status, StatusCode::OK, "{}", less.body);
    assert_eq!(web.ask("POST", &path, &bearer, comment()).await.status, StatusCode::FORBIDDEN);
    let gone = web.owner("DELETE", "users/alice", Value::Null).await;
    assert_eq!(gone.status, StatusCode::OK, "{}", gone.body);
    assert_eq!(web.get("items", &bearer).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(web.get("items", &own).await.status, StatusCode::UNAUTHORIZED);
    // Nor does what they had let in who is called so after them.
    web.add("alice", "admin", "").await;
    assert_eq!(web.get("items", &bearer).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(web.get("items", &own).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_revoked_token_lets_nothing_in_and_a_service_outlives_people() {
    let web = Web::new().await;
    web.add("root", "admin", "").await;
    web.add("boss", "admin", "").await;
    let cookie = web.cookie("boss").await;
    let service = json!({ "name": "nightly", "role": "view", "service": true });
    let nightly = web.token(&cookie, service).await;
    let bearer = [("authorization", nightly.as_str())];
    assert_eq!(web.owner("DELETE", "users/boss", Value::Null).await.status, StatusCode::OK);
    assert_eq!(web.get("items", &bearer).await.status, StatusCode::OK);
    let tokens = web.owner("GET", "tokens", Value::Null).await.body;
    assert!(tokens[0].get("token").is_none(), "{tokens}");
    let path = format!("tokens/{}", tokens[0]["id"].as_str().unwrap());
    assert_eq!(web.owner("DELETE", &path, Value::Null).await.status, StatusCode::OK);
    assert_eq!(web.owner("DELETE", &path, Value::Null).await.status, StatusCode::NOT_FOUND);
    assert_eq!(web.get("items", &bearer).await.status, StatusCode::UNAUTHORIZED);
    let log = web.owner("GET", "events?limit=1000", Value::Null).await.body.to_string();
    assert!(!log.contains("smk_") && !log.contains("argon2") && !log.contains(PASSWORD));
}

#[tokio::test]
async fn another_password_ends_what_was_let_in_with_the_last() {
    let web = Web::new().await;
    web.add("alice", "view", "").await;
    web.add("bob", "view", "").await;
    let [cookie, other] = [web.cookie("alice").await, web.cookie("alice").await];
    let own = [("cookie", cookie.as_str()), ("origin", ORIGIN)];
    let change = async |name: &str, body: Value| {
        web.ask("PUT", &format!("users/{name}/password"), &own, body).await
    };
    let new = "another horse battery";
    for (name, body, status) in [
        ("alice", json!({ "password": new }), 422),
        ("alice", json!({ "password": new, "current": "wrong" }), 422),
        ("alice", json!({ "password": "password1234", "current": PASSWORD }), 422),
        ("bob", json!({ "password": new, "current": PASSWORD }), 403),
        ("nobody", json!({ "password": new }), 403),
        ("ALICE", json!({ "password": new, "current": PASSWORD }), 204),
    ] {
        let changed = change(name, body.clone()).await;
        assert_eq!(changed.status.as_u16(), status, "{name} {body}: {}", changed.body);
    }
    assert_eq!(web.get("session", &own).await.status, StatusCode::OK);
    let other = web.get("session", &[("cookie", &other)]).await;
    assert_eq!(other.status, StatusCode::UNAUTHORIZED);
    assert_eq!(web.sign_in("alice", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(web.sign_in("alice", new).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_proxy_is_believed_from_its_addresses_alone() {
    let proxy = |net: &str| Entry {
        proxy: Some(Proxy {
            addresses: vec![net.parse().unwrap()],
            header: "x-remote-user".to_owned(),
        }),
        ..Entry::default()
    };
    let said = [("x-remote-user", "alice")];
    let web = Web::with(proxy("192.0.2.0/24")).await;
    web.add("alice", "view", "name:sg-1").await;
    let who = web.get("session", &said).await;
    assert_eq!((who.status, &who.body["by"]), (StatusCode::OK, &json!("proxy")));
    assert_eq!(web.get("items", &said).await.body.as_array().unwrap().len(), 1);
    let nobody = web.get("session", &[("x-remote-user", "eve")]).await;
    assert_eq!(nobody.status, StatusCode::FORBIDDEN);
    let elsewhere = Web::with(proxy("198.51.100.0/24")).await;
    elsewhere.add("alice", "view", "").await;
    assert_eq!(elsewhere.get("session", &said).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn users_cannot_be_what_they_cannot_be() {
    let web = Web::new().await;
    web.add("root", "admin", "").await;
    for (body, said) in [
        (json!({ "name": "", "role": "view" }), "it is empty"),
        (json!({ "name": "a b", "role": "view" }), "is no letter"),
        (json!({ "name": "a\u{1b}[2J", "role": "view" }), "is no letter"),
        (json!({ "name": "x".repeat(65), "role": "view" }), "more than 64"),
        (json!({ "name": "al", "role": "vew" }), "unknown variant `vew`"),
        (json!({ "name": "al", "role": "view", "query": "(" }), "does not parse"),
        (json!({ "name": "al", "role": "view", "query": "score:>7" }), "about items"),
        (json!({ "name": "al", "role": "view", "query": "account:nobody" }), "unknown account"),
        (json!({ "name": "al", "role": "view", "password": "short" }), "at least 12"),
        (json!({ "name": "al", "role": "view", "admin": true }), "unknown field"),
    ] {
        let refused = web.owner("POST", "users", body.clone()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains(said), "{body}: {detail}");
    }
    let twice = json!({ "name": "ROOT", "role": "view" });
    assert_eq!(web.owner("POST", "users", twice).await.status, StatusCode::CONFLICT);
    // Somebody is left who may do everything.
    let less = web.owner("PATCH", "users/root", json!({ "role": "view" })).await;
    assert_eq!(less.status, StatusCode::CONFLICT, "{}", less.body);
    assert_eq!(web.owner("DELETE", "users/root", Value::Null).await.status, StatusCode::CONFLICT);
    assert_eq!(
        web.owner("DELETE", "users/nobody", Value::Null).await.status,
        StatusCode::NOT_FOUND
    );
    let tag = {
        let shown = web.owner("GET", "users/root", Value::Null).await;
        shown.header("etag").to_owned()
    };
    let router = owners(web.service.clone());
    let body = json!({ "query": "" });
    let same = send(&router, "PATCH", "users/root", &[("if-match", &tag)], body.clone()).await;
    assert_eq!(same.status, StatusCode::OK, "{}", same.body);
    let stale = send(&router, "PATCH", "users/root", &[("if-match", "\"x\"")], body).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
}
