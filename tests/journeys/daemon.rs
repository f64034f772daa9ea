//! The daemon: it scans by itself, and the command line works while it runs.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::lab::{Lab, Ran, binary};
use crate::moto::ACCOUNT;
use crate::proxy::{Answer, Call, Fault};
use crate::secmonkeyd::{Daemon, ask, get, until};

fn finished_scans(lab: &Lab) -> usize {
    let is_end = |event: &&Value| event["event"]["type"] == "scan_finished";
    lab.log().iter().filter(is_end).count()
}

#[test]
fn it_scans_what_is_registered_and_the_command_line_works_meanwhile() {
    let lab = Lab::company().in_regions(&["us-east-1", "eu-west-1"]);
    lab.configure("[daemon]\nlisten = '127.0.0.1:0'\n");
    let daemon = Daemon::start(&lab, &[]);
    daemon.says("scanned account=lighthouse");

    // What it holds is read and decided through it.
    let items = lab.json(&["items"]);
    assert!(items.as_array().is_some_and(|all| all.len() > 30), "{items}");
    let issue = lab.json(&["issues"])[0]["id"].as_str().unwrap().to_owned();
    lab.run(&["justify", &issue, "--note", "for now"]).expect(0);

    // A scan is one of the daemon's, and tells the same as one of its own.
    lab.moto.company("change");
    let scan = lab.json(&["scan", "--technology", "security_group"]);
    assert_eq!(scan["failed_sweeps"], Value::Array(vec![]));
    let opened = scan["opened"].as_array().unwrap();
    assert!(opened.iter().any(|issue| issue["name"] == "bastion"), "{scan}");
    assert_eq!(scan["items"]["changed"], 1, "{scan}");
    let again = lab.run(&["scan", "--technology", "security_group"]).expect(0);
    assert!(!again.stdout().contains("bastion"), "{again}");
    let refused = lab.run(&["scan", "--account", "lighthose"]).expect(2).error();
    assert!(refused.contains("lighthouse"), "{refused}");

    // Health and metrics.
    let said = daemon.said();
    let address = said.split("address=").nth(1).unwrap().split_whitespace().next().unwrap();
    let ask = |path| get(&mut TcpStream::connect(address).unwrap(), path);
    assert!(ask("/healthz").starts_with("HTTP/1.1 200"));
    assert!(ask("/readyz").starts_with("HTTP/1.1 200"));
    let metrics = ask("/metrics");
    let account = format!("secmonkey_next_scan_timestamp_seconds{{account=\"{ACCOUNT}\"}} ");
    assert!(metrics.contains(&account), "{metrics}");
    assert!(metrics.contains("secmonkey_api_calls_total{operation=\"ec2:"), "{metrics}");
    // The port tells and does nothing.
    assert!(ask("/api/v1/state").starts_with("HTTP/1.1 404"));

    // The socket is the owner's alone.
    let socket = lab.store().join("daemon.socket");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let state = get(&mut UnixStream::connect(&socket).unwrap(), "/api/v1/state");
    assert!(state.contains("\"account_name\":\"lighthouse\""), "{state}");

    let took = daemon.end();
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(!socket.exists());
    lab.run(&["verify"]).expect(0);
}

#[test]
fn what_is_configured_and_registered_while_it_runs_counts() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.configure("[daemon]\nlog = 'json'\n");
    let daemon = Daemon::start(&lab, &[]);
    daemon.says("\"scanned\"");
    for line in daemon.said().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["message"].is_string() && line["level"].is_string(), "{line}");
    }

    // Wrong: the last one counts, and it is said once.
    lab.configure("[daemon]\nintervall = '1h'\n");
    daemon.says("unknown setting `intervall`; nearest: `interval`");
    assert!(lab.run(&["items"]).code() == Some(2), "the file is wrong for commands, too");
    lab.configure("[daemon]\nlog = 'json'\n[technologies]\noff = ['vpc']\n");
    daemon.says("the configuration changed: it counts");
    let refused = lab.run(&["scan", "--technology", "vpc"]).expect(2).error();
    assert!(refused.contains("vpc"), "{refused}");

    // An account that is registered is scanned at once, though nobody may enter it.
    let start = Instant::now();
    lab.run(&[
        "account",
        "add",
        "--id",
        "210987654321",
        "--name",
        "annex",
        "--region",
        "us-east-1",
    ])
    .expect(0);
    daemon.says("\"account\":\"annex\"");
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
    daemon.end();
}

#[test]
fn it_ends_soon_though_a_provider_hangs_and_survives_being_killed() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.proxy.tell(hanging_policies);
    let daemon = Daemon::start(&lab, &[]);
    until(
        || lab.proxy.calls().iter().any(|call| call.operation == "s3:GET ?policy"),
        || "a policy is asked for".to_owned(),
    );
    let took = daemon.end();
    assert!(took < Duration::from_secs(10), "{took:?}");
    lab.run(&["verify"]).expect(0);

    // What the first asked last is not what the next asks.
    lab.proxy.calls();
    let daemon = Daemon::start(&lab, &[]);
    until(
        || lab.proxy.calls().iter().any(|call| call.operation == "s3:GET ?policy"),
        || "a policy is asked for again".to_owned(),
    );
    daemon.signal("-KILL");
    drop(daemon);
    lab.proxy.pass();
    let before = finished_scans(&lab);
    let daemon = Daemon::start(&lab, &[]);
    daemon.says("the scan had died: what it recorded stays");
    until(|| finished_scans(&lab) > before, || daemon.said());
    daemon.end();
    lab.run(&["verify"]).expect(0);
}

#[test]
fn a_scan_is_stopped_over_the_api_and_what_it_read_is_kept() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.proxy.tell(hanging_policies);
    let daemon = Daemon::start(&lab, &[]);
    until(
        || lab.proxy.calls().iter().any(|call| call.operation == "s3:GET ?policy"),
        || "a policy is asked for".to_owned(),
    );
    let is_start = |event: &&Value| event["event"]["type"] == "scan_started";
    let scan = lab.log().iter().find(is_start).unwrap()["scan"].as_str().unwrap().to_owned();
    let asked = |method: &str| {
        let mut socket = UnixStream::connect(lab.store().join("daemon.socket")).unwrap();
        ask(&mut socket, method, &format!("/api/v1/scans/{scan}"))
    };
    let stopped = asked("DELETE");
    assert!(stopped.starts_with("HTTP/1.1 202"), "{stopped}");
    daemon.says("scan stopped");
    let scan = asked("GET");
    assert!(scan.contains("\"interrupted\":\"stopped\""), "{scan}");
    let again = asked("DELETE");
    assert!(again.starts_with("HTTP/1.1 409"), "{again}");
    daemon.end();
    lab.run(&["verify"]).expect(0);
}

/// The policies of buckets are never answered.
fn hanging_policies(call: &Call) -> Answer {
    if call.operation == "s3:GET ?policy" { Answer::Broken(Fault::Hang) } else { Answer::Genuine }
}

/// What `CloudTrail` says through `EventBridge` of a rule that somebody added, twice, and a message
/// that is none of ours.
const OPENED: &str = r"
import json
sqs = client('sqs')
url = sqs.get_queue_url(QueueName='secmonkey-events')['QueueUrl']
group = ec2.describe_security_groups(GroupNames=['door'])['SecurityGroups'][0]['GroupId']
ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{
    'IpProtocol': 'tcp', 'FromPort': 3389, 'ToPort': 3389, 'IpRanges': [{'CidrIp': '0.0.0.0/0'}]}])
import datetime
now = datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
record = {
    'eventVersion': '1.09', 'eventTime': now, 'eventSource': 'ec2.amazonaws.com',
    'eventName': 'AuthorizeSecurityGroupIngress', 'awsRegion': 'us-east-1',
    'sourceIPAddress': '203.0.113.7', 'userAgent': 'aws-cli/2',
    'userIdentity': {
        'type': 'AssumedRole', 'principalId': 'AROAEXAMPLE:alice',
        'arn': 'arn:aws:sts::123456789012:assumed-role/Admin/alice',
        'accountId': '123456789012',
        'sessionContext': {'sessionIssuer': {
            'type': 'Role', 'arn': 'arn:aws:iam::123456789012:role/Admin', 'userName': 'Admin',
            'accountId': '123456789012'}}},
    'requestParameters': {'groupId': group}, 'responseElements': {'_return': True},
    'readOnly': False, 'eventID': 'e-1', 'eventType': 'AwsApiCall', 'managementEvent': True,
    'recipientAccountId': '123456789012', 'eventCategory': 'Management'}
envelope = {
    'version': '0', 'id': 'x', 'detail-type': 'AWS API Call via CloudTrail', 'source': 'aws.ec2',
    'account': '123456789012', 'time': now, 'region': 'us-east-1', 'detail': record}
for body in [json.dumps(envelope)] * 2 + ['not json']:
    sqs.send_message(QueueUrl=url, MessageBody=body)
";

#[test]
fn a_change_is_seen_as_it_happens_with_who_made_it_and_told_once() {
    let lab = Lab::holding(
        "ec2.create_security_group(GroupName='door', Description='the front door')\n\
         client('sqs').create_queue(QueueName='secmonkey-events')",
    )
    .in_regions(&["us-east-1"]);
    let told = lab.home().join("told");
    lab.configure(&format!(
        "[daemon.events]\n\
         queue = 'https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/secmonkey-events'\n\
         [notify.pipe]\nkind = 'exec'\n\
         command = ['/bin/sh', '-c', 'cat >> {0}; echo >> {0}']\n",
        told.display()
    ));
    let daemon = Daemon::start(&lab, &[]);
    daemon.says("scanned account=lighthouse");
    lab.run(&[
        "subscription",
        "add",
        "doors",
        "--outlet",
        "pipe",
        "--changes",
        "technology:security_group",
    ])
    .expect(0);
    let refused = lab.run(&["subscription", "add", "x", "--outlet", "pope"]).expect(2).error();
    assert!(refused.contains("nearest: `pipe`"), "{refused}");
    lab.run(&["notifications", "test", "pipe"]).expect(0);

    lab.moto.python(OPENED);
    let history = || lab.run(&["history", "door"]).expect(0).stdout();
    until(|| history().contains("alice"), || format!("{}\n{}", history(), daemon.said()));
    assert!(history().contains("ec2:AuthorizeSecurityGroupIngress"), "{}", history());
    let revisions = lab.json(&["history", "door"]);
    let by: Vec<_> = revisions.as_array().unwrap().iter().map(|one| &one["attribution"]).collect();
    assert!(by.iter().filter(|by| !by.is_null()).count() == 1, "{revisions}");

    // Once what happened has settled.
    let messages = || -> Vec<Value> {
        let text = fs::read_to_string(&told).unwrap_or_default();
        text.lines()
            .filter(|one| !one.is_empty())
            .map(|one| serde_json::from_str(one).unwrap())
            .collect()
    };
    // What the first look found is a message of its own.
    let is_change = |one: &Value| one["kind"] == "changes" && one["baseline"].is_null();
    let changes = || messages().into_iter().filter(is_change).collect::<Vec<_>>();
    until(|| !changes().is_empty(), || daemon.said());
    let sent = changes();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0]["subject"].as_str().unwrap().contains("door"), "{}", sent[0]);
    assert!(sent[0]["why"][0].as_str().unwrap().contains("doors"), "{}", sent[0]);
    assert!(sent[0].to_string().contains("alice"), "{}", sent[0]);
    daemon.end();
    lab.run(&["verify"]).expect(0);
}

#[test]
fn what_is_wrong_is_one_line() {
    let lab = Lab::empty();
    let run = |arguments: &[&str]| {
        let like = lab.command(&[] as &[&str]);
        let mut command = Command::new(binary().with_file_name("secmonkeyd"));
        command.args(arguments).env_clear();
        command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Ran::new(command.stdin(Stdio::null()).output().unwrap(), arguments)
    };
    let wrong = run(&["--stroe", "x"]).expect(2).error();
    assert!(wrong.contains("--store") && wrong.ends_with("see `secmonkeyd --help`"), "{wrong}");
    let right = run(&["check-config"]).expect(0);
    assert!(right.stdout().contains("there is no configuration file"), "{right}");
    lab.configure("[daemon]\ninterval = '30s'\n");
    let wrong = run(&["check-config"]).expect(2).error();
    assert!(wrong.contains("line 2") && wrong.contains("`30s` is not an interval"), "{wrong}");
    lab.configure("[[daemon.schedule]]\ntechnology = 's3_bukket'\ninterval = '5m'\n");
    let wrong = run(&[]).expect(2).error();
    assert!(wrong.contains("nearest: `s3_bucket`"), "{wrong}");
    lab.configure("[daemon]\nlisten = '192.0.2.1:80'\n");
    let wrong = run(&[]).expect(2).error();
    assert!(wrong.contains("cannot listen on 192.0.2.1:80"), "{wrong}");
}
