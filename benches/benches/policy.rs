//! What a policy costs: against parsing its JSON, and in time for a user with ten policies.
//!
//! `cargo bench -p secmonkey-benches --bench policy`

#![allow(clippy::expect_used, clippy::panic, clippy::cast_precision_loss, reason = "a benchmark")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use secmonkey_policy::exposure::{Kind, Resource};
use secmonkey_policy::identity::Identity;
use secmonkey_policy::{Exposure, Policy};
use serde_json::{Value, json};

const ROUNDS: usize = 40;
const TIMES: u32 = 250;

/// The median time of one call.
fn median(mut call: impl FnMut()) -> Duration {
    let mut rounds: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..TIMES {
                call();
            }
            start.elapsed() / TIMES
        })
        .collect();
    rounds.sort_unstable();
    rounds[ROUNDS / 2]
}

/// A bucket policy as they are: logs delivered by a service, an account that reads, HTTPS.
fn bucket() -> String {
    let bucket = "arn:aws:s3:::amzn-s3-demo-bucket";
    let objects = format!("{bucket}/*");
    json!({
        "Version": "2012-10-17",
        "Id": "amzn-s3-demo-bucket",
        "Statement": [
            {
                "Sid": "S3ServerAccessLogsPolicy",
                "Effect": "Allow",
                "Principal": { "Service": "logging.s3.amazonaws.com" },
                "Action": ["s3:PutObject"],
                "Resource": format!("{bucket}/logs/*"),
                "Condition": {
                    "ArnLike": { "aws:SourceArn": "arn:aws:s3:::amzn-s3-demo-source-bucket" },
                    "StringEquals": { "aws:SourceAccount": "111122223333" }
                }
            },
            {
                "Sid": "ReadByAnalytics",
                "Effect": "Allow",
                "Principal": { "AWS": [
                    "arn:aws:iam::444455556666:root",
                    "arn:aws:iam::777788889999:role/analytics"
                ] },
                "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
                "Resource": [bucket, objects]
            },
            {
                "Sid": "ReadWithinTheOrganization",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": objects,
                "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }
            },
            {
                "Sid": "DenyInsecureTransport",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket, objects],
                "Condition": { "Bool": { "aws:SecureTransport": "false" } }
            }
        ]
    })
    .to_string()
}

/// Ten policies as users have them.
fn user() -> Vec<Value> {
    ["s3", "ec2", "sqs", "sns", "lambda", "dynamodb", "logs", "cloudwatch", "kms", "iam"]
        .map(|service| {
            json!({
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [format!("{service}:Get*"), format!("{service}:List*")],
                        "Resource": "*"
                    },
                    {
                        "Effect": "Allow",
                        "Action": [format!("{service}:Put*"), format!("{service}:Create*")],
                        "Resource": format!("arn:aws:{service}:us-east-1:111122223333:app-*")
                    },
                    {
                        "Effect": "Deny",
                        "Action": format!("{service}:Delete*"),
                        "Resource": "*"
                    }
                ]
            })
        })
        .into()
}

fn main() {
    let text = bucket();
    let parse = median(|| {
        black_box(serde_json::from_str::<Value>(black_box(&text)).expect("JSON"));
    });
    let resource = Resource { kind: Kind::Bucket, owner: Some("111122223333"), restricted: false };
    let judge = median(|| {
        let json: Value = serde_json::from_str(black_box(&text)).expect("JSON");
        let policy = Policy::read(&json).expect("a policy");
        black_box(Exposure::of(&policy, resource).is_public());
    });
    let ratio = judge.as_secs_f64() / parse.as_secs_f64();
    println!("bucket policy of {} bytes", text.len());
    println!("  serde_json                 {parse:>10.2?}");
    println!("  serde_json, read, exposure {judge:>10.2?}  {ratio:.1} parses (promised: under 10)");

    let documents = user();
    let policies: Vec<Policy<'_>> =
        documents.iter().map(|it| Policy::read(it).expect("a policy")).collect();
    let effective = median(|| {
        let identity =
            policies.iter().fold(Identity::new(), |identity, it| identity.with("inline/it", it));
        let permissions = identity.permissions();
        black_box((permissions.full_admin(), permissions.permissions_management()));
        black_box(permissions.escalations());
    });
    println!("user with {} policies", policies.len());
    println!("  effective permissions      {effective:>10.2?}  (promised: under 1 ms)");

    // Only an optimised build keeps promises about time.
    if !cfg!(debug_assertions) {
        assert!(ratio < 10.0, "parse and exposure are {ratio:.1} parses");
        assert!(effective < Duration::from_millis(1), "effective permissions take {effective:?}");
    }
}
