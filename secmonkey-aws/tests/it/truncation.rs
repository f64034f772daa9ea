//! The first promise: an answer that was cut is never a shorter list.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_sts::config::{BehaviorVersion, Region};
use secmonkey_aws::http::{Client, Limits};
use secmonkey_aws::session::{Config, Sessions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::replay::{Answer, Replay, account, config, fixture, sessions, wire};

/// What the SDK made of an answer, as text to compare.
type Read = Result<String, String>;

/// Calls one operation and says what came back.
macro_rules! ask {
    ($request:expr) => {
        match $request.send().await {
            Ok(output) => Ok(format!("{output:?}")),
            Err(error) => Err(format!("{error:?}")),
        }
    };
}

/// An operation of each protocol, by the name of its recorded answer. Those of the watchers
/// are cut where their technologies are tested.
async fn ask(name: &str, sessions: &Sessions, replay: &Replay) -> Read {
    let account = account();
    let s3 = sessions.s3(&account, "us-east-1");
    match name {
        "ec2/DescribeRegions" => ask!(sessions.ec2(&account, "us-east-1").describe_regions()),
        "ec2/DescribeSecurityGroups" => {
            ask!(sessions.ec2(&account, "us-east-1").describe_security_groups())
        }
        "iam/ListUsers" => ask!(sessions.iam(&account).list_users()),
        "s3/GetBucketPolicy" => ask!(s3.get_bucket_policy().bucket("demo-logs")),
        "s3/GetBucketReplication" => ask!(s3.get_bucket_replication().bucket("demo-logs")),
        "s3/ListBucketInventoryConfigurations" => {
            ask!(s3.list_bucket_inventory_configurations().bucket("demo-logs"))
        }
        "s3/ListBuckets" => ask!(s3.list_buckets()),
        "sts/AssumeRole" => {
            let sts = sts(Client::over(replay.clone(), Limits::default()));
            ask!(sts.assume_role().role_arn("arn:aws:iam::1:role/a").role_session_name("s"))
        }
        // The replay answers it by itself, to everybody: see the test of its own.
        "sts/GetCallerIdentity" => Ok(String::new()),
        other => panic!("{other} has a recorded answer and is not asked for"),
    }
}

/// STS without our sessions: over any HTTP client.
fn sts(client: impl aws_sdk_sts::config::HttpClient + 'static) -> aws_sdk_sts::Client {
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("AKIA", "secret", None, None, "test"))
        .retry_config(aws_sdk_sts::config::retry::RetryConfig::disabled())
        .http_client(client)
        .build();
    aws_sdk_sts::Client::from_conf(config)
}

/// The recorded answers, as `service/Operation` and the name of the file.
fn recorded() -> Vec<(String, String)> {
    let mut names = Vec::new();
    for service in fs::read_dir(wire()).unwrap() {
        let service = service.unwrap().path();
        for file in fs::read_dir(&service).unwrap() {
            let file = file.unwrap().path();
            let service = service.file_name().unwrap().to_str().unwrap();
            let stem = file.file_stem().unwrap().to_str().unwrap();
            let name = file.file_name().unwrap().to_str().unwrap();
            names.push((format!("{service}/{stem}"), format!("{service}/{name}")));
        }
    }
    names.sort();
    names
}

/// The characters of a text in order: what the SDK reads into maps prints in any order.
fn sorted(text: &str) -> Vec<char> {
    let mut all: Vec<_> = text.chars().collect();
    all.sort_unstable();
    all
}

/// Where to cut: every tenth byte, and every one of the last ten, where most of the
/// answer is there and only the closing tags are missing.
fn cuts(length: usize) -> BTreeSet<usize> {
    (0..length).step_by(10).chain(length.saturating_sub(10)..length).collect()
}

#[tokio::test]
async fn an_answer_that_was_cut_is_an_error_wherever_it_was_cut() {
    let recorded = recorded();
    let replay = Replay::default();
    let sessions = sessions(&replay, 1).await;
    for (operation, file) in recorded {
        let whole = fixture(&file);
        replay.set([Answer::ok(whole.clone())]);
        let expected = ask(&operation, &sessions, &replay).await;
        let expected = expected.unwrap_or_else(|error| panic!("{operation}, whole: {error}"));
        for cut in cuts(whole.len()) {
            let body = &whole[..cut];
            let chunked = Answer::ok(body);
            let announced = Answer { announced: Some(whole.len()), ..chunked.clone() };
            // What a careless proxy makes of it.
            let counted = Answer { announced: Some(cut), ..chunked.clone() };
            for answer in [chunked, announced, counted] {
                let nothing_is_missing =
                    answer.announced != Some(whole.len()) && cut >= whole.trim_ascii_end().len();
                replay.set([answer]);
                match ask(&operation, &sessions, &replay).await {
                    Ok(read) => {
                        assert_eq!(sorted(&read), sorted(&expected), "{operation}, cut at {cut}");
                        let said = operation == "sts/GetCallerIdentity";
                        assert!(nothing_is_missing || said, "{operation}, cut at {cut}: accepted");
                    }
                    Err(_) => assert!(!nothing_is_missing, "{operation}, cut at {cut}: refused"),
                }
            }
        }
    }
}

/// Why all this: should the SDK learn to refuse cut answers, this fails, and our HTTP
/// client can go.
#[tokio::test]
async fn the_sdk_alone_takes_a_cut_answer_for_a_shorter_list() {
    let whole = fixture("ec2/DescribeSecurityGroups.xml");
    let replay = Replay::of([Answer::ok(whole.clone())]);
    let config = aws_sdk_ec2::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("AKIA", "secret", None, None, "test"))
        .retry_config(aws_sdk_ec2::config::retry::RetryConfig::disabled())
        .http_client(replay.clone())
        .build();
    let client = aws_sdk_ec2::Client::from_conf(config);
    let groups =
        |answer: aws_sdk_ec2::operation::describe_security_groups::DescribeSecurityGroupsOutput| {
            answer.security_groups().len()
        };
    let all = client.describe_security_groups().send().await.map(groups).unwrap();
    assert!(all > 1);
    let mut shorter = 0;
    for cut in cuts(whole.len()) {
        replay.set([Answer::ok(&whole[..cut])]);
        let read = client.describe_security_groups().send().await.map(groups);
        shorter += usize::from(read.is_ok_and(|read| read < all));
    }
    assert!(shorter > 0);
}

#[tokio::test]
async fn garbage_is_refused_in_any_form() {
    let replay = Replay::default();
    let sessions = sessions(&replay, 1).await;
    let whole = fixture("ec2/DescribeSecurityGroups.xml");
    let twice = [whole.clone(), whole.clone()].concat();
    let trailing = [whole.as_slice(), b"oops"].concat();
    let mut latin = whole.clone();
    let at = latin.windows(3).position(|w| w == b"web").unwrap();
    latin[at] = 0xff;
    for body in [
        &b""[..],
        b"   \n",
        b"OK",
        b"<html><body>Log in<br></body></html>",
        b"<a/><b/>",
        b"{\"Regions\": []",
        b"{\"Regions\": []} {",
        b"<DescribeSecurityGroupsResponse>",
        b"<?xml version=\"1.0\"?>",
        b"<!-- nothing -->",
        &twice,
        &trailing,
        &latin,
    ] {
        replay.set([Answer::ok(body)]);
        let read = ask("ec2/DescribeSecurityGroups", &sessions, &replay).await;
        assert!(read.is_err(), "{}", String::from_utf8_lossy(body));
    }
}

#[tokio::test]
async fn a_cut_error_answer_says_nothing_about_what_there_is() {
    let whole = Answer::plain_error(404, "NoSuchBucketPolicy", "The bucket policy does not exist");
    let replay = Replay::default();
    let sessions = sessions(&replay, 1).await;
    for cut in 0..whole.body.len() {
        replay.set([Answer { body: whole.body[..cut].to_vec(), ..whole.clone() }]);
        let read = ask("s3/GetBucketPolicy", &sessions, &replay).await;
        let error = read.expect_err("an error");
        assert!(error.contains("DispatchFailure"), "cut at {cut}: {error}");
    }
}

#[tokio::test]
async fn an_answer_without_a_body_is_right_only_where_none_is_due() {
    let replay = Replay::of([Answer::ok("")]);
    let sessions = sessions(&replay, 1).await;
    let s3 = sessions.s3(&account(), "us-east-1");
    s3.head_bucket().bucket("demo-logs").send().await.unwrap();
    s3.get_bucket_logging().bucket("demo-logs").send().await.unwrap_err();
    replay.set([Answer { status: 404, ..Answer::ok("") }]);
    let gone = s3.head_bucket().bucket("demo-logs").send().await.unwrap_err();
    assert!(gone.as_service_error().unwrap().is_not_found());
}

/// How a server sends a body that it does not send whole.
#[derive(Debug, Clone, Copy)]
enum Framing {
    /// Says the whole length and closes early.
    Length,
    /// Sends chunks and closes before the last.
    OpenChunks,
    /// Sends chunks and ends them properly: it never had more.
    ClosedChunks,
    /// Sends until it closes.
    UntilClosed,
}

impl Framing {
    fn frame(self, whole: &[u8], cut: usize) -> Vec<u8> {
        let body = &whole[..cut];
        let mut sent = b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\n".to_vec();
        match self {
            Self::Length => {
                sent.extend(format!("content-length: {}\r\n\r\n", whole.len()).bytes());
                sent.extend(body);
            }
            Self::OpenChunks | Self::ClosedChunks => {
                sent.extend(b"transfer-encoding: chunked\r\n\r\n");
                for chunk in body.chunks(500) {
                    sent.extend(format!("{:x}\r\n", chunk.len()).bytes());
                    sent.extend(chunk);
                    sent.extend(b"\r\n");
                }
                if matches!(self, Self::ClosedChunks) {
                    sent.extend(b"0\r\n\r\n");
                }
            }
            Self::UntilClosed => {
                sent.extend(b"connection: close\r\n\r\n");
                sent.extend(body);
            }
        }
        sent
    }
}

/// A server that gives each of `answers` to one connection, then nothing any more.
/// Returns its endpoint.
async fn serve(answers: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            // The request ends with its short form body.
            while !String::from_utf8_lossy(&request).contains("Action=") {
                let read = socket.read(&mut buffer).await.unwrap();
                assert!(read > 0, "the request was cut");
                request.extend(&buffer[..read]);
            }
            socket.write_all(&answer).await.unwrap();
            socket.shutdown().await.unwrap();
        }
        // Accepts and never answers.
        let mut silent = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            silent.push(socket);
        }
    });
    endpoint
}

/// Sessions over real sockets.
async fn dial(endpoint: String, attempts: u32, limits: Limits) -> Sessions {
    Sessions::load(Config { endpoint: Some(endpoint), limits, ..config(attempts) }).await
}

#[tokio::test]
async fn a_cut_answer_on_the_wire_is_asked_for_again() {
    let whole = fixture("ec2/DescribeSecurityGroups.xml");
    let identity = fixture("sts/GetCallerIdentity.xml");
    for framing in
        [Framing::Length, Framing::OpenChunks, Framing::ClosedChunks, Framing::UntilClosed]
    {
        let cut = whole.len() / 2;
        let endpoint = serve(vec![
            Framing::Length.frame(&identity, identity.len()),
            framing.frame(&whole, cut),
            framing.frame(&whole, cut),
            Framing::Length.frame(&whole, whole.len()),
        ])
        .await;
        let sessions = dial(endpoint, 3, Limits::default()).await;
        let ec2 = sessions.ec2(&account(), "us-east-1");
        let answer = ec2.describe_security_groups().send().await;
        assert_eq!(answer.unwrap().security_groups().len(), 3, "{framing:?}");
        assert_eq!(sessions.calls()["ec2:DescribeSecurityGroups"], 3, "{framing:?}");
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_is_given_up() {
    let identity = fixture("sts/GetCallerIdentity.xml");
    let endpoint = serve(vec![Framing::Length.frame(&identity, identity.len())]).await;
    let limits = Limits { idle: Duration::from_millis(200), ..Limits::default() };
    let sessions = dial(endpoint, 2, limits).await;
    let began = std::time::Instant::now();
    let ec2 = sessions.ec2(&account(), "us-east-1");
    ec2.describe_security_groups().send().await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(sessions.calls()["ec2:DescribeSecurityGroups"], 2);
}

#[tokio::test]
async fn an_answer_beyond_all_bounds_is_not_read_to_its_end() {
    let whole = fixture("ec2/DescribeSecurityGroups.xml");
    let replay = Replay::of([Answer::ok(whole.clone())]);
    let limits = Limits { body: whole.len() - 1, ..Limits::default() };
    let client = Some(Client::over(replay, limits));
    let sessions = Sessions::load(Config { client, ..config(3) }).await;
    let ec2 = sessions.ec2(&account(), "us-east-1");
    let error = ec2.describe_security_groups().send().await.unwrap_err();
    let reason = secmonkey_aws::error::failed("ec2:DescribeSecurityGroups", &error).reason;
    assert!(reason.contains("larger than"), "{reason}");
    assert_eq!(sessions.calls()["ec2:DescribeSecurityGroups"], 1);
}

#[tokio::test]
async fn the_identity_of_the_caller_is_not_taken_from_a_cut_answer() {
    let whole = fixture("sts/GetCallerIdentity.xml");
    for cut in cuts(whole.trim_ascii_end().len()) {
        let answer = Framing::ClosedChunks.frame(&whole, cut);
        let endpoint = serve(vec![answer]).await;
        dial(endpoint, 1, Limits::default()).await.caller().await.unwrap_err();
    }
}
