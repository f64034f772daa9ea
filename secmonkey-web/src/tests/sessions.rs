//! How sessions end by themselves.

use jiff::{SignedDuration, Timestamp};

use super::access::{ORIGIN, Web};
use super::api::scene;
use super::*;

const IDLE: SignedDuration = SignedDuration::from_mins(60);
const LONGEST: SignedDuration = SignedDuration::from_mins(150);

/// Sessions that end after an hour without a request and after two and a half in any case, and
/// the clock they go by.
async fn web() -> (Web, Arc<Mutex<Timestamp>>) {
    let now = Arc::new(Mutex::new(Timestamp::now()));
    let clock = {
        let now = now.clone();
        Arc::new(move || *now.lock().unwrap())
    };
    let public_url = Some(ORIGIN.to_owned());
    let entry = Entry { idle: IDLE, longest: LONGEST, public_url, ..Entry::default() };
    let access = Access::open(Arc::new(crate::access::Forgetful::default()), entry).unwrap();
    let web = Web::over(scene().await, access.clock(clock));
    web.add("alice", "view", "").await;
    (web, now)
}

/// What is answered each time, after so many minutes more.
async fn asked_after(minutes: &[i64]) -> Vec<u16> {
    let (web, now) = web().await;
    let cookie = web.cookie("alice").await;
    let mut statuses = Vec::new();
    for more in minutes {
        *now.lock().unwrap() += SignedDuration::from_mins(*more);
        let answer = web.get("session", &[("cookie", &cookie)]).await;
        statuses.push(answer.status.as_u16());
    }
    statuses
}

#[tokio::test]
async fn a_session_ends_where_nothing_is_asked_and_in_any_case_at_last() {
    assert_eq!(asked_after(&[60]).await, [200]);
    assert_eq!(asked_after(&[61]).await, [401]);
    // Each request keeps it for an hour more,
    assert_eq!(asked_after(&[50, 50]).await, [200, 200]);
    assert_eq!(asked_after(&[50, 61]).await, [200, 401]);
    // but none for longer than it may last.
    assert_eq!(asked_after(&[50, 50, 50, 1]).await, [200, 200, 200, 401]);
    // One that is over does not come back.
    assert_eq!(asked_after(&[61, 0]).await, [401, 401]);
}

#[tokio::test]
async fn a_session_says_when_it_ends_and_is_gone_then() {
    let (web, now) = web().await;
    let cookie = web.cookie("alice").await;
    let began = *now.lock().unwrap();
    *now.lock().unwrap() += SignedDuration::from_mins(50);
    let own = [("cookie", cookie.as_str())];
    assert_eq!(web.get("session", &own).await.status, StatusCode::OK);
    let session = web.get("sessions", &own).await.body[0].clone();
    assert_eq!(session["ends"], json!(began + SignedDuration::from_mins(110)));
    *now.lock().unwrap() += SignedDuration::from_mins(50);
    assert_eq!(web.get("session", &own).await.status, StatusCode::OK);
    let session = web.get("sessions", &own).await.body[0].clone();
    assert_eq!(session["ends"], json!(began + LONGEST), "it ends in any case");
    *now.lock().unwrap() += SignedDuration::from_mins(51);
    assert_eq!(web.owner("GET", "sessions", Value::Null).await.body, json!([]));
    let headers = [("cookie", cookie.as_str()), ("origin", ORIGIN)];
    let out = web.ask("DELETE", "session", &headers, Value::Null).await;
    assert_eq!(out.status, StatusCode::UNAUTHORIZED);
}
