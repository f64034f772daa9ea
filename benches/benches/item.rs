//! What an item costs between the answer of the cloud and the log, against parsing
//! the same JSON once.
//!
//! Three items as AWS describes them, 2.6 KB on average: a security group of 17 rules
//! in no order, a bucket with its policy as text, a role with its trust policy
//! percent-encoded. At the end a table holds each step against the parse, measured in
//! turns in the same run; the program fails where a promise is broken.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput};
use secmonkey_core::config::{Digest, canonicalise};
use secmonkey_core::diff::diff;
use secmonkey_core::technology::{Set, Technology, Texts};
use serde_json::{Value, json};

mod group;

use group::GROUP;

/// An unchanged item costs at most this many parses after it is parsed.
const UNCHANGED: f64 = 1.5;
/// A changed item costs at most this many parses after it is parsed.
const CHANGED: f64 = 4.0;

static BUCKET: Technology = Technology {
    id: Cow::Borrowed("s3_bucket"),
    sets: Cow::Borrowed(&[Set::new("/Acl/Grants", &[]), Set::new("/Tags", &["Key"])]),
    documents: Texts::new(&["/Policy"]),
    ..Technology::DEFAULT
};

static ROLE: Technology = Technology {
    id: Cow::Borrowed("iam_role"),
    sets: Cow::Borrowed(&[
        Set::new("/AttachedManagedPolicies", &["PolicyArn"]),
        Set::new("/RolePolicyList", &["PolicyName"]),
        Set::new("/Tags", &["Key"]),
    ]),
    documents: Texts::new(&["/AssumeRolePolicyDocument", "/RolePolicyList/*/PolicyDocument"]),
    daily: Texts::new(&["/RoleLastUsed/LastUsedDate"]),
    ..Technology::DEFAULT
};

/// An item before and after a change, as text.
struct Item {
    technology: &'static Technology,
    before: String,
    after: String,
}

impl Item {
    fn new(
        technology: &'static Technology,
        before: &Value,
        change: impl FnOnce(&mut Value),
    ) -> Self {
        let mut after = before.clone();
        change(&mut after);
        Self { technology, before: before.to_string(), after: after.to_string() }
    }

    fn raw(&self) -> Value {
        parse(&self.before)
    }

    fn canonical(&self) -> Value {
        let mut config = self.raw();
        canonicalise(&mut config, self.technology);
        config
    }

    fn changed(&self) -> Value {
        parse(&self.after)
    }

    fn unchanged_cost(&self, mut config: Value) -> (Value, Digest) {
        canonicalise(&mut config, self.technology);
        let digest = Digest::of(&config);
        (config, digest)
    }
}

#[expect(clippy::expect_used, reason = "we wrote the text ourselves")]
fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// A rule a permission, seventeen in all, in the order AWS happened to give them.
fn group() -> Item {
    let permissions: Value = [443, 80, 22, 8080, 5432, 3306, 6379, 9200, 11211, 25, 53, 8443, 2049]
        .iter()
        .enumerate()
        .map(|(n, port)| {
            json!({
                "FromPort": port,
                "IpProtocol": if *port == 53 { "udp" } else { "tcp" },
                "IpRanges": [{"CidrIp": format!("10.{}.0.0/16", 40 - n), "Description": format!("office {n}")}],
                "Ipv6Ranges": [],
                "PrefixListIds": [],
                "ToPort": port,
                "UserIdGroupPairs": [],
            })
        })
        .chain([
            json!({
                "FromPort": 8125,
                "IpProtocol": "udp",
                "IpRanges": [
                    {"CidrIp": "192.168.7.0/24", "Description": "statsd"},
                    {"CidrIp": "10.0.0.0/8", "Description": "everybody inside"},
                ],
                "Ipv6Ranges": [{"CidrIpv6": "fd00::/8"}],
                "PrefixListIds": [],
                "ToPort": 8125,
                "UserIdGroupPairs": [],
            }),
            json!({
                "IpProtocol": "-1",
                "IpRanges": [],
                "Ipv6Ranges": [],
                "PrefixListIds": [],
                "UserIdGroupPairs": [{"GroupId": "sg-0f1e2d3c4b5a69788", "UserId": "123456789012"}],
            }),
        ])
        .collect();
    let config = json!({
        "Attachments": [
            {"NetworkInterfaceId": "eni-0c9d8e7f6a5b4c3d2", "InstanceId": "i-0a1b2c3d4e5f60718"},
            {"NetworkInterfaceId": "eni-0a9d8e7f6a5b4c3d2", "InstanceId": "i-0b1b2c3d4e5f60718"},
        ],
        "Description": "What the web servers let in",
        "GroupId": "sg-0a1b2c3d4e5f60718",
        "GroupName": "web-production",
        "IpPermissions": permissions,
        "IpPermissionsEgress": [{
            "IpProtocol": "-1",
            "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
            "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
            "PrefixListIds": [],
            "UserIdGroupPairs": [],
        }],
        "OwnerId": "123456789012",
        "SecurityGroupArn": "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0a1b2c3d4e5f60718",
        "Tags": [
            {"Key": "team", "Value": "storefront"},
            {"Key": "Name", "Value": "web-production"},
            {"Key": "aws:cloudformation:stack-name", "Value": "storefront-network-production"},
        ],
        "VpcId": "vpc-0a1b2c3d4e5f60718",
    });
    Item::new(&GROUP, &config, |config| {
        config["IpPermissions"][2]["IpRanges"] = json!([{"CidrIp": "0.0.0.0/0"}]);
    })
}

fn bucket() -> Item {
    let policy = |account: &str| {
        json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": ["arn:aws:s3:::documents-production/*", "arn:aws:s3:::documents-production"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
                {
                    "Sid": "UnencryptedUploads",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:PutObject",
                    "Resource": "arn:aws:s3:::documents-production/*",
                    "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
                },
                {
                    "Sid": "Readers",
                    "Effect": "Allow",
                    "Principal": {"AWS": [
                        format!("arn:aws:iam::{account}:role/reader"),
                        "arn:aws:iam::123456789012:role/archive",
                    ]},
                    "Action": ["s3:ListBucket", "s3:GetObject"],
                    "Resource": ["arn:aws:s3:::documents-production/*", "arn:aws:s3:::documents-production"],
                },
            ],
        })
        .to_string()
    };
    let owner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
    let config = json!({
        "Acl": {
            "Grants": [
                {"Grantee": {"ID": owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"},
                {
                    "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"},
                    "Permission": "WRITE",
                },
            ],
            "Owner": {"DisplayName": "storefront", "ID": owner},
        },
        "CreationDate": "2023-05-17T08:30:00Z",
        "Cors": {"CORSRules": [{
            "AllowedHeaders": ["*"], "AllowedMethods": ["GET", "PUT"],
            "AllowedOrigins": ["https://shop.example.com", "https://admin.example.com"],
            "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 3000,
        }]},
        "Encryption": {"Rules": [{
            "ApplyServerSideEncryptionByDefault": {
                "KMSMasterKeyID": "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
                "SSEAlgorithm": "aws:kms",
            },
            "BucketKeyEnabled": true,
        }]},
        "Lifecycle": {"Rules": [{
            "ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
        }]},
        "Location": "eu-west-1",
        "Logging": {"TargetBucket": "access-logs-production", "TargetPrefix": "documents/"},
        "Name": "documents-production",
        "Ownership": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "Policy": policy("210987654321"),
        "Notification": {
            "QueueConfigurations": [{
                "Events": ["s3:ObjectCreated:*"], "Id": "uploaded",
                "QueueArn": "arn:aws:sqs:eu-west-1:123456789012:uploads",
            }],
        },
        "PolicyStatus": {"IsPublic": false},
        "PublicAccessBlock": {
            "BlockPublicAcls": true, "BlockPublicPolicy": true,
            "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
        },
        "Tags": [{"Key": "team", "Value": "storefront"}, {"Key": "class", "Value": "confidential"}],
        "Versioning": {"Status": "Enabled"},
    });
    Item::new(&BUCKET, &config, |config| config["Policy"] = json!(policy("999999999999")))
}

fn role() -> Item {
    // As IAM writes it: everything but letters, digits and `-_.~` is encoded.
    let encoded = |document: &Value| {
        document.to_string().bytes().fold(String::new(), |mut text, byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                let _ = write!(text, "%{byte:02X}");
            }
            text
        })
    };
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        }],
    });
    let inline = json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"],
                "Resource": "arn:aws:sqs:eu-west-1:123456789012:orders",
            },
            {
                "Effect": "Allow",
                "Action": ["kms:Decrypt"],
                "Resource": "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
            },
        ],
    });
    let config = json!({
        "Arn": "arn:aws:iam::123456789012:role/storefront/orders-production",
        "AssumeRolePolicyDocument": encoded(&trust),
        "AttachedManagedPolicies": [
            {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "PolicyName": "ReadOnlyAccess"},
            {"PolicyArn": "arn:aws:iam::123456789012:policy/logging", "PolicyName": "logging"},
        ],
        "CreateDate": "2023-05-17T08:30:00Z",
        "InstanceProfileList": [{
            "Arn": "arn:aws:iam::123456789012:instance-profile/storefront/orders-production",
            "CreateDate": "2023-05-17T08:30:00Z",
            "InstanceProfileId": "AIPAEXAMPLEPROFILE001",
            "InstanceProfileName": "orders-production",
            "Path": "/storefront/",
        }],
        "MaxSessionDuration": 3600,
        "Path": "/storefront/",
        "RoleId": "AROAEXAMPLEROLEID0001",
        "RoleLastUsed": {"LastUsedDate": "2024-02-29T08:30:00Z", "Region": "eu-west-1"},
        "RoleName": "orders-production",
        "RolePolicyList": [{"PolicyDocument": encoded(&inline), "PolicyName": "queues"}],
        "Tags": [{"Key": "team", "Value": "storefront"}, {"Key": "stage", "Value": "production"}],
    });
    Item::new(&ROLE, &config, |config| {
        config["AttachedManagedPolicies"][0] = json!({
            "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
            "PolicyName": "AdministratorAccess",
        });
    })
}

fn criterion(criterion: &mut Criterion, items: &[Item]) {
    for item in items {
        let mut group = criterion.benchmark_group(item.technology.id.as_ref());
        group.throughput(Throughput::Bytes(item.before.len() as u64));
        group.bench_function("parse", |bencher| {
            bencher.iter_with_large_drop(|| parse(black_box(&item.before)));
        });
        group.bench_function("unchanged", |bencher| {
            bencher.iter_batched(
                || item.raw(),
                |config| item.unchanged_cost(config),
                BatchSize::SmallInput,
            );
        });
        let old = item.canonical();
        group.bench_function("changed", |bencher| {
            bencher.iter_batched(
                || item.changed(),
                |config| {
                    let (new, digest) = item.unchanged_cost(config);
                    let patch = diff(&old, &new, item.technology);
                    (new, digest, patch)
                },
                BatchSize::SmallInput,
            );
        });
        group.finish();
    }
}

/// The time of one step, without what it gets and what becomes of its result. One at
/// a time, so that memory is as warm as it can be: that favours the parse, which
/// allocates most.
fn time<I, O>(input: I, step: impl FnOnce(I) -> O) -> Duration {
    let start = Instant::now();
    let output = black_box(step(black_box(input)));
    let time = start.elapsed();
    drop(output);
    time
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

/// Prints each step in parses and says whether the promises are kept.
fn table(items: &[Item]) -> bool {
    const ROUNDS: usize = 5_000;
    const STEPS: [&str; 5] = ["parse", "canonical form", "digest", "unchanged", "changed"];

    let mut times = STEPS.map(|_| Vec::with_capacity(ROUNDS));
    let olds: Vec<Value> = items.iter().map(Item::canonical).collect();
    for _ in 0..ROUNDS {
        let mut round = STEPS.map(|_| Duration::ZERO);
        for (item, old) in items.iter().zip(&olds) {
            round[0] += time(&item.before, |text| parse(text));
            round[1] += time(item.raw(), |mut config| {
                canonicalise(&mut config, item.technology);
                config
            });
            round[2] += time(item.canonical(), |config| (Digest::of(&config), config));
            round[3] += time(item.raw(), |config| item.unchanged_cost(config));
            round[4] += time(item.changed(), |config| {
                let (new, digest) = item.unchanged_cost(config);
                (diff(old, &new, item.technology), digest, new)
            });
        }
        for (times, time) in times.iter_mut().zip(round) {
            times.push(time);
        }
    }

    let medians = times.map(median);
    let bytes: usize = items.iter().map(|item| item.before.len()).sum();
    println!("\nper item of {} bytes on average:", bytes / items.len());
    #[expect(clippy::cast_precision_loss, reason = "three")]
    let count = items.len() as f64;
    for (step, seconds) in STEPS.iter().zip(medians) {
        let (micros, parses) = (seconds / count * 1e6, seconds / medians[0]);
        println!("{step:>15} {micros:>7.2} us {parses:>6.2} parses");
    }
    let (unchanged, changed) = (medians[3] / medians[0], medians[4] / medians[0]);
    let kept = unchanged <= UNCHANGED && changed <= CHANGED;
    if !kept {
        println!("promised: unchanged at most {UNCHANGED} parses, changed at most {CHANGED}");
    }
    kept
}

fn main() {
    let items = [group(), bucket(), role()];
    let mut runner = Criterion::default().configure_from_args();
    criterion(&mut runner, &items);
    runner.final_summary();
    if !table(&items) {
        std::process::exit(1);
    }
}
