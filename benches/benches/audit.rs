//! Auditing security groups: 1,000 of 17 rules, for the first time and unchanged, and per
//! group against parsing its JSON once.
//!
//! Each figure is the fastest of a number of runs on one thread, so that it is the CPU
//! time of the work and not of what else the machine does.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secmonkey_core::Timestamp;
use secmonkey_core::account::{Account, Accounts};
use secmonkey_core::audit::{Verdict, judge, settle};
use secmonkey_core::check::page::Surroundings;
use secmonkey_core::check::{Auditor, World};
use secmonkey_core::event::{Event, Opened};
use secmonkey_core::item::Item;
use secmonkey_core::network::{Block, block};
use secmonkey_core::view::Issue;
use serde_json::{Value, json};

const GROUPS: usize = 1_000;
const RUNS: usize = 40;
/// What the audit of all groups may take.
const BUDGET: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let items: Vec<Item> = (0..GROUPS).map(group).collect();
    let texts: Vec<String> = items.iter().map(|item| item.config.to_string()).collect();
    let rules = Rules::new();

    let first: Vec<Vec<Event>> = items.iter().map(|item| rules.settle(item, &[])).collect();
    let issues: Vec<Vec<Issue>> =
        items.iter().zip(&first).map(|(item, events)| opened(item, events)).collect();
    let again = items.iter().zip(&issues).map(|(item, issues)| rules.settle(item, issues));
    assert_eq!(again.flatten().count(), 0, "nothing in an unchanged group makes an event");

    let mut parse = Duration::MAX;
    let mut fresh = Duration::MAX;
    let mut unchanged = Duration::MAX;
    for _ in 0..RUNS {
        faster(&mut parse, || {
            for text in &texts {
                black_box(serde_json::from_str::<Value>(text).is_ok());
            }
        });
        faster(&mut fresh, || {
            for item in &items {
                black_box(rules.settle(item, &[]));
            }
        });
        faster(&mut unchanged, || {
            for (item, issues) in items.iter().zip(&issues) {
                black_box(rules.settle(item, issues));
            }
        });
    }

    let found = first.iter().map(Vec::len).sum::<usize>();
    let bytes = texts.iter().map(String::len).sum::<usize>() / GROUPS;
    println!("{GROUPS} groups of 17 rules, {bytes} bytes each, {found} findings in all");
    println!("parse        {parse:>10.2?}");
    for (name, took) in [("first time", fresh), ("unchanged", unchanged)] {
        let parses = took.as_secs_f64() / parse.as_secs_f64();
        println!("{name:<12} {took:>10.2?} = {parses:.2} parses");
    }
    if fresh.max(unchanged) < BUDGET {
        ExitCode::SUCCESS
    } else {
        println!("over budget: {BUDGET:?}");
        ExitCode::FAILURE
    }
}

/// Keeps the shorter of the best time so far and what the work takes now.
fn faster(best: &mut Duration, work: impl Fn()) {
    let start = Instant::now();
    work();
    *best = start.elapsed().min(*best);
}

/// Every check of AWS, and what there is around the groups.
struct Rules {
    auditors: Vec<Arc<dyn Auditor>>,
    known: BTreeSet<&'static str>,
    accounts: Accounts,
    /// The offices are in a block that is known.
    around: Surroundings,
}

impl Rules {
    fn new() -> Self {
        let account = |id: &str, name: &str| id.parse().map(|id| Account::new(id, name)).ok();
        Self {
            auditors: vec![Arc::new(secmonkey_aws::check::catalogue())],
            known: secmonkey_aws::check::checks().map(|check| check.id).collect(),
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
        settle(&item.key, issues, &verdict, &self.known, Timestamp::UNIX_EPOCH)
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
        resolved_at: None,
        resolved_reason: None,
        justification: None,
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
    #[expect(clippy::expect_used, reason = "the text is written here")]
    let key = format!("123456789012/security_group/eu-west-1/{id}").parse().expect("a key");
    Item { key, name: format!("web-{number}"), arn: None, config }
}
