//! Networks that somebody vouches for.

use serde_json::{Value, json};

use crate::lab::Lab;

const UNKNOWN: &str = "security_group.ingress_unknown_access";
const THIRD_PARTY: &str = "security_group.ingress_thirdparty_cross_account";
const OFFICE: &str = "203.0.113.0/28";

/// What became of the finding of a check about the office, where there is one.
fn office(lab: &Lab, check: &str) -> Option<String> {
    let all = lab.json(&["issues", "--status", "open,justified,resolved", "--check", check]);
    let about = |issue: &&Value| issue["subject"].as_str().unwrap().ends_with(OFFICE);
    let issue = all.as_array().unwrap().iter().find(about)?;
    Some(issue["status"].as_str().unwrap().to_owned())
}

#[test]
fn what_becomes_known_is_judged_anew_without_a_change() {
    let lab = Lab::company().in_regions(&["eu-west-1"]);
    lab.scan();
    assert_eq!(office(&lab, UNKNOWN).as_deref(), Some("open"));
    let steps: [(&[&str], &str); 3] = [
        (&["network", "add", "--name", "amsterdam", "--cidr", OFFICE], "resolved"),
        (&["network", "remove", "amsterdam"], "open"),
        (
            &[
                "network",
                "add",
                "--name",
                "vendor",
                "--cidr",
                "203.0.113.0/24",
                "--account",
                "acme",
            ],
            "resolved",
        ),
    ];
    lab.run(&["account", "add", "--id", "210987654321", "--name", "acme", "--third-party"])
        .expect(0);
    for (step, status) in steps {
        lab.run(step).expect(0);
        let scan = lab.scan();
        assert_eq!(scan["items"]["changed"], 0, "{scan}");
        assert_eq!(office(&lab, UNKNOWN).as_deref(), Some(status), "{step:?}");
    }
    assert_eq!(office(&lab, THIRD_PARTY).as_deref(), Some("open"), "told as access of acme");
    let unchanged = lab.scan();
    assert_eq!(unchanged["issues"], json!({ "opened": 0, "reopened": 0, "resolved": 0 }));
}

#[test]
fn networks_are_told_apart_by_their_names() {
    let lab = Lab::empty();
    let add = |more: &[&str]| {
        let add = ["network", "add", "--name", "office", "--cidr"];
        lab.run(&[&add, more].concat())
    };
    assert_eq!(add(&["203.0.113.0/24"]).expect(0).stdout(), "known: office (203.0.113.0/24)\n");
    assert_eq!(add(&["203.0.113.0/24"]).expect(0).stdout(), "unchanged: office (203.0.113.0/24)\n");
    assert_eq!(lab.log().len(), 1, "the same again is no event");
    assert_eq!(lab.log()[0]["stream"], "governance");

    lab.run(&["account", "add", "--id", "210987654321", "--name", "acme", "--third-party"])
        .expect(0);
    let arguments = ["network", "add", "--name", "lab", "--cidr", "2001:db8::7"];
    let more = ["--account", "acme", "--notes", "until 2027"];
    let added = lab.json(&[&arguments[..], &more].concat());
    let known = json!({
        "name": "lab", "cidr": "2001:db8::7/128", "account": "210987654321",
        "account_name": "acme", "notes": "until 2027",
    });
    assert_eq!(added, known);
    let listed = lab.json(&["network", "list"]);
    assert_eq!((&listed[0], listed[1]["name"].as_str()), (&known, Some("office")));
    let csv = lab.run(&["--format", "csv", "network", "list"]).expect(0).stdout();
    assert_eq!(csv.lines().next(), Some("name,cidr,account,account_name,notes"));

    for (ran, words) in [
        (add(&["203.0.113.0/25"]), ["office", "203.0.113.0/24"]),
        (add(&["203.0.113.0/24", "--notes", "x"]), ["office", "remove"]),
        (add(&["203.0.113.1/24"]), ["203.0.113.1/24", "203.0.113.0/24"]),
        (add(&["0.0.0.0/0"]), ["0.0.0.0/0", "every address"]),
        (add(&["10.0.0.0/33"]), ["10.0.0.0/33", "10.0.0.0/8"]),
        (add(&["10.0.0.0/8", "--account", "acne"]), ["acne", "acme"]),
        (lab.run(&["network", "remove", "ofice"]), ["ofice", "office"]),
    ] {
        let said = ran.expect(2).error();
        assert!(words.iter().all(|word| said.contains(word)), "{words:?} are not in: {said}");
    }
    lab.run(&["network", "remove", "office"]).expect(0);
    assert_eq!(lab.json(&["network", "list"]), json!([known]));
}

#[test]
fn an_organization_is_registered_with_an_account() {
    let lab = Lab::empty();
    let organization = |id: &str| lab.run(&["account", "edit", "acme", "--organization", id]);
    let add = ["account", "add", "--id", "210987654321", "--name", "acme"];
    lab.run(&[&add[..], &["--organization", "o-a1b2c3d4e5"]].concat()).expect(0);
    assert_eq!(lab.json(&["account", "show", "acme"])["organization"], "o-a1b2c3d4e5");
    let said = organization("acme-org").expect(2).error();
    assert!(said.contains("`acme-org` is not an organization"), "{said}");
    organization("").expect(0);
    assert_eq!(lab.json(&["account", "show", "acme"])["organization"], Value::Null);
}
