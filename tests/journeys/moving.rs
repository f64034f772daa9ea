//! The record leaves a store and comes into another.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::lab::Lab;

#[test]
fn a_record_moves_to_another_store_and_its_checkpoint_holds_there() {
    let lab = Lab::holding(
        "client('ec2').create_security_group(GroupName='sg-journey', Description='one')",
    )
    .in_regions(&["us-east-1"]);
    lab.run(&["scan", "--technology", "security_group"]).expect(0);
    let key = lab.run(&["keys", "create", "--origin", "journey.example/log"]).expect(0).stdout();
    let (vkey, checkpoint) = (lab.home().join("log.vkey"), lab.home().join("checkpoint.txt"));
    fs::write(&vkey, key).unwrap();
    fs::write(&checkpoint, lab.run(&["checkpoint"]).expect(0).stdout()).unwrap();
    let (folder, other) = (lab.home().join("segments"), lab.home().join("other"));
    let (folder, other) = (folder.to_str().unwrap(), other.to_str().unwrap());

    let first = lab.json(&["export", folder]);
    let length = lab.log().len() as u64;
    assert_eq!((&first["first"], &first["last"]), (&1.into(), &length.into()));
    assert_eq!((&first["segments"], &first["written"]), (&1.into(), &1.into()));
    let said = lab.run(&["export", folder]).expect(0).stdout();
    assert!(said.starts_with("Nothing to add"), "{said}");
    lab.run(&["network", "add", "--name", "office", "--cidr", "203.0.113.0/24"]).expect(0);
    let next = lab.json(&["export", folder]);
    assert_eq!((&next["segments"], &next["events"]), (&2.into(), &1.into()));
    let said = lab.run(&["import", folder, "--dry-run"]).expect(0).stdout();
    assert!(said.starts_with("Whole: 2 segments"), "{said}");

    let imported = lab.run(&["--store", other, "import", folder]).expect(0).stdout();
    assert!(imported.contains("put its `digest.key`"), "{imported}");
    let there = ["--store", other, "--format", "jsonl"];
    let log = |store: &[&str]| lab.run(&[store, &["log"]].concat()).expect(0).stdout();
    assert_eq!(log(&there), log(&["--format", "jsonl"]));
    let (vkey, checkpoint) = (vkey.to_str().unwrap(), checkpoint.to_str().unwrap());
    let verify = ["--store", other, "verify", "--checkpoint", checkpoint, "--key", vkey];
    lab.run(&verify).expect(0);
    lab.run(&["--store", other, "show", "sg-journey"]).expect(0);
    // Without the key, secrets would show as changed.
    let scan = ["--store", other, "scan", "--technology", "security_group"];
    let refused = lab.run(&scan).expect(4).error();
    assert!(refused.contains("digest.key"), "{refused}");
    fs::copy(lab.store().join("digest.key"), lab.home().join("other/digest.key")).unwrap();
    lab.run(&scan).expect(0);

    // A file an item; audits read it.
    let configs = lab.home().join("configs");
    let configs = configs.to_str().unwrap();
    let export = ["export", "--configs", configs];
    let written = lab.json(&export)["written"].as_u64().unwrap();
    assert!(written >= 2);
    let again = lab.json(&export);
    assert_eq!((&again["written"], &again["unchanged"]), (&0.into(), &written.into()));
    let group = lab.item("security_group", "sg-journey");
    let file = format!("{configs}/{}.json", group["key"].as_str().unwrap());
    let text: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(text["config"]["Description"], "one");
    lab.run(&["audit", "--file", &file]).expect(0);
    lab.moto.python(
        "ec2 = client('ec2')\n\
         for group in ec2.describe_security_groups(GroupNames=['sg-journey'])['SecurityGroups']:\n\
         \x20   ec2.delete_security_group(GroupId=group['GroupId'])",
    );
    let before = lab.log().last().unwrap()["recorded_at"].as_str().unwrap().to_owned();
    lab.run(&["scan", "--technology", "security_group"]).expect(0);
    assert_eq!(lab.json(&export)["removed"], 1);
    assert!(!Path::new(&file).exists());
    assert_eq!(lab.json(&[&export[..], &["--at", &before]].concat())["written"], 1);
    let said = lab.run(&[&export[..], &["--at", "2001-01-01"]].concat()).expect(2).error();
    assert!(said.contains("the first event is of"), "{said}");

    // Both went on: neither takes the other's.
    lab.run(&["network", "add", "--name", "branch", "--cidr", "192.0.2.0/24"]).expect(0);
    lab.run(&["export", folder]).expect(0);
    let refused = lab.run(&["--store", other, "import", folder]).expect(4).error();
    assert!(refused.contains("journey.example/log") && refused.contains("hash"), "{refused}");

    // A damaged one is named with the position, and nothing is imported.
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut bytes = fs::read(&files[1]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(&files[1], bytes).unwrap();
    let fresh = lab.home().join("fresh");
    let ran = lab.run(&["--store", fresh.to_str().unwrap(), "import", folder]).expect(4);
    let name = files[1].file_name().unwrap().to_str().unwrap();
    let position = format!("position {}", length + 1);
    assert!(ran.error().contains(name) && ran.error().contains(&position), "{ran}");
    assert!(!fresh.exists());
    lab.run(&["import", "/nowhere"]).expect(2).error();
    let range = lab.run(&["export", "x.zst", "--from", "7000"]).expect(2).error();
    assert!(range.contains("the log ends at position"), "{range}");
}

#[test]
fn configurations_from_elsewhere_are_recorded_and_judged_as_a_scan_would() {
    let lab = Lab::empty().in_regions(&["us-east-1"]);
    let file = |name: &str, text: &str| {
        let path = lab.home().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let open =
        r#"{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"IpRanges":[{"CidrIp":"0.0.0.0/0"}]}"#;
    let group = |id: &str, rules: &str| {
        format!(
            r#"{{"id":"{id}","name":"web","config":{{"GroupId":"{id}","GroupName":"web","IpPermissions":[{rules}]}}}}"#
        )
    };
    let import = |file: &str, more: &[&str]| {
        let import = ["import", "--items", file, "--account", "lighthouse"];
        lab.run(&[&["--format", "json"], &import[..], more].concat())
    };
    let groups = ["--technology", "security_group", "--region", "us-east-1"];

    // Lines of JSON, twice; then others.
    let lines = file("groups.jsonl", &[group("sg-1", open), group("sg-2", "")].join("\n"));
    let first = import(&lines, &groups).expect(0);
    assert_eq!(first.json()["items"]["created"], 2, "{first}");
    let found = lab.json(&["issues", "--technology", "security_group"]);
    assert!(found.to_string().contains("sg-1"), "{found}");
    let before = lab.log().len();
    assert_eq!(import(&lines, &groups).expect(0).json()["items"]["unchanged"], 2);
    assert!(crate::lab::item_events(&lab.log_after(before)).is_empty());
    let array = file("groups.json", &format!("[{}]", group("sg-1", "")));
    let changed = import(&array, &groups).expect(0);
    assert_eq!(changed.json()["items"]["changed"], 1, "{changed}");
    assert!(changed.stderr().contains("--complete"), "{changed}");
    assert_eq!(lab.json(&["show", "sg-2"])["deleted"], false);
    let complete = [&groups[..], &["--complete"]].concat();
    assert_eq!(import(&array, &complete).expect(0).json()["items"]["deleted"], 1);

    // A snapshot of AWS Config says where each is; what it does not hold is unread, not off.
    let snapshot = file(
        "snapshot.json",
        r#"{"fileVersion":"1.0","configurationItems":[
            {"resourceType":"AWS::EC2::SecurityGroup","resourceId":"sg-3","awsAccountId":"123456789012",
             "awsRegion":"eu-west-1","configurationItemStatus":"OK","configuration":
             {"groupId":"sg-3","groupName":"db","ipPermissions":[{"fromPort":22,"toPort":22,"ipProtocol":"tcp",
              "ipRanges":["0.0.0.0/0"]}]}},
            {"resourceType":"AWS::EC2::SecurityGroup","resourceId":"sg-4","awsAccountId":"999999999999",
             "awsRegion":"eu-west-1","configuration":{"groupId":"sg-4","groupName":"theirs"}}]}"#,
    );
    let ran = import(&snapshot, &[]).expect(0);
    assert!(ran.stderr().contains("1 configuration of other accounts"), "{ran}");
    assert!(ran.stderr().contains("Attachments"), "{ran}");
    let shown = lab.json(&["show", "sg-3"]);
    assert_eq!(shown["region"], "eu-west-1");
    assert_eq!(shown["config"]["IpPermissions"][0]["IpRanges"][0]["CidrIp"], "0.0.0.0/0");
    assert!(shown["config"].get("Attachments").is_none(), "{shown}");
    assert!(shown["unread"].to_string().contains("/Attachments"), "{shown}");

    // As edda keeps them.
    let edda = file(
        "edda.json",
        r#"[{"class":"com.amazonaws.services.ec2.model.SecurityGroup","groupId":"sg-5","groupName":"old",
            "ipPermissions":[{"class":"com.amazonaws.services.ec2.model.IpPermission","fromPort":22,
            "toPort":22,"ipProtocol":"tcp","ipRanges":["10.0.0.0/8"]}],"vpcId":null}]"#,
    );
    import(&edda, &groups).expect(0);
    let shown = lab.json(&["show", "sg-5"]);
    assert!(!shown["config"].to_string().contains("class"), "{shown}");
    assert_eq!(shown["config"]["IpPermissions"][0]["IpRanges"][0]["CidrIp"], "10.0.0.0/8");

    // Secrets do not reach the log.
    let function = file(
        "function.json",
        r#"{"technology":"lambda_function","id":"arn:f","region":"us-east-1","config":
            {"FunctionName":"f","Environment":{"Variables":{"TOKEN":"hunter2"}}}}"#,
    );
    import(&function, &[]).expect(0);
    let log = lab.run(&["--format", "jsonl", "log"]).expect(0).stdout();
    assert!(log.contains("hmac-sha256:") && !log.contains("hunter2"));

    // What was exported is imported again, without a change.
    let configs = lab.home().join("configs");
    lab.run(&["export", "--configs", configs.to_str().unwrap()]).expect(0);
    let again = configs.join("123456789012/security_group/eu-west-1/sg-3.json");
    let again = import(again.to_str().unwrap(), &[]).expect(0);
    assert_eq!(again.json()["items"]["unchanged"], 1, "{again}");

    let twice = file("twice.json", &[group("sg-1", ""), group("sg-1", "")].join(" "));
    let garbled = file("garbled.json", "{\"id\":\"sg-1\"} oops");
    let wrong = file("wrong.json", r#"{"id":"sg-1","config":{},"colour":"red"}"#);
    let hostile = file("hostile.json", r#"{"id":"sg-\u001b[2J","config":{}}"#);
    let before = lab.log().len();
    for (file, more, said) in [
        (&hostile, &groups[..], "has a control character"),
        (&lines, &["--technology", "security_group", "--region", "../x"], "the region `../x`"),
        (&twice, &groups[..], "sg-1 is there twice"),
        (&garbled, &groups, "value 1"),
        (&wrong, &groups, "no member `colour`"),
        (&lines, &["--technology", "security_group"], "pass --region"),
        (&lines, &["--region", "us-east-1"], "pass --technology"),
        (&lines, &["--technology", "security_grup"], "nearest: `security_group`"),
    ] {
        let refused = import(file, more).expect(2).error();
        assert!(refused.contains(said), "{said}: {refused}");
    }
    let nobody = ["import", "--items", &lines, "--account", "nobody"];
    lab.run(&[&nobody[..], &groups].concat()).expect(2).error();
    assert_eq!(lab.log().len(), before);
}
