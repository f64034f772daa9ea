//! What somebody at a terminal types: names that are slightly wrong, ids in place of names,
//! folders that are no store, keys of completion.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::lab::Lab;

fn lab() -> Lab {
    let lab = Lab::company().in_regions(&["eu-west-1"]);
    lab.scan();
    lab
}

#[test]
fn a_filter_that_names_nothing_says_what_is_near() {
    let lab = lab();
    let wrong = [
        ("--account", "lighthuose", "`lighthouse`"),
        ("--technology", "securty_group", "`security_group`"),
        ("--region", "eu-wset-1", "`eu-west-1`"),
        (
            "--check",
            "security_group.ingress_from_internt",
            "`security_group.ingress_from_internet`",
        ),
        ("--status", "opne", "'open'"),
        // A service is no technology, and has some.
        ("--technology", "sqs", "`sqs_queue`"),
    ];
    let lists: [(&[&str], &[&str]); 7] = [
        (&["items"], &["--account", "--technology", "--region"]),
        (&["issues"], &["--account", "--technology", "--region", "--check", "--status"]),
        (&["status"], &["--account", "--technology"]),
        (
            &["justify", "--note", "x", "--dry-run"],
            &["--account", "--technology", "--region", "--check"],
        ),
        (&["scan"], &["--account", "--technology"]),
        (&["checks", "list"], &["--technology"]),
        (&["permissions"], &["--technology"]),
    ];
    for (command, filters) in lists {
        for (filter, value, near) in wrong.iter().filter(|(filter, ..)| filters.contains(filter)) {
            let line = [command, &[*filter, *value]].concat();
            let said = lab.run(&line).expect(2).error();
            assert!(said.contains(near) && said.contains(value), "{line:?}: {said}");
        }
    }
    for name in ["--min-score", "--fail-on", "--fail-on-new"] {
        let command = if name == "--min-score" { "issues" } else { "scan" };
        lab.run(&[command, name, "grave"]).expect(2);
    }
    lab.run(&["items", "--min-score", "critical"]).expect(0);
}

#[test]
fn technologies_are_listed_with_their_checks_and_permissions() {
    let lab = Lab::empty();
    let all = lab.json(&["technologies"]);
    let bucket = all.as_array().unwrap().iter().find(|one| one["id"] == "s3_bucket").unwrap();
    assert_eq!((&bucket["provider"], &bucket["global"]), (&"aws".into(), &true.into()));
    let holds = |list: &Value, name: &str| list.as_array().unwrap().contains(&name.into());
    assert!(holds(&bucket["checks"], "s3_bucket.publicly_accessible"), "{bucket}");
    assert!(holds(&bucket["permissions"], "s3:GetBucketPolicy"), "{bucket}");
    assert!(lab.run(&["technologies"]).expect(0).stdout().contains("S3 bucket"));
}

#[test]
fn a_quiet_scan_speaks_where_there_is_something_to_say() {
    let lab = lab();
    let scan = lab.run(&["-q", "scan"]).expect(0);
    assert_eq!((scan.stdout(), scan.stderr()), (String::new(), String::new()));
    let failed = lab.run(&["-q", "scan", "--fail-on", "critical"]).expect(1);
    let worst = lab.json(&["issues", "--min-score", "critical"]);
    let ids: Vec<_> =
        worst.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    let said = failed.stderr();
    assert!(said.contains("--fail-on 10") && ids.iter().any(|id| said.contains(id)), "{said}");
    lab.moto.company("change");
    let failed = lab.run(&["-q", "scan", "--fail-on-new", "high"]).expect(1);
    assert!(failed.stderr().contains("--fail-on-new 7") && !failed.stdout().is_empty(), "{failed}");
    // What is fixed and comes back is new again.
    let new = lab.json(&["issues", "--new"]);
    assert!(!new.as_array().unwrap().is_empty());
}

#[test]
fn the_id_of_an_issue_stands_for_its_item() {
    let lab = lab();
    let issues = lab.json(&["issues", "--technology", "security_group"]);
    let (id, key) = (issues[0]["id"].as_str().unwrap(), issues[0]["key"].as_str().unwrap());
    assert_eq!(lab.json(&["history", id]), lab.json(&["history", key]));
    assert_eq!(lab.json(&["show", id, "--revision", "1"])["key"], key);
    assert_eq!(lab.json(&["diff", id, "--from", "1"])["to"]["key"], key);
    assert_eq!(lab.json(&["show", id])["title"], lab.json(&["issue", id])["title"]);
}

#[test]
fn a_search_for_addresses_says_where_they_stand() {
    let lab = lab();
    let found = lab.json(&["items", "--cidr", "203.0.113.0/28", "--technology", "security_group"]);
    let places = |one: &Value| one["matched"].as_array().unwrap().clone();
    let found = found.as_array().unwrap();
    let is_narrow = |one: &&Value| places(one).iter().any(|place| place["cidr"] != "0.0.0.0/0");
    let narrow = found.iter().filter(is_narrow).count();
    assert!(narrow > 0 && narrow < found.len(), "{found:?}");
    assert_eq!(found.iter().take_while(|one| is_narrow(one)).count(), narrow, "they come first");
    let rule = places(&found[0])[0]["rule"].as_str().unwrap().to_owned();
    assert!(rule.ends_with("203.0.113.0/28"), "{rule}");
    let exact = lab.json(&["items", "--cidr", "203.0.113.0/28", "--exact", "--ingress"]);
    for place in exact.as_array().unwrap().iter().flat_map(places) {
        assert_eq!(place["cidr"], "203.0.113.0/28");
        assert!(place["rule"].as_str().unwrap().starts_with("ingress "), "{place}");
    }
    assert!(!exact.as_array().unwrap().is_empty());
    let table = lab.run(&["items", "--cidr", "203.0.113.0/28"]).expect(0);
    assert!(
        table.stdout().contains("MATCH") && table.stderr().contains("every address"),
        "{table}"
    );
    lab.run(&["items", "--exact"]).expect(2);
}

#[test]
fn a_query_means_the_same_in_words_and_in_options() {
    let lab = lab();
    let same = |words: &[&str], options: &[&str]| {
        let found = lab.json(words);
        assert_eq!(found, lab.json(options), "{words:?}");
        assert!(!found.as_array().unwrap().is_empty(), "{words:?}");
    };
    same(
        &["items", "technology:security_group", "cidr:203.0.113.0/28"],
        &["items", "--technology", "security_group", "--cidr", "203.0.113.0/28"],
    );
    same(&["items", "score:>=7 name:*b*"], &["items", "--min-score", "high", "--name", "*b*"]);
    same(
        &["items", "path:/IpPermissions/*/FromPort=22"],
        &["items", "--path", "/IpPermissions/*/FromPort=22"],
    );
    same(
        &["issues", "check:security_group.*", "AND", "severity:>=low"],
        &["issues", "--technology", "security_group", "--min-score", "1"],
    );
    let group = lab.json(&["items", "technology:security_group name:bastion"]);
    let id = group[0]["id"].as_str().unwrap();
    let users = lab.json(&["items", "--ref", id]);
    assert!(users.as_array().unwrap().iter().all(|one| one["id"] != id), "{users}");
    same(
        &["items", &format!("ref:{id} deleted:any watched:any")],
        &["items", "--ref", id, "--all"],
    );

    let wrong = lab.run(&["items", "web", "regoin:eu-west-1"]).expect(2);
    assert_eq!(wrong.stdout(), "");
    let said: Vec<_> = wrong.stderr().lines().map(str::to_owned).collect();
    assert!(said[0].contains("unknown field `regoin`; nearest: `region`"), "{wrong}");
    assert_eq!(said[1..], ["  web regoin:eu-west-1", "      ^^^^^^"]);
    lab.run(&["items", "--path", "IpPermissions"]).expect(2);
    lab.run(&["issues", "technology:s3_buckets"]).expect(2);
}

#[test]
fn a_folder_that_holds_something_else_is_no_store() {
    let lab = Lab::empty();
    let folder = lab.home().join("documents");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("thesis.txt"), "one").unwrap();
    let path = folder.to_str().unwrap();
    for command in [&["scan"][..], &["account", "add", "--id", "123456789012", "--name", "x"]] {
        let line = [&["--store", path], command].concat();
        let said = lab.run(&line).expect(4).error();
        assert!(said.contains("thesis.txt") && said.contains(path), "{said}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing was touched");
}

#[test]
fn what_the_environment_says_wrong_is_named() {
    let lab = Lab::empty();
    for (name, value) in
        [("AWS_ENDPOINT_URL", "foo"), ("AWS_REGION", "no region!"), ("AWS_MAX_ATTEMPTS", "many")]
    {
        let output = lab.command(&["scan"]).env(name, value).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(name) && said.contains(value) && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn shells_complete_what_is_recorded() {
    let lab = lab();
    let asked = |words: &[&str]| {
        let line = [&["--", "secmonkey"], words].concat();
        let last = words.len().to_string();
        let mut command = lab.command(&line);
        command.env("SECMONKEY_COMPLETE", "zsh").env("_CLAP_COMPLETE_INDEX", last);
        let output = command.output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(asked(&["show", "bas"]).contains("bastion"));
    let issues = lab.json(&["issues"]);
    let (id, detail) = (issues[0]["id"].as_str().unwrap(), issues[0]["detail"].as_str().unwrap());
    let told = asked(&["issue", &id[..4]]);
    assert!(told.contains(id) && told.contains(detail.split(' ').next().unwrap()), "{told}");
    assert!(asked(&["items", "--account", "li"]).contains("lighthouse"));
    assert!(asked(&["items", "--region", "eu"]).contains("eu-west-1"));
    assert!(asked(&["items", "--technology", "sq"]).contains("sqs_queue"));
    assert!(asked(&["checks", "show", "sqs"]).contains("sqs_queue."));

    // Whoever holds the store is not waited for, and nothing is said.
    let mut held = lab.command(&["--wait", "60", "scan"]);
    let mut scan = held.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let start = std::time::Instant::now();
    asked(&["show", "bas"]);
    assert!(start.elapsed().as_secs() < 5);
    scan.kill().unwrap();
    scan.wait().unwrap();
}
