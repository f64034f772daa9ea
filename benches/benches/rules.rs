//! Rules in Rego: one check written in Rego and the same in Rust, asked about 1,000 security
//! groups of 17 rules, against parsing their JSON once; and what it costs to load 100 rules.
//!
//! Each figure is the fastest of a number of runs on one thread, so that it is the CPU
//! time of the work and not of what else the machine does.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use secmonkey_core::Timestamp;
use secmonkey_core::account::Accounts;
use secmonkey_core::check::{Auditor, Catalogue, Check, Findings, Rule, World};
use secmonkey_core::item::Item;
use secmonkey_core::registry::Registry;
use secmonkey_core::technology::Technology;
use secmonkey_core::texts::Texts;
use secmonkey_rules::Rules;
use serde_json::{Value, json};

const ITEMS: usize = 1_000;
const RUNS: usize = 20;
const RULES: usize = 100;

const REGO: &str = r#"
findings contains finding if {
	some rule in input.item.config.IpPermissions
	rule.FromPort <= 22
	rule.ToPort >= 22
	some range in rule.IpRanges
	not startswith(range.CidrIp, "198.51.")
	finding := {
		"subject": sprintf("ingress tcp/22 %s", [range.CidrIp]),
		"detail": sprintf("SSH is open to %s, which is no office", [range.CidrIp]),
		"evidence": ["/IpPermissions"],
	}
}
"#;

const PAGE: &str = r#"# SSH is open to what is no office
It should not.

**Fix:** close it.

```json check
{ "id": "security_group.ssh_NUMBER", "technology": "security_group", "score": 5, "reads": ["/IpPermissions"] }
```
```json fail: open
{ "IpPermissions": [] }
```
```json pass
{}
```
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let items = (0..ITEMS).map(group).collect::<Result<Vec<_>, _>>()?;
    let texts: Vec<_> = items.iter().map(|item| item.config.to_string()).collect();
    let technology = Technology { id: "security_group".into(), ..Technology::DEFAULT };
    let registry = Registry::new([technology], []);

    let folder = tempfile::tempdir()?;
    let write = |number: usize| -> Result<(), std::io::Error> {
        let at = |ending: &str| folder.path().join(format!("r{number}.{ending}"));
        fs::write(at("rego"), format!("package rules.r{number}\n{REGO}"))?;
        fs::write(at("md"), PAGE.replace("NUMBER", &number.to_string()))
    };
    write(0)?;
    let (in_rego, in_rust) = (Rules::read(folder.path(), &registry)?, in_rust());
    let found = |auditor: &dyn Auditor| -> Vec<usize> {
        items.iter().map(|item| audit(auditor, item).merged().len()).collect()
    };
    assert_eq!(found(&in_rego), found(&in_rust), "both say the same");

    let [mut parse, mut rego, mut rust, mut load] = [Duration::MAX; 4];
    for _ in 0..RUNS {
        faster(&mut parse, || {
            for text in &texts {
                black_box(serde_json::from_str::<Value>(text).is_ok());
            }
        });
        faster(&mut rego, || {
            for item in &items {
                black_box(audit(&in_rego, item));
            }
        });
        faster(&mut rust, || {
            for item in &items {
                black_box(audit(&in_rust, item));
            }
        });
    }
    for number in 1..RULES {
        write(number)?;
    }
    for _ in 0..RUNS {
        faster(&mut load, || {
            black_box(Rules::read(folder.path(), &registry).is_ok());
        });
    }
    let each = |took: Duration| took / u32::try_from(ITEMS).unwrap_or(u32::MAX);
    let parses = |took: Duration| took.as_secs_f64() / parse.as_secs_f64();
    let mut said = String::new();
    writeln!(said, "an item is {} bytes, parsed in {:.1?}", texts[0].len(), each(parse))?;
    writeln!(said, "in Rust {:.1?} an item, {:.2} parses", each(rust), parses(rust))?;
    writeln!(said, "in Rego {:.1?} an item, {:.2} parses", each(rego), parses(rego))?;
    writeln!(said, "{RULES} rules are loaded in {load:.1?}")?;
    print!("{said}");
    Ok(())
}

fn faster(best: &mut Duration, work: impl FnOnce()) {
    let start = Instant::now();
    work();
    *best = start.elapsed().min(*best);
}

fn audit(auditor: &dyn Auditor, item: &Item) -> Findings {
    let nobody = Accounts::default();
    let mut found = Findings::default();
    auditor.audit(item, &World::new(Timestamp::UNIX_EPOCH, &nobody, &()), &mut found);
    found
}

/// The same check as a function.
fn in_rust() -> Catalogue {
    let check = Check {
        id: "security_group.ssh_0".into(),
        technology: "security_group".into(),
        score: 5,
        reads: Texts::new(&["/IpPermissions"]),
        ..Check::DEFAULT
    };
    Catalogue::new([Rule::new(check, |item, _, found| {
        for rule in item.config["IpPermissions"].as_array().into_iter().flatten() {
            let port = |name: &str| rule[name].as_i64();
            if !(port("FromPort") <= Some(22) && port("ToPort") >= Some(22)) {
                continue;
            }
            for range in rule["IpRanges"].as_array().into_iter().flatten() {
                let cidr = range["CidrIp"].as_str().unwrap_or_default();
                if !cidr.starts_with("198.51.") {
                    let detail = format!("SSH is open to {cidr}, which is no office");
                    found.add(format!("ingress tcp/22 {cidr}"), detail).at("/IpPermissions");
                }
            }
        }
        Ok(())
    })])
}

/// A group as they are: an office, groups of its own account, the world on one port.
fn group(number: usize) -> Result<Item, secmonkey_core::item::InvalidKey> {
    let office = |host| format!("198.51.{}.{host}/32", number % 256);
    // One group in ten has a hole.
    let last = if number.is_multiple_of(10) { "203.0.113.9/32".to_owned() } else { office(8) };
    let ranges: Vec<_> = (1..=7)
        .map(office)
        .chain([last])
        .map(|cidr| {
            json!({
                "CidrIp": cidr,
                "Description": format!("office, ticket OPS-{number}"),
            })
        })
        .collect();
    let pairs: Vec<_> = (1..=6)
        .map(|n| json!({ "GroupId": format!("sg-{n:017x}"), "UserId": "123456789012" }))
        .collect();
    let config = json!({
        "Description": "web servers of the shop, behind the load balancer",
        "GroupName": format!("web-{number}"),
        "IpPermissions": [
            { "FromPort": 22, "IpProtocol": "tcp", "IpRanges": ranges, "ToPort": 22 },
            {
                "FromPort": 443,
                "IpProtocol": "tcp",
                "IpRanges": [{ "CidrIp": "0.0.0.0/0" }],
                "Ipv6Ranges": [{ "CidrIpv6": "::/0" }],
                "ToPort": 443,
            },
            { "FromPort": 8080, "IpProtocol": "tcp", "ToPort": 8090, "UserIdGroupPairs": pairs },
        ],
        "OwnerId": "123456789012",
        "Tags": [{ "Key": "stack", "Value": "production" }],
        "VpcId": "vpc-0a1b2c3d4e5f60718",
    });
    let id = format!("sg-{number:017x}");
    let key = format!("123456789012/security_group/eu-west-1/{id}").parse()?;
    Ok(Item { key, name: format!("web-{number}"), arn: None, config })
}
