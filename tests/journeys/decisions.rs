//! What somebody decided stays decided.

use serde_json::{Value, json};

use crate::lab::Lab;

fn issue(lab: &Lab, check: &str, name: &str) -> Value {
    let all = lab.json(&["issues", "--status", "open,justified,resolved", "--check", check]);
    let mut found: Vec<Value> =
        all.as_array().unwrap().iter().filter(|issue| issue["name"] == name).cloned().collect();
    assert_eq!(found.len(), 1, "{check} of {name}: {all}");
    found.remove(0)
}

fn id(issue: &Value) -> &str {
    issue["id"].as_str().unwrap()
}

const OPEN_SSH: &str = "security_group.admin_port_open_to_internet";
const UNVERSIONED: &str = "s3_bucket.versioning_disabled";

#[test]
fn a_justification_survives_changes_and_scans() {
    let lab = Lab::company().in_regions(&["eu-west-1"]);
    lab.scan();
    lab.moto.company("change");
    let scan = lab.scan();
    assert!(scan["issues"]["opened"].as_u64().unwrap() > 0, "{scan}");
    let opened = issue(&lab, OPEN_SSH, "bastion");
    assert_eq!(
        (&opened["status"], &opened["subject"]),
        (&json!("open"), &json!("ingress tcp/22 0.0.0.0/0"))
    );

    // A part of the id is enough.
    lab.run(&["justify", &id(&opened)[..8], "--note", "agreed with the CISO"]).expect(0);
    let justified = issue(&lab, OPEN_SSH, "bastion");
    assert_eq!((&justified["status"], id(&justified)), (&json!("justified"), id(&opened)));
    assert_eq!(justified["justification"]["note"], "agreed with the CISO");

    let mut europe = "europe = client('ec2', 'eu-west-1')\n\
        [bastion] = europe.describe_security_groups(\
            Filters=[dict(Name='group-name', Values=['bastion'])])['SecurityGroups']\n"
        .to_owned();
    // Other rules come and go, before and after the justified one.
    for step in [
        "europe.authorize_security_group_ingress(GroupId=bastion['GroupId'], \
            IpPermissions=[rule('tcp', (1, 1), ('192.0.2.1/32', 'first'))])",
        "europe.revoke_security_group_ingress(GroupId=bastion['GroupId'], \
            IpPermissions=[rule('tcp', (22, 22), ('203.0.113.0/28', 'office Amsterdam'))])",
        "europe.create_tags(Resources=[bastion['GroupId']], Tags=tags(Owner='ana'))",
    ] {
        lab.moto.python(&format!("{europe}{step}"));
        let scan = lab.scan();
        assert_eq!(scan["items"]["changed"], 1, "{scan}");
        let now = issue(&lab, OPEN_SSH, "bastion");
        assert_eq!((&now["status"], id(&now)), (&json!("justified"), id(&opened)), "{step}");
    }

    // It ends with the finding: what is opened again is another decision.
    europe.push_str("world = [rule('tcp', (22, 22), ('0.0.0.0/0', 'just for today'))]\n");
    lab.moto.python(&format!(
        "{europe}europe.revoke_security_group_ingress(GroupId=bastion['GroupId'], IpPermissions=world)"
    ));
    // The open port, and the wider finding it is part of.
    assert_eq!(lab.scan()["issues"]["resolved"], 2);
    let fixed = issue(&lab, OPEN_SSH, "bastion");
    assert_eq!(
        (&fixed["status"], &fixed["resolved_reason"]),
        (&json!("resolved"), &json!("fixed"))
    );
    lab.moto.python(&format!(
        "{europe}europe.authorize_security_group_ingress(GroupId=bastion['GroupId'], IpPermissions=world)"
    ));
    assert_eq!(lab.scan()["issues"]["reopened"], 2);
    let again = issue(&lab, OPEN_SSH, "bastion");
    assert_eq!((&again["status"], id(&again)), (&json!("open"), id(&opened)));
}

#[test]
fn a_returned_bucket_is_another_bucket_unless_the_decision_has_a_date() {
    let lab = Lab::holding("s3.create_bucket(Bucket='plain')\ns3.create_bucket(Bucket='dated')")
        .in_regions(&["us-east-1"]);
    lab.scan();
    let justify = |name: &str, until: &[&str]| {
        let found = issue(&lab, UNVERSIONED, name);
        lab.run(&[&["justify", id(&found), "--note", "scratch"], until].concat()).expect(0);
    };
    justify("plain", &[]);
    justify("dated", &["--until", "2100-01-01"]);

    lab.moto.python("s3.delete_bucket(Bucket='plain')\ns3.delete_bucket(Bucket='dated')");
    lab.scan();
    for name in ["plain", "dated"] {
        let gone = issue(&lab, UNVERSIONED, name);
        assert_eq!(
            (&gone["status"], &gone["resolved_reason"]),
            (&json!("resolved"), &json!("item_deleted"))
        );
    }

    lab.moto.python("s3.create_bucket(Bucket='plain')\ns3.create_bucket(Bucket='dated')");
    lab.scan();
    assert_eq!(issue(&lab, UNVERSIONED, "plain")["status"], "open");
    assert_eq!(issue(&lab, UNVERSIONED, "dated")["status"], "justified");

    // And a decision can be taken back.
    let dated = issue(&lab, UNVERSIONED, "dated");
    lab.run(&["unjustify", id(&dated)]).expect(0);
    assert_eq!(issue(&lab, UNVERSIONED, "dated")["status"], "open");
}

#[test]
fn fail_on_counts_what_nobody_justified() {
    let lab = Lab::holding("s3.create_bucket(Bucket='plain')").in_regions(&["us-east-1"]);
    lab.run(&["scan", "--technology", "s3_bucket", "--fail-on", "1"]).expect(1);
    lab.run(&["scan", "--technology", "s3_bucket", "--fail-on-new", "1"]).expect(0);
    lab.run(&["scan", "--technology", "iam_group", "--fail-on", "1"]).expect(0);
    let open = lab.json(&["issues", "--technology", "s3_bucket", "--min-score", "1"]);
    for found in open.as_array().unwrap() {
        lab.run(&["justify", id(found), "--note", "scratch"]).expect(0);
    }
    lab.run(&["scan", "--technology", "s3_bucket", "--fail-on", "1"]).expect(0);
}

#[test]
fn families_and_what_filters_choose_are_justified_at_once() {
    let lab = Lab::company().in_regions(&["eu-west-1"]);
    lab.scan();
    lab.moto.company("change");
    lab.scan();
    let whole = issue(&lab, "security_group.ingress_from_internet", "bastion");

    let dry = lab.run(&["justify", id(&whole), "--note", "pen test", "--dry-run"]).expect(0);
    assert!(dry.stderr().contains("2 issues would be justified"), "{dry}");
    assert_eq!(issue(&lab, OPEN_SSH, "bastion")["status"], "open");

    let told = lab.json(&["justify", id(&whole), "--note", "pen test"]);
    assert_eq!(told["id"], whole["id"], "one issue is one object: {told}");
    // What is only part of it goes with it.
    assert_eq!(issue(&lab, OPEN_SSH, "bastion")["justification"]["note"], "pen test");

    let open = lab.json(&["issues", "--check", UNVERSIONED]);
    assert!(!open.as_array().unwrap().is_empty());
    let told = lab.json(&["justify", "--check", UNVERSIONED, "--note", "logs"]);
    assert_eq!(told.as_array().unwrap().len(), open.as_array().unwrap().len());
    assert_eq!(lab.json(&["issues", "--check", UNVERSIONED]), json!([]));
    let said = lab.run(&["justify", "--check", UNVERSIONED, "--note", "logs"]).expect(2).error();
    assert!(said.contains("no open issue"), "{said}");
}

#[test]
fn alone_it_says_where_we_stand() {
    let lab = Lab::company().in_regions(&["eu-west-1"]);
    let help = lab.run(&["--store", "/nonexistent/store"]).expect(0).stdout();
    assert!(help.contains("secmonkey scan"), "{help}");
    let first = lab.run(&["scan"]).expect(0).stdout();
    assert!(first.contains("vanish if these are yours") && first.contains("fix: "), "{first}");
    lab.moto.company("change");
    lab.scan();
    let now = lab.json(&[]);
    assert!(now["worst"].as_array().unwrap().len() == 5, "{now}");
    assert!(now["gaps"].as_object().unwrap().values().all(|gap| gap == 0), "{now}");
    assert!(now["last_scan"]["opened"].as_u64().unwrap() > 0, "{now}");
    let id = now["worst"][0]["id"].as_str().unwrap();
    let one = lab.json(&["issue", id]);
    assert_eq!(one["id"], id);
    assert!(!one["fix"].as_str().unwrap().is_empty(), "{one}");
    // An id of an issue where an item is wanted is understood.
    assert_eq!(lab.json(&["show", id])["title"], one["title"]);
}
