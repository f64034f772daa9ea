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
    assert!(said.contains("the first is of"), "{said}");

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
