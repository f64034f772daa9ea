//! Who we are, and the ways into accounts.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use secmonkey_aws::service::{SES, SQS};
use secmonkey_aws::session::{Caller, Config, Error, Sessions};
use secmonkey_aws::{AWS, settings};
use secmonkey_core::Timestamp;
use secmonkey_core::account::Account;
use secmonkey_core::watch::Cause;

use crate::replay::{Answer, Replay, account, config, fixture, sessions};

fn with_role(role: &str) -> Account {
    let mut account = account();
    account.set(settings::ROLE, role);
    account.set(settings::EXTERNAL_ID, "shared secret");
    account
}

#[tokio::test]
async fn the_caller_is_asked_for_once() {
    let replay = Replay::default();
    let sessions = sessions(&replay, 1).await;
    let caller = sessions.caller().await.unwrap();
    assert_eq!(
        caller,
        Caller {
            account: "123456789012".parse().unwrap(),
            arn: "arn:aws:sts::123456789012:user/alice".to_owned(),
            partition: "aws".to_owned(),
        }
    );
    sessions.caller().await.unwrap();
    assert_eq!(sessions.api_calls(), 1);
}

#[tokio::test]
async fn a_role_is_assumed_once_for_all_services_and_regions() {
    let replay = Replay::of([
        Answer::ok(fixture("sts/AssumeRole.xml")),
        Answer::ok(fixture("ec2/DescribeRegions.xml")),
        Answer::ok(fixture("iam/ListUsers.xml")),
    ]);
    let sessions = sessions(&replay, 1).await;
    let account = with_role("SecurityMonkey");
    assert!(sessions.regions(&account).await.unwrap().contains(&"eu-west-1".to_owned()));
    sessions.iam(&account).list_users().send().await.unwrap();
    sessions.iam(&account).list_users().send().await.unwrap();

    let calls = sessions.calls();
    let calls: Vec<_> = calls.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(calls, [("ec2:DescribeRegions", 1), ("iam:ListUsers", 2), ("sts:AssumeRole", 1)]);
    let asked = replay.requests().remove(0);
    for word in [
        "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FSecurityMonkey",
        "RoleSessionName=secmonkey",
        "ExternalId=shared%20secret",
    ] {
        assert!(asked.contains(word), "{asked}");
    }
}

/// A session of a role lasts an hour, and a daemon longer.
#[tokio::test]
async fn a_role_is_assumed_again_before_its_session_ends() {
    let lasting = String::from_utf8(fixture("sts/AssumeRole.xml")).unwrap();
    let soon = Timestamp::now() + Duration::from_secs(5);
    let ending = lasting.replace("2126-11-21T11:12:02.653050Z", &soon.to_string());
    assert_ne!(ending, lasting);
    let users = || Answer::ok(fixture("iam/ListUsers.xml"));
    let replay = Replay::of([Answer::ok(ending), users(), Answer::ok(lasting), users()]);
    let sessions = sessions(&replay, 1).await;
    let account = with_role("SecurityMonkey");
    for _ in 0..3 {
        sessions.iam(&account).list_users().send().await.unwrap();
    }
    let calls = sessions.calls();
    let calls: Vec<_> = calls.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(calls, [("iam:ListUsers", 3), ("sts:AssumeRole", 2)]);
}

#[tokio::test]
async fn a_role_may_be_given_by_its_arn_and_lies_in_the_partition_of_the_account() {
    for (role, partition, expected) in [
        ("arn:aws-cn:iam::123456789012:role/a", "aws", "arn%3Aaws-cn%3Aiam%3A%3A123456789012"),
        ("team/b", "aws-us-gov", "arn%3Aaws-us-gov%3Aiam%3A%3A123456789012%3Arole%2Fteam%2Fb"),
    ] {
        let replay = Replay::of([Answer::error(403, "AccessDenied", "no")]);
        let mut account = with_role(role);
        account.set(settings::PARTITION, partition);
        sessions(&replay, 1).await.regions(&account).await.unwrap_err();
        assert!(replay.requests()[0].contains(expected), "{:?}", replay.requests());
    }
}

#[tokio::test]
async fn a_denied_role_is_named_and_not_asked_for_by_every_call() {
    let replay = Replay::of([Answer::error(
        403,
        "AccessDenied",
        "User: arn:aws:iam::210987654321:user/me is not authorized to perform: sts:AssumeRole",
    )]);
    let sessions = sessions(&replay, 3).await;
    let account = with_role("SecurityMonkey");
    for _ in 0..3 {
        let error = sessions.regions(&account).await.unwrap_err();
        assert_eq!(error.cause, Cause::Credentials);
        assert_eq!(
            error.reason,
            "cannot assume arn:aws:iam::123456789012:role/SecurityMonkey: access denied: User: \
             arn:aws:iam::210987654321:user/me is not authorized to perform: sts:AssumeRole"
        );
    }
    assert_eq!(sessions.calls()["sts:AssumeRole"], 1);
    assert_eq!(sessions.api_calls(), 1);
}

#[tokio::test]
async fn what_belongs_to_another_account_is_not_read() {
    let replay = Replay::of([
        Answer::ok(fixture("sts/AssumeRole.xml")),
        Answer::ok(fixture("ec2/DescribeRegions.xml")),
    ]);
    for role in ["", "arn:aws:iam::123456789012:role/SecurityMonkey"] {
        let sessions = sessions(&replay, 1).await;
        let mut other = Account::new(AWS, "999999999999".parse().unwrap(), "other");
        other.set(settings::ROLE, role);
        let error = sessions.regions(&other).await.unwrap_err();
        assert_eq!(error.cause, Cause::Credentials);
        assert_eq!(
            error.reason,
            "the credentials for account 999999999999 are of account 123456789012"
        );
        assert!(!sessions.calls().contains_key("ec2:DescribeRegions"));
    }
}

#[tokio::test]
async fn credentials_past_their_time_are_told_from_refused_ones() {
    let account = with_role("SecurityMonkey");
    let expired = Answer::error(403, "ExpiredToken", "The security token is expired");
    let failed = sessions(&Replay::of([expired]), 2).await.regions(&account).await.unwrap_err();
    assert_eq!(failed.cause, Cause::Credentials);
    assert!(failed.reason.starts_with("the AWS credentials have expired: "), "{failed}");
    assert!(failed.reason.ends_with("The security token is expired"), "{failed}");

    let refused = Answer::error(403, "InvalidClientTokenId", "The token is invalid");
    let failed = sessions(&Replay::of([refused]), 2).await.regions(&account).await.unwrap_err();
    assert!(failed.reason.contains("credentials not accepted"), "{failed}");
}

#[tokio::test]
async fn with_an_endpoint_of_ones_own_every_service_exists_everywhere() {
    let sessions = sessions(&Replay::default(), 1).await;
    assert!(sessions.serves(SES.endpoint_prefix, "us-iso-west-1"));
}

#[tokio::test]
async fn a_region_is_skipped_where_aws_has_no_such_service() {
    let sessions = Sessions::load(Config { endpoint: None, ..config(1) }).await;
    for (service, region, there) in [
        (SES, "eu-west-1", true),
        (SES, "us-iso-west-1", false),
        (SES, "cn-north-1", false),
        (SQS, "us-iso-west-1", true),
        (SQS, "mars-north-1", true),
    ] {
        let said = sessions.serves(service.endpoint_prefix, region);
        assert_eq!(said, there, "{} in {region}", service.id);
    }
}

/// Runs the test below in a process with no environment but `variables`, and a home
/// directory of its own. Returns what it said and how long it took.
fn in_an_environment(home: &Path, variables: &[(&str, &str)]) -> (String, Duration) {
    let began = Instant::now();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "session::says_who_calls", "--ignored", "--nocapture"])
        .env_clear()
        .env("HOME", home)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let line = said.lines().find_map(|line| line.split_once("said: "));
    (line.expect("a line").1.to_owned(), began.elapsed())
}

#[tokio::test]
#[ignore = "started by the tests below, in an environment of its own"]
async fn says_who_calls() {
    let sessions = Sessions::load(Config::default()).await;
    match sessions.caller().await {
        Ok(caller) => println!("said: {caller:?}"),
        Err(error) => println!("said: {}: {error}", kind(&error)),
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Missing(_) => "missing",
        Error::Unusable(_) => "unusable",
        Error::Expired(_) => "expired",
        Error::Refused(_) => "refused",
        Error::Unreachable(_) => "unreachable",
        Error::Endpoint(_) => "endpoint",
        Error::Role { .. } | Error::OtherAccount { .. } => "other",
    }
}

#[test]
fn no_credentials_is_said_soon_with_all_places_that_were_tried() {
    let home = tempfile::tempdir().unwrap();
    let (said, took) = in_an_environment(home.path(), &[]);
    for word in [
        "missing: no AWS credentials; looked for them in the environment (AWS_ACCESS_KEY_ID)",
        "profile `default` of ~/.aws/config and ~/.aws/credentials",
        "SSO",
        "web identity",
        "container",
        "instance metadata",
    ] {
        assert!(said.contains(word), "{said}");
    }
    assert!(took < Duration::from_secs(6), "{took:?}");

    let (said, _) = in_an_environment(
        home.path(),
        &[
            ("AWS_PROFILE", "audit"),
            ("AWS_CONFIG_FILE", "/nowhere/config"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ],
    );
    assert!(said.contains("profile `audit` of /nowhere/config"), "{said}");
    assert!(said.contains("instance metadata service (switched off)"), "{said}");
}

#[test]
fn a_profile_that_cannot_be_used_is_no_missing_one() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".aws")).unwrap();
    let config = home.path().join(".aws/config");
    let off = ("AWS_EC2_METADATA_DISABLED", "true");

    fs::write(&config, "[default]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = gone\n")
        .unwrap();
    let (said, _) = in_an_environment(home.path(), &[off]);
    assert!(said.contains("gone"), "{said}");

    fs::write(
        &config,
        "[default]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\nregion = eu-west-1\n\
         [sso-session s]\nsso_start_url = https://example.awsapps.com/start\n\
         sso_region = eu-west-1\n",
    )
    .unwrap();
    let (said, _) = in_an_environment(home.path(), &[off]);
    assert!(said.starts_with("unusable: ") && said.ends_with("; run `aws sso login`"), "{said}");

    fs::write(&config, "[default\nregion").unwrap();
    let (said, _) = in_an_environment(home.path(), &[off]);
    assert!(said.starts_with("unusable: ") && said.contains("~/.aws/config"), "{said}");
}

#[test]
fn an_unreachable_sts_is_told_from_bad_credentials() {
    let home = tempfile::tempdir().unwrap();
    let (said, _) = in_an_environment(
        home.path(),
        &[
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_MAX_ATTEMPTS", "1"),
        ],
    );
    let expected =
        "unreachable: cannot ask AWS whose credentials these are: cannot reach 127.0.0.1:1";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn what_a_credential_process_prints_is_for_nobody() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".aws")).unwrap();
    let script = home.path().join("process");
    let config = format!("[default]\nregion = x\ncredential_process = sh {}\n", script.display());
    fs::write(home.path().join(".aws/config"), config).unwrap();
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYSECRETKEY";
    let begins = "unusable: the AWS credentials cannot be used: the credential_process of profile \
                  `default`";
    for (prints, why) in [
        (format!("echo {secret}; echo password {secret} >&2; exit 7"), "failed with 7"),
        (format!("echo {secret}"), "printed no credentials"),
        (format!("echo '{{\"Version\": \"{secret}\"}}'"), "without `Version`"),
        (format!("echo '{{\"Version\": 1, \"SecretAccessKey\": \"{secret}'"), "no credentials"),
        (
            format!("echo '{{\"Version\": 1, \"SecretAccessKey\": \"{secret}\"}}'"),
            "without `AccessKeyId`",
        ),
        (format!("printf '\\377{secret}'"), "printed no credentials"),
    ] {
        fs::write(&script, &prints).unwrap();
        let (said, _) = in_an_environment(home.path(), &[("AWS_EC2_METADATA_DISABLED", "true")]);
        assert!(said.starts_with(begins) && said.contains(why), "{prints}: {said}");
        assert!(!said.contains("SECRETKEY") && !said.contains("password"), "{said}");
    }
}

#[tokio::test]
async fn a_server_that_repeats_our_token_is_not_quoted() {
    let echo = "the headers were: x-amz-security-token:AQoDYXdzEPT4EXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW of AKIA";
    let replay = Replay::of([
        Answer::ok(fixture("sts/AssumeRole.xml")),
        Answer::ec2_error(403, "SignatureDoesNotMatch", echo),
    ]);
    let sessions = sessions(&replay, 1).await;
    let error = sessions.regions(&with_role("SecurityMonkey")).await.unwrap_err();
    assert!(
        error.reason.ends_with("the headers were: x-amz-security-token:*** of AKIA"),
        "{error}"
    );
}

#[test]
fn endpoints_that_are_none_are_named_and_no_request_is_repeated() {
    let home = tempfile::tempdir().unwrap();
    for (variable, url, expected) in [
        ("AWS_ENDPOINT_URL", "", "endpoint: AWS_ENDPOINT_URL is empty: "),
        ("AWS_ENDPOINT_URL_S3", "", "endpoint: AWS_ENDPOINT_URL_S3 is empty: "),
        ("AWS_ENDPOINT_URL", "nonsense", "unreachable: "),
        ("AWS_ENDPOINT_URL", "https://", "unreachable: "),
        ("AWS_ENDPOINT_URL", "http://me:hunter22@[x", "unreachable: "),
    ] {
        let (said, _) = in_an_environment(
            home.path(),
            &[
                ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "secret"),
                ("AWS_MAX_ATTEMPTS", "1"),
                (variable, url),
            ],
        );
        assert!(said.starts_with(expected), "{said}");
        assert!(!said.contains("Request {") && !said.contains("hunter22"), "{said}");
    }
}

#[test]
fn passwords_of_endpoints_and_proxies_are_not_repeated() {
    let home = tempfile::tempdir().unwrap();
    let keys = [("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let once = ("AWS_MAX_ATTEMPTS", "1");
    for wrong in [
        vec![("AWS_ENDPOINT_URL", "http://me:hunter22@127.0.0.1:1")],
        vec![("AWS_ENDPOINT_URL", "http://me:hunter22@127.0.0.1:nowhere")],
        vec![("HTTPS_PROXY", "http://me:hunter22@127.0.0.1:1")],
        vec![("HTTPS_PROXY", "http://me:hunter22@127.0.0.1:nowhere")],
    ] {
        let all: Vec<_> = keys.iter().chain([&once]).chain(&wrong).copied().collect();
        let (said, _) = in_an_environment(home.path(), &all);
        assert!(!said.contains("hunter22"), "{wrong:?}: {said}");
    }
}
