//! Scan, change, scan again: the numbers, the history, nothing else.

use serde_json::{Value, json};

use crate::lab::{Lab, item_events};

/// What the company has in the regions that moto knows, with what AWS makes in each: prefix
/// lists, subnets, route tables, network ACLs and gateways of the default VPC.
const ITEMS: u64 = 296;

#[test]
fn a_changed_account_is_told_apart_from_an_unchanged_one() {
    let lab = Lab::company();

    let first = lab.scan();
    assert_eq!(
        first["items"],
        json!({ "seen": ITEMS, "created": ITEMS, "changed": 0, "deleted": 0, "unchanged": 0 })
    );
    assert!(first["issues"]["opened"].as_u64().unwrap() > 0);
    let recorded = lab.log().len();

    let second = lab.scan();
    assert_eq!(
        second["items"],
        json!({ "seen": ITEMS, "created": 0, "changed": 0, "deleted": 0, "unchanged": ITEMS })
    );
    assert_eq!(second["issues"], json!({ "opened": 0, "reopened": 0, "resolved": 0 }));
    let on_items: Vec<Value> = lab.log_after(recorded);
    let on_items: Vec<&Value> =
        on_items.iter().filter(|e| e["stream"].as_str().unwrap().starts_with("item/")).collect();
    assert!(on_items.is_empty(), "{on_items:?}");

    let recorded = lab.log().len();
    lab.moto.company("change");
    let third = lab.scan();
    // The bastion, the assets, ana's key, chloe's groups; the group itself is gone.
    assert_eq!(
        third["items"],
        json!({
            "seen": ITEMS - 1, "created": 0, "changed": 4, "deleted": 1, "unchanged": ITEMS - 5,
        })
    );
    let events = lab.log_after(recorded);
    let mut kinds: Vec<(String, String)> = item_events(&events)
        .iter()
        .map(|event| {
            let stream = event["stream"].as_str().unwrap().split('/').nth(2).unwrap();
            (stream.to_owned(), event["event"]["type"].as_str().unwrap().to_owned())
        })
        .collect();
    kinds.sort();
    let expected = [
        ("iam_group", "item_deleted"),
        ("iam_user", "item_changed"),
        ("iam_user", "item_changed"),
        ("s3_bucket", "item_changed"),
        ("security_group", "item_changed"),
    ];
    assert_eq!(kinds, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[test]
fn one_opened_port_is_one_operation_in_history_and_diff() {
    let lab = Lab::company().in_regions(&["eu-west-1"]);
    lab.scan();
    let before = lab.json(&["show", "bastion"]);
    lab.moto.company("change");
    lab.scan();

    let history = lab.json(&["history", "bastion"]);
    let kinds: Vec<&str> =
        history.as_array().unwrap().iter().map(|r| r["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["discovered", "changed"]);
    let revision = &history[1];
    assert_eq!(revision["revision"], 2);
    assert_eq!(revision["patch"].as_array().unwrap().len(), 1, "{revision}");
    assert_eq!(revision["patch"][0]["op"], "add");
    assert_eq!(
        revision["patch"][0]["value"],
        json!({ "CidrIp": "0.0.0.0/0", "Description": "just for today" })
    );

    let diff = lab.json(&["diff", "bastion"]);
    assert_eq!((&diff["from"]["revision"], &diff["to"]["revision"]), (&json!(1), &json!(2)));
    assert_eq!(diff["patch"], revision["patch"]);
    assert_eq!(diff["summary"].as_array().unwrap().len(), 1, "{diff}");

    // Of all its members the new rule alone was set by the second revision.
    let blame = lab.json(&["blame", "bastion"]);
    let blamed = blame.as_array().unwrap().iter().filter(|one| one["revision"] == 2);
    let values: Vec<_> = blamed.map(|one| one["value"].as_str().unwrap()).collect();
    assert_eq!(values, ["0.0.0.0/0", "just for today"], "{blame}");
    let lines = lab.run(&["blame", "bastion", "/IpPermissions"]).expect(0).stdout();
    let new = |line: &&str| line.contains("just for today") && line.starts_with("2 ");
    assert_eq!(lines.lines().filter(new).count(), 1, "{lines}");
    let said = lab.run(&["blame", "bastion", "/IpPermission"]).expect(2).stderr();
    assert!(said.contains("nothing at `/IpPermission`; nearest: `/IpPermissions`"), "{said}");

    // Since when it is open, and what was before.
    let exposed = lab.json(&["exposure", "bastion", "--principal", "0.0.0.0/0"]);
    let admin = "security_group.admin_port_open_to_internet";
    let ssh = exposed.as_array().unwrap().iter().find(|one| one["check"] == admin).unwrap();
    assert_eq!((&ssh["from"], &ssh["until"]), (&revision["at"], &json!(null)), "{exposed}");
    assert_eq!((&ssh["from_revision"], &ssh["judged_now"]), (&json!(2), &json!(false)));
    let said = lab.run(&["exposure", "--check", "security_group.admin_port"]).expect(2).stderr();
    assert!(said.contains("unknown check"), "{said}");

    // The time machine: by revision and by time.
    let at = before["last_changed"].as_str().unwrap();
    for past in [&["--revision", "1"], &["--at", at]] {
        let past = lab.json(&[&["show", "bastion"], &past[..]].concat());
        assert_eq!(past["config"], before["config"]);
    }
    assert_ne!(lab.json(&["show", "bastion"])["config"], before["config"]);

    // What an expert would take in hand first, and no more of it than one can read.
    let shown = lab.run(&["issues", "--min-score", "high"]).expect(0).stdout();
    let lines: Vec<Vec<&str>> =
        shown.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    let first: Vec<(&str, &str)> = lines.iter().take(6).map(|line| (line[1], line[4])).collect();
    assert_eq!(
        first,
        [
            ("10", "lighthouse-web-assets"),
            ("10", "bastion"),
            ("10", "lighthouse-invoices"),
            ("9", "123456789012"),
            ("9", "administrators"),
            ("9", "ana"),
        ],
        "{shown}"
    );
    let high = lines.iter().filter(|line| line.get(1).is_some_and(|it| it.parse::<u8>().is_ok()));
    assert!(high.count() <= 8, "{shown}");
}

#[test]
fn what_was_deleted_is_kept_and_what_returns_continues() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.scan();
    lab.moto.python("s3.delete_bucket(Bucket='lighthouse-archive-2014')");
    lab.scan();
    let gone = lab.json(&["items", "--deleted"]);
    let gone = gone.as_array().unwrap();
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert_eq!(
        (&gone[0]["name"], &gone[0]["deleted"]),
        (&json!("lighthouse-archive-2014"), &json!(true))
    );
    let listed = lab.json(&["items", "--technology", "s3_bucket"]);
    assert_eq!(listed.as_array().unwrap().len(), 4);

    lab.moto.python("s3.create_bucket(Bucket='lighthouse-archive-2014')");
    lab.scan();
    let history = lab.json(&["history", gone[0]["key"].as_str().unwrap()]);
    let told: Vec<(u64, &str)> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["revision"].as_u64().unwrap(), r["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(1, "discovered"), (2, "deleted"), (3, "returned")]);
}

#[test]
fn a_scan_is_told_about_in_the_log_and_the_log_verifies() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.scan();
    let log = lab.log();
    let positions: Vec<u64> = log.iter().map(|e| e["position"].as_u64().unwrap()).collect();
    assert_eq!(positions, (1..=log.len() as u64).collect::<Vec<_>>());
    for kind in ["account_registered", "scan_started", "scan_finished", "audit_finished"] {
        let found = log.iter().filter(|e| e["event"]["type"] == kind).count();
        assert_eq!(found, 1, "{kind}");
    }
    lab.run(&["verify"]).expect(0);
    let head = &log[log.len() - 1];
    let published = format!("{}:{}", head["position"], head["hash"].as_str().unwrap());
    lab.run(&["verify", "--head", &published]).expect(0);
    let other = format!("{}:{}", head["position"], "00".repeat(32));
    lab.run(&["verify", "--head", &other]).expect(4);
}

#[test]
fn what_is_no_longer_watched_is_kept_and_not_deleted() {
    let lab = Lab::company().in_regions(&["us-east-1", "eu-west-1"]);
    lab.scan();
    lab.run(&["account", "edit", "lighthouse", "--region", "us-east-1"]).expect(0);
    let scan = lab.scan();
    assert_eq!(scan["items"]["deleted"], 0);
    let here = lab.json(&["items", "--technology", "security_group"]);
    assert!(here.as_array().unwrap().iter().all(|item| item["region"] == "us-east-1"), "{here}");
    let all = lab.json(&["items", "--technology", "security_group", "--all"]);
    let kept: Vec<&Value> =
        all.as_array().unwrap().iter().filter(|item| item["region"] == "eu-west-1").collect();
    assert!(!kept.is_empty());
    for item in kept {
        assert_eq!(item["deleted"], false, "{item}");
        assert!(item["unwatched_since"].is_string(), "{item}");
    }

    // Watched again: nothing happened to them.
    lab.run(&["account", "edit", "lighthouse", "--region", "us-east-1", "--region", "eu-west-1"])
        .expect(0);
    let recorded = lab.log().len();
    lab.scan();
    assert_eq!(item_events(&lab.log_after(recorded)), [] as [&Value; 0]);
}

#[test]
fn a_scan_of_some_is_a_scan_of_no_more() {
    let lab = Lab::company().in_regions(&["us-east-1", "eu-west-1"]);
    let only = lab.json(&["scan", "--technology", "security_group", "--region", "eu-west-1"]);
    let there = lab.json(&["items"]);
    let there = there.as_array().unwrap();
    assert_eq!(only["items"]["created"].as_u64(), Some(there.len() as u64));
    assert!(!there.is_empty());
    for item in there {
        assert_eq!(
            (&item["technology"], &item["region"]),
            (&json!("security_group"), &json!("eu-west-1"))
        );
    }
    lab.scan();
    let recorded = lab.log().len();
    lab.json(&["scan", "--technology", "iam_user"]);
    lab.json(&["scan", "--region", "eu-west-1"]);
    assert_eq!(item_events(&lab.log_after(recorded)), [] as [&Value; 0]);
    assert!(lab.json(&["items"]).as_array().unwrap().len() > there.len());
}

/// The policy that is printed is enough: it names every call that a scan makes.
#[test]
fn the_printed_policy_covers_a_scan() {
    let lab = Lab::company();
    lab.scan();
    // So much that AWS takes it as several policies only.
    let policies: Value = lab.run(&["permissions"]).expect(0).json();
    let allowed: Vec<&str> = policies
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|policy| policy["Statement"].as_array().unwrap())
        .flat_map(|statement| statement["Action"].as_array().unwrap())
        .map(|action| action.as_str().unwrap())
        .collect();
    for call in lab.proxy.calls() {
        // The paths of REST services do not name the permission, and everybody may ask who
        // they are. The permissions of Cloud Control are those of CloudFormation.
        let (service, name) = call.operation.split_once(':').unwrap();
        let rest = ["cloudfront", "eks", "es", "glacier", "lambda", "route53", "s3"];
        if !rest.contains(&service) && name != "GetCallerIdentity" {
            let operation = call.operation.replace("cloudcontrolapi:", "cloudformation:");
            assert!(allowed.contains(&operation.as_str()), "{operation}");
        }
    }
    assert!(allowed.contains(&"s3:GetBucketPolicy"), "{allowed:?}");
    assert!(allowed.contains(&"lambda:ListFunctions"), "{allowed:?}");
    assert!(allowed.iter().all(|action| !action.contains('*')), "{allowed:?}");
}
