//! For whom attempts are counted: for the address that a proxy of ours names, and no other.

use axum::body::Body;

use super::access::{Answer, PASSWORD, Web, send_from};
use super::*;

/// A proxy of ours, one before it, and one of IPv6.
const PROXIES: [&str; 3] = ["192.0.2.0/28", "198.51.100.4/32", "2001:db8:1::/64"];

async fn web() -> Web {
    let addresses = PROXIES.map(|net| net.parse().unwrap()).to_vec();
    let header = "x-remote-user".to_owned();
    let web = Web::with(Entry { proxy: Some(Proxy { addresses, header }), ..Entry::default() });
    let web = web.await;
    web.add("alice", "view", "").await;
    web
}

/// Somebody tries to sign in: from an address, with what stands in `X-Forwarded-For`.
async fn attempt(web: &Web, peer: &str, said: &[&str], password: &str) -> Answer {
    let headers: Vec<_> = said.iter().map(|said| ("x-forwarded-for", *said)).collect();
    let body = json!({ "name": "alice", "password": password }).to_string();
    send_from(&web.public, peer, "POST", "session", &headers, Body::from(body)).await
}

/// From where somebody comes, and what the header says.
type Attempt<'a> = (&'a str, &'a [&'a str]);

/// Uses up the attempts of whoever comes so.
async fn use_up(web: &Web, peer: &str, said: &[&str]) {
    for _ in 0..5 {
        let wrong = attempt(web, peer, said, "wrong").await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED, "{peer} {said:?}: {}", wrong.body);
    }
}

#[tokio::test]
async fn attempts_count_for_the_address_that_a_proxy_of_ours_names() {
    // Through the proxy, and the same address with what it may be written as or hide behind.
    let same: [(&str, &[&str], &[Attempt]); 3] = [
        (
            "192.0.2.7",
            &["203.0.113.9"],
            &[
                ("192.0.2.8", &["203.0.113.9"]),
                ("192.0.2.7", &["203.0.113.9:50123"]),
                ("192.0.2.7", &["::ffff:203.0.113.9"]),
                ("::ffff:192.0.2.7", &["203.0.113.9"]),
                // What somebody sends is before what proxies add.
                ("192.0.2.7", &["203.0.113.77, 203.0.113.9"]),
                ("192.0.2.7", &["127.0.0.1, nonsense,203.0.113.9"]),
                ("192.0.2.7", &["203.0.113.77", "203.0.113.9"]),
                // Two proxies of ours, one behind the other.
                ("192.0.2.7", &["203.0.113.77, 203.0.113.9, 198.51.100.4"]),
                ("192.0.2.7", &["203.0.113.9, [2001:db8:1::5]:443", "198.51.100.4"]),
                ("2001:db8:1::5", &["203.0.113.9"]),
                // Or without any.
                ("203.0.113.9", &[]),
            ],
        ),
        (
            "192.0.2.7",
            &["2001:db8:7:7::1"],
            &[
                // Whoever has one address of a network has them all.
                ("192.0.2.7", &["2001:db8:7:7:ffff::2"]),
                ("192.0.2.7", &["[2001:db8:7:7::3]:50123"]),
                ("2001:db8:7:7::4", &[]),
            ],
        ),
        // Nobody else is believed: the header is theirs.
        ("203.0.113.9", &["198.51.100.99"], &[("203.0.113.9", &["198.51.100.98"])]),
    ];
    for (peer, said, others) in same {
        for other in others {
            let web = web().await;
            use_up(&web, peer, said).await;
            let refused = attempt(&web, other.0, other.1, PASSWORD).await;
            assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{other:?}");
        }
    }
}

#[tokio::test]
async fn nobody_is_kept_out_by_the_attempts_of_others() {
    let web = web().await;
    use_up(&web, "192.0.2.7", &["203.0.113.9"]).await;
    // They name somebody else, whom they would keep out.
    use_up(&web, "203.0.113.66", &["198.51.100.99"]).await;
    use_up(&web, "192.0.2.7", &["198.51.100.99, 203.0.113.67"]).await;
    for (peer, said) in [
        ("192.0.2.7", &["203.0.113.10"] as &[&str]),
        ("192.0.2.7", &["198.51.100.99"]),
        ("192.0.2.7", &["2001:db8:7:8::1"]),
        ("203.0.113.10", &["203.0.113.9"]),
        // A proxy that names nobody stands for itself.
        ("192.0.2.7", &[]),
        ("192.0.2.8", &["unknown"]),
    ] {
        let signed = attempt(&web, peer, said, PASSWORD).await;
        assert_eq!(signed.status, StatusCode::OK, "{peer} {said:?}: {}", signed.body);
        let sessions = web.get("sessions", &[("cookie", &signed.cookie())]).await.body;
        let named = said.last().filter(|one| peer.starts_with("192") && **one != "unknown");
        let current = sessions.as_array().unwrap().iter().find(|one| one["current"] == json!(true));
        assert_eq!(current.unwrap()["address"], json!(named.unwrap_or(&peer)));
    }
}
