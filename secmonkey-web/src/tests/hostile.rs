//! Requests that nobody sends who means well: what is too much, never ends, or would be a header,
//! a path or a secret somewhere else than it is.

use std::convert::Infallible;

use axum::body::Bytes;
use futures::stream;

use super::access::{Answer, ORIGIN, Web, send_from};
use super::*;

/// An administrator's cookie.
async fn admin(web: &Web) -> String {
    web.add("root", "admin", "").await;
    web.cookie("root").await
}

async fn send_body(
    web: &Web,
    cookie: &str,
    to: (&str, &str),
    more: &[(&str, &str)],
    body: Body,
) -> Answer {
    let mut headers = vec![("cookie", cookie), ("origin", ORIGIN)];
    headers.extend(more);
    send_from(&web.public, "192.0.2.7", to.0, to.1, &headers, body).await
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_by_every_operation() {
    let web = Web::new().await;
    let cookie = admin(&web).await;
    let before = web.events().await;
    let document = serde_json::to_value(crate::api::openapi()).unwrap();
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["requestBody"].is_null() {
                continue;
            }
            let path = path.replace("{key}", "x").replace("{id}", "x").replace("{name}", "x");
            let to = (&*method.to_uppercase(), &*path);
            let long = vec![b' '; extract::LARGEST + 1];
            let answer = send_body(&web, &cookie, to, &[], Body::from(long.clone())).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{to:?}: {}", answer.text);
            // Nor where it does not say before how long it is.
            let parts = long.chunks(10_000).map(|part| Ok::<_, Infallible>(part.to_vec()));
            let parts = stream::iter(parts.collect::<Vec<_>>());
            let answer = send_body(&web, &cookie, to, &[], Body::from_stream(parts)).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{to:?}: {}", answer.text);
            asked += 1;
        }
    }
    assert!(asked > 15, "{asked}");
    assert_eq!(web.events().await, before);
}

/// `{"name":"eve","role":"view"}`, compressed.
const COMPRESSED: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\xca\x4b\xcc\x4d\x55\xb2\x52\
      \x4a\x2d\x4b\x55\xd2\x51\x2a\xca\xcf\x01\x71\xca\x32\x53\xcb\x95\x6a\x01\xb2\
      \x74\x7f\xc0\x1c\x00\x00\x00";

#[tokio::test]
async fn nothing_that_is_compressed_is_taken_apart() {
    let web = Web::new().await;
    let cookie = admin(&web).await;
    for coding in ["gzip", "deflate", "br", "zstd", "gzip, gzip"] {
        let more = [("content-encoding", coding), ("accept-encoding", coding)];
        let body = Body::from(COMPRESSED);
        let answer = send_body(&web, &cookie, ("POST", "users"), &more, body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{coding}: {}", answer.text);
        // Nor is an answer compressed, whose length would tell what it says beside what was asked.
        assert_eq!(answer.header("content-encoding"), "");
        let items = web.get("items", &[("cookie", &cookie), ("accept-encoding", coding)]).await;
        assert_eq!((items.status, items.header("content-encoding")), (StatusCode::OK, ""));
    }
    let eve = web.owner("GET", "users/eve", Value::Null).await;
    assert_eq!(eve.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_waited_for_so_long() {
    let web = Web::new().await;
    let cookie = admin(&web).await;
    let drip = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Some((Ok::<_, Infallible>(Bytes::from_static(b" ")), ()))
    });
    let sent = send_body(&web, &cookie, ("POST", "users"), &[], Body::from_stream(drip));
    let answer = tokio::time::timeout(PATIENCE + Duration::from_secs(1), sent).await;
    let answer = answer.expect("it is given up");
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
}

#[tokio::test]
async fn nothing_that_is_asked_becomes_a_header_of_the_answer() {
    let web = Web::new().await;
    let cookie = admin(&web).await;
    let own = [("cookie", cookie.as_str()), ("origin", ORIGIN)];
    for evil in
        ["%0D%0ASet-Cookie:%20a=b", "%0ASet-Cookie:%20a=b", "%E5%98%8A%E5%98%8DSet-Cookie:a"]
    {
        for path in [
            // The next page is the same request, in a header.
            format!("items?limit=1&q=-%22{evil}%22"),
            format!("items/{evil}"),
            format!("issues?sort={evil}"),
            format!("reports/daily?since={evil}"),
            format!("nothing{evil}"),
        ] {
            let answer = web.get(&path, &own).await;
            assert_eq!(answer.header("set-cookie"), "", "{path}");
            assert!(answer.header("link").is_empty() || path.starts_with("items?"), "{path}");
            for (name, value) in &answer.headers {
                let value = String::from_utf8_lossy(value.as_bytes());
                assert!(!value.contains(['\r', '\n']), "{path}: {name}: {value}");
            }
        }
        let next = web.get(&format!("items?limit=1&q=-%22{evil}%22"), &own).await;
        let link = next.header("link");
        assert!(link.contains("Set-Cookie") && link.ends_with("rel=\"next\""), "{link}");
    }
}

#[tokio::test]
async fn a_token_in_an_address_lets_nobody_in() {
    let web = Web::new().await;
    let cookie = admin(&web).await;
    let token = web.token(&cookie, json!({ "name": "t" })).await;
    let secret = token.strip_prefix("Bearer ").unwrap();
    assert_eq!(web.get("items", &[("authorization", &token)]).await.status, StatusCode::OK);
    // Addresses stand in histories and logs.
    for path in [
        format!("items?access_token={secret}"),
        format!("items?token={secret}"),
        format!("items?authorization=Bearer%20{secret}"),
        format!("items/{secret}"),
        format!("/{secret}/api/v1/items"),
    ] {
        let refused = web.get(&path, &[]).await;
        assert!(
            [StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND].contains(&refused.status),
            "{path}: {}",
            refused.status
        );
        assert!(
            !refused.text.contains(secret) || refused.status == StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    // Nor in a cookie, or as a password.
    for headers in [
        ("cookie", format!("__Host-secmonkey={secret}")),
        ("authorization", format!("Basic {secret}")),
    ] {
        let refused = web.get("items", &[(headers.0, &headers.1)]).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{headers:?}");
    }
}

#[tokio::test]
async fn no_path_leads_out_of_what_is_there() {
    let web = Web::new().await;
    let cookie = admin(&web).await;
    let own = [("cookie", cookie.as_str()), ("origin", ORIGIN)];
    let before = web.events().await;
    for evil in [
        "../access.json",
        "..%2Faccess.json",
        "..%2F..%2F..%2Fetc%2Fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "..%5C..%5Caccess.json",
        "%252e%252e%252fetc%252fpasswd",
        "access.json%00",
        "%2Fetc%2Fpasswd",
        "..%C0%AFaccess.json",
        "file:%2F%2F%2Fetc%2Fpasswd",
    ] {
        for place in
            ["", "items/", "issues/", "checks/", "accounts/", "scans/", "users/", "reports/", "../"]
        {
            let path = format!("{place}{evil}");
            let answer = web.get(&path, &own).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text);
        }
        for place in
            ["networks/", "subscriptions/", "overrides/", "ignores/", "tokens/", "sessions/"]
        {
            let path = format!("{place}{evil}");
            let answer = web.ask("DELETE", &path, &own, Value::Null).await;
            assert!(answer.status.is_client_error(), "{path}: {}", answer.text);
        }
    }
    assert_eq!(web.events().await, before);
}
