//! What is asked again, and what is not.

use std::sync::Arc;
use std::time::Duration;

use secmonkey_aws::budget::{Budget, Rate};
use secmonkey_aws::error;
use secmonkey_aws::http::{Client, Limits};
use secmonkey_core::watch::Cause;
use tokio::time::Instant;

use crate::replay::{Answer, Replay, account, fixture, sessions};

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
        assert_eq!(error::is_absent("s3:GetBucketPolicy", &said), absent, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_burst_wait_and_throttling_makes_the_rest_slower() {
    let budget =
        Arc::new(Budget::new(Rate { burst: 2.0, per_second: 10.0 }, Instant::now().into_std()));
    let replay = Replay::of([Answer::ok(fixture("s3/ListBuckets.xml"))]);
    let limits = Limits { attempt: Duration::from_millis(50), ..Limits::default() };
    let client = Client::over(replay.clone(), limits).within(budget.clone());
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

    tokio::time::sleep(Duration::from_secs(10)).await;
    replay.set([Answer::plain_error(503, "SlowDown", "Please reduce your request rate.")]);
    let before = budget.per_second(Instant::now().into_std());
    s3.list_buckets().send().await.unwrap_err();
    let after = budget.per_second(Instant::now().into_std());
    assert!(after < before * 0.6, "{before} {after}");
}
