//! What people decided in Netflix's Security Monkey is taken over.

use std::fs;

use serde_json::{Value, json};

use crate::lab::Lab;

#[test]
fn justifications_of_the_original_find_their_issues_and_the_others_are_told() {
    let lab = Lab::holding(
        "ec2 = client('ec2')\n\
         group = ec2.create_security_group(GroupName='web', Description='one')['GroupId']\n\
         for port in (22, 3389):\n\
         \x20   ec2.authorize_security_group_ingress(GroupId=group, IpProtocol='tcp', FromPort=port, ToPort=port, CidrIp='0.0.0.0/0')",
    )
    .in_regions(&["us-east-1"]);
    lab.run(&["scan", "--technology", "security_group"]).expect(0);
    let id = lab.item("security_group", "web")["key"].as_str().unwrap().to_owned();
    let id = id.rsplit('/').next().unwrap().to_owned();
    let issue = |name: &str, issue: &str, notes: &str| {
        json!({
            "account": "lighthouse", "account_type": "AWS", "technology": "securitygroup",
            "region": "us-east-1", "name": name, "issue": issue, "notes": notes, "score": 10,
            "item_id": 1, "id": 595, "justified": true, "justification": "behind a proxy",
            "justified_user": "alice@example.org", "justified_date": "2017-06-19 21:45:58.779168",
        })
    };
    let full = format!("web ({id} in vpc-1)");
    let open = "Entity: [cidr:0.0.0.0/0] Access: [ingress:tcp:22]";
    let mut unjustified = issue(&full, "Internet Accessible", open);
    unjustified["justified"] = false.into();
    let page = json!({
        "auth": { "authenticated": true }, "page": 1, "total": 5, "count": 5,
        "items": [
            issue(&full, "Internet Accessible", open),
            issue("gone", "Internet Accessible", open),
            issue(&full, "Informational", "Something is odd"),
            issue(&full, "Internet Accessible", "Entity: [cidr:0.0.0.0/0] Access: [ingress:tcp:23]"),
            unjustified,
        ],
    });
    let folder = lab.home().join("old");
    fs::create_dir_all(folder.join("lighthouse/securitygroup")).unwrap();
    fs::write(folder.join("issues-1.json"), page.to_string()).unwrap();
    fs::write(
        folder.join("issues.csv"),
        "item/technology/name,item/account/name,item/account/identifier,item/region,item/name,\
         item/comments,score,issue,notes,justified,user/email,justification\n\
         \"securitygroup\",\"old name\",\"123456789012\",\"us-east-1\",\"renamed\",\"[]\",\"10\",\
         \"Internet Accessible\",\"Entity: [cidr:0.0.0.0/0] Access: [ingress:tcp:3389]\",\"True\",\"None\",\"a, \"\"b\"\"\"\n",
    )
    .unwrap();
    // The export of items says nothing that counts.
    fs::write(folder.join("items.csv"), "item/technology/name,issues\n\"s3\",\"[]\"\n").unwrap();
    // The backup tells what is called otherwise today.
    let config = json!({ "id": id, "name": "renamed", "rules": [] });
    fs::write(folder.join("lighthouse/securitygroup/renamed.json"), config.to_string()).unwrap();

    let folder = folder.to_str().unwrap();
    let import = ["import", "--security-monkey", folder];
    let before = lab.log().len();
    let dry = lab.run(&[&["--format", "json"], &import[..], &["--dry-run"]].concat()).expect(3);
    assert_eq!(dry.json()["justified"].as_array().unwrap().len(), 2, "{dry}");
    assert_eq!(lab.log().len(), before);
    let ran = lab.run(&[&["--format", "json"], &import[..]].concat()).expect(3);
    let report = ran.json();
    assert_eq!(report["justifications"], 5);
    assert_eq!(report["configurations"], 1);
    let subjects: Vec<_> = report["justified"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["subject"].as_str().unwrap(), one["note"].as_str().unwrap()))
        .collect();
    assert_eq!(
        subjects,
        [
            ("ingress tcp/3389 0.0.0.0/0", "a, \"b\" (from Security Monkey)"),
            (
                "ingress tcp/22 0.0.0.0/0",
                "behind a proxy (from Security Monkey: alice@example.org, 2017-06-19)"
            ),
        ]
    );
    let why: Vec<_> = report["unmatched"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["why"].as_str().unwrap())
        .collect();
    for said in ["does not say which check", "no such item", "somebody else"] {
        assert!(why.iter().any(|why| why.contains(said)), "{said}: {why:?}");
    }
    let justified = lab.json(&["issues", "--status", "justified"]);
    assert!(justified.as_array().unwrap().len() >= 2, "{justified}");
    // Again, nothing is decided anew.
    let events = lab.log().len();
    let again = lab.run(&[&["--format", "json"], &import[..]].concat()).expect(3).json();
    assert!(
        again["justified"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["already"] == Value::Bool(true))
    );
    assert_eq!(lab.log().len(), events);

    let empty = lab.home().join("empty");
    fs::create_dir(&empty).unwrap();
    let refused = lab.run(&["import", "--security-monkey", empty.to_str().unwrap()]).expect(2);
    assert!(refused.error().contains("/api/1/issues"), "{refused}");
}
