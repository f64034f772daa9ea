//! Channels that speak HTTP.

use std::collections::BTreeSet;
use std::fs;

use secmonkey_core::notify::{Error, Message};
use serde_json::{Value, json};

use crate::authority::Authority;
use crate::message::{channel, decision, empty, rich};
use crate::server::{Answer, Request, Server, answer};

/// A secret as settings name it, in a file that is there.
pub struct Given {
    _folder: tempfile::TempDir,
    /// `{ file = "..." }`.
    pub toml: String,
}

pub fn given(secret: &str) -> Given {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    fs::write(&path, secret).unwrap();
    Given { toml: format!("{{ file = '{}' }}", path.display()), _folder: folder }
}

const LATER: &str = "retry-after";

async fn said(settings: &str, message: &Message) -> Result<(), Error> {
    channel(settings).notify(message).await
}

#[tokio::test]
async fn a_webhook_is_told_and_can_tell_whom_it_is_from() {
    let server = Server::start(|_| answer(204, "")).await;
    let secret = given("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    let token = given("Bearer correct-horse");
    let settings = format!(
        "[hook]\nkind = 'webhook'\nurl = 'http://127.0.0.1:{}/in?a=1'\nsecret = {}\n\
         allow_private = true\nheaders = {{ X-Team = 'blue', Authorization = {} }}",
        server.port, secret.toml, token.toml,
    );
    let message = rich();
    said(&settings, &message).await.unwrap();
    said(&settings, &message).await.unwrap();
    let [first, second] = &server.asked()[..] else { panic!("{:?}", server.asked()) };
    assert_eq!((first.method.as_str(), first.path.as_str()), ("POST", "/in?a=1"));
    assert_eq!(first.headers["x-team"], "blue");
    assert_eq!(first.headers["authorization"], "Bearer correct-horse");
    assert_eq!(first.headers["content-type"], "application/json");
    // Once more is the same.
    assert_eq!(first.headers["webhook-id"], "20260101T000000000Z/111122223333/12");
    assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
    assert_eq!(first.body, second.body);
    assert!(first.headers["webhook-signature"].starts_with("v1,"));
    let at: i64 = first.headers["webhook-timestamp"].parse().unwrap();
    assert!((jiff::Timestamp::now().as_second() - at).abs() < 60);
    insta::assert_json_snapshot!("webhook", first.json());
}

/// What a channel sends, as one list.
async fn sent(settings: impl Fn(u16) -> String, message: &Message) -> Vec<Request> {
    let server = Server::start(|_| answer(200, "ok")).await;
    said(&settings(server.port), message).await.unwrap();
    server.asked()
}

#[tokio::test]
async fn slack_is_sent_blocks() {
    let url = |port| given(&format!("http://127.0.0.1:{port}/services/T/B/correcthorsebattery"));
    let server = Server::start(|_| answer(200, "ok")).await;
    let url = url(server.port);
    said(&format!("[slack]\nurl = {}\nallow_private = true", url.toml), &rich()).await.unwrap();
    let asked = server.asked();
    assert_eq!(asked[0].path, "/services/T/B/correcthorsebattery");
    insta::assert_json_snapshot!("slack", asked[0].json());
}

/// All texts below a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(members) => match members.get("text") {
            Some(Value::String(text)) => vec![text],
            _ => members.values().flat_map(texts).collect(),
        },
        Value::Array(all) => all.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// The names of kinds below a value.
fn kinds(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::Object(members) => {
            let own = members.get("type").and_then(Value::as_str);
            members.values().flat_map(kinds).chain(own).collect()
        }
        Value::Array(all) => all.iter().flat_map(kinds).collect(),
        _ => BTreeSet::new(),
    }
}

#[tokio::test]
async fn chats_take_nothing_in_a_name_for_markup() {
    let hostile = "<!channel> <@U1> <https://evil.example|ours> *b* _i_ ~s~ `c` :red_circle: &lt; \
         [ours](https://evil.example) **b** <at>all</at>";
    let mut message = rich();
    message.title = hostile.to_owned();
    hostile.clone_into(&mut message.issues[0].name);
    hostile.clone_into(&mut message.issues[0].finding.detail);
    hostile.clone_into(&mut message.changes[0].name);
    message.changes[0].summary = vec![hostile.to_owned()];
    message.why = vec![hostile.to_owned()];
    message.link = Some("https://x.example/a|<!channel>".to_owned());
    let server = Server::start(|_| answer(200, "")).await;
    let url = given(&format!("http://127.0.0.1:{}/", server.port));
    for kind in ["slack", "teams"] {
        let settings = format!("[{kind}]\nurl = {}\nallow_private = true", url.toml);
        said(&settings, &message).await.unwrap();
    }
    let [slack, teams] = &server.asked()[..] else { panic!() };
    let (slack, teams) = (slack.json(), teams.json());
    // What has markup, or makes links and mentions of text, is not used: all is shown as it is.
    let literal = ["emoji", "header", "plain_text", "rich_text", "rich_text_preformatted"];
    let literal: BTreeSet<_> = literal.into_iter().chain(["rich_text_section", "text"]).collect();
    assert_eq!(kinds(&slack["blocks"]), literal);
    assert_eq!(slack["blocks"][0]["text"]["emoji"], false);
    let said = texts(&slack["blocks"]);
    assert!(said.iter().filter(|text| text.contains(hostile)).count() >= 4, "{said:#?}");
    // But for what stands in a notification.
    assert!(!slack["text"].as_str().unwrap().contains(['<', '>']), "{}", slack["text"]);
    assert_eq!((&slack["mrkdwn"], &slack["unfurl_links"]), (&false.into(), &false.into()));
    let card = &teams["attachments"][0]["content"];
    assert_eq!(kinds(&card["body"]), ["RichTextBlock", "TextRun"].into());
    assert_eq!(card["actions"], json!([]));
    let said = texts(card);
    assert!(said.iter().filter(|text| text.contains(hostile)).count() >= 4, "{said:#?}");
}

#[tokio::test]
async fn teams_is_sent_a_card() {
    let server = Server::start(|_| answer(202, "")).await;
    let url = given(&format!("http://127.0.0.1:{}/workflows/1?sig=correct", server.port));
    let settings = format!("[teams]\nurl = {}\nallow_private = true", url.toml);
    said(&settings, &rich()).await.unwrap();
    insta::assert_json_snapshot!("teams", server.asked()[0].json());
}

#[tokio::test]
async fn chats_are_sent_no_more_than_they_take() {
    let mut message = rich();
    for number in 0..100 {
        let mut issue = message.issues[0].clone();
        issue.finding.subject = number.to_string();
        issue.finding.check = format!("{}{number}", issue.finding.check);
        issue.finding.detail = "ü<&\"".repeat(300);
        message.issues.push(issue);
        let mut change = message.changes[0].clone();
        change.summary = vec!["ü<&\"".repeat(500); 20];
        message.changes.push(change);
    }
    let server = Server::start(|_| answer(200, "")).await;
    let url = given(&format!("http://127.0.0.1:{}/", server.port));
    for kind in ["slack", "teams"] {
        let settings = format!("[{kind}]\nurl = {}\nallow_private = true", url.toml);
        said(&settings, &message).await.unwrap();
    }
    let [slack, teams] = &server.asked()[..] else { panic!() };
    let blocks = slack.json()["blocks"].as_array().unwrap().clone();
    assert!(blocks.len() <= 50, "{}", blocks.len());
    for block in &blocks {
        let length: usize = texts(block).iter().map(|text| text.chars().count()).sum();
        assert!((1..=3000).contains(&length), "{length}");
    }
    let all: usize = texts(&slack.json()["blocks"]).iter().map(|text| text.chars().count()).sum();
    assert!((7_000..=12_000).contains(&all), "{all}");
    assert!(teams.body.len() <= 28_000, "{}", teams.body.len());
    for body in [&slack.body, &teams.body] {
        assert!(body.contains("more than fit here"));
        assert!(body.contains("Why you got this"), "{body}");
    }
}

fn pagerduty(port: u16) -> (String, Given) {
    let key = given("R0UT1NGKEY");
    let settings = format!(
        "[pagerduty]\nrouting_key = {}\nurl = 'http://127.0.0.1:{port}/v2/enqueue'\n\
         allow_private = true",
        key.toml,
    );
    (settings, key)
}

#[tokio::test]
async fn pagerduty_is_called_for_what_stands_and_resolved_for_what_ended() {
    let server = Server::start(|_| answer(202, r#"{"status":"success"}"#)).await;
    let (settings, _key) = pagerduty(server.port);
    said(&settings, &rich()).await.unwrap();
    let events: Vec<_> = server.asked().iter().map(Request::json).collect();
    insta::assert_json_snapshot!("pagerduty", events);

    // What is acceptable calls nobody any more.
    said(&settings, &decision()).await.unwrap();
    let last = server.asked().last().unwrap().json();
    assert_eq!(last["event_action"], "resolve");
    assert_eq!(last["dedup_key"], events[1]["dedup_key"]);
}

#[tokio::test]
async fn a_storm_calls_a_few_times() {
    let mut message = rich();
    for number in 0..100 {
        let mut issue = message.issues[0].clone();
        issue.finding.issue = secmonkey_core::event::IssueId::of(
            &issue.key,
            &issue.finding.check,
            &number.to_string(),
        );
        message.issues.push(issue);
    }
    let server = Server::start(|_| answer(202, "")).await;
    let (settings, _key) = pagerduty(server.port);
    said(&settings, &message).await.unwrap();
    let events: Vec<_> = server.asked().iter().map(Request::json).collect();
    let calls: Vec<_> = events.iter().filter(|event| event["event_action"] == "trigger").collect();
    assert_eq!(calls.len(), 21);
    let summary = calls[20]["payload"]["summary"].as_str().unwrap();
    assert!(summary.starts_with("... and 82 more issues: production"), "{summary}");
    assert_eq!(calls[20]["dedup_key"], message.id);
}

#[tokio::test]
async fn splunk_is_sent_events() {
    let token = given("11111111-2222-3333-4444-555555555555");
    let settings = |port| {
        format!(
            "[splunk]\nurl = 'http://127.0.0.1:{port}/services/collector/event'\ntoken = {}\n\
             index = 'security'\nallow_private = true",
            token.toml,
        )
    };
    let asked = sent(settings, &rich()).await;
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].headers["authorization"], "Splunk 11111111-2222-3333-4444-555555555555");
    insta::assert_snapshot!("splunk", asked[0].body);
    let asked = sent(settings, &empty("nothing/1")).await;
    assert_eq!(asked[0].body.lines().count(), 1);
}

#[tokio::test]
async fn what_a_server_answers_says_whether_to_try_again() {
    let busy = || -> Answer { (429, vec![(LATER, "30".to_owned())], "rate_limited".to_owned()) };
    let server = Server::start(move |request| match request.path.as_str() {
        "/busy" => busy(),
        "/broken" => answer(503, "<html>\n  down\n</html>"),
        "/moved" => (302, vec![("location", "http://127.0.0.1:1/".to_owned())], String::new()),
        "/secret" => answer(403, "no: you sent Bearer correct-horse-battery"),
        "/endless" => answer(400, "x".repeat(50_000_000)),
        _ => answer(404, "no_team"),
    })
    .await;
    let token = given("Bearer correct-horse-battery");
    let at = async |path: &str| {
        let settings = format!(
            "[webhook]\nurl = 'http://127.0.0.1:{}{path}'\nallow_private = true\n\
             headers = {{ Authorization = {} }}",
            server.port, token.toml,
        );
        said(&settings, &rich()).await.unwrap_err()
    };
    let busy = "HTTP 429 Too Many Requests, try again after 30: rate_limited";
    assert_eq!(at("/busy").await, Error::Unavailable(busy.to_owned()));
    let broken = "HTTP 503 Service Unavailable: <html> down </html>";
    assert_eq!(at("/broken").await, Error::Unavailable(broken.to_owned()));
    let moved = "HTTP 302 Found: it leads elsewhere; write the address that it leads to";
    assert_eq!(at("/moved").await, Error::Refused(moved.to_owned()));
    let secret = "HTTP 403 Forbidden: no: you sent ***";
    assert_eq!(at("/secret").await, Error::Refused(secret.to_owned()));
    assert_eq!(at("/").await, Error::Refused("HTTP 404 Not Found: no_team".to_owned()));
    let Error::Refused(endless) = at("/endless").await else { panic!() };
    assert!(endless.len() < 500, "{}", endless.len());
}

#[tokio::test]
async fn what_a_server_repeats_of_an_address_is_kept_out() {
    let server = Server::start(|request| {
        let headers = &request.headers;
        answer(403, format!("{} {}", request.path, headers.get("authorization").unwrap()))
    })
    .await;
    for (user, more) in [
        ("secmonkey:battery%2Fstaple", "/a/0123456789abcdefghij?sig=lighthouse%2Bkeeper-7"),
        ("token-of-a-webhook-1", "/b"),
    ] {
        let url = given(&format!("http://{user}@127.0.0.1:{}{more}", server.port));
        let settings = format!("[webhook]\nurl = {}\nallow_private = true", url.toml);
        let refused = said(&settings, &rich()).await.unwrap_err().to_string();
        assert!(refused.contains("Basic ***"), "{refused}");
        for secret in ["battery", "staple", "0123456789", "lighthouse", "keeper", "token-of"] {
            assert!(!refused.contains(secret), "{refused}");
        }
    }
}

#[tokio::test]
async fn certificates_are_verified() {
    let authority = Authority::new();
    let server = Server::encrypted(&authority, |_| answer(200, "")).await;
    let settings = |ca: &str| {
        format!("[webhook]\nurl = 'https://localhost:{}/'\nallow_private = true\n{ca}", server.port)
    };
    let trusted = format!("ca = '{}'", authority.ca());
    said(&settings(&trusted), &rich()).await.unwrap();
    let stranger = Authority::new();
    let foreign = format!("ca = '{}'", stranger.ca());
    for ca in ["", &foreign] {
        let Error::Unavailable(said) = said(&settings(ca), &rich()).await.unwrap_err() else {
            panic!("{ca}");
        };
        assert!(said.contains("certificate"), "{said}");
    }
    let other = Authority::of("example.org");
    let elsewhere = Server::encrypted(&other, |_| answer(200, "")).await;
    let settings = format!(
        "[webhook]\nurl = 'https://localhost:{}/'\nallow_private = true\nca = '{}'",
        elsewhere.port,
        other.ca(),
    );
    let wrong = said(&settings, &rich()).await.unwrap_err().to_string();
    assert!(wrong.contains("not valid for name"), "{wrong}");
    assert_eq!((server.asked().len(), elsewhere.asked().len()), (1, 0));
}
