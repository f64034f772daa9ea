//! Whoever follows events sees nothing that is recorded once they may not any more.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use super::access::{ORIGIN, Web};
use super::api::{ITEM, scene};
use super::*;

/// What the follower sends, and how they lose what lets them in.
struct Follower {
    web: Web,
    later: Arc<Mutex<SignedDuration>>,
    headers: Vec<(&'static str, String)>,
}

impl Follower {
    /// Ann, who sees everything: by a session or a token.
    async fn new(by_token: bool) -> Self {
        let later = Arc::new(Mutex::new(SignedDuration::ZERO));
        let clock = {
            let later = later.clone();
            Arc::new(move || Timestamp::now() + *later.lock().unwrap())
        };
        let entry = Entry { public_url: Some(ORIGIN.to_owned()), ..Entry::default() };
        let access = Access::open(Arc::new(crate::access::Forgetful::default()), entry).unwrap();
        let web = Web::over(scene().await, access.clock(clock));
        web.add("root", "admin", "").await;
        web.add("ann", "admin", "").await;
        let cookie = web.cookie("ann").await;
        let headers = if by_token {
            let token = web.token(&cookie, json!({ "name": "follower" })).await;
            vec![("authorization", token)]
        } else {
            vec![("cookie", cookie), ("origin", ORIGIN.to_owned())]
        };
        Self { web, later, headers }
    }

    async fn ask(&self, method: &str, path: &str) -> StatusCode {
        let headers: Vec<_> = self.headers.iter().map(|(name, text)| (*name, &**text)).collect();
        self.web.ask(method, path, &headers, Value::Null).await.status
    }

    /// Follows what is recorded from now on.
    async fn follow(&self) -> Body {
        let path = format!("/api/v1/events/stream?after={}", self.web.events().await);
        let mut request = HttpRequest::get(path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = self.web.public.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.into_body()
    }

    /// Somebody says something, which is recorded.
    async fn record(&self, text: &str) {
        let path = format!("{ITEM}/comments");
        let said = self.web.owner("POST", &path, json!({ "text": text })).await;
        assert_eq!(said.status, StatusCode::CREATED, "{}", said.body);
    }

    async fn lose(&self, how: &str) {
        let owner = async |method: &str, path: &str, body: Value| {
            let done = self.web.owner(method, path, body).await;
            assert!(done.status.is_success(), "{how}: {}", done.body);
        };
        match how {
            "signed out" => assert!(self.ask("DELETE", "session").await.is_success()),
            "idle" => *self.later.lock().unwrap() = SignedDuration::from_hours(9),
            "token over" => *self.later.lock().unwrap() = SignedDuration::from_hours(91 * 24),
            "another password" => {
                let password = json!({ "password": "another horse battery" });
                owner("PUT", "users/ann/password", password).await;
            }
            "removed" => owner("DELETE", "users/ann", Value::Null).await,
            "other scope" => owner("PATCH", "users/ann", json!({ "query": "name:sg-1" })).await,
            "less" => owner("PATCH", "users/ann", json!({ "role": "view" })).await,
            "revoked" => {
                let tokens = self.web.owner("GET", "tokens", Value::Null).await.body;
                let id = tokens[0]["id"].as_str().unwrap();
                owner("DELETE", &format!("tokens/{id}"), Value::Null).await;
            }
            other => panic!("{other}"),
        }
    }
}

/// What comes until something is said, or to the end; whether that is the end.
async fn heard_until(body: &mut Body, said: &str) -> (String, bool) {
    let mut all = String::new();
    loop {
        let frame = timeout(Duration::from_mins(2), body.frame()).await.expect("it goes on");
        let Some(frame) = frame else { return (all, true) };
        all += str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap();
        if all.contains(said) {
            return (all, false);
        }
    }
}

#[tokio::test]
async fn who_may_not_follow_any_more_sees_nothing_that_is_recorded_since() {
    for (how, by_token) in [
        ("signed out", false),
        ("idle", false),
        ("another password", false),
        ("removed", false),
        ("removed", true),
        ("other scope", false),
        ("other scope", true),
        ("revoked", true),
        ("token over", true),
    ] {
        let follower = Follower::new(by_token).await;
        let mut body = follower.follow().await;
        follower.record("while they may").await;
        let (heard, is_over) = heard_until(&mut body, "while they may").await;
        assert!(!is_over && heard.contains("while they may"), "{how}: {heard}");
        follower.lose(how).await;
        follower.record("since then").await;
        let (heard, is_over) = heard_until(&mut body, "since then").await;
        assert!(is_over && !heard.contains("since then"), "{how}: {heard}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_may_not_follow_any_more_is_cut_off_though_nothing_is_recorded() {
    let follower = Follower::new(false).await;
    let mut body = follower.follow().await;
    follower.lose("idle").await;
    let (heard, is_over) = heard_until(&mut body, "\"position\"").await;
    assert!(is_over, "{heard}");
}

#[tokio::test]
async fn who_may_still_read_goes_on_following() {
    let follower = Follower::new(false).await;
    let mut body = follower.follow().await;
    follower.lose("less").await;
    follower.record("still there").await;
    let (heard, is_over) = heard_until(&mut body, "still there").await;
    assert!(!is_over && heard.contains("user_updated"), "{heard}");
}
