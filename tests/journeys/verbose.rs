//! What `-v` tells of a scan, and what it never does.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::lab::{Lab, Ran};
use crate::proxy::{Answer, Fault};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "AQoDYXdzEPT4EXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW";

fn told(lab: &Lab, how: &str) -> Vec<String> {
    let throttled = AtomicBool::new(false);
    lab.proxy.tell(move |call| {
        if call.operation == "s3:GET ?policy" && !throttled.swap(true, Ordering::Relaxed) {
            Answer::Broken(Fault::Throttled)
        } else {
            Answer::Genuine
        }
    });
    let arguments = ["scan", how, "--technology", "s3_bucket", "--technology", "sqs_queue"];
    let mut scan = lab.command(&arguments);
    scan.env("AWS_MAX_ATTEMPTS", "3");
    scan.env("AWS_SECRET_ACCESS_KEY", SECRET).env("AWS_SESSION_TOKEN", TOKEN);
    let ran = Ran::new(scan.output().unwrap(), &arguments).expect(0);
    let said = ran.stderr();
    assert!(!said.contains(SECRET) && !said.contains(TOKEN), "{said}");
    let ours = |line: &str| line.as_bytes().get(8) == Some(&b'Z');
    assert!(said.lines().all(ours), "only what we tell: {said}");
    // Without the time of day, which is another one each time.
    said.lines().map(|line| line[10..].to_owned()).collect()
}

#[track_caller]
fn has(lines: &[String], start: &str, words: &[&str]) {
    let found =
        |line: &&String| line.starts_with(start) && words.iter().all(|word| line.contains(word));
    assert!(lines.iter().any(|line| found(&line)), "{start} {words:?}: {lines:#?}");
}

#[test]
fn a_scan_tells_what_it_does() {
    let lab = Lab::holding("s3.create_bucket(Bucket='plain')").in_regions(&["us-east-1"]);
    let lines = told(&lab, "-v");
    has(&lines, "opened store=", &["events=1"]);
    has(&lines, "reading account=lighthouse id=123456789012", &[]);
    has(&lines, "reading scope=lighthouse/s3_bucket/global", &[]);
    has(&lines, "asking again call=s3:GetBucketPolicy", &["attempt=2", "why=503 SlowDown"]);
    has(&lines, "read scope=lighthouse/s3_bucket/global items=1 time=", &[]);
    has(&lines, "read scope=lighthouse/sqs_queue/us-east-1 items=0 time=", &[]);
    has(&lines, "read account=lighthouse id=123456789012 items=1 time=", &[]);
    assert!(!lines.iter().any(|line| line.contains("answered")), "{lines:#?}");

    let lines = told(&lab, "-vv");
    has(&lines, "core reading scope=lighthouse/s3_bucket/global", &[]);
    let place = ["account=123456789012", "region=us-east-1", " ms="];
    for (call, more) in [
        ("s3:ListBuckets", ["status=200", "attempt=1"]),
        ("s3:GetBucketPolicy", ["status=503", "attempt=1"]),
        ("s3:GetBucketPolicy", ["status=404", "attempt=2"]),
    ] {
        has(&lines, &format!("aws answered call={call} "), &[&place[..], &more].concat());
    }
}
