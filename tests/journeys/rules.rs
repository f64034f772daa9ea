//! Rules of one's own: a folder of Rego, judged as what is built in.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::lab::Lab;

const SCAN: [&str; 5] = ["--format", "json", "scan", "--technology", "iam_user"];

/// Two users, and the rules that the documentation shows beside the configuration file.
fn lab() -> (Lab, PathBuf) {
    let lab = Lab::holding(
        "client('iam').create_user(UserName='ada')\n\
         client('iam').create_user(UserName='mallory')",
    )
    .in_regions(&["us-east-1"]);
    let rules = lab.home().join(".config/secmonkey/rules");
    fs::create_dir_all(&rules).unwrap();
    let from = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/rules"));
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), rules.join(entry.file_name())).unwrap();
    }
    lab.configure("rules = 'rules'\n");
    (lab, rules)
}

/// Whose issues a rule has, with what they say and how they stand.
fn issues(lab: &Lab, check: &str) -> Vec<(String, String, String)> {
    let all = lab.json(&["issues", "--check", check, "--status", "open,resolved"]);
    let text = |one: &Value, field: &str| one[field].as_str().unwrap_or_default().to_owned();
    let all = all.as_array().unwrap().iter();
    let mut all: Vec<_> =
        all.map(|one| (text(one, "name"), text(one, "status"), text(one, "detail"))).collect();
    all.sort();
    all
}

fn is(name: &str, status: &str) -> (String, String, String) {
    let detail = format!("user {name} belongs to nobody in employees.json");
    (name.to_owned(), status.to_owned(), detail)
}

const RULE: &str = "iam_user.not_an_employee";

#[test]
fn a_rule_is_judged_by_scans_and_audits_and_read_anew_by_each() {
    let (lab, rules) = lab();
    lab.run(&SCAN).expect(0);
    assert_eq!(issues(&lab, RULE), [is("mallory", "open")]);

    // Ada leaves: the next scan knows, though AWS answers as it did.
    fs::write(rules.join("employees.json"), "[]").unwrap();
    lab.run(&SCAN).expect(0);
    assert_eq!(issues(&lab, RULE), [is("ada", "open"), is("mallory", "open")]);

    // Mallory is hired, and nobody asks AWS.
    fs::write(rules.join("employees.json"), r#"[{ "user": "mallory" }, { "user": "ada" }]"#)
        .unwrap();
    let audited = lab.json(&["audit"]);
    assert_eq!(audited["issues"]["resolved"], 2, "{audited}");
    assert_eq!(issues(&lab, RULE), [is("ada", "resolved"), is("mallory", "resolved")]);
    let reasons: Vec<_> = lab
        .log()
        .iter()
        .filter(|one| one["event"]["type"] == "issue_resolved")
        .map(|one| one["event"]["reason"].clone())
        .collect();
    assert!(
        reasons.iter().all(|reason| reason.to_string().contains("check_changed")),
        "{reasons:?}"
    );
    let versions: Vec<_> = lab
        .log()
        .iter()
        .filter(|one| one["event"]["type"] == "catalogue_used")
        .map(|one| {
            let checks = one["event"]["checks"].as_array().unwrap();
            checks.iter().find(|check| check["id"] == RULE).unwrap()["version"].clone()
        })
        .collect();
    assert!(versions.len() == 3 && versions[0] != versions[1] && versions[1] != versions[2]);

    // A file that nobody recorded.
    let file = lab.home().join("user.json");
    fs::write(&file, json!({ "UserName": "eve", "Tags": [] }).to_string()).unwrap();
    let file = file.to_str().unwrap();
    let said = lab.run(&["audit", "--file", file, "--technology", "iam_user"]);
    assert!(said.stdout().contains("eve belongs to nobody in employees.json"), "{said}");
}

#[test]
fn a_rule_that_errs_is_undecided_and_harms_no_other() {
    let (lab, rules) = lab();
    lab.run(&SCAN).expect(0);
    let before = lab.json(&["issues", "--technology", "iam_user"]);
    let path = rules.join("not_an_employee.rego");
    let text = fs::read_to_string(&path).unwrap();
    let failing = text.replace("sprintf(\"user", "secmonkey.days(\"user");
    assert!(failing != text);
    let failing = failing.replace("[input.item.config.UserName]", "input.item.config.UserName");
    fs::write(&path, failing).unwrap();
    // That a check cannot decide is told, and is no failure of a scan that read everything.
    let said = lab.run(&["scan", "--technology", "iam_user"]).expect(0);
    let why = "secmonkey.days: `user %s belongs to nobody in employees.json` is no RFC 3339 time";
    assert!(
        said.stderr().contains(&format!("undecided: {RULE} on 1 item: the check failed")),
        "{said}"
    );
    let status = lab.json(&["status"]).to_string();
    assert!(status.contains(RULE) && status.contains(why), "{status}");
    // What it found stays, and so does what others found.
    assert_eq!(lab.json(&["issues", "--technology", "iam_user"]), before);
    // Who asks about one file is not told "nothing found".
    let file = lab.home().join("user.json");
    fs::write(&file, json!({ "UserName": "eve" }).to_string()).unwrap();
    let file = file.to_str().unwrap();
    let said = lab.run(&["audit", "--file", file, "--technology", "iam_user"]).expect(3);
    assert!(said.stderr().contains(why), "{said}");
}

#[test]
fn rules_are_listed_shown_and_tested_beside_what_is_built_in() {
    let (lab, rules) = lab();
    let listed = lab.json(&["checks", "list", "--technology", "iam_user"]);
    let listed = listed.as_array().unwrap();
    let own = listed.iter().find(|one| one["id"] == RULE).unwrap();
    assert_eq!((&own["score"], &own["provider"]), (&json!(5), &json!("aws")));
    assert!(listed.len() > 5);
    let shown = lab.run(&["checks", "show", RULE]).expect(0).stdout();
    assert!(shown.contains("User is no employee's") && shown.contains("How to fix"), "{shown}");
    assert!(!shown.contains("json check") && shown.contains("not_an_employee.rego"), "{shown}");

    let tested = lab.run(&["checks", "test", RULE]).expect(0).stderr();
    assert!(tested.contains("3 examples of 1 check on 1 page: all as the pages say"), "{tested}");
    lab.run(&["checks", "test", rules.to_str().unwrap()]).expect(0);
    let page = rules.join("not_an_employee.md");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text.replace("{ \"UserName\": \"ada\" }", "{ \"UserName\": \"eve\" }"))
        .unwrap();
    let wrong = lab.run(&["--format", "json", "checks", "test", RULE]).expect(1).json();
    assert_eq!((&wrong[0]["check"], &wrong[0]["line"]), (&json!(RULE), &json!(27)));
    let reason = wrong[0]["reason"].as_str().unwrap();
    assert!(reason.contains("finds: user eve belongs to nobody"), "{reason}");
    let said = lab.run(&["checks", "test", "iam_user.not_a_employee"]).expect(2).error();
    assert!(said.contains("nearest: `iam_user.not_an_employee`"), "{said}");
}

#[test]
fn what_is_wrong_with_a_rule_is_said_before_anything_is_asked() {
    let (lab, rules) = lab();
    let path = rules.join("not_an_employee.rego");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("not is_employees", "not rand.intn(\"a\", 2)")).unwrap();
    let said = lab.run(&SCAN).expect(2).stderr();
    let [error, line, mark] = said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
    assert!(error.contains("not_an_employee.rego:6:6: `rand.intn` may not be called"), "{said}");
    assert_eq!((line, mark), ("   not rand.intn(\"a\", 2)", "       ^"));
    fs::write(&path, text).unwrap();
    fs::remove_file(rules.join("not_an_employee.md")).unwrap();
    let said = lab.run(&["checks", "list"]).expect(2).error();
    assert!(said.contains("there is no not_an_employee.md"), "{said}");
    lab.configure("rules = 'rulse'\n");
    let said = lab.run(&SCAN).expect(2).error();
    assert!(said.contains("rulse: No such file or directory"), "{said}");
    assert!(lab.proxy.calls().is_empty(), "nothing was asked");
}
