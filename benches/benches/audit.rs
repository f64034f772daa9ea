//! Auditing: 1,000 security groups of 17 rules, 1,000 roles with an inline policy and 1,000
//! buckets with a policy, for the first time and unchanged, and per item against parsing
//! its JSON once; and all that a changed group costs between its answer and the log.
//!
//! The program fails where a promise is broken.
//!
//! Each figure is the fastest of a number of runs on one thread, so that it is the CPU
//! time of the work and not of what else the machine does.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secmonkey_aws::AWS;
use secmonkey_core::Timestamp;
use secmonkey_core::account::{Account, Accounts};
use secmonkey_core::audit::{Since, Verdict, judge, settle};
use secmonkey_core::check::page::Surroundings;
use secmonkey_core::check::{Auditor, Check, World};
use secmonkey_core::config::{Digest, canonicalise};
use secmonkey_core::diff::diff;
use secmonkey_core::event::{Event, Opened};
use secmonkey_core::issue::Issue;
use secmonkey_core::item::Item;
use secmonkey_core::network::{Block, block};
use serde_json::{Value, json};

mod group;

use group::GROUP;

const ITEMS: usize = 1_000;
const RUNS: usize = 40;
/// What the audit of all groups may take.
const BUDGET: Duration = Duration::from_millis(100);
/// How many parses of its JSON an audit may cost: of a role, of a bucket, and of a changed
/// group with its canonical form, digest and diff.
const ROLE: f64 = 12.0;
const BUCKET: f64 = 4.0;
const CHANGED_GROUP: f64 = 4.0;

fn main() -> ExitCode {
    let groups = Sample::new("groups of 17 rules", group);
    let (group, changed) = (groups.audit(), groups.change());
    drop(groups);
    let role = Sample::new("roles with a trust policy and an inline policy", role).audit();
    let bucket = Sample::new("buckets with a policy of three statements", bucket).audit();
    let broken = [
        (group.took > BUDGET, format!("groups take over {BUDGET:?}")),
        (role.parses() > ROLE, format!("a role costs over {ROLE} parses")),
        (bucket.parses() > BUCKET, format!("a bucket costs over {BUCKET} parses")),
        (changed.parses() > CHANGED_GROUP, format!("a changed group: over {CHANGED_GROUP}")),
    ];
    let mut code = ExitCode::SUCCESS;
    for (_, promise) in broken.into_iter().filter(|(is_broken, _)| *is_broken) {
        println!("broken: {promise}");
        code = ExitCode::FAILURE;
    }
    code
}

/// Items of one kind, and what an audit opens in them.
struct Sample {
    what: &'static str,
    items: Vec<Item>,
    texts: Vec<String>,
    rules: Rules,
    first: Vec<Vec<Event>>,
    issues: Vec<Vec<Issue>>,
}

/// What work on all of them took, beside parsing them.
struct Cost {
    took: Duration,
    parse: Duration,
}

impl Cost {
    fn parses(&self) -> f64 {
        self.took.as_secs_f64() / self.parse.as_secs_f64()
    }
}

impl Sample {
    fn new(what: &'static str, make: fn(usize) -> Item) -> Self {
        let items: Vec<Item> = (0..ITEMS).map(make).collect();
        let texts = items.iter().map(|item| item.config.to_string()).collect();
        let rules = Rules::new();
        let first: Vec<_> = items.iter().map(|item| rules.settle(item, &[])).collect();
        let issues: Vec<_> =
            items.iter().zip(&first).map(|(item, events)| opened(item, events)).collect();
        let again = items.iter().zip(&issues).map(|(item, issues)| rules.settle(item, issues));
        assert_eq!(again.flatten().count(), 0, "nothing in an unchanged item makes an event");
        Self { what, items, texts, rules, first, issues }
    }

    /// Audits all of them: the slower of the first time and unchanged.
    fn audit(&self) -> Cost {
        let Self { what, items, rules, .. } = self;
        let [mut parse, mut fresh, mut unchanged] = [Duration::MAX; 3];
        for _ in 0..RUNS {
            faster(&mut parse, || parse_all(&self.texts));
            faster(&mut fresh, || {
                for item in items {
                    black_box(rules.settle(item, &[]));
                }
            });
            faster(&mut unchanged, || {
                for (item, issues) in items.iter().zip(&self.issues) {
                    black_box(rules.settle(item, issues));
                }
            });
        }
        let found = self.first.iter().map(Vec::len).sum::<usize>();
        let bytes = self.texts.iter().map(String::len).sum::<usize>() / ITEMS;
        println!("{ITEMS} {what}, {bytes} bytes each, {found} findings in all");
        println!("  parse        {parse:>10.2?}");
        for (name, took) in [("first time", fresh), ("unchanged", unchanged)] {
            println!("  {name:<12} {took:>10.2?} = {:.2} parses", Cost { took, parse }.parses());
        }
        Cost { took: fresh.max(unchanged), parse }
    }

    /// What a change of each costs after it is parsed: canonical form, digest, diff, audit.
    fn change(&self) -> Cost {
        let canonical = |mut config: Value| {
            canonicalise(&mut config, &GROUP);
            config
        };
        let before: Vec<Value> =
            self.items.iter().map(|item| canonical(item.config.clone())).collect();
        let changed = |item: &Item| {
            let mut config = item.config.clone();
            config["IpPermissions"][0]["IpRanges"][3]["CidrIp"] = "203.0.113.7/32".into();
            config.to_string()
        };
        let after: Vec<String> = self.items.iter().map(changed).collect();
        let [mut parse, mut took] = [Duration::MAX; 2];
        for _ in 0..RUNS {
            faster(&mut parse, || parse_all(&after));
            let mut work = Duration::ZERO;
            let old = before.iter().zip(&self.issues);
            for ((text, item), (before, issues)) in after.iter().zip(&self.items).zip(old) {
                let config = black_box(serde_json::from_str(text).unwrap_or_default());
                let start = Instant::now();
                let config = canonical(config);
                let digest = Digest::of(&config);
                let patch = diff(before, &config, &GROUP);
                let item = Item { key: item.key.clone(), name: String::new(), arn: None, config };
                let events = self.rules.settle(&item, issues);
                work += start.elapsed();
                black_box((digest, patch, events));
            }
            took = took.min(work);
        }
        let cost = Cost { took, parse };
        println!("  one rule changed, with canonical form, digest and diff");
        println!("  {:<12} {took:>10.2?} = {:.2} parses", "altogether", cost.parses());
        cost
    }
}

/// Parses each text and lets go of what it says: what all figures are held against.
fn parse_all(texts: &[String]) {
    for text in texts {
        black_box(serde_json::from_str::<Value>(text).is_ok());
    }
}

/// Keeps the shorter of the best time so far and what the work takes now.
fn faster(best: &mut Duration, work: impl FnOnce()) {
    let start = Instant::now();
    work();
    *best = start.elapsed().min(*best);
}

/// Every check of AWS, and what there is around the groups.
struct Rules {
    auditors: Vec<Arc<dyn Auditor>>,
    checks: BTreeMap<&'static str, &'static Check>,
    accounts: Accounts,
    /// The offices are in a block that is known.
    around: Surroundings,
}

impl Rules {
    fn new() -> Self {
        let account = |id: &str, name: &str| id.parse().map(|id| Account::new(AWS, id, name)).ok();
        Self {
            auditors: vec![Arc::new(secmonkey_aws::check::catalogue())],
            checks: secmonkey_aws::check::checks()
                .iter()
                .map(|check| (check.id.as_ref(), check))
                .collect(),
            accounts: [account("123456789012", "own"), account("210987654321", "build")]
                .into_iter()
                .flatten()
                .collect(),
            around: Surroundings {
                blocks: block("198.51.0.0/16")
                    .map(|network| Block { network, account: None, name: Some("office".into()) })
                    .into_iter()
                    .collect(),
                ..Surroundings::default()
            },
        }
    }

    fn settle(&self, item: &Item, issues: &[Issue]) -> Vec<Event> {
        let world = World::new(Timestamp::UNIX_EPOCH, &self.accounts, &self.around);
        let none = BTreeSet::new();
        let verdict: Verdict = judge(&self.auditors, item, &world, &none, &none);
        assert_eq!(verdict.undecided, BTreeMap::new());
        let since = Since { item_changed: true, ..Since::default() };
        settle(&item.key, issues, &verdict, &self.checks, &since)
    }
}

/// The issues that an audit opened.
fn opened(item: &Item, events: &[Event]) -> Vec<Issue> {
    let finding = |event: &Event| -> Option<Opened> {
        match event {
            Event::IssueOpened(finding) => Some(finding.clone()),
            _ => None,
        }
    };
    let issue = |finding| Issue {
        key: item.key.clone(),
        finding,
        opened_at: Timestamp::UNIX_EPOCH,
        reopened_at: None,
        resolved_at: None,
        resolved_reason: None,
        justification: None,
        brought_by: None,
        ruling: secmonkey_core::governance::Ruling::default(),
    };
    events.iter().filter_map(finding).map(issue).collect()
}

/// A group as they are: an office, a few networks, groups of its own account and of
/// another, the world on one port, everything out.
fn group(number: usize) -> Item {
    let id = format!("sg-{number:017x}");
    let block = |host: usize| {
        json!({
            "CidrIp": format!("198.51.{}.{host}/32", number % 256),
            "Description": format!("office {host}, ticket OPS-{number}"),
        })
    };
    let pair =
        |account: &str, n: usize| json!({ "GroupId": format!("sg-{n:017x}"), "UserId": account });
    let blocks: Vec<_> = (1..=8).map(block).collect();
    let pairs: Vec<_> = (1..=4).map(|n| pair("123456789012", n)).collect();
    let config = json!({
        "Attachments": [
            { "InterfaceType": "interface", "NetworkInterfaceId": "eni-0a1b2c3d4e5f60718", "Status": "in-use" },
            { "InterfaceType": "interface", "NetworkInterfaceId": "eni-0a1b2c3d4e5f60719", "Status": "in-use" },
        ],
        "Description": "web servers of the shop, behind the load balancer",
        "GroupId": id,
        "GroupName": format!("web-{number}"),
        "IpPermissions": [
            { "FromPort": 22, "IpProtocol": "tcp", "IpRanges": blocks, "ToPort": 22 },
            {
                "FromPort": 443,
                "IpProtocol": "tcp",
                "IpRanges": [{ "CidrIp": "0.0.0.0/0" }],
                "Ipv6Ranges": [{ "CidrIpv6": "::/0" }],
                "ToPort": 443,
            },
            { "FromPort": 8080, "IpProtocol": "tcp", "ToPort": 8090, "UserIdGroupPairs": pairs },
            {
                "FromPort": 9100,
                "IpProtocol": "tcp",
                "ToPort": 9100,
                "UserIdGroupPairs": [pair("210987654321", 9)],
            },
        ],
        "IpPermissionsEgress": [
            {
                "IpProtocol": "-1",
                "IpRanges": [{ "CidrIp": "0.0.0.0/0" }],
                "Ipv6Ranges": [{ "CidrIpv6": "::/0" }],
            },
        ],
        "OwnerId": "123456789012",
        "Tags": [
            { "Key": "Name", "Value": format!("web-{number}") },
            { "Key": "owner", "Value": "shop@example.com" },
            { "Key": "stack", "Value": "production" },
        ],
        "VpcId": "vpc-0a1b2c3d4e5f60718",
    });
    item("security_group/eu-west-1", &id, &format!("web-{number}"), config)
}

/// A role as they are: a service assumes it, and it reads a queue and decrypts.
fn role(number: usize) -> Item {
    let name = format!("orders-{number}");
    let config = json!({
        "Arn": format!("arn:aws:iam::123456789012:role/{name}"),
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "ecs-tasks.amazonaws.com" },
                "Action": "sts:AssumeRole",
                "Condition": { "StringEquals": { "aws:SourceAccount": "123456789012" } },
            }],
        },
        "CreateDate": "2023-05-17T08:30:00Z",
        "MaxSessionDuration": 3600,
        "Path": "/",
        "RoleName": name,
        "RolePolicyList": [{
            "PolicyName": "queues",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"],
                        "Resource": format!("arn:aws:sqs:eu-west-1:123456789012:{name}"),
                    },
                    {
                        "Effect": "Allow",
                        "Action": "kms:Decrypt",
                        "Resource": "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
                    },
                ],
            },
        }],
        "Tags": [{ "Key": "team", "Value": "storefront" }, { "Key": "stage", "Value": "production" }],
    });
    item("iam_role/global", &format!("AROA{number:017}"), &name, config)
}

/// A bucket as they are: HTTPS demanded, a role of another account and one of ours read.
fn bucket(number: usize) -> Item {
    let name = format!("documents-{number}");
    let both = json!([format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}/*")]);
    let config = json!({
        "CreationDate": "2023-05-17T08:30:00Z",
        "Encryption": {"Rules": [{
            "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" },
            "BucketKeyEnabled": false,
        }]},
        "Location": "eu-west-1",
        "Name": name,
        "Ownership": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
        "Policy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": both,
                    "Condition": { "Bool": { "aws:SecureTransport": "false" } },
                },
                {
                    "Effect": "Allow",
                    "Principal": { "AWS": [
                        "arn:aws:iam::210987654321:role/reader",
                        "arn:aws:iam::123456789012:role/archive",
                    ] },
                    "Action": ["s3:GetObject", "s3:ListBucket"],
                    "Resource": both,
                },
                {
                    "Effect": "Allow",
                    "Principal": { "Service": "logging.s3.amazonaws.com" },
                    "Action": "s3:PutObject",
                    "Resource": format!("arn:aws:s3:::{name}/logs/*"),
                    "Condition": { "StringEquals": { "aws:SourceAccount": "123456789012" } },
                },
            ],
        },
        "Versioning": { "Status": "Enabled" },
    });
    item("s3_bucket/global", &format!("arn:aws:s3:::{name}"), &name, config)
}

#[expect(clippy::expect_used, reason = "the text is written here")]
fn item(place: &str, id: &str, name: &str, config: Value) -> Item {
    let key = format!("123456789012/{place}/{id}").parse().expect("a key");
    Item { key, name: name.to_owned(), arn: None, config }
}
