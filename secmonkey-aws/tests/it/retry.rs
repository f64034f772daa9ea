//! What is asked again, and what is not.

use std::sync::Arc;
use std::time::Duration;

use secmonkey_aws::budget::Rate;
use secmonkey_aws::error;
use secmonkey_aws::http::{Client, Limits};
use secmonkey_aws::lane::Lane;
use secmonkey_aws::operation::Operation;
use secmonkey_aws::service::Rates;
use secmonkey_aws::session::{Config, Sessions};
use secmonkey_core::watch::Cause;
use tokio::time::{Instant, sleep};

use crate::replay::{Answer, Replay, account, config, fixture, sessions};

/// Asks EC2 for its regions where the first answer is another; returns how often it was
/// asked, and what came of it.
async fn ask(first: Answer) -> (u64, Result<usize, secmonkey_core::watch::Error>) {
    let replay = Replay::of([first, Answer::ok(fixture("ec2/DescribeRegions.xml"))]);
    let sessions = sessions(&replay, 4).await;
    let regions = sessions.regions(&account()).await;
    (sessions.calls()["ec2:DescribeRegions"], regions.map(|regions| regions.len()))
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    for answer in [
        Answer::plain_error(503, "RequestLimitExceeded", "Request limit exceeded."),
        Answer::plain_error(503, "SlowDown", "Please reduce your request rate."),
        Answer::ec2_error(400, "Throttling", "Rate exceeded"),
        // Missing in the SDK's own list.
        Answer::ec2_error(400, "TooManyRequests", "Rate exceeded"),
        Answer::ec2_error(429, "Whatever", "Rate exceeded"),
        Answer::ec2_error(500, "InternalFailure", "We made a mistake"),
        Answer::ec2_error(520, "Odd", "A server error that the SDK does not know"),
        Answer { status: 502, ..Answer::ok("<html><body>Bad Gateway</body></html>") },
        Answer { status: 503, ..Answer::ok("") },
    ] {
        let (asked, regions) = ask(answer.clone()).await;
        assert!(regions.is_ok_and(|regions| regions > 10), "{answer:?}");
        assert_eq!(asked, 2, "{answer:?}");
    }
}

#[tokio::test]
async fn what_would_be_the_same_again_is_not() {
    for (answer, cause) in [
        (Answer::ec2_error(403, "UnauthorizedOperation", "You are not authorized"), Cause::Denied),
        (Answer::ec2_error(401, "AuthFailure", "not able to validate"), Cause::Credentials),
        (Answer::ec2_error(400, "InvalidParameterValue", "no"), Cause::Other),
        (Answer::ec2_error(501, "NotImplemented", "no"), Cause::Unreachable),
        // Whole, and not what was asked for.
        (Answer::ok("<Hello/>"), Cause::Garbled),
    ] {
        let (asked, regions) = ask(answer.clone()).await;
        assert_eq!(regions.map_err(|error| error.cause), Err(cause), "{answer:?}");
        assert_eq!(asked, 1, "{answer:?}");
    }
}

#[tokio::test]
async fn asking_ends_after_the_last_attempt_and_says_why() {
    for (answer, cause, reason) in [
        (
            Answer::ec2_error(400, "Throttling", "Rate exceeded"),
            Cause::Throttled,
            "throttled: Rate exceeded",
        ),
        (
            Answer::ec2_error(503, "ServiceUnavailable", "Try\n  later"),
            Cause::Unreachable,
            "the service failed: ServiceUnavailable: Try later",
        ),
        (
            Answer::ok("<DescribeRegionsResponse>"),
            Cause::Garbled,
            "the answer is no complete XML: it is not closed",
        ),
        (Answer::ok(""), Cause::Garbled, "the answer is empty"),
    ] {
        let replay = Replay::of([answer]);
        let sessions = sessions(&replay, 3).await;
        let error = sessions.regions(&account()).await.unwrap_err();
        assert_eq!(error.operation, "ec2:DescribeRegions");
        assert_eq!((error.cause, error.reason.as_str()), (cause, reason));
        assert_eq!(sessions.calls()["ec2:DescribeRegions"], 3);
    }
}

#[tokio::test]
async fn only_the_code_for_it_says_that_a_part_is_absent() {
    const POLICY: Operation = Operation::new("s3:GetBucketPolicy").absent(&["NoSuchBucketPolicy"]);
    let replay = Replay::default();
    let sessions = sessions(&replay, 1).await;
    let s3 = sessions.s3(&account(), "us-east-1");
    for (answer, absent) in [
        (Answer::plain_error(404, "NoSuchBucketPolicy", "does not exist"), true),
        (Answer::plain_error(404, "NoSuchBucket", "does not exist"), false),
        (Answer::plain_error(403, "AccessDenied", "Access Denied"), false),
        (Answer::plain_error(404, "NoSuchTagSet", "of another question"), false),
    ] {
        replay.set([answer.clone()]);
        let asked = s3.get_bucket_policy().bucket("demo-logs").send().await;
        let said = asked.unwrap_err();
        assert_eq!(error::is_absent(POLICY, &said), absent, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_answer_of_any_protocol_slows_the_next_call_and_is_asked_again() {
    let json = |headers, body: &str| Answer { status: 400, headers, ..Answer::ok(body) };
    let throttled_in = |service, protocol| match protocol {
        "query" => Answer::error(400, "Throttling", "Rate exceeded"),
        "ec2" => Answer::ec2_error(503, "RequestLimitExceeded", "Rate exceeded"),
        "rest-xml" => Answer::plain_error(503, "SlowDown", "Rate exceeded"),
        "json" => json(vec![], r#"{"__type":"com.amazonaws.x#RequestThrottled"}"#),
        "rest-json" => json(vec![("x-amzn-errortype", "TooManyRequestsException:http://x/")], "{}"),
        "query-compatible" => json(
            vec![("x-amzn-query-error", "RequestThrottled;Sender")],
            r#"{"__type":"com.amazonaws.x#Whatever"}"#,
        ),
        _ => panic!("{service} {protocol}"),
    };
    for (service, protocol) in [
        ("iam", "query"),
        ("ec2", "ec2"),
        ("s3", "rest-xml"),
        ("sqs", "json"),
        // No service that speaks it is read yet. What counts is the answer.
        ("sqs", "rest-json"),
        ("sqs", "query-compatible"),
    ] {
        let well = match service {
            "iam" => Answer::ok(fixture("iam/ListUsers.xml")),
            "ec2" => Answer::ok(fixture("ec2/DescribeRegions.xml")),
            "s3" => Answer::ok(fixture("s3/ListBuckets.xml")),
            _ => Answer::ok("{}"),
        };
        let replay = Replay::of([throttled_in(service, protocol), well]);
        let sessions = Sessions::load(Config {
            client: Some(Client::over(replay.clone(), Limits::default())),
            rates: Rates::all(Rate::new(1000.0, 10.0)),
            ..config(2)
        })
        .await;
        sessions.caller().await.unwrap();
        let (account, region) = (account(), "us-east-1");
        let began = Instant::now();
        let asked = match service {
            "iam" => sessions.iam(&account).list_users().send().await.is_ok(),
            "ec2" => sessions.ec2(&account, region).describe_regions().send().await.is_ok(),
            "s3" => sessions.s3(&account, region).list_buckets().send().await.is_ok(),
            _ => sessions.sqs(&account, region).list_queues().send().await.is_ok(),
        };
        assert!(asked, "{service} {protocol}");
        // A fifth of a second at half the rate. What may go out at once is gone, too.
        let took = began.elapsed().as_millis();
        assert!((190..=210).contains(&took), "{service} {protocol}: {took} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_the_budget_is_known() {
    let sessions = Sessions::load(Config {
        client: Some(Client::over(
            Replay::of([Answer::ok(fixture("s3/ListBuckets.xml"))]),
            Limits::default(),
        )),
        rates: Rates::all(Rate::new(1.0, 1.0)),
        ..config(1)
    })
    .await;
    let account = account();
    let s3 = sessions.s3(&account, "eu-west-1");
    s3.list_buckets().send().await.unwrap();
    assert_eq!(sessions.waiting(), []);

    let asking = tokio::spawn(async move { s3.list_buckets().send().await.is_ok() });
    sleep(Duration::from_millis(400)).await;
    let [waiting] = &sessions.waiting()[..] else { panic!("{:?}", sessions.waiting()) };
    assert_eq!(
        (waiting.account.as_ref(), waiting.region.as_str(), waiting.service),
        (Some(&account.id), "eu-west-1", "s3")
    );
    assert!((500..=600).contains(&waiting.wait.as_millis()), "{waiting:?}");
    assert!(asking.await.unwrap());
    assert_eq!(sessions.waiting(), []);
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_burst_wait_and_throttling_makes_the_rest_slower() {
    let lane = Arc::new(Lane::new("lane", Rate::new(2.0, 10.0), Instant::now().into_std()));
    let replay = Replay::of([Answer::ok(fixture("s3/ListBuckets.xml"))]);
    let limits = Limits { attempt: Duration::from_millis(50), ..Limits::default() };
    let client = Client::over(replay.clone(), limits).by(lane.clone());
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
        .region(aws_sdk_s3::config::Region::from_static("us-east-1"))
        .credentials_provider(aws_credential_types::Credentials::new("a", "b", None, None, "test"))
        .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled())
        .http_client(client)
        .build();
    let s3 = aws_sdk_s3::Client::from_conf(config);

    // The wait is longer than an attempt may take, and no part of it.
    let began = Instant::now();
    let asked = futures::future::join_all((0..6).map(|_| s3.list_buckets().send())).await;
    assert!(asked.iter().all(Result::is_ok));
    let took = began.elapsed().as_millis();
    assert!((350..450).contains(&took), "{took}");

    sleep(Duration::from_secs(10)).await;
    replay.set([Answer::plain_error(503, "SlowDown", "Please reduce your request rate.")]);
    let before = lane.budget.per_second(Instant::now().into_std());
    s3.list_buckets().send().await.unwrap_err();
    let after = lane.budget.per_second(Instant::now().into_std());
    assert!(after < before * 0.6, "{before} {after}");
}

/// The SDK takes a request that is not sent for five seconds for one that hangs. It has a clock
/// of its own, which is not paused.
#[tokio::test]
async fn who_waits_long_for_the_budget_is_not_taken_for_one_who_hangs() {
    let sessions = Sessions::load(Config {
        client: Some(Client::over(
            Replay::of([Answer::ok(fixture("ec2/DescribeRegions.xml"))]),
            Limits::default(),
        )),
        rates: Rates::all(Rate::new(1.0, 0.125)),
        ..config(1)
    })
    .await;
    let ec2 = sessions.ec2(&account(), "us-east-1");
    ec2.describe_regions().send().await.unwrap();
    let waited = Instant::now();
    ec2.describe_regions().send().await.unwrap();
    assert!(waited.elapsed() > Duration::from_secs(7));
}
