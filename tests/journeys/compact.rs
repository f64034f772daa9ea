//! History is cut: what is asked about later times is answered as before, what others hold is
//! still true, and whoever is told to cut says first what goes.

use std::fs;

use serde_json::Value;

use crate::lab::Lab;

const SCAN: [&str; 3] = ["scan", "--technology", "security_group"];

/// Opens or closes a port of the group.
fn change(lab: &Lab, action: &str, port: u16) {
    lab.moto.python(&format!(
        "ec2 = client('ec2')\n\
         group = ec2.describe_security_groups(GroupNames=['sg-journey'])['SecurityGroups'][0]['GroupId']\n\
         ec2.{action}_security_group_ingress(GroupId=group, IpProtocol='tcp', FromPort={port}, ToPort={port}, CidrIp='0.0.0.0/0')"
    ));
    lab.run(&SCAN).expect(0);
}

/// What is asked about an instant, and what about now.
fn answers(lab: &Lab, at: &str) -> Vec<(String, Value)> {
    let questions: &[&[&str]] = &[
        &["items", "--at", at],
        &["items", "--all"],
        &["show", "sg-journey", "--at", at],
        &["show", "sg-journey"],
        &["issues", "--at", at],
        &["issues"],
        &["issues", "--status", "open,justified"],
        &["status"],
        &["diff", "sg-journey", "--from", at],
        &["audit", "--at", at],
        &["network", "list"],
        &["account", "list"],
        &["checks", "list"],
        &["export", "decisions"],
        &["report", "public"],
        &["report", "coverage"],
    ];
    let ask = |question: &&[&str]| {
        let ran = lab.run(&[&["--format", "json"], *question].concat());
        let mut answer: Value = serde_json::from_str(&ran.stdout()).unwrap();
        // When a report was made, and of how many events, is no answer.
        if let Some(report) = answer.as_object_mut()
            && report.remove("as_of").is_some()
        {
            report["about"]["position"].take();
        }
        (question.join(" "), answer)
    };
    questions.iter().map(ask).collect()
}

#[test]
fn what_is_cut_is_said_and_what_stays_answers_as_before() {
    let lab = Lab::holding(
        "client('ec2').create_security_group(GroupName='sg-journey', Description='one')",
    )
    .in_regions(&["us-east-1"]);
    lab.run(&SCAN).expect(0);
    change(&lab, "authorize", 22);
    change(&lab, "revoke", 22);
    lab.run(&["network", "add", "--name", "office", "--cidr", "203.0.113.0/24"]).expect(0);
    change(&lab, "authorize", 3389);
    let found = lab.json(&["issues"]);
    let issue = found[0]["id"].as_str().unwrap();
    lab.run(&["justify", issue, "--note", "a jump host"]).expect(0);
    lab.run(&["comment", "sg-journey", "--text", "watch this"]).expect(0);

    // Who has no key is told so; who cannot be asked cuts nothing.
    let before = lab.log().last().unwrap()["recorded_at"].as_str().unwrap().to_owned();
    let cut = ["compact", "--before", before.as_str()];
    let refused = lab.run(&cut).expect(2).error();
    assert!(refused.contains("keys create"), "{refused}");
    let key = lab.run(&["keys", "create", "--origin", "journey.example/log"]).expect(0).stdout();
    let (vkey, old) = (lab.home().join("log.vkey"), lab.home().join("old.txt"));
    fs::write(&vkey, key).unwrap();
    fs::write(&old, lab.run(&["checkpoint"]).expect(0).stdout()).unwrap();
    let proof = lab.home().join("old.tlog-proof");
    fs::write(&proof, lab.run(&["prove", "sg-journey", "--revision", "2"]).expect(0).stdout())
        .unwrap();
    change(&lab, "authorize", 443);
    change(&lab, "revoke", 443);
    let refused = lab.run(&cut).expect(2).error();
    assert!(refused.contains("--yes") && refused.contains("--dry-run"), "{refused}");
    let refused = lab.run(&["compact", "--before", "2999-01-01", "--yes"]).expect(2).error();
    assert!(refused.contains("to come"), "{refused}");
    let nothing = lab.run(&["compact", "--before", "2001-01-01", "--yes"]).expect(0).stdout();
    assert!(nothing.starts_with("Nothing to cut"), "{nothing}");

    let said = lab.run(&[&cut[..], &["--dry-run"]].concat()).expect(0).stdout();
    assert!(
        said.contains("3 revisions of 1 item") && said.contains("2 issues that were"),
        "{said}"
    );
    let (asked, log) = (answers(&lab, &before), lab.log());
    let would = lab.json(&[&cut[..], &["--dry-run"]].concat());
    assert_eq!((&would["done"], &would["revisions"]), (&false.into(), &3.into()));
    assert_eq!(lab.log().len(), log.len());

    let done = lab.run(&[&cut[..], &["--yes"]].concat()).expect(0).stdout();
    assert!(done.starts_with("Cut: the record reaches back to"), "{done}");
    for ((question, asked), (_, now)) in asked.iter().zip(answers(&lab, &before)) {
        assert_eq!(*asked, now, "{question}");
    }
    let through = would["through"].as_u64().unwrap();
    let after: Vec<Value> =
        lab.log().into_iter().filter(|it| it["position"].as_u64() > Some(through)).collect();
    let log = log.into_iter().filter(|it| it["position"].as_u64() > Some(through));
    assert_eq!(after[..after.len() - 1], log.collect::<Vec<_>>());
    let last = &after[after.len() - 1]["event"];
    assert_eq!((&last["type"], &last["through"]), (&"log_cut".into(), &through.into()));

    // What is gone is refused with one line.
    for question in [
        &["items", "--at", "2001-01-01"][..],
        &["show", "sg-journey", "--at", "2001-01-01"],
        &["report", "daily", "--since", "2001-01-01"],
        &["export", "--from", "1", "elsewhere"],
        &["prove", "sg-journey", "--revision", "4"],
    ] {
        let refused = lab.run(question).expect(2).error();
        assert!(refused.contains("was cut on") && refused.contains("by cli"), "{refused}");
    }
    let refused = lab.run(&["show", "sg-journey", "--revision", "2"]).expect(2).error();
    assert!(refused.contains("it has 4 to 6, what came before was cut"), "{refused}");
    // What it was before that change is gone, and was not nothing.
    let refused = lab.run(&["diff", "sg-journey", "--to", "4"]).expect(2).error();
    assert!(refused.contains("was cut"), "{refused}");
    let history = lab.json(&["history", "sg-journey"]);
    assert_eq!(history[0]["kind"], "carried");
    assert_eq!(history.as_array().unwrap().len(), 3);
    let blame = lab.run(&["blame", "sg-journey"]).expect(0).stdout();
    assert!(blame.contains("≤4"), "{blame}");

    // What others hold is still true.
    let (vkey, old) = (vkey.to_str().unwrap(), old.to_str().unwrap());
    let verified = lab.run(&["verify", "--checkpoint", old, "--key", vkey]).expect(0).stdout();
    assert!(
        verified.contains("were cut on") && verified.contains("cannot be checked"),
        "{verified}"
    );
    lab.run(&["check-proof", proof.to_str().unwrap(), "--key", vkey]).expect(0);
    let new = lab.home().join("new.tlog-proof");
    fs::write(&new, lab.run(&["prove", "sg-journey"]).expect(0).stdout()).unwrap();
    lab.run(&["check-proof", new.to_str().unwrap(), "--key", vkey]).expect(0);

    // It goes on, and moves.
    change(&lab, "authorize", 5432);
    assert_eq!(lab.json(&["history", "sg-journey"]).as_array().unwrap().len(), 4);
    let (folder, other) = (lab.home().join("segments"), lab.home().join("other"));
    let (folder, other) = (folder.to_str().unwrap(), other.to_str().unwrap());
    lab.run(&["export", folder]).expect(0);
    let imported = lab.run(&["--store", other, "import", folder]).expect(0);
    assert!(!imported.stderr().contains("lost"), "{}", imported.stderr());
    let verify = ["--store", other, "verify", "--checkpoint", old, "--key", vkey];
    lab.run(&verify).expect(0);
    let log = |store: &[&str]| lab.run(&[store, &["log"]].concat()).expect(0).stdout();
    assert_eq!(log(&["--store", other, "--format", "jsonl"]), log(&["--format", "jsonl"]));
    let again = lab.run(&[&cut[..], &["--yes"]].concat()).expect(0).stdout();
    assert!(again.starts_with("Nothing to cut"), "{again}");
}
