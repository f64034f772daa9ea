//! A record others can check: what the binary signs and proves is read by a verifier that
//! was written from the specifications alone, `tests/record/verify.py`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::lab::Lab;
use crate::moto;

const ITEM: &str = "sg-journey";

/// A store that has recorded a group, a change of it, and a scan after that.
fn recorded() -> Lab {
    let lab = Lab::holding(
        "group = client('ec2').create_security_group(GroupName='sg-journey', Description='caf\u{e9} \u{2014} <1>')",
    )
    .in_regions(&["us-east-1"]);
    let scan = ["scan", "--technology", "security_group"];
    lab.run(&scan).expect(0);
    lab.moto.python(
        "ec2 = client('ec2')\n\
         group = ec2.describe_security_groups(GroupNames=['sg-journey'])['SecurityGroups'][0]['GroupId']\n\
         ec2.authorize_security_group_ingress(GroupId=group, IpProtocol='tcp', FromPort=22, ToPort=22, CidrIp='203.0.113.0/24')",
    );
    lab.run(&scan).expect(0);
    lab
}

/// What the other verifier says.
fn other(arguments: &[&str]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("record/verify.py");
    Command::new(moto::python()).arg("-B").arg(script).args(arguments).output().unwrap()
}

fn other_proves(arguments: &[&str]) -> Value {
    let ran = other(arguments);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap()
}

fn other_refuses(arguments: &[&str]) {
    let ran = other(arguments);
    assert_eq!(ran.status.code(), Some(1), "{}", String::from_utf8_lossy(&ran.stdout));
    assert!(String::from_utf8_lossy(&ran.stderr).starts_with("refused: "));
}

/// Writes what a command prints to a file.
fn keep(lab: &Lab, name: &str, arguments: &[&str]) -> PathBuf {
    let path = lab.home().join(name);
    fs::write(&path, lab.run(arguments).expect(0).stdout()).unwrap();
    path
}

#[test]
fn a_checkpoint_and_a_proof_convince_a_verifier_that_was_written_apart() {
    let lab = recorded();
    let store = lab.store();
    let refused = lab.run(&["checkpoint"]).expect(2).error();
    assert!(refused.contains("keys create"), "{refused}");
    let vkey = keep(&lab, "log.vkey", &["keys", "create", "--origin", "journey.example/log"]);
    let vkey = vkey.to_str().unwrap();
    let key = fs::read_to_string(vkey).unwrap().trim().to_owned();
    assert!(key.starts_with("journey.example/log+"), "{key}");
    let listed = lab.json(&["keys", "list"]);
    assert_eq!((&listed[0]["key"], &listed[0]["name"]), (&key.as_str().into(), &"log".into()));
    lab.run(&["keys", "create"]).expect(2);
    lab.run(&["keys", "create", "other", "--origin", "elsewhere.example/log"]).expect(2);

    // Both read the checkpoint, now and after the log went on.
    let first = keep(&lab, "first.txt", &["checkpoint"]);
    let first = first.to_str().unwrap();
    let read = other_proves(&[&key, "checkpoint", first]);
    assert_eq!(read["origin"], "journey.example/log");
    let verify = ["verify", "--checkpoint", first, "--key", vkey];
    lab.run(&verify).expect(0);
    lab.run(&["network", "add", "--name", "office", "--cidr", "203.0.113.0/24"]).expect(0);
    let second = keep(&lab, "second.txt", &["checkpoint"]);
    let second = second.to_str().unwrap();
    assert_eq!(fs::read_dir(store.join("checkpoints")).unwrap().count(), 2);
    let verified = lab.run(&verify).expect(0);
    assert!(verified.stdout().contains("goes on from"), "{verified}");
    assert!(verified.stderr().contains("a second"), "{verified}");

    // Every revision is proven, against either checkpoint, without the store.
    let revisions = lab.json(&["history", ITEM]);
    assert_eq!(revisions.as_array().unwrap().len(), 2);
    for revision in revisions.as_array().unwrap() {
        let number = revision["revision"].to_string();
        for checkpoint in [first, second] {
            let prove = ["prove", ITEM, "--revision", &number, "--checkpoint", checkpoint];
            let proof = keep(&lab, "x.tlog-proof", &prove);
            let proof = proof.to_str().unwrap();
            let check = ["check-proof", proof, "--key", vkey, "--checkpoint", checkpoint];
            let nowhere = ["--store", "/nowhere", "--format", "json"];
            let ours = lab.run(&[&nowhere, &check[..]].concat()).expect(0).json();
            let theirs = other_proves(&[&key, "proof", proof, checkpoint]);
            assert_eq!(ours["position"], revision["position"]);
            assert_eq!(ours["revision"], revision["revision"]);
            for member in ["position", "stream", "config"] {
                assert_eq!(ours[member], theirs[member], "{member}");
            }
            assert_eq!(ours["event"]["type"], theirs["event"]["type"]);
            assert_eq!(ours["root"], theirs["checkpoint"]["root"]);
            let said = lab.run(&["check-proof", proof, "--key", &key]).expect(0).stdout();
            assert!(said.contains("Proven") && said.contains("IpPermissionsEgress"), "{said}");
        }
    }

    // The other checkpoint of the two, and a revision that is not there.
    let proof = keep(&lab, "x.tlog-proof", &["prove", ITEM]);
    let proof = proof.to_str().unwrap();
    other_proves(&[&key, "proof", proof, second]);
    let error = lab.run(&["check-proof", proof, "--key", vkey, "--checkpoint", first]).expect(2);
    assert!(error.error().contains("--checkpoint"), "{error}");
    let error = lab.run(&["prove", ITEM, "--revision", "9"]).expect(2).error();
    assert!(error.contains("has no revision 9: it has 1 to 2"), "{error}");

    // A letter of the description, of a hash, of the signature.
    let text = fs::read_to_string(proof).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let tampered = lab.home().join("tampered.tlog-proof");
    let tampered = tampered.to_str().unwrap();
    for line in [1, 2, 3, lines.len() - 3, lines.len() - 1] {
        let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let middle = if line == 2 { "index ".len() } else { lines[line].len() - 30 };
        let letter = if changed[line].as_bytes()[middle] == b'A' { "B" } else { "A" };
        let letter = if line == 2 { "9" } else { letter };
        changed[line].replace_range(middle..=middle, letter);
        fs::write(tampered, changed.join("\n") + "\n").unwrap();
        let ran = lab.run(&["check-proof", tampered, "--key", vkey]);
        assert!(matches!(ran.code(), Some(2 | 4)), "line {line}: {ran}");
        ran.error();
        other_refuses(&[&key, "proof", tampered]);
    }
}

#[test]
fn what_is_not_of_this_log_is_told_in_one_line() {
    let (lab, foreign) = (recorded(), Lab::empty());
    let files = |lab: &Lab, origin: &str| {
        let key = keep(lab, "log.vkey", &["keys", "create", "--origin", origin]);
        let note = keep(lab, "checkpoint.txt", &["checkpoint"]);
        (key.to_str().unwrap().to_owned(), note.to_str().unwrap().to_owned())
    };
    let (key, own) = files(&lab, "own.example/log");
    foreign.run(&["network", "add", "--name", "office", "--cidr", "203.0.113.0/24"]).expect(0);
    let (foreign_key, foreign) = files(&foreign, "foreign.example/log");

    let said = |arguments: &[&str], code: i32, parts: &[&str]| {
        let error = lab.run(arguments).expect(code).error();
        for part in parts {
            assert!(error.contains(part), "{part}: {error}");
        }
    };
    // Whose it is.
    said(
        &["verify", "--checkpoint", &foreign, "--key", &foreign_key],
        2,
        &["foreign.example/log", "own.example/log"],
    );
    said(
        &["verify", "--checkpoint", &foreign, "--key", &key],
        2,
        &["not signed by own.example/log", "but by foreign.example/log"],
    );
    said(&["prove", ITEM, "--checkpoint", &foreign], 2, &["foreign.example/log"]);
    said(&["verify", "--checkpoint", &own, "--key", "nothing"], 2, &["no file is called so"]);
    said(&["check-proof", &own, "--key", &key], 2, &["line 1"]);
    said(&["checkpoint", "--key", "nothing"], 2, &["nothing", "log"]);

    // A line that is none; a signature over another text.
    let text = fs::read_to_string(&own).unwrap();
    fs::write(&own, text.replace('\u{2014}', "-")).unwrap();
    said(&["verify", "--checkpoint", &own, "--key", &key], 2, &["line 5"]);
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1] = "3";
    fs::write(&own, lines.join("\n") + "\n").unwrap();
    said(&["verify", "--checkpoint", &own, "--key", &key], 4, &["the signature"]);
    fs::write(&own, &text).unwrap();

    // The log is not the one that was signed: an earlier copy of it went on otherwise.
    let copy = lab.store().with_file_name("copy");
    let copy = copy.to_str().unwrap();
    lab.run(&["backup", copy]).expect(0);
    lab.run(&["network", "add", "--name", "one", "--cidr", "192.0.2.0/24"]).expect(0);
    let later = keep(&lab, "later.txt", &["checkpoint"]);
    lab.run(&["--store", copy, "network", "add", "--name", "other", "--cidr", "192.0.2.0/24"])
        .expect(0);
    let later = later.to_str().unwrap();
    lab.run(&["--store", copy, "verify"]).expect(0);
    lab.run(&["--store", copy, "verify", "--checkpoint", &own, "--key", &key]).expect(0);
    let arguments = ["--store", copy, "verify", "--checkpoint", later, "--key", &key];
    let ran = lab.run(&arguments).expect(4);
    assert!(ran.stdout().contains("one of the events up to here was changed"), "{ran}");
    assert!(ran.stderr().contains("the first at position"), "{ran}");
    let prove = ["--store", copy, "prove", ITEM, "--checkpoint", later];
    let error = lab.run(&prove).expect(4).error();
    assert!(error.contains("not the one that was signed"), "{error}");
}

#[test]
fn damaged_views_are_rebuilt_and_it_is_said() {
    let lab = recorded();
    let answers = |lab: &Lab| {
        let items = lab.run(&["--format", "jsonl", "items", "--all"]).expect(0).stdout();
        items + &lab.run(&["--format", "jsonl", "history", ITEM]).expect(0).stdout()
    };
    let sound = answers(&lab);
    let db = lab.store().join("views/views.redb");
    let mut bytes = fs::read(&db).unwrap();
    for at in (0..bytes.len()).step_by(997) {
        bytes[at] ^= 1;
    }
    fs::write(&db, bytes).unwrap();
    let said = lab.run(&["verify"]).expect(0).stderr();
    assert!(said.contains("the views") && said.contains("rebuil"), "{said}");
    assert_eq!(answers(&lab), sound);
}
