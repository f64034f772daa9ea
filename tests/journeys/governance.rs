//! Rules for many findings: overrides, ignored items, comments.

use serde_json::{Value, json};

use crate::lab::Lab;

const OPEN: &str = "security_group.ingress_unknown_access";

fn ids(issues: &Value) -> Vec<&str> {
    issues.as_array().unwrap().iter().map(|issue| issue["id"].as_str().unwrap()).collect()
}

#[test]
fn rules_decide_what_is_told_and_nothing_that_is_recorded() {
    let lab = Lab::company().in_regions(&["eu-west-1"]);
    lab.scan();
    let of_bastion = ["issues", "--check", OPEN, "--name", "bastion"];
    let before = lab.json(&of_bastion);
    assert!(!ids(&before).is_empty());
    assert!(before.as_array().unwrap().iter().all(|issue| issue["score"] == issue["base_score"]));

    // What it would be about is said before it is made.
    let lower =
        ["checks", "override", OPEN, "name:bastion", "--score", "2", "--reason", "jump host"];
    let would = lab.json(&[&lower[..], &["--dry-run"]].concat());
    assert_eq!(would["issues"], ids(&before).len());
    assert_eq!((&would["by"], would["items"].as_u64()), (&Value::Null, Some(1)));
    assert_eq!(lab.json(&["checks", "overrides"]), json!([]));
    let made = lab.json(&lower);
    assert_eq!((&made["id"], &made["by"]), (&would["id"], &json!("cli")));
    let now = lab.json(&of_bastion);
    assert_eq!(ids(&now), ids(&before));
    assert!(now.as_array().unwrap().iter().all(|issue| issue["score"] == 2));
    let same: Vec<_> = now.as_array().unwrap().iter().map(|issue| &issue["opened_at"]).collect();
    let was: Vec<_> = before.as_array().unwrap().iter().map(|issue| &issue["opened_at"]).collect();
    assert_eq!(same, was);

    // What checks say of an instant, and how long it stood, goes by the rules, too.
    let at = lab.log().last().unwrap()["recorded_at"].as_str().unwrap().to_owned();
    let judged = || -> Vec<Value> {
        let all = lab.json(&["audit", "--at", &at]);
        let is_meant = |one: &&Value| one["check"] == OPEN && one["name"] == "bastion";
        all.as_array().unwrap().iter().filter(is_meant).cloned().collect()
    };
    let stood = lab.json(&["exposure", "bastion", "--check", OPEN]);
    for all in [judged(), stood.as_array().unwrap().clone()] {
        assert_eq!(all.len(), ids(&before).len());
        assert!(all.iter().all(|one| one["score"] == 2), "{all:?}");
        assert!(all.iter().all(|one| one["base_score"] == before[0]["base_score"]), "{all:?}");
    }

    // A justification outlives a check that is turned off and on again.
    let id = ids(&now)[0].to_owned();
    lab.run(&["justify", &id, "--note", "by design"]).expect(0);
    lab.run(&["checks", "override", OPEN, "--disable", "--reason", "noise"]).expect(0);
    lab.run(&["checks", "override", OPEN, "name:bastion", "--disable", "--reason", "noise"])
        .expect(0);
    assert_eq!(lab.json(&of_bastion), json!([]));
    let suppressed = lab.json(&[&of_bastion[..], &["--status", "suppressed"]].concat());
    assert_eq!(suppressed.as_array().unwrap().len() + 1, ids(&before).len());
    assert_eq!(suppressed[0]["suppressed"]["reason"], "noise");
    let stood = lab.run(&["exposure", "bastion", "--check", OPEN]).expect(0);
    assert!(stood.stdout().is_empty(), "{}", stood.stdout());
    assert!(stood.stderr().contains("suppressed by rules"), "{}", stood.stderr());
    let decided = lab.json(&["report", "daily"])["sections"]["decided"].clone();
    let kinds: Vec<_> = decided.as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert!(kinds.contains(&&json!("override")), "{decided}");
    let scanned = lab.scan();
    assert_eq!(scanned["issues"], json!({ "opened": 0, "reopened": 0, "resolved": 0 }));
    let listed = lab.json(&["checks", "list", "--technology", "security_group"]);
    let check = listed.as_array().unwrap().iter().find(|check| check["id"] == OPEN).unwrap();
    assert_eq!(
        (&check["enabled"], check["overrides"].as_array().unwrap().len()),
        (&json!(false), 2)
    );
    for reset in [&["checks", "reset", OPEN][..], &["checks", "reset", OPEN, "name:bastion"]] {
        lab.run(reset).expect(0);
    }
    let again = lab.json(&[&of_bastion[..], &["--status", "open,justified"]].concat());
    assert_eq!(again.as_array().unwrap().len(), ids(&before).len());

    // What nobody wants to hear of leaves lists and exit codes, and stays recorded.
    let ignored = lab.json(&["ignore", "add", "--technology", "security_group", "--reason", "x"]);
    assert!(ignored["items"].as_u64() > Some(1), "{ignored}");
    let nothing = lab.run(&["items", "--technology", "security_group"]).expect(0);
    assert!(nothing.stderr().contains("1 rule ignores items"), "{}", nothing.stderr());
    assert!(!ids(&lab.json(&["issues", "--status", "suppressed"])).is_empty());
    let rule = ignored["id"].as_str().unwrap();
    lab.run(&["ignore", "remove", &rule[..5]]).expect(0);
    assert_eq!(lab.json(&of_bastion).as_array().unwrap().len() + 1, ids(&before).len());

    // What is about nothing is said.
    let idle = ["ignore", "add", "--prefix", "nobody-is-called-so", "--reason", "x"];
    let idle = lab.run(&idle).expect(0);
    assert!(idle.stderr().contains("nothing that is recorded is so"), "{}", idle.stderr());
}

#[test]
fn comments_stand_with_what_they_are_about() {
    let lab = Lab::company().in_regions(&["eu-west-1"]);
    lab.scan();
    let issues = lab.json(&["issues", "--check", OPEN, "--name", "bastion"]);
    let id = ids(&issues)[0];
    lab.run(&["comment", "bastion", "--text", "asked the network team"]).expect(0);
    lab.run(&["comment", "bastion", "--revision", "1", "--text", "INC-1234"]).expect(0);
    lab.run(&["comment", id, "--text", "waits for the migration"]).expect(0);
    let shown = lab.json(&["show", "bastion"]);
    let said = shown["comments"].as_array().unwrap();
    let texts: Vec<_> = said.iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["asked the network team", "INC-1234", "waits for the migration"]);
    assert_eq!((&said[1]["revision"], &said[2]["issue"]), (&json!(1), &json!(id)));
    let told = lab.json(&["issue", id]);
    assert_eq!(told["comments"].as_array().unwrap().len(), 1);
    let page = lab.run(&["show", "bastion"]).expect(0).stdout();
    assert!(page.contains("of revision 1:"), "{page}");
    let wrong = lab.run(&["comment", "bastion", "--revision", "9", "--text", "x"]).expect(2);
    assert!(wrong.stderr().contains("has no revision 9"), "{}", wrong.stderr());
    lab.run(&["comment", "bastion", "--text", " "]).expect(2);
}

const DECLARED: &str = r#"
[[account]]
id = "210987654321"
name = "vendor"
third_party = true

[[network]]
name = "amsterdam"
cidr = "203.0.113.0/24"
account = "vendor"

[[ignore]]
query = "technology:security_group name:web*"
reason = "they come and go"
until = 2099-01-31

[[override]]
check = "security_group.ingress_unknown_access"
query = "name:bastion"
score = 2
reason = "jump host"
"#;

#[test]
fn what_a_file_declares_is_so_and_the_same_again_is_nothing() {
    let lab = Lab::empty();
    let file = |name: &str, text: &str| {
        let path = lab.home().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let watch = file("watch.toml", DECLARED);
    let apply = |more: &[&str]| lab.run(&[&["apply", "-f", &watch][..], more].concat());
    let said = apply(&["--dry-run"]).expect(0).stdout();
    assert!(said.contains("+ network amsterdam") && said.contains("score: 2"), "{said}");
    assert!(lab.run(&["network", "list"]).stdout().is_empty());
    apply(&[]).expect(0);
    let events = lab.log().len();
    assert_eq!(apply(&[]).expect(0).stdout(), "4 declarations unchanged\n");
    assert_eq!(lab.log().len(), events);
    let edited = DECLARED.replace("score = 2", "score = 3");
    let edited = file("edited.toml", &edited);
    let said = lab.run(&["apply", "-f", &edited]).expect(0).stdout();
    assert!(said.contains("score: 2 -> 3"), "{said}");

    let decided = lab.json(&["export", "decisions"]);
    let kinds: Vec<_> = decided.as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["override", "ignore", "network", "account"]);
    assert_eq!(decided[0]["reason"], "jump host");

    // Who decided is named where a name is known.
    let named = file("named.toml", &DECLARED.replace("score = 2", "score = 4"));
    let mut command = lab.command(&["apply", "-f", &named]);
    assert!(command.env("SECMONKEY_AUTHOR", "alice").status().unwrap().success());
    assert_eq!(lab.json(&["export", "decisions"])[0]["by"], "cli:alice");

    // What the manual shows can be applied, in either language.
    let yaml = include_str!("../../docs/decisions.md").split("```yaml\n").nth(1).unwrap();
    let yaml = file("manual.yaml", yaml.split("```").next().unwrap());
    lab.run(&["apply", "-f", &yaml, "--dry-run"]).expect(0);
    let manual = include_str!("../../docs/decisions.md").split("```toml\n").nth(1).unwrap();
    let manual = file("manual.toml", manual.split("```").next().unwrap());
    lab.run(&["apply", "-f", &manual, "--dry-run"]).expect(0);

    for (wrong, part) in [
        (DECLARED.replace("reason = \"jump", "raeson = \"jump"), "nearest: `reason`"),
        (DECLARED.replace("name:bastion", "nme:bastion"), "unknown field `nme`"),
        (DECLARED.replace("2099-01-31", "\"in 30 days\""), "`in 30 days` is not a time"),
        (DECLARED.replace("account = \"vendor\"", "account = \"vendr\""), "vendr"),
        (DECLARED.replace("203.0.113.0/24", "203.0.113.7/24"), "bits set behind its prefix"),
        (String::new(), "it is empty"),
    ] {
        let wrong = file("wrong.toml", &wrong);
        let refused = lab.run(&["apply", "-f", &wrong]).expect(2).stderr();
        assert!(refused.contains(part) && refused.contains("wrong.toml"), "{refused}");
    }
}

const ADMIN: &str = "security_group.admin_port_open_to_internet";

#[test]
fn a_parameter_decides_over_what_is_found_and_takes_no_decision_away() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.scan();
    let found = || lab.json(&["issues", "--check", ADMIN]).as_array().unwrap().clone();
    assert!(found().is_empty(), "{:?}", found());
    let shown = lab.json(&["checks", "show", ADMIN]);
    assert_eq!(shown["parameters"][0]["name"], "ports");
    assert!(shown["parameters"][0]["default"].as_array().unwrap().contains(&json!(22)));

    // What it would find is said before it is set.
    let set = ["checks", "override", ADMIN, "--set", "ports=443,22", "--reason", "a console"];
    let would = lab.json(&[&set[..], &["--dry-run"]].concat());
    let opens = would["effect"]["opens"].as_u64().unwrap();
    assert!(opens > 0 && would["items"].as_u64() > Some(opens), "{would}");
    assert_eq!((&would["effect"]["ends"], &would["issues"]), (&json!(0), &json!(0)));
    let made = lab.json(&set);
    assert_eq!(made["parameters"], json!({ "ports": [22, 443] }));
    assert!(found().is_empty(), "nothing was judged yet");
    let audited = lab.json(&["audit"]);
    assert_eq!(audited["issues"], json!({ "opened": opens, "reopened": 0, "resolved": 0 }));
    let open = found();
    assert_eq!(open.len() as u64, opens);
    assert!(open[0]["detail"].as_str().unwrap().contains("(tcp/443)"), "{}", open[0]);
    let since = lab.log().last().unwrap()["recorded_at"].as_str().unwrap().to_owned();

    // A justification outlives the finding, which ends because it is judged otherwise.
    let id = open[0]["id"].as_str().unwrap().to_owned();
    lab.run(&["justify", &id, "--note", "behind a login"]).expect(0);
    lab.run(&["checks", "reset", ADMIN]).expect(0);
    assert_eq!(lab.scan()["issues"]["resolved"], opens);
    let resolved = lab.json(&["issue", &id]);
    assert_eq!(resolved["resolved_reason"], "check_changed");
    let then = lab.json(&["issues", "--check", ADMIN, "--at", &since]);
    assert_eq!(then.as_array().unwrap().len() as u64, opens, "what was found then");
    let today = lab.json(&["audit", "--at", &since]);
    let of_check = today.as_array().unwrap().iter().filter(|one| one["check"] == ADMIN);
    assert_eq!(of_check.count(), 0, "the past by what is set today");

    // A file says the same.
    let file = lab.home().join("ports.toml");
    let declared = format!(
        "[[override]]\ncheck = \"{ADMIN}\"\nparameters = {{ ports = [443, 22] }}\nreason = \"x\"\n"
    );
    std::fs::write(&file, &declared).unwrap();
    let file = file.to_str().unwrap();
    lab.run(&["apply", "-f", file]).expect(0);
    assert_eq!(lab.run(&["apply", "-f", file]).expect(0).stdout(), "1 declaration unchanged\n");
    assert_eq!(lab.json(&["export", "decisions"])[1]["says"], "ports = 22, 443");
    assert_eq!(lab.json(&["audit"])["issues"]["reopened"], opens);
    assert_eq!(lab.json(&["issue", &id])["status"], "justified");
    assert_eq!(lab.scan()["issues"], json!({ "opened": 0, "reopened": 0, "resolved": 0 }));

    for (wrong, part) in [
        ("port=22", "unknown parameter `port`; nearest: `ports`"),
        ("ports=ssh", "ports is a list of whole numbers from 0 to 65535, not `[\"ssh\"]`"),
        ("ports=70000", "ports is a list of whole numbers from 0 to 65535, not `[70000]`"),
        ("ports", "`ports` is not NAME=VALUE"),
    ] {
        let refused = lab.run(&["checks", "override", ADMIN, "--set", wrong, "--reason", "x"]);
        let refused = refused.expect(2).stderr();
        assert!(refused.contains(part), "{refused}");
    }
    let drifting = ["changed:<7d", "--set", "ports=1", "--reason", "x"];
    let refused = lab.run(&[&["checks", "override", ADMIN][..], &drifting].concat()).expect(2);
    assert!(refused.stderr().contains("write a date"), "{}", refused.stderr());
}
