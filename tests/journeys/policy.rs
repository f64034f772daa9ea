//! Policies in files, explained: without a store, without credentials, without AWS.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::lab::{Ran, binary};

/// A folder with files, and the binary in it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn holding(name: &str, policy: &Value) -> Self {
        let desk = Self::new();
        desk.put(name, &policy.to_string());
        desk
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        let home = self.0.path();
        command.args(arguments).current_dir(home).env_clear().env("HOME", home);
        command.env("SECMONKEY_STORE", home.join("store")).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::new(self.command(arguments).output().unwrap(), arguments)
    }

    fn explain(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--format", "json", "policy", "explain"];
        all.extend(arguments);
        self.run(&all).expect(0).json()
    }

    #[track_caller]
    fn complains(&self, arguments: &[&str], words: &[&str]) {
        let mut all = vec!["policy", "explain"];
        all.extend(arguments);
        let ran = self.run(&all).expect(2);
        let said = ran.error();
        for word in words {
            assert!(said.contains(word), "`{word}` is not in: {said}");
        }
        assert_eq!(ran.stdout(), "", "{ran}");
    }
}

fn statement(members: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [members] })
}

fn public() -> Value {
    statement(&json!({
        "Sid": "PublicRead",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::logs/*"],
    }))
}

#[test]
fn a_public_bucket_in_words_and_as_json() {
    let desk = Desk::holding("p.json", &public());
    let said = desk.run(&["policy", "explain", "p.json"]).expect(0).stdout();
    assert_eq!(
        said.lines().next().unwrap(),
        "Public: everybody may call s3:GetObject on every object of logs, no condition",
    );
    assert!(said.contains("lets in everybody  public: nothing limits who comes"), "{said}");
    assert!(!said.contains('\u{1b}'), "colours where nobody sees them: {said}");

    let told = desk.explain(&["p.json"]);
    assert_eq!(told["public"], true);
    let who = &told["who"];
    assert_eq!(who.as_array().unwrap().len(), 1, "{who}");
    for (member, value) in [
        ("kind", json!("public")),
        ("value", json!("*")),
        ("relation", json!("unknown")),
        ("actions", json!(["s3:GetObject"])),
        ("resources", json!(["arn:aws:s3:::logs/*"])),
        ("conditions", json!([])),
        ("statement", json!("/Statement/0")),
        ("sid", json!("PublicRead")),
    ] {
        assert_eq!(who[0][member], value, "{member}");
    }
    let findings = told["findings"].as_array().unwrap();
    let found = findings.iter().find(|one| one["check"] == "s3_bucket.internet_accessible");
    let found = found.unwrap_or_else(|| panic!("{findings:?}"));
    assert_eq!(found["severity"], "critical");
    assert!(found["evidence"][0].as_str().unwrap().starts_with("/Statement/0"), "{found}");
    assert!(!desk.0.path().join("store").exists(), "explaining makes no store");
}

#[test]
fn a_policy_is_read_in_what_the_aws_cli_prints_around_it() {
    let desk = Desk::holding("p.json", &json!({ "Policy": public().to_string() }));
    assert_eq!(desk.explain(&["p.json"])["public"], true);

    let arguments = ["--format", "json", "policy", "explain", "-"];
    let mut command = desk.command(&arguments);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(public().to_string().as_bytes()).unwrap();
    let told = Ran::new(child.wait_with_output().unwrap(), &arguments).expect(0).json();
    assert_eq!(told["public"], true);
}

#[test]
fn conditions_say_who_or_do_not() {
    let mut policy = public();
    policy["Statement"][0]["Condition"] = json!({
        "Bool": { "aws:SecureTransport": "true" },
        "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" },
    });
    let desk = Desk::holding("p.json", &policy);
    let said = desk.run(&["policy", "explain", "p.json"]).expect(0).stdout();
    assert!(said.contains("aws:PrincipalOrgID is o-a1b2c3d4e5  limits who"), "{said}");
    let why = "aws:SecureTransport is true  does not limit who: it says how a request comes";
    assert!(said.contains(why), "{said}");
    let told = desk.explain(&["p.json"]);
    assert_eq!(told["public"], false);
    assert_eq!(told["who"][0]["kind"], "organization");
    assert_eq!(told["who"][0]["value"], "o-a1b2c3d4e5");
    let conditions = told["who"][0]["conditions"].as_array().unwrap();
    assert!(conditions.contains(&json!({
        "operator": "Bool", "key": "aws:SecureTransport", "values": ["true"],
    })));
}

#[test]
fn a_deny_is_told_by_what_it_takes() {
    let mut policy = public();
    policy["Statement"].as_array_mut().unwrap().push(json!({
        "Effect": "Deny",
        "NotPrincipal": { "AWS": "111122223333" },
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::logs/*",
    }));
    let desk = Desk::holding("p.json", &policy);
    let said = desk.run(&["policy", "explain", "p.json"]).expect(0).stdout();
    let taken =
        "without it, by statement 1: everybody may call s3:GetObject on every object of logs";
    assert!(said.contains(taken), "{said}");
    let told = desk.explain(&["p.json", "--account", "111122223333"]);
    assert_eq!(told["public"], false);
    assert_eq!(told["who"][0]["value"], "111122223333");
    assert_eq!(told["who"][0]["relation"], "own");
    assert_eq!(told["who"][0]["denies"], json!(["/Statement/1"]));
}

#[test]
fn a_condition_that_lists_many_is_told_to_each_of_them_alone() {
    let desk = Desk::new();
    let ids: Vec<String> = (0..500).map(|n| format!("o-{n:010}")).collect();
    let policy = statement(&json!({
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::logs/*",
        "Condition": { "StringEquals": { "aws:PrincipalOrgID": ids } },
    }));
    desk.put("p.json", &policy.to_string());
    let told = desk.explain(&["p.json", "--account", "111122223333"]);
    let who = told["who"].as_array().unwrap();
    assert_eq!(who.len(), ids.len());
    for one in who {
        assert_eq!(one["conditions"][0]["key"], "aws:PrincipalOrgID");
        assert_eq!(one["conditions"][0]["values"], json!([one["value"]]));
    }
}

#[test]
fn registered_accounts_are_told_by_their_names() {
    let desk = Desk::new();
    for (id, name, more) in
        [("111122223333", "production", None), ("444455556666", "vendor", Some("--third-party"))]
    {
        let mut add = vec!["account", "add", "--id", id, "--name", name];
        add.extend(more);
        desk.run(&add).expect(0);
    }
    let policy = statement(&json!({
        "Effect": "Allow",
        "Principal": { "AWS": ["111122223333", "444455556666", "777788889999"] },
        "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:eu-west-1:111122223333:orders",
    }));
    desk.put("p.json", &policy.to_string());
    let told = desk.explain(&["p.json"]);
    let relations = |told: &Value| -> Vec<String> {
        let all = told["who"].as_array().unwrap().iter();
        all.map(|who| who["relation"].as_str().unwrap().to_owned()).collect()
    };
    // The queue's own ARN says whose it is.
    assert_eq!(relations(&told), ["own", "third_party", "unknown"]);
    // No watcher reads queues: the checks of resource policies judge the document alone.
    let findings: Vec<_> = told["findings"].as_array().unwrap().iter().collect();
    let found: Vec<_> = findings
        .iter()
        .map(|one| [&one["check"], &one["subject"]].map(|text| text.as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            ["sqs_queue.unknown_cross_account", "777788889999"],
            ["sqs_queue.cross_account_root", "444455556666"],
            ["sqs_queue.cross_account_root", "777788889999"],
            ["sqs_queue.thirdparty_cross_account", "444455556666"],
        ]
    );
    assert_eq!(findings[0]["evidence"], json!(["/Statement/0"]));
    let told = desk.explain(&["p.json", "--resource-type", "sqs_queue", "--account", "vendor"]);
    assert_eq!(relations(&told), ["friendly", "own", "unknown"]);
    desk.complains(&["p.json", "--account", "vendro"], &["vendro", "nearest: `vendor`"]);
}

#[test]
fn a_trust_policy() {
    let provider = "token.actions.githubusercontent.com";
    let policy = statement(&json!({
        "Effect": "Allow",
        "Principal": { "Federated": format!("arn:aws:iam::111122223333:oidc-provider/{provider}") },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": { format!("{provider}:aud"): "sts.amazonaws.com" },
            "StringLike": { format!("{provider}:sub"): "repo:*" },
        },
    }));
    let desk = Desk::holding("p.json", &policy);
    let told = desk.explain(&["p.json"]);
    assert_eq!(told["public"], true, "anybody has a repository");
    assert_eq!(told["who"][0]["kind"], "federated");
    let checks: Vec<_> =
        told["findings"].as_array().unwrap().iter().map(|one| one["check"].clone()).collect();
    assert!(checks.contains(&json!("iam_role.federated_subject_open")), "{checks:?}");
}

#[test]
fn an_identity_with_several_policies_and_a_boundary() {
    let allow = |action: Value| {
        statement(&json!({ "Effect": "Allow", "Action": action, "Resource": "*" })).to_string()
    };
    let desk = Desk::new();
    desk.put("pass.json", &allow(json!("iam:PassRole")));
    desk.put("run.json", &allow(json!(["ec2:RunInstances", "s3:GetObject"])));
    desk.put("boundary.json", &allow(json!("s3:*")));
    desk.put("admin.json", &allow(json!("*")));

    assert_eq!(desk.explain(&["pass.json"])["privilege_escalation"], json!([]));
    let told = desk.explain(&["pass.json", "run.json"]);
    let ways = told["privilege_escalation"].as_array().unwrap();
    assert!(ways.contains(&json!("iam:PassRole+ec2:RunInstances")), "{ways:?}");
    assert_eq!(told["full_admin"], false);
    assert_eq!(told["actions_by_access_level"]["read"], json!(["s3:GetObject"]));

    let bounded = ["pass.json", "run.json", "--identity", "--boundary", "boundary.json"];
    let told = desk.explain(&bounded);
    assert_eq!(told["privilege_escalation"], json!([]));
    assert_eq!(told["permissions_management"], false);
    assert_eq!(told["actions_by_access_level"], json!({ "read": ["s3:GetObject"] }));

    let told = desk.explain(&["admin.json"]);
    assert_eq!(
        (&told["full_admin"], &told["permissions_management"]),
        (&json!(true), &json!(true))
    );
    assert!(told["findings"].as_array().unwrap().iter().any(|one| one["score"] == 9), "{told}");
    let said = desk.run(&["policy", "explain", "admin.json"]).expect(0).stdout();
    assert!(said.starts_with("Full administrator"), "{said}");
}

#[test]
fn faults_are_one_line_with_their_place() {
    let desk = Desk::new();
    desk.put("cut.json", "{\n  \"Statement\": [\n");
    desk.put("twice.json", r#"{"Statement": [], "Statement": []}"#);
    desk.put("effect.json", r#"{"Statement": [{"Effect": "Permit", "Action": "*"}]}"#);
    desk.put("inner.json", r#"{"Policy": "{\"Statement\": ["}"#);
    desk.put("list.json", "[[[]]]");
    desk.put("deep.json", &"[".repeat(1_000_000));
    desk.put("empty.json", "");
    fs::write(desk.0.path().join("binary.json"), [0xff, 0xfe, 0x00]).unwrap();
    desk.put("good.json", &public().to_string());
    desk.complains(&["cut.json"], &["cut.json", "line 3 column 0"]);
    desk.complains(&["twice.json"], &["twice.json", "`Statement` stands twice", "line 1"]);
    desk.complains(&["effect.json"], &["effect.json", "/Statement/0/Effect", "Permit"]);
    desk.complains(&["inner.json"], &["inner.json", "/Policy", "line 1"]);
    desk.complains(&["list.json"], &["list.json", "expected an object"]);
    desk.complains(&["deep.json"], &["deep.json", "recursion limit"]);
    desk.complains(&["empty.json"], &["empty.json", "empty"]);
    desk.complains(&["binary.json"], &["binary.json", "UTF-8"]);
    desk.complains(&["nowhere.json"], &["nowhere.json", "no such file"]);
    desk.complains(&["."], &["directory"]);
    desk.complains(&["good.json", "--resource-type", "s3_bukcet"], &["s3_bukcet", "`s3_bucket`"]);
    desk.complains(&["good.json", "--resource", "logs"], &["`logs` is not an ARN"]);
    desk.complains(&["good.json", "--account", "12"], &["unknown account `12`"]);
    desk.complains(&["good.json", "good.json"], &["--identity"]);
    let queue = "arn:aws:sqs:eu-west-1:111122223333:q";
    let other = ["good.json", "--resource", queue, "--account", "444455556666"];
    desk.complains(&other, &["111122223333", "444455556666"]);
}

#[test]
fn what_is_far_too_large_gets_its_answer() {
    let desk = Desk::new();
    let mut text = String::from(r#"{"Version":"2012-10-17","Statement":["#);
    for n in 0..10_000 {
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(
            text,
            r#"{comma}{{"Effect":"Allow","Principal":{{"AWS":"{n:012}"}},"Action":"s3:Get*{n}*a*b*c","Resource":"arn:aws:s3:::logs/*{n}*"}}"#
        );
    }
    text.push_str("]}");
    desk.put("p.json", &text);
    let told = desk.explain(&["p.json"]);
    assert_eq!(told["who"].as_array().unwrap().len(), 10_000);
    assert_eq!(told["public"], false);
    desk.run(&["policy", "explain", "p.json"]).expect(0);
}

#[test]
fn nothing_in_a_policy_steers_the_terminal() {
    let mut policy = public();
    policy["Statement"][0]["Sid"] = json!("a\u{1b}[2Jb");
    policy["Statement"][0]["Action"] = json!("s3:\u{202e}x\n\u{9b}31m");
    let desk = Desk::holding("p.json", &policy);
    for format in ["table", "json", "jsonl", "csv"] {
        let ran = desk.run(&["--format", format, "policy", "explain", "p.json"]).expect(0);
        let said = ran.stdout() + &ran.stderr();
        let free =
            if format == "csv" { &['\u{1b}'][..] } else { &['\u{1b}', '\u{9b}', '\u{202e}'] };
        assert!(!said.contains(free), "{format}: {said:?}");
    }
}
